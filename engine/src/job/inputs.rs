//! What the SQL of a cycle reads besides tables: results of the kernels and resolved master data, as tables in memory.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::array::{BooleanArray, Date32Array};
use arrow::datatypes::{Field, Schema};
use chrono::NaiveDate;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;

use super::settle::{Community, Flow, Settled};
use crate::calendar::{Span, month_span};
use crate::clock::Micros;
use crate::error::Result;
use crate::ingest::Direction;
use crate::price::PriceBook;
use crate::registry::{Dated, GridFactor, Registry};
use crate::session::functions::days;
use crate::table::file::hex;

/// A table in memory, column by column.
pub(super) struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Columns {
    pub fn new() -> Self {
        Self { fields: vec![], arrays: vec![] }
    }

    pub fn with(mut self, name: &str, array: ArrayRef) -> Self {
        self.fields.push(Field::new(name, array.data_type().clone(), array.is_nullable()));
        self.arrays.push(array);
        self
    }

    pub fn text<'a>(self, name: &str, values: impl Iterator<Item = &'a str>) -> Self {
        self.with(name, Arc::new(StringArray::from_iter_values(values)))
    }

    fn time(self, name: &str, values: impl Iterator<Item = Micros>) -> Self {
        self.with(name, crate::ingest::times(values))
    }

    pub fn day(self, name: &str, values: impl Iterator<Item = NaiveDate>) -> Self {
        self.with(name, Arc::new(Date32Array::from_iter_values(values.map(days))))
    }

    pub fn int(self, name: &str, values: impl Iterator<Item = i64>) -> Self {
        self.with(name, Arc::new(Int64Array::from_iter_values(values)))
    }

    pub fn count(self, name: &str, values: impl Iterator<Item = u32>) -> Self {
        self.with(name, Arc::new(Int32Array::from_iter_values(values.map(|v| v as i32))))
    }

    pub fn decimal(
        self,
        name: &str,
        precision: u8,
        scale: i8,
        values: impl Iterator<Item = Option<i64>>,
    ) -> Result<Self> {
        let array: Decimal128Array = values.map(|v| v.map(i128::from)).collect();
        Ok(self.with(name, Arc::new(array.with_precision_and_scale(precision, scale)?)))
    }

    pub fn register(self, session: &SessionContext, name: &str) -> Result<()> {
        let schema = Arc::new(Schema::new(self.fields));
        let batch = RecordBatch::try_new(Arc::clone(&schema), self.arrays)?;
        register_rows(session, name, schema, vec![batch])
    }
}

/// Registers rows under a name.
///
/// # Errors
/// Internal, when the batches do not have the schema.
#[expect(clippy::disallowed_methods, reason = "inputs of jobs are not tables of the lake")]
pub fn register_rows(
    session: &SessionContext,
    name: &str,
    schema: arrow::datatypes::SchemaRef,
    batches: Vec<RecordBatch>,
) -> Result<()> {
    session.register_table(name, Arc::new(MemTable::try_new(schema, vec![batches])?))?;
    Ok(())
}

