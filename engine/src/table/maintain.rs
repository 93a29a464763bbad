//! Upkeep: small files become large ones, checkpoints spare the reading of long logs, logs are cleaned up behind them,
//! and what nothing needs is deleted.

use crate::calendar::SECOND;
use crate::clock::Micros;

const HOUR_MS: i64 = 3_600_000;

/// When upkeep does what.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// As many small files in one partition are made one.
    pub files: usize,
    /// As many commits after a checkpoint bring the next one.
    pub commits: i64,
    /// How long a file that was replaced stays for programs that read the files themselves, and have no lease.
    pub linger: Micros,
    /// How old a file that no commit names must be: a writer may be about to name it. In milliseconds of real time.
    pub orphan_ms: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { files: 8, commits: 8, linger: 300 * SECOND, orphan_ms: 24 * HOUR_MS }
    }
}

/// What upkeep has done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Maintained {
    /// Small files that are now in larger ones, and how many those are.
    pub compacted: (usize, usize),
    pub checkpoints: usize,
    /// Log entries that a checkpoint says, and nobody reads.
    pub entries: usize,
    pub deleted: usize,
    pub deleted_bytes: u64,
}

impl Maintained {
    pub(super) fn add(&mut self, files: usize) {
        self.compacted.0 += files;
        self.compacted.1 += 1;
    }
}
