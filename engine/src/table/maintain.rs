//! Upkeep: small files become large ones, checkpoints spare the reading of long logs, and what nothing needs is
//! deleted.
//!
//! Rows stay the same and positions stay where they are, so no job takes a compaction for news. What a published set, a
//! job that lags behind or a look back may still need is never deleted.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::prelude::col;
use deltalake_core::kernel::Action;
use futures::TryStreamExt;
use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::commit::Fence;
use super::{Commit, DataFile, Lake, LakeTable, Snapshot, write_file, write_joined};
use crate::clock::Micros;
use crate::error::Result;
use crate::schema::Table;
use crate::table::Published;

/// Tables whose commits are many and small. Results are compacted by the cycles that write them.
const GATHERED: [Table; 3] = [Table::ReadingsRaw, Table::Quarantine, Table::Runs];
/// A file of this size is not small.
const LARGE_BYTES: u64 = 64 << 20;
const HOUR_MS: i64 = 3_600_000;

/// When upkeep does what.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// As many small files in one partition are made one.
    pub files: usize,
    /// As many commits after a checkpoint bring the next one.
    pub commits: i64,
    /// How long a file that was replaced can still be looked back at.
    pub retention: Micros,
    /// How old a file that no commit names must be: a writer may be about to name it. In milliseconds of real time.
    pub orphan_ms: i64,
}

impl Default for Policy {
    fn default() -> Self {
        let day_ms = 24 * HOUR_MS;
        Self { files: 8, commits: 50, retention: 30 * day_ms * 1000, orphan_ms: day_ms }
    }
}

/// What upkeep has done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Maintained {
    /// Small files that are now in larger ones, and how many those are.
    pub compacted: (usize, usize),
    pub checkpoints: usize,
    pub deleted: usize,
    pub deleted_bytes: u64,
}

impl Maintained {
    fn add(&mut self, files: usize) {
        self.compacted.0 += files;
        self.compacted.1 += 1;
    }
}

/// Files in groups of about a size.
fn up_to(bytes: u64, files: Vec<DataFile>) -> Vec<Vec<DataFile>> {
    let mut groups: Vec<Vec<DataFile>> = Vec::new();
    let mut size = u64::MAX;
    for file in files {
        if size.saturating_add(file.size) > bytes {
            groups.push(Vec::new());
            size = 0;
        }
        size += file.size;
        if let Some(group) = groups.last_mut() {
            group.push(file);
        }
    }
    groups
}

