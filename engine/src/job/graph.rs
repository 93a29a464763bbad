//! The jobs and checks of a cycle, as SQL.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::prelude::SessionContext;
use sha2::{Digest, Sha256};

use crate::hash::hex;
use crate::schema::Table;

/// A SELECT that fills one table.
#[derive(Debug, Clone, Copy)]
pub struct Job {
    /// The table it fills.
    pub table: Table,
    /// One SELECT with the columns of the table.
    pub sql: &'static str,
}

/// A SELECT that gives rows only when an invariant is broken.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What it guards.
    pub name: &'static str,
    /// One SELECT.
    pub sql: &'static str,
    /// Whether it reads whole months rather than the days of the window.
    pub of_month: bool,
}

/// A session in which the SQL of a graph runs, for one unit after the other: of days, and one of months.
pub(super) struct Sessions {
    pub days: SessionContext,
    pub month: SessionContext,
}

/// Sessions that nobody uses now, with the plans that they keep.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<Sessions>>);

/// Most sessions that wait for their next use.
const IDLE_MAX: usize = 8;

impl Pool {
    /// Sessions for one user alone, until it gives them back. What breaks off does not: its rows may still be in them.
    pub fn take(&self) -> Sessions {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| Sessions { days: crate::session::repeated(), month: crate::session::repeated() })
    }

    /// Gives sessions back.
    pub fn give(&self, sessions: Sessions) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(sessions);
        }
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

/// All jobs, each after those it reads, and all checks.
#[derive(Debug, Clone)]
pub struct Graph {
    pub jobs: Vec<Job>,
    pub checks: Vec<Check>,
    /// Digest of the SQL of all jobs.
    pub digest: String,
    pub(super) sessions: Arc<Pool>,
}

impl Graph {
    /// A graph of jobs in their order.
    pub fn new(jobs: Vec<Job>, checks: Vec<Check>) -> Self {
        let mut hash = Sha256::new();
        for job in &jobs {
            hash.update(job.table.name());
            hash.update([0]);
            hash.update(job.sql);
            hash.update([0]);
        }
        Self { jobs, checks, digest: hex(&hash.finalize()), sessions: Arc::default() }
    }
}
