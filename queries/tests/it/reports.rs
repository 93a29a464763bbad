//! What reports say of a day that can be computed by hand: for six hours of night `a-C1` uses 0.1 and `a-C2` 0.05 kWh a
//! quarter-hour from their supplier, for eighteen hours the plant gives them that and has 0.05 kWh left. So of 14.4 kWh
//! used and 14.4 kWh made 10.8 are shared, and 3.6 are residual and surplus. The Monday after has one quarter-hour, in
//! which `a-C1` gets 0.1 kWh more and `a-C2` is missing.

use std::collections::BTreeSet;

use engine::calendar::{QUARTER, SECOND};
use engine::catalog::Principal;
use engine::clock::Clock;

use super::village::{Value, Village, at, value};

/// The local day, a Sunday, as instants.
const START: &str = "2026-06-13T22:00:00Z";
const END: &str = "2026-06-14T22:00:00Z";

async fn village() -> Village {
    let village = Village::with_two("2026-06-15T12:00:00Z").await;
    let mut values = vec![];
    for quarter in 0..96i64 {
        let start = at(START) + quarter * QUARTER;
        let made = if quarter < 24 { 0 } else { 200_000 };
        values.push(value("a-C1", start, 100_000));
        values.push(value("a-C2", start, 50_000));
        values.push(value("a-P1", start, made));
    }
    values.push(value("a-C1", at(END), 100_000));
    values.push(value("a-P1", at(END), 200_000));
    village.ingest("s", &values).await;
    village.run().await;
    village
}

/// Columns of a report as a reader of `a` gets them, ordered by the first of them.
async fn report(village: &Village, sql: &str, columns: &str) -> Vec<String> {
    let instant = |text: &str| format!("cast('{text}' as timestamp)");
    let values = [
        ("$first_day", "DATE '2026-06-14'".to_string()),
        ("$end_day", "DATE '2026-06-15'".to_string()),
        ("$month", "DATE '2026-06-01'".to_string()),
        ("$zone", "'Europe/Paris'".to_string()),
        ("$grid_seconds", "900".to_string()),
        ("$start", instant(START)),
        ("$end", instant(END)),
    ];
    let sql = values.iter().fold(sql.to_string(), |sql, (name, value)| sql.replace(name, value));
    let only = Principal::Communities(BTreeSet::from(["a".to_string()]));
    village.sql_as(&only, &format!("select {columns} from ({sql}) as r order by 1, 2")).await.unwrap()
}

#[tokio::test]
async fn a_day_is_summed_by_its_intervals() {
    let village = village().await;
    let days = report(
        &village,
        queries::report::PERIOD_DAYS,
        "local_day, production_kwh, consumption_kwh, shared_kwh, residual_kwh, surplus_kwh, intervals, \
        held_intervals, open_intervals, estimated_points",
    );
    assert_eq!(days.await, ["2026-06-14,14.400000,14.400000,10.800000,3.600000,3.600000,96,0,0,0"]);
    let load = queries::report::PERIOD_LOAD;
    let columns = "production_kwh, consumption_kwh, shared_kwh, residual_kwh, surplus_kwh, status, count(*)";
    let grouped = format!(
        "select production_kwh, consumption_kwh, shared_kwh, residual_kwh, surplus_kwh, status from ({load}) as l"
    );
    let curve = report(&village, &format!("select {columns} as n from ({grouped}) as g group by all"), "*").await;
    assert_eq!(
        curve,
        [
            "0.000000,0.150000,0.000000,0.150000,0.000000,complete,24",
            "0.200000,0.150000,0.150000,0.000000,0.050000,complete,72",
        ]
    );
    let settled = "local_day, settled_intervals, provisional_intervals, held_intervals";
    assert_eq!(report(&village, queries::report::UNSETTLED_DAYS, settled).await, ["2026-06-14,96,0,0"]);
}

