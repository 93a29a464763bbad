#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use engine::job::{Check, Graph, Job};
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

/// The jobs of a cycle, each after those it reads, and its checks.
pub fn graph() -> Graph {
    Graph::new(
        vec![
            job!(Readings, "readings"),
            job!(Allocations, "allocations"),
            job!(Balances, "balances"),
            job!(Co2, "co2"),
            job!(Coverage, "coverage"),
            job!(MemberDays, "member_days"),
            job!(Pots, "pots"),
            job!(StatementLines, "statement_lines"),
            job!(Postings, "postings"),
        ],
        vec![
            check!("energy_adds_up", false),
            check!("flows_add_up", false),
            check!("days_are_complete", false),
            check!("priced_energy_adds_up", false),
            check!("statement_adds_up", true),
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
    report!(/// Each member's energy and money, from `point_months` and `point_members`.
        SETTLED_MEMBERS, "settled_members");
    report!(/// What the energy of a time is worth: `$start`, `$end`, `$first_day`, `$end_day`.
        PERIOD_MONEY, "period_money");
    report!(/// CO2 of a time: `$start`, `$end`.
        PERIOD_CO2, "period_co2");
    report!(/// Up to when the data of the visible community are complete.
        COMPLETE_UNTIL, "complete_until");
    report!(/// A month member by member: `$month`, `$start`, `$end`.
        MONTH_MEMBERS, "month_members");
    report!(/// The statement lines of a month: `$month`.
        MONTH_LINES, "month_lines");
    report!(/// What members are owed for a month, by item: `$month`.
        MONTH_PAYOUTS, "month_payouts");
    report!(/// The pots of a month with their parts: `$month`.
        MONTH_POTS, "month_pots");
    report!(/// The postings of a month, by account, item and VAT: `$month`.
        MONTH_POSTINGS, "month_postings");
    report!(/// The lines among which a pot of surplus was split: `$line`.
        TRACE_POT, "trace_pot");
    report!(/// A statement line: `$line`.
        TRACE_LINE, "trace_line");
    report!(/// The readings of a time with all their revisions: `$start`, `$end`.
        TRACE_READINGS, "trace_readings");
    report!(/// What came in.
        LAKE_INTAKE, "lake_intake");
    report!(/// What did not come in.
        LAKE_QUARANTINE, "lake_quarantine");
    report!(/// Completeness per community.
        LAKE_COMMUNITIES, "lake_communities");
}
