//! One version of one table, pinned.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use deltalake_core::DeltaTable;
use deltalake_core::kernel::{Action, Add};
use deltalake_core::logstore::get_actions;
use object_store::ObjectStore;
use serde_json::Value;

use super::file::DataFile;
use super::positions::Ledger;
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
}

impl Snapshot {
    pub(super) fn new(table: Table, delta: DeltaTable) -> Self {
        Self { table, delta, files: Arc::default(), ledger: Arc::default() }
    }

    /// Another version of the same table.
    pub(super) fn at(&self, delta: DeltaTable) -> Self {
        Self { table: self.table, delta, files: Arc::default(), ledger: Arc::clone(&self.ledger) }
    }

    /// The version of the log.
    pub fn version(&self) -> i64 {
        self.delta.version().map_or(-1, |v| i64::try_from(v).unwrap_or(i64::MAX))
    }

    /// Where the files of the table are.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        self.delta.log_store().object_store(None)
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
                let partition = match self.table.partition_column() {
                    Some(column) => view.partition_values_map().remove(column).flatten().unwrap_or_default(),
                    None => String::new(),
                };
                let path = view.object_store_path().to_string();
                entry(self.table, path, partition, view.size(), view.modification_time(), view.stats().as_deref())
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
            let bytes = log.read_commit_entry(number).await?.ok_or_else(|| {
                Error::internal(format!(
                    "{}: log entry {version} was cleaned up before it was processed",
                    self.table.name()
                ))
            })?;
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
    entry(table, add.path.clone(), partition, add.size, add.modification_time, add.stats.as_deref())
}

fn entry(
    table: Table,
    path: String,
    partition: String,
    size: i64,
    modified_ms: i64,
    stats: Option<&str>,
) -> Result<DataFile> {
    let stats: Value = match stats {
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
    let size = u64::try_from(size).unwrap_or(0);
    Ok(DataFile { path, size, partition, rows: stats["numRecords"].as_u64().unwrap_or(0), bounds, modified_ms })
}
