//! Which rows stand in which file: one sorted file per community and local day while the month is open, one per
//! community and month when it is closed.

use std::collections::BTreeSet;

use arrow::array::{AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{
    LexicographicalComparator, SortColumn, concat_batches, filter_record_batch, lexsort_to_indices, take_record_batch,
};
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use crate::calendar::{local_day, month_of};
use crate::error::{Error, Result};
use crate::schema::Table;
use crate::session::functions::from_days;
use crate::table::scan::read_files;
use crate::table::{DataFile, Snapshot, write_file};

/// A file to come and the files that it replaces.
#[derive(Debug, Default, Clone)]
pub struct Change {
    pub add: Vec<DataFile>,
    pub remove: Vec<DataFile>,
}

/// The name of a month in file names.
pub fn month_name(month: NaiveDate) -> String {
    format!("{:04}-{:02}", month.year(), month.month())
}

/// The stored files of a community and month.
pub fn files_of_month(files: &[DataFile], community: &str, month: NaiveDate) -> Vec<DataFile> {
    let name = month_name(month);
    files.iter().filter(|f| f.partition == community && f.window().starts_with(&name)).cloned().collect()
}

/// The local day of each row, by the time column of the table.
fn row_days(table: Table, zone: Tz, batch: &RecordBatch) -> Result<Vec<NaiveDate>> {
    let column = |name: &str| batch.column_by_name(name);
    if let Some(days) = column("local_day") {
        return Ok(days.as_primitive::<Date32Type>().values().iter().map(|d| from_days(*d)).collect());
    }
    let starts =
        column("interval_start").ok_or_else(|| Error::internal(format!("{} has rows without a day", table.name())))?;
    let starts = starts.as_primitive::<TimestampMicrosecondType>();
    Ok(starts.values().iter().map(|at| local_day(zone, *at)).collect())
}

/// Stored rows of a month that do not belong to the given days.
///
/// # Errors
/// Environment, when a file cannot be read.
pub async fn rows_of_other_days(
    snapshot: &Snapshot,
    files: Vec<DataFile>,
    zone: Tz,
    days: &BTreeSet<NaiveDate>,
) -> Result<Vec<RecordBatch>> {
    let table = snapshot.table;
    let whole: BTreeSet<String> = days.iter().map(ToString::to_string).collect();
    let files: Vec<_> = files.into_iter().filter(|f| !whole.contains(f.window())).collect();
    if files.is_empty() {
        return Ok(vec![]);
    }
    let schema = table.file_schema();
    let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let mut kept = Vec::new();
    for batch in read_files(snapshot, files, &columns).await? {
        let batch = RecordBatch::try_new(schema.clone(), owned_columns(&batch, &schema)?)?;
        let keep: BooleanArray = row_days(table, zone, &batch)?.iter().map(|d| Some(!days.contains(d))).collect();
        if keep.true_count() > 0 {
            kept.push(filter_record_batch(&batch, &keep)?);
        }
    }
    Ok(kept)
}

/// The local days of files of `balances` with intervals whose consumption is estimated, or could be once a value comes.
///
/// # Errors
/// Environment, when a file cannot be read.
pub async fn days_to_estimate(balances: &Snapshot, files: Vec<DataFile>, zone: Tz) -> Result<BTreeSet<NaiveDate>> {
    if files.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut found = BTreeSet::new();
    for batch in read_files(balances, files, &["interval_start", "status"]).await? {
        let days = row_days(Table::Balances, zone, &batch)?;
        let statuses = arrow::compute::cast(batch.column(1), &arrow::datatypes::DataType::Utf8)?;
        let statuses = statuses.as_string::<i32>();
        let open = (0..days.len()).filter(|row| matches!(statuses.value(*row), "estimated" | "provisional"));
        found.extend(open.map(|row| days[row]));
    }
    Ok(found)
}

/// Readers may hand texts out as views: files and comparisons here want plain ones.
fn owned_columns(batch: &RecordBatch, schema: &arrow::datatypes::Schema) -> Result<Vec<arrow::array::ArrayRef>> {
    batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| Ok(arrow::compute::cast(column, field.data_type())?))
        .collect()
}

