//! Commits of tables: files and positions together, only on top of what the writer has seen.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use engine::schema::Table;
use engine::table::commit::Move;
use engine::table::{Commit, DataFile, Fence, NoFence};
use engine::{Error, ErrorKind, Result};

use super::place::Place;

const TABLE: Table = Table::ReadingsRaw;

fn moved(application: &str, from: Option<i64>, to: i64) -> Commit {
    let positions = vec![Move { application: application.into(), from, to }];
    Commit { positions, ..Commit::default() }
}

/// A file that no commit looks into.
fn file(name: &str) -> DataFile {
    DataFile {
        path: format!("utc_day=2026-06-15/{name}.parquet"),
        size: 1,
        partition: "2026-06-15".into(),
        rows: 1,
        bounds: Default::default(),
        modified_ms: 0,
        digests: None,
        version: None,
    }
}

#[tokio::test]
async fn a_position_moves_only_from_where_it_is() {
    let place = Place::new().await;
    let lake = &place.lake;
    let position = || async { lake.snapshot(TABLE).await.unwrap().position("s").await.unwrap() };
    lake.commit(TABLE, &moved("s", None, 5), &NoFence).await.unwrap();
    for (from, to) in [(None, 6), (Some(4), 6), (Some(6), 7)] {
        let refused = lake.commit(TABLE, &moved("s", from, to), &NoFence).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
        assert!(refused.to_string().contains("s stands at 5"), "{refused}");
        assert_eq!(position().await, Some(5));
    }
    lake.commit(TABLE, &moved("s", Some(5), 9), &NoFence).await.unwrap();
    // Another table has positions of its own.
    lake.commit(Table::Quarantine, &moved("s", None, 1), &NoFence).await.unwrap();
    assert_eq!(position().await, Some(9));
}

#[tokio::test]
async fn of_several_moves_all_are_made_or_none() {
    let place = Place::new().await;
    place.lake.commit(TABLE, &moved("a", None, 1), &NoFence).await.unwrap();
    let mut both = moved("a", Some(1), 2);
    both.positions.extend(moved("b", Some(7), 8).positions);
    both.add.push(file("x"));
    assert!(place.lake.commit(TABLE, &both, &NoFence).await.is_err());
    let now = place.lake.snapshot(TABLE).await.unwrap();
    assert_eq!((now.position("a").await.unwrap(), now.position("b").await.unwrap()), (Some(1), None));
    assert_eq!(now.files().unwrap().len(), 0);
}

#[tokio::test]
async fn two_processes_see_each_others_commits() {
    let place = Place::new().await;
    let other = place.other().await;
    let first = place.lake.commit(TABLE, &moved("s", None, 1), &NoFence).await.unwrap();
    let second = other.commit(TABLE, &moved("t", None, 1), &NoFence).await.unwrap();
    assert_eq!(second, first + 1);
    assert_eq!(place.lake.snapshot(TABLE).await.unwrap().version(), second);
    assert!(place.lake.commit(TABLE, &moved("t", None, 2), &NoFence).await.is_err());
    // The past stays as it was, and what was never there is refused.
    let past = other.snapshot_at(TABLE, first).await.unwrap();
    assert_eq!((past.position("s").await.unwrap(), past.position("t").await.unwrap()), (Some(1), None));
    for version in [-1, second + 1] {
        assert!(place.lake.snapshot_at(TABLE, version).await.is_err(), "{version}");
    }
}

