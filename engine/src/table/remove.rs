//! What nothing needs any more is deleted: within minutes what was replaced, by looking into the log; and what a crash
//! left, by looking at what is there.
//!
//! A file lives from the version that brings it to the one that takes it out. It stays as long as a published set that
//! is kept, a reader or a job has a version in between; what was computed from readings needs their rows, not the files
//! in which they were.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{Hash, Hasher};

use deltalake_core::kernel::Action;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::commit::Fence;
use super::kept::Set;
use super::maintain::{Maintained, Policy};
use super::readers::Floors;
use super::{Lake, Snapshot};
use crate::clock::Micros;
use crate::error::Result;
use crate::schema::Table;

/// What was taken out of a table and may still be there.
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// The version up to which its log was read.
    upto: Option<i64>,
    /// Version and time (milliseconds) at which a file was taken out.
    removed: HashMap<String, Removed>,
    /// The files of the versions of midnights that the log says nothing of any more, by their hashes: two that have
    /// the same one are kept together.
    nights: BTreeMap<i64, HashSet<u64>>,
}

#[derive(Debug, Clone, Copy)]
struct Removed {
    version: i64,
    at_ms: i64,
    size: u64,
}

/// Which versions of tables are needed.
#[derive(Debug)]
pub(super) struct Needed {
    sets: Vec<Set>,
    floors: Floors,
    now: Micros,
}

impl Needed {
    /// The version of a table from which on each is needed.
    pub fn floor(&self, snapshot: &Snapshot) -> i64 {
        let table = snapshot.table;
        let held = self.floors.get(&table).copied().unwrap_or(i64::MAX);
        let recent = self.sets.iter().filter(|set| set.is_recent(self.now));
        let published = recent.filter_map(|set| set.versions.get(table.name()).copied()).min();
        // Before the first publication nobody knows what it will name.
        let published = published.unwrap_or(if Table::RESULTS.contains(&table) { 0 } else { i64::MAX });
        snapshot.version().min(held).min(published)
    }

    /// The versions of a table at the midnights that are kept, before a version.
    pub fn nights(&self, table: Table, before: i64) -> Vec<i64> {
        let kept = self.sets.iter().filter(|set| set.midnight(self.now).is_some());
        let mut versions: Vec<i64> = kept.filter_map(|set| set.versions.get(table.name()).copied()).collect();
        versions.retain(|version| *version < before);
        versions.sort_unstable();
        versions.dedup();
        versions
    }

    /// Whether somebody reads a version before the given one.
    fn is_held_before(&self, table: Table, version: i64) -> bool {
        self.floors.get(&table).is_some_and(|floor| *floor < version)
    }
}

fn hash(path: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}

impl Trail {
    /// Reads what the log says since the last time.
    async fn follow(&mut self, snapshot: &Snapshot) -> Result<()> {
        let removed = &mut self.removed;
        let read = snapshot.each_action(self.upto.unwrap_or(-1), |version, action| match action {
            // The same rows are the same file: it may come back.
            Action::Add(add) => drop(removed.remove(&add.path)),
            Action::Remove(remove) => {
                let (at_ms, size) = (remove.deletion_timestamp.unwrap_or(0), remove.size.unwrap_or(0));
                let size = u64::try_from(size).unwrap_or(0);
                removed.insert(remove.path, Removed { version, at_ms, size });
            }
            _ => {}
        });
        read.await?;
        self.upto = Some(snapshot.version());
        Ok(())
    }

    fn is_of_a_night(&self, path: &str) -> bool {
        let hash = hash(path);
        self.nights.values().any(|files| files.contains(&hash))
    }
}

impl Lake {
    /// What is needed now; nothing when another process holds everything.
    pub(super) async fn needed(&self, now: Micros) -> Result<Option<Needed>> {
        let Some(mut floors) = self.readers.elsewhere()? else { return Ok(None) };
        for (table, version) in self.readers.here() {
            floors.entry(table).and_modify(|floor| *floor = version.min(*floor)).or_insert(version);
        }
        Ok(Some(Needed { sets: self.kept_sets(now).await?, floors, now }))
    }

