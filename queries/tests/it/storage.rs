//! Storages: what they are given and give, from interval to interval and from day to day.

use std::sync::Arc;

use datafusion::scalar::ScalarValue;
use engine::calendar::{QUARTER, Span};
use engine::catalog::Principal;
use engine::ingest::Direction;
use engine::job::again::trace::{LineKey, trace};
use engine::price::PriceBook;
use engine::registry::{AllocationKey, FOREVER, Member, MeteringPoint, Participation, Plant, Row};
use engine::schema::Table;
use engine::settlement::settle_published;
use engine::sharing::{KeyKind, Round, Rule};
use engine::table::NoFence;

use super::cycle::spoilt;
use super::jobs::check_file;
use super::settlement::{rows, same};
use super::village::{Value, Village, at, tariff, value};

/// The community `a` with a storage `a-S1` of its member `m-S1`.
async fn village(now: &str, efficiency_permille: u32) -> Village {
    let mut village = Village::with_two(now).await;
    village.apply(storage(efficiency_permille)).await;
    village
}

fn storage(efficiency_permille: u32) -> Vec<Row> {
    let valid_from = at("2025-12-31T23:00:00Z");
    let (community_id, member_id, metering_point_id) = ("a".to_string(), "m-S1".to_string(), "a-S1".to_string());
    let holder = "a/m-S1".to_string();
    let plant = Plant { storage_efficiency_permille: Some(efficiency_permille), ..Plant::default() };
    vec![
        Row::Members(Member {
            community_id: community_id.clone(),
            member_id: member_id.clone(),
            holder: holder.clone(),
            kind: "commune".into(),
        }),
        Row::MeteringPoints(MeteringPoint {
            metering_point_id: metering_point_id.clone(),
            holder,
            import: true,
            export: true,
            plant,
            valid_from,
            valid_to: FOREVER,
        }),
        Row::Participations(Participation {
            community_id,
            metering_point_id,
            member_id,
            factor_percent: 100,
            consent_id: None,
            valid_from,
            valid_to: FOREVER,
        }),
    ]
}

/// The values of a quarter-hour: both consumers, the plant, the storage's charge and discharge.
fn quarter(start: i64, micro_kwh: [i64; 5]) -> Vec<Value> {
    let [c1, c2, p1, charge, discharge] = micro_kwh;
    let mut values = vec![
        value("a-C1", start, c1),
        value("a-C2", start, c2),
        value("a-P1", start, p1),
        value("a-S1", start, charge),
        value("a-S1", start, discharge),
    ];
    values[4].direction = Direction::Export;
    values
}

/// Days of sun and evening: the storage takes in at noon and gives at night, some of it from the grid.
fn days(from: &str, to: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for start in (at(from)..at(to)).step_by(QUARTER as usize) {
        let n = start / QUARTER;
        let of_day = n.rem_euclid(96);
        let (c1, c2) = (100_000 + n * 7919 % 50_021, 30_000 + n * 104_729 % 80_007);
        let sun = 0.max(30 - (of_day - 44).abs()) * 19_973;
        let charge = if (24..60).contains(&of_day) { 90_000 + n * 31 % 1009 } else { 0 };
        let discharge = if (68..88).contains(&of_day) { 110_000 + n * 17 % 2003 } else { 0 };
        all.extend(quarter(start, [c1, c2, sun, charge, discharge]));
    }
    all
}

const ROWS: &str = "select charged_community_kwh, charged_grid_kwh, delivered_community_kwh, delivered_grid_kwh, \
    offered_kwh, released_kwh, used_community_kwh, used_grid_kwh, loss_kwh, stock_community_kwh, stock_grid_kwh \
    from storage where charged_community_kwh + charged_grid_kwh + delivered_community_kwh > 0 order by interval_start";
const NOON: &str = "2026-06-15T10:00:00Z";

