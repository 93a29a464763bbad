//! What storages hold before a day: the end of one day is the start of the next, whichever cycle computed it.

use std::collections::BTreeSet;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, TimestampMicrosecondType};
use chrono::NaiveDate;

use super::community::Community;
use super::community::Held;
use super::community::Stocks;
use crate::calendar::{Span, day_span, local_day, month_of};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::schema::Table;
use crate::sharing::Stock;
use crate::table::runs::Published;
use crate::table::scan::read_files;
use crate::table::{DataFile, Lake, Snapshot};

const COLUMNS: [&str; 4] = ["interval_start", "metering_point_id", "stock_community_kwh", "stock_grid_kwh"];

/// What the storages of a community hold at an instant by the rows of `storage` before it. Storages that left since,
/// and empty ones, are not in it.
///
/// # Errors
/// Environment, when a file cannot be read.
pub async fn opening(storage: &Snapshot, community: &Community<'_>, at: Micros) -> Result<Stocks> {
    let mut stocks = Stocks::new();
    if !community.has_storages() {
        return Ok(stocks);
    }
    let month = crate::table::file::month_name(month_of(local_day(community.zone(), at - 1)));
    let of_month = |f: &DataFile| f.window().get(..month.len()).unwrap_or_default().to_string();
    let mine = |f: &&DataFile| f.partition == community.id() && of_month(f) <= month;
    let files: Vec<&DataFile> = storage.files()?.iter().filter(mine).collect();
    let months: BTreeSet<String> = files.iter().map(|f| of_month(f)).collect();
    // The newest month with a row before the instant has one of every storage that is still there.
    for month in months.iter().rev() {
        let here = files.iter().filter(|f| of_month(f) == *month).map(|f| (*f).clone()).collect();
        for batch in read_files(storage, here, &COLUMNS).await? {
            let starts = batch.column(0).as_primitive::<TimestampMicrosecondType>();
            let points = cast(batch.column(1), &DataType::Utf8)?;
            let points = points.as_string::<i32>();
            let energy = |column: usize, row: usize| {
                let value = batch.column(column).as_primitive::<Decimal128Type>().value(row);
                i64::try_from(value).map_err(|_| Error::internal(format!("a stock of {value} micro-kWh")))
            };
            for row in (0..batch.num_rows()).filter(|row| starts.value(*row) < at) {
                let stock = Stock { community_micro_kwh: energy(2, row)?, grid_micro_kwh: energy(3, row)? };
                let held = Held { stock, last_interval: starts.value(row) };
                let known = stocks.entry(points.value(row).to_string()).or_insert(held);
                if known.last_interval < held.last_interval {
                    *known = held;
                }
            }
        }
        if !stocks.is_empty() {
            break;
        }
    }
    stocks.retain(|point, held| {
        let since = Span { start: held.last_interval, end: at };
        held.stock != Stock::default() && community.number(point).is_some_and(|n| community.took_part(n, since))
    });
    Ok(stocks)
}

/// A community with the stocks that a published set opens the first of some days with.
///
/// # Errors
/// Environment, when a file cannot be read.
pub(crate) async fn as_published<'r>(
    lake: &Lake,
    published: &Published,
    community: Community<'r>,
    days: &BTreeSet<NaiveDate>,
) -> Result<Community<'r>> {
    let Some(first) = days.first() else { return Ok(community) };
    let storage = lake.published_snapshot(published, Table::Storage).await?;
    let stocks = opening(&storage, &community, day_span(community.zone(), *first).start).await?;
    Ok(community.opening_with(stocks))
}
