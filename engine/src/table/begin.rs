//! Where a log begins, once the entries before were cleaned up: a file beside the log says it, with its own digest.

use std::sync::Arc;

use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use serde_json::{Value, json};

use super::digest::of_bytes;
use super::log::{Log, checkpoint_file, entry_file, path, sum_file};
use crate::error::Result;

/// The name of the file. Readers of Delta tables leave names that begin so aside.
pub const FILE: &str = "_begin";

fn text(version: i64) -> String {
    let sum = of_bytes(format!("begin {version}").as_bytes());
    json!({"version": version, "sha256": sum}).to_string()
}

/// What the file says; nothing when it is not what was written.
pub fn parse(bytes: &[u8]) -> Option<i64> {
    let said: Value = serde_json::from_slice(bytes).ok()?;
    said["version"].as_i64().filter(|version| text(*version).as_bytes() == bytes)
}

/// Says where the log begins.
///
/// # Errors
/// Environment, when the store refuses.
pub async fn write(store: &Arc<dyn ObjectStore>, version: i64) -> Result<()> {
    store.put(&path(FILE), PutPayload::from(text(version))).await?;
    Ok(())
}

/// Deletes the entries before a version, and the checkpoints but some; gives the number of entries. The oldest go
/// first: what a crash leaves is no hole.
///
/// # Errors
/// Environment, when the store does not answer.
pub async fn delete_before(store: &Arc<dyn ObjectStore>, log: &Log, begin: i64, kept: &[i64]) -> Result<usize> {
    let mut entries = 0;
    for version in log.entries.range(..begin).map(|(version, _)| *version) {
        delete(store, &entry_file(version)).await?;
        entries += 1;
    }
    for version in log.checkpoints.range(..begin).map(|(version, _)| *version).filter(|v| !kept.contains(v)) {
        // The digest first: one without its checkpoint is a damage.
        delete(store, &sum_file(version)).await?;
        delete(store, &checkpoint_file(version)).await?;
    }
    Ok(entries)
}

async fn delete(store: &Arc<dyn ObjectStore>, file: &str) -> Result<()> {
    match store.delete(&path(file)).await {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_of_it_counts() {
        let said = text(1_234);
        assert_eq!(parse(said.as_bytes()), Some(1_234));
        for n in 0..said.len() {
            let mut changed = said.clone().into_bytes();
            changed[n] ^= 1;
            assert_eq!(parse(&changed), None, "byte {n}");
            assert_eq!(parse(&said.as_bytes()[..n]), None);
        }
    }
}
