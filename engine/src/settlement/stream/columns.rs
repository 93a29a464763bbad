//! Reading the columns of `readings` as plain numbers, whatever their types.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::DictionaryArray;
use arrow::array::Int8Array;
use arrow::array::StringArray;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::Int8Type;
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};

use crate::error::{Error, Result};

/// What an energy column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `DECIMAL(18,6)` kWh.
    Kwh,
    /// Whole numbers of so many micro-kWh.
    Whole(i64),
}

impl Unit {
    /// In micro-kWh.
    pub fn micro_kwh(self) -> i64 {
        match self {
            Self::Kwh => 1,
            Self::Whole(micro_kwh) => micro_kwh,
        }
    }
}

/// The columns of a table of readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Text, or a number whose text is `community_names` at its place.
    pub community: String,
    pub interval_start: String,
    /// Text, or a number whose text is `point_names` at its place.
    pub metering_point: String,
    /// `import` or `export`; where there is no such column, every point measures one direction.
    pub direction: Option<String>,
    /// What import and export are called where there is no such column.
    pub direction_words: [&'static str; 2],
    pub energy: String,
    pub unit: Unit,
    /// Ids of communities that the table names by number.
    pub community_names: Arc<Vec<String>>,
    /// Ids of metering points that the table names by number.
    pub point_names: Arc<Vec<String>>,
}

impl Default for Columns {
    /// Those of the lake's `readings`.
    fn default() -> Self {
        Self {
            community: "community_id".into(),
            interval_start: "interval_start".into(),
            metering_point: "metering_point_id".into(),
            direction: Some("direction".into()),
            direction_words: ["import", "export"],
            energy: "energy_kwh".into(),
            unit: Unit::Kwh,
            community_names: Arc::default(),
            point_names: Arc::default(),
        }
    }
}

impl Columns {
    /// Their names, in the order in which the pass reads them.
    pub fn names(&self) -> Vec<&str> {
        let all = [&self.community, &self.interval_start, &self.metering_point, &self.energy];
        all.into_iter().chain(&self.direction).map(String::as_str).collect()
    }
}

/// Numbers of texts, remembered from row to row: rows come in order, so the text after one is mostly the one that came
/// after it before.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
    next: Vec<u32>,
    last: u32,
    /// Dictionaries by address, with the numbers of their values.
    dictionary: Option<(ArrayRef, Vec<u32>)>,
    /// Numbers of numbers, where the table has numbers.
    direct: Vec<u32>,
}

/// A text that is not known.
pub(super) const UNKNOWN: u32 = u32::MAX;

impl Numbering {
    /// Numbers texts by their place. `names` are the texts of the numbers that the table uses in their stead.
    pub fn new(texts: Vec<String>, names: &[String]) -> Self {
        let numbers: HashMap<String, u32> = texts.iter().cloned().zip(0..).collect();
        let direct = names.iter().map(|n| numbers.get(n).copied().unwrap_or(UNKNOWN)).collect();
        let next = (0..texts.len() as u32).map(|n| (n + 1) % (texts.len() as u32).max(1)).collect();
        Self { numbers, texts, next, last: 0, dictionary: None, direct }
    }

    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    pub fn number(&self, text: &str) -> u32 {
        self.numbers.get(text).copied().unwrap_or(UNKNOWN)
    }

    /// The number of a text that must be there.
    ///
    /// # Errors
    /// User: master data name a metering point that has no row.
    pub fn known(&self, text: &str) -> Result<u32> {
        let missing =
            || Error::user(format!("metering point `{text}` takes part and is not registered: apply its file"));
        self.numbers.get(text).copied().ok_or_else(missing)
    }

    fn of(&mut self, text: &str) -> u32 {
        let guess = self.next.get(self.last as usize).copied().unwrap_or(UNKNOWN);
        if self.texts.get(guess as usize).is_some_and(|t| t == text) {
            self.last = guess;
            return guess;
        }
        let number = self.number(text);
        if number != UNKNOWN {
            if let Some(next) = self.next.get_mut(self.last as usize) {
                *next = number;
            }
            self.last = number;
        }
        number
    }