/// Registers the results of the kernels, `current_readings`, `sharing`, `intervals`, `energy_flows`, `surplus` and
/// `point_days`, and the `factors` that intervals name.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_settled(
    session: &SessionContext,
    community: &Community<'_>,
    registry: &Registry,
    book: &PriceBook<'_>,
    factors: &[FactorPeriod<'_>],
    settled: &Settled,
) -> Result<()> {
    let id = community.id();
    let point = |n: u32| community.points[n as usize].as_str();
    let run = |n: u32| settled.days[n as usize].run_id.as_str();
    let day = |n: u32| settled.days[n as usize].day;

    let v = &settled.values;
    Columns::new()
        .time("interval_start", v.iter().map(|v| v.interval_start))
        .text("metering_point_id", v.iter().map(|v| point(v.point)))
        .text("direction", v.iter().map(|v| v.direction.as_str()))
        .decimal("energy_kwh", 18, 6, v.iter().map(|v| Some(v.energy_mwh)))?
        .text("quality", v.iter().map(|v| v.quality.as_str()))
        .int("revision", v.iter().map(|v| v.revision))
        .text("community_id", v.iter().map(|_| id))
        .register(session, "current_readings")?;

    let a = &settled.allocations;
    let key: Int64Array = a.iter().map(|a| a.key_version).collect();
    Columns::new()
        .time("interval_start", a.iter().map(|a| a.interval_start))
        .text("metering_point_id", a.iter().map(|a| point(a.point)))
        .text("direction", a.iter().map(|a| a.direction.as_str()))
        .decimal("energy_kwh", 18, 6, a.iter().map(|a| Some(a.energy_mwh)))?
        .decimal("allocated_kwh", 18, 6, a.iter().map(|a| a.allocated_mwh))?
        .text("quality", a.iter().map(|a| a.quality.as_str()))
        .text("status", a.iter().map(|a| a.status.as_str()))
        .with("key_version", Arc::new(key))
        .text("run_id", a.iter().map(|a| run(a.day)))
        .text("community_id", a.iter().map(|_| id))
        .register(session, "sharing")?;

    register_factors(session, factors)?;
    let factor = |at: Micros| {
        let after = factors.partition_point(|f| f.span.start <= at);
        let number = after.checked_sub(1)?;
        factors[number].span.contains(at).then_some(number as i64)
    };
    let i = &settled.intervals;
    let factor_ids: Int64Array = i.iter().map(|i| factor(i.interval_start)).collect();
    Columns::new()
        .time("interval_start", i.iter().map(|i| i.interval_start))
        .day("local_day", i.iter().map(|i| day(i.day)))
        .count("expected_points", i.iter().map(|i| i.expected))
        .count("missing_points", i.iter().map(|i| i.missing))
        .text("status", i.iter().map(|i| i.status.as_str()))
        .with("factor_id", Arc::new(factor_ids))
        .text("run_id", i.iter().map(|i| run(i.day)))
        .text("community_id", i.iter().map(|_| id))
        .register(session, "intervals")?;

    register_flows(session, community, registry, book, settled)?;
    super::payouts::register_surplus(session, community, registry, book, settled)?;

    let c = &settled.coverage;
    Columns::new()
        .day("local_day", c.iter().map(|c| day(c.day)))
        .text("metering_point_id", c.iter().map(|c| point(c.point)))
        .text("direction", c.iter().map(|c| c.direction.as_str()))
        .count("expected", c.iter().map(|c| c.expected))
        .count("present", c.iter().map(|c| c.present))
        .text("run_id", c.iter().map(|c| run(c.day)))
        .text("community_id", c.iter().map(|_| id))
        .register(session, "point_days")
}

fn register_flows(
    session: &SessionContext,
    community: &Community<'_>,
    registry: &Registry,
    book: &PriceBook<'_>,
    settled: &Settled,
) -> Result<()> {
    let f = &settled.flows;
    let point = |n: u32| community.points[n as usize].as_str();
    let member = |n: u32, at: Micros| member_at(registry, community.id(), point(n), at);
    let kinds = registry.member_kinds(community.id());
    let kind = |f: &Flow| kinds.get(member(f.consumer, f.segment_start)).copied();
    let own = |f: &Flow| member(f.producer, f.segment_start);
    let price = |f: &Flow| book.at("internal_energy", Some(own(f)), kind(f), f.segment_start);
    let fee = |f: &Flow| book.at("community_fee", None, kind(f), f.segment_start);
    let excise = |f: &Flow| book.at("excise", None, kind(f), f.segment_start);
    let number = |of: &dyn Fn(&Flow) -> Option<usize>| -> ArrayRef {
        Arc::new(f.iter().map(|f| of(f).map(|n| n as i64)).collect::<Int64Array>())
    };
    Columns::new()
        .day("local_day", f.iter().map(|f| settled.days[f.day as usize].day))
        .time("segment_start", f.iter().map(|f| f.segment_start))
        .text("metering_point_id", f.iter().map(|f| point(f.consumer)))
        .text("member_id", f.iter().map(|f| member(f.consumer, f.segment_start)))
        .text("producer_point_id", f.iter().map(|f| point(f.producer)))
        .text("producer_id", f.iter().map(|f| member(f.producer, f.segment_start)))
        .decimal("energy_kwh", 18, 6, f.iter().map(|f| Some(f.energy_mwh)))?
        .with("price_id", number(&price))
        .with("fee_id", number(&fee))
        .with("excise_id", number(&excise))
        .text("run_id", f.iter().map(|f| settled.days[f.day as usize].run_id.as_str()))
        .text("community_id", f.iter().map(|_| community.id()))
        .register(session, "energy_flows")
}

pub(crate) fn member_at<'r>(registry: &'r Registry, community: &str, point: &str, at: Micros) -> &'r str {
    let all = registry.participations.get(community).map(Vec::as_slice).unwrap_or_default();
    let found = all.iter().find(|p| p.metering_point_id == point && p.validity().contains(at));
    found.map_or("", |p| p.member_id.as_str())
}

