//! Quarantined readings of a point that was registered later: submitted again, with their origin beside them.
//!
//! What waits may be far more than memory holds: rows of points that nobody knows are passed over as they stream, and
//! of those that come out now a bounded number at a time is read with its payloads.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimestampMicrosecondType};
use datafusion::prelude::SessionContext;
use futures::StreamExt;

use super::closing::commit_rows;
use super::columns::{Origin, ReadingRows};
use super::plausible::{DaySums, power_w};
use super::{Decoder, Door, RawReading};
use crate::clock::{Clock, Micros};
use crate::error::Result;
use crate::registry::Registry;
use crate::schema::Table;
use crate::table::commit::{Fence, Move};
use crate::table::file::for_each_batch;
use crate::table::{Lake, LakeTable};

/// Reasons that a change of master data can cure.
const CURABLE: &str = "reason IN ('unknown_metering_point', 'outside_validity', 'not_taking_part', \
    'ambiguous_community', 'off_community_grid', 'implausible')";
/// As many values are released at once, more when one point has more.
const ROWS_AT_ONCE: usize = 200_000;
/// Rows of a file of the quarantine that are in memory at once with their payloads.
const PAYLOADS_AT_ONCE: usize = 16;

/// A value that waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    source: String,
    position: i64,
    index: i32,
    message_at: Micros,
}

/// What waits, by point.
type ByPoint = BTreeMap<String, Vec<Waiting>>;

/// Submits the quarantined readings of every registered point again that none has released yet. Returns how many values
/// were taken in per point.
///
/// Also of points that had a replay at their present row: an ingest that did not know the row yet may have put readings
/// aside after it. The fence lets one replay run at a time, and what was released is known by its origin.
///
/// # Errors
/// Environment, when the lake cannot be read or written; conflict, when the fence is lost.
pub async fn replay_all(
    lake: &Lake,
    clock: &dyn Clock,
    registry: &Registry,
    door: &Door,
    decoder: &mut dyn Decoder,
    fence: &dyn Fence,
) -> Result<BTreeMap<String, usize>> {
    let session = catalog(lake).await?;
    let mut waiting = waiting(&session, registry, CURABLE).await?;
    drop_taken(&session, &mut waiting).await?;
    let replayed = replayed(&session, waiting.len()).await?;
    let mut done = BTreeMap::new();
    for group in groups(waiting) {
        let now = clock.now();
        let days = day_sums(lake, messages(registry, &replayed, group.clone()), decoder).await?;
        let mut again = BTreeMap::<String, ReadingRows>::new();
        read(lake, messages(registry, &replayed, group), decoder, &mut |origin, w, reading| {
            let Some(sequence) = registry.point_sequences.get(&w.point) else { return };
            let fits = days.get(&origin.source).map_or(Ok(()), |days| door.plausible_in_day(&reading, days));
            let admitted = fits.and_then(|()| door.admit(&application(&w.point), reading, now));
            if let Ok(reading) = admitted {
                let of_point = again.entry(w.point.clone()).or_default();
                of_point.push(&reading, w.message_at, *sequence, w.ordinal, Some(origin));
            }
        })
        .await?;
        for (point, rows) in again {
            let Some(&sequence) = registry.point_sequences.get(&point) else { continue };
            let (application, count) = (application(&point), rows.len());
            let from = lake.snapshot(Table::ReadingsRaw).await?.position(&application).await?;
            let moves = vec![Move { application: application.clone(), from, to: sequence }];
            commit_rows(lake, vec![(application, rows)], moves, now, fence).await?;
            done.insert(point, count);
        }
    }
    Ok(done)
}

/// What waits of each day, by source: what a file held too much of is too much as well when its point is registered
/// later. A value that was sent again counts once.
async fn day_sums(lake: &Lake, messages: Messages, decoder: &mut dyn Decoder) -> Result<HashMap<String, DaySums>> {
    let mut sums = HashMap::<String, DaySums>::new();
    let mut seen = HashSet::new();
    read(lake, messages, decoder, &mut |origin, w, reading| {
        let (kind, direction) = (reading.kind, reading.direction);
        if seen.insert((origin.source.clone(), w.point.clone(), kind, direction, reading.interval_start)) {
            sums.entry(origin.source).or_default().add(&reading);
        }
    })
    .await?;
    Ok(sums)
}

