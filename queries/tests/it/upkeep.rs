//! Compaction, checkpoints and vacuum change nothing that anybody sees.

use engine::schema::Table;
use engine::table::{Maintained, NoFence, Policy};

use crate::village::{Village, at, value, values};

const RAW: &str = "select metering_point_id, interval_start, energy_kwh, source, position, position_index \
                   from readings_raw order by 1, 2, 4, 5";

async fn with_many_files() -> Village {
    let village = Village::with_two("2026-07-10T00:00:00Z").await;
    let all = values("a", "2026-06-14T22:00:00Z", "2026-06-17T22:00:00Z");
    for (n, part) in all.chunks(60).enumerate() {
        village.ingest(&format!("c/t/{}", n % 3), part).await;
        if n % 4 == 0 {
            village.run().await;
        }
    }
    village.run().await;
    village
}

async fn upkeep(village: &Village, linger: i64, orphan_ms: i64) -> Maintained {
    let policy = Policy { files: 2, commits: 3, linger, orphan_ms };
    let mut done = Maintained::default();
    let now = engine::clock::Clock::now(&*village.clock);
    village.lake.compact(policy, now, &NoFence, &mut done).await.unwrap();
    village.lake.checkpoint_all(policy, &mut done).await.unwrap();
    let real_now_ms = chrono::DateTime::parse_from_rfc3339("2200-01-01T00:00:00Z").unwrap().timestamp_millis();
    village.lake.sweep(policy, (now, real_now_ms), &NoFence, &mut done).await.unwrap();
    village.lake.clean_logs(now, &NoFence, &mut done).await.unwrap();
    done
}

#[tokio::test]
async fn compaction_changes_no_row_no_position_and_no_result() {
    let village = with_many_files().await;
    let (raw, files) = (village.sql(RAW).await, village.files().await);
    let position = village.lake.snapshot(Table::ReadingsRaw).await.unwrap().position("c/t/1").await.unwrap();
    let done = upkeep(&village, i64::MAX / 4, i64::MAX / 4).await;
    assert!(done.compacted.0 > 10 && done.compacted.1 >= 4 && done.deleted == 0, "{done:?}");
    assert!(done.checkpoints >= 3, "{done:?}");
    assert_eq!(village.sql(RAW).await, raw);
    let after = village.lake.snapshot(Table::ReadingsRaw).await.unwrap();
    assert_eq!(after.position("c/t/1").await.unwrap(), position);
    // A compaction is no news: nothing is computed again.
    let report = village.run().await;
    assert_eq!(report.computed.len(), 0, "{report:?}");
    let fence = std::sync::Arc::new(NoFence);
    let (from, to) = ("2026-06-15".parse().unwrap(), "2026-06-18".parse().unwrap());
    village.worker(queries::graph(), fence).run_range(None, from, to).await.unwrap();
    assert_eq!(village.files().await, files, "the same bytes after compaction");
    // Another process that opens the lake from its checkpoints sees the same.
    let root = url::Url::from_directory_path(village.folder.path()).unwrap();
    let other = engine::table::Lake::open(&root, Default::default()).await.unwrap();
    assert_eq!(other.published().await.unwrap(), village.lake.published().await.unwrap());
}

#[tokio::test]
async fn vacuum_takes_what_nobody_needs_and_leaves_the_rest() {
    let village = with_many_files().await;
    let orphan = village.folder.path().join("readings/community_id=a/2026-06_left-by-a-crash.parquet");
    std::fs::write(&orphan, b"half a file").unwrap();
    let published = village.lake.published().await.unwrap().unwrap();
    // Files that were replaced after the last publication are still read by its readers.
    village.ingest("file/more", &[value("a-C1", at("2026-06-15T10:00:00Z"), 900_000)]).await;
    let kept = upkeep(&village, i64::MAX / 4, i64::MAX / 4).await;
    assert!(kept.deleted == 0 && orphan.exists());
    // Who has opened what is published, in this process or in another one, reads it to its end.
    village.clock.set(at("2026-07-10T00:20:00Z"));
    let other = {
        let root = url::Url::from_directory_path(village.folder.path()).unwrap();
        engine::table::Lake::open(&root, Default::default()).await.unwrap()
    };
    assert_eq!(upkeep(&village, 0, 0).await.deleted, 0, "a process that has just begun holds everything");
    drop(other);
    let done = upkeep(&village, 0, 0).await;
    assert!(done.deleted > 10 && !orphan.exists(), "{done:?}");
    let session = engine::catalog::open(&village.lake, Some(&published), &engine::catalog::Principal::Operator).await;
    let rows = session.unwrap().sql("select * from allocations").await.unwrap().count().await.unwrap();
    assert_eq!(rows, 3 * 96 * 3);
    let snapshot = village.lake.readings_by(published.inputs.readings_raw).await.unwrap();
    for file in snapshot.files().unwrap() {
        assert!(village.folder.path().join("readings_raw").join(&file.path).exists(), "{}", file.path);
    }
    assert_eq!(village.run().await.computed.len(), 1);
}