    /// The numbers of a column's rows.
    ///
    /// # Errors
    /// Internal, when the column is of another type.
    pub fn read(&mut self, column: &ArrayRef, out: &mut Vec<u32>) -> Result<()> {
        out.clear();
        match column.data_type() {
            DataType::Int32 => {
                let place = |n: &i32| usize::try_from(*n).ok().and_then(|n| self.direct.get(n)).copied();
                let values = column.as_primitive::<Int32Type>().values();
                out.extend(values.iter().map(|n| place(n).unwrap_or(UNKNOWN)));
            }
            DataType::Utf8 => {
                let values = column.as_string::<i32>();
                out.extend((0..values.len()).map(|row| self.of(values.value(row))));
            }
            DataType::Utf8View => {
                let values = column.as_string_view();
                out.extend((0..values.len()).map(|row| self.of(values.value(row))));
            }
            DataType::Dictionary(key, _) if **key == DataType::Int32 => {
                let keys = column.as_dictionary::<Int32Type>();
                let values = keys.values();
                // Batches of one column chunk share the memory of their dictionary.
                let same = |seen: &ArrayRef| seen.to_data().ptr_eq(&values.to_data());
                let known = self.dictionary.as_ref().is_some_and(|(seen, _)| same(seen));
                if !known {
                    let texts = arrow::compute::cast(values, &DataType::Utf8)?;
                    let texts = texts.as_string::<i32>();
                    let numbers = (0..texts.len()).map(|n| self.number(texts.value(n))).collect();
                    self.dictionary = Some((Arc::clone(values), numbers));
                }
                let numbers = self.dictionary.as_ref().map(|(_, n)| n.as_slice()).unwrap_or_default();
                let place = |k: &i32| numbers.get(*k as usize).copied().unwrap_or(UNKNOWN);
                out.extend(keys.keys().values().iter().map(place));
            }
            other => return Err(Error::internal(format!("an id column of type {other}"))),
        }
        Ok(())
    }
}

/// The rows of a batch as numbers.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub communities: Vec<u32>,
    pub points: Vec<u32>,
    pub starts: Vec<i64>,
    pub energies: Vec<i64>,
    /// Whether the row is of direction export; empty where the table does not say.
    pub exports: Vec<bool>,
}

impl Rows {
    /// Reads the columns of a batch that stand in the order of [`Columns::names`].
    ///
    /// # Errors
    /// Internal, when a column is of another type.
    pub fn read(&mut self, batch: &RecordBatch, communities: &mut Numbering, points: &mut Numbering) -> Result<()> {
        let column = |n: usize| batch.columns().get(n).ok_or_else(|| Error::internal("a column of readings"));
        communities.read(column(0)?, &mut self.communities)?;
        points.read(column(2)?, &mut self.points)?;
        let starts = column(1)?.as_primitive_opt::<TimestampMicrosecondType>();
        let starts = starts.ok_or_else(|| Error::internal("interval_start is not timestamp(us)"))?;
        self.starts.clear();
        self.starts.extend_from_slice(starts.values());
        self.energies.clear();
        let energy = column(3)?;
        if let Some(values) = energy.as_primitive_opt::<Int64Type>() {
            self.energies.extend_from_slice(values.values());
        } else if let Some(values) = energy.as_primitive_opt::<Decimal128Type>() {
            // DECIMAL(18,6) fits 64 bits.
            self.energies.extend(values.values().iter().map(|v| *v as i64));
        } else {
            return Err(Error::internal(format!("an energy column of type {}", energy.data_type())));
        }
        self.exports.clear();
        if let Ok(direction) = column(4) {
            let texts = arrow::compute::cast(direction, &DataType::Utf8)?;
            let texts = texts.as_string::<i32>();
            self.exports.extend((0..texts.len()).map(|row| texts.value(row) == "export"));
        }
        Ok(())
    }
}

/// The words of directions, as a dictionary.
pub(super) fn directions(exports: impl Iterator<Item = bool>, words: &[&'static str; 2]) -> Result<ArrayRef> {
    let keys: Int8Array = exports.map(|e| Some(i8::from(e))).collect();
    let words: ArrayRef = Arc::new(StringArray::from(words.to_vec()));
    Ok(Arc::new(DictionaryArray::<Int8Type>::try_new(keys, words)?))
}
