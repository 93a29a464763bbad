//! The columns of each table, without the partition column.

use arrow::datatypes::{DataType, Field};

use super::table::Table;
use crate::field::{bill_line_fields, count, day, int, kwh, product, statement_lines, text, time};

pub(super) fn fields(table: Table) -> Vec<Field> {
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
        Table::Storage => storage(),
        Table::Balances => balances(),
        Table::Reconciliation => reconciliation(),
        Table::Co2 => vec![
            time("interval_start"),
            Field::new("avoided_g", DataType::Decimal128(38, 9), false),
            Field::new("inventory_g", DataType::Decimal128(38, 9), false),
            Field::new("market_inventory_g", DataType::Decimal128(38, 9), true),
            text("factor_set"),
            text("scope"),
            count("uncertainty_percent").with_nullable(true),
            Field::new("uncertainty_is_default", DataType::Boolean, true),
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
            // Nothing in rows of older lakes, which did not count them.
            count("summed").with_nullable(true),
            count("split").with_nullable(true),
            count("partial").with_nullable(true),
        ],
        Table::MemberDays => member_days(),
        Table::StatementLines => statement_lines(),
        Table::BilledLines => billed_lines(),
        Table::Corrections => corrections(),
        Table::MonthStates => month_states(),
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
        // Nothing in rows of older lakes: those are readings.
        text("kind").with_nullable(true),
        text("community_id").with_nullable(true),
        // In files of rows that came together nothing, and in those of older lakes.
        int("lake_version").with_nullable(true),
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
        // Of the values of one message the first that is kept has it, the others are empty.
        Field::new("payload", DataType::Binary, false),
        // Of a payload of which only the head is kept; older rows hold nothing.
        int("payload_bytes").with_nullable(true),
        text("payload_sha256").with_nullable(true),
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

fn storage() -> Vec<Field> {
    let mut fields = vec![time("interval_start"), text("metering_point_id")];
    let energies = [
        "charged_community_kwh",
        "charged_grid_kwh",
        "delivered_community_kwh",
        "delivered_grid_kwh",
        "delivered_unknown_kwh",
        "offered_kwh",
        "released_kwh",
        "used_community_kwh",
        "used_grid_kwh",
        "loss_kwh",
        "stock_community_kwh",
        "stock_grid_kwh",
    ];
    fields.extend(energies.map(kwh));
    fields.extend([text("status"), text("run_id")]);
    fields
}

fn balances() -> Vec<Field> {
    vec![
        time("interval_start"),
        kwh("production_kwh"),
        kwh("consumption_kwh"),
        kwh("shared_kwh").with_nullable(true),
        kwh("residual_kwh").with_nullable(true),
        kwh("surplus_kwh").with_nullable(true),
        kwh("stored_kwh").with_nullable(true),
        kwh("released_kwh").with_nullable(true),
        count("expected_points"),
        count("missing_points"),
        text("status"),
        text("run_id"),
    ]
}

fn reconciliation() -> Vec<Field> {
    vec![
        time("interval_start"),
        text("metering_point_id"),
        text("direction"),
        kwh("operator_kwh").with_nullable(true),
        kwh("computed_kwh").with_nullable(true),
        kwh("difference_kwh").with_nullable(true),
        kwh("tolerance_kwh"),
        Field::new("exceeds_tolerance", DataType::Boolean, false),
        text("cause"),
        int("key_version").with_nullable(true),
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

fn billed_lines() -> Vec<Field> {
    let head = [day("month"), count("bill_number"), time("billed_at"), text("statement_run_id")];
    head.into_iter().chain(bill_line_fields()).chain([text("run_id")]).collect()
}

fn corrections() -> Vec<Field> {
    let difference = |f: Field| f.with_nullable(true);
    let tail = [
        difference(kwh("difference_kwh")),
        difference(Field::new("difference_exact", product(), false)),
        difference(kwh("difference_amount")),
        text("status"),
        text("run_id"),
    ];
    std::iter::once(day("month")).chain(bill_line_fields()).chain(tail).collect()
}

fn month_states() -> Vec<Field> {
    vec![
        day("month"),
        text("state"),
        int("interval_count"),
        int("complete_intervals"),
        int("estimated_intervals"),
        int("zeroed_intervals"),
        int("provisional_intervals"),
        int("held_intervals"),
        int("unpriced_days"),
        int("bills"),
        time("billed_at").with_nullable(true),
        time("corrected_at").with_nullable(true),
        kwh("billed_amount"),
        int("open_corrections"),
        int("open_members"),
        kwh("open_amount"),
        text("statement_run_id"),
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

/// The columns of a table of master data: those of its rows between what all have in common.
fn master_fields(table: Table) -> Vec<Field> {
    let own = table.master().map_or(vec![], |(_, fields)| fields);
    let validity = ["valid_from", "valid_to"].map(|name| time(name).with_nullable(true));
    std::iter::once(int("sequence")).chain(own).chain(validity).chain([text("body")]).collect()
}
