//! What a session sees, and how its plans read it.

use std::collections::BTreeSet;

use engine::catalog::Principal;
use engine::registry::Row;

use crate::village::{Village, at, values};

async fn village() -> Village {
    let village = Village::with_two("2026-06-16T12:00:00Z").await;
    for id in ["a", "b"] {
        let some = values(id, "2026-06-12T22:00:00Z", "2026-06-16T10:00:00Z");
        village.ingest(&format!("file/{id}"), &some).await;
    }
    village.run().await;
    village
}

fn only(id: &str) -> Principal {
    Principal::Communities(BTreeSet::from([id.to_string()]))
}

#[tokio::test]
async fn no_sort_and_no_repartition_between_scan_and_window() {
    let village = village().await;
    for sql in [
        "select community_id, interval_start, sum(energy_kwh) from readings group by 1, 2",
        "select sum(energy_kwh) over (partition by community_id, interval_start) from readings",
        "select row_number() over (partition by community_id, interval_start order by metering_point_id) from readings",
        "select sum(allocated_kwh) over (partition by community_id, interval_start) from allocations \
         where direction = 'import'",
    ] {
        let plan = village.sql(&format!("explain {sql}")).await.join("\n");
        assert!(plan.contains("DataSourceExec"), "{plan}");
        assert!(!plan.contains("SortExec") && !plan.contains("RepartitionExec"), "{sql}\n{plan}");
    }
    // It can fail: another order needs a sort.
    let other = "explain select row_number() over (partition by metering_point_id order by energy_kwh) from readings";
    assert!(village.sql(other).await.join("\n").contains("SortExec"));
}

/// A column of one value and nulls has bounds that are equal, and is not that value everywhere.
#[tokio::test]
async fn nulls_beside_one_value_stay_nulls() {
    let mut village = Village::with_two("2026-06-16T12:00:00Z").await;
    let key = village.lake.registry().await.unwrap().allocation_keys["a"][0].1.clone();
    let ended = engine::registry::AllocationKey { valid_to: at("2026-06-13T10:00:00Z"), ..key };
    village.apply(vec![Row::AllocationKeys(ended)]).await;
    village.ingest("file/a", &values("a", "2026-06-12T22:00:00Z", "2026-06-13T22:00:00Z")).await;
    village.run().await;
    let sql = "select key_version is null as lacks, count(distinct interval_start) as n from allocations group by 1 \
    order by 1";
    assert_eq!(village.sql(sql).await, ["false,48", "true,48"]);
}

/// Declared as a hash partitioning these joins would lose rows silently.
#[tokio::test]
async fn joins_lose_no_rows() {
    let village = village().await;
    let intervals = village.sql("select count(*) from balances").await;
    let communities = village.sql(
        "select count(distinct r.community_id) from readings r join communities c on c.community_id = r.community_id",
    );
    assert_eq!(communities.await, ["2"]);
    let same = "select count(*) from balances x join balances y \
                on x.community_id = y.community_id and x.interval_start = y.interval_start";
    assert_eq!(village.sql(same).await, intervals);
    let anti = "select count(*) from balances x left anti join balances y \
                on x.community_id = y.community_id and x.interval_start = y.interval_start";
    assert_eq!(village.sql(anti).await, ["0"]);
}

/// Whichever way a join is made to run, by hash of both sides, by one side in memory or by merging, it gives the same
/// rows.
#[tokio::test]
async fn joins_give_the_same_rows_in_every_mode() {
    let village = village().await;
    let published = village.lake.published().await.unwrap();
    let statements = [
        "select count(*), sum(x.shared_kwh) from balances x join balances y on x.community_id = y.community_id \
         and x.interval_start = y.interval_start",
        "select count(*) from balances x left anti join balances y on x.community_id = y.community_id \
         and x.interval_start = y.interval_start",
        "select count(distinct r.community_id), count(*), sum(r.energy_kwh) from readings r \
         join communities c on c.community_id = r.community_id",
        "select count(*), sum(a.allocated_kwh), sum(b.shared_kwh) from allocations a join balances b \
         on a.community_id = b.community_id and a.interval_start = b.interval_start where a.direction = 'import'",
        "select count(*) from readings r left semi join communities c on c.community_id = r.community_id",
    ];
    for statement in statements {
        let mut answers = BTreeSet::new();
        for (hash, small) in [(true, 0), (true, usize::MAX), (false, 0)] {
            let session = engine::catalog::open(&village.lake, published.as_ref(), &Principal::Operator).await.unwrap();
            {
                let state = session.state_ref();
                let mut state = state.write();
                let options = &mut state.config_mut().options_mut().optimizer;
                options.prefer_hash_join = hash;
                options.hash_join_single_partition_threshold = small;
                options.hash_join_single_partition_threshold_rows = small;
            }
            let rows = session.sql(statement).await.unwrap().collect().await.unwrap();
            answers.insert(arrow::util::pretty::pretty_format_batches(&rows).unwrap().to_string());
        }
        assert_eq!(answers.len(), 1, "{statement}: {answers:?}");
    }
}

/// The other community's files are taken away: what is never opened is not missed, and what would be opened fails.
#[tokio::test]
async fn files_of_other_communities_are_never_opened() {
    let village = village().await;
    let mut taken = 0;
    for file in village.files().await.iter().filter(|f| f.contains("community_id=b")) {
        std::fs::remove_file(village.folder.path().join(file)).unwrap();
        taken += 1;
    }
    assert!(taken >= 7, "{taken}");
    for table in ["readings", "allocations", "balances", "co2", "coverage", "member_days", "statement_lines"] {
        for sql in [
            format!("select count(*) from {table}"),
            format!("select count(*) from {table} where community_id = 'b'"),
            format!("select count(*) from {table} where community_id <> 'a' or 1 = 1"),
        ] {
            let rows = village.sql_as(&only("a"), &sql).await;
            assert!(rows.is_ok(), "{sql}: {rows:?}");
        }
    }
    assert_eq!(village.sql_as(&only("a"), "select distinct community_id from balances").await.unwrap(), ["a"]);
    assert!(village.sql_as(&Principal::Operator, "select sum(energy_kwh) from readings").await.is_err());
}

#[tokio::test]
async fn nothing_of_others_is_in_names_errors_or_plans() {
    let village = village().await;
    let a = only("a");
    for sql in [
        "select * from readings_raw",
        "select * from quarantine",
        "select * from metering_points",
        "select * from runs",
        "copy (select 1) to '/tmp/x.csv'",
        "create external table t stored as csv location '/etc/passwd'",
        "set datafusion.execution.batch_size = 1",
        "insert into readings select * from readings",
        "select * from '/etc/passwd'",
        "drop table readings",
    ] {
        assert!(village.sql_as(&a, sql).await.is_err(), "{sql}");
    }
    // Predicates that fail on a value print it: there is no value of b that they could meet.
    for sql in [
        "select * from readings where cast(metering_point_id as int) > 0",
        "select 1 / (energy_kwh - energy_kwh) from readings where metering_point_id like 'b%'",
        "explain select * from readings where community_id = 'b'",
        "explain analyze select * from readings",
        "select table_name from information_schema.tables",
    ] {
        let text = match village.sql_as(&a, sql).await {
            Ok(rows) => rows.join("\n"),
            Err(e) => e.to_string(),
        };
        assert!(!text.contains("b-C") && !text.contains("b-P") && !text.contains("community_id=b"), "{sql}\n{text}");
    }
}
