//! The worker of a lake, and what its cycles read and make.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::files::Change;
use super::graph::Graph;
use super::windows::{FirstDays, Windows};
use crate::clock::{Clock, Micros};
use crate::registry::Registry;
use crate::schema::Table;
use crate::settlement::community::Stocks;
use crate::table::runs::RunRow;
use crate::table::{Fence, Lake, Snapshot};

/// Runs cycles over one lake.
pub struct Worker {
    pub lake: Arc<Lake>,
    pub clock: Arc<dyn Clock>,
    pub graph: Graph,
    pub fence: Arc<dyn Fence>,
    /// Name and version of the program, for `runs`.
    pub program: String,
    /// Values of the communities that are computed from memory together, at the most; one by itself may have more.
    pub values_max: usize,
}

/// The `values_max` of a service.
pub const VALUES_MAX: usize = 1_000_000;

/// What a cycle did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct CycleReport {
    /// Number of the cycle; `None` when there was nothing to do.
    pub cycle: Option<i64>,
    /// Local days computed, per community.
    pub computed: Windows,
    /// Communities that keep their last window because a check failed, and the rows that broke it.
    pub held: BTreeMap<String, String>,
    /// Files written and taken out.
    pub files_added: usize,
    pub files_removed: usize,
}

/// Pinned inputs of a cycle.
pub(super) struct Pinned {
    pub raw: Snapshot,
    pub known_first_days: FirstDays,
    pub registry: Arc<Registry>,
    pub now: Micros,
    pub from: [Option<i64>; 3],
    /// What storages held before the first day of a window is read from here.
    pub storage: Snapshot,
}

/// What has been computed so far.
#[derive(Default)]
pub(super) struct Results {
    pub changes: BTreeMap<Table, Change>,
    pub rows: Vec<RunRow>,
    /// What storages held after the last month that was computed, by community.
    pub stocks: BTreeMap<String, Stocks>,
}

impl Results {
    pub fn add(&mut self, table: Table, change: Change) {
        let all = self.changes.entry(table).or_default();
        all.add.extend(change.add);
        all.remove.extend(change.remove);
    }
}

/// What a cycle has come to.
#[derive(Default)]
pub(super) struct Out {
    /// The first local day with a value, per community.
    pub first_days: FirstDays,
    pub results: Results,
    pub report: CycleReport,
}
