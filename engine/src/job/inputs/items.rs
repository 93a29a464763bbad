//! The items of statement lines, as a table.

use std::sync::Arc;

use arrow::array::{BooleanArray, StringArray};
use datafusion::prelude::SessionContext;

use crate::error::Result;
use crate::item::ITEMS;
use crate::session::columns::Columns;

/// Registers `items`: each with its document, its place among the lines of a document, whether a pot hands its revenue
/// out, and the weight of funds that its energy is.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_items(session: &SessionContext) -> Result<()> {
    let documents: StringArray = ITEMS.iter().map(|item| item.document.map(|d| d.as_str())).collect();
    let weights: StringArray = ITEMS.iter().map(|item| item.weight).collect();
    let by_pot: BooleanArray = ITEMS.iter().map(|item| Some(item.by_pot)).collect();
    Columns::new()
        .text("item", ITEMS.iter().map(|item| item.name))
        .with("document", Arc::new(documents))
        .int("position", (1..).take(ITEMS.len()))
        .with("by_pot", Arc::new(by_pot))
        .with("weight_by", Arc::new(weights))
        .register(session, "items")
}
