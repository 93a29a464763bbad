//! Results that an operator has computed: taken as they are, compared, and provisional until they close.

use std::sync::Arc;

use engine::calendar::QUARTER;
use engine::clock::Micros;
use engine::ingest::Kind::{Residual, Shared, Surplus};
use engine::registry::{AllocationKey, Participation, Row};
use engine::schema::Table;
use engine::sharing::{KeyKind, Missing, MissingInput, Mode, Rule};
use engine::table::{Maintained, NoFence, Policy};

use super::jobs::check_file;
use super::village::{Value, Village, at, result, value};

const NOON: &str = "2026-06-15T10:00:00Z";

fn rule(operator_unit_micro_kwh: i64) -> Rule {
    let missing = Missing { production: MissingInput::Hold, consumption: MissingInput::Hold };
    Rule { mode: Mode::Authoritative, operator_unit_micro_kwh, missing, ..Rule::of([KeyKind::Prorata]) }
}

fn key(rule: Rule, valid_from: Micros) -> Row {
    let (adopted_by, valid_to) = (None, engine::registry::FOREVER);
    Row::AllocationKeys(AllocationKey {
        community_id: "a".into(),
        rule,
        adopted_by,
        regime: None,
        corrects: None,
        valid_from,
        valid_to,
    })
}

/// The community `a`, whose shares an operator decides, before the deadline of 15 June.
async fn village(rule: Rule) -> Village {
    let mut village = Village::with_two("2026-06-15T12:00:00Z").await;
    village.apply(vec![key(rule, at("2025-12-31T23:00:00Z"))]).await;
    village
}

/// Readings of C1, C2 and P1.
fn readings(start: Micros, micro_kwh: [i64; 3]) -> Vec<Value> {
    ["a-C1", "a-C2", "a-P1"].iter().zip(micro_kwh).map(|(point, micro_kwh)| value(point, start, micro_kwh)).collect()
}

/// Shares of C1 and C2, and the surplus of P1.
fn results(start: Micros, shares: [i64; 2], surplus: i64) -> Vec<Value> {
    vec![
        result(Shared, "a-C1", start, shares[0]),
        result(Shared, "a-C2", start, shares[1]),
        result(Surplus, "a-P1", start, surplus),
    ]
}

const ALLOCATIONS: &str = "select metering_point_id, energy_kwh, allocated_kwh, rest_kwh, status from allocations \
    where community_id = 'a' order by interval_start, metering_point_id";
const RECONCILIATION: &str = "select metering_point_id, operator_kwh, computed_kwh, difference_kwh, tolerance_kwh, \
    exceeds_tolerance, cause from reconciliation where community_id = 'a' order by interval_start, metering_point_id";

async fn settled(rule: Rule, readings_micro_kwh: [i64; 3], results: Vec<Value>) -> Village {
    let village = village(rule).await;
    village.ingest("meters", &readings(at(NOON), readings_micro_kwh)).await;
    village.ingest("operator", &results).await;
    village.run().await;
    village
}

/// Half up, both consumers get half a micro-kWh too much: 100002 of 100001, as domain vector A3 has 200001 of 200000.
#[tokio::test]
async fn figures_are_taken_as_they_are_and_the_rounding_is_shown() {
    let village = settled(rule(1), [200_000, 200_000, 100_001], results(at(NOON), [50_001, 50_001], 0)).await;
    let raw = "select kind, community_id, metering_point_id, energy_kwh from readings_raw where kind <> 'measured' \
    order by 3";
    assert_eq!(village.sql(raw).await, ["shared,a,a-C1,0.050001", "shared,a,a-C2,0.050001", "surplus,a,a-P1,0.000000"]);
    assert_eq!(
        village.sql(ALLOCATIONS).await,
        [
            "a-C1,0.200000,0.050001,0.149999,complete",
            "a-C2,0.200000,0.050001,0.149999,complete",
            "a-P1,0.100001,0.100002,0.000000,complete"
        ]
    );
    let sums =
        "select production_kwh, shared_kwh, residual_kwh, surplus_kwh, status from balances where status <> 'held'";
    assert_eq!(village.sql(sums).await, ["0.100001,0.100002,0.299998,0.000000,complete"]);
    let billed = "select member_id, energy_kwh from member_days where item = 'internal_energy' order by 1";
    assert_eq!(village.sql(billed).await, ["m-C1,0.050001", "m-C2,0.050001"]);
    // Ours gives the odd unit to one of them.
    let differing = village.sql(RECONCILIATION).await;
    assert_eq!(differing.len(), 1, "{differing:?}");
    assert!(differing[0].ends_with(",0.050001,0.050000,0.000001,0.000001,false,rounding"), "{differing:?}");
}