/// Charge 500 Wh from the community, losses of a tenth booked on discharge, 300 Wh discharged.
#[tokio::test]
async fn g2_losses_are_booked_on_discharge() {
    let village = village("2026-06-16T00:00:00Z", 900).await;
    let mut values = quarter(at(NOON), [0, 0, 500_000, 500_000, 0]);
    values.extend(quarter(at(NOON) + QUARTER, [400_000, 0, 0, 0, 300_000]));
    village.ingest("s", &values).await;
    village.run().await;
    assert_eq!(
        village.sql(ROWS).await,
        [
            "0.500000,0.000000,0.000000,0.000000,0.000000,0.000000,0.000000,0.000000,0.000000,0.500000,0.000000",
            "0.000000,0.000000,0.300000,0.000000,0.300000,0.300000,0.333334,0.000000,0.033334,0.166666,0.000000",
        ]
    );
    let balances = "select production_kwh, consumption_kwh, shared_kwh, residual_kwh, surplus_kwh, stored_kwh, \
        released_kwh from balances where status <> 'held' order by interval_start";
    assert_eq!(
        village.sql(balances).await,
        [
            "0.500000,0.500000,0.500000,0.000000,0.000000,0.500000,0.000000",
            "0.300000,0.400000,0.300000,0.100000,0.000000,0.000000,0.300000",
        ]
    );
    // 41 g from the grid, 30.075 g from the plant. Charging caused 0.5 x 30.075 g and avoided nothing yet; what was
    // used avoided 0.3 x 41 g. The loss and what is left in the storage stand in between.
    let co2 = "select avoided_g, inventory_g from co2 order by interval_start";
    assert_eq!(village.sql(co2).await, ["-15.037500000,15.037500000", "12.300000000,4.100000000"]);
    // The storage's member bought 500 Wh from the plant and sold 300 Wh.
    let flows = "select member_id, producer_id, energy_kwh from member_days where item = 'internal_energy' order by 1";
    assert_eq!(village.sql(flows).await, ["m-C1,m-S1,0.300000", "m-S1,m-P1,0.500000"]);
}

/// A stock of 300 from the community and 200 from the grid, discharge 300: 180 can be shared, 120 are surplus.
#[tokio::test]
async fn g3_a_discharge_is_mixed_as_the_stock() {
    let wanted = [
        (1000, "0.000180,0.000120,0.000180,0.000180,0.000180,0.000120,0.000000,0.000120,0.000080"),
        (900, "0.000180,0.000120,0.000180,0.000180,0.000200,0.000134,0.000034,0.000100,0.000066"),
    ];
    for (efficiency_permille, row) in wanted {
        let village = village("2026-06-16T00:00:00Z", efficiency_permille).await;
        let mut values = quarter(at(NOON), [0, 0, 300, 500, 0]);
        values.extend(quarter(at(NOON) + QUARTER, [1000, 0, 0, 0, 300]));
        village.ingest("s", &values).await;
        village.run().await;
        let rows = village.sql(ROWS).await;
        assert_eq!(
            rows[0],
            "0.000300,0.000200,0.000000,0.000000,0.000000,0.000000,0.000000,0.000000,0.000000,0.000300,0.000200"
        );
        assert_eq!(rows[1], format!("0.000000,0.000000,{row}"));
        let of_storage = "select allocated_kwh, rest_kwh from allocations where metering_point_id = 'a-S1' and \
            direction = 'export' and energy_kwh > 0";
        assert_eq!(village.sql(of_storage).await, ["0.000180,0.000120"]);
    }
}

