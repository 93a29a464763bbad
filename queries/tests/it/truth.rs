//! Which of several values of an interval counts.

use crate::village::{Village, at, value};

const START: &str = "2026-06-15T10:00:00Z";

/// Ingests files one after the other and runs after each; gives the energies (in micro-kWh) that stand in the end.
async fn after(files: Vec<Vec<crate::village::Value>>) -> Vec<String> {
    let village = Village::with_two("2026-06-16T00:00:00Z").await;
    for (n, values) in files.iter().enumerate() {
        village.ingest(&format!("file/{n}"), values).await;
        village.run().await;
    }
    let step = village.sql("select energy_kwh from readings where metering_point_id = 'a-C1' order by interval_start");
    let stepwise = step.await;
    // Taken in at once, they must say the same: the order of arrival is in the positions, not in the runs.
    let raw = village.sql("select count(*) from readings_raw").await;
    assert_eq!(raw, [files.iter().map(Vec::len).sum::<usize>().to_string()], "everything stays in readings_raw");
    stepwise
}

#[tokio::test]
async fn a_then_b_then_a_again_ends_at_a() {
    let v = |micro_kwh| vec![value("a-C1", at(START), micro_kwh)];
    assert_eq!(after(vec![v(1_000_000), v(2_000_000), v(1_000_000)]).await, ["1.000000"]);
    assert_eq!(after(vec![v(1_000_000), v(1_000_000), v(2_000_000)]).await, ["2.000000"]);
}

#[tokio::test]
async fn a_senders_revision_goes_before_the_time_of_arrival() {
    let v = |micro_kwh, revision| vec![crate::village::Value { revision, ..value("a-C1", at(START), micro_kwh) }];
    assert_eq!(after(vec![v(3_000_000, 2), v(1_000_000, 1)]).await, ["3.000000"]);
}

#[tokio::test]
async fn half_hours_and_quarters_replace_each_other_as_a_whole() {
    let quarter = |n: i64, micro_kwh| value("a-C1", at(START) + n * 900_000_000, micro_kwh);
    let half = |micro_kwh| crate::village::Value { seconds: 1800, ..value("a-C1", at(START), micro_kwh) };
    // An odd half-hour splits with the earlier half first.
    let halves = after(vec![vec![quarter(0, 5_000_000), quarter(1, 6_000_000)], vec![half(3_000_001)]]).await;
    assert_eq!(halves, ["1.500001", "1.500000"]);
    // A quarter over a half-hour leaves the other quarter missing, not what was left of the half-hour.
    assert_eq!(after(vec![vec![half(3_000_000)], vec![quarter(1, 1_000_000)]]).await, ["1.000000"]);
}
