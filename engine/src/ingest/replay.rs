//! Quarantined readings of a point that was registered later: submitted again, with their origin beside them.

use std::collections::BTreeMap;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimestampMicrosecondType};
use datafusion::prelude::SessionContext;

use super::columns::{Origin, ReadingRows};
use super::intake::commit_rows;
use super::plausible::power_w;
use super::{Decoder, Door, Reason};
use crate::clock::{Clock, Micros};
use crate::error::Result;
use crate::registry::Registry;
use crate::schema::Table;
use crate::table::commit::{Fence, Move};
use crate::table::{Lake, LakeTable};

/// Reasons that a change of master data can cure.
const CURABLE: &str = "reason IN ('unknown_metering_point', 'outside_validity', 'not_taking_part', \
    'ambiguous_community', 'off_community_grid', 'implausible')";

struct Waiting {
    origin: Origin,
    /// Put aside as more than the point can carry: taken in only when its power is known to allow it.
    is_implausible: bool,
    message_at: Micros,
    payload: Vec<u8>,
}

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
    let mut done = BTreeMap::new();
    for (point, waiting) in waiting(&session, CURABLE).await? {
        let Some(sequence) = registry.point_sequences.get(&point) else { continue };
        let application = format!("replay/{point}");
        let from = lake.snapshot(Table::ReadingsRaw).await?.position(&application).await?;
        let now = clock.now();
        let rows = accepted(&waiting, &application, *sequence, door, decoder, now);
        let count = rows.len();
        if count == 0 {
            continue;
        }
        let days = rows.into_batches(&application, now)?.into_iter().map(|(d, b)| (d, vec![b])).collect();
        commit_rows(lake, days, vec![Move { application, from, to: *sequence }], now, fence).await?;
        done.insert(point, count);
    }
    Ok(done)
}

/// The most power, in W, that an open implausible reading of a point stands for; `None` where none waits.
///
/// # Errors
/// Environment, when the lake cannot be read.
pub async fn implausible_power_w(lake: &Lake, point: &str, decoder: &mut dyn Decoder) -> Result<Option<i64>> {
    let session = catalog(lake).await?;
    let all = waiting(&session, "reason = 'implausible'").await?;
    let mut most = None;
    for w in all.get(point).into_iter().flatten() {
        decoder.decode(&w.payload, &mut |index, value| {
            let is_it = i64::from(index) == i64::from(w.origin.index);
            if let (true, Ok(reading)) = (is_it, value) {
                most = most.max(Some(power_w(reading.energy_micro_kwh, reading.interval_seconds)));
            }
        });
    }
    Ok(most)
}

async fn catalog(lake: &Lake) -> Result<SessionContext> {
    let session = crate::session::plain();
    for table in [Table::Quarantine, Table::ReadingsRaw] {
        let snapshot = lake.snapshot(table).await?;
        LakeTable::over(&snapshot, snapshot.files()?.to_vec())?.register(&session)?;
    }
    Ok(session)
}

/// Rows of some reasons that no replay has released yet, by point.
async fn waiting(session: &SessionContext, reasons: &str) -> Result<BTreeMap<String, Vec<Waiting>>> {
    let open = format!(
        "SELECT q.source, q.position, q.position_index, q.message_at, q.payload, q.metering_point_id, q.reason \
         FROM quarantine AS q LEFT ANTI JOIN \
         (SELECT origin_source, origin_position, origin_index FROM readings_raw WHERE origin_source IS NOT NULL) AS r \
         ON r.origin_source = q.source AND r.origin_position = q.position AND r.origin_index = q.position_index \
         WHERE q.metering_point_id IS NOT NULL AND {reasons} \
         ORDER BY q.metering_point_id, q.source, q.position, q.position_index"
    );
    let mut waiting = BTreeMap::<String, Vec<Waiting>>::new();
    for batch in session.sql(&open).await?.collect().await? {
        let message_at = batch.column(3).as_primitive::<TimestampMicrosecondType>().clone();
        let (payloads, points) = (cast(batch.column(4), &DataType::Binary)?, cast(batch.column(5), &DataType::Utf8)?);
        let (payloads, points) = (payloads.as_binary::<i32>(), points.as_string::<i32>());
        let reasons = cast(batch.column(6), &DataType::Utf8)?;
        let reasons = reasons.as_string::<i32>();
        let mut row = 0;
        for_each_place(&batch, |source, position, index| {
            let origin = Origin { source: source.to_string(), position, index };
            let payload = payloads.value(row).to_vec();
            let of_point = waiting.entry(points.value(row).to_string()).or_default();
            let is_implausible = reasons.value(row) == Reason::Implausible.code();
            of_point.push(Waiting { origin, is_implausible, message_at: message_at.value(row), payload });
            row += 1;
        })?;
    }
    Ok(waiting)
}

fn for_each_place(batch: &RecordBatch, mut f: impl FnMut(&str, i64, i32)) -> Result<()> {
    let sources = cast(batch.column(0), &DataType::Utf8)?;
    let positions = batch.column(1).as_primitive::<Int64Type>().values();
    let indexes = batch.column(2).as_primitive::<Int32Type>().values();
    for ((source, position), index) in sources.as_string::<i32>().iter().zip(positions).zip(indexes) {
        f(source.unwrap_or_default(), *position, *index);
    }
    Ok(())
}

fn accepted(
    waiting: &[Waiting],
    source: &str,
    sequence: i64,
    door: &Door,
    decoder: &mut dyn Decoder,
    now: Micros,
) -> ReadingRows {
    let mut rows = ReadingRows::default();
    let strict = door.strict();
    for (ordinal, w) in waiting.iter().enumerate() {
        decoder.decode(&w.payload, &mut |index, value| {
            let Ok(reading) = value else { return };
            if i64::from(index) != i64::from(w.origin.index) {
                return;
            }
            let door = if w.is_implausible { &strict } else { door };
            if let Ok(reading) = door.admit(source, reading, now) {
                let ordinal = u32::try_from(ordinal).unwrap_or(u32::MAX);
                rows.push(&reading, w.message_at, sequence, ordinal, Some(w.origin.clone()));
            }
        });
    }
    rows
}