/// Registers `prices`: every time in which an item costs the same, with its number.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_prices(session: &SessionContext, book: &PriceBook<'_>) -> Result<()> {
    session.deregister_table("prices")?;
    let p = book.periods();
    let terms = |n: usize| &p[n].tariff.terms;
    let all = || 0..p.len();
    Columns::new()
        .int("price_id", all().map(|n| n as i64))
        .int("version", p.iter().map(|p| p.version))
        .text("item", p.iter().map(|p| p.tariff.item.as_str()))
        .text("producer_id", p.iter().map(|p| p.tariff.producer.as_deref().unwrap_or_default()))
        .text("member_kind", p.iter().map(|p| p.tariff.terms.member_kind.as_deref().unwrap_or_default()))
        .text("band", p.iter().map(|p| p.tariff.band_name()))
        .decimal("price_per_kwh", 18, 6, p.iter().map(|p| p.price_micro_per_kwh))?
        .decimal("price_per_month", 18, 6, p.iter().map(|p| p.tariff.price_micro_per_month))?
        .with("varies", Arc::new(all().map(|n| Some(terms(n).series.is_some())).collect::<BooleanArray>()))
        .decimal("free_kwh", 18, 6, all().map(|n| terms(n).free_mwh))?
        .decimal("minimum_kwh", 18, 6, all().map(|n| terms(n).minimum_mwh))?
        .decimal("vat_percent", 5, 2, p.iter().map(|p| Some(i64::from(p.tariff.vat_basis_points))))?
        .text("vat_category", p.iter().map(|p| p.tariff.vat_category.as_str()))
        .time("valid_from", p.iter().map(|p| p.span.start))
        .time("valid_to", p.iter().map(|p| p.span.end))
        .register(session, "prices")
}

/// A time in which the emission factors of a community stay the same.
#[derive(Debug, Clone, Copy)]
pub struct FactorPeriod<'r> {
    span: Span,
    factor: &'r GridFactor,
    /// Thousandths of a gram per kWh, of the row or of its series.
    grid_mg_per_kwh: i64,
    /// Whether a final value of the series is still to come.
    provisional: bool,
}

/// The emission factors of a community in a span, in order. A series that has no value for an interval leaves it without
/// factors.
pub fn factor_periods<'r>(registry: &'r Registry, community: &str, grid: Micros, span: Span) -> Vec<FactorPeriod<'r>> {
    let mut out = Vec::new();
    for (_, factor) in registry.grid_factors.get(community).map(Vec::as_slice).unwrap_or_default() {
        let part = factor.validity().intersect(span);
        if part.is_empty() {
            continue;
        }
        let Some(series) = &factor.more.series else {
            let grid_mg_per_kwh = factor.grid_mg_per_kwh;
            out.push(FactorPeriod { span: part, factor, grid_mg_per_kwh, provisional: false });
            continue;
        };
        let mut start = part.start.div_euclid(grid) * grid;
        while start < part.end {
            if let Some((micro, block)) = registry.series_at(community, series, start, grid) {
                out.push(FactorPeriod {
                    span: Span { start, end: start + grid },
                    factor,
                    grid_mg_per_kwh: thousandths(micro),
                    provisional: block.provisional,
                });
            }
            start += grid;
        }
    }
    out
}

/// Factors have three decimals; series, which have six, are rounded half up.
pub(crate) fn thousandths(micro: i64) -> i64 {
    // Smaller than what it rounds, so in range.
    crate::units::div_half_up(i128::from(micro), 1000) as i64
}