/// The most power, in W, that an open implausible reading of a point stands for; `None` where none waits.
///
/// # Errors
/// Environment, when the lake cannot be read.
pub async fn implausible_power_w(
    lake: &Lake,
    registry: &Registry,
    point: &str,
    decoder: &mut dyn Decoder,
) -> Result<Option<i64>> {
    let session = catalog(lake).await?;
    // What came before its point was registered was put aside as unknown, and may be implausible too.
    let reasons = "reason IN ('implausible', 'unknown_metering_point')";
    let mut waiting = waiting(&session, registry, reasons).await?;
    waiting.retain(|id, _| id == point);
    drop_taken(&session, &mut waiting).await?;
    let messages = messages(registry, &HashMap::new(), waiting);
    let mut most = None;
    read(lake, messages, decoder, &mut |_, _, reading| {
        most = most.max(Some(power_w(reading.energy_micro_kwh, reading.interval_seconds)));
    })
    .await?;
    Ok(most)
}

fn application(point: &str) -> String {
    format!("replay/{point}")
}

async fn catalog(lake: &Lake) -> Result<SessionContext> {
    let session = crate::session::plain();
    for table in [Table::Quarantine, Table::ReadingsRaw] {
        let snapshot = lake.snapshot(table).await?;
        LakeTable::over(&snapshot, snapshot.files()?.to_vec())?.register(&session)?;
    }
    Ok(session)
}

/// Rows of registered points, put aside for some reasons, that no replay has released yet, in the order of their
/// positions.
async fn waiting(session: &SessionContext, registry: &Registry, reasons: &str) -> Result<ByPoint> {
    let open = format!(
        "SELECT q.source, q.position, q.position_index, q.message_at, q.metering_point_id \
         FROM quarantine AS q LEFT ANTI JOIN \
         (SELECT origin_source, origin_position, origin_index FROM readings_raw WHERE origin_source IS NOT NULL) AS r \
         ON r.origin_source = q.source AND r.origin_position = q.position AND r.origin_index = q.position_index \
         WHERE q.metering_point_id IS NOT NULL AND {reasons}"
    );
    let mut waiting = ByPoint::new();
    let mut rows = session.sql(&open).await?.execute_stream().await?;
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        let message_at = batch.column(3).as_primitive::<TimestampMicrosecondType>();
        let points = cast(batch.column(4), &DataType::Utf8)?;
        let points = points.as_string::<i32>();
        for_each_place(&batch, |row, source, position, index| {
            let point = points.value(row);
            if registry.point_sequences.contains_key(point) {
                let (source, message_at) = (source.to_string(), message_at.value(row));
                let value = Waiting { source, position, index, message_at };
                waiting.entry(point.to_string()).or_default().push(value);
            }
        })?;
    }
    waiting.values_mut().for_each(|of_point| of_point.sort_unstable());
    Ok(waiting)
}

/// Takes away what `readings_raw` holds by its own position: a process put it aside, ended, and the next one that read
/// it knew the point.
async fn drop_taken(session: &SessionContext, waiting: &mut ByPoint) -> Result<()> {
    let all = || waiting.values().flatten();
    let (Some(low), Some(high)) = (all().map(|w| w.position).min(), all().map(|w| w.position).max()) else {
        return Ok(());
    };
    let sources: BTreeSet<&str> = all().map(|w| w.source.as_str()).collect();
    let sources: Vec<String> = sources.into_iter().map(|s| format!("'{}'", s.replace('\'', "''"))).collect();
    let taken = format!(
        "SELECT source, position, position_index FROM readings_raw \
         WHERE source IN ({}) AND position BETWEEN {low} AND {high}",
        sources.join(", ")
    );
    let wanted: BTreeSet<(String, i64, i32)> = all().map(|w| (w.source.clone(), w.position, w.index)).collect();
    let mut found = BTreeSet::new();
    let mut rows = session.sql(&taken).await?.execute_stream().await?;
    while let Some(batch) = rows.next().await {
        for_each_place(&batch?, |_, source, position, index| {
            let place = (source.to_string(), position, index);
            if wanted.contains(&place) {
                found.insert(place);
            }
        })?;
    }
    if !found.is_empty() {
        for of_point in waiting.values_mut() {
            of_point.retain(|w| !found.contains(&(w.source.clone(), w.position, w.index)));
        }
        waiting.retain(|_, of_point| !of_point.is_empty());
    }
    Ok(())
}