#[tokio::test]
async fn carbon_dioxide_is_covered_hour_by_hour() {
    let village = village().await;
    let columns = "factor_set, scope, avoided_g, inventory_g, covered_intervals, all_intervals, covered_hours, \
    all_hours, \
        uncertainty_percent, uncertainty_is_default";
    // 10.8 kWh x (41 - 30.075) g, and 3.6 x 41 + 10.8 x 30.075.
    let expected = ["example-1,life_cycle,117.990000000,472.410000000,96,96,24,24,30,true"];
    assert_eq!(report(&village, queries::report::PERIOD_CO2, columns).await, expected);
}

#[tokio::test]
async fn what_is_missing_has_its_place_and_its_time() {
    let village = village().await;
    let until = "first_start, first_incomplete_start";
    assert_eq!(
        report(&village, queries::report::COMPLETE_UNTIL, until).await,
        ["2026-06-13T22:00:00Z,2026-06-14T22:00:00Z"]
    );
    let all = "community_id, first_start, first_incomplete_start, held_count";
    assert_eq!(
        report(&village, queries::report::LAKE_COMMUNITIES, all).await,
        ["a,2026-06-13T22:00:00Z,2026-06-14T22:00:00Z,0"]
    );
    let missing = "metering_point_id, direction, first_day, last_day, missing";
    assert_eq!(report(&village, queries::report::MISSING_VALUES, missing).await, Vec::<String>::new());
    // On the day after one value is missing of what should have come until now.
    let later = queries::report::MISSING_VALUES.replace("$end_day", "DATE '2026-06-16'");
    assert_eq!(report(&village, &later, missing).await, ["a-C2,import,2026-06-15,2026-06-15,1"]);
}

#[tokio::test]
async fn a_hole_ends_what_is_complete() {
    let village = village().await;
    let until = "first_start, last_start_before_hole, last_start";
    let complete = queries::report::COMPLETE_UNTIL;
    assert_eq!(report(&village, complete, until).await, [format!("{START},,{END}")]);
    // Two days before all of a day came, and nothing of the day between.
    let before = at("2026-06-11T22:00:00Z");
    let quarters = (0..96).map(|quarter| before + quarter * QUARTER);
    let points = ["a-C1", "a-C2", "a-P1"];
    let values: Vec<Value> = quarters.flat_map(|start| points.map(|point| value(point, start, 100_000))).collect();
    village.ingest("before", &values).await;
    village.run().await;
    let expected = format!("2026-06-11T22:00:00Z,2026-06-12T21:45:00Z,{END}");
    assert_eq!(report(&village, complete, until).await, [expected]);
}

#[tokio::test]
async fn a_months_lines_are_those_of_its_members() {
    let village = village().await;
    let lines = "member_id, line_number, item, energy_kwh, amount, document";
    // 7.3 and 3.6 kWh at 0.115 and 0.0085, each with 20 % VAT; the plant is owed 10.9 x 0.115.
    let expected = [
        "m-C1,1,internal_energy,7.300000,0.840000,invoice",
        "m-C1,2,community_fee,7.300000,0.060000,invoice",
        "m-C1,3,vat,0.000000,0.180000,invoice",
        "m-C2,1,internal_energy,3.600000,0.410000,invoice",
        "m-C2,2,community_fee,3.600000,0.030000,invoice",
        "m-C2,3,vat,0.000000,0.090000,invoice",
        "m-P1,1,production_credit,10.900000,1.250000,credit_note",
        "m-P1,2,vat,0.000000,0.250000,credit_note",
    ];
    let seen = report(&village, queries::report::MONTH_LINES, lines).await;
    assert_eq!(seen, expected);
    let owed = report(&village, queries::report::MONTH_PAYOUTS, "member_id, item, amount").await;
    assert_eq!(owed, ["m-P1,production_credit,1.250000", "m-P1,vat,0.250000"]);
    // Each line is found again by its id, and only there.
    let ids = report(&village, queries::report::MONTH_LINES, "line_id, item").await;
    for id in ids.iter().map(|line| line.split(',').next().unwrap()) {
        let line = queries::report::TRACE_LINE.replace("$line", &format!("'{id}'"));
        assert_eq!(report(&village, &line, "line_id, count(*) over ()").await, [format!("{id},1")]);
    }
}

