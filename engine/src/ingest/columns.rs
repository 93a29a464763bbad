//! Rows of `readings_raw` in the making: they grow value by value and become sorted record batches, day by day.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray, new_null_array};
use arrow::datatypes::DataType;

use super::{Direction, Kind, Quality, RawReading};
use crate::calendar::utc_day;
use crate::clock::Micros;
use crate::error::Result;
use crate::schema::Table;
use crate::schema::arrays::energy;
use crate::schema::arrays::times;

/// Rows of one record batch: its texts stay far below the 2 GiB that one array of texts can hold.
const BATCH_ROWS: usize = 64 << 10;

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

    /// The same rows, sorted by UTC day, point, direction, start and position.
    pub fn sorted(mut self) -> SortedRows {
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
        SortedRows(self)
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
            new_null_array(&DataType::Int64, rows.len()),
        ];
        Ok(RecordBatch::try_new(Table::ReadingsRaw.file_schema(), columns)?)
    }
}

/// Rows of one source in their order.
#[derive(Debug)]
pub(super) struct SortedRows(ReadingRows);

impl SortedRows {
    /// The UTC days of the rows.
    pub fn days(&self) -> BTreeSet<i32> {
        self.0.rows.iter().map(|r| utc_day(r.interval_start)).collect()
    }

    /// The rows of a day. Made when they are written, so that they are not all in memory twice.
    pub fn of_day(&self, day: i32, source: &str, received_at: Micros) -> Result<Vec<RecordBatch>> {
        let rows = &self.0.rows;
        let first = rows.partition_point(|r| utc_day(r.interval_start) < day);
        let end = rows.partition_point(|r| utc_day(r.interval_start) <= day);
        rows[first..end].chunks(BATCH_ROWS).map(|rows| self.0.batch(rows, source, received_at)).collect()
    }
}
