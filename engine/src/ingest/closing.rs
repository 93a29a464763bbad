//! What one commit takes in, and its two steps: quarantine first, then rows and source positions together.
//!
//! Another process may do the same at the same time, or have been paused between any two steps. Each step therefore
//! names where the source stood when its first record was read, and is refused when it stands elsewhere by then.

use std::collections::BTreeSet;

use arrow::array::{ArrayRef, AsArray};

use super::columns::{ReadingRows, SortedRows};
use super::rejected::RejectedRows;
use crate::calendar::utc_day;
use crate::clock::Micros;
use crate::error::Result;
use crate::schema::Table;
use crate::table::commit::{Fence, Move, NoFence};
use crate::table::file::date;
use crate::table::{Commit, Lake, write_file};

/// What a commit took in.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Values that are now in `readings_raw`.
    pub accepted: usize,
    /// Values that are now in `quarantine`.
    pub rejected: usize,
    /// Values that were named and not there.
    pub missing: usize,
    /// Next position per source.
    pub positions: Vec<(String, i64)>,
}

/// Where the quarantine stands with a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Aside {
    /// Next offset; beyond the one of `readings_raw` when a process ended between the two steps.
    pub position: Option<i64>,
    /// How many commits there were: two that begin and end at the same offset are told apart by it.
    pub turn: Option<i64>,
}

impl Aside {
    /// Under which the log of the quarantine counts the commits of a source.
    pub fn turns_of(source: &str) -> String {
        format!("turns/{source}")
    }

    fn moves(self, source: &str, next: i64) -> [Move; 2] {
        let to = self.position.map_or(next, |at| at.max(next));
        let turn = self.turn.unwrap_or(0) + 1;
        [
            Move { application: source.to_string(), from: self.position, to },
            Move { application: Self::turns_of(source), from: self.turn, to: turn },
        ]
    }
}

/// Records of one source.
#[derive(Debug)]
pub(super) struct OfSource {
    pub source: String,
    /// Where `readings_raw` stood when the first of these records came.
    pub from: Option<i64>,
    pub next: i64,
    pub aside: Aside,
    pub rows: ReadingRows,
    pub rejected: RejectedRows,
    pub missing: usize,
}

/// Records on their way into the tables.
#[derive(Debug)]
pub struct Closing {
    sources: Vec<OfSource>,
    received_at: Micros,
    done: Committed,
}

impl Closing {
    pub(super) fn of(sources: Vec<OfSource>, received_at: Micros) -> Self {
        let done = Committed {
            accepted: sources.iter().map(|s| s.rows.len()).sum(),
            rejected: sources.iter().map(|s| s.rejected.len()).sum(),
            missing: sources.iter().map(|s| s.missing).sum(),
            positions: sources.iter().map(|s| (s.source.clone(), s.next)).collect(),
        };
        Self { sources, received_at, done }
    }

    /// The first step: puts aside what was refused.
    ///
    /// # Errors
    /// Conflict, when another process has put records of one of the sources aside meanwhile; environment, when the
    /// store fails. Then nothing was put aside.
    pub async fn put_aside(&mut self, lake: &Lake) -> Result<()> {
        let (mut rows, mut positions) = (Vec::new(), Vec::new());
        for s in self.sources.iter_mut().filter(|s| s.rejected.len() > 0) {
            positions.extend(s.aside.moves(&s.source, s.next));
            rows.append(&mut std::mem::take(&mut s.rejected).into_batches(&s.source, self.received_at)?);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let snapshot = lake.snapshot(Table::Quarantine).await?;
        let day = date(utc_day(self.received_at));
        let window = format!("{day}-{}", self.received_at);
        let now_ms = self.received_at / 1000;
        let file = write_file(&snapshot.store(), Table::Quarantine, &day, &window, &rows, now_ms).await?;
        let reasons: Vec<_> = rows.iter().filter_map(|batch| batch.column_by_name("reason").cloned()).collect();
        drop(rows);
        lake.sync_files(Table::Quarantine, [file.path.clone()])?;
        let commit = Commit { add: vec![file], positions, now_ms, ..Commit::default() };
        lake.commit(Table::Quarantine, &commit, &NoFence).await?;
        reasons.iter().for_each(count_reasons);
        Ok(())
    }

    /// The second step: takes in what was accepted, and moves the positions.
    ///
    /// # Errors
    /// Conflict, when another process has moved one of the sources meanwhile; environment, when the store fails. Then
    /// nothing was taken in.
    pub async fn take_in(self, lake: &Lake) -> Result<Committed> {
        let moves = self.sources.iter().map(|s| Move { application: s.source.clone(), from: s.from, to: s.next });
        let moves: Vec<Move> = moves.collect();
        if !moves.is_empty() {
            let rows = self.sources.into_iter().map(|s| (s.source, s.rows)).collect();
            commit_rows(lake, rows, moves, self.received_at, &NoFence).await?;
        }
        Ok(self.done)
    }
}

fn count_reasons(reasons: &ArrayRef) {
    for reason in reasons.as_string::<i32>().iter().flatten() {
        metrics::counter!("ecoop_quarantined_total", "reason" => reason.to_string()).increment(1);
    }
}

/// Writes rows and moves positions in one commit.
pub(super) async fn commit_rows(
    lake: &Lake,
    rows: Vec<(String, ReadingRows)>,
    positions: Vec<Move>,
    received_at: Micros,
    fence: &dyn Fence,
) -> Result<()> {
    let store = lake.snapshot(Table::ReadingsRaw).await?.store();
    let now_ms = received_at / 1000;
    let rows: Vec<(String, SortedRows)> = rows.into_iter().map(|(source, rows)| (source, rows.sorted())).collect();
    let days: BTreeSet<i32> = rows.iter().flat_map(|(_, rows)| rows.days()).collect();
    let mut add = Vec::new();
    for day in days {
        let mut batches = Vec::new();
        for (source, rows) in &rows {
            batches.append(&mut rows.of_day(day, source, received_at)?);
        }
        let day = date(day);
        let window = format!("{day}-{received_at}");
        add.push(write_file(&store, Table::ReadingsRaw, &day, &window, &batches, now_ms).await?);
    }
    drop(rows);
    lake.sync_files(Table::ReadingsRaw, add.iter().map(|f| f.path.clone()))?;
    let commit = Commit { add, positions, now_ms, ..Commit::default() };
    lake.commit(Table::ReadingsRaw, &commit, fence).await?;
    Ok(())
}
