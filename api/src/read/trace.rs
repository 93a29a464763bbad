//! A statement line with everything that it was made from.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use engine::amount::{TieBy, rounded, split};
use engine::clock::Micros;
use engine::currency::minor_digits;
use engine::job::again::trace::{LineKey, Step, Trace, trace};
use engine::registry::{Registry, Tariff};
use engine::schema::Table;
use engine::table::LakeTable;
use engine::table::Published;
use engine::{Error, Result};
use serde::Serialize;

use self::basis::{Basis, basis};
use super::Reader;
use super::decimal::{self, Kwh, Micro, Money};
use super::line::{FundPart, Line};
use super::rows::{Row, Rows, instant};
use crate::problem::{Failure, Kind, refused};

mod answer;
pub mod basis;
mod traced;

pub use answer::Answer;
use traced::FUND_SHARE;
pub use traced::TracedLine;

/// A value that was received.
#[derive(Debug, Clone, Serialize)]
pub struct Reading {
    #[serde(skip)]
    pub metering_point_id: String,
    #[serde(skip)]
    pub direction: String,
    #[serde(serialize_with = "decimal::instant")]
    pub interval_start: Micros,
    pub interval_seconds: i64,
    pub energy_kwh: Kwh,
    pub quality: String,
    pub revision: i64,
    #[serde(serialize_with = "decimal::instant")]
    pub received_at: Micros,
    /// Source, offset and index of the value in its message; before it was released from quarantine, if it was.
    pub position: String,
}

/// Values by point, direction and start of the interval.
pub type Received = BTreeMap<(String, String, Micros), Vec<Reading>>;

/// A line opened.
pub struct Opened {
    pub line: TracedLine,
    pub currency: String,
    pub trace: Trace,
    /// What it was split by, where no price made it.
    pub basis: Option<Basis>,
    pub published: Published,
    pub sql_digest: String,
    /// The price row that was in force.
    pub tariff: Option<Tariff>,
    /// What was billed of it, when its month was.
    pub billed: Option<Billed>,
}

/// What all bills of a month together say of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Billed {
    /// When it was billed first.
    #[serde(serialize_with = "decimal::instant")]
    pub billed_at: Micros,
    pub energy_kwh: Kwh,
    pub amount: Micro,
    /// What is drafted to correct it.
    pub open_kwh: Kwh,
    pub open_amount: Micro,
}

/// Finds a line in what is published now, and works it out again.
///
/// # Errors
/// User, when there is no such line; internal, when working it out again gives another energy or amount.
pub async fn open(reader: &Reader<'_>, line_id: &str) -> Result<Opened, Failure> {
    let (lake, published) = (&reader.place().lake, reader.published()?.clone());
    let session = reader.tables().await?;
    let found = Rows::of(&session, queries::report::TRACE_LINE, &[("line", ScalarValue::from(line_id))]).await?;
    let line = found.iter().next().map(|row| line(&row)).transpose()?;
    let line = line.ok_or_else(|| Failure::Refused(Kind::NotFound, refused::line_unknown(line_id)))?;
    let registry = super::registry_of(reader.place(), &published).await?;
    let graph = queries::graph();
    let currency = registry.communities[&line.key.community_id].currency.clone();
    let digits = minor_digits(&currency);
    let basis = basis(&session, &line, &registry, digits).await?;
    let energy = match line.is_shared_energy() {
        true => Some(line.key.energy()),
        false => basis.as_ref().and_then(Basis::energy_item).map(|item| line.key.energy_of(item)),
    };
    let trace = match energy {
        Some(energy) => trace(lake, &published, &registry, &graph.digest, energy).await?,
        None => Trace { steps: vec![], interval_seconds: 0, runs: BTreeMap::new() },
    };
    match line.key.item == SURPLUS {
        true => check_part(&session, &line, &trace, &registry, digits).await?,
        false => check(&line, &trace, digits)?,
    }
    if line.key.item == FUND_SHARE && sums(&trace).0 != line.line.energy_kwh.0 {
        let (id, given, said) = (&line.line.line_id, sums(&trace).0, line.line.energy_kwh.0);
        let text = format!("line {id}: its intervals give {given} micro-kWh, the line says {said}");
        return Err(Error::internal(text).into());
    }
    let tariffs = registry.tariffs.get(&line.key.community_id).map(Vec::as_slice).unwrap_or_default();
    let tariff = tariffs.iter().find(|(version, _)| *version == line.key.price_segment).map(|(_, t)| t.clone());
    let billed = billed(&session, line_id).await?;
    Ok(Opened { line, currency, trace, basis, published, sql_digest: graph.digest, tariff, billed })
}