/// Members first, the storage with what they leave; and its own power last among the sources.
#[tokio::test]
async fn tiers_say_when_a_storage_takes_and_gives() {
    let mut village = village("2026-06-16T00:00:00Z", 1000).await;
    let names = |points: &[&str]| points.iter().map(|p| (*p).to_string()).collect();
    let round = |sources: &[&str], sinks: &[&str], tier| Round {
        sources: names(sources),
        sinks: names(sinks),
        tier,
        ..Round::from(KeyKind::Prorata)
    };
    let members = ["a-C1", "a-C2"];
    let rounds = vec![round(&["a-P1"], &members, 0), round(&["a-P1"], &["a-S1"], 1), round(&["a-S1"], &members, 2)];
    let key = village.lake.registry().await.unwrap().allocation_keys["a"][0].1.clone();
    let rule = Rule { rounds, ..Rule::of([KeyKind::Prorata]) };
    village.apply(vec![Row::AllocationKeys(AllocationKey { rule, ..key })]).await;
    let mut values = quarter(at(NOON), [300, 100, 600, 500, 0]);
    values.extend(quarter(at(NOON) + QUARTER, [300, 100, 350, 50, 150]));
    village.ingest("s", &values).await;
    village.run().await;
    let rows = "select interval_start = '2026-06-15T10:00:00Z', metering_point_id, direction, allocated_kwh, rest_kwh \
        from allocations order by interval_start, metering_point_id, direction desc";
    assert_eq!(
        village.sql(rows).await,
        [
            "true,a-C1,import,0.000300,0.000000",
            "true,a-C2,import,0.000100,0.000000",
            "true,a-P1,export,0.000600,0.000000",
            "true,a-S1,import,0.000200,0.000300",
            "true,a-S1,export,0.000000,0.000000",
            // 200 of 500 are the community's: of 150 delivered 60 can be shared, 50 of which the members still lack.
            "false,a-C1,import,0.000300,0.000000",
            "false,a-C2,import,0.000100,0.000000",
            "false,a-P1,export,0.000350,0.000000",
            "false,a-S1,import,0.000000,0.000050",
            "false,a-S1,export,0.000050,0.000100",
        ]
    );
}

const FROM: &str = "2026-06-28T22:00:00Z";
const TO: &str = "2026-07-02T22:00:00Z";
const LATER: &str = "2026-07-10T00:00:00Z";

async fn at_once(values: &[Value]) -> Village {
    let village = village(LATER, 900).await;
    village.ingest("s", values).await;
    village.run().await;
    village
}

/// The stock goes from day to day and from month to month, however the days were computed.
#[tokio::test]
async fn days_open_with_the_closing_stock_of_the_day_before() {
    let values = days(FROM, TO);
    let whole = at_once(&values).await;
    let stepwise = village("2026-06-29T12:00:00Z", 900).await;
    for (n, part) in values.chunks(5 * 50).enumerate() {
        stepwise.clock.set(part.last().unwrap().start + QUARTER);
        stepwise.ingest(&format!("part/{n}"), part).await;
        stepwise.run().await;
    }
    stepwise.clock.set(at(LATER));
    stepwise.run().await;
    assert_eq!(stepwise.files().await, whole.files().await);
    let midnights = "select stock_community_kwh > 0, stock_grid_kwh > 0 from storage \
        where interval_start in ('2026-06-29T21:45:00Z', '2026-06-30T21:45:00Z')";
    assert_eq!(whole.sql(midnights).await, ["true,true", "true,true"]);
}

/// A late value of the first day changes what the storage holds on all later ones, in the next month too.
#[tokio::test]
async fn a_changed_day_changes_the_days_after_it() {
    let mut values = days(FROM, TO);
    let village = at_once(&values).await;
    let closing = "select stock_community_kwh from storage where interval_start = '2026-07-02T21:45:00Z'";
    let before = village.sql(closing).await;
    let late = value("a-P1", at("2026-06-29T08:00:00Z"), 0);
    village.clock.set(at(LATER) + QUARTER);
    village.ingest("late", std::slice::from_ref(&late)).await;
    let report = village.run().await;
    assert!(report.computed["a"].len() >= 4 && !report.computed.contains_key("b"), "{:?}", report.computed);
    assert_ne!(village.sql(closing).await, before);
    values.push(late);
    assert_eq!(village.files().await, at_once(&values).await.files().await);
}

/// What was published before a correction, computed again after it: all of it, or one month with the stock that it
/// opened with.
#[tokio::test]
async fn the_past_opens_with_the_stock_it_had() {
    let village = at_once(&days(FROM, TO)).await;
    let (then, published) = (village.files().await, village.lake.published().await.unwrap().unwrap());
    village.clock.set(at("2026-07-11T00:00:00Z"));
    village.ingest("late", &[value("a-P1", at("2026-06-29T08:00:00Z"), 0)]).await;
    village.run().await;
    let july = Some(("2026-07-01".parse().unwrap(), "2026-08-01".parse().unwrap()));
    for range in [None, july] {
        let other = Village::new("2026-07-11T00:00:00Z").await;
        let worker = other.worker(queries::graph(), Arc::new(NoFence));
        worker.recompute(&village.lake, &published, None, range).await.unwrap();
        let files = other.files().await;
        assert!(files.is_subset(&then) && (range.is_some() || files == then), "{range:?}");
        assert!(files.iter().any(|f| f.starts_with("storage/")));
    }
}

