//! The columns of every table of the lake, its partition and the order of its rows.
//!
//! Times are `timestamp(us, UTC)`, an interval is its start; energy is `DECIMAL(18,6)` kWh; unrounded products of
//! energy and price are `DECIMAL(38,12)`; amounts are `DECIMAL(18,6)`.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// A table of the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    ReadingsRaw,
    Quarantine,
    Readings,
    Allocations,
    Balances,
    Co2,
    Coverage,
    MemberDays,
    StatementLines,
    Pots,
    Postings,
    Runs,
    Communities,
    Members,
    MeteringPoints,
    Participations,
    AllocationKeys,
    Tariffs,
    GridFactors,
    CapitalShares,
    Series,
    Funds,
    InterestRules,
}

impl Table {
    /// Every table, inputs first.
    pub const ALL: [Self; 23] = [
        Self::Communities,
        Self::Members,
        Self::MeteringPoints,
        Self::Participations,
        Self::AllocationKeys,
        Self::Tariffs,
        Self::GridFactors,
        Self::CapitalShares,
        Self::Series,
        Self::Funds,
        Self::InterestRules,
        Self::ReadingsRaw,
        Self::Quarantine,
        Self::Readings,
        Self::Allocations,
        Self::Balances,
        Self::Co2,
        Self::Coverage,
        Self::MemberDays,
        Self::Pots,
        Self::StatementLines,
        Self::Postings,
        Self::Runs,
    ];

    /// Tables that the registry fills.
    pub const MASTER: [Self; 11] = [
        Self::Communities,
        Self::Members,
        Self::MeteringPoints,
        Self::Participations,
        Self::AllocationKeys,
        Self::Tariffs,
        Self::GridFactors,
        Self::CapitalShares,
        Self::Series,
        Self::Funds,
        Self::InterestRules,
    ];

    /// Tables that jobs fill, each after those it reads.
    pub const RESULTS: [Self; 9] = [
        Self::Readings,
        Self::Allocations,
        Self::Balances,
        Self::Co2,
        Self::Coverage,
        Self::MemberDays,
        Self::Pots,
        Self::StatementLines,
        Self::Postings,
    ];

    /// The name in SQL and the folder in the lake.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadingsRaw => "readings_raw",
            Self::Quarantine => "quarantine",
            Self::Readings => "readings",
            Self::Allocations => "allocations",
            Self::Balances => "balances",
            Self::Co2 => "co2",
            Self::Coverage => "coverage",
            Self::MemberDays => "member_days",
            Self::StatementLines => "statement_lines",
            Self::Pots => "pots",
            Self::Postings => "postings",
            Self::Runs => "runs",
            Self::Communities => "communities",
            Self::Members => "members",
            Self::MeteringPoints => "metering_points",
            Self::Participations => "participations",
            Self::AllocationKeys => "allocation_keys",
            Self::Tariffs => "tariffs",
            Self::GridFactors => "grid_factors",
            Self::CapitalShares => "capital_shares",
            Self::Series => "series",
            Self::Funds => "funds",
            Self::InterestRules => "interest_rules",
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

    /// Whether its job reads whole months rather than the days of the window.
    pub fn is_of_month(self) -> bool {
        matches!(self, Self::Pots | Self::StatementLines | Self::Postings)
    }

