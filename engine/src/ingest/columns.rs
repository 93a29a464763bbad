//! Rows in the making: columns that grow value by value and become sorted record batches, one per UTC day.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, Int32Array, Int64Array, RecordBatch, StringArray, StringBuilder};

use super::{Direction, Kind, Quality, RawReading, Rejection};
use crate::calendar::utc_day;
use crate::clock::Micros;
use crate::error::Result;
use crate::schema::Table;
use crate::schema::arrays::energy;
use crate::schema::arrays::times;

/// Where a record stood before it waited in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub source: String,
    pub position: i64,
    pub index: i32,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    point: u32,
    kind: Kind,
    /// Number of the community's id plus one; 0 is none.
    community: u32,
    direction: Direction,
    interval_start: Micros,
    interval_seconds: u32,
    energy_micro_kwh: i64,
    quality: Quality,
    revision: i64,
    message_at: Micros,
    position: i64,
    index: i32,
    origin: u32,
}

/// Rows of `readings_raw` from one source.
#[derive(Debug, Default)]
pub(super) struct ReadingRows {
    rows: Vec<Row>,
    ids: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
    /// Index 0 is "none".
    origins: Vec<Origin>,
}

impl ReadingRows {
    pub fn push(&mut self, r: &RawReading<'_>, message_at: Micros, position: i64, index: u32, origin: Option<Origin>) {
        let point = self.number(r.metering_point_id);
        let community = r.community_id.map_or(0, |id| self.number(id) + 1);
        let origin = match origin {
            Some(o) => {
                self.origins.push(o);
                self.origins.len() as u32
            }
            None => 0,
        };
        self.rows.push(Row {
            point,
            kind: r.kind,
            community,
            direction: r.direction,
            interval_start: r.interval_start,
            interval_seconds: r.interval_seconds,
            energy_micro_kwh: r.energy_micro_kwh,
            quality: r.quality,
            revision: r.revision,
            message_at,
            position,
            index: i32::try_from(index).unwrap_or(i32::MAX),
            origin,
        });
    }

    /// The number of a point or community.
    fn number(&mut self, id: &str) -> u32 {
        if let Some(&number) = self.numbers.get(id) {
            return number;
        }
        // Fewer points than u32 holds: each costs more memory than that many bytes.
        let number = self.ids.len() as u32;
        let id: Arc<str> = id.into();
        self.ids.push(Arc::clone(&id));
        self.numbers.insert(id, number);
        number
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Memory that the rows hold.
    pub fn size_bytes(&self) -> usize {
        self.rows.len() * size_of::<Row>() + self.ids.len() * 128 + self.origins.len() * size_of::<Origin>()
    }

    /// Record batches per UTC day, each sorted by point, direction, start and position.
    pub fn into_batches(mut self, source: &str, received_at: Micros) -> Result<BTreeMap<i32, RecordBatch>> {
        let mut ranks: Vec<u32> = (0..self.ids.len() as u32).collect();
        ranks.sort_by(|a, b| self.ids[*a as usize].cmp(&self.ids[*b as usize]));
        let mut rank_of = vec![0u32; ranks.len()];
        for (rank, number) in ranks.iter().enumerate() {
            rank_of[*number as usize] = rank as u32;
        }
        self.rows.sort_unstable_by_key(|r| {
            let day = utc_day(r.interval_start);
            (day, rank_of[r.point as usize], r.direction, r.interval_start, r.position, r.index)
        });
        let mut batches = BTreeMap::new();
        for rows in self.rows.chunk_by(|a, b| utc_day(a.interval_start) == utc_day(b.interval_start)) {
            if let Some(first) = rows.first() {
                batches.insert(utc_day(first.interval_start), self.batch(rows, source, received_at)?);
            }
        }
        Ok(batches)
    }

    fn batch(&self, rows: &[Row], source: &str, received_at: Micros) -> Result<RecordBatch> {
        let origin = |r: &Row| (r.origin as usize).checked_sub(1).map(|i| &self.origins[i]);
        let community = |r: &Row| (r.community as usize).checked_sub(1).map(|i| &*self.ids[i]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(rows.iter().map(|r| &*self.ids[r.point as usize]))),
            Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.direction.as_str()))),
            times(rows.iter().map(|r| r.interval_start)),
            Arc::new(Int32Array::from_iter_values(rows.iter().map(|r| r.interval_seconds as i32))),
            energy(rows.iter().map(|r| r.energy_micro_kwh))?,
            Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.quality.as_str()))),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.revision))),
            times(rows.iter().map(|r| r.message_at)),
            Arc::new(StringArray::from_iter_values(rows.iter().map(|_| source))),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.position))),
            Arc::new(Int32Array::from_iter_values(rows.iter().map(|r| r.index))),
            Arc::new(rows.iter().map(|r| origin(r).map(|o| o.source.as_str())).collect::<StringArray>()),
            Arc::new(rows.iter().map(|r| origin(r).map(|o| o.position)).collect::<Int64Array>()),
            Arc::new(rows.iter().map(|r| origin(r).map(|o| o.index)).collect::<Int32Array>()),
            times(rows.iter().map(|_| received_at)),
            Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.kind.as_str()))),
            Arc::new(rows.iter().map(community).collect::<StringArray>()),
        ];
        Ok(RecordBatch::try_new(Table::ReadingsRaw.file_schema(), columns)?)
    }
}

/// Rows of `quarantine` from one source.
#[derive(Debug, Default)]
pub(super) struct RejectedRows {
    positions: Vec<i64>,
    indexes: Vec<i32>,
    message_at: Vec<Micros>,
    rejections: Vec<Rejection>,
    payloads: Vec<Arc<[u8]>>,
}

impl RejectedRows {
    pub fn push(&mut self, rejection: Rejection, payload: Arc<[u8]>, message_at: Micros, position: i64, index: u32) {
        self.positions.push(position);
        self.indexes.push(i32::try_from(index).unwrap_or(i32::MAX));
        self.message_at.push(message_at);
        self.rejections.push(rejection);
        self.payloads.push(payload);
    }

    pub fn len(&self) -> usize {
        self.positions.len()
    }

    pub fn size_bytes(&self) -> usize {
        self.payloads.iter().map(|p| p.len() + 300).sum()
    }

    pub fn into_batch(self, source: &str, received_at: Micros) -> Result<RecordBatch> {
        let n = self.positions.len();
        let mut payload = BinaryBuilder::new();
        let mut points = StringBuilder::new();
        for (p, r) in self.payloads.iter().zip(&self.rejections) {
            payload.append_value(p);
            points.append_option(r.metering_point_id.as_deref());
        }
        let text = |f: &dyn Fn(&Rejection) -> String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(self.rejections.iter().map(f)))
        };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(source, n))),
            Arc::new(Int64Array::from(self.positions.clone())),
            Arc::new(Int32Array::from(self.indexes.clone())),
            times(self.message_at.iter().copied()),
            times(std::iter::repeat_n(received_at, n)),
            Arc::new(points.finish()),
            text(&|r| r.reason.code().to_string()),
            text(&|r| r.reason.rule_id().to_string()),
            text(&|r| r.field.clone()),
            text(&|r| r.value.clone()),
            Arc::new(payload.finish()),
        ];
        Ok(RecordBatch::try_new(Table::Quarantine.file_schema(), columns)?)
    }
}
