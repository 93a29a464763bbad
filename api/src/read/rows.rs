//! Rows of a report's SQL, read by column name with exact numbers.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use chrono::NaiveDate;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use engine::calendar::{day_number, day_of_number};
use engine::clock::Micros;
use engine::{Error, Result};

/// All rows of a query.
#[derive(Debug, Clone)]
pub struct Rows(RecordBatch);

/// One of them.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    batch: &'a RecordBatch,
    at: usize,
}

/// An instant as a parameter.
pub fn instant(name: &str, at: Micros) -> (&str, ScalarValue) {
    (name, ScalarValue::TimestampMicrosecond(Some(at), Some("UTC".into())))
}

/// A day as a parameter.
pub fn day(name: &str, day: NaiveDate) -> (&str, ScalarValue) {
    (name, ScalarValue::Date32(Some(day_number(day))))
}

impl Rows {
    /// Runs a report with its parameters.
    ///
    /// # Errors
    /// Internal, when it is not valid SQL; environment, when files cannot be read.
    pub async fn of(session: &SessionContext, sql: &str, parameters: &[(&str, ScalarValue)]) -> Result<Self> {
        tracing::debug!(report = sql.lines().next().unwrap_or_default(), "asked");
        let mut frame = engine::session::query(session, sql).await?;
        if !parameters.is_empty() {
            let named: Vec<(&str, ScalarValue)> = parameters.to_vec();
            frame = frame.with_param_values(named)?;
        }
        let schema = std::sync::Arc::new(frame.schema().as_arrow().clone());
        Ok(Self(concat_batches(&schema, &frame.collect().await?)?))
    }

    /// All of them, as columns.
    pub fn into_batch(self) -> RecordBatch {
        self.0
    }

    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.0.num_rows()).map(|at| Row { batch: &self.0, at })
    }

    /// The only row of a report that gives one.
    ///
    /// # Errors
    /// Internal, when there is none.
    pub fn only(&self) -> Result<Row<'_>> {
        self.iter().next().ok_or_else(|| Error::internal("a report that gives one row gave none"))
    }
}

impl Row<'_> {
    fn column(&self, name: &str) -> Result<&ArrayRef> {
        self.batch.column_by_name(name).ok_or_else(|| Error::internal(format!("a report has no column {name}")))
    }

    /// A text; empty where it is null.
    ///
    /// # Errors
    /// Internal, when there is no such column.
    pub fn text(&self, name: &str) -> Result<String> {
        let column = cast(&self.column(name)?.slice(self.at, 1), &DataType::Utf8)?;
        let column = column.as_string::<i32>();
        Ok(if column.is_null(0) { String::new() } else { column.value(0).to_string() })
    }

    /// A whole number; 0 where it is null.
    ///
    /// # Errors
    /// Internal, when there is no such column.
    pub fn int(&self, name: &str) -> Result<i64> {
        let column = cast(&self.column(name)?.slice(self.at, 1), &DataType::Int64)?;
        let column = column.as_primitive::<Int64Type>();
        Ok(if column.is_null(0) { 0 } else { column.value(0) })
    }

    /// A yes or no; no where it is null.
    ///
    /// # Errors
    /// Internal, when there is no such column.
    pub fn flag(&self, name: &str) -> Result<bool> {
        let column = cast(&self.column(name)?.slice(self.at, 1), &DataType::Boolean)?;
        let column = column.as_boolean();
        Ok(!column.is_null(0) && column.value(0))
    }

    /// An instant.
    ///
    /// # Errors
    /// Internal, when there is no such column.
    pub fn time(&self, name: &str) -> Result<Option<Micros>> {
        let column = cast(&self.column(name)?.slice(self.at, 1), &engine::schema::timestamp())?;
        let column = column.as_primitive::<TimestampMicrosecondType>();
        Ok((!column.is_null(0)).then(|| column.value(0)))
    }

    /// A day.
    ///
    /// # Errors
    /// Internal, when there is no such column.
    pub fn day(&self, name: &str) -> Result<Option<NaiveDate>> {
        let column = cast(&self.column(name)?.slice(self.at, 1), &DataType::Date32)?;
        let column = column.as_primitive::<Date32Type>();
        Ok((!column.is_null(0)).then(|| day_of_number(column.value(0))))
    }

    /// A decimal as a whole number of 10^-`scale`.
    ///
    /// # Errors
    /// Internal, when there is no such column or `scale` cannot hold the value.
    pub fn decimal(&self, name: &str, scale: u32) -> Result<Option<i128>> {
        let column = self.column(name)?;
        let DataType::Decimal128(_, own) = column.data_type() else {
            return if column.is_null(self.at) || column.data_type() == &DataType::Null {
                Ok(None)
            } else {
                Ok(Some(i128::from(self.int(name)?) * 10i128.pow(scale)))
            };
        };
        let values = column.as_primitive::<Decimal128Type>();
        if values.is_null(self.at) {
            return Ok(None);
        }
        let (value, own) = (values.value(self.at), u32::from(own.unsigned_abs()));
        if own <= scale {
            return Ok(Some(value * 10i128.pow(scale - own)));
        }
        let divisor = 10i128.pow(own - scale);
        if value % divisor != 0 {
            return Err(Error::internal(format!("{name} has more than {scale} decimals")));
        }
        Ok(Some(value / divisor))
    }

    /// Energy in micro-kWh.
    ///
    /// # Errors
    /// Internal, when there is no such column.
    pub fn energy_micro_kwh(&self, name: &str) -> Result<Option<i128>> {
        self.decimal(name, engine::units::ENERGY_SCALE)
    }
}
