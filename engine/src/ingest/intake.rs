//! The intake: judged readings gather until age, rows or bytes make a commit due; then quarantine goes first, and rows
//! and source positions follow in one commit.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type};
use serde_json::Value;

use super::columns::{ReadingRows, RejectedRows};
use super::{Decoder, Door, FrameBatch};
use crate::calendar::{SECOND, utc_day};
use crate::clock::{Clock, Micros};
use crate::error::{Error, Result};
use crate::schema::Table;
use crate::table::commit::{Fence, Move, NoFence};
use crate::table::file::date;
use crate::table::scan::read_files;
use crate::table::{Commit, DataFile, Lake, write_file};

/// When a commit is due. Whichever comes first.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Age of the oldest uncommitted record.
    pub age: Micros,
    /// Accepted and rejected values.
    pub rows: usize,
    /// Memory that they hold.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { age: 5 * SECOND, rows: 1_000_000, bytes: 128 << 20 }
    }
}

/// What a commit took in.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Values that are now in `readings_raw`.
    pub accepted: usize,
    /// Values that are now in `quarantine`.
    pub rejected: usize,
    /// Next position per source.
    pub positions: Vec<(String, i64)>,
}

#[derive(Debug)]
struct Pending {
    /// What the table held when the first of these records came.
    committed: Option<i64>,
    next: i64,
    rows: ReadingRows,
    rejected: RejectedRows,
    /// Positions that an earlier process put into quarantine before it could commit the rows.
    quarantined: HashSet<(i64, i32)>,
}

/// Takes frames of any number of sources and commits them.
pub struct Intake {
    lake: Arc<Lake>,
    clock: Arc<dyn Clock>,
    door: Arc<Door>,
    limits: Limits,
    pending: BTreeMap<String, Pending>,
    oldest: Option<Micros>,
}

impl Intake {
    /// An intake with nothing pending.
    pub fn new(lake: Arc<Lake>, clock: Arc<dyn Clock>, door: Arc<Door>, limits: Limits) -> Self {
        Self { lake, clock, door, limits, pending: BTreeMap::new(), oldest: None }
    }

    /// Changes what is known at the door, for records that come from now on.
    pub fn set_door(&mut self, door: Arc<Door>) {
        self.door = door;
    }

    /// Takes a batch in. It must start where the source stands, in the table or in what is pending.
    ///
    /// # Errors
    /// Conflict, when it starts elsewhere: another process was faster, or the batch is stale.
    pub async fn take(&mut self, batch: &FrameBatch, decoder: &mut dyn Decoder) -> Result<()> {
        let now = self.clock.now();
        if !self.pending.contains_key(&batch.source) {
            let pending = self.begin(&batch.source, batch.from).await?;
            self.pending.insert(batch.source.clone(), pending);
        }
        let Some(pending) = self.pending.get_mut(&batch.source) else {
            return Err(Error::internal("a pending source was just put there"));
        };
        if pending.next != batch.from {
            return Err(Error::conflict(format!(
                "{}: the batch starts at {}, the source stands at {}",
                batch.source, batch.from, pending.next
            )));
        }
        for frame in batch.frames() {
            let mut payload: Option<Arc<[u8]>> = None;
            decoder.decode(frame.payload, &mut |index, value| {
                let judged = value.and_then(|r| self.door.admit(&batch.source, r, now));
                match judged {
                    Ok(r) => pending.rows.push(&r, frame.message_at, frame.offset, index, None),
                    Err(rejection) => {
                        let place = (frame.offset, i32::try_from(index).unwrap_or(i32::MAX));
                        if !pending.quarantined.contains(&place) {
                            let bytes = payload.get_or_insert_with(|| frame.payload.into());
                            pending.rejected.push(rejection, Arc::clone(bytes), frame.message_at, frame.offset, index);
                        }
                    }
                }
            });
        }
        metrics::counter!("ecoop_messages_total").increment(batch.frames().count() as u64);
        pending.next = batch.next;
        self.oldest.get_or_insert(now);
        Ok(())
    }

    /// Starts with a source: where it stands, and what already waits in quarantine beyond that.
    async fn begin(&self, source: &str, from: i64) -> Result<Pending> {
        let raw = self.lake.snapshot(Table::ReadingsRaw).await?;
        let committed = raw.position(source).await?;
        if committed.is_some_and(|c| c != from) {
            return Err(Error::conflict(format!(
                "{source}: the batch starts at {from}, the table holds {}",
                committed.unwrap_or_default()
            )));
        }
        let quarantine = self.lake.snapshot(Table::Quarantine).await?;
        let mut quarantined = HashSet::new();
        if quarantine.position(source).await?.is_some_and(|q| q > from) {
            let holds = |f: &DataFile| in_bounds(f, "source", source) && high_at_least(f, "position", from);
            let files = quarantine.files()?.iter().filter(|f| holds(f)).cloned().collect();
            for batch in read_files(&quarantine, files, &["source", "position", "position_index"]).await? {
                collect_places(&batch, source, from, &mut quarantined);
            }
        }
        Ok(Pending {
            committed,
            next: from,
            rows: ReadingRows::default(),
            rejected: RejectedRows::default(),
            quarantined,
        })
    }

    /// Forgets what is pending of these sources: their next owner reads it again.
    pub fn drop_sources(&mut self, sources: &[String]) {
        for source in sources {
            self.pending.remove(source);
        }
        if self.pending.is_empty() {
            self.oldest = None;
        }
    }