#[tokio::test]
async fn another_rule_is_told_apart_and_counts() {
    let village = settled(rule(1), [300_000, 100_000, 100_000], results(at(NOON), [50_000, 50_000], 0)).await;
    assert_eq!(
        village.sql(RECONCILIATION).await,
        [
            "a-C1,0.050000,0.075000,-0.025000,0.000001,true,different_rule",
            "a-C2,0.050000,0.025000,0.025000,0.000001,true,different_rule"
        ]
    );
    assert!(village.sql(ALLOCATIONS).await.iter().all(|row| row.contains("0.050000,0.") || row.contains("a-P1")));
    assert_eq!(village.sql("select status from balances where status <> 'held'").await, ["complete"]);
}

/// Shares that sum to more than the plants made: a plant is missing. Nothing is billed by them until its reading is
/// right.
#[tokio::test]
async fn an_interval_that_does_not_close_is_provisional_until_it_does() {
    let village = settled(rule(1), [300_000, 100_000, 100_000], results(at(NOON), [90_000, 60_000], 0)).await;
    let computed = [
        "a-C1,0.300000,0.075000,0.225000,provisional",
        "a-C2,0.100000,0.025000,0.075000,provisional",
        "a-P1,0.100000,0.100000,0.000000,provisional",
    ];
    assert_eq!(village.sql(ALLOCATIONS).await, computed);
    assert_eq!(
        village.sql(RECONCILIATION).await,
        [
            "a-C1,0.090000,0.075000,0.015000,0.000001,true,not_closing",
            "a-C2,0.060000,0.025000,0.035000,0.000001,true,not_closing"
        ]
    );
    village.ingest("correction", &[Value { revision: 1, ..value("a-P1", at(NOON), 150_000) }]).await;
    village.run().await;
    assert_eq!(
        village.sql(ALLOCATIONS).await,
        [
            "a-C1,0.300000,0.090000,0.210000,complete",
            "a-C2,0.100000,0.060000,0.040000,complete",
            "a-P1,0.150000,0.150000,0.000000,complete"
        ]
    );
}

/// An operator that counts in Wh: half a Wh more for each of two is rounding for it, and 1 Wh too much for one that
/// counts in micro-kWh.
#[tokio::test]
async fn the_unit_of_the_operator_decides_what_is_rounding() {
    let figures = || results(at(NOON), [501_000, 501_000], 0);
    let readings = [2_000_000, 2_000_000, 1_001_000];
    let village = settled(rule(1000), readings, figures()).await;
    assert_eq!(
        village.sql(RECONCILIATION).await,
        [
            "a-C1,0.501000,0.500500,0.000500,0.001000,false,rounding",
            "a-C2,0.501000,0.500500,0.000500,0.001000,false,rounding"
        ]
    );
    assert_eq!(village.sql(ALLOCATIONS).await[2], "a-P1,1.001000,1.002000,0.000000,complete");
    let village = settled(rule(1), readings, figures()).await;
    assert!(village.sql(RECONCILIATION).await.iter().all(|row| row.ends_with(",true,not_closing")));
    assert_eq!(village.sql(ALLOCATIONS).await[2], "a-P1,1.001000,1.001000,0.000000,provisional");
}

