//! Small files become large ones. Rows stay the same and positions stay where they are, so no job takes it for news.
//!
//! Files of about one size are joined, and a large one only with about as much again: each row is written a few times
//! over, however long a day or a history becomes.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use deltalake_core::kernel::Action;

use super::commit::Fence;
use super::file::VERSION;
use super::maintain::{Maintained, Policy};
use super::{Commit, DataFile, Lake, Snapshot, read_file, write_file, write_joined};
use crate::calendar::SECOND;
use crate::clock::Micros;
use crate::error::Result;
use crate::schema::Table;

/// Tables whose commits are many and small. Results are compacted by the cycles that write them.
const GATHERED: [Table; 3] = [Table::ReadingsRaw, Table::Quarantine, Table::Runs];
/// A file of this size is not small.
const LARGE_BYTES: u64 = 64 << 20;
/// A file is joined with smaller ones that are together at least this part of it.
const PART: u64 = 2;
/// A day to which nothing came for so long becomes one file.
const QUIET_MS: i64 = 6 * 3600 * 1000;

/// The files of a partition that are joined now; fewer than two when none are.
fn due(table: Table, mut files: Vec<DataFile>, policy: Policy, now_ms: i64) -> Vec<DataFile> {
    files.retain(|f| f.size < LARGE_BYTES);
    let is_quiet = files.iter().all(|f| f.modified_ms + QUIET_MS < now_ms);
    // What was published stays in the order of its cycles, with the newest in a small file.
    if is_quiet && table != Table::Runs {
        return files;
    }
    files.sort_by(|a, b| (a.size, &a.path).cmp(&(b.size, &b.path)));
    for start in 0..files.len() {
        let (mut end, mut bytes) = (start, 0);
        while end < files.len() && (end == start || files[end].size <= bytes * PART) {
            bytes += files[end].size;
            end += 1;
        }
        if end - start >= policy.files.max(2) {
            return files.drain(start..end).collect();
        }
    }
    Vec::new()
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
        let now_ms = now * 1000 / SECOND;
        self.tell_versions(now_ms, fence).await?;
        for table in GATHERED {
            let snapshot = self.snapshot(table).await?;
            let mut by_partition = BTreeMap::<String, Vec<DataFile>>::new();
            for file in snapshot.files()? {
                by_partition.entry(file.partition.clone()).or_default().push(file.clone());
            }
            for (partition, files) in by_partition {
                let files = due(table, files, policy, now_ms);
                let groups = if table == Table::Quarantine { up_to(LARGE_BYTES, files) } else { vec![files] };
                for files in groups.into_iter().filter(|files| files.len() > 1) {
                    done.add(files.len());
                    self.join(&snapshot, &partition, files, now_ms, fence).await?;
                }
            }
        }
        Ok(())
    }

    async fn join(
        &self,
        snapshot: &Snapshot,
        partition: &str,
        files: Vec<DataFile>,
        now_ms: i64,
        fence: &dyn Fence,
    ) -> Result<()> {
        let table = snapshot.table;
        let window = if partition.is_empty() { "compacted" } else { partition };
        let file = match table {
            // Their rows hold payloads, and may be any size when they are unpacked.
            Table::Quarantine => write_joined(&snapshot.store(), table, window, &files, now_ms).await?,
            _ => {
                let rows = joined(snapshot, &files).await?;
                write_file(&snapshot.store(), table, partition, window, &[rows], now_ms).await?
            }
        };
        self.sync_files(table, [file.path.clone()])?;
        let commit = Commit { add: vec![file], remove: files, rewrite: true, now_ms, ..Commit::default() };
        self.commit(table, &commit, fence).await?;
        Ok(())
    }

    /// Has the log say of readings that an older version of the program took in, when they came: once, and for good.
    async fn tell_versions(&self, now_ms: i64, fence: &dyn Fence) -> Result<()> {
        let snapshot = self.snapshot(Table::ReadingsRaw).await?;
        let mut untold: Vec<DataFile> = snapshot.files()?.iter().filter(|f| f.versions().is_none()).cloned().collect();
        if untold.is_empty() {
            return Ok(());
        }
        let mut added = BTreeMap::new();
        snapshot
            .each_action(-1, |version, action| {
                if let Action::Add(add) = action {
                    added.insert(add.path, version);
                }
            })
            .await?;
        for file in &mut untold {
            file.version = Some(added.get(&file.path).copied().unwrap_or(0));
        }
        let commit = Commit { add: untold, rewrite: true, now_ms, ..Commit::default() };
        self.commit(Table::ReadingsRaw, &commit, fence).await?;
        Ok(())
    }
}

