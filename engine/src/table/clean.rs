//! Logs end where a checkpoint begins: entries that a checkpoint says, and that no reader needs, are deleted, so that a
//! log is short however long a table is written to.
//!
//! What is left begins at the checkpoint before the last, so that the entries say what the last one says should it be
//! damaged. The versions of midnights that are kept have checkpoints of their own. Where the log begins stands in a file
//! beside it, written first: what is missing after that is a damage, what is missing before it was cleaned up.

use super::begin::{self, delete_before};
use super::commit::Fence;
use super::log::{Log, seal_checkpoint};
use super::maintain::{Maintained, Policy};
use super::remove::Needed;
use super::{Lake, Snapshot};
use crate::clock::Micros;
use crate::error::Result;
use crate::schema::Table;

impl Lake {
    /// Writes a checkpoint of every table whose log has grown.
    ///
    /// # Errors
    /// Environment, when the store does not answer.
    pub async fn checkpoint_all(&self, policy: Policy, done: &mut Maintained) -> Result<()> {
        for table in Table::ALL {
            let snapshot = self.snapshot(table).await?;
            let log = Log::list(&snapshot.unproven_store()).await?;
            let last = log.checkpoints.keys().next_back().copied().unwrap_or(0);
            if snapshot.version() - last >= policy.commits {
                self.checkpoint(table).await?;
                done.checkpoints += 1;
            }
        }
        Ok(())
    }

    /// Deletes the log entries that a checkpoint says and nobody needs.
    ///
    /// # Errors
    /// Conflict, when the fence is lost; environment, when the store does not answer.
    pub async fn clean_logs(&self, now: Micros, fence: &dyn Fence, done: &mut Maintained) -> Result<()> {
        let Some(_right) = self.readers.removing()? else { return Ok(()) };
        let Some(needed) = self.needed(now).await? else { return Ok(()) };
        for table in Table::ALL {
            let snapshot = self.snapshot(table).await?;
            // When they came stands only in the entries of files that an older version of the program wrote.
            if table == Table::ReadingsRaw && snapshot.files()?.iter().any(|f| f.versions().is_none()) {
                continue;
            }
            self.clean_log(&snapshot, &needed, fence, done).await?;
        }
        Ok(())
    }

    async fn clean_log(
        &self,
        snapshot: &Snapshot,
        needed: &Needed,
        fence: &dyn Fence,
        done: &mut Maintained,
    ) -> Result<()> {
        let (table, store) = (snapshot.table, snapshot.unproven_store());
        let log = Log::list(&store).await?;
        let Some(begin) = place(&log, needed.floor(snapshot)) else { return Ok(()) };
        let Some(first) = log.entries.keys().next().copied() else { return Ok(()) };
        if first >= begin && log.begin == Some(begin) {
            return Ok(());
        }
        fence.check().await?;
        let nights = needed.nights(table, begin);
        for night in &nights {
            // Those whose entries are gone were never to be opened.
            if !log.is_sealed(*night) && *night >= first {
                self.checkpoint_at(&self.snapshot_at(table, *night).await?, &log).await?;
                done.checkpoints += 1;
            }
        }
        begin::write(&store, begin).await?;
        self.sync_log(table, &[begin::FILE.to_string()])?;
        done.entries += delete_before(&store, &log, begin, &nights).await?;
        Ok(())
    }

    /// Writes a checkpoint of an older version; the pointer goes on to say the last one.
    async fn checkpoint_at(&self, snapshot: &Snapshot, log: &Log) -> Result<()> {
        deltalake_core::checkpoints::create_checkpoint(&snapshot.delta, None).await?;
        let last = log.checkpoints.keys().next_back().copied().unwrap_or(snapshot.version());
        let written = seal_checkpoint(&snapshot.unproven_store(), snapshot.version(), last).await?;
        self.sync_log(snapshot.table, &written)
    }
}

/// Where a log can begin: at a checkpoint that is not the last, and not after a version that somebody needs.
fn place(log: &Log, floor: i64) -> Option<i64> {
    let sealed = || log.checkpoints.keys().rev().copied().filter(move |version| log.is_sealed(*version));
    let last_but_one = sealed().nth(1)?;
    sealed().find(|version| *version <= last_but_one.min(floor))
}