/// Puts rows into the order of their table.
///
/// # Errors
/// Internal, when the rows do not have the table's columns.
pub fn sorted(table: Table, batches: &[RecordBatch]) -> Result<Option<RecordBatch>> {
    if batches.iter().all(|b| b.num_rows() == 0) {
        return Ok(None);
    }
    let all = concat_batches(&table.file_schema(), batches)?;
    let order: Vec<SortColumn> = table
        .order()
        .iter()
        .filter_map(|name| Some(SortColumn { values: all.column_by_name(name)?.clone(), options: None }))
        .collect();
    // The columns after the first tie are those of the SQL's own ORDER BY, which a stable sort keeps.
    let position: arrow::array::ArrayRef = std::sync::Arc::new(UInt32Array::from_iter_values(0..all.num_rows() as u32));
    let order: Vec<SortColumn> = order.into_iter().chain([SortColumn { values: position, options: None }]).collect();
    let comparator = LexicographicalComparator::try_new(&order)?;
    // Stored rows and those of the days computed anew come sorted: placing one among the other costs less than sorting.
    let indices = match placed(all.num_rows(), |a, b| comparator.compare(a, b)) {
        Some(Placed::AsTheyAre) => return Ok(Some(all)),
        Some(Placed::In(order)) => UInt32Array::from(order),
        None => lexsort_to_indices(&order, None)?,
    };
    Ok(Some(take_record_batch(&all, &indices)?))
}

/// Where rows belong that come in few sorted runs.
#[derive(Debug, PartialEq, Eq)]
enum Placed {
    AsTheyAre,
    In(Vec<u32>),
}

/// Most runs that are placed among each other one by one.
const RUNS_MAX: usize = 64;

/// The order of rows that come in at most [`RUNS_MAX`] sorted runs, by a comparison in which no two rows are equal.
fn placed(count: usize, compare: impl Fn(usize, usize) -> std::cmp::Ordering) -> Option<Placed> {
    let breaks = (1..count).filter(|n| compare(n - 1, *n).is_gt()).take(RUNS_MAX).collect::<Vec<_>>();
    if breaks.len() == RUNS_MAX {
        return None;
    }
    let ends = breaks.iter().copied().skip(1).chain([count]);
    let mut order: Vec<u32> = (0..breaks.first().copied().unwrap_or(count) as u32).collect();
    for (start, end) in breaks.iter().copied().zip(ends) {
        let at = order.partition_point(|row| compare(*row as usize, start).is_lt());
        let mut later = order.split_off(at).into_iter().peekable();
        for row in start..end {
            while let Some(first) = later.next_if(|first| compare(*first as usize, row).is_lt()) {
                order.push(first);
            }
            order.push(row as u32);
        }
        order.extend(later);
    }
    Some(if breaks.is_empty() { Placed::AsTheyAre } else { Placed::In(order) })
}

/// Writes the rows of some days of a month: into the month's file when it is closed, else into a file per day.
///
/// # Errors
/// Environment, when files cannot be read or written.
pub async fn write_days(
    snapshot: &Snapshot,
    community: (&str, Tz),
    month: NaiveDate,
    month_closed: bool,
    days: &BTreeSet<NaiveDate>,
    rows: &[RecordBatch],
) -> Result<Change> {
    let (id, zone) = community;
    let table = snapshot.table;
    let stored = files_of_month(&snapshot.files()?, id, month);
    let has_month_file = stored.iter().any(|f| f.window() == month_name(month));
    let mut change = Change::default();
    if month_closed || has_month_file {
        let mut all = rows_of_other_days(snapshot, stored.clone(), zone, days).await?;
        all.extend(rows.iter().cloned());
        change.remove = stored;
        write(snapshot, id, &month_name(month), &all, &mut change).await?;
    } else {
        let whole: BTreeSet<String> = days.iter().map(ToString::to_string).collect();
        change.remove = stored.into_iter().filter(|f| whole.contains(f.window())).collect();
        for day in days {
            let of_day = rows_of_day(table, zone, rows, *day)?;
            write(snapshot, id, &day.to_string(), &of_day, &mut change).await?;
        }
    }
    Ok(without_unchanged(change))
}

