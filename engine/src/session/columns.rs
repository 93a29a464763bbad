//! Tables in memory, made column by column.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema};
use chrono::NaiveDate;
use datafusion::prelude::SessionContext;

use super::repeated::register_sorted;
use crate::calendar::day_number;
use crate::clock::Micros;
use crate::error::Result;
use crate::schema::arrays::times;

/// A table in memory, column by column.
pub(crate) struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    pub(crate) fn new() -> Self {
        Self { fields: vec![], arrays: vec![] }
    }

    pub(crate) fn with(mut self, name: &str, array: ArrayRef) -> Self {
        self.fields.push(Field::new(name, array.data_type().clone(), array.is_nullable()));
        self.arrays.push(array);
        self
    }

    pub(crate) fn text<'a>(self, name: &str, values: impl Iterator<Item = &'a str>) -> Self {
        self.with(name, Arc::new(StringArray::from_iter_values(values)))
    }

    pub(crate) fn time(self, name: &str, values: impl Iterator<Item = Micros>) -> Self {
        self.with(name, times(values))
    }

    pub(crate) fn day(self, name: &str, values: impl Iterator<Item = NaiveDate>) -> Self {
        self.with(name, Arc::new(Date32Array::from_iter_values(values.map(day_number))))
    }

    pub(crate) fn int(self, name: &str, values: impl Iterator<Item = i64>) -> Self {
        self.with(name, Arc::new(Int64Array::from_iter_values(values)))
    }

    pub(crate) fn count(self, name: &str, values: impl Iterator<Item = u32>) -> Self {
        self.with(name, Arc::new(Int32Array::from_iter_values(values.map(|v| v as i32))))
    }

    pub(crate) fn decimal(
        self,
        name: &str,
        precision: u8,
        scale: i8,
        values: impl Iterator<Item = Option<i64>>,
    ) -> Result<Self> {
        let array: Decimal128Array = values.map(|v| v.map(i128::from)).collect();
        Ok(self.with(name, Arc::new(array.with_precision_and_scale(precision, scale)?)))
    }

    pub(crate) fn batch(self) -> Result<RecordBatch> {
        Ok(RecordBatch::try_new(Arc::new(Schema::new(self.fields)), self.arrays)?)
    }

    pub(crate) fn register(self, session: &SessionContext, name: &str) -> Result<()> {
        self.register_by(session, name, &[])
    }

    /// Registers rows that come sorted by some columns.
    pub(crate) fn register_by(self, session: &SessionContext, name: &str, order: &[&str]) -> Result<()> {
        let batch = self.batch()?;
        register_sorted(session, name, batch.schema(), order, vec![batch])
    }
}

/// Registers rows under a name.
///
/// # Errors
/// Internal, when the batches do not have the schema.
pub fn register_rows(
    session: &SessionContext,
    name: &str,
    schema: arrow::datatypes::SchemaRef,
    batches: Vec<RecordBatch>,
) -> Result<()> {
    register_sorted(session, name, schema, &[], batches)
}