    /// Whether age, rows or bytes make a commit due.
    pub fn is_due(&self) -> bool {
        let Some(oldest) = self.oldest else { return false };
        let rows: usize = self.pending.values().map(|p| p.rows.len() + p.rejected.len()).sum();
        let bytes: usize = self.pending.values().map(|p| p.rows.size_bytes() + p.rejected.size_bytes()).sum();
        rows >= self.limits.rows || bytes >= self.limits.bytes || self.clock.now() - oldest >= self.limits.age
    }

    /// Whether anything waits for a commit.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Commits what is pending: quarantine first, then rows and positions together.
    ///
    /// # Errors
    /// Conflict, when another process committed one of the sources: nothing of what was pending is in the table then,
    /// and all of it is forgotten, to be read again from the positions of the table. Environment, when the store fails;
    /// the pending records are forgotten too.
    pub async fn commit(&mut self) -> Result<Committed> {
        let pending = std::mem::take(&mut self.pending);
        self.oldest = None;
        let received_at = self.clock.now();
        let mut quarantine = Vec::new();
        let mut days = BTreeMap::<i32, Vec<RecordBatch>>::new();
        let mut done = Committed::default();
        let mut moves = Vec::new();
        for (source, p) in pending {
            done.accepted += p.rows.len();
            done.rejected += p.rejected.len();
            done.positions.push((source.clone(), p.next));
            if p.rejected.len() > 0 {
                quarantine.push((source.clone(), p.next, p.rejected.into_batch(&source, received_at)?));
            }
            for (day, batch) in p.rows.into_batches(&source, received_at)? {
                days.entry(day).or_default().push(batch);
            }
            moves.push(Move { application: source, from: p.committed, to: p.next });
        }
        if moves.is_empty() {
            return Ok(done);
        }
        self.commit_quarantine(quarantine, received_at).await?;
        commit_rows(&self.lake, days, moves, received_at, &NoFence).await?;
        metrics::counter!("ecoop_readings_accepted_total").increment(done.accepted as u64);
        metrics::counter!("ecoop_readings_rejected_total").increment(done.rejected as u64);
        Ok(done)
    }

    async fn commit_quarantine(&self, batches: Vec<(String, i64, RecordBatch)>, received_at: Micros) -> Result<()> {
        if batches.is_empty() {
            return Ok(());
        }
        let snapshot = self.lake.snapshot(Table::Quarantine).await?;
        let mut positions = Vec::new();
        for (source, next, _) in &batches {
            let from = snapshot.position(source).await?;
            positions.push(Move { application: source.clone(), from, to: from.unwrap_or(0).max(*next) });
        }
        let rows: Vec<RecordBatch> = batches.into_iter().map(|(.., b)| b).collect();
        let day = date(utc_day(received_at));
        let window = format!("{day}-{received_at}");
        let now_ms = received_at / 1000;
        let file = write_file(&snapshot.store(), Table::Quarantine, &day, &window, &rows, now_ms).await?;
        self.lake.sync_files(Table::Quarantine, [file.path.clone()])?;
        let commit = Commit { add: vec![file], positions, now_ms, ..Commit::default() };
        self.lake.commit(Table::Quarantine, &commit, &NoFence).await?;
        rows.iter().for_each(count_reasons);
        Ok(())
    }
}

fn count_reasons(rows: &RecordBatch) {
    let Some(reasons) = rows.column_by_name("reason") else { return };
    for reason in reasons.as_string::<i32>().iter().flatten() {
        metrics::counter!("ecoop_quarantined_total", "reason" => reason.to_string()).increment(1);
    }
}

/// Writes rows and moves positions in one commit.
pub(super) async fn commit_rows(
    lake: &Lake,
    days: BTreeMap<i32, Vec<RecordBatch>>,
    positions: Vec<Move>,
    received_at: Micros,
    fence: &dyn Fence,
) -> Result<()> {
    let store = lake.snapshot(Table::ReadingsRaw).await?.store();
    let now_ms = received_at / 1000;
    let mut add = Vec::new();
    for (day, batches) in days {
        let day = date(day);
        let window = format!("{day}-{received_at}");
        add.push(write_file(&store, Table::ReadingsRaw, &day, &window, &batches, now_ms).await?);
    }
    lake.sync_files(Table::ReadingsRaw, add.iter().map(|f| f.path.clone()))?;
    let commit = Commit { add, positions, now_ms, ..Commit::default() };
    lake.commit(Table::ReadingsRaw, &commit, fence).await?;
    Ok(())
}

fn in_bounds(file: &DataFile, column: &str, value: &str) -> bool {
    match file.bounds.get(column) {
        Some((Value::String(low), Value::String(high))) => low.as_str() <= value && value <= high.as_str(),
        _ => true,
    }
}

fn high_at_least(file: &DataFile, column: &str, value: i64) -> bool {
    file.bounds.get(column).and_then(|(_, high)| high.as_i64()).is_none_or(|high| high >= value)
}

fn collect_places(batch: &RecordBatch, source: &str, from: i64, places: &mut HashSet<(i64, i32)>) {
    let sources = batch.column(0).as_string::<i32>();
    let positions = batch.column(1).as_primitive::<Int64Type>().values();
    let indexes = batch.column(2).as_primitive::<Int32Type>().values();
    for ((s, position), index) in sources.iter().zip(positions).zip(indexes) {
        if s == Some(source) && *position >= from {
            places.insert((*position, *index));
        }
    }
}