/// Writes the rows of a whole month into one file.
///
/// # Errors
/// Environment, when files cannot be written.
pub async fn write_month(snapshot: &Snapshot, id: &str, month: NaiveDate, rows: &[RecordBatch]) -> Result<Change> {
    let mut change = Change { remove: files_of_month(&snapshot.files()?, id, month), ..Change::default() };
    write(snapshot, id, &month_name(month), rows, &mut change).await?;
    Ok(without_unchanged(change))
}

fn rows_of_day(table: Table, zone: Tz, rows: &[RecordBatch], day: NaiveDate) -> Result<Vec<RecordBatch>> {
    rows.iter()
        .map(|batch| {
            let keep: BooleanArray = row_days(table, zone, batch)?.iter().map(|d| Some(*d == day)).collect();
            Ok(filter_record_batch(batch, &keep)?)
        })
        .collect()
}

async fn write(snapshot: &Snapshot, id: &str, window: &str, rows: &[RecordBatch], change: &mut Change) -> Result<()> {
    if let Some(batch) = sorted(snapshot.table, rows)? {
        // Files of jobs carry no time of writing: the same rows are the same file, in the log too.
        change.add.push(write_file(&snapshot.store(), snapshot.table, id, window, &[batch], 0).await?);
    }
    Ok(())
}

/// A file that is already there, byte for byte, stays.
fn without_unchanged(mut change: Change) -> Change {
    let same: BTreeSet<String> =
        change.add.iter().filter(|a| change.remove.iter().any(|r| r.path == a.path)).map(|a| a.path.clone()).collect();
    change.add.retain(|f| !same.contains(&f.path));
    change.remove.retain(|f| !same.contains(&f.path));
    change
}

/// Whether a month is closed for a community: its last day's deadline has passed.
pub fn last_day_of(month: NaiveDate) -> NaiveDate {
    crate::calendar::next_month(month_of(month)).pred_opt().unwrap_or(month)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted_by_key(keys: &[u8]) -> Vec<u32> {
        let mut order: Vec<u32> = (0..keys.len() as u32).collect();
        order.sort_by_key(|row| keys[*row as usize]);
        order
    }

    fn placed_by_key(keys: &[u8]) -> Option<Placed> {
        placed(keys.len(), |a, b| (keys[a], a).cmp(&(keys[b], b)))
    }

    #[test]
    fn rows_that_are_in_order_stay_and_too_many_runs_are_sorted_otherwise() {
        assert_eq!(placed_by_key(&[]), Some(Placed::AsTheyAre));
        assert_eq!(placed_by_key(&[1, 1, 2]), Some(Placed::AsTheyAre));
        // A month without its third day, and that day.
        assert_eq!(placed_by_key(&[1, 1, 2, 4, 4, 3, 3]), Some(Placed::In(vec![0, 1, 2, 5, 6, 3, 4])));
        assert_eq!(placed_by_key(&(0..=255).rev().collect::<Vec<_>>()), None);
    }

    proptest! {
        #[test]
        fn runs_are_placed_as_a_stable_sort_places_them(runs in prop::collection::vec(prop::collection::vec(0u8..20, 0..12), 0..20)) {
            let keys: Vec<u8> = runs.into_iter().flat_map(|mut run| { run.sort_unstable(); run }).collect();
            let want = sorted_by_key(&keys);
            match placed_by_key(&keys) {
                Some(Placed::AsTheyAre) => prop_assert!(keys.is_sorted()),
                Some(Placed::In(order)) => prop_assert_eq!(order, want),
                None => prop_assert!(false, "few runs"),
            }
        }
    }
}
