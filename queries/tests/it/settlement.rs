//! The tables `sharing` and `point_months` against what the jobs have stored.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use engine::calendar::{QUARTER, Span};
use engine::catalog::Principal;
use engine::registry::{GridFactor, Row};
use engine::settlement::{Columns, Settlement, settle_published};
use engine::sharing::{KeyKind, Rule};
use engine::table::Published;

use super::village::{Village, at, value};

/// After the last value, and before any day without values has passed its deadline.
const NOW: &str = "2026-06-13T00:00:00Z";

/// Two communities, three days; in `a` the key changes at 10:15 of the second day.
async fn village() -> Village {
    let mut village = Village::with_two(NOW).await;
    let second =
        Rule::of([KeyKind::Static { weights: [("a-C1".to_string(), 3)].into(), unassigned: 1 }, KeyKind::Equal]);
    let key = village.lake.registry().await.unwrap().allocation_keys["a"][0].1.clone();
    let key = engine::registry::AllocationKey { rule: second, valid_from: at("2026-06-11T08:15:00Z"), ..key };
    village.apply(vec![Row::AllocationKeys(key)]).await;
    let start = at("2026-06-09T22:00:00Z");
    let mut values = vec![];
    for quarter in 0..288i64 {
        for (n, point) in ["a-C1", "a-C2", "a-P1", "b-C1", "b-C2", "b-P1"].iter().enumerate() {
            let micro_kwh =
                (quarter * 7919 + n as i64 * 104_729).rem_euclid(180_007) * if point.contains("P1") { 2 } else { 1 };
            values.push(value(point, start + quarter * QUARTER, micro_kwh));
        }
    }
    village.ingest("s", &values).await;
    village.run().await;
    village
}

fn span() -> Span {
    Span { start: at("2026-05-31T22:00:00Z"), end: at("2026-06-30T22:00:00Z") }
}

pub async fn rows(session: &SessionContext, sql: &str) -> (String, Vec<RecordBatch>) {
    let batches = session.sql(sql).await.unwrap().collect().await.unwrap();
    (pretty_format_batches(&batches).unwrap().to_string(), batches)
}

const SHARING: &str = "select interval_start, metering_point_id, direction, energy_kwh, allocated_kwh, rest_kwh, \
community_id \
    from TABLE order by community_id, interval_start, metering_point_id, direction";
const MONTHS: &str = "select community_id, metering_point_id, direction, sum(energy_kwh) as energy_kwh, \
    sum(allocated_kwh) as allocated_kwh, sum(rest_kwh) as rest_kwh from TABLE group by 1, 2, 3 order by 1, 2, 3";

/// Both texts are the same; else says where they part.
pub fn same(got: &str, want: &str, what: &str) {
    let differ = got.lines().zip(want.lines()).find(|(a, b)| a != b);
    assert!(differ.is_none() && got.lines().count() == want.lines().count(), "{what}: {differ:?}");
}

async fn stored(village: &Village, published: &Published, sql: &str) -> String {
    let session = engine::catalog::open(&village.lake, Some(published), &Principal::Operator).await.unwrap();
    rows(&session, &sql.replace("TABLE", "allocations")).await.0
}

#[tokio::test]
async fn the_plan_node_gives_what_the_jobs_have_stored() {
    let village = village().await;
    let lake = &village.lake;
    let published = lake.published().await.unwrap().unwrap();
    let registry = lake.registry().await.unwrap();
    for community in ["a", "b"] {
        let session = settle_published(lake, &published, registry.clone(), community, span()).await.unwrap();
        let only = |sql: &str| {
            sql.replace("TABLE", &format!("(select * from allocations where community_id = '{community}')"))
        };
        let all = engine::catalog::open(lake, Some(&published), &Principal::Operator).await.unwrap();
        // Months first, by a pass of their own; then rows; then months again, kept from the pass over the rows.
        for (sql, table) in [(MONTHS, "point_months"), (SHARING, "sharing"), (MONTHS, "point_months")] {
            let (got, _) = rows(&session, &sql.replace("TABLE", table)).await;
            same(&got, &rows(&all, &only(sql)).await.0, &format!("{table} of {community}"));
        }
        let (plan, _) = rows(&session, &format!("explain {}", SHARING.replace("TABLE", "sharing"))).await;
        assert!(
            plan.contains("SettlementExec") && !plan.contains("SortExec") && !plan.contains("Repartition"),
            "{plan}"
        );
    }
}

