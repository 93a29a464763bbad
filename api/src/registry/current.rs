//! What a document of master data is read against.

use std::collections::BTreeMap;

use engine::calendar::Span;
use engine::registry::{Community, Registry, Row, SequencedRow};

use super::regime::Regimes;

/// The registry as it stands before a file, and what else a file is read against.
#[derive(Debug, Clone)]
pub struct Current {
    pub(super) rows: Vec<SequencedRow>,
    pub(super) registry: Registry,
    pub(super) regimes: Regimes,
    /// Times whose energy is shared and published, by community: what counted there is not changed without saying so.
    pub(super) settled: BTreeMap<String, Vec<Span>>,
    /// What stands for an adoption that nobody names: who applied the file, and when.
    pub(super) applied_by: Option<String>,
}

impl Default for Current {
    fn default() -> Self {
        Self::new(vec![])
    }
}

impl Current {
    /// From the last row of each thing, in order.
    pub fn new(rows: Vec<SequencedRow>) -> Self {
        let registry = Registry::from_rows(rows.iter().cloned());
        let regimes = Regimes::with(registry.regimes.values().cloned());
        Self { registry, rows, regimes, settled: BTreeMap::new(), applied_by: None }
    }

    /// With what published runs have shared of a community.
    #[must_use]
    pub fn with_settled(mut self, community: String, spans: Vec<Span>) -> Self {
        self.settled.insert(community, spans);
        self
    }

    /// With who applies the file, and when.
    #[must_use]
    pub fn applied_by(mut self, text: String) -> Self {
        self.applied_by = Some(text);
        self
    }

    /// The sequence that it stands at.
    pub fn sequence(&self) -> i64 {
        self.registry.sequence
    }

    /// A community that has a key: without one nothing was shared by one.
    pub fn shares(&self, community: &str) -> Option<&Community> {
        self.registry.communities.get(community).filter(|_| self.registry.allocation_keys.contains_key(community))
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().map(|r| &r.row)
    }

    /// What it resolves to with more rows after it.
    pub(super) fn with<'a>(&self, more: impl IntoIterator<Item = &'a Row>) -> Registry {
        let more = (self.sequence() + 1..).zip(more).map(|(sequence, row)| SequencedRow { sequence, row: row.clone() });
        Registry::from_rows(self.rows.iter().cloned().chain(more))
    }
}
