//! The positions in the log of a table, all of them read once and then followed entry by entry: asking the log for each
//! of many sources by itself reads it as often as there are sources.

use std::collections::HashMap;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::Action;
use deltalake_core::logstore::get_actions;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tokio::sync::Mutex;

use crate::error::{Error, Result};

/// Positions by application, as they were known last.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Option<Known>>);

#[derive(Debug)]
struct Known {
    version: i64,
    positions: HashMap<String, i64>,
}

impl Ledger {
    /// The position of an application at the version of a table. An older version than the one that is known is asked
    /// for by itself.
    ///
    /// # Errors
    /// Environment, when the log cannot be read.
    pub async fn position(&self, delta: &DeltaTable, application: &str) -> Result<Option<i64>> {
        let version = delta.version().map_or(-1, |v| i64::try_from(v).unwrap_or(i64::MAX));
        let mut known = self.0.lock().await;
        if known.as_ref().is_none_or(|k| k.version < version) {
            let begun = match known.take() {
                Some(known) => Some(known),
                None => begin(delta, version).await?,
            };
            *known = match begun {
                Some(begun) => follow(delta, begun, version).await?,
                None => None,
            };
        }
        match known.as_ref().filter(|k| k.version == version) {
            Some(known) => Ok(known.positions.get(application).copied()),
            None => {
                drop(known);
                Ok(delta.snapshot()?.transaction_version(delta.log_store().as_ref(), application).await?)
            }
        }
    }
}

/// What the last checkpoint knows, when it is in one file and not later than the version; else nothing before the first
/// entry.
async fn begin(delta: &DeltaTable, version: i64) -> Result<Option<Known>> {
    let store = delta.log_store().object_store(None);
    let read = async |path: &str| match store.get(&Path::from(path)).await {
        Ok(found) => Ok(Some(found.bytes().await?)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(e) => Err(Error::from(e)),
    };
    let empty = Known { version: -1, positions: HashMap::new() };
    let Some(hint) = read("_delta_log/_last_checkpoint").await? else { return Ok(Some(empty)) };
    let hint: serde_json::Value = serde_json::from_slice(&hint).unwrap_or_default();
    let Some(at) = hint["version"].as_i64().filter(|at| *at <= version && hint["parts"].is_null()) else {
        return Ok(None);
    };
    let Some(bytes) = read(&format!("_delta_log/{at:020}.checkpoint.parquet")).await? else { return Ok(None) };
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let mask = ProjectionMask::columns(reader.parquet_schema(), ["txn"]);
    let mut positions = HashMap::new();
    for batch in reader.with_projection(mask).build()? {
        let batch = batch?;
        let Some(txn) = batch.column_by_name("txn").and_then(|c| c.as_struct_opt()) else { return Ok(None) };
        let (Some(ids), Some(versions)) = (txn.column_by_name("appId"), txn.column_by_name("version")) else {
            return Ok(None);
        };
        let (Some(ids), Some(versions)) = (ids.as_string_opt::<i32>(), versions.as_primitive_opt::<Int64Type>()) else {
            return Ok(None);
        };
        for row in (0..txn.len()).filter(|row| txn.is_valid(*row)) {
            positions.insert(ids.value(row).to_string(), versions.value(row));
        }
    }
    Ok(Some(Known { version: at, positions }))
}

/// Follows the entries up to a version; `None` when one is not there any more.
async fn follow(delta: &DeltaTable, mut known: Known, version: i64) -> Result<Option<Known>> {
    let log = delta.log_store();
    for next in known.version + 1..=version {
        let number = u64::try_from(next).map_err(|_| Error::internal("a table version is never negative"))?;
        let Some(bytes) = log.read_commit_entry(number).await? else { return Ok(None) };
        // Most of an entry are files, which are of no concern here.
        if moves_something(&bytes) {
            for action in get_actions(number, &bytes)? {
                if let Action::Txn(txn) = action {
                    known.positions.insert(txn.app_id, txn.version);
                }
            }
        }
        known.version = next;
    }
    Ok(Some(known))
}

fn moves_something(bytes: &[u8]) -> bool {
    bytes.windows(5).any(|w| w == b"\"txn\"")
}