impl Lake {
    /// Makes one file of the small ones of each partition.
    ///
    /// # Errors
    /// Conflict, when the fence is lost; environment, when files cannot be read or written.
    pub async fn compact(&self, policy: Policy, now: Micros, fence: &dyn Fence, done: &mut Maintained) -> Result<()> {
        for table in GATHERED {
            let snapshot = self.snapshot(table).await?;
            let mut small = BTreeMap::<String, Vec<DataFile>>::new();
            for file in snapshot.files()?.iter().filter(|f| f.size < LARGE_BYTES).cloned() {
                small.entry(file.partition.clone()).or_default().push(file);
            }
            for (partition, files) in small.into_iter().filter(|(_, files)| files.len() >= policy.files.max(2)) {
                match table {
                    Table::Quarantine => {
                        for files in up_to(LARGE_BYTES, files).into_iter().filter(|files| files.len() > 1) {
                            done.add(files.len());
                            self.join(&snapshot, files, now, fence).await?;
                        }
                    }
                    _ => {
                        done.add(files.len());
                        self.make_one(&snapshot, &partition, files, now, fence).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn make_one(
        &self,
        snapshot: &Snapshot,
        partition: &str,
        files: Vec<DataFile>,
        now: Micros,
        fence: &dyn Fence,
    ) -> Result<()> {
        let table = snapshot.table;
        let session = crate::session::plain();
        LakeTable::over(snapshot, files.clone())?.register(&session)?;
        let order = match table {
            Table::Runs => ["cycle", "started_at", "window"],
            _ => ["source", "position", "position_index"],
        };
        let schema = table.file_schema();
        let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        let frame = session.table(table.name()).await?.select_columns(&columns)?;
        let frame = frame.sort(order.iter().map(|c| col(*c).sort(true, true)).collect())?;
        let rows = frame.collect().await?;
        let now_ms = now / 1000;
        let window = if partition.is_empty() { "compacted".to_string() } else { partition.to_string() };
        let file = write_file(&snapshot.store(), table, partition, &window, &rows, now_ms).await?;
        self.sync_files(table, [file.path.clone()])?;
        let commit = Commit { add: vec![file], remove: files, rewrite: true, now_ms, ..Commit::default() };
        self.commit(table, &commit, fence).await?;
        Ok(())
    }

    /// Makes one file of some whose rows hold payloads, and may be any size when they are unpacked.
    async fn join(&self, snapshot: &Snapshot, files: Vec<DataFile>, now: Micros, fence: &dyn Fence) -> Result<()> {
        let (table, now_ms) = (snapshot.table, now / 1000);
        let window = files.first().map_or_else(|| "compacted".to_string(), |f| f.partition.clone());
        let file = write_joined(&snapshot.store(), table, &window, &files, now_ms).await?;
        self.sync_files(table, [file.path.clone()])?;
        let commit = Commit { add: vec![file], remove: files, rewrite: true, now_ms, ..Commit::default() };
        self.commit(table, &commit, fence).await?;
        Ok(())
    }

    /// Writes a checkpoint of every table whose log has grown.
    ///
    /// # Errors
    /// Environment, when the store does not answer.
    pub async fn checkpoint_all(&self, policy: Policy, done: &mut Maintained) -> Result<()> {
        for table in Table::ALL {
            let snapshot = self.snapshot(table).await?;
            if snapshot.version() - last_checkpoint(&snapshot).await?.unwrap_or(0) >= policy.commits {
                self.checkpoint(table).await?;
                done.checkpoints += 1;
            }
        }
        Ok(())
    }

    /// Deletes the files that nothing needs any more. `real_now_ms` is the time of the store, which dates its objects.
    ///
    /// # Errors
    /// Environment, when the store does not answer.
    pub async fn vacuum(&self, policy: Policy, now: Micros, real_now_ms: i64, done: &mut Maintained) -> Result<()> {
        let published = self.published().await?;
        for table in Table::ALL {
            let snapshot = self.snapshot(table).await?;
            let mut log = Log::read(&snapshot).await?;
            for file in snapshot.files()? {
                log.removed.remove(&file.path);
                // Also when the entry that named it was cleaned up.
                log.named.insert(file.path.clone());
            }
            let needed = needed_version(table, published.as_ref(), snapshot.version());
            let store = snapshot.store();
            let objects: Vec<_> = store.list(None).try_collect().await?;
            for object in objects {
                let path = object.location.to_string();
                let is_unneeded = match (log.removed.get(&path), log.named.contains(&path)) {
                    (Some((version, at_ms)), _) => *version <= needed && at_ms + policy.retention / 1000 < now / 1000,
                    (None, true) => false,
                    (None, false) => {
                        let is_data = path.ends_with(".parquet") && !path.contains("_delta_log/");
                        is_data && object.last_modified.timestamp_millis() + policy.orphan_ms < real_now_ms
                    }
                };
                if is_unneeded {
                    store.delete(&object.location).await?;
                    done.deleted += 1;
                    done.deleted_bytes += object.size;
                }
            }
        }
        Ok(())
    }
}

/// The version up to which removed files are seen by nobody: readers have the published one, jobs have read this far.
fn needed_version(table: Table, published: Option<&Published>, latest: i64) -> i64 {
    match (table, published) {
        (Table::ReadingsRaw, Some(p)) => p.inputs.readings_raw,
        (table, Some(p)) if Table::RESULTS.contains(&table) => p.versions.get(table.name()).copied().unwrap_or(-1),
        (table, None) if table == Table::ReadingsRaw || Table::RESULTS.contains(&table) => -1,
        _ => latest,
    }
}

/// What the entries of a log say of files.
#[derive(Default)]
struct Log {
    /// Version and time (milliseconds) at which a file was taken out last.
    removed: BTreeMap<String, (i64, i64)>,
    named: BTreeSet<String>,
}

impl Log {
    async fn read(snapshot: &Snapshot) -> Result<Self> {
        let mut log = Self::default();
        let read = snapshot.each_action(|version, action| match action {
            Action::Add(add) => drop(log.named.insert(add.path)),
            Action::Remove(remove) => {
                let at_ms = remove.deletion_timestamp.unwrap_or(i64::MAX / 2);
                log.named.insert(remove.path.clone());
                log.removed.insert(remove.path, (version, at_ms));
            }
            _ => {}
        });
        read.await?;
        Ok(log)
    }
}

async fn last_checkpoint(snapshot: &Snapshot) -> Result<Option<i64>> {
    let path = Path::from("_delta_log/_last_checkpoint");
    match snapshot.store().get(&path).await {
        Ok(found) => {
            let bytes = found.bytes().await?;
            let hint: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            Ok(hint["version"].as_i64())
        }
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(e) => Err(e.into()),
    }
}