/// Readings of the operator in one table, cut into batches of so many rows and dealt to partitions.
async fn dealt(village: &Village, rows_of_batch: usize, partitions: usize, reversed: bool) -> SessionContext {
    let published = village.lake.published().await.unwrap().unwrap();
    let open = engine::catalog::open(&village.lake, Some(&published), &Principal::Operator).await.unwrap();
    let order = if reversed { "desc" } else { "asc" };
    let sql =
        format!("select * from readings order by community_id, interval_start {order}, metering_point_id {order}");
    let (_, batches) = rows(&open, &sql).await;
    let all = arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap();
    let mut dealt = vec![vec![]; partitions];
    for (n, from) in (0..all.num_rows()).step_by(rows_of_batch).enumerate() {
        dealt[n % partitions].push(all.slice(from, rows_of_batch.min(all.num_rows() - from)));
    }
    let config: SessionConfig = engine::session::config().with_batch_size(rows_of_batch);
    #[expect(clippy::disallowed_methods, reason = "batches of a few rows")]
    let session = SessionContext::new_with_config(config);
    let table = MemTable::try_new(all.schema(), dealt).unwrap();
    let registry = village.lake.registry().await.unwrap();
    let settlement = Settlement::new(registry, Columns::default(), span(), Arc::new(table)).unwrap();
    settlement.register(&session).unwrap();
    session
}

#[tokio::test]
async fn batches_partitions_and_disorder_change_nothing() {
    let village = village().await;
    let published = village.lake.published().await.unwrap().unwrap();
    let (sharing, months) = (stored(&village, &published, SHARING).await, stored(&village, &published, MONTHS).await);
    for (rows_of_batch, partitions, reversed) in
        [(1, 1, false), (2, 1, false), (5, 3, false), (1000, 2, true), (7, 2, true)]
    {
        let session = dealt(&village, rows_of_batch, partitions, reversed).await;
        // A community that lies in several partitions, or in disorder, is brought together and sorted, not settled
        // twice.
        let (got, _) = rows(&session, &MONTHS.replace("TABLE", "point_months")).await;
        same(&got, &months, &format!("months, {rows_of_batch} rows, {partitions} partitions"));
        let (got, _) = rows(&session, &SHARING.replace("TABLE", "sharing")).await;
        same(&got, &sharing, &format!("rows, {rows_of_batch} rows, {partitions} partitions"));
    }
}

#[tokio::test]
async fn conditions_and_limits_leave_intervals_whole() {
    let village = village().await;
    let published = village.lake.published().await.unwrap().unwrap();
    let session = dealt(&village, 100, 1, false).await;
    let all = engine::catalog::open(&village.lake, Some(&published), &Principal::Operator).await.unwrap();
    let conditions = [
        "interval_start >= timestamp '2026-06-11T08:00:00Z' and interval_start < timestamp '2026-06-11T09:00:00Z'",
        "community_id = 'b' and interval_start < timestamp '2026-06-10T03:00:00Z'",
        "metering_point_id = 'a-C2' and energy_kwh > 0.05",
    ];
    for condition in conditions {
        let sql = SHARING.replace("TABLE", "(select * from TABLE where CONDITION)").replace("CONDITION", condition);
        let (got, batches) = rows(&session, &sql.replace("TABLE", "sharing")).await;
        same(&got, &rows(&all, &sql.replace("TABLE", "allocations")).await.0, condition);
        assert!(batches.iter().any(|b| b.num_rows() > 0), "{condition}");
    }
    let limited = "select count(*) as n from (select * from sharing limit 5)";
    assert!(rows(&session, limited).await.0.contains("| 5 "));
    // A pass that was cut short is not taken for the whole.
    let months = stored(&village, &published, MONTHS).await;
    same(&rows(&session, &MONTHS.replace("TABLE", "point_months")).await.0, &months, "months after a limit");
}

/// Direct and life-cycle factors within one month: what was avoided has no sum, energy and money have theirs.
#[tokio::test]
async fn a_month_of_mixed_scopes_has_no_sum_of_avoided_co2() {
    let mut village = village().await;
    let factor = village.lake.registry().await.unwrap().grid_factors["a"][0].1.clone();
    let (scope, valid_from) = ("direct".to_string(), at("2026-06-11T00:00:00Z"));
    village.apply(vec![Row::GridFactors(GridFactor { scope, valid_from, ..factor })]).await;
    let published = village.lake.published().await.unwrap().unwrap();
    let sql =
        "select count(*) as points, count(avoided_g) as avoided, sum(allocated_kwh) > 0 as shared from point_months";
    for (community, wanted) in [("a", "| 3      | 0       | true"), ("b", "| 3      | 3       | true")] {
        let registry = village.lake.registry().await.unwrap();
        let session = settle_published(&village.lake, &published, registry, community, span()).await.unwrap();
        let text = rows(&session, sql).await.0;
        assert!(text.contains(wanted), "{community}\n{text}");
    }
}
