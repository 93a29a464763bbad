//! The columns of every table of the lake, its partition and the order of its rows.
//!
//! Times are `timestamp(us, UTC)`, an interval is its start; energy is `DECIMAL(18,6)` kWh; unrounded products of
//! energy and price are `DECIMAL(38,12)`; amounts are `DECIMAL(18,6)`.

pub(crate) mod arrays;
mod columns;
mod table;

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

pub use table::Table;

pub use crate::field::{bill_line_fields, decimal, line_fields, product, timestamp};

impl Table {
    /// Tables that jobs fill, each after those it reads.
    pub const RESULTS: [Self; 14] = [
        Self::Readings,
        Self::Allocations,
        Self::Storage,
        Self::Balances,
        Self::Reconciliation,
        Self::Co2,
        Self::Coverage,
        Self::MemberDays,
        Self::Pots,
        Self::StatementLines,
        Self::BilledLines,
        Self::Corrections,
        Self::MonthStates,
        Self::Postings,
    ];

    /// The name in SQL and the folder in the lake.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadingsRaw => "readings_raw",
            Self::Quarantine => "quarantine",
            Self::Readings => "readings",
            Self::Allocations => "allocations",
            Self::Storage => "storage",
            Self::Balances => "balances",
            Self::Reconciliation => "reconciliation",
            Self::Co2 => "co2",
            Self::Coverage => "coverage",
            Self::MemberDays => "member_days",
            Self::StatementLines => "statement_lines",
            Self::BilledLines => "billed_lines",
            Self::Corrections => "corrections",
            Self::MonthStates => "month_states",
            Self::Pots => "pots",
            Self::Postings => "postings",
            Self::Runs => "runs",
            master => master.master().map_or("", |(name, _)| name),
        }
    }

    /// The table of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }

    /// The column whose value is in the path of a file and not in the file.
    pub fn partition_column(self) -> Option<&'static str> {
        match self {
            Self::ReadingsRaw => Some("utc_day"),
            Self::Quarantine => Some("received_day"),
            t if Self::RESULTS.contains(&t) => Some("community_id"),
            _ => None,
        }
    }

    /// Whether each file belongs to one community.
    pub fn is_by_community(self) -> bool {
        self.partition_column() == Some("community_id")
    }

    /// Whether its job reads whole months rather than the days of a window.
    pub fn is_of_month(self) -> bool {
        matches!(
            self,
            Self::Pots
                | Self::StatementLines
                | Self::BilledLines
                | Self::Corrections
                | Self::MonthStates
                | Self::Postings
        )
    }

    /// The columns by which the rows of each file are sorted, ascending; files of a community follow each other.
    pub fn order(self) -> &'static [&'static str] {
        match self {
            Self::Readings | Self::Allocations | Self::Reconciliation => {
                &["interval_start", "metering_point_id", "direction"]
            }
            Self::Storage => &["interval_start", "metering_point_id"],
            Self::Balances | Self::Co2 => &["interval_start"],
            Self::Coverage => &["local_day", "metering_point_id", "direction"],
            Self::MemberDays => &["local_day", "member_id"],
            Self::StatementLines | Self::Corrections => &["month", "member_id"],
            Self::BilledLines => &["month", "bill_number"],
            Self::MonthStates => &["month"],
            Self::Pots => &["month", "pot_id"],
            Self::Postings => &["month", "account", "member_id"],
            _ => &[],
        }
    }

    /// Columns of the files, without the partition column.
    pub fn file_schema(self) -> SchemaRef {
        Arc::clone(&SCHEMAS[self as usize])
    }

    /// All columns, the partition column last.
    pub fn schema(self) -> SchemaRef {
        let mut fields = self.file_schema().fields().to_vec();
        fields.extend(self.partition_field().map(Arc::new));
        Arc::new(Schema::new(fields))
    }

    /// The partition column as a field.
    pub fn partition_field(self) -> Option<Field> {
        let data_type = if self.is_by_community() { DataType::Utf8 } else { DataType::Date32 };
        self.partition_column().map(|name| Field::new(name, data_type, false))
    }
}

static SCHEMAS: LazyLock<Vec<SchemaRef>> = LazyLock::new(|| {
    let mut all: Vec<(Table, SchemaRef)> =
        Table::ALL.iter().map(|t| (*t, Arc::new(Schema::new(columns::fields(*t))))).collect();
    all.sort_by_key(|(t, _)| *t as usize);
    all.into_iter().map(|(_, s)| s).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_own_columns_and_its_order_is_among_them() {
        for table in Table::ALL {
            let schema = table.schema();
            for column in table.order() {
                assert!(schema.field_with_name(column).is_ok(), "{}: {column}", table.name());
            }
            assert_eq!(Table::parse(table.name()), Some(table));
        }
        assert!(Table::Tariffs.schema().field_with_name("item").is_ok());
        assert!(Table::ReadingsRaw.schema().field_with_name("source").is_ok());
    }
}