/// What the operator has not said is never nothing.
#[tokio::test]
async fn missing_figures_leave_the_interval_provisional() {
    let readings = [300_000, 100_000, 100_000];
    let nothing = settled(rule(1), readings, vec![]).await;
    assert_eq!(nothing.sql(ALLOCATIONS).await[0], "a-C1,0.300000,0.075000,0.225000,provisional");
    assert!(nothing.sql(RECONCILIATION).await.is_empty(), "what was not said yet does not differ");

    let one = || vec![result(Shared, "a-C1", at(NOON), 80_000), result(Surplus, "a-P1", at(NOON), 20_000)];
    let village = settled(rule(1), readings, one()).await;
    assert_eq!(village.sql(ALLOCATIONS).await[0], "a-C1,0.300000,0.075000,0.225000,provisional");
    assert_eq!(
        village.sql(RECONCILIATION).await,
        [
            "a-C1,0.080000,0.075000,0.005000,0.000001,true,not_closing",
            "a-C2,,0.025000,,0.000001,true,not_closing",
            "a-P1,0.080000,0.100000,-0.020000,0.000001,true,not_closing"
        ]
    );
    // Without the reading of the plant nothing is shared, whatever the operator says.
    let village = village_without_plant().await;
    assert_eq!(village.sql(ALLOCATIONS).await[0], "a-C1,0.300000,,,held");
    assert_eq!(village.sql(RECONCILIATION).await[0], "a-C1,0.075000,,,0.000001,true,not_closing");
    // The key says that a missing figure is nothing: after the deadline, and where the operator has spoken at all.
    let missing = Missing { production: MissingInput::Hold, consumption: MissingInput::Zero };
    let zeroing = village_of_day(Rule { missing, ..rule(1) }, one()).await;
    let statuses = "select status, count(*) as n from balances where interval_start >= '2026-06-14T22:00:00Z' \
        and interval_start < '2026-06-15T22:00:00Z' group by 1 order by 1";
    assert_eq!(zeroing.sql(statuses).await, ["provisional,95", "zeroed,1"]);
    let at_noon = ALLOCATIONS.replace("order by", &format!("and interval_start = '{NOON}' order by"));
    assert_eq!(
        zeroing.sql(&at_noon).await,
        [
            "a-C1,0.300000,0.080000,0.220000,zeroed",
            "a-C2,0.100000,0.000000,0.100000,zeroed",
            "a-P1,0.100000,0.080000,0.020000,zeroed"
        ]
    );
}

async fn village_without_plant() -> Village {
    let village = village(rule(1)).await;
    village.ingest("meters", &readings(at(NOON), [300_000, 100_000, 0])[..2]).await;
    village.ingest("operator", &results(at(NOON), [75_000, 25_000], 0)).await;
    village.run().await;
    village
}

/// A whole local day of the same readings, after its deadline.
async fn village_of_day(rule: Rule, results: Vec<Value>) -> Village {
    let village = village(rule).await;
    village.clock.set(at("2026-06-20T12:00:00Z"));
    let start = at("2026-06-14T22:00:00Z");
    let all: Vec<Value> = (0..96).flat_map(|n| readings(start + n * QUARTER, [300_000, 100_000, 100_000])).collect();
    village.ingest("meters", &all).await;
    village.ingest("operator", &results).await;
    let worker = village.worker(queries::graph(), Arc::new(NoFence));
    let (from, to) = ("2026-06-15".parse().unwrap(), "2026-06-16".parse().unwrap());
    worker.run_range(Some("a"), from, to).await.unwrap();
    village
}

/// Residual and surplus are what the operator says, also where its rounding shows in them.
#[tokio::test]
async fn residual_and_surplus_are_imported_where_given() {
    let mut figures = results(at(NOON), [40_000, 30_000], 30_001);
    figures.push(result(Residual, "a-C1", at(NOON), 260_001));
    let village = settled(rule(1), [300_000, 100_000, 100_000], figures).await;
    assert_eq!(
        village.sql(ALLOCATIONS).await,
        [
            "a-C1,0.300000,0.040000,0.260001,complete",
            "a-C2,0.100000,0.030000,0.070000,complete",
            "a-P1,0.100000,0.070000,0.030001,complete"
        ]
    );
}

#[tokio::test]
async fn a_corrected_figure_is_a_new_revision_and_computes_its_day_again() {
    let village = settled(rule(1), [300_000, 100_000, 100_000], results(at(NOON), [75_000, 25_000], 0)).await;
    assert!(village.sql(RECONCILIATION).await.is_empty());
    let run = "select distinct run_id from allocations where community_id = 'a'";
    let before = village.sql(run).await;
    let corrected: Vec<Value> =
        results(at(NOON), [70_000, 30_000], 0).into_iter().map(|v| Value { revision: 1, ..v }).collect();
    village.ingest("operator-2", &corrected).await;
    let report = village.run().await;
    assert_eq!(report.computed["a"].iter().map(ToString::to_string).collect::<Vec<_>>(), ["2026-06-15"]);
    assert!(!report.computed.contains_key("b"));
    assert_ne!(village.sql(run).await, before);
    assert_eq!(village.sql(ALLOCATIONS).await[0], "a-C1,0.300000,0.070000,0.230000,complete");
    // An older revision that comes late changes nothing, and neither does the same once more.
    village.ingest("operator-3", &results(at(NOON), [60_000, 40_000], 0)).await;
    village.ingest("operator-4", &corrected).await;
    village.run().await;
    assert_eq!(village.sql(ALLOCATIONS).await[0], "a-C1,0.300000,0.070000,0.230000,complete");
}

