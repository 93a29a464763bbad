//! Days on which a rule changes, as files that a person can read: `tests/expected/story/<name>.txt`.
//! `ECOOP_GOLDEN=write` writes them anew.

use engine::calendar::QUARTER;
use engine::registry::{AllocationKey, FactorTerms, PUBLIC, Row, SeriesBlock};
use engine::sharing::{KeyKind, Rounding, Rule};

use super::jobs::check_file;
use super::village::{Village, at, tariff, value};

/// Each query with its rows.
pub async fn told(village: &Village, queries: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (title, sql) in queries {
        text.push_str(&format!("# {title}\n{}\n\n", village.sql(sql).await.join("\n")));
    }
    text
}

/// 25 October 2026 has 100 quarter-hours in Paris. At 10:15 local time the assembly's new key begins: from then on
/// `a-C1` has three quarters of the production, `a-C2` one.
#[tokio::test]
async fn key_change_on_a_clock_change_day() {
    let mut village = Village::with_two("2026-10-30T00:00:00Z").await;
    let key = village.lake.registry().await.unwrap().allocation_keys["a"][0].1.clone();
    let weights = [("a-C1".to_string(), 75), ("a-C2".to_string(), 25)].into();
    let rule = Rule::of([KeyKind::Static { weights, unassigned: 0 }]);
    let adopted_by = Some("assembly of 2026-10-24".to_string());
    let valid_from = at("2026-10-25T10:15:00+01:00");
    village.apply(vec![Row::AllocationKeys(AllocationKey { rule, adopted_by, valid_from, ..key })]).await;
    let start = at("2026-10-25T00:00:00+02:00");
    let mut values = vec![];
    for quarter in 0..100 {
        for (point, micro_kwh) in [("a-C1", 400_000), ("a-C2", 300_000), ("a-P1", 500_000)] {
            values.push(value(point, start + quarter * QUARTER, micro_kwh));
        }
    }
    village.ingest("s", &values).await;
    village.run().await;
    let rows = "select interval_start, metering_point_id, energy_kwh, allocated_kwh, rest_kwh, key_version from \
    allocations \
        where interval_start >= '2026-10-25T09:00:00Z' and interval_start < '2026-10-25T09:30:00Z' order by 1, 2";
    let twice = "select interval_start, shared_kwh, residual_kwh, surplus_kwh, status from balances \
        where interval_start in ('2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z') order by 1";
    let versions = "select key_version, count(distinct interval_start) as intervals, sum(allocated_kwh) as shared_kwh \
        from allocations where direction = 'import' group by 1 order by 1";
    let days = "select local_day, member_id, item, sum(energy_kwh) as energy_kwh, sum(amount) as amount from \
    member_days \
        group by 1, 2, 3 order by 1, 2, 3";
    let keys = "select sequence, adopted_by, valid_from from allocation_keys where community_id = 'a' order by 1";
    let text = told(
        &village,
        &[
            ("the versions of the key: number, who adopted it, since when", keys),
            ("02:00 local time comes twice: start, shared, residual, surplus, status", twice),
            ("10:00 and 10:15 local time: start, point, energy, allocated, rest, key version", rows),
            ("key version, quarter-hours of the day, shared energy: 45 and 55 are 100", versions),
            ("the day of each member: energy and unrounded amount", days),
        ],
    )
    .await;
    check_file("story/key_change_on_a_clock_change_day", &text);
}

/// The price changes to 0.1200 at midnight before 16 June: each interval is priced at its own date, and the statement
/// shows both prices.
#[tokio::test]
async fn tariff_change_in_mid_month() {
    let mut village = Village::with_two("2026-07-10T00:00:00Z").await;
    village.apply(vec![tariff("a", "internal_energy", 120_000, at("2026-06-16T00:00:00+02:00"))]).await;
    let start = at("2026-06-01T00:00:00+02:00");
    let mut values = vec![];
    for quarter in 0..30 * 96 {
        for (point, micro_kwh) in [("a-C1", 400_000), ("a-C2", 300_000), ("a-P1", 500_000)] {
            values.push(value(point, start + quarter * QUARTER, micro_kwh));
        }
    }
    village.ingest("s", &values).await;
    village.run().await;
    let days = "select local_day, member_id, price_per_kwh, sum(energy_kwh) as energy_kwh, sum(amount) as amount \
        from member_days where item = 'internal_energy' and local_day >= '2026-06-15' and local_day <= '2026-06-16' \
        group by 1, 2, 3 order by 1, 2, 3";
    let lines = "select member_id, line_number, kind, item, price, vat_percent, energy_kwh, exact_amount, amount, \
    status \
        from statement_lines where community_id = 'a' order by 1, 2";
    let text = told(
        &village,
        &[
            ("the days on both sides of the change: day, member, price, energy, unrounded amount", days),
            ("the statement: member, line, kind, item, price, VAT rate, energy, unrounded, amount, status", lines),
        ],
    )
    .await;
    check_file("story/tariff_change_in_mid_month", &text);
}

