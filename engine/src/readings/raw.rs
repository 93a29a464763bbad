//! Reading `readings_raw`: the values of some points on some UTC days, with dense numbers in place of texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::{Expr, col, lit};
use futures::TryStreamExt;

use super::truth::RawValue;
use crate::error::{Error, Result};
use crate::reading::{Direction, Kind, Quality};
use crate::schema::Table;
use crate::table::file::date;
use crate::table::{DataFile, LakeTable, Snapshot};

/// Values with the ids that their numbers stand for.
#[derive(Debug, Default)]
pub struct RawValues {
    pub values: Vec<RawValue>,
    /// Ids of the points, ascending.
    pub points: Vec<String>,
}

const COLUMNS: [&str; 13] = [
    "metering_point_id",
    "direction",
    "interval_start",
    "interval_seconds",
    "energy_kwh",
    "quality",
    "revision",
    "message_at",
    "source",
    "position",
    "position_index",
    "origin_source",
    "origin_position",
];

/// Points that a scan is asked for by name; of more, all are read and those that nobody asked for left aside.
const LISTED_POINTS_MAX: usize = 2_000;

/// Reads the readings of `points` on `utc_days`.
///
/// # Errors
/// Environment, when a file cannot be read; internal, when a value is not what this program writes.
pub async fn read_raw(snapshot: &Snapshot, utc_days: &BTreeSet<i32>, points: &BTreeSet<String>) -> Result<RawValues> {
    let files: Vec<DataFile> = files_of(snapshot, utc_days)?;
    let reading = lit(Kind::Measured.as_str());
    // Most files hold nothing but readings, and then nobody needs to look.
    let only = files.iter().all(|f| kinds(f).is_none_or(|(_, high)| high == Kind::Measured.as_str()));
    let wanted = (!only).then(|| col("kind").is_null().or(col("kind").eq(reading)));
    let files = files.into_iter().filter(|f| kinds(f).is_none_or(|(low, _)| low == Kind::Measured.as_str())).collect();
    let mut reader = Reader::new(points.iter().cloned().collect());
    let mut batches = scan(snapshot, files, points, wanted, &COLUMNS).await?;
    while let Some(batch) = batches.try_next().await? {
        reader.read(&batch, |_| true)?;
    }
    Ok(reader.finish())
}

/// Reads what an operator has worked out for the points of a community on `utc_days`, by kind.
///
/// # Errors
/// As [`read_raw`].
pub async fn read_results(
    snapshot: &Snapshot,
    utc_days: &BTreeSet<i32>,
    community: &str,
    points: &BTreeSet<String>,
) -> Result<BTreeMap<Kind, RawValues>> {
    let with_results = |f: &DataFile| kinds(f).is_some_and(|(_, high)| high != Kind::Measured.as_str());
    let files: Vec<DataFile> = files_of(snapshot, utc_days)?.into_iter().filter(with_results).collect();
    let mut all = BTreeMap::new();
    if files.is_empty() {
        return Ok(all);
    }
    let wanted = col("community_id").eq(lit(community)).and(col("kind").not_eq(lit(Kind::Measured.as_str())));
    let columns: Vec<&str> = COLUMNS.into_iter().chain(["kind"]).collect();
    let batches: Vec<RecordBatch> = scan(snapshot, files, points, Some(wanted), &columns).await?.try_collect().await?;
    for kind in Kind::ALL.into_iter().filter(|k| k.is_of_operator()) {
        let mut reader = Reader::new(points.iter().cloned().collect());
        for batch in &batches {
            let kinds = cast(batch.column(COLUMNS.len()), &DataType::Utf8)?;
            let kinds = kinds.as_string::<i32>();
            reader.read(batch, |row| kinds.value(row) == kind.as_str())?;
        }
        let values = reader.finish();
        if !values.values.is_empty() {
            all.insert(kind, values);
        }
    }
    Ok(all)
}

fn files_of(snapshot: &Snapshot, utc_days: &BTreeSet<i32>) -> Result<Vec<DataFile>> {
    let days: BTreeSet<String> = utc_days.iter().map(|d| date(*d)).collect();
    Ok(snapshot.files()?.iter().filter(|f| days.contains(&f.partition)).cloned().collect())
}

/// The first and the last kind of a file by the alphabet, in which `measured` is the first of all. Files of older lakes
/// name none: they hold readings. A file that was made of both kinds of files names those of the newer ones.
fn kinds(file: &DataFile) -> Option<(&str, &str)> {
    let (low, high) = file.bounds.get("kind")?;
    Some((low.as_str()?, high.as_str()?))
}

