//! One version of one table, pinned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use deltalake_core::DeltaTable;
use deltalake_core::kernel::{Action, Add};
use deltalake_core::logstore::get_actions;
use object_store::ObjectStore;
use serde_json::Value;

use super::digest::Digests;
use super::file::DataFile;
use super::log::{entry_damage, prove_entry};
use super::positions::Ledger;
use super::proof::{Proofs, Proven};
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
}

impl Snapshot {
    pub(super) fn new(table: Table, delta: DeltaTable, proofs: Arc<Proofs>) -> Self {
        Self { table, delta, files: Arc::default(), ledger: Arc::default(), proofs }
    }

    /// The same table at another version.
    pub(super) fn at(&self, delta: DeltaTable) -> Self {
        let (ledger, proofs) = (Arc::clone(&self.ledger), Arc::clone(&self.proofs));
        Self { table: self.table, delta, files: Arc::default(), ledger, proofs }
    }

    /// The version of the log.
    pub fn version(&self) -> i64 {
        self.delta.version().map_or(-1, |v| i64::try_from(v).unwrap_or(i64::MAX))
    }

    /// Where the files of the table are, each proven before its bytes are given away.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        let store = self.delta.log_store().object_store(None);
        Arc::new(Proven::new(self.table, store, Arc::clone(&self.proofs)))
    }

    /// The same, without a proof: for who proves.
    pub(super) fn unproven_store(&self) -> Arc<dyn ObjectStore> {
        self.delta.log_store().object_store(None)
    }

    /// Paths of all files that any entry of the log brought or took out.
    pub(super) async fn named_files(&self) -> Result<BTreeSet<String>> {
        let mut named = BTreeSet::new();
        self.each_action(|_, action| match action {
            Action::Add(add) => drop(named.insert(add.path)),
            Action::Remove(remove) => drop(named.insert(remove.path)),
            _ => {}
        })
        .await?;
        Ok(named)
    }

    /// Goes through the log from the first entry that is kept.
    pub(super) async fn each_action(&self, mut told: impl FnMut(i64, Action)) -> Result<()> {
        let log = self.delta.log_store();
        let mut has_begun = false;
        for version in 0..=self.version() {
            let number = u64::try_from(version).map_err(|_| Error::internal("a table version is never negative"))?;
            let Some(bytes) = log.read_commit_entry(number).await? else {
                // Entries before the first that is kept are of no concern: their files are in the checkpoint or gone.
                match has_begun {
                    true => return Err(entry_damage(self.table, version, "is missing").into()),
                    false => continue,
                }
            };
            has_begun = true;
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
        entries
            .iter()
            .map(|view| {
                #[expect(deprecated, reason = "nothing else gives the tags of a file")]
                let add = view.add_action();
                Ok(DataFile { path: view.object_store_path().to_string(), ..data_file(self.table, &add)? })
            })
            .collect()
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
    })
}