/// `a-C1` takes part in both communities with half of its energy: each operator figure counts for its own community.
#[tokio::test]
async fn a_point_of_two_communities_has_the_results_of_each() {
    let mut village = village(rule(1)).await;
    let valid_from = at("2025-12-31T23:00:00Z");
    let part = |community: &str, member: &str| {
        Row::Participations(Participation {
            community_id: community.into(),
            metering_point_id: "a-C1".into(),
            member_id: member.into(),
            factor_percent: 50,
            consent_id: None,
            valid_from,
            valid_to: engine::registry::FOREVER,
        })
    };
    village.apply(vec![part("a", "m-C1"), part("b", "m-C1")]).await;
    let mut of_b = rule(1);
    of_b.missing.consumption = MissingInput::Hold;
    let of_b = match key(of_b, valid_from) {
        Row::AllocationKeys(k) => Row::AllocationKeys(AllocationKey { community_id: "b".into(), ..k }),
        other => other,
    };
    village.apply(vec![of_b]).await;
    village.ingest("meters", &readings(at(NOON), [200_000, 100_000, 100_000])).await;
    let b: Vec<Value> = readings(at(NOON), [0, 50_000, 90_000])
        .into_iter()
        .skip(1)
        .map(|v| Value { point: v.point.replace("a-", "b-"), ..v })
        .chain([value("b-C1", at(NOON), 0)])
        .collect();
    village.ingest("meters-b", &b).await;
    village.run().await;
    let named = |community: &str, v: Value| Value { community: Some(community.into()), ..v };
    let shares_a = [named("a", result(Shared, "a-C1", at(NOON), 60_000)), result(Shared, "a-C2", at(NOON), 40_000)];
    village.ingest("operator-a", &shares_a).await;
    let report = village.run().await;
    assert_eq!(report.computed.keys().collect::<Vec<_>>(), ["a"], "its results are nothing to b");
    let shares_b = [
        named("b", result(Shared, "a-C1", at(NOON), 55_000)),
        result(Shared, "b-C1", at(NOON), 0),
        result(Shared, "b-C2", at(NOON), 35_000),
    ];
    village.ingest("operator-b", &shares_b).await;
    village.run().await;
    let both = "select community_id, energy_kwh, allocated_kwh, status from allocations where metering_point_id = \
    'a-C1' \
        order by 1";
    assert_eq!(village.sql(both).await, ["a,0.100000,0.060000,complete", "b,0.100000,0.055000,complete"]);
    // Without its community such a result waits in quarantine.
    let mut intake = village.intake().await;
    let batch = village.batch("unnamed", 0, &[result(Shared, "a-C1", at(NOON), 1)]);
    intake.take(&batch, &mut super::village::lines()).await.unwrap();
    assert_eq!(intake.commit().await.unwrap().rejected, 1);
    let reasons = "select reason, field, metering_point_id from quarantine";
    assert_eq!(village.sql(reasons).await, ["ambiguous_community,community_id,a-C1"]);
}

/// From eleven o'clock on the operator decides; before, its figures are nothing.
#[tokio::test]
async fn the_mode_is_part_of_the_dated_key() {
    let mut village = Village::with_two("2026-06-15T12:00:00Z").await;
    let eleven = at("2026-06-15T11:00:00Z");
    village.apply(vec![key(rule(1), eleven)]).await;
    for start in [at(NOON), eleven] {
        let source = format!("s/{start}");
        village.ingest(&source, &readings(start, [300_000, 100_000, 100_000])).await;
        village.ingest(&format!("o/{start}"), &results(start, [50_000, 50_000], 0)).await;
    }
    village.run().await;
    let c1: Vec<String> = village.sql(ALLOCATIONS).await.into_iter().filter(|row| row.starts_with("a-C1")).collect();
    assert_eq!(c1, ["a-C1,0.300000,0.075000,0.225000,complete", "a-C1,0.300000,0.050000,0.250000,complete"]);
}