    /// The columns by which the rows of each file are sorted, ascending; files of a community follow each other.
    pub fn order(self) -> &'static [&'static str] {
        match self {
            Self::Readings | Self::Allocations => &["interval_start", "metering_point_id", "direction"],
            Self::Balances | Self::Co2 => &["interval_start"],
            Self::Coverage => &["local_day", "metering_point_id", "direction"],
            Self::MemberDays => &["local_day", "member_id"],
            Self::StatementLines => &["month", "member_id"],
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

static SCHEMAS: LazyLock<Vec<SchemaRef>> = LazyLock::new(|| {
    let mut all: Vec<(Table, SchemaRef)> = Table::ALL.iter().map(|t| (*t, Arc::new(Schema::new(fields(*t))))).collect();
    all.sort_by_key(|(t, _)| *t as usize);
    all.into_iter().map(|(_, s)| s).collect()
});

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

fn int(name: &str) -> Field {
    Field::new(name, DataType::Int64, false)
}

fn count(name: &str) -> Field {
    Field::new(name, DataType::Int32, false)
}

fn time(name: &str) -> Field {
    Field::new(name, timestamp(), false)
}

fn day(name: &str) -> Field {
    Field::new(name, DataType::Date32, false)
}

fn kwh(name: &str) -> Field {
    Field::new(name, decimal(), false)
}

fn fields(table: Table) -> Vec<Field> {
    match table {
        Table::ReadingsRaw => readings_raw(),
        Table::Quarantine => quarantine(),
        Table::Readings => vec![
            time("interval_start"),
            text("metering_point_id"),
            text("direction"),
            kwh("energy_kwh"),
            text("quality"),
            int("revision"),
        ],
        Table::Allocations => allocations(),
        Table::Balances => balances(),
        Table::Co2 => vec![
            time("interval_start"),
            Field::new("avoided_g", DataType::Decimal128(38, 9), false),
            Field::new("inventory_g", DataType::Decimal128(38, 9), false),
            Field::new("market_inventory_g", DataType::Decimal128(38, 9), true),
            text("factor_set"),
            text("scope"),
            text("status"),
            text("run_id"),
        ],
        Table::Coverage => vec![
            day("local_day"),
            text("metering_point_id"),
            text("direction"),
            count("expected"),
            count("present"),
            count("missing"),
            text("run_id"),
        ],
        Table::MemberDays => member_days(),
        Table::StatementLines => statement_lines(),
        Table::Pots => pots(),
        Table::Postings => postings(),
        Table::Runs => runs(),
        master => master_fields(master),
    }
}

fn readings_raw() -> Vec<Field> {
    vec![
        text("metering_point_id"),
        text("direction"),
        time("interval_start"),
        count("interval_seconds"),
        kwh("energy_kwh"),
        text("quality"),
        int("revision"),
        time("message_at"),
        text("source"),
        int("position"),
        count("position_index"),
        text("origin_source").with_nullable(true),
        int("origin_position").with_nullable(true),
        count("origin_index").with_nullable(true),
        time("received_at"),
    ]
}

fn quarantine() -> Vec<Field> {
    vec![
        text("source"),
        int("position"),
        count("position_index"),
        time("message_at"),
        time("received_at"),
        text("metering_point_id").with_nullable(true),
        text("reason"),
        text("rule_id"),
        text("field"),
        text("value"),
        Field::new("payload", DataType::Binary, false),
    ]
}

fn allocations() -> Vec<Field> {
    vec![
        time("interval_start"),
        text("metering_point_id"),
        text("direction"),
        kwh("energy_kwh"),
        kwh("allocated_kwh").with_nullable(true),
        kwh("rest_kwh").with_nullable(true),
        text("quality"),
        text("status"),
        int("key_version").with_nullable(true),
        text("run_id"),
    ]
}

fn balances() -> Vec<Field> {
    vec![
        time("interval_start"),
        kwh("production_kwh"),
        kwh("consumption_kwh"),
        kwh("shared_kwh").with_nullable(true),
        kwh("residual_kwh").with_nullable(true),
        kwh("surplus_kwh").with_nullable(true),
        count("expected_points"),
        count("missing_points"),
        text("status"),
        text("run_id"),
    ]
}

fn member_days() -> Vec<Field> {
    vec![
        day("local_day"),
        text("member_id"),
        text("metering_point_id"),
        text("item"),
        text("producer_id"),
        int("price_segment"),
        kwh("price_per_kwh").with_nullable(true),
        text("vat_category"),
        Field::new("vat_percent", DataType::Decimal128(5, 2), false),
        kwh("energy_kwh"),
        Field::new("amount", product(), false),
        count("provisional_intervals"),
        text("run_id"),
    ]
}

fn statement_lines() -> Vec<Field> {
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

fn pots() -> Vec<Field> {
    vec![
        day("month"),
        text("pot_id"),
        int("version"),
        text("source"),
        kwh("pot_amount"),
        count("part"),
        Field::new("percent", DataType::Decimal128(5, 2), false),
        text("beneficiary"),
        text("weight_by"),
        kwh("amount"),
        text("status"),
        text("run_id"),
    ]
}

fn postings() -> Vec<Field> {
    vec![
        day("month"),
        text("account"),
        text("member_id"),
        text("item"),
        text("vat_category"),
        Field::new("vat_percent", DataType::Decimal128(5, 2), false),
        kwh("debit"),
        kwh("credit"),
        text("line_id"),
        text("fund_id"),
        text("status"),
        text("run_id"),
    ]
}

fn runs() -> Vec<Field> {
    vec![
        int("cycle"),
        text("state"),
        text("community_id").with_nullable(true),
        text("window").with_nullable(true),
        time("started_at"),
        time("finished_at"),
        text("program"),
        text("versions"),
        text("inputs"),
        text("runs"),
        text("detail"),
    ]
}

fn master_fields(table: Table) -> Vec<Field> {
    let optional = |f: Field| f.with_nullable(true);
    let mut fields = vec![int("sequence")];
    fields.extend(match table {
        Table::Communities => {
            vec![text("community_id"), text("country"), text("timezone"), text("currency"), count("interval_minutes")]
        }
        Table::Members => vec![text("community_id"), text("member_id"), text("holder"), text("kind")],
        Table::MeteringPoints => vec![
            text("metering_point_id"),
            text("holder"),
            Field::new("import", DataType::Boolean, false),
            Field::new("export", DataType::Boolean, false),
        ],
        Table::Participations => vec![
            text("community_id"),
            text("metering_point_id"),
            text("member_id"),
            count("factor_percent"),
            optional(text("consent_id")),
        ],
        Table::AllocationKeys => vec![text("community_id"), text("rule"), optional(text("adopted_by"))],
        Table::Tariffs => vec![
            text("community_id"),
            text("item"),
            optional(text("producer")),
            optional(kwh("price_per_kwh")),
            optional(kwh("price_per_month")),
            Field::new("vat_percent", DataType::Decimal128(5, 2), false),
            text("vat_category"),
            optional(text("band")),
            optional(text("series")),
        ],
        Table::CapitalShares => vec![text("community_id"), text("member_id"), kwh("capital")],
        Table::Series => vec![
            text("community_id"),
            text("series"),
            optional(text("point")),
            optional(text("producer")),
            time("start"),
            count("step_seconds"),
            text("source"),
            Field::new("provisional", DataType::Boolean, true),
        ],
        Table::Funds => {
            vec![text("community_id"), text("fund_id"), text("source"), optional(kwh("amount"))]
        }
        Table::InterestRules => vec![
            text("community_id"),
            count("year"),
            optional(Field::new("rate_percent", DataType::Decimal128(9, 4), true)),
            optional(kwh("budget")),
        ],
        _ => vec![
            text("community_id"),
            text("factor_set"),
            text("scope"),
            Field::new("grid_g_per_kwh", DataType::Decimal128(18, 3), false),
            Field::new("source_g_per_kwh", DataType::Decimal128(18, 3), false),
        ],
    });
    fields.extend([optional(time("valid_from")), optional(time("valid_to")), text("body")]);
    fields
}

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
