//! Values that have not come when their deadline passed: held, zeroed, estimated.

use engine::calendar::QUARTER;
use engine::registry::{AllocationKey, Row};
use engine::sharing::{KeyKind, Missing, MissingInput, Rule};

use super::village::{Value, Village, at, value};

/// After the deadline of 15 June.
const NOW: &str = "2026-06-18T12:00:00Z";

/// 1 to 15 June: `a-C1` always uses 0.1 kWh a quarter-hour, `a-P1` makes 0.2 kWh, and `a-C2` uses one Wh more every
/// quarter-hour from midnight on. On 15 June two quarter-hours of `a-C2` are missing from six o'clock, and three hours
/// from noon.
fn june() -> Vec<Value> {
    let start = at("2026-05-31T22:00:00Z");
    let mut values = vec![];
    for quarter in 0..15 * 96i64 {
        let when = start + quarter * QUARTER;
        values.push(value("a-C1", when, 100_000));
        values.push(value("a-P1", when, 200_000));
        let of_day = quarter % 96;
        if quarter / 96 < 14 || !((24..26).contains(&of_day) || (48..60).contains(&of_day)) {
            values.push(value("a-C2", when, (of_day + 1) * 1000));
        }
    }
    values
}

async fn village(missing: Missing) -> Village {
    let mut village = Village::with_two(NOW).await;
    let key = village.lake.registry().await.unwrap().allocation_keys["a"][0].1.clone();
    let rule = Rule { missing, ..Rule::of([KeyKind::Prorata]) };
    village.apply(vec![Row::AllocationKeys(AllocationKey { rule, ..key })]).await;
    village.ingest("s", &june()).await;
    village.run().await;
    village
}

fn missing(consumption: MissingInput) -> Missing {
    Missing { production: MissingInput::Hold, consumption }
}

const STATUSES: &str = "select status, count(*) as n, sum(missing_points) as missing, sum(consumption_kwh) as \
consumption_kwh \
    from balances where community_id = 'a' and interval_start >= '2026-06-14T22:00:00Z' \
    and interval_start < '2026-06-15T22:00:00Z' group by 1 order by 1";

#[tokio::test]
async fn what_is_missing_is_held_zeroed_or_estimated() {
    let held = village(missing(MissingInput::Hold)).await;
    // 14 quarter-hours wait for a-C2; the others hold 8.2 kWh of a-C1 and what came of a-C2.
    assert_eq!(held.sql(STATUSES).await, ["complete,82,0,12.151000", "provisional,14,14,1.400000"]);
    let zeroed = village(missing(MissingInput::Zero)).await;
    assert_eq!(zeroed.sql(STATUSES).await, ["complete,82,0,12.151000", "zeroed,14,14,1.400000"]);
    let estimated = village(missing(MissingInput::Estimate)).await;
    // The line over half an hour and the mean of two Mondays are both what was left out.
    assert_eq!(estimated.sql(STATUSES).await, ["complete,82,0,12.151000", "estimated,14,14,2.105000"]);
    let rows = "select interval_start, energy_kwh, quality from allocations where metering_point_id = 'a-C2' \
        and quality = 'estimated' order by 1 limit 3";
    assert_eq!(
        estimated.sql(rows).await,
        [
            "2026-06-15T04:00:00Z,0.025000,estimated",
            "2026-06-15T04:15:00Z,0.026000,estimated",
            "2026-06-15T10:00:00Z,0.049000,estimated"
        ]
    );
    // What was read stays what was read.
    assert_eq!(estimated.sql("select count(*) as n from readings where quality = 'estimated'").await, ["0"]);
}

#[tokio::test]
async fn an_estimate_follows_its_like_days_and_gives_way_to_the_value() {
    let village = village(missing(MissingInput::Estimate)).await;
    let noon = |day: u32| at(&format!("2026-06-{day:02}T10:00:00Z"));
    // A Monday before: its day and the day that was estimated from it.
    village.ingest("late", &[Value { revision: 1, ..value("a-C2", noon(8), 149_000) }]).await;
    let report = village.run().await;
    let days: Vec<String> = report.computed["a"].iter().map(ToString::to_string).collect();
    assert_eq!(days, ["2026-06-08", "2026-06-15"]);
    let at_noon = "select energy_kwh, quality from allocations where metering_point_id = 'a-C2' \
        and interval_start = '2026-06-15T10:00:00Z'";
    // The mean of 149 Wh and, a week earlier, 49 Wh.
    assert_eq!(village.sql(at_noon).await, ["0.099000,estimated"]);
    village.ingest("later", &[value("a-C2", noon(15), 55_000)]).await;
    village.run().await;
    assert_eq!(village.sql(at_noon).await, ["0.055000,measured"]);
    // A recomputation of everything is the same.
    let all = "select * from allocations order by interval_start, metering_point_id";
    let before = village.sql(all).await;
    let worker = village.worker(queries::graph(), std::sync::Arc::new(engine::table::NoFence));
    worker.run_range(Some("a"), "2026-06-01".parse().unwrap(), "2026-06-16".parse().unwrap()).await.unwrap();
    assert!(village.sql(all).await == before);
}
