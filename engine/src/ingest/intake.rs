//! The intake: judged readings gather until age, rows or bytes make a commit due; then quarantine goes first, and rows
//! and source positions follow in one commit.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type};
use serde_json::Value;

use super::closing::{Aside, Closing, Committed, OfSource};
use super::columns::ReadingRows;
use super::rejected::{Kept, Place, RejectedRows};
use super::source::{Cut, Frame, head};
use super::{Decoder, Door, FrameBatch, Reason, Rejection};
use crate::calendar::SECOND;
use crate::clock::{Clock, Micros};
use crate::error::{Error, Result};
use crate::schema::Table;
use crate::table::scan::read_files;
use crate::table::{DataFile, Lake};

/// As many values make a commit due by default: enough for large files, few enough that a backlog is taken in within
/// the memory that a service may have.
pub const ROWS: usize = 300_000;
/// As many bytes of gathered records make a commit due by default.
pub const BYTES: usize = 48 << 20;

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
        Self { age: 5 * SECOND, rows: ROWS, bytes: BYTES }
    }
}

#[derive(Debug)]
struct Pending {
    /// What the table held when the first of these records came.
    committed: Option<i64>,
    next: i64,
    /// Where the quarantine stood then.
    aside: Aside,
    rows: ReadingRows,
    rejected: RejectedRows,
    missing: usize,
    /// Positions that an earlier process put into quarantine before it could commit the rows.
    quarantined: HashSet<(i64, i32)>,
}

impl Pending {
    /// Judges each value of a frame. What is refused waits with its payload, which the first of them holds for all.
    fn take(&mut self, source: &str, frame: &Frame<'_>, door: &Door, decoder: &mut dyn Decoder, now: Micros) {
        let Self { rows, rejected, missing, quarantined, .. } = self;
        let place = |index| Place { position: frame.offset, index, message_at: frame.message_at };
        let known = |index| quarantined.contains(&(frame.offset, i32::try_from(index).unwrap_or(i32::MAX)));
        if let Some(cut) = frame.cut {
            if !known(0) {
                let rejection = Rejection::new(Reason::MessageTooLarge, "message", format!("{} bytes", cut.bytes));
                rejected.push(&rejection, place(0), Kept::Head(frame.payload, cut));
            }
            return;
        }
        let mut kept = false;
        *missing +=
            decoder.decode(frame.payload, &mut |index, value| match value.and_then(|r| door.admit(source, r, now)) {
                Ok(r) => rows.push(&r, frame.message_at, frame.offset, index, None),
                Err(_) if known(index) => {}
                Err(rejection) => {
                    let payload = match rejection.reason {
                        _ if kept => Kept::Before,
                        Reason::MessageTooLarge => Kept::Head(head(frame.payload), Cut::of(frame.payload)),
                        _ => Kept::Whole(frame.payload),
                    };
                    kept = true;
                    rejected.push(&rejection, place(index), payload);
                }
            });
    }
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
            pending.take(&batch.source, &frame, &self.door, decoder, now);
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
        let aside = Aside {
            position: quarantine.position(source).await?,
            turn: quarantine.position(&Aside::turns_of(source)).await?,
        };
        if aside.position.is_some_and(|q| q > from) {
            let holds = |f: &DataFile| in_bounds(f, "source", source) && high_at_least(f, "position", from);
            let files = quarantine.files()?.iter().filter(|f| holds(f)).cloned().collect();
            for batch in read_files(&quarantine, files, &["source", "position", "position_index"]).await? {
                collect_places(&batch, source, from, &mut quarantined);
            }
        }
        Ok(Pending {
            committed,
            next: from,
            aside,
            rows: ReadingRows::default(),
            rejected: RejectedRows::default(),
            missing: 0,
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
    /// Conflict, when another process committed one of the sources: nothing of what was pending is in `readings_raw`
    /// then, and all of it is forgotten, to be read again from the positions of the table. Environment, when the store
    /// fails; the pending records are forgotten too.
    pub async fn commit(&mut self) -> Result<Committed> {
        let mut closing = self.close();
        closing.put_aside(&self.lake).await?;
        let done = closing.take_in(&self.lake).await?;
        metrics::counter!("ecoop_readings_accepted_total").increment(done.accepted as u64);
        metrics::counter!("ecoop_readings_rejected_total").increment(done.rejected as u64);
        Ok(done)
    }

    /// Hands over what is pending, for a commit step by step.
    pub fn close(&mut self) -> Closing {
        self.oldest = None;
        let sources = std::mem::take(&mut self.pending).into_iter().map(|(source, p)| OfSource {
            source,
            from: p.committed,
            next: p.next,
            aside: p.aside,
            rows: p.rows,
            rejected: p.rejected,
            missing: p.missing,
        });
        Closing::of(sources.collect(), self.clock.now())
    }
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
