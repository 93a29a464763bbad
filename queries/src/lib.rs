#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use std::sync::LazyLock;

use engine::job::{Check, Graph, Job, Sums};
use engine::schema::Table;

macro_rules! job {
    ($table:ident, $file:literal) => {
        Job { table: Table::$table, sql: include_str!(concat!("../jobs/", $file, ".sql")) }
    };
}

macro_rules! check {
    ($file:literal, $of_month:literal) => {
        Check { name: $file, sql: include_str!(concat!("../checks/", $file, ".sql")), of_month: $of_month }
    };
}

/// The jobs of a cycle, each after those it reads, and its checks. What was planned once serves everybody in the
/// process.
pub fn graph() -> Graph {
    static GRAPH: LazyLock<Graph> = LazyLock::new(new_graph);
    GRAPH.clone()
}

fn new_graph() -> Graph {
    Graph::new(
        vec![Sums { name: "member_months", sql: include_str!("../sums/member_months.sql") }],
        vec![
            job!(Readings, "readings"),
            job!(Allocations, "allocations"),
            job!(Storage, "storage"),
            job!(Balances, "balances"),
            job!(Reconciliation, "reconciliation"),
            job!(Co2, "co2"),
            job!(Coverage, "coverage"),
            job!(MemberDays, "member_days"),
            job!(Pots, "pots"),
            job!(StatementLines, "statement_lines"),
            job!(BilledLines, "billed_lines"),
            job!(Corrections, "corrections"),
            job!(MonthStates, "month_states"),
            job!(Postings, "postings"),
        ],
        vec![
            check!("energy_adds_up", false),
            check!("storage_adds_up", false),
            check!("operator_figures_stand", false),
            check!("flows_add_up", false),
            check!("days_are_complete", false),
            check!("priced_energy_adds_up", false),
            check!("statement_adds_up", true),
            check!("corrections_add_up", true),
            check!("pots_are_split", true),
            check!("postings_balance", true),
        ],
    )
}

/// Reports: SELECTs over published tables, with named parameters.
pub mod report {
    macro_rules! report {
        ($(#[$doc:meta])* $name:ident, $file:literal) => {
            $(#[$doc])*
            pub const $name: &str = include_str!(concat!("../reports/", $file, ".sql"));
        };
    }

    report!(/// Figures of a time: `$start`, `$end`.
        PERIOD_TOTALS, "period_totals");
    report!(/// The load curve of a time: `$start`, `$end`.
        PERIOD_LOAD, "period_load");
    report!(/// The local days of a time: `$start`, `$end`, `$zone`.
        PERIOD_DAYS, "period_days");
    report!(/// Each member's energy, and what its supplier would take, by a proposal.
        PROPOSAL_MEMBERS, "proposal_members");
    report!(/// What statements would come to by a proposal, item by item.
        PROPOSAL_LINES, "proposal_lines");
    report!(/// What the energy of a time is worth: `$start`, `$end`, `$first_day`, `$end_day`.
        PERIOD_MONEY, "period_money");
    report!(/// What the amounts of a time are made of: `$start`, `$end`, `$first_day`, `$end_day`, `$month`.
        PERIOD_AMOUNTS, "period_amounts");
    report!(/// CO2 of a time: `$start`, `$end`.
        PERIOD_CO2, "period_co2");
    report!(/// Up to when the data of the visible community are complete: `$grid_seconds`.
        COMPLETE_UNTIL, "complete_until");
    report!(/// How each community does today, of those in `days`: `$start`, `$end`.
        COMMUNITIES_TODAY, "communities_today");
    report!(/// A month member by member: `$month`, `$start`, `$end`.
        MONTH_MEMBERS, "month_members");
    report!(/// The statement lines of a month: `$month`.
        MONTH_LINES, "month_lines");
    report!(/// How often the operator's figures differ from ours, by cause: `$start`, `$end`.
        RECONCILE_CAUSES, "reconcile_causes");
    report!(/// How many intervals wait for readings or for the operator: `$start`, `$end`.
        RECONCILE_WAITING, "reconcile_waiting");
    report!(/// Figures of the operator that differ by more than rounding: `$start`, `$end`.
        RECONCILE_FIGURES, "reconcile_figures");
    report!(/// How far a month has come: `$month`.
        MONTH_STATE, "month_state");
    report!(/// The drafted corrections of a month: `$month`.
        MONTH_CORRECTIONS, "month_corrections");
    report!(/// The lines of the next bill of a month: `$month`.
        BILL_LINES, "bill_lines");
    report!(/// What each member was billed, from `bill_lines`.
        BILL_MEMBERS, "bill_members");
    report!(/// The lines of bills, from `bill_lines`.
        BILL_TEXT, "bill_text");
    report!(/// What members were billed, from `bill_lines`, beside their statements: `$month`.
        BILLED_AND_KNOWN, "billed_and_known");
    report!(/// What was billed of a statement line: `$line`.
        LINE_BILLED, "line_billed");
    report!(/// Local days with their settled intervals: `$start`, `$end`, `$zone`.
        UNSETTLED_DAYS, "unsettled_days");
    report!(/// Which points lack values: `$first_day`, `$end_day`.
        MISSING_VALUES, "missing_values");
    report!(/// What members are owed for a month, by item: `$month`.
        MONTH_PAYOUTS, "month_payouts");
    report!(/// The pots of a month with their parts: `$month`.
        MONTH_POTS, "month_pots");
    report!(/// The postings of a month, by account, item and VAT: `$month`.
        MONTH_POSTINGS, "month_postings");
    report!(/// The lines among which a pot of surplus was split: `$line`.
        TRACE_POT, "trace_pot");
    report!(/// A part of a fund's pot: `$community`, `$month`, `$fund`, `$version`, `$part`.
        TRACE_FUND, "trace_fund");
    report!(/// The energy of an item by member: `$community`, `$item`, `$from`, `$to` (exclusive).
        TRACE_WEIGHTS, "trace_weights");
    report!(/// A statement line: `$line`.
        TRACE_LINE, "trace_line");
    report!(/// The readings of a time with all their revisions: `$start`, `$end`.
        TRACE_READINGS, "trace_readings");
    report!(/// What came in.
        LAKE_INTAKE, "lake_intake");
    report!(/// What did not come in.
        LAKE_QUARANTINE, "lake_quarantine");
    report!(/// What of a source was put aside: `$source`, `$from`.
        SOURCE_QUARANTINE, "source_quarantine");
    report!(/// Completeness per community.
        LAKE_COMMUNITIES, "lake_communities");
}
