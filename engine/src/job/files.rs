//! Which rows stand in which file: one sorted file per community and local day while the month is open, one per
//! community and month when it is closed.

use std::collections::BTreeSet;
use std::ops::Range;

use arrow::array::{AsArray, RecordBatch, UInt32Array};
use arrow::compute::{LexicographicalComparator, SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::calendar::day_number;
use crate::calendar::{day_span, local_day, month_of};
use crate::error::{Error, Result};
use crate::schema::Table;
use crate::table::file::month_name;
use crate::table::scan::read_files;
use crate::table::{DataFile, Snapshot, read_file, write_file};

/// A file to come and the files that it replaces.
#[derive(Debug, Default, Clone)]
pub struct Change {
    pub add: Vec<DataFile>,
    pub remove: Vec<DataFile>,
}

/// The stored files of a community and month.
pub fn files_of_month(files: &[DataFile], community: &str, month: NaiveDate) -> Vec<DataFile> {
    let name = month_name(month);
    files.iter().filter(|f| f.partition == community && f.window().starts_with(&name)).cloned().collect()
}

/// The rows of a local day among sorted rows.
fn rows_of(table: Table, zone: Tz, batch: &RecordBatch, day: NaiveDate) -> Result<Range<usize>> {
    if let Some(days) = batch.column_by_name("local_day") {
        let (days, day) = (days.as_primitive::<Date32Type>().values(), day_number(day));
        return Ok(days.partition_point(|d| *d < day)..days.partition_point(|d| *d <= day));
    }
    let (starts, span) = (starts(table, batch)?, day_span(zone, day));
    Ok(starts.partition_point(|at| *at < span.start)..starts.partition_point(|at| *at < span.end))
}

fn starts(table: Table, batch: &RecordBatch) -> Result<&[i64]> {
    let column = batch.column_by_name("interval_start");
    let column = column.ok_or_else(|| Error::internal(format!("{} has rows without a day", table.name())))?;
    Ok(column.as_primitive::<TimestampMicrosecondType>().values())
}

/// A month's rows in the order of their table: those that are stored of other days than the given ones, and the rows of
/// the given days.
///
/// # Errors
/// Environment, when a file cannot be read.
pub async fn with_other_days(
    snapshot: &Snapshot,
    stored: &[DataFile],
    zone: Tz,
    days: &BTreeSet<NaiveDate>,
    rows: &[RecordBatch],
) -> Result<Option<RecordBatch>> {
    let table = snapshot.table;
    let whole: BTreeSet<String> = days.iter().map(ToString::to_string).collect();
    let mut kept = Vec::new();
    for file in stored.iter().filter(|f| !whole.contains(f.window())) {
        kept.push(read_file(&snapshot.store(), table, file).await?);
    }
    spliced(table, zone, &kept, days, rows)
}

/// Rows of `kept` that are not of `days`, and the rows of `days`, each sorted. No day has rows of both, so that whole
/// runs are put one after the other.
fn spliced(
    table: Table,
    zone: Tz,
    kept: &[RecordBatch],
    days: &BTreeSet<NaiveDate>,
    rows: &[RecordBatch],
) -> Result<Option<RecordBatch>> {
    let mut runs = Vec::new();
    for batch in kept {
        let mut from = 0;
        for day in days {
            let of_day = rows_of(table, zone, batch, *day)?;
            runs.push(batch.slice(from, of_day.start - from));
            from = of_day.end;
        }
        runs.push(batch.slice(from, batch.num_rows() - from));
    }
    for batch in rows {
        for day in days {
            let of_day = rows_of(table, zone, batch, *day)?;
            runs.push(batch.slice(of_day.start, of_day.len()));
        }
    }
    let mut placed = Vec::new();
    for run in runs.into_iter().filter(|run| run.num_rows() > 0) {
        placed.push((time(table, &run, 0)?, time(table, &run, run.num_rows() - 1)?, run));
    }
    placed.sort_by_key(|(first, _, _)| *first);
    if placed.windows(2).any(|pair| pair[0].1 >= pair[1].0) {
        return Err(Error::internal(format!("{}: two files hold rows of one day", table.name())));
    }
    let runs: Vec<RecordBatch> = placed.into_iter().map(|(_, _, run)| run).collect();
    Ok(if runs.is_empty() { None } else { Some(concat_batches(&table.file_schema(), &runs)?) })
}

/// The time or the day of a row, as a number.
fn time(table: Table, batch: &RecordBatch, row: usize) -> Result<i64> {
    match batch.column_by_name("local_day") {
        Some(days) => Ok(i64::from(days.as_primitive::<Date32Type>().value(row))),
        None => Ok(starts(table, batch)?[row]),
    }
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
        let starts = starts(Table::Balances, &batch)?;
        let statuses = arrow::compute::cast(batch.column(1), &arrow::datatypes::DataType::Utf8)?;
        let statuses = statuses.as_string::<i32>();
        let open = (0..starts.len()).filter(|row| matches!(statuses.value(*row), "estimated" | "provisional"));
        found.extend(open.map(|row| local_day(zone, starts[row])));
    }
    Ok(found)
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
    // Most rows come sorted, and seeing that costs less than sorting.
    let comparator = LexicographicalComparator::try_new(&order)?;
    if (1..all.num_rows()).all(|n| comparator.compare(n - 1, n).is_le()) {
        return Ok(Some(all));
    }
    // The columns after the first tie are those of the SQL's own ORDER BY, which a stable sort keeps.
    let position: arrow::array::ArrayRef = std::sync::Arc::new(UInt32Array::from_iter_values(0..all.num_rows() as u32));
    let order: Vec<SortColumn> = order.into_iter().chain([SortColumn { values: position, options: None }]).collect();
    Ok(Some(take_record_batch(&all, &lexsort_to_indices(&order, None)?)?))
}

