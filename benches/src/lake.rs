//! Scan, settlement and full job over a month of many meters.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, TimestampMicrosecondType};
use engine::calendar::{QUARTER, parse_rfc3339};
use engine::catalog::Principal;
use engine::clock::{ManualClock, Micros};
use engine::ingest::{
    Decoder, Direction, Door, Frame, FrameBatch, Intake, Kind, Limits, Quality, RawReading, Rejection,
};
use engine::job::{VALUES_MAX, Worker};
use engine::readings::{CurrentValue, Fit};
use engine::registry::{
    AllocationKey, Community, FOREVER, Member, MeteringPoint, Participation, Row, SequencedRow, Tariff,
};
use engine::settlement::Community as Settling;
use engine::sharing::{KeyKind, Rule};
use engine::table::{Lake, NoFence};
use futures::StreamExt;
use url::Url;

/// Points of a community; the last tenth produces.
const POINTS: usize = 50;
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

fn instant(text: &str) -> Result<Micros> {
    parse_rfc3339(text).context("an instant")
}

/// Values as three numbers: point, quarter, energy.
struct Numbers {
    point: String,
}

impl Decoder for Numbers {
    fn decode(&mut self, payload: &[u8], out: &mut dyn FnMut(u32, Result<RawReading<'_>, Rejection>)) -> usize {
        let number = |i: usize| {
            let bytes = payload.get(i * 8..i * 8 + 8).and_then(|b| b.try_into().ok());
            bytes.map_or(0, i64::from_le_bytes)
        };
        let (n, start, energy_micro_kwh) = (number(0), number(1), number(2));
        name(&mut self.point, usize::try_from(n).unwrap_or(0));
        let direction = if produces(usize::try_from(n).unwrap_or(0)) { Direction::Export } else { Direction::Import };
        let (interval_seconds, quality, revision) = (900, Quality::Measured, 0);
        let metering_point_id = self.point.as_str();
        out(
            0,
            Ok(RawReading {
                metering_point_id,
                kind: Kind::Measured,
                community_id: None,
                direction,
                interval_start: start,
                interval_seconds,
                energy_micro_kwh,
                quality,
                revision,
            }),
        );
        0
    }
}

fn name(text: &mut String, point: usize) {
    use std::fmt::Write;
    text.clear();
    // Writing to a string cannot fail.
    let _ = write!(text, "M-{point:06}");
}

fn produces(point: usize) -> bool {
    point % POINTS >= POINTS - POINTS / 10
}

fn energy(point: usize, quarter: i64) -> i64 {
    let n = i64::try_from(point).unwrap_or(0);
    match produces(point) {
        true => 0.max(40 - (quarter.rem_euclid(96) - 48).abs()) * (9_000 + n % 97),
        false => 20_000 + (quarter * 7919 + n * 104_729).rem_euclid(180_007),
    }
}

fn community_of(point: usize) -> String {
    format!("k-{:04}", point / POINTS)
}

fn master_data(points: usize) -> Result<Vec<SequencedRow>> {
    let valid_from = instant("2025-12-31T23:00:00Z")?;
    let mut rows = Vec::new();
    for first in (0..points).step_by(POINTS) {
        let id = community_of(first);
        rows.push(Row::Communities(Community {
            community_id: id.clone(),
            name: id.clone(),
            country: "FR".into(),
            timezone: "Europe/Paris".into(),
            currency: "EUR".into(),
            interval_minutes: 15,
            deadline_hours: None,
            place_micro: None,
        }));
        for n in first..points.min(first + POINTS) {
            let (mut point, member) = (String::new(), format!("m-{n:06}"));
            name(&mut point, n);
            let holder = format!("{id}/{member}");
            rows.push(Row::Members(Member {
                community_id: id.clone(),
                member_id: member.clone(),
                holder: holder.clone(),
                kind: "household".into(),
            }));
            let (import, export) = (!produces(n), produces(n));
            rows.push(Row::MeteringPoints(MeteringPoint {
                metering_point_id: point.clone(),
                holder,
                import,
                export,
                plant: Default::default(),
                valid_from,
                valid_to: FOREVER,
            }));
            rows.push(Row::Participations(Participation {
                community_id: id.clone(),
                metering_point_id: point,
                member_id: member,
                factor_percent: 100,
                consent_id: None,
                valid_from,
                valid_to: FOREVER,
            }));
        }
        rows.push(Row::AllocationKeys(AllocationKey {
            community_id: id.clone(),
            rule: Rule::of([KeyKind::Prorata]),
            adopted_by: None,
            regime: None,
            corrects: None,
            valid_from,
            valid_to: FOREVER,
        }));
        rows.push(Row::Tariffs(Tariff {
            community_id: id,
            item: "internal_energy".into(),
            producer: None,
            price_micro_per_kwh: Some(115_000),
            price_micro_per_month: None,
            vat_basis_points: 2000,
            vat_category: "S".into(),
            terms: Default::default(),
            valid_from,
            valid_to: FOREVER,
        }));
    }
    Ok(rows.into_iter().zip(1..).map(|(row, sequence)| SequencedRow { sequence, row }).collect())
}

/// Registers the points and takes a month of values in.
///
/// # Errors
/// When the lake cannot be written.
pub async fn prepare(folder: &Path, points: usize) -> Result<()> {
    let (lake, clock) = open(folder).await?;
    lake.copy_registry(&master_data(points)?, 0, &NoFence).await?;
    let door = Arc::new(Door::new(&*lake.registry().await?, Default::default()));
    let limits = Limits { age: i64::MAX, rows: COMMIT, ..Limits::default() };
    let mut intake = Intake::new(Arc::clone(&lake), clock, door, limits);
    let first = instant("2026-05-31T22:00:00Z")?;
    let mut numbers = Numbers { point: String::new() };
    let mut offset = 0;
    for quarter in 0..DAYS * 96 {
        let start = first + quarter * QUARTER;
        let mut batch = FrameBatch::new("bench/readings/0", offset);
        for point in 0..points {
            let n = i64::try_from(point)?;
            let mut payload = [0; 24];
            for (slot, value) in payload.chunks_exact_mut(8).zip([n, start, energy(point, quarter)]) {
                slot.copy_from_slice(&value.to_le_bytes());
            }
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
    let mut payload = [0; 24];
    for (slot, value) in payload.chunks_exact_mut(8).zip([0, start, 1_000 + nth]) {
        slot.copy_from_slice(&value.to_le_bytes());
    }
    let message_at = start + 30 * 96 * QUARTER + nth;
    batch.push(Frame { payload: &payload, offset: nth, message_at, cut: None });
    intake.take(&batch, &mut Numbers { point: String::new() }).await?;
    intake.commit().await?;
    let report = worker.run_pending().await?;
    let days: usize = report.computed.values().map(std::collections::BTreeSet::len).sum();
    ensure!(report.held.is_empty() && days == 1, "{report:?}");
    let published = lake.published().await?;
    let reader = Principal::Communities([community_of(0)].into());
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
                if produces(points.value(row)[2..].parse()?) { Direction::Export } else { Direction::Import };
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
