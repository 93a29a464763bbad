//! Scan, settlement and full job over a month of many meters.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, TimestampMicrosecondType};
use engine::calendar::QUARTER;
use engine::catalog::Principal;
use engine::clock::ManualClock;
use engine::ingest::{Direction, Door, Frame, FrameBatch, Intake, Limits, Quality};
use engine::job::{VALUES_MAX, Worker};
use engine::readings::{CurrentValue, Fit};
use engine::settlement::Community as Settling;
use engine::table::{Lake, NoFence};
use futures::StreamExt;
use url::Url;

use crate::meters::{Meters, instant};

/// The measured communities.
const METERS: Meters = Meters { of_each: 50 };
const DAYS: i64 = 30;
/// Values of one commit.
const COMMIT: usize = 960_000;

/// The lake of a folder, on a clock that stands after the last deadline of its month.
///
/// # Errors
/// When the folder cannot be used.
pub async fn open(folder: &Path) -> Result<(Arc<Lake>, Arc<ManualClock>)> {
    let root = Url::from_directory_path(folder.canonicalize()?).ok().context("a folder")?;
    Ok((Lake::open(&root, HashMap::new()).await?, Arc::new(ManualClock::at(instant("2026-07-10T00:00:00Z")?))))
}

/// Registers the points and takes a month of values in.
///
/// # Errors
/// When the lake cannot be written.
pub async fn prepare(folder: &Path, points: usize) -> Result<()> {
    let (lake, clock) = open(folder).await?;
    lake.copy_registry(&METERS.master_data(points)?, 0, &NoFence).await?;
    let door = Arc::new(Door::new(&*lake.registry().await?, Default::default()));
    let limits = Limits { age: i64::MAX, rows: COMMIT, ..Limits::default() };
    let mut intake = Intake::new(Arc::clone(&lake), clock, door, limits);
    let first = instant("2026-05-31T22:00:00Z")?;
    let mut numbers = METERS.numbers();
    let mut offset = 0;
    for quarter in 0..DAYS * 96 {
        let start = first + quarter * QUARTER;
        let mut batch = FrameBatch::new("bench/readings/0", offset);
        for point in 0..points {
            let payload = METERS.payload(point, start, METERS.energy(point, quarter));
            batch.push(Frame { payload: &payload, offset, message_at: start + QUARTER, cut: None });
            offset += 1;
        }
        intake.take(&batch, &mut numbers).await?;
        if intake.is_due() {
            intake.commit().await?;
        }
    }
    intake.commit().await?;
    Ok(())
}

/// Computes the month of every community, with all tables written, checked and committed. Says the shared energy.
///
/// # Errors
/// When the lake cannot be written.
pub async fn full_job(folder: &Path) -> Result<String> {
    let (lake, clock) = open(folder).await?;
    let worker = worker(&lake, &clock);
    let (from, to) = ("2026-06-01".parse()?, "2026-07-01".parse()?);
    let report = worker.run_range(None, from, to).await?;
    ensure!(report.held.is_empty() && !report.computed.is_empty(), "{report:?}");
    shared(&worker.lake).await
}

fn worker(lake: &Arc<Lake>, clock: &Arc<ManualClock>) -> Worker {
    Worker {
        lake: Arc::clone(lake),
        clock: Arc::clone(clock) as _,
        graph: queries::graph(),
        fence: Arc::new(NoFence),
        program: "bench".into(),
        values_max: VALUES_MAX,
    }
}

/// Takes in one corrected reading and computes what follows from it, until a reader of the community's day sees it, as
/// a service does that has done so before: twice, and the second time counts. `nth` makes it another correction each
/// time. Says the CPU seconds and the milliseconds on the clock of the wall.
///
/// # Errors
/// When the lake cannot be written.
pub async fn corrected(folder: &Path, nth: i64) -> Result<String> {
    let (lake, clock) = open(folder).await?;
    let worker = worker(&lake, &clock);
    let door = Arc::new(Door::new(&*lake.registry().await?, Default::default()));
    let mut intake = Intake::new(Arc::clone(&lake), clock, door, Limits { age: i64::MAX, ..Limits::default() });
    correct(&lake, &worker, &mut intake, 2 * nth).await?;
    let (started, before) = (std::time::Instant::now(), crate::measure::cpu_s()?);
    correct(&lake, &worker, &mut intake, 2 * nth + 1).await?;
    Ok(format!("{:.2} {}", crate::measure::cpu_s()? - before, started.elapsed().as_millis()))
}

