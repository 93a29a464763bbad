//! One version of one table, pinned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use deltalake_core::DeltaTable;
use deltalake_core::kernel::{Action, Add};
use deltalake_core::logstore::get_actions;
use object_store::ObjectStore;
use serde_json::Value;

use super::digest::Digests;
use super::entry::prove_entry;
use super::file::DataFile;
use super::log::{Log, entry_damage};
use super::positions::Ledger;
use super::proof::{Proofs, Proven};
use super::readers::{Hold, Readers};
use crate::error::{Error, Result};
use crate::schema::Table;

/// A pinned version of a table: its files and the positions in its log.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Which table.
    pub table: Table,
    pub(super) delta: DeltaTable,
    /// The files, once somebody has asked for them.
    files: Arc<OnceLock<Vec<DataFile>>>,
    ledger: Arc<Ledger>,
    proofs: Arc<Proofs>,
    /// Only the rows that had come by this version of the table, where it is a later one that is read.
    rows_upto: Option<i64>,
    /// Keeps its files where they are.
    hold: Option<Arc<Hold>>,
}

impl Snapshot {
    pub(super) fn new(table: Table, delta: DeltaTable, proofs: Arc<Proofs>) -> Self {
        let (files, ledger) = Default::default();
        Self { table, delta, files, ledger, proofs, rows_upto: None, hold: None }
    }

    /// The same table at another version.
    pub(super) fn at(&self, delta: DeltaTable) -> Self {
        let (ledger, proofs) = (Arc::clone(&self.ledger), Arc::clone(&self.proofs));
        Self { table: self.table, delta, files: Arc::default(), ledger, proofs, rows_upto: None, hold: None }
    }

    /// The same, and its files stay where they are as long as somebody has it or its store.
    pub(super) fn held(&self, readers: &Arc<Readers>) -> Self {
        Self { hold: Some(Arc::new(readers.hold(vec![(self.table, self.version())]))), ..self.clone() }
    }

    /// The rows that had come by an earlier version of the table, in whatever files they are now.
    pub(super) fn rows_by(&self, version: i64) -> Self {
        Self { rows_upto: Some(version), files: Arc::default(), ..self.clone() }
    }

    /// The version by which the rows had come, when it is not the one that is read.
    pub(super) fn rows_upto(&self) -> Option<i64> {
        self.rows_upto
    }

    /// The version of the log.
    pub fn version(&self) -> i64 {
        self.delta.version().map_or(-1, |v| i64::try_from(v).unwrap_or(i64::MAX))
    }

