//! Committing the tables of a cycle, and publishing them together.

use std::collections::BTreeMap;

use serde_json::json;

use super::windows::FirstDays;
use super::worker::{CycleReport, Pinned, Results, Worker};
use crate::clock::Micros;
use crate::error::Result;
use crate::schema::Table;
use crate::table::commit::Move;
use crate::table::runs::{Inputs, RunRow, to_batch};
use crate::table::{Commit, write_file};

/// What a cycle publishes.
pub(super) struct Publication {
    pub cycle: i64,
    pub started_at: Micros,
    /// Version per table of results.
    pub versions: BTreeMap<String, i64>,
    /// What it did, community by community.
    pub rows: Vec<RunRow>,
    /// How far it has read its inputs.
    pub positions: Vec<Move>,
    pub first_days: FirstDays,
}

impl Worker {
    pub(super) async fn commit_tables(
        &self,
        results: &Results,
        report: &mut CycleReport,
    ) -> Result<BTreeMap<String, i64>> {
        let mut versions = BTreeMap::new();
        for table in Table::RESULTS {
            let version = match results.changes.get(&table) {
                Some(change) if !change.add.is_empty() || !change.remove.is_empty() => {
                    report.files_added += change.add.len();
                    report.files_removed += change.remove.len();
                    self.lake.sync_files(table, change.add.iter().map(|f| f.path.clone()))?;
                    let commit = Commit {
                        add: change.add.clone(),
                        remove: change.remove.clone(),
                        now_ms: self.clock.now() / 1000,
                        ..Commit::default()
                    };
                    self.lake.commit(table, &commit, &*self.fence).await?
                }
                _ => self.lake.snapshot(table).await?.version(),
            };
            versions.insert(table.name().to_string(), version);
        }
        Ok(versions)
    }

    /// Names the versions of all tables as one set, which readers open from now on.
    pub(super) async fn publish(&self, pinned: &Pinned, publication: Publication) -> Result<()> {
        let Publication { cycle, started_at, versions, mut rows, positions, first_days } = publication;
        let inputs = Inputs {
            readings_raw: pinned.raw.version(),
            registry: pinned.registry.sequence,
            deadline: pinned.now,
            first_days,
        };
        let finished_at = self.clock.now();
        rows.push(RunRow {
            cycle,
            state: "published",
            community_id: None,
            window: None,
            started_at,
            finished_at,
            program: self.program.clone(),
            versions: json!(versions).to_string(),
            inputs: json!(inputs).to_string(),
            runs: "{}".to_string(),
            detail: String::new(),
        });
        let now_ms = finished_at / 1000;
        let store = self.lake.snapshot(Table::Runs).await?.store();
        let window = format!("{cycle:012}");
        let file = write_file(&store, Table::Runs, "", &window, &[to_batch(&rows)?], now_ms).await?;
        self.lake.sync_files(Table::Runs, [file.path.clone()])?;
        let commit = Commit { add: vec![file], positions, now_ms, ..Commit::default() };
        self.lake.commit(Table::Runs, &commit, &*self.fence).await?;
        Ok(())
    }
}