fn register_factors(session: &SessionContext, f: &[FactorPeriod<'_>]) -> Result<()> {
    let flags: BooleanArray = f.iter().map(|p| Some(p.provisional)).collect();
    Columns::new()
        .int("factor_id", (0..f.len()).map(|n| n as i64))
        .text("factor_set", f.iter().map(|p| p.factor.factor_set.as_str()))
        .text("scope", f.iter().map(|p| p.factor.scope.as_str()))
        .decimal("grid_g_per_kwh", 18, 3, f.iter().map(|p| Some(p.grid_mg_per_kwh)))?
        .decimal("source_g_per_kwh", 18, 3, f.iter().map(|p| Some(p.factor.source_mg_per_kwh)))?
        .decimal("market_g_per_kwh", 18, 3, f.iter().map(|p| p.factor.more.market_mg_per_kwh))?
        .decimal("market_source_g_per_kwh", 18, 3, f.iter().map(|p| p.factor.more.market_source_mg_per_kwh))?
        .with("provisional", Arc::new(flags))
        .register(session, "factors")
}

/// Registers resolved master data of a community: `prices`, `keys`, `participants`.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_master(
    session: &SessionContext,
    registry: &Registry,
    community: &str,
    book: &PriceBook<'_>,
) -> Result<()> {
    register_prices(session, book)?;

    let empty = vec![];
    let k = registry.allocation_keys.get(community).unwrap_or(&empty);
    let shares_all = k.iter().map(|(_, k)| Some(k.rule.shares_all()));
    Columns::new()
        .int("version", k.iter().map(|(v, _)| *v))
        .with("shares_all", Arc::new(shares_all.collect::<BooleanArray>()))
        .decimal("rounding_unit_kwh", 18, 6, k.iter().map(|(_, k)| Some(k.rule.rounding_unit_mwh())))?
        .register(session, "keys")?;

    let empty = vec![];
    let p = registry.participations.get(community).unwrap_or(&empty);
    Columns::new()
        .text("metering_point_id", p.iter().map(|p| p.metering_point_id.as_str()))
        .text("member_id", p.iter().map(|p| p.member_id.as_str()))
        .time("valid_from", p.iter().map(|p| p.valid_from))
        .time("valid_to", p.iter().map(|p| p.valid_to))
        .register(session, "participants")
}

/// Registers `days`: the local days of the window, how many intervals each has, and whether its deadline has passed.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_days(
    session: &SessionContext,
    settled: &Settled,
    closed: &dyn Fn(NaiveDate) -> bool,
    grid_seconds: u32,
) -> Result<()> {
    let d = &settled.days;
    let grid = i64::from(grid_seconds) * crate::calendar::SECOND;
    let flags: BooleanArray = d.iter().map(|d| Some(closed(d.day))).collect();
    Columns::new()
        .day("local_day", d.iter().map(|d| d.day))
        .int("interval_count", d.iter().map(|d| (d.span.end - d.span.start) / grid))
        .with("closed", Arc::new(flags))
        .register(session, "days")
}

/// Registers `months` (one row), `billed_members` (members with an importing participation in the month, and since when)
/// and what is paid out with the month.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_month(
    session: &SessionContext,
    registry: &Registry,
    community: &Community<'_>,
    month: NaiveDate,
    graph_digest: &str,
    day_runs: &[String],
) -> Result<()> {
    use sha2::{Digest, Sha256};
    let span = month_span(community.zone(), month);
    let grid = i64::from(community.grid_seconds()) * crate::calendar::SECOND;
    let mut hash = Sha256::new();
    hash.update(format!("{graph_digest}\0{}\0{month}\0{}", community.id(), community.master_digest(span)));
    day_runs.iter().for_each(|run| hash.update(run));
    let run_id = hex(&hash.finalize()[..16]);
    Columns::new()
        .day("month", std::iter::once(month))
        .int("interval_count", std::iter::once((span.end - span.start) / grid))
        .time("month_start", std::iter::once(span.start))
        .int("minor_digits", std::iter::once(i64::from(community.minor_digits())))
        .text("run_id", std::iter::once(run_id.as_str()))
        .text("community_id", std::iter::once(community.id()))
        .register(session, "months")?;
    let billed = billed_members(registry, community.id(), span);
    let kinds = registry.member_kinds(community.id());
    Columns::new()
        .day("month", billed.iter().map(|_| month))
        .text("member_id", billed.iter().map(|(m, _)| m.as_str()))
        .text("member_kind", billed.iter().map(|(m, _)| kinds.get(m.as_str()).copied().unwrap_or_default()))
        .time("member_from", billed.iter().map(|(_, from)| *from))
        .register(session, "billed_members")?;
    super::payouts::register_payouts(session, registry, community, month)
}

fn billed_members(registry: &Registry, community: &str, span: Span) -> Vec<(String, Micros)> {
    let mut members = std::collections::BTreeMap::<&str, Micros>::new();
    for (p, part) in registry.participations_in(community, span) {
        let point = registry.metering_points.get(&p.metering_point_id);
        if point.is_some_and(|m| m.measures(Direction::Import)) {
            let from = members.entry(&p.member_id).or_insert(part.start);
            *from = part.start.min(*from);
        }
    }
    members.into_iter().map(|(m, from)| (m.to_string(), from)).collect()
}