#[tokio::test]
async fn the_books_of_a_month_balance() {
    let village = village().await;
    let sums = format!(
        "select sum(debit) as debit, sum(credit) as credit, count(*) as n from ({}) as p",
        queries::report::MONTH_POSTINGS
    );
    // Members owe 1.08 and 0.53, 1.50 is owed to the plant and its VAT is deductible: what is collected for energy and
    // what is credited for it pass through one account.
    let seen = report(&village, &sums, "debit, credit").await;
    let (debit, credit) = seen[0].split_once(',').unwrap();
    assert_eq!(debit, credit);
    let of_account = |account: &str| {
        format!(
            "select account, debit, credit from ({}) as p where account = '{account}'",
            queries::report::MONTH_POSTINGS
        )
    };
    let total = |sql: String| {
        format!("select account, sum(debit) as debit, sum(credit) as credit from ({sql}) as a group by 1")
    };
    for (account, expected) in [
        ("receivable_member", "receivable_member,1.610000,0.000000"),
        ("payable_producer", "payable_producer,0.000000,1.500000"),
        ("revenue_fee", "revenue_fee,0.000000,0.090000"),
        ("vat_collected", "vat_collected,0.000000,0.270000"),
        ("vat_deductible", "vat_deductible,0.250000,0.000000"),
        ("revenue_energy", "revenue_energy,1.250000,1.250000"),
    ] {
        assert_eq!(report(&village, &total(of_account(account)), "*").await, [expected]);
    }
}

#[tokio::test]
async fn every_revision_of_a_reading_is_kept() {
    let village = village().await;
    village.clock.set(village.clock.now() + 60 * SECOND);
    let again = Value { revision: 1, ..value("a-C2", at(START), 60_000) };
    village.ingest("late", &[again]).await;
    village.run().await;
    let sql = queries::report::TRACE_READINGS
        .replace("$start", "cast('2026-06-13T22:00:00Z' as timestamp)")
        .replace("$end", "cast('2026-06-13T22:15:00Z' as timestamp)");
    let operator = Principal::Operator;
    let seen = format!("select metering_point_id, revision, energy_kwh, source from ({sql}) as r order by 1, 2");
    let expected = ["a-C1,0,0.100000,s", "a-C2,0,0.050000,s", "a-C2,1,0.060000,late", "a-P1,0,0.000000,s"];
    assert_eq!(village.sql_as(&operator, &seen).await.unwrap(), expected);
    // Raw readings have no community: who sees one sees none of them.
    let only = Principal::Communities(BTreeSet::from(["a".to_string()]));
    assert!(village.sql_as(&only, &seen).await.is_err());
    // The correction is in the day, and in nothing of the community beside it.
    let days = report(&village, queries::report::PERIOD_DAYS, "local_day, consumption_kwh, residual_kwh").await;
    assert_eq!(days, ["2026-06-14,14.410000,3.610000"]);
}

#[tokio::test]
async fn what_came_in_is_counted_by_its_way() {
    let village = village().await;
    let intake = "is_file, is_replay, reading_count, source_count, point_count, first_start, last_start";
    let sql = format!("select {intake} from ({}) as r", queries::report::LAKE_INTAKE);
    let expected = ["false,false,290,1,3,2026-06-13T22:00:00Z,2026-06-14T22:00:00Z"];
    assert_eq!(village.sql(&sql).await, expected);
    let sql = format!("select count(*) as n from ({}) as r", queries::report::LAKE_QUARANTINE);
    assert_eq!(village.sql(&sql).await, ["0"]);
}
