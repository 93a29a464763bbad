//! The current values of a month, partitioned by groups of communities: a file of `readings_raw` is read once, whatever
//! the number of communities.
//!
//! Values of a UTC day depend on that day alone, so that a day is read, resolved and partitioned before the next. One
//! group keeps its values in memory. With more, those of each wait in a file without a name in the folder of the lake
//! (where the lake is no folder, in the one that `TMPDIR` names), so that memory does not grow with the number of
//! communities.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, RecordBatch, UInt8Array, UInt32Array};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, UInt8Type, UInt32Type};
use arrow_ipc::CompressionType;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use chrono::NaiveDate;

use super::windows::Windows;
use crate::calendar::{day_span, month_of, utc_day, zone};
use crate::error::{Error, Result};
use crate::reading::{Direction, Quality};
use crate::readings::raw::{RawValues, read_raw};
use crate::readings::truth::{RawValue, resolve};
use crate::registry::Registry;
use crate::table::Snapshot;

/// Points of which a day is read at once.
const POINTS_MAX: usize = 20_000;

/// Communities whose windows of one month are computed from values that are in memory together.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub windows: Windows,
    points: BTreeSet<String>,
    utc_days: BTreeSet<i32>,
}

/// Windows by month, oldest first, in groups of at most so many values; a community by itself may have more.
///
/// # Errors
/// User, when a community's zone is unknown.
pub(super) fn groups(
    registry: &Registry,
    windows: &Windows,
    values_max: usize,
) -> Result<BTreeMap<NaiveDate, Vec<Group>>> {
    let mut months = BTreeMap::<NaiveDate, Windows>::new();
    for (id, days) in windows {
        for day in days {
            months.entry(month_of(*day)).or_default().entry(id.clone()).or_default().insert(*day);
        }
    }
    let mut all = BTreeMap::new();
    for (month, windows) in months {
        let (mut groups, mut filled) = (vec![Group::default()], 0);
        for (id, days) in windows {
            let participations = registry.participations.get(&id).map(Vec::as_slice).unwrap_or_default();
            let values = participations.len() * days.len() * 100 * 2;
            if filled > 0 && filled + values > values_max {
                groups.push(Group::default());
                filled = 0;
            }
            filled += values;
            let Some(group) = groups.last_mut() else { continue };
            group.points.extend(participations.iter().map(|p| p.metering_point_id.clone()));
            let zone = zone(&registry.communities[&id].timezone)?;
            for span in days.iter().map(|day| day_span(zone, *day)) {
                group.utc_days.extend(utc_day(span.start)..=utc_day(span.end - 1));
            }
            group.windows.insert(id, days);
        }
        all.insert(month, groups);
    }
    Ok(all)
}

/// Reads the current values of groups. With more than one, at most about `gathered_max` of them are gathered in memory
/// before they go to the files.
///
/// # Errors
/// Environment, when a file cannot be read, or a temporary one not written.
pub(super) async fn partition(
    snapshot: &Snapshot,
    groups: &[Group],
    gathered_max: usize,
    folder: Option<&Path>,
) -> Result<Vec<Buffer>> {
    let file = || if groups.len() > 1 { writer(folder).map(Some) } else { Ok(None) };
    let mut buffers = groups.iter().map(|g| Ok(Buffer::new(g, file()?))).collect::<Result<Vec<_>>>()?;
    let mut places = BTreeMap::<&str, Vec<(usize, u32)>>::new();
    for (number, group) in groups.iter().enumerate() {
        for (n, point) in group.points.iter().enumerate() {
            places.entry(point).or_default().push((number, n as u32));
        }
    }
    let points: Vec<&str> = places.keys().copied().collect();
    let utc_days: BTreeSet<i32> = groups.iter().flat_map(|g| g.utc_days.iter().copied()).collect();
    for day in utc_days {
        for some in points.chunks(POINTS_MAX) {
            let mut raw = read_raw(snapshot, &[day].into(), &some.iter().map(ToString::to_string).collect()).await?;
            for value in resolve(&mut raw.values) {
                let point = raw.points[value.point as usize].as_str();
                for (number, n) in places.get(point).map(Vec::as_slice).unwrap_or_default() {
                    if groups[*number].utc_days.contains(&day) {
                        buffers[*number].values.push(RawValue { point: *n, ..value });
                    }
                }
            }
            if buffers.iter().map(|buffer| buffer.values.len()).sum::<usize>() > gathered_max {
                buffers.iter_mut().try_for_each(Buffer::spill)?;
            }
        }
    }
    Ok(buffers)
}

/// The current values of a group.
pub(super) struct Buffer {
    points: Vec<String>,
    values: Vec<RawValue>,
    /// Where they wait.
    file: Option<Waiting>,
}

/// Values in a file.
type Waiting = StreamWriter<BufWriter<File>>;

impl Buffer {
    fn new(group: &Group, file: Option<Waiting>) -> Self {
        Self { points: group.points.iter().cloned().collect(), values: vec![], file }
    }

    /// Spills what is in memory into the file, where there is one.
    fn spill(&mut self) -> Result<()> {
        if let Some(file) = self.file.as_mut().filter(|_| !self.values.is_empty()) {
            file.write(&to_batch(&self.values)?).map_err(unusable)?;
            self.values = vec![];
        }
        Ok(())
    }

