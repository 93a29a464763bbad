//! The same readings give the same files, however and whenever they came.

use std::sync::Arc;

use engine::job::Worker;
use engine::table::NoFence;

use crate::village::{Village, at, values};

const AFTER: &str = "2026-07-10T00:00:00Z";
const FROM: &str = "2026-05-31T22:00:00Z";
const TO: &str = "2026-06-30T22:00:00Z";

async fn at_once() -> Village {
    let village = Village::with_two(AFTER).await;
    for id in ["a", "b"] {
        village.ingest(&format!("file/{id}"), &values(id, FROM, TO)).await;
    }
    village.run().await;
    village
}

#[tokio::test]
async fn in_other_batches_and_cycles() {
    let village = Village::with_two("2026-06-03T00:00:00Z").await;
    // The first two days in pieces of five hours while they are open, a later one before an earlier one.
    let pieces = ["2026-05-31T22:00:00Z", "2026-06-01T03:00:00Z", "2026-06-01T08:00:00Z", "2026-06-01T22:00:00Z"];
    for (from, to) in [(2, 3), (0, 1), (1, 2)] {
        for id in ["b", "a"] {
            village.ingest(&format!("c/t/{from}"), &values(id, pieces[from], pieces[to])).await;
        }
        village.run().await;
    }
    village.clock.set(at(AFTER));
    for id in ["b", "a"] {
        let mut rest = values(id, "2026-06-01T22:00:00Z", TO);
        rest.reverse();
        for (n, part) in rest.chunks(1111).enumerate() {
            village.ingest(&format!("file/{id}{n}"), part).await;
        }
    }
    village.run().await;
    assert_eq!(village.files().await, at_once().await.files().await);
}

/// Communities whose values do not fit into memory together wait in files for their turn.
#[tokio::test]
async fn in_groups_of_one_community() {
    let village = Village::with_two(AFTER).await;
    for id in ["a", "b"] {
        village.ingest(&format!("file/{id}"), &values(id, FROM, TO)).await;
    }
    let worker = village.worker(queries::graph(), Arc::new(NoFence));
    let report = Worker { values_max: 1, ..worker }.run_pending().await.unwrap();
    assert!(report.held.is_empty(), "{:?}", report.held);
    assert_eq!(village.files().await, at_once().await.files().await);
}

/// A day taken in quarter by quarter, each merged into what is stored, equals the day computed at once.
#[tokio::test]
async fn a_day_of_open_windows_equals_a_full_computation() {
    let (from, to) = ("2026-06-14T22:00:00Z", "2026-06-15T22:00:00Z");
    let stepwise = Village::with_two("2026-06-16T00:00:00Z").await;
    let all = values("a", from, to);
    for quarter in all.chunks(3) {
        stepwise.ingest("c/t/0", quarter).await;
        // Cycles of one, three and four quarters, 36 in all.
        if matches!(quarter[0].start / 900_000_000 % 8, 0 | 3 | 4) {
            stepwise.run().await;
        }
    }
    stepwise.run().await;
    let whole = Village::with_two("2026-06-16T00:00:00Z").await;
    whole.ingest("file/a", &all).await;
    whole.run().await;
    assert_eq!(stepwise.files().await, whole.files().await);
}

/// What was billed and what is drafted comes from rows too: a billed month with a correction, one cycle after the
/// other, and all at once in another folder.
#[tokio::test]
async fn a_billed_month_and_its_correction() {
    let mut village = at_once().await;
    let statement = "select * from statement_lines where community_id = 'a' order by month, member_id, line_number";
    let before = village.sql(statement).await;
    village.bill("a", "2026-06-01").await;
    village.run().await;
    assert_eq!(village.sql(statement).await, before, "billing leaves the statement and its run as they were");
    let files = village.files().await;
    assert!(
        files.iter().any(|f| f.starts_with("billed_lines/")) && !files.iter().any(|f| f.starts_with("corrections/"))
    );
    village.clock.set(at("2026-07-11T00:00:00Z"));
    village.ingest("file/late", &[crate::village::value("a-C1", at("2026-06-15T10:00:00Z"), 900_000)]).await;
    village.run().await;
    let drafted = village.files().await;
    assert!(drafted.iter().any(|f| f.starts_with("corrections/")));
    village.bill("a", "2026-06-01").await;
    village.run().await;
    let corrected = village.files().await;
    assert!(!corrected.iter().any(|f| f.starts_with("corrections/")));
    let published = village.lake.published().await.unwrap().unwrap();
    let other = Village::new("2026-07-11T00:00:00Z").await;
    let worker = other.worker(queries::graph(), Arc::new(NoFence));
    worker.recompute(&village.lake, &published, None, None).await.unwrap();
    assert_eq!(other.files().await, corrected);
    assert_eq!(published.matches(&village.lake, &other.lake).await.unwrap(), (corrected.len(), 0));
    // What was published when the correction was only drafted.
    let then = village.lake.published_at(at("2026-07-11T00:00:00Z") - 1).await.unwrap().unwrap();
    let earlier = Village::new("2026-07-11T00:00:00Z").await;
    let worker = earlier.worker(queries::graph(), Arc::new(NoFence));
    worker.recompute(&village.lake, &then, None, None).await.unwrap();
    assert_eq!(earlier.files().await, files);
}

#[tokio::test]
async fn computed_anew_on_demand() {
    let village = at_once().await;
    let files = village.files().await;
    let fence = Arc::new(NoFence);
    let (from, to) = ("2026-06-01".parse().unwrap(), "2026-07-01".parse().unwrap());
    let report = village.worker(queries::graph(), fence).run_range(Some("a"), from, to).await.unwrap();
    assert_eq!(report.computed["a"].len(), 30);
    assert_eq!(village.files().await, files);
}

/// What was published before a correction, computed again after it, in another folder.
#[tokio::test]
async fn the_past_as_it_was_published() {
    let mut village = at_once().await;
    let (then, published) = (village.files().await, village.lake.published().await.unwrap().unwrap());
    village.clock.set(at("2026-07-11T00:00:00Z"));
    village.ingest("file/late", &[crate::village::value("a-C1", at("2026-06-15T10:00:00Z"), 900_000)]).await;
    village.apply(vec![crate::village::tariff("b", "internal_energy", 120_000, at("2026-06-19T22:00:00Z"))]).await;
    village.run().await;
    assert_ne!(village.files().await, then);
    let other = Village::new("2026-07-11T00:00:00Z").await;
    let worker = other.worker(queries::graph(), Arc::new(NoFence));
    worker.recompute(&village.lake, &published, None, None).await.unwrap();
    assert_eq!(other.files().await, then);
    assert_eq!(published.matches(&village.lake, &other.lake).await.unwrap(), (then.len(), 0));
    assert!(other.lake.published().await.unwrap().is_none());
    let again = worker.recompute(&village.lake, &published, None, None).await.unwrap_err();
    assert_eq!(again.kind(), engine::ErrorKind::User);
}