    /// Deletes what was replaced and nothing needs.
    ///
    /// # Errors
    /// Conflict, when the fence is lost; environment, when the store does not answer.
    pub async fn remove(&self, policy: Policy, now: Micros, fence: &dyn Fence, done: &mut Maintained) -> Result<()> {
        let Some(_right) = self.readers.removing()? else { return Ok(()) };
        let Some(needed) = self.needed(now).await? else { return Ok(()) };
        let mut trails = self.trails.lock().await;
        for table in Table::ALL {
            let snapshot = self.snapshot(table).await?;
            let trail = trails.entry(table).or_default();
            trail.follow(&snapshot).await?;
            let floor = needed.floor(&snapshot);
            self.follow_nights(trail, table, &needed.nights(table, floor)).await?;
            let is_over = |r: &Removed| r.version <= floor && r.at_ms + policy.linger / 1000 <= now / 1000;
            let unneeded = trail.removed.iter().filter(|(path, r)| is_over(r) && !trail.is_of_a_night(path));
            let unneeded: Vec<(String, u64)> = unneeded.map(|(path, r)| (path.clone(), r.size)).collect();
            if unneeded.is_empty() {
                continue;
            }
            fence.check().await?;
            let store = snapshot.unproven_store();
            for (path, size) in unneeded {
                if delete(&store, &path).await? {
                    done.deleted += 1;
                    done.deleted_bytes += size;
                }
                trail.removed.remove(&path);
            }
        }
        Ok(())
    }

    /// Knows the files of the versions of midnights, and no others.
    async fn follow_nights(&self, trail: &mut Trail, table: Table, versions: &[i64]) -> Result<()> {
        trail.nights.retain(|version, _| versions.contains(version));
        for version in versions {
            if !trail.nights.contains_key(version) {
                let files = self.snapshot_at(table, *version).await?;
                let files = files.files()?.iter().map(|f| hash(&f.path)).collect();
                trail.nights.insert(*version, files);
            }
        }
        Ok(())
    }

    /// Deletes the data files that no version knows, once they are old: a writer may be about to name a new one.
    /// `real_now_ms` is the time of the store, which dates its objects.
    ///
    /// # Errors
    /// As [`Lake::remove`].
    pub async fn sweep(
        &self,
        policy: Policy,
        (now, real_now_ms): (Micros, i64),
        fence: &dyn Fence,
        done: &mut Maintained,
    ) -> Result<()> {
        self.remove(policy, now, fence, done).await?;
        let Some(_right) = self.readers.removing()? else { return Ok(()) };
        let Some(needed) = self.needed(now).await? else { return Ok(()) };
        let mut trails = self.trails.lock().await;
        for table in Table::ALL {
            let snapshot = self.snapshot(table).await?;
            let store = snapshot.unproven_store();
            let first = super::log::Log::list(&store).await?.entries.keys().next().copied().unwrap_or(0);
            // Of versions before the first entry only those of midnights are known.
            if needed.is_held_before(table, first) {
                continue;
            }
            let trail = trails.entry(table).or_default();
            trail.follow(&snapshot).await?;
            self.follow_nights(trail, table, &needed.nights(table, needed.floor(&snapshot))).await?;
            let current: HashSet<&str> = snapshot.files()?.iter().map(|f| f.path.as_str()).collect();
            let objects: Vec<_> = store.list(None).try_collect().await?;
            fence.check().await?;
            for object in objects {
                let path = object.location.as_ref();
                let is_known = current.contains(path) || trail.removed.contains_key(path) || trail.is_of_a_night(path);
                let is_data = path.ends_with(".parquet") && !path.contains("_delta_log/");
                let is_old = object.last_modified.timestamp_millis() + policy.orphan_ms < real_now_ms;
                if is_data && is_old && !is_known && delete(&store, path).await? {
                    done.deleted += 1;
                    done.deleted_bytes += object.size;
                }
            }
        }
        Ok(())
    }
}

/// Deletes a file; `false` when it is gone already.
async fn delete(store: &std::sync::Arc<dyn ObjectStore>, path: &str) -> Result<bool> {
    match store.delete(&Path::parse(path).map_err(object_store::Error::from)?).await {
        Ok(()) => Ok(true),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(e) => Err(e.into()),
    }
}
