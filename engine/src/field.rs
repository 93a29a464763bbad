//! Columns of tables: types and the fields that tables have in common.

use arrow::datatypes::{DataType, Field, TimeUnit};

/// `timestamp(us, UTC)`
pub fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

/// `DECIMAL(18,6)`
pub fn decimal() -> DataType {
    DataType::Decimal128(18, 6)
}

/// `DECIMAL(38,12)`: energy x price, not rounded.
pub fn product() -> DataType {
    DataType::Decimal128(38, 12)
}

/// A text.
pub(crate) fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

/// A whole number of 64 bits.
pub(crate) fn int(name: &str) -> Field {
    Field::new(name, DataType::Int64, false)
}

/// A whole number of 32 bits.
pub(crate) fn count(name: &str) -> Field {
    Field::new(name, DataType::Int32, false)
}

/// An instant.
pub(crate) fn time(name: &str) -> Field {
    Field::new(name, timestamp(), false)
}

/// A local day.
pub(crate) fn day(name: &str) -> Field {
    Field::new(name, DataType::Date32, false)
}

/// An energy in kWh, or an amount.
pub(crate) fn kwh(name: &str) -> Field {
    Field::new(name, decimal(), false)
}

/// The columns of a statement line that make its document: what a bill keeps and a correction takes back.
pub fn line_fields() -> Vec<Field> {
    let of_the_run = ["month", "status", "run_id"];
    statement_lines().into_iter().filter(|f| !of_the_run.contains(&f.name().as_str())).collect()
}

/// The columns of a line of a bill: whether it is a `charge` or the `credit` of one, and the line.
pub fn bill_line_fields() -> Vec<Field> {
    std::iter::once(text("entry")).chain(line_fields()).collect()
}

/// The columns of `statement_lines`.
pub(crate) fn statement_lines() -> Vec<Field> {
    vec![
        day("month"),
        text("member_id"),
        text("line_id"),
        count("line_number"),
        text("kind"),
        text("item"),
        text("producer_id"),
        int("price_segment"),
        kwh("price").with_nullable(true),
        text("vat_category"),
        Field::new("vat_percent", DataType::Decimal128(5, 2), false),
        kwh("energy_kwh"),
        Field::new("exact_amount", product(), false),
        kwh("amount"),
        text("status"),
        text("run_id"),
        // Files of an earlier program have none of these: their lines are all of invoices.
        text("document").with_nullable(true),
        text("fund_id").with_nullable(true),
        count("fund_part").with_nullable(true),
    ]
}