async fn billed(session: &SessionContext, line_id: &str) -> Result<Option<Billed>> {
    let rows = Rows::of(session, queries::report::LINE_BILLED, &[("line", ScalarValue::from(line_id))]).await?;
    let Some(row) = rows.iter().next() else { return Ok(None) };
    Ok(Some(Billed {
        billed_at: row.time("billed_at")?.unwrap_or_default(),
        energy_kwh: Kwh(row.energy_micro_kwh("energy_kwh")?.unwrap_or(0)),
        amount: Micro(row.decimal("amount", 6)?.unwrap_or(0)),
        open_kwh: Kwh(row.energy_micro_kwh("open_kwh")?.unwrap_or(0)),
        open_amount: Micro(row.decimal("open_amount", 6)?.unwrap_or(0)),
    }))
}

/// Lines of this item are parts of one pot.
const SURPLUS: &str = "surplus_revenue";

/// Energy and unrounded amount of all steps.
fn sums(trace: &Trace) -> (i128, i128) {
    trace.steps.iter().fold((0, 0), |(energy, exact), s| {
        let micro_kwh = i128::from(s.energy_micro_kwh);
        (energy + micro_kwh, exact + micro_kwh * i128::from(s.price_micro))
    })
}

/// A trace that does not give the line is worth nothing, and says that something is wrong with us.
fn check(line: &TracedLine, trace: &Trace, digits: u32) -> Result<()> {
    if !line.has_energy() {
        return Ok(());
    }
    let (energy, exact) = match line.is_shared_energy() {
        true => sums(trace),
        false => (line.line.energy_kwh.0, line.line.energy_kwh.0 * line.line.price.unwrap_or_default().0),
    };
    agree(line, energy, exact, rounded(exact, digits))
}

/// The same for a part of the revenue of the surplus: the pot is split again among the lines that share it.
async fn check_part(
    session: &SessionContext,
    line: &TracedLine,
    trace: &Trace,
    registry: &Registry,
    digits: u32,
) -> Result<()> {
    let (energy, exact) = sums(trace);
    let rows =
        Rows::of(session, queries::report::TRACE_POT, &[("line", ScalarValue::from(line.line.line_id.as_str()))])
            .await?;
    let (mut weights, mut total, mut place) = (vec![], 0, None);
    for row in rows.iter() {
        if row.text("line_id")? == line.line.line_id {
            place = Some(weights.len());
        }
        let weight = i64::try_from(row.decimal("weight", 6)?.unwrap_or(0));
        weights.push((row.text("id")?, weight.map_err(|_| Error::internal("a weight of more than 64 bits"))?));
        total += row.decimal("exact_amount", 12)?.unwrap_or(0);
    }
    let zone = engine::calendar::zone(&registry.communities[&line.key.community_id].timezone)?;
    let start = engine::calendar::month_span(zone, line.key.month).start;
    let parts = split(rounded(total, digits), digits, &weights, TieBy::Hash(start))?;
    agree(line, energy, exact, place.and_then(|n| parts.get(n)).copied().unwrap_or(0))
}

