//! The shipped profiles: one year of SimBench quarter-hours, one year of hours of the 17 CityLearn homes.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int32Type;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::DataError;
use crate::source_year::SourceYear;

/// SimBench profiles in millionths of the peak (PV: of the rated power), as in the source.
pub const SIMBENCH: &[u8] = include_bytes!("../data/simbench/profiles.parquet");
/// CityLearn homes in micro-kWh of the hour.
pub const CITYLEARN: &[u8] = include_bytes!("../data/citylearn/homes.parquet");

const SIMBENCH_FILE: &str = "simbench/profiles.parquet";
const CITYLEARN_FILE: &str = "citylearn/homes.parquet";
/// What 1.0 of a SimBench profile is.
const MILLIONTHS: u64 = 1_000_000;
const QUARTERS_IN_HOUR: u64 = 4;

/// One profile: a mean power for each quarter-hour of its source's year.
#[derive(Debug, Clone)]
pub struct Profile {
    pub(crate) year: SourceYear,
    /// Mean power of each row, in units of which `full` are the whole power.
    values: Vec<u32>,
    full: u64,
}

impl Profile {
    /// Watt-hours of each row when the whole power is `peak_w` watts: whole numbers, rounded so that the rows up to
    /// any row add up to the exact energy up to there, cut to the watt-hour. So a year loses less than 1 Wh.
    pub(crate) fn watt_hours(&self, peak_w: u32) -> Arc<[u32]> {
        let divisor = u128::from(self.full * QUARTERS_IN_HOUR);
        let mut power_sum = 0u128;
        let mut energy_sum = 0u128;
        let rows = self.values.iter().map(|value| {
            power_sum += u128::from(*value);
            let up_to_here = power_sum * u128::from(peak_w) / divisor;
            let row = up_to_here - energy_sum;
            energy_sum = up_to_here;
            // One row holds at most a quarter of `peak_w`, rounded up.
            row as u32
        });
        rows.collect()
    }

    /// The sum of all rows in units of its source.
    pub fn sum(&self) -> u64 {
        self.values.iter().map(|v| u64::from(*v)).sum()
    }

    /// How many quarter-hours its year has.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// Reads all shipped profiles, by name: `H0-A` ... `PV8`, `US01` ... `US17`.
///
/// # Errors
/// When the shipped bytes are damaged.
pub fn load() -> Result<BTreeMap<String, Profile>, DataError> {
    let mut profiles = BTreeMap::new();
    for (name, values) in columns(SIMBENCH, SIMBENCH_FILE)? {
        profiles.insert(name, Profile { year: SourceYear::SimBench, values, full: MILLIONTHS });
    }
    for (name, mut hours) in columns(CITYLEARN, CITYLEARN_FILE)? {
        // The first row is the last hour of a 31 July, the year after it begins on a 1 August: moved to the end, the
        // same hour of the year after completes 365 whole days.
        let first = 1.min(hours.len());
        hours.rotate_left(first);
        let full = hours.iter().copied().max().map_or(1, |max| u64::from(max.max(1)));
        let values = hours.into_iter().flat_map(|h| [h; QUARTERS_IN_HOUR as usize]).collect();
        profiles.insert(name, Profile { year: SourceYear::CityLearn, values, full });
    }
    match profiles.iter().find(|(_, p)| p.values.len() != p.year.rows()) {
        Some((name, p)) => {
            let file = if p.year == SourceYear::SimBench { SIMBENCH_FILE } else { CITYLEARN_FILE };
            Err(DataError::Shipped { file, what: format!("{name} has {} quarter-hours", p.values.len()) })
        }
        None => Ok(profiles),
    }
}

fn columns(bytes: &'static [u8], file: &'static str) -> Result<Vec<(String, Vec<u32>)>, DataError> {
    let damaged = |what: String| DataError::Shipped { file, what };
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from_static(bytes));
    let builder = builder.map_err(|e| damaged(e.to_string()))?;
    let mut columns: Vec<(String, Vec<u32>)> =
        builder.schema().fields().iter().map(|f| (f.name().clone(), Vec::new())).collect();
    for batch in builder.build().map_err(|e| damaged(e.to_string()))? {
        let batch = batch.map_err(|e| damaged(e.to_string()))?;
        for ((name, values), array) in columns.iter_mut().zip(batch.columns()) {
            let array = array.as_primitive_opt::<Int32Type>();
            let array = array.ok_or_else(|| damaged(format!("{name} is not a column of 32-bit integers")))?;
            for value in array.values() {
                values.push(u32::try_from(*value).map_err(|_| damaged(format!("{name} has {value}")))?);
            }
        }
    }
    Ok(columns)
}
