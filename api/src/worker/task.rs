//! What the holder of the lease does, for itself or for a command that asked.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use chrono::NaiveDate;
use connectors::decoders::StoredDecoder;
use engine::clock::Clock;
use engine::ingest::replay::replay_all;
use engine::job::CycleReport;
use engine::schema::Table;
use engine::table::{Fence, Maintained, Policy};
use engine::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::clock::SystemClock;
use crate::installation::Installation;
use crate::metric;
use crate::store::LeaseFence;

/// Rows of the outbox that go to the lake at once.
const COPY_ROWS: u32 = 10_000;

/// A task under the lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Copy the registry's outbox to the lake and submit quarantined readings of new points again.
    Copy,
    /// The same, and compute what is pending.
    Pending,
    /// The same, and compute local days `from` to `to` (exclusive) anew, for one community or all.
    Range { community: Option<String>, from: NaiveDate, to: NaiveDate },
    /// Make large files of small ones, and checkpoints.
    Compact,
    /// Delete what was replaced and nothing needs, and clean up logs.
    Tidy,
    /// The same, and delete what a crash left.
    Vacuum,
}

/// What a task did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Registry rows that the lake got.
    pub copied: usize,
    /// Readings taken in from quarantine, per metering point.
    pub replayed: BTreeMap<String, usize>,
    /// The cycle that was published.
    pub cycle: Option<i64>,
    /// Local days computed per community.
    pub computed: BTreeMap<String, Vec<NaiveDate>>,
    /// Communities whose check failed, and the rows that broke it.
    pub held: BTreeMap<String, String>,
    pub files_added: usize,
    pub files_removed: usize,
    /// Small files that were made large ones, and how many those are.
    pub compacted: (usize, usize),
    pub checkpoints: usize,
    /// Log entries that were cleaned up.
    #[serde(default)]
    pub entries: usize,
    pub deleted: usize,
    pub deleted_bytes: u64,
}

impl Task {
    /// The word by which the store files it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Pending => "pending",
            Self::Range { .. } => "range",
            Self::Compact => "compact",
            Self::Tidy => "tidy",
            Self::Vacuum => "vacuum",
        }
    }

    /// As the store keeps it.
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// Reads a kept task.
    ///
    /// # Errors
    /// Internal, when another version of the program left it.
    pub fn parse(body: &str) -> Result<Self> {
        serde_json::from_str(body).map_err(|e| Error::internal(format!("request `{body}`: {e}")))
    }
}

impl Done {
    /// As the store keeps it.
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// Reads a kept result.
    ///
    /// # Errors
    /// Internal, when another version of the program left it.
    pub fn parse(body: &str) -> Result<Self> {
        serde_json::from_str(body).map_err(|e| Error::internal(format!("answer `{body}`: {e}")))
    }

    fn add(&mut self, report: CycleReport) {
        self.cycle = report.cycle;
        self.computed = report.computed.into_iter().map(|(id, days)| (id, days.into_iter().collect())).collect();
        self.held = report.held;
        self.files_added = report.files_added;
        self.files_removed = report.files_removed;
    }
}

/// Does a task under a fence.
///
/// # Errors
/// User, for a community that is not there; conflict, when the lease is lost; environment, when lake or store fail.
pub async fn perform(installation: &Installation, fence: &std::sync::Arc<LeaseFence>, task: &Task) -> Result<Done> {
    if let Task::Compact | Task::Tidy | Task::Vacuum = task {
        return maintain(installation, &**fence, task).await;
    }
    let started = std::time::Instant::now();
    let mut done = Done { copied: copy(installation, &**fence).await?, ..Done::default() };
    done.replayed = replay(installation, &**fence).await?;
    let worker = installation.worker(std::sync::Arc::clone(fence) as _);
    match task {
        Task::Copy | Task::Compact | Task::Tidy | Task::Vacuum => {}
        Task::Pending => done.add(worker.run_pending().await?),
        Task::Range { community, from, to } => done.add(worker.run_range(community.as_deref(), *from, *to).await?),
    }
    installation.note_versions(false).await?;
    if let Some(cycle) = done.cycle {
        metrics::counter!(metric::CYCLES).increment(1);
        let (communities, days) = (done.computed.len(), done.computed.values().map(Vec::len).sum::<usize>());
        let (added, removed, ms) = (done.files_added, done.files_removed, started.elapsed().as_millis());
        tracing::info!(cycle, communities, days, files_added = added, files_removed = removed, ms, "published");
    }
    Ok(done)
}

async fn maintain(installation: &Installation, fence: &dyn Fence, task: &Task) -> Result<Done> {
    let (lake, now) = (&installation.lake, installation.clock.now());
    let (policy, mut maintained) = (Policy::default(), Maintained::default());
    match task {
        Task::Vacuum => {
            // Objects of the store bear the machine's time, also in a demonstration.
            let real_now_ms = SystemClock.now() / 1000;
            lake.sweep(policy, (now, real_now_ms), fence, &mut maintained).await?;
            lake.clean_logs(now, fence, &mut maintained).await?;
        }
        Task::Tidy => {
            lake.checkpoint_all(policy, &mut maintained).await?;
            lake.remove(policy, now, fence, &mut maintained).await?;
            lake.clean_logs(now, fence, &mut maintained).await?;
        }
        _ => {
            lake.compact(policy, now, fence, &mut maintained).await?;
            lake.checkpoint_all(policy, &mut maintained).await?;
        }
    }
    let Maintained { compacted, checkpoints, entries, deleted, deleted_bytes } = maintained;
    Ok(Done { compacted, checkpoints, entries, deleted, deleted_bytes, ..Done::default() })
}

/// Copies the outbox; says how many rows there were.
async fn copy(installation: &Installation, fence: &dyn Fence) -> Result<usize> {
    let mut copied = 0;
    loop {
        let from = installation.lake.registry_sequence().await?;
        let rows = installation.store.rows_after(from, COPY_ROWS).await?;
        if rows.is_empty() {
            return Ok(copied);
        }
        copied += rows.len();
        installation.lake.copy_registry(&rows, installation.clock.now() / 1000, fence).await?;
    }
}

async fn replay(installation: &Installation, fence: &dyn Fence) -> Result<BTreeMap<String, usize>> {
    // Without new rows in quarantine and without new master data there is nothing that could come out.
    let quarantine = installation.lake.snapshot(Table::Quarantine).await?.version();
    let seen = (quarantine, installation.lake.registry_sequence().await?);
    if installation.replayed.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|last| last == seen) {
        return Ok(BTreeMap::new());
    }
    let registry = installation.lake.registry().await?;
    let door = installation.door_of(&registry);
    let clock = &*installation.clock;
    let done = replay_all(&installation.lake, clock, &registry, &door, &mut StoredDecoder::default(), fence).await?;
    *installation.replayed.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    Ok(done)
}
