//! Master data in the lake: copied from the registry's outbox in order, read back up to the lowest common sequence.

use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use arrow::json::ReaderBuilder;
use object_store::ObjectStoreExt;
use serde_json::{Value, json};

use super::commit::{Commit, Fence, Move};
use super::digest::of_bytes;
use super::file::{DataFile, encode, write_file};
use super::lake::Lake;
use super::lake::Resolved;
use super::proof::named;
use super::scan::read_files;
use super::snapshot::Snapshot;
use crate::error::{Error, Result};
use crate::registry::{Registry, SequencedRow};
use crate::schema::Table;

/// The position of the registry in the log of each master table.
const APPLICATION: &str = "registry";

impl Lake {
    /// The sequence up to which every master table is filled.
    ///
    /// # Errors
    /// Environment, when a log cannot be read.
    pub async fn registry_sequence(&self) -> Result<i64> {
        let snapshots = self.master_snapshots().await?;
        let versions: Vec<i64> = snapshots.iter().map(Snapshot::version).collect();
        match self.resolved.lock().await.as_ref().filter(|r| r.versions == versions) {
            Some(known) => Ok(known.registry.sequence),
            None => lowest_sequence(&snapshots).await,
        }
    }

    async fn master_snapshots(&self) -> Result<Vec<Snapshot>> {
        let mut snapshots = Vec::new();
        for table in Table::MASTER {
            snapshots.push(self.snapshot(table).await?);
        }
        Ok(snapshots)
    }

    /// Appends rows to their tables. Rows that a table already holds, after a crash between two tables, are skipped.
    ///
    /// # Errors
    /// Conflict, when the fence is lost; user, when the rows leave a gap after what the lake holds.
    pub async fn copy_registry(&self, rows: &[SequencedRow], now_ms: i64, fence: &dyn Fence) -> Result<()> {
        let Some(last) = rows.iter().map(|r| r.sequence).max() else { return Ok(()) };
        for table in Table::MASTER {
            let snapshot = self.snapshot(table).await?;
            let from = snapshot.position(APPLICATION).await?;
            let stands = from.unwrap_or(0);
            if stands >= last {
                continue;
            }
            let new: Vec<&SequencedRow> =
                rows.iter().filter(|r| r.sequence > stands && r.row.table() == table.name()).collect();
            let mut commit = Commit {
                positions: vec![Move { application: APPLICATION.to_string(), from, to: last }],
                now_ms,
                ..Commit::default()
            };
            if !new.is_empty() {
                let batch = to_batch(table, &new)?;
                let file = write_file(&snapshot.store(), table, "", &format!("{last:012}"), &[batch], now_ms).await?;
                self.sync_files(table, [file.path.clone()])?;
                commit.add.push(file);
            }
            self.commit(table, &commit, fence).await?;
        }
        Ok(())
    }

    /// Writes a file of master data once more from the rows that it was made of: the same rows are the same bytes, and
    /// so the same name.
    ///
    /// # Errors
    /// Environment, when the file cannot be written.
    pub async fn rewrite_master(&self, table: Table, file: &DataFile, rows: &[SequencedRow]) -> Result<()> {
        let bound = file.bounds.get("sequence").and_then(|(low, high)| Some((low.as_i64()?, high.as_i64()?)));
        let Some((low, high)) = bound else { return Ok(()) };
        let own: Vec<&SequencedRow> =
            rows.iter().filter(|r| (low..=high).contains(&r.sequence) && r.row.table() == table.name()).collect();
        let bytes = encode(table, &[to_batch(table, &own)?])?;
        if named(&file.path).is_some_and(|name| of_bytes(&bytes).starts_with(name)) {
            let path = object_store::path::Path::parse(&file.path).map_err(object_store::Error::from)?;
            self.snapshot(table).await?.unproven_store().put(&path, bytes.into()).await?;
            self.sync_files(table, [file.path.clone()])?;
        }
        Ok(())
    }

    /// All master rows up to the lowest common sequence.
    ///
    /// # Errors
    /// Internal, when a row is not what this program writes.
    pub async fn registry_rows(&self) -> Result<Vec<SequencedRow>> {
        let snapshots = self.master_snapshots().await?;
        rows_of(&snapshots, lowest_sequence(&snapshots).await?).await
    }

    /// All master data, resolved. They are read again only when a table of them has another version than the last time.
    ///
    /// # Errors
    /// As [`Lake::registry_rows`].
    pub async fn registry(&self) -> Result<Arc<Registry>> {
        let snapshots = self.master_snapshots().await?;
        let versions: Vec<i64> = snapshots.iter().map(Snapshot::version).collect();
        let mut resolved = self.resolved.lock().await;
        if let Some(known) = resolved.as_ref().filter(|r| r.versions == versions) {
            return Ok(Arc::clone(&known.registry));
        }
        let sequence = lowest_sequence(&snapshots).await?;
        let mut registry = Registry::from_rows(rows_of(&snapshots, sequence).await?);
        registry.sequence = sequence;
        let registry = Arc::new(registry);
        *resolved = Some(Resolved { versions, registry: Arc::clone(&registry) });
        Ok(registry)
    }
}

async fn lowest_sequence(snapshots: &[Snapshot]) -> Result<i64> {
    let mut lowest = i64::MAX;
    for snapshot in snapshots {
        lowest = lowest.min(snapshot.position(APPLICATION).await?.unwrap_or(0));
    }
    Ok(lowest)
}

async fn rows_of(snapshots: &[Snapshot], upto: i64) -> Result<Vec<SequencedRow>> {
    let mut rows = Vec::new();
    for snapshot in snapshots {
        let files = snapshot.files()?;
        if files.is_empty() {
            continue;
        }
        for batch in read_files(snapshot, files.to_vec(), &["sequence", "body"]).await? {
            from_batch(&batch, upto, &mut rows)?;
        }
    }
    rows.sort_by_key(|r| r.sequence);
    Ok(rows)
}

fn to_batch(table: Table, rows: &[&SequencedRow]) -> Result<RecordBatch> {
    let values = rows.iter().map(|r| columns(r)).collect::<Result<Vec<_>>>()?;
    let mut decoder = ReaderBuilder::new(table.file_schema()).with_batch_size(values.len().max(1)).build_decoder()?;
    decoder.serialize(&values)?;
    decoder.flush()?.ok_or_else(|| Error::internal("rows gave no batch"))
}

/// A row as the typed columns that analysts read, and as the text that this program reads back.
fn columns(row: &SequencedRow) -> Result<Value> {
    let body =
        serde_json::to_string(&row.row).map_err(|e| Error::internal(format!("master row {}: {e}", row.sequence)))?;
    let mut cells = row.row.cells();
    cells["sequence"] = json!(row.sequence);
    cells["body"] = json!(body);
    Ok(cells)
}

fn from_batch(batch: &RecordBatch, upto: i64, rows: &mut Vec<SequencedRow>) -> Result<()> {
    let sequences = batch.column(0).as_primitive::<Int64Type>().values();
    let bodies = batch.column(1);
    let bodies = arrow::compute::cast(bodies, &arrow::datatypes::DataType::Utf8)?;
    let bodies: &arrow::array::StringArray = bodies.as_string();
    for (sequence, body) in sequences.iter().zip(bodies) {
        if *sequence <= upto {
            let row = serde_json::from_str(body.unwrap_or_default())
                .map_err(|e| Error::internal(format!("master row {sequence}: {e}")))?;
            rows.push(SequencedRow { sequence: *sequence, row });
        }
    }
    Ok(())
}
