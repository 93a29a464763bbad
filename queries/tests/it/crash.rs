//! A crash between any two steps of a cycle heals at the next start, and readers see the old set until then.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::table::{Fence, NoFence};
use engine::{Error, ErrorKind, Result};

use crate::village::{Village, at, value, values};

/// Lets some commits through and then none: every commit asks it first, so the cycle ends between two of them.
struct FailsAfter(AtomicUsize);

impl Fence for FailsAfter {
    fn check(&self) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>> {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        let lost = || Err(Error::conflict("the lease is lost"));
        Box::pin(std::future::ready(left.map(drop).or_else(|_| lost())))
    }
}

async fn started() -> Village {
    let village = Village::with_two("2026-06-16T12:00:00Z").await;
    for id in ["a", "b"] {
        let some = values(id, "2026-06-14T22:00:00Z", "2026-06-16T10:00:00Z");
        village.ingest(&format!("file/{id}"), &some).await;
    }
    village.run().await;
    village.ingest("file/more", &[value("a-C1", at("2026-06-15T10:00:00Z"), 900_000)]).await;
    village
}

const BALANCES: &str = "select community_id, interval_start, consumption_kwh, shared_kwh from balances order by 1, 2";

#[tokio::test]
async fn a_crash_between_any_two_commits_heals() {
    let reference = started().await;
    reference.run().await;
    let (want, files) = (reference.sql(BALANCES).await, reference.files().await);
    let mut crashes = 0;
    loop {
        let village = started().await;
        let (before, published) = (village.sql(BALANCES).await, village.lake.published().await.unwrap());
        let fence = Arc::new(FailsAfter(AtomicUsize::new(crashes)));
        match village.worker(queries::graph(), fence).run_pending().await {
            Ok(_) => break,
            Err(e) => assert_eq!(e.kind(), ErrorKind::Conflict),
        }
        // Some tables may have new versions already; nobody sees them.
        assert_eq!(village.lake.published().await.unwrap(), published);
        assert_eq!(village.sql(BALANCES).await, before, "after {crashes} commits");
        village.worker(queries::graph(), Arc::new(NoFence)).run_pending().await.unwrap();
        assert_eq!(village.sql(BALANCES).await, want, "after {crashes} commits");
        assert_eq!(village.files().await, files, "after {crashes} commits");
        crashes += 1;
    }
    assert!(crashes >= 6, "a cycle commits its tables one by one: {crashes}");
}

#[tokio::test]
async fn stale_and_overlapping_batches_are_refused() {
    let village = Village::with_two("2026-06-16T12:00:00Z").await;
    let some = values("a", "2026-06-15T00:00:00Z", "2026-06-15T01:00:00Z");
    let (mut paused, mut other) = (village.intake().await, village.intake().await);
    let mut lines = crate::village::lines();
    paused.take(&village.batch("c/t/0", 0, &some), &mut lines).await.unwrap();
    other.take(&village.batch("c/t/0", 0, &some[..6]), &mut lines).await.unwrap();
    other.commit().await.unwrap();
    assert_eq!(paused.commit().await.unwrap_err().kind(), ErrorKind::Conflict);
    let mut late = village.intake().await;
    for from in [0, 3, 7] {
        let error = late.take(&village.batch("c/t/0", from, &some[..2]), &mut lines).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict, "{from}");
    }
    late.take(&village.batch("c/t/0", 6, &some[6..]), &mut lines).await.unwrap();
    late.commit().await.unwrap();
    assert_eq!(village.sql("select count(*), count(distinct position) from readings_raw").await, ["12,12"]);
}