/// One day of a storage, for a person to read.
#[tokio::test]
async fn a_day_of_a_storage() {
    let village = at_once(&days(FROM, TO)).await;
    let rows = "select interval_start, charged_community_kwh, charged_grid_kwh, delivered_community_kwh, \
        delivered_grid_kwh, delivered_unknown_kwh, released_kwh, loss_kwh, stock_community_kwh, stock_grid_kwh \
        from storage where interval_start >= '2026-06-29T22:00:00Z' and interval_start < '2026-06-30T22:00:00Z' and \
        (charged_community_kwh + charged_grid_kwh > 0 or delivered_community_kwh + delivered_grid_kwh > 0) order by 1";
    check_file("storage", &format!("{rows}\n----\n{}\n", village.sql(rows).await.join("\n")));
}

/// `sharing` and `point_months` over all days, and over July alone with what the storage held when June was over.
#[tokio::test]
async fn the_plan_node_counts_storages_as_the_jobs_do() {
    let village = at_once(&days(FROM, TO)).await;
    let published = village.lake.published().await.unwrap().unwrap();
    let all = engine::catalog::open(&village.lake, Some(&published), &Principal::Operator).await.unwrap();
    for (from, later) in [(FROM, "2026-07-01T10:00:00Z"), ("2026-06-30T22:00:00Z", "2026-07-02T10:00:00Z")] {
        let span = Span { start: at(from), end: at("2026-07-31T22:00:00Z") };
        let registry = village.lake.registry().await.unwrap();
        let session = settle_published(&village.lake, &published, registry, "a", span).await.unwrap();
        let own = format!("community_id = 'a' and interval_start >= '{from}'");
        let shared = "select interval_start, metering_point_id, direction, energy_kwh, allocated_kwh, rest_kwh from";
        let order = "order by 1, 2, 3";
        let (want, _) = rows(&all, &format!("{shared} allocations where {own} {order}")).await;
        same(&rows(&session, &format!("{shared} sharing {order}")).await.0, &want, from);
        // A condition on time leaves out rows, not what the storage took in before them.
        let after = format!("interval_start >= timestamp '{later}'");
        let (want, _) = rows(&all, &format!("{shared} allocations where {own} and {after} {order}")).await;
        same(&rows(&session, &format!("{shared} sharing where {after} {order}")).await.0, &want, later);
        let (want, _) = rows(&all, &format!("select sum(avoided_g) as g from co2 where {own}")).await;
        for direction in ["import", "export"] {
            let sql = format!("select sum(avoided_g) as g from point_months where direction = '{direction}'");
            same(&rows(&session, &sql).await.0, &want, direction);
        }
    }
}

/// Every kWh that a member got out of the storage is opened down to the storage, also in the second month.
#[tokio::test]
async fn a_line_is_traced_into_the_storage() {
    let village = at_once(&days(FROM, TO)).await;
    let published = village.lake.published().await.unwrap().unwrap();
    let registry = village.lake.registry().await.unwrap();
    for month in ["2026-06-01", "2026-07-01"] {
        let sql = format!(
            "select energy_kwh, price_segment from statement_lines where community_id = 'a' and month = '{month}' and \
             member_id = 'm-C1' and item = 'internal_energy' and producer_id = 'm-S1'"
        );
        let line = village.sql(&sql).await;
        let (energy, segment) = line[0].split_once(',').unwrap();
        let key = LineKey {
            community_id: "a".into(),
            month: month.parse().unwrap(),
            member_id: "m-C1".into(),
            item: "internal_energy".into(),
            producer_id: "m-S1".into(),
            price_segment: segment.parse().unwrap(),
        };
        let graph = queries::graph();
        let traced = trace(&village.lake, &published, &registry, &graph.digest, key.energy()).await.unwrap();
        let sum: i64 = traced.steps.iter().map(|s| s.energy_micro_kwh).sum();
        assert_eq!(engine::units::format_decimal(i128::from(sum), 6), energy, "{month}");
        assert!(sum > 0 && traced.steps.iter().all(|s| s.producer_point == "a-S1"));
        let runs = village.sql(&format!("select distinct run_id from storage where interval_start >= '{month}'")).await;
        assert!(traced.runs.values().any(|run| runs.contains(run)), "{month}: the runs are those that are stored");
    }
}