/// Three intervals of 812, 640 and 300 Wh of shared sun (30.075 g/kWh). The grid's intensity comes as a series, first
/// provisional and of direct combustion only, beside which the life cycle of the panels looks worse than the grid; then
/// a final one of the same scope as the panels. The interval's figures follow, as money would.
#[tokio::test]
async fn grid_intensity_becomes_final() {
    let mut village = Village::with_two("2026-06-20T00:00:00Z").await;
    let start = at("2026-06-15T10:00:00Z");
    let intensity = |grams: [i64; 3], provisional: bool| {
        Row::Series(SeriesBlock {
            community_id: PUBLIC.into(),
            series: "grid-fr".into(),
            point: String::new(),
            producer: None,
            start,
            step_seconds: 900,
            values_micro: grams.iter().map(|g| Some(g * 1_000_000)).collect(),
            source: "example".into(),
            provisional,
        })
    };
    let mut factor = village.lake.registry().await.unwrap().grid_factors["a"][0].1.clone();
    factor.source_mg_per_kwh = 30_075;
    factor.more = FactorTerms {
        series: Some("grid-fr".into()),
        market_mg_per_kwh: Some(45_000),
        market_source_mg_per_kwh: None,
        market_by_member: Default::default(),
        uncertainty_percent: Some(30),
    };
    village.apply(vec![Row::GridFactors(factor), intensity([18, 22, 25], true)]).await;
    let mut values = vec![];
    for (n, wh) in [812, 640, 300].into_iter().enumerate() {
        let when = start + n as i64 * QUARTER;
        for (point, micro_kwh) in [("a-C1", wh * 1000), ("a-C2", 0), ("a-P1", wh * 1000)] {
            values.push(value(point, when, micro_kwh));
        }
    }
    village.ingest("s", &values).await;
    village.run().await;
    let each = "select interval_start, avoided_g, inventory_g, market_inventory_g, status from co2 order by 1";
    let all = "select sum(avoided_g) as avoided_g, sum(inventory_g) as inventory_g, \
        sum(market_inventory_g) as market_inventory_g from co2";
    let [title, sums] = ["start, avoided, inventory, market-based inventory in g, status", "sums"];
    let before = told(&village, &[(title, each), (sums, all)]).await;
    village.apply(vec![intensity([41, 58, 112], false)]).await;
    village.run().await;
    let after = told(&village, &[(title, each), (sums, all)]).await;
    check_file(
        "story/grid_intensity_becomes_final",
        &format!("provisional, direct\n\n{before}final, life cycle\n\n{after}"),
    );
}

/// A rule that rounds each share half up, as operators do: what its shares sum to beyond the production is seen, and
/// stops nobody.
#[tokio::test]
async fn half_up_shares_more_than_there_is() {
    let mut village = Village::with_two("2026-06-20T00:00:00Z").await;
    let key = village.lake.registry().await.unwrap().allocation_keys["a"][0].1.clone();
    let rule = Rule { rounding: Rounding::HalfUp, ..Rule::of([KeyKind::Prorata]) };
    village.apply(vec![Row::AllocationKeys(AllocationKey { rule, ..key })]).await;
    let start = at("2026-06-15T10:00:00Z");
    // 3 micro-kWh among two equals: 1.5 and 1.5, so 2 and 2.
    let values = [("a-C1", 5), ("a-C2", 5), ("a-P1", 3)];
    village.ingest("s", &values.map(|(point, micro_kwh)| value(point, start, micro_kwh))).await;
    village.run().await;
    let rows = "select metering_point_id, energy_kwh, allocated_kwh, rest_kwh, allocated_kwh + rest_kwh - energy_kwh \
    as rounding_kwh \
        from allocations order by 1";
    assert_eq!(
        village.sql(rows).await,
        [
            "a-C1,0.000005,0.000002,0.000003,0.000000",
            "a-C2,0.000005,0.000002,0.000003,0.000000",
            "a-P1,0.000003,0.000004,0.000000,0.000001"
        ]
    );
}
