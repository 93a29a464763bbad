//! Commits: files and positions together, and only on top of what the writer has seen.

use std::future::Future;
use std::pin::Pin;

use deltalake_core::DeltaTableError;
use deltalake_core::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake_core::kernel::{Action, CommitInfo, Remove, Transaction};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use serde_json::Value;

use super::entry::seal;
use super::file::DataFile;
use super::lake::Lake;
use super::snapshot::Snapshot;
use crate::error::{Error, Result};
use crate::schema::Table;

/// How often a commit is tried again when another writer was faster.
const TRIES_MAX: u32 = 100;

/// A right to write that can be lost: asked again before every try of a commit.
pub trait Fence: Send + Sync {
    /// An error when the right is lost.
    fn check(&self) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>>;
}

/// The right of writers that need none.
#[derive(Debug, Clone, Copy)]
pub struct NoFence;

impl Fence for NoFence {
    fn check(&self) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// What one commit changes.
#[derive(Debug, Default, Clone)]
pub struct Commit {
    /// Files to add.
    pub add: Vec<DataFile>,
    /// Files to take out of the table.
    pub remove: Vec<DataFile>,
    /// Positions to set, with the position that the table must hold now. When it holds another, the commit is refused.
    pub positions: Vec<Move>,
    /// The rows are the same as before, in other files.
    pub rewrite: bool,
    /// Milliseconds since 1970 for the tombstones.
    pub now_ms: i64,
}

/// A position of an application that moves on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The application: a source, or a job and its input.
    pub application: String,
    /// Where it stands; `None` when the table holds no position of it.
    pub from: Option<i64>,
    /// Where it goes on.
    pub to: i64,
}

impl Lake {
    /// Commits, again and again while other writers are faster, checking fence and positions each time.
    ///
    /// # Errors
    /// Conflict, when a position is not where `positions` says, when a file to remove is gone, or the fence is lost.
    pub async fn commit(&self, table: Table, commit: &Commit, fence: &dyn Fence) -> Result<i64> {
        let started = std::time::Instant::now();
        for _ in 0..TRIES_MAX {
            fence.check().await?;
            let snapshot = self.snapshot(table).await?;
            check_positions(&snapshot, &commit.positions).await?;
            check_files(&snapshot, commit)?;
            match self.try_commit(&snapshot, commit).await {
                Ok(version) => {
                    self.make_durable(table, !commit.add.is_empty(), version)?;
                    let seconds = started.elapsed().as_secs_f64();
                    metrics::histogram!("ecoop_commit_seconds", "table" => table.name()).record(seconds);
                    return Ok(version);
                }
                Err(e) if is_lost_race(&e) => tracing::debug!(table.name = table.name(), "another writer was faster"),
                Err(e) => return Err(e.into()),
            }
        }
        Err(Error::conflict(format!("{}: other writers were faster {TRIES_MAX} times", table.name())))
    }

    async fn try_commit(&self, snapshot: &Snapshot, commit: &Commit) -> Result<i64, DeltaTableError> {
        let table = snapshot.table;
        let mut actions: Vec<Action> =
            commit.remove.iter().map(|f| Action::Remove(remove_action(f, table, commit))).collect();
        // What one entry brings came together, and the entry says when: positions of sources do not tell it.
        let came = (table == Table::ReadingsRaw && !commit.rewrite).then(|| snapshot.version() + 1);
        let adds = commit.add.iter().map(|f| DataFile { version: came.or(f.version), ..f.clone() });
        actions.extend(adds.map(|f| Action::Add(f.add_action(table, !commit.rewrite))));
        actions.extend(commit.positions.iter().map(|p| Action::Txn(Transaction::new(&p.application, p.to))));
        actions.insert(0, Action::CommitInfo(info(snapshot.version() + 1, commit.now_ms, &actions)?));
        let properties = CommitProperties::default()
            .with_max_retries(0)
            .with_create_checkpoint(false)
            .with_cleanup_expired_logs(Some(false));
        let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
        let done = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(snapshot.delta.snapshot()?), snapshot.delta.log_store(), operation)
            .await?;
        let version = i64::try_from(done.version()).unwrap_or(i64::MAX);
        self.keep(table, done.snapshot).await;
        Ok(version)
    }
}

/// `commitInfo` with the digest of the entry: nothing in an entry is left to chance.
fn info(version: i64, now_ms: i64, actions: &[Action]) -> Result<CommitInfo, DeltaTableError> {
    let mut info = CommitInfo {
        timestamp: Some(now_ms),
        operation: Some("WRITE".into()),
        engine_info: Some("ecoop".into()),
        ..CommitInfo::default()
    };
    let first = Action::CommitInfo(info.clone());
    let lines: Vec<Value> = std::iter::once(&first)
        .chain(actions)
        .map(|action| serde_json::to_value(action).map_err(|e| DeltaTableError::Generic(format!("a log entry: {e}"))))
        .collect::<Result<_, _>>()?;
    let (name, digest) = seal(version, &lines);
    info.info.insert(name, digest);
    Ok(info)
}

fn remove_action(file: &DataFile, table: Table, commit: &Commit) -> Remove {
    let add = file.add_action(table, !commit.rewrite);
    Remove {
        path: add.path,
        data_change: !commit.rewrite,
        deletion_timestamp: Some(commit.now_ms),
        extended_file_metadata: Some(true),
        partition_values: Some(add.partition_values),
        size: Some(add.size),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
    }
}

async fn check_positions(snapshot: &Snapshot, positions: &[Move]) -> Result<()> {
    for p in positions {
        let at = snapshot.position(&p.application).await?;
        if at != p.from {
            let show = |p: Option<i64>| p.map_or("nowhere".to_string(), |p| p.to_string());
            return Err(Error::conflict(format!(
                "{}: {} stands at {}, the batch starts at {}",
                snapshot.table.name(),
                p.application,
                show(at),
                show(p.from)
            )));
        }
    }
    Ok(())
}

fn check_files(snapshot: &Snapshot, commit: &Commit) -> Result<()> {
    if commit.remove.is_empty() {
        return Ok(());
    }
    let present: std::collections::HashSet<&str> = snapshot.files()?.iter().map(|f| f.path.as_str()).collect();
    match commit.remove.iter().find(|f| !present.contains(f.path.as_str())) {
        Some(gone) => Err(Error::conflict(format!("{}: {} was replaced meanwhile", snapshot.table.name(), gone.path))),
        None => Ok(()),
    }
}

fn is_lost_race(error: &DeltaTableError) -> bool {
    matches!(
        error,
        DeltaTableError::VersionAlreadyExists(_)
            | DeltaTableError::Transaction {
                source: TransactionError::MaxCommitAttempts(_)
                    | TransactionError::VersionAlreadyExists(_)
                    | TransactionError::CommitConflict(_)
            }
    )
}