fn agree(line: &TracedLine, energy: i128, exact: i128, amount: i128) -> Result<()> {
    if (energy, exact, amount) != (line.line.energy_kwh.0, line.line.exact_amount.0, line.line.amount.micro) {
        return Err(Error::internal(format!(
            "line {}: its intervals give {energy} micro-kWh and {exact} pico, the line says {} and {}",
            line.line.line_id, line.line.energy_kwh.0, line.line.exact_amount.0
        )));
    }
    Ok(())
}

/// Every value received for the points of some steps, in their intervals, by (point, direction, interval).
///
/// # Errors
/// Environment, when readings cannot be read.
pub async fn readings(reader: &Reader<'_>, opened: &Opened, steps: &[Step]) -> Result<Received> {
    let lake = &reader.place().lake;
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Ok(Received::new()) };
    let length = i64::from(opened.trace.interval_seconds) * engine::calendar::SECOND;
    let (start, end) = (first.interval_start, last.interval_start + length);
    let snapshot = lake.readings_by(opened.published.inputs.readings_raw).await?;
    let days = engine::calendar::utc_day(start - 3600 * engine::calendar::SECOND)..=engine::calendar::utc_day(end);
    let days: BTreeSet<String> = days.map(engine::table::file::date).collect();
    let files = snapshot.files()?.iter().filter(|f| days.contains(&f.partition)).cloned().collect();
    let session = engine::session::plain();
    LakeTable::over(&snapshot, files)?.register(&session)?;
    let bounds = [instant("start", start), instant("end", end)];
    let rows = Rows::of(&session, queries::report::TRACE_READINGS, &bounds).await?;
    let ends = |s: &Step| [(s.consumer_point.clone(), "import"), (s.producer_point.clone(), "export")];
    let wanted: BTreeSet<(String, &str)> = steps.iter().flat_map(ends).collect();
    let mut all = Received::new();
    for row in rows.iter() {
        let r = reading(&row)?;
        if !wanted.iter().any(|(p, d)| *p == r.metering_point_id && *d == r.direction) {
            continue;
        }
        // A value longer than an interval stands in each that it overlaps, a shorter one in the one that holds it.
        let last = r.interval_start + r.interval_seconds * engine::calendar::SECOND;
        let mut at = r.interval_start.div_euclid(length) * length;
        while at < last {
            if at < start || at >= end {
                at += length;
                continue;
            }
            all.entry((r.metering_point_id.clone(), r.direction.clone(), at)).or_default().push(r.clone());
            at += length;
        }
    }
    Ok(all)
}

fn line(row: &Row<'_>) -> Result<TracedLine> {
    let line = Line::taxed(row, "")?;
    Ok(TracedLine {
        key: LineKey {
            community_id: row.text("community_id")?,
            month: row.day("month")?.unwrap_or(NaiveDate::MIN),
            member_id: line.member_id.clone(),
            item: line.item.clone(),
            producer_id: line.producer_id.clone(),
            price_segment: row.int("price_segment")?,
        },
        line: Line { amount: Money::in_full(line.amount.micro), ..line },
        fund: FundPart::of(row)?,
        status: row.text("status")?,
        run_id: row.text("run_id")?,
    })
}

fn reading(row: &Row<'_>) -> Result<Reading> {
    let origin = row.text("origin_source")?;
    let (source, position) = match origin.is_empty() {
        true => (row.text("source")?, row.int("position")?),
        false => (origin, row.int("origin_position")?),
    };
    Ok(Reading {
        metering_point_id: row.text("metering_point_id")?,
        direction: row.text("direction")?,
        interval_start: row.time("interval_start")?.unwrap_or_default(),
        interval_seconds: row.int("interval_seconds")?,
        energy_kwh: Kwh(row.energy_micro_kwh("energy_kwh")?.unwrap_or(0)),
        quality: row.text("quality")?,
        revision: row.int("revision")?,
        received_at: row.time("received_at")?.unwrap_or_default(),
        position: format!("{source} {position}"),
    })
}