#[tokio::test]
async fn the_same_results_give_the_same_files_in_any_order() {
    let start = at("2026-06-14T22:00:00Z");
    let mut meters = Vec::new();
    let mut operator = Vec::new();
    for n in 0..40 {
        let from = start + n * QUARTER;
        meters.extend(readings(from, [300_000 + n, 100_000, 100_000 + 7 * n]));
        operator.extend(results(from, [60_000, 40_000 + 7 * n], 0));
    }
    let once = village(rule(1)).await;
    once.ingest("meters", &meters).await;
    once.ingest("operator", &operator).await;
    once.run().await;
    let stepwise = village(rule(1)).await;
    stepwise.ingest("o/1", &operator[60..]).await;
    stepwise.run().await;
    stepwise.ingest("m/1", &meters[30..]).await;
    stepwise.run().await;
    stepwise.ingest("o/2", &operator[..60]).await;
    stepwise.ingest("m/2", &meters[..30]).await;
    stepwise.run().await;
    assert_eq!(stepwise.files().await, once.files().await);
    assert!(once.files().await.iter().any(|f| f.starts_with("reconciliation/")));
    // Readings and results in one file are still told apart.
    let policy = Policy { files: 2, ..Policy::default() };
    let mut done = Maintained::default();
    stepwise.lake.compact(policy, at("2026-06-15T12:00:00Z"), &NoFence, &mut done).await.unwrap();
    assert!(done.compacted.0 >= 4, "{done:?}");
    let worker = stepwise.worker(queries::graph(), Arc::new(NoFence));
    let (from, to) = ("2026-06-15".parse().unwrap(), "2026-06-16".parse().unwrap());
    worker.run_range(Some("a"), from, to).await.unwrap();
    assert_eq!(stepwise.files().await, once.files().await);
}

/// Three quarters for people to read: rounding, another rule, a plant that is missing.
#[tokio::test]
async fn the_reconciliation_stands_beside_its_job() {
    let village = village(rule(1)).await;
    let start = at(NOON);
    for (n, micro_kwh, shares) in [
        (0, [200_000, 200_000, 100_001], [50_001, 50_001]),
        (1, [300_000, 100_000, 100_000], [50_000, 50_000]),
        (2, [300_000, 100_000, 100_000], [90_000, 60_000]),
    ] {
        village.ingest(&format!("m/{n}"), &readings(start + n * QUARTER, micro_kwh)).await;
        village.ingest(&format!("o/{n}"), &results(start + n * QUARTER, shares, 0)).await;
    }
    village.run().await;
    let schema = Table::Reconciliation.schema();
    let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).filter(|c| *c != "run_id").collect();
    let sql = format!("SELECT {} FROM reconciliation ORDER BY 1, 2, 3", columns.join(", "));
    check_file("reconciliation", &format!("{sql}\n----\n{}\n", village.sql(&sql).await.join("\n")));
}

/// Rows of a community are nobody else's business.
#[tokio::test]
async fn a_reader_of_another_community_sees_no_reconciliation() {
    let village = settled(rule(1), [300_000, 100_000, 100_000], results(at(NOON), [50_000, 50_000], 0)).await;
    let principal = engine::catalog::Principal::Communities(["b".to_string()].into());
    let rows = village.sql_as(&principal, "select count(*) from reconciliation").await.unwrap();
    assert_eq!(rows, ["0"]);
}

/// Shares that are no longer the operator's are found, and nothing of them is published.
#[tokio::test]
async fn a_figure_that_was_changed_on_the_way_is_found() {
    let village = village(rule(1)).await;
    village.ingest("meters", &readings(at(NOON), [300_000, 100_000, 100_000])).await;
    village.ingest("operator", &results(at(NOON), [75_000, 25_000], 0)).await;
    let halve = "CAST(allocated_kwh / 2 AS DECIMAL(18, 6)) AS allocated_kwh;\
                 CAST(energy_kwh - CAST(allocated_kwh / 2 AS DECIMAL(18, 6)) AS DECIMAL(18, 6)) AS rest_kwh";
    let graph = super::cycle::spoilt(Table::Allocations, halve);
    let report = village.worker(graph, Arc::new(NoFence)).run_pending().await.unwrap();
    assert!(report.held.get("a").is_some_and(|rows| rows.contains("operator_figures_stand")), "{report:?}");
    assert_eq!(village.sql("select count(*) from allocations").await, ["0"]);
}
