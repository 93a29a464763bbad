//! What a table of master data has to say of its rows.

use arrow::datatypes::Field;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::dated::{ByCommunity, Dated, FOREVER};
use crate::calendar::{Span, rfc3339};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::units::format_decimal;

/// A row of master data. Everything that the program knows of a table stands in the file of its row: how rows are told
/// apart, how they are resolved, how analysts see them and what of them a result depends on.
pub trait Master: Serialize + DeserializeOwned {
    /// The name of the table.
    const NAME: &'static str;

    /// The rows that count, as [`super::Registry`] keeps them.
    type Resolved;

    /// What a row speaks of, as a JSON array: of two rows of the same thing the later one counts.
    fn key(&self) -> Value;

    /// Whose it is; nothing for what belongs to no community.
    fn community(&self) -> Option<&str>;

    /// The columns that analysts read, besides those that every table of master data has.
    fn fields() -> Vec<Field>;

    /// The values of these columns and of the validity, as a JSON object; what is not there is null.
    fn cells(&self) -> Value;

    /// Of rows in the order of their sequence, those that count.
    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved
    where
        Self: Sized;

    /// What the results of a community in a span depend on, row by row in a fixed order: each a text that stays the
    /// same when a field with a default is added.
    ///
    /// # Errors
    /// Internal, when a row has no canonical form.
    fn counted(resolved: &Self::Resolved, community: &str, span: Span) -> Result<Vec<String>>;
}

/// Rows of a community that count in a span, clipped to it: the row of another time ends this one earlier or later,
/// and that is nothing to the span.
pub(super) fn counted_within<T: Dated, S: Serialize>(
    resolved: &ByCommunity<T>,
    community: &str,
    span: Span,
    says: impl Fn(T) -> S,
) -> Result<Vec<String>> {
    let rows = resolved.get(community).map(Vec::as_slice).unwrap_or_default();
    let parts = rows.iter().map(|(version, row)| (version, row.within(span)));
    parts
        .filter(|(_, part)| !part.validity().is_empty())
        .map(|(version, part)| Ok(format!("{version} {}", canonical(&says(part))?)))
        .collect()
}

/// A value as a text: its fields in the order of their declaration, without those that have their default.
///
/// # Errors
/// Internal, when JSON cannot hold it: two values without a text would look the same.
pub(crate) fn canonical<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::internal(format!("a row without a canonical form: {e}")))
}

/// A decimal of so many digits after the point.
pub(super) fn fixed(value: impl Into<Option<i64>>, scale: u32) -> Value {
    value.into().map_or(Value::Null, |v| json!(format_decimal(i128::from(v), scale)))
}

/// An instant of a validity; null where it has no such end.
pub(super) fn instant(at: Micros) -> Value {
    if at == FOREVER || at == Micros::MIN { Value::Null } else { json!(rfc3339(at)) }
}