#[tokio::test]
async fn positions_of_many_sources_are_known_from_checkpoint_and_entries_alike() {
    let place = Place::new().await;
    let lake = &place.lake;
    let name = |n: i64| format!("c/t/{n}");
    for n in 0..30 {
        lake.commit(TABLE, &moved(&name(n), None, n), &NoFence).await.unwrap();
        // Before, at and after a checkpoint.
        if n == 9 {
            lake.checkpoint(TABLE).await.unwrap();
        }
    }
    let past = lake.snapshot_at(TABLE, lake.snapshot(TABLE).await.unwrap().version() - 10).await.unwrap();
    lake.commit(TABLE, &moved(&name(3), Some(3), 300), &NoFence).await.unwrap();
    for lake in [place.other().await, Arc::clone(lake)] {
        let now = lake.snapshot(TABLE).await.unwrap();
        for n in 0..30 {
            let want = if n == 3 { 300 } else { n };
            assert_eq!(now.position(&name(n)).await.unwrap(), Some(want), "{n}");
        }
        assert_eq!(now.position("c/t/30").await.unwrap(), None);
    }
    // A version that is pinned keeps its own.
    let pinned = [past.position(&name(3)).await.unwrap(), past.position(&name(25)).await.unwrap()];
    assert_eq!(pinned, [Some(3), None]);
}

#[tokio::test]
async fn a_file_is_replaced_once() {
    let place = Place::new().await;
    let lake = &place.lake;
    let add = |name: &str| Commit { add: vec![file(name)], ..Commit::default() };
    let replace = |old: &str, new: &str| Commit { remove: vec![file(old)], rewrite: true, ..add(new) };
    let before = lake.commit(TABLE, &add("a"), &NoFence).await.unwrap();
    lake.commit(TABLE, &replace("a", "b"), &NoFence).await.unwrap();
    let refused = lake.commit(TABLE, &replace("a", "c"), &NoFence).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    assert!(refused.to_string().contains("a.parquet was replaced meanwhile"), "{refused}");
    let now = lake.snapshot(TABLE).await.unwrap();
    let paths: Vec<&str> = now.files().unwrap().iter().map(|f| f.path.as_str()).collect();
    assert_eq!(paths, ["utc_day=2026-06-15/b.parquet"]);
    // Rows that only moved to another file are no news; a file with new rows is.
    assert_eq!(now.files_added_after(before).await.unwrap().len(), 0);
    let came = lake.commit(TABLE, &add("d"), &NoFence).await.unwrap();
    let news = lake.snapshot(TABLE).await.unwrap().files_added_after(before).await.unwrap();
    assert_eq!(news, [DataFile { version: Some(came), ..file("d") }]);
}

/// A right that is lost after so many questions.
struct Lost(AtomicUsize);

impl Fence for Lost {
    fn check(&self) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>> {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        Box::pin(std::future::ready(left.map(|_| ()).map_err(|_| Error::conflict("the lease is another's"))))
    }
}

#[tokio::test]
async fn who_has_lost_its_right_commits_nothing() {
    let place = Place::new().await;
    let fence = Lost(AtomicUsize::new(1));
    place.lake.commit(TABLE, &moved("s", None, 1), &fence).await.unwrap();
    let refused = place.lake.commit(TABLE, &moved("s", Some(1), 2), &fence).await.unwrap_err();
    assert_eq!((refused.kind(), refused.to_string().as_str()), (ErrorKind::Conflict, "the lease is another's"));
    assert_eq!(place.lake.snapshot(TABLE).await.unwrap().position("s").await.unwrap(), Some(1));
}

#[tokio::test]
async fn opening_again_changes_nothing() {
    let place = Place::new().await;
    let versions = |lake: Arc<engine::table::Lake>| async move {
        let mut versions = Vec::new();
        for table in Table::ALL {
            versions.push((table.name(), lake.snapshot(table).await.unwrap().version()));
        }
        versions
    };
    place.lake.commit(TABLE, &moved("s", None, 1), &NoFence).await.unwrap();
    let before = versions(place.lake.clone()).await;
    assert_eq!(versions(place.other().await).await, before);
    // A checkpoint is a shorter way to the same version.
    place.lake.checkpoint(TABLE).await.unwrap();
    let again = place.other().await;
    assert_eq!(versions(again.clone()).await, before);
    assert_eq!(again.snapshot(TABLE).await.unwrap().position("s").await.unwrap(), Some(1));
}
