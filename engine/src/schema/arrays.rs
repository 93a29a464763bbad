//! Columns of the tables from values.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, TimestampMicrosecondArray};

use crate::clock::Micros;
use crate::error::Result;

/// Instants as a column.
pub(crate) fn times(values: impl Iterator<Item = Micros>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values).with_timezone("UTC"))
}

/// Energy in micro-kWh as a `DECIMAL(18,6)` kWh column.
pub(crate) fn energy(values: impl Iterator<Item = i64>) -> Result<ArrayRef> {
    let array = Decimal128Array::from_iter_values(values.map(i128::from));
    Ok(Arc::new(array.with_precision_and_scale(18, 6)?))
}