async fn scan(
    snapshot: &Snapshot,
    files: Vec<DataFile>,
    points: &BTreeSet<String>,
    wanted: Option<Expr>,
    columns: &[&str],
) -> Result<SendableRecordBatchStream> {
    let session = crate::session::plain();
    LakeTable::over(snapshot, files)?.register(&session)?;
    let of_points = (points.len() <= LISTED_POINTS_MAX).then(|| {
        let ids: Vec<Expr> = points.iter().map(|p| lit(p.as_str())).collect();
        col("metering_point_id").in_list(ids, false)
    });
    let mut frame = session.table(Table::ReadingsRaw.name()).await?;
    if let Some(filter) = of_points.into_iter().chain(wanted).reduce(Expr::and) {
        frame = frame.filter(filter)?;
    }
    Ok(frame.select_columns(columns)?.execute_stream().await?)
}

/// Gathers values; sources get their ranks at the end, because values are ordered by the names of sources.
struct Reader {
    points: Vec<String>,
    numbers: HashMap<String, u32>,
    sources: Vec<String>,
    source_numbers: HashMap<String, u32>,
    values: Vec<RawValue>,
}

impl Reader {
    fn new(points: Vec<String>) -> Self {
        let numbers = points.iter().enumerate().map(|(i, p)| (p.clone(), i as u32)).collect();
        Self { points, numbers, sources: vec![], source_numbers: HashMap::new(), values: vec![] }
    }

    fn source(&mut self, name: &str) -> u32 {
        match self.source_numbers.get(name) {
            Some(number) => *number,
            None => {
                let number = self.sources.len() as u32;
                self.sources.push(name.to_string());
                self.source_numbers.insert(name.to_string(), number);
                number
            }
        }
    }

    fn read(&mut self, batch: &RecordBatch, wanted: impl Fn(usize) -> bool) -> Result<()> {
        let text = |i: usize| -> Result<StringArray> {
            Ok(cast(batch.column(i), &DataType::Utf8)?.as_string::<i32>().clone())
        };
        let (points, directions, qualities) = (text(0)?, text(1)?, text(5)?);
        let (sources, origins) = (text(8)?, text(11)?);
        let starts = batch.column(2).as_primitive::<TimestampMicrosecondType>();
        let seconds = batch.column(3).as_primitive::<Int32Type>();
        let energy = batch.column(4).as_primitive::<Decimal128Type>();
        let revisions = batch.column(6).as_primitive::<Int64Type>();
        let message_at = batch.column(7).as_primitive::<TimestampMicrosecondType>();
        let positions = batch.column(9).as_primitive::<Int64Type>();
        let indexes = batch.column(10).as_primitive::<Int32Type>();
        let origin_positions = batch.column(12).as_primitive::<Int64Type>();
        let (mut last_point, mut last_source) = (("", u32::MAX), ("", u32::MAX));
        self.values.reserve(batch.num_rows());
        for i in (0..batch.num_rows()).filter(|row| wanted(*row)) {
            if last_point.0 != points.value(i) || last_point.1 == u32::MAX {
                let Some(number) = self.numbers.get(points.value(i)).copied() else { continue };
                last_point = (points.value(i), number);
            }
            // A value that waited in quarantine keeps its place in the order of arrival.
            let replayed = !origins.is_null(i);
            let name = if replayed { origins.value(i) } else { sources.value(i) };
            if last_source.0 != name || last_source.1 == u32::MAX {
                last_source = (name, self.source(name));
            }
            self.values.push(RawValue {
                point: last_point.1,
                direction: Direction::parse(directions.value(i)).ok_or_else(|| unreadable("direction"))?,
                interval_start: starts.value(i),
                interval_seconds: u32::try_from(seconds.value(i)).map_err(|_| unreadable("interval_seconds"))?,
                energy_micro_kwh: i64::try_from(energy.value(i)).map_err(|_| unreadable("energy_kwh"))?,
                quality: Quality::parse(qualities.value(i)).ok_or_else(|| unreadable("quality"))?,
                revision: revisions.value(i),
                message_at: message_at.value(i),
                source: last_source.1,
                position: if replayed { origin_positions.value(i) } else { positions.value(i) },
                index: indexes.value(i),
            });
        }
        Ok(())
    }

    fn finish(mut self) -> RawValues {
        let mut order: Vec<u32> = (0..self.sources.len() as u32).collect();
        order.sort_by(|a, b| self.sources[*a as usize].cmp(&self.sources[*b as usize]));
        let mut rank = vec![0u32; order.len()];
        for (i, number) in order.iter().enumerate() {
            rank[*number as usize] = i as u32;
        }
        for value in &mut self.values {
            value.source = rank[value.source as usize];
        }
        RawValues { values: self.values, points: self.points }
    }
}

fn unreadable(column: &str) -> Error {
    Error::internal(format!("readings_raw.{column} holds a value that this program does not write"))
}