    /// Where the files of the table are, each proven before its bytes are given away.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        let store = self.delta.log_store().object_store(None);
        Arc::new(Proven::new(self.table, store, Arc::clone(&self.proofs), self.hold.clone()))
    }

    /// The same, without a proof: for who proves.
    pub(super) fn unproven_store(&self) -> Arc<dyn ObjectStore> {
        self.delta.log_store().object_store(None)
    }

    /// Paths of all files that any entry of the log brought or took out.
    pub(super) async fn named_files(&self) -> Result<BTreeSet<String>> {
        let mut named = BTreeSet::new();
        self.each_action(-1, |_, action| match action {
            Action::Add(add) => drop(named.insert(add.path)),
            Action::Remove(remove) => drop(named.insert(remove.path)),
            _ => {}
        })
        .await?;
        Ok(named)
    }

    /// Goes through the log after a version, from the first entry that is kept.
    pub(super) async fn each_action(&self, after: i64, mut told: impl FnMut(i64, Action)) -> Result<()> {
        let log = self.delta.log_store();
        if after == self.version() {
            return Ok(());
        }
        // Entries before the first that is kept are of no concern: their files are in the checkpoint or gone.
        let kept = Log::list(&self.unproven_store()).await?.entries;
        let first = kept.keys().next().copied().unwrap_or(0).max(after + 1);
        for version in first..=self.version() {
            let number = u64::try_from(version).map_err(|_| Error::internal("a table version is never negative"))?;
            let Some(bytes) = log.read_commit_entry(number).await? else {
                return Err(entry_damage(self.table, version, "is missing").into());
            };
            prove_entry(version, &bytes).map_err(|what| entry_damage(self.table, version, what))?;
            get_actions(number, &bytes)?.into_iter().for_each(|action| told(version, action));
        }
        Ok(())
    }

    /// The position that an application has committed.
    ///
    /// # Errors
    /// Environment, when the log cannot be read.
    pub async fn position(&self, application: &str) -> Result<Option<i64>> {
        self.ledger.position(&self.delta, application).await
    }

    /// All data files of this version.
    ///
    /// # Errors
    /// Internal, when the log holds an entry that this program does not write.
    pub fn files(&self) -> Result<&[DataFile]> {
        match self.files.get() {
            Some(files) => Ok(files),
            None => {
                let files = self.read_files()?;
                Ok(self.files.get_or_init(|| files))
            }
        }
    }

    fn read_files(&self) -> Result<Vec<DataFile>> {
        let state = self.delta.snapshot()?;
        let entries = state.log_data();
        let files = entries.iter().map(|view| {
            #[expect(deprecated, reason = "nothing else gives the tags of a file")]
            let add = view.add_action();
            Ok(DataFile { path: view.object_store_path().to_string(), ..data_file(self.table, &add)? })
        });
        // Files of older versions of the program, which do not say when their rows came, were there before all others.
        let had_come =
            |f: &DataFile| self.rows_upto.is_none_or(|upto| f.versions().is_none_or(|(first, _)| first <= upto));
        files.filter(|file| file.as_ref().map_or(true, had_come)).collect()
    }

    /// Data files with rows that came after a version, and those with rows that had come by then. Some have both.
    ///
    /// # Errors
    /// Environment, when a log entry cannot be read.
    pub async fn files_by_age(&self, after: i64) -> Result<[Vec<DataFile>; 2]> {
        let files = self.files()?;
        let mut new = Vec::new();
        if files.iter().any(|f| f.versions().is_none()) {
            let added = self.files_added_after(after).await?;
            let is_new = |f: &&DataFile| f.versions().is_none() && added.iter().any(|new| new.path == f.path);
            new = files.iter().filter(is_new).cloned().collect();
        }
        let untold: BTreeSet<&str> = new.iter().map(|f: &DataFile| f.path.as_str()).collect();
        let had_come = |f: &DataFile| match f.versions() {
            Some((first, _)) => first <= after,
            None => !untold.contains(f.path.as_str()),
        };
        let before = files.iter().filter(|f| had_come(f)).cloned().collect();
        new.extend(files.iter().filter(|f| f.versions().is_some_and(|(_, last)| last > after)).cloned());
        Ok([new, before])
    }

    /// Data files that versions after `after` up to this one brought, without those that only rewrote rows.
    ///
    /// # Errors
    /// Environment, when a log entry cannot be read.
    pub async fn files_added_after(&self, after: i64) -> Result<Vec<DataFile>> {
        let log = self.delta.log_store();
        let mut files = Vec::new();
        for version in after + 1..=self.version() {
            let number = u64::try_from(version).map_err(|_| Error::internal("a table version is never negative"))?;
            let bytes = log.read_commit_entry(number).await?;
            let bytes = bytes.ok_or_else(|| entry_damage(self.table, version, "is missing and was not read yet"))?;
            prove_entry(version, &bytes).map_err(|what| entry_damage(self.table, version, what))?;
            for action in get_actions(number, &bytes)? {
                if let Action::Add(add) = action
                    && add.data_change
                {
                    files.push(data_file(self.table, &add)?);
                }
            }
        }
        Ok(files)
    }
}

fn data_file(table: Table, add: &Add) -> Result<DataFile> {
    let partition = match table.partition_column() {
        Some(column) => add.partition_values.get(column).cloned().flatten().unwrap_or_default(),
        None => String::new(),
    };
    let path = &add.path;
    let stats: Value = match &add.stats {
        Some(text) => serde_json::from_str(text)
            .map_err(|e| Error::internal(format!("{}: statistics of {path}: {e}", table.name())))?,
        None => Value::Null,
    };
    let mut bounds = BTreeMap::new();
    if let (Some(low), Some(high)) = (stats["minValues"].as_object(), stats["maxValues"].as_object()) {
        for (column, low) in low {
            if let Some(high) = high.get(column) {
                bounds.insert(column.clone(), (low.clone(), high.clone()));
            }
        }
    }
    Ok(DataFile {
        path: path.clone(),
        size: u64::try_from(add.size).unwrap_or(0),
        partition,
        rows: stats["numRecords"].as_u64().unwrap_or(0),
        bounds,
        modified_ms: add.modification_time,
        digests: add.tags.as_ref().and_then(Digests::of_tags),
        version: add.tags.as_ref().and_then(DataFile::version_of),
    })
}