/// Writes the rows of some days of a month: into the month's file when it is closed, else into a file per day.
/// `all` are the rows of the whole month, where they are known already.
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
    all: Option<&RecordBatch>,
) -> Result<Change> {
    let (id, zone) = community;
    let table = snapshot.table;
    let stored = files_of_month(snapshot.files()?, id, month);
    let has_month_file = stored.iter().any(|f| f.window() == month_name(month));
    let mut change = Change::default();
    if month_closed || has_month_file {
        let all = match all {
            Some(all) => Some(all.clone()),
            None => with_other_days(snapshot, &stored, zone, days, rows).await?,
        };
        change.remove = stored;
        write(snapshot, id, &month_name(month), all, &mut change).await?;
    } else {
        let whole: BTreeSet<String> = days.iter().map(ToString::to_string).collect();
        change.remove = stored.into_iter().filter(|f| whole.contains(f.window())).collect();
        for day in days {
            let mut of_day = Vec::new();
            for batch in rows {
                let range = rows_of(table, zone, batch, *day)?;
                of_day.push(batch.slice(range.start, range.len()));
            }
            write(snapshot, id, &day.to_string(), sorted(table, &of_day)?, &mut change).await?;
        }
    }
    Ok(without_unchanged(change))
}

/// Writes the rows of a whole month into one file.
///
/// # Errors
/// Environment, when files cannot be written.
pub async fn write_month(snapshot: &Snapshot, id: &str, month: NaiveDate, rows: &[RecordBatch]) -> Result<Change> {
    let mut change = Change { remove: files_of_month(snapshot.files()?, id, month), ..Change::default() };
    write(snapshot, id, &month_name(month), sorted(snapshot.table, rows)?, &mut change).await?;
    Ok(without_unchanged(change))
}

async fn write(
    snapshot: &Snapshot,
    id: &str,
    window: &str,
    rows: Option<RecordBatch>,
    change: &mut Change,
) -> Result<()> {
    if let Some(batch) = rows {
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
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanArray, Decimal128Array, Int64Array, StringArray};
    use arrow::compute::filter_record_batch;
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::{QUARTER, zone};

    /// `readings` of some quarters after the start of March 2026 in Paris, in the order of the table.
    fn readings(quarters: &BTreeSet<i64>, revision: i64) -> RecordBatch {
        let start = day_span(paris(), "2026-03-01".parse().unwrap()).start;
        let text = |value: &'static str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(quarters.iter().map(|_| value)))
        };
        let energy = Decimal128Array::from_iter_values(quarters.iter().map(|q| i128::from(*q)));
        let columns: Vec<ArrayRef> = vec![
            crate::schema::arrays::times(quarters.iter().map(|q| start + q * QUARTER)),
            text("p"),
            text("import"),
            Arc::new(energy.with_precision_and_scale(18, 6).unwrap()),
            text("measured"),
            Arc::new(Int64Array::from_iter_values(quarters.iter().map(|_| revision))),
        ];
        RecordBatch::try_new(Table::Readings.file_schema(), columns).unwrap()
    }

    fn paris() -> Tz {
        zone("Europe/Paris").unwrap()
    }

    fn keep(batch: &RecordBatch, wanted: impl Fn(NaiveDate) -> bool) -> RecordBatch {
        let starts = starts(Table::Readings, batch).unwrap();
        let rows: BooleanArray = starts.iter().map(|at| Some(wanted(local_day(paris(), *at)))).collect();
        filter_record_batch(batch, &rows).unwrap()
    }

    proptest! {
        // March has a day of 92 quarters.
        #[test]
        fn splicing_is_filtering_and_sorting(
            old in prop::collection::btree_set(0i64..2972, 0..400),
            new in prop::collection::btree_set(0i64..2972, 0..400),
            days in prop::collection::btree_set(1u32..=31, 0..9),
            cut in 0i64..2972,
        ) {
            let days: BTreeSet<NaiveDate> =
                days.into_iter().map(|d| NaiveDate::from_ymd_opt(2026, 3, d).unwrap()).collect();
            let cut = local_day(paris(), time(Table::Readings, &readings(&[cut].into(), 0), 0).unwrap());
            let (old, new) = (readings(&old, 0), keep(&readings(&new, 1), |day| days.contains(&day)));
            let files = [keep(&old, |day| day < cut), keep(&old, |day| day >= cut)];
            let got = spliced(Table::Readings, paris(), &files, &days, std::slice::from_ref(&new)).unwrap();
            let all = [keep(&old, |day| !days.contains(&day)), new];
            let want = sorted(Table::Readings, &all).unwrap();
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn two_files_of_one_day_are_refused() {
        let day = readings(&[3, 5].into(), 0);
        let twice = [day.clone(), day];
        let refused = spliced(Table::Readings, paris(), &twice, &BTreeSet::new(), &[]).unwrap_err();
        assert!(refused.to_string().contains("readings: two files hold rows of one day"), "{refused}");
    }

    #[test]
    fn rows_in_disorder_are_sorted_and_those_in_order_stay() {
        let (early, late) = (readings(&[1, 2].into(), 0), readings(&[3].into(), 1));
        let in_order = sorted(Table::Readings, &[early.clone(), late.clone()]).unwrap();
        assert_eq!(sorted(Table::Readings, &[late, early]).unwrap(), in_order);
        assert_eq!(sorted(Table::Readings, &[]).unwrap(), None);
    }
}