/// The last index that replays have used, by application and sequence: a second one at the same row goes on after it.
async fn replayed(session: &SessionContext, points: usize) -> Result<HashMap<(String, i64), i32>> {
    let mut last = HashMap::new();
    if points == 0 {
        return Ok(last);
    }
    let used = "SELECT source, position, max(position_index) AS position_index FROM readings_raw \
                WHERE origin_source IS NOT NULL GROUP BY source, position";
    for batch in session.sql(used).await?.collect().await? {
        for_each_place(&batch, |_, source, position, index| {
            last.insert((source.to_string(), position), index);
        })?;
    }
    Ok(last)
}

fn for_each_place(batch: &RecordBatch, mut f: impl FnMut(usize, &str, i64, i32)) -> Result<()> {
    let sources = cast(batch.column(0), &DataType::Utf8)?;
    let positions = batch.column(1).as_primitive::<Int64Type>().values();
    let indexes = batch.column(2).as_primitive::<Int32Type>().values();
    for (row, ((source, position), index)) in sources.as_string::<i32>().iter().zip(positions).zip(indexes).enumerate()
    {
        f(row, source.unwrap_or_default(), *position, *index);
    }
    Ok(())
}

/// Points whose values are released together.
fn groups(waiting: ByPoint) -> Vec<ByPoint> {
    let mut groups = vec![ByPoint::new()];
    let mut rows = 0;
    for (point, of_point) in waiting {
        if rows > 0 && rows + of_point.len() > ROWS_AT_ONCE {
            groups.push(ByPoint::new());
            rows = 0;
        }
        rows += of_point.len();
        if let Some(group) = groups.last_mut() {
            group.insert(point, of_point);
        }
    }
    groups
}

/// A value of a message that is wanted: whose, which of the message, and which of the replay.
struct Wanted {
    point: String,
    index: i32,
    ordinal: u32,
    message_at: Micros,
}

/// What is wanted of each message.
type Messages = HashMap<(String, i64), Vec<Wanted>>;

/// The messages that values stand in.
fn messages(registry: &Registry, replayed: &HashMap<(String, i64), i32>, group: ByPoint) -> Messages {
    let mut messages = Messages::new();
    for (point, of_point) in group {
        let sequence = registry.point_sequences.get(&point).copied().unwrap_or_default();
        let first = replayed.get(&(application(&point), sequence)).map_or(0, |last| last.saturating_add(1));
        for (w, ordinal) in of_point.into_iter().zip(u32::try_from(first).unwrap_or(0)..) {
            let Waiting { index, message_at, .. } = w;
            let wanted = Wanted { point: point.clone(), index, ordinal, message_at };
            messages.entry((w.source, w.position)).or_default().push(wanted);
        }
    }
    messages
}

/// Told of each value that is wanted: where it stood, and what it says.
type Told<'t> = &'t mut (dyn FnMut(Origin, &Wanted, RawReading<'_>) + Send);

/// Reads each message once.
async fn read(lake: &Lake, mut messages: Messages, decoder: &mut dyn Decoder, told: Told<'_>) -> Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let quarantine = lake.snapshot(Table::Quarantine).await?;
    let columns = ["source", "position", "payload"];
    for file in quarantine.files()? {
        for_each_batch(&quarantine.store(), file, &columns, PAYLOADS_AT_ONCE, |batch| {
            read_batch(&batch, &mut messages, decoder, told);
            Ok(())
        })
        .await?;
        if messages.is_empty() {
            break;
        }
    }
    Ok(())
}

/// Reads the messages of a batch. The first row of one that holds its payload is enough.
fn read_batch(batch: &RecordBatch, messages: &mut Messages, decoder: &mut dyn Decoder, told: Told<'_>) {
    let column = |name| batch.column_by_name(name);
    let (Some(sources), Some(positions), Some(payloads)) = (column("source"), column("position"), column("payload"))
    else {
        return;
    };
    let (sources, payloads) = (sources.as_string::<i32>(), payloads.as_binary::<i32>());
    let positions = positions.as_primitive::<Int64Type>();
    for row in (0..batch.num_rows()).filter(|row| !payloads.value(*row).is_empty()) {
        let (source, position) = (sources.value(row), positions.value(row));
        let Some(wanted) = messages.remove(&(source.to_string(), position)) else { continue };
        let by_index: HashMap<i64, &Wanted> = wanted.iter().map(|w| (i64::from(w.index), w)).collect();
        decoder.decode(payloads.value(row), &mut |index, value| {
            let (Some(w), Ok(reading)) = (by_index.get(&i64::from(index)), value) else { return };
            told(Origin { source: source.to_string(), position, index: w.index }, w, reading);
        });
    }
}