    /// Takes all values into memory.
    ///
    /// # Errors
    /// Environment, when the temporary file cannot be read.
    pub(super) fn take(mut self) -> Result<RawValues> {
        self.spill()?;
        if let Some(file) = self.file {
            let mut file = file.into_inner().map_err(unusable)?.into_inner().map_err(unusable)?;
            file.flush().and_then(|()| file.seek(SeekFrom::Start(0))).map_err(unusable)?;
            for batch in StreamReader::try_new(BufReader::new(file), None)? {
                from_batch(&batch?, &mut self.values)?;
            }
        }
        Ok(RawValues { values: self.values, points: self.points })
    }
}

fn unusable(e: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::environment("values that wait for their turn cannot be kept in a temporary file", e)
}

fn writer(folder: Option<&Path>) -> Result<Waiting> {
    let file = match folder {
        Some(folder) => tempfile::tempfile_in(folder),
        None => tempfile::tempfile(),
    };
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD))?;
    let file = BufWriter::new(file.map_err(unusable)?);
    StreamWriter::try_new_with_options(file, &schema(), options).map_err(unusable)
}

fn schema() -> Schema {
    let field = |name: &str, data_type| Field::new(name, data_type, false);
    Schema::new(vec![
        field("point", DataType::UInt32),
        field("direction", DataType::UInt8),
        field("interval_start", DataType::Int64),
        field("interval_seconds", DataType::UInt32),
        field("energy_micro_kwh", DataType::Int64),
        field("quality", DataType::UInt8),
        field("revision", DataType::Int64),
    ])
}

fn to_batch(values: &[RawValue]) -> Result<RecordBatch> {
    let quality = |q: Quality| Quality::ALL.iter().position(|known| *known == q).unwrap_or_default() as u8;
    Ok(RecordBatch::try_new(
        Arc::new(schema()),
        vec![
            Arc::new(UInt32Array::from_iter_values(values.iter().map(|v| v.point))),
            Arc::new(UInt8Array::from_iter_values(values.iter().map(|v| u8::from(v.direction == Direction::Import)))),
            Arc::new(Int64Array::from_iter_values(values.iter().map(|v| v.interval_start))),
            Arc::new(UInt32Array::from_iter_values(values.iter().map(|v| v.interval_seconds))),
            Arc::new(Int64Array::from_iter_values(values.iter().map(|v| v.energy_micro_kwh))),
            Arc::new(UInt8Array::from_iter_values(values.iter().map(|v| quality(v.quality)))),
            Arc::new(Int64Array::from_iter_values(values.iter().map(|v| v.revision))),
        ],
    )?)
}

fn from_batch(batch: &RecordBatch, values: &mut Vec<RawValue>) -> Result<()> {
    let long = |i: usize| batch.column(i).as_primitive::<Int64Type>().values();
    let number = |i: usize| batch.column(i).as_primitive::<UInt32Type>().values();
    let small = |i: usize| batch.column(i).as_primitive::<UInt8Type>().values();
    let (points, directions, starts, seconds) = (number(0), small(1), long(2), number(3));
    let (energies, qualities, revisions) = (long(4), small(5), long(6));
    values.reserve(batch.num_rows());
    for row in 0..batch.num_rows() {
        let quality = Quality::ALL.get(usize::from(qualities[row])).copied();
        values.push(RawValue {
            point: points[row],
            direction: if directions[row] == 1 { Direction::Import } else { Direction::Export },
            interval_start: starts[row],
            interval_seconds: seconds[row],
            energy_micro_kwh: energies[row],
            quality: quality.ok_or_else(|| Error::internal("a quality that was not spilled"))?,
            revision: revisions[row],
            // What decided between values has done its work.
            message_at: 0,
            source: 0,
            position: 0,
            index: 0,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(n: i64) -> RawValue {
        RawValue {
            point: n as u32 % 7,
            direction: if n % 2 == 0 { Direction::Import } else { Direction::Export },
            interval_start: n * 900_000_000,
            interval_seconds: 900,
            energy_micro_kwh: n * n - 5,
            quality: Quality::ALL[n as usize % Quality::ALL.len()],
            revision: n % 3,
            message_at: 0,
            source: 0,
            position: 0,
            index: 0,
        }
    }

    #[test]
    fn what_is_spilled_is_taken_up_as_it_was() {
        let values: Vec<RawValue> = (0..1_000).map(value).collect();
        let group = Group { points: (0..7).map(|n| format!("p{n}")).collect(), ..Group::default() };
        for waits in [false, true] {
            let mut buffer = Buffer::new(&group, waits.then(|| writer(None).unwrap()));
            for some in values.chunks(130) {
                buffer.values.extend(some);
                buffer.spill().unwrap();
                assert_eq!(buffer.values.is_empty(), waits);
            }
            let taken = buffer.take().unwrap();
            assert_eq!((taken.values, taken.points.len()), (values.clone(), 7));
        }
        let empty = Buffer::new(&group, Some(writer(None).unwrap())).take().unwrap();
        assert!(empty.values.is_empty());
    }
}