/// A stock that grows by itself, energy that is released beyond what was offered, a stored sum that is not what was
/// stored.
#[tokio::test]
async fn the_check_of_storages_finds_what_it_guards_against() {
    let bump =
        |column: &str| format!("CAST({column} + CAST('0.000001' AS DECIMAL(18, 6)) AS DECIMAL(18, 6)) AS {column}");
    let spoils = [
        (Table::Storage, "stock_community_kwh"),
        (Table::Storage, "used_grid_kwh"),
        (Table::Storage, "released_kwh"),
        (Table::Storage, "charged_community_kwh"),
        (Table::Balances, "stored_kwh"),
        (Table::Balances, "released_kwh"),
    ];
    for (table, column) in spoils {
        let village = village(LATER, 900).await;
        village.ingest("s", &days("2026-06-28T22:00:00Z", "2026-06-29T22:00:00Z")).await;
        let spoilt = spoilt(table, &bump(column));
        let report = village.worker(spoilt, Arc::new(NoFence)).run_pending().await.unwrap();
        assert!(report.held.get("a").is_some_and(|rows| rows.contains("storage_adds_up")), "{column}: {report:?}");
    }
}

/// What was saved counts when energy is used: 300 Wh at 0.2000 from the supplier against 0.1150 + 0.0085 here. What the
/// storage bought saved nobody anything yet.
#[tokio::test]
async fn stored_energy_saves_when_it_is_used() {
    let mut village = village("2026-06-16T00:00:00Z", 900).await;
    village.apply(vec![tariff("a", "supplier_energy", 200_000, at("2025-12-31T23:00:00Z"))]).await;
    let mut values = quarter(at(NOON), [0, 0, 500_000, 500_000, 0]);
    values.extend(quarter(at(NOON) + QUARTER, [300_000, 0, 0, 0, 300_000]));
    village.ingest("s", &values).await;
    village.run().await;
    let published = village.lake.published().await.unwrap().unwrap();
    let only = Principal::Communities(["a".to_string()].into());
    let session = engine::catalog::open(&village.lake, Some(&published), &only).await.unwrap();
    let registry = village.lake.registry().await.unwrap();
    let span = Span { start: at("2026-06-14T22:00:00Z"), end: at("2026-06-15T22:00:00Z") };
    let book = PriceBook::new(&registry, "a", engine::calendar::zone("Europe/Paris").unwrap(), QUARTER, span);
    engine::job::inputs::items::register_items(&session).unwrap();
    engine::job::inputs::master::register_prices(&session, &book).unwrap();
    let instant = |at| ScalarValue::TimestampMicrosecond(Some(at), Some("UTC".into()));
    let day = |text: &str| ScalarValue::Date32(Some(engine::calendar::day_number(text.parse().unwrap())));
    let bounds = vec![
        ("start", instant(span.start)),
        ("end", instant(span.end)),
        ("first_day", day("2026-06-15")),
        ("end_day", day("2026-06-16")),
    ];
    let frame = session.sql(queries::report::PERIOD_MONEY).await.unwrap().with_param_values(bounds).unwrap();
    let columns = ["internal_amount", "shared_at_supply_amount", "saved_amount"];
    let batches = frame.select_columns(&columns).unwrap().collect().await.unwrap();
    let text = arrow::util::pretty::pretty_format_batches(&batches).unwrap().to_string();
    assert!(text.contains("| 0.092000000000 ") && text.contains("| 0.060000000000 "), "{text}");
    assert!(text.contains("| 0.022950000000 "), "{text}");
}
