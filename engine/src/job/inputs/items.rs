//! The items of statement lines, as a table.

use std::sync::Arc;

use arrow::array::{BooleanArray, StringArray};
use datafusion::prelude::SessionContext;

use crate::error::Result;
use crate::item::{Document, ITEMS, Item};
use crate::session::columns::Columns;

/// Registers `items`: each with its document, its place among the lines of a document, its accounts, whether its lines
/// are made of the energy of intervals, whether a pot hands its revenue out, and which weight of funds its energy is.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_items(session: &SessionContext) -> Result<()> {
    let texts = |of: fn(&Item) -> Option<&'static str>| Arc::new(ITEMS.iter().map(of).collect::<StringArray>());
    let flags = |of: fn(&Item) -> bool| Arc::new(ITEMS.iter().map(|item| Some(of(item))).collect::<BooleanArray>());
    Columns::new()
        .text("item", ITEMS.iter().map(|item| item.name))
        .with("document", texts(|item| item.document.map(Document::as_str)))
        .int("position", (1..).take(ITEMS.len()))
        .with("member_account", texts(|item| item.member_account))
        .with("account", texts(|item| item.account))
        .with("of_intervals", flags(Item::is_of_intervals))
        .with("by_pot", flags(|item| item.by_pot))
        .with("weight_by", texts(|item| item.weight))
        .register(session, "items")
}