/// Rows of some files in one order. Each row of readings keeps the version in which it came.
async fn joined(snapshot: &Snapshot, files: &[DataFile]) -> Result<RecordBatch> {
    let table = snapshot.table;
    let mut batches = Vec::new();
    for file in files {
        let batch = read_file(&snapshot.store(), table, file).await?;
        batches.push(match file.version {
            Some(version) => with_version(&batch, version)?,
            None => batch,
        });
    }
    let all = concat_batches(&table.file_schema(), &batches)?;
    let order: &[&str] = match table {
        Table::Runs => &["cycle", "started_at", "window"],
        _ => &["source", "position", "position_index"],
    };
    let order: Vec<SortColumn> = order
        .iter()
        .filter_map(|name| Some(SortColumn { values: all.column_by_name(name)?.clone(), options: None }))
        .collect();
    Ok(take_record_batch(&all, &lexsort_to_indices(&order, None)?)?)
}

fn with_version(batch: &RecordBatch, version: i64) -> Result<RecordBatch> {
    let mut columns = batch.columns().to_vec();
    let all: ArrayRef = Arc::new(Int64Array::from_value(version, batch.num_rows()));
    columns[batch.schema().index_of(VERSION)?] = all;
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(n: usize, size: u64, modified_ms: i64) -> DataFile {
        DataFile {
            path: format!("{n:03}"),
            size,
            partition: String::new(),
            rows: 1,
            bounds: Default::default(),
            modified_ms,
            digests: None,
            version: None,
        }
    }

    #[test]
    fn a_large_file_waits_for_about_as_much_again() {
        let of_sizes = |sizes: &[u64]| sizes.iter().enumerate().map(|(n, size)| file(n, *size, 0)).collect::<Vec<_>>();
        let taken = |sizes: &[u64], now_ms| due(Table::ReadingsRaw, of_sizes(sizes), Policy::default(), now_ms).len();
        assert_eq!(taken(&[5; 7], 1), 0, "too few");
        assert_eq!(taken(&[5; 8], 1), 8);
        let with_large = [&[5; 8][..], &[1_000]].concat();
        assert_eq!(taken(&with_large, 1), 8, "the large one is left as it is");
        assert_eq!(taken(&[&[5; 120][..], &[1_000]].concat(), 1), 121);
        assert_eq!(taken(&with_large, QUIET_MS + 1), 9, "a day that is over");
        assert_eq!(taken(&[1_000, 5], QUIET_MS), 0);
        let of_runs = due(Table::Runs, of_sizes(&[5, 5]), Policy::default(), i64::MAX);
        assert_eq!(of_runs.len(), 0);
        // However many come one after the other, few are there at a time, and few bytes are written again.
        let (mut files, mut written, mut most) = (Vec::new(), 0, 0);
        for n in 0..10_000 {
            files.push(file(n, 1, 0));
            let joined = due(Table::ReadingsRaw, files.clone(), Policy::default(), 1);
            if joined.len() > 1 {
                let size = joined.iter().map(|f| f.size).sum();
                files.retain(|f| !joined.iter().any(|j| j.path == f.path));
                files.push(file(n + 100_000, size, 0));
                written += size;
            }
            most = most.max(files.len());
        }
        assert!(most <= 20 && written < 10_000 * 8, "{most} files, {written} written");
    }
}