async fn correct(lake: &Arc<Lake>, worker: &Worker, intake: &mut Intake, nth: i64) -> Result<()> {
    let start = instant("2026-06-15T10:00:00Z")?;
    let mut batch = FrameBatch::new("bench/corrections/0", nth);
    let payload = METERS.payload(0, start, 1_000 + nth);
    let message_at = start + 30 * 96 * QUARTER + nth;
    batch.push(Frame { payload: &payload, offset: nth, message_at, cut: None });
    intake.take(&batch, &mut METERS.numbers()).await?;
    intake.commit().await?;
    let report = worker.run_pending().await?;
    let days: usize = report.computed.values().map(std::collections::BTreeSet::len).sum();
    ensure!(report.held.is_empty() && days == 1, "{report:?}");
    let published = lake.published().await?;
    let reader = Principal::Communities([METERS.community_of(0)].into());
    let session = engine::catalog::open(lake, published.as_ref(), &reader).await?;
    let sql = "select interval_start, shared_kwh, status from balances where interval_start >= '2026-06-14T22:00:00Z' \
               and interval_start < '2026-06-15T22:00:00Z' order by 1";
    let rows = engine::session::query(&session, sql).await?.collect().await?;
    ensure!(rows.iter().map(|b| b.num_rows()).sum::<usize>() == 96, "a day of 96 quarters");
    Ok(())
}

/// What the published balances say.
///
/// # Errors
/// When nothing is published.
pub async fn shared(lake: &Lake) -> Result<String> {
    first_value(lake, "select sum(shared_kwh) from balances").await
}

async fn first_value(lake: &Lake, sql: &str) -> Result<String> {
    let published = lake.published().await?;
    let session = engine::catalog::open(lake, published.as_ref(), &Principal::Operator).await?;
    let rows = engine::session::query(&session, sql).await?.collect().await?;
    let batch = rows.iter().find(|b| b.num_rows() > 0).context("no row")?;
    Ok(arrow::util::display::array_value_to_string(batch.column(0), 0)?)
}

/// Reads four columns of `readings` and nothing else.
///
/// # Errors
/// When files cannot be read.
pub async fn scan(folder: &Path) -> Result<String> {
    let (lake, _) = open(folder).await?;
    let sql = "select sum(energy_kwh), max(community_id), max(interval_start), max(metering_point_id) from readings";
    first_value(&lake, sql).await
}

/// Reads `readings` and settles every community's month; nothing is written. Says the shared energy.
///
/// # Errors
/// When files cannot be read.
pub async fn settlement(folder: &Path) -> Result<String> {
    let (lake, _) = open(folder).await?;
    let registry = lake.registry().await?;
    let published = lake.published().await?;
    let session = engine::catalog::open(&lake, published.as_ref(), &Principal::Operator).await?;
    let sql = "select community_id, interval_start, metering_point_id, energy_kwh from readings \
               order by community_id, interval_start";
    let mut stream = engine::session::query(&session, sql).await?.execute_stream().await?;
    let from: chrono::NaiveDate = "2026-06-01".parse()?;
    let days: Vec<_> = from.iter_days().take(30).map(|d| (d, true)).collect();
    let mut open: Option<(Settling<'_>, Vec<CurrentValue>)> = None;
    let mut total = 0i128;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        let text = |i: usize| cast(batch.column(i), &DataType::Utf8);
        let (communities, points) = (text(0)?, text(2)?);
        let (communities, points) = (communities.as_string::<i32>(), points.as_string::<i32>());
        let starts = batch.column(1).as_primitive::<TimestampMicrosecondType>().values();
        let energies = batch.column(3).as_primitive::<Decimal128Type>().values();
        for row in 0..batch.num_rows() {
            let id = communities.value(row);
            if open.as_ref().is_none_or(|(c, _)| c.id() != id) {
                total += close(open.take(), &days)?;
                let (known, _) = registry.communities.get_key_value(id).context("a community")?;
                open = Some((Settling::new(&registry, known, "")?, Vec::new()));
            }
            let Some((community, values)) = &mut open else { continue };
            let point = community.number(points.value(row)).context("a point")?;
            let direction =
                if METERS.produces(points.value(row)[2..].parse()?) { Direction::Export } else { Direction::Import };
            values.push(CurrentValue {
                point,
                direction,
                interval_start: starts[row],
                energy_micro_kwh: i64::try_from(energies[row])?,
                quality: Quality::Measured,
                revision: 0,
                fit: Fit::Whole,
            });
        }
    }
    total += close(open.take(), &days)?;
    Ok(engine::units::format_decimal(total, 6))
}

fn close(open: Option<(Settling<'_>, Vec<CurrentValue>)>, days: &[(chrono::NaiveDate, bool)]) -> Result<i128> {
    let Some((community, values)) = open else { return Ok(0) };
    let settled = community.settle(days, &values)?;
    Ok(settled.flows.iter().map(|f| i128::from(f.energy_micro_kwh)).sum())
}
