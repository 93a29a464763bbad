//! What the SQL of a cycle reads besides tables: results of the kernels and resolved master data, as tables in memory.

use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::array::{ArrayRef, Decimal128Array, Int32Array, Int64Array};
use chrono::NaiveDate;
use datafusion::prelude::SessionContext;

use super::operator::Comparison;
use super::payouts::member_at;
use super::settle::{Community, Flow, Settled};
use super::storage::StorageInterval;
use crate::calendar::{Span, day_start, month_of, month_span};
use crate::clock::Micros;
use crate::error::Result;
use crate::factors::FactorPeriod;
use crate::hash::hex;
use crate::price::PriceBook;
use crate::reading::Direction;
use crate::registry::Registry;
use crate::schema::Table;
use crate::session::columns::Columns;

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

    let v = by_name_of_direction(&settled.values, |v| (v.interval_start, v.point, v.direction));
    Columns::new()
        .time("interval_start", v.iter().map(|v| v.interval_start))
        .text("metering_point_id", v.iter().map(|v| point(v.point)))
        .text("direction", v.iter().map(|v| v.direction.as_str()))
        .decimal("energy_kwh", 18, 6, v.iter().map(|v| Some(v.energy_mwh)))?
        .text("quality", v.iter().map(|v| v.quality.as_str()))
        .int("revision", v.iter().map(|v| v.revision))
        .text("community_id", v.iter().map(|_| id))
        .register_by(session, "current_readings", Table::Readings.order())?;

    let a = by_name_of_direction(&settled.allocations, |a| (a.interval_start, a.point, a.direction));
    let key: Int64Array = a.iter().map(|a| a.key_version).collect();
    Columns::new()
        .time("interval_start", a.iter().map(|a| a.interval_start))
        .text("metering_point_id", a.iter().map(|a| point(a.point)))
        .text("direction", a.iter().map(|a| a.direction.as_str()))
        .decimal("energy_kwh", 18, 6, a.iter().map(|a| Some(a.energy_mwh)))?
        .decimal("allocated_kwh", 18, 6, a.iter().map(|a| a.allocated_mwh))?
        .decimal("operator_rest_kwh", 18, 6, a.iter().map(|a| a.rest_mwh))?
        .text("quality", a.iter().map(|a| a.quality.as_str()))
        .text("status", a.iter().map(|a| a.status.as_str()))
        .with("key_version", Arc::new(key))
        .text("run_id", a.iter().map(|a| run(a.day)))
        .text("community_id", a.iter().map(|_| id))
        .register_by(session, "sharing", Table::Allocations.order())?;

    register_factors(session, factors)?;
    let factor = |at: Micros| FactorPeriod::at(factors, at).map(|number| number as i64);
    let by_member = super::market::residual_by_member(community, factors, settled);
    let i = &settled.intervals;
    let factor_ids: Int64Array = i.iter().map(|i| factor(i.interval_start)).collect();
    let member_market: Decimal128Array = i.iter().map(|i| by_member.get(&i.interval_start).copied()).collect();
    Columns::new()
        .time("interval_start", i.iter().map(|i| i.interval_start))
        .day("local_day", i.iter().map(|i| day(i.day)))
        .count("expected_points", i.iter().map(|i| i.expected))
        .count("missing_points", i.iter().map(|i| i.missing))
        .decimal("stored_kwh", 18, 6, i.iter().map(|i| Some(i.stored_mwh)))?
        .decimal("released_kwh", 18, 6, i.iter().map(|i| Some(i.released_mwh)))?
        .text("status", i.iter().map(|i| i.status.as_str()))
        .with("factor_id", Arc::new(factor_ids))
        .with("member_market_g", Arc::new(member_market.with_precision_and_scale(38, 9)?))
        .text("run_id", i.iter().map(|i| run(i.day)))
        .text("community_id", i.iter().map(|_| id))
        .register_by(session, "intervals", &["interval_start"])?;

    register_flows(session, community, registry, book, settled)?;
    if community.has_storages() {
        register_storages(session, community, settled)?;
    }
    register_comparisons(session, community, settled)?;
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

/// Rows sorted by (start, point, direction) with directions in the order of their names, in which export comes first.
fn by_name_of_direction<T: Copy>(rows: &[T], key: impl Fn(&T) -> (Micros, u32, Direction)) -> Vec<T> {
    let mut rows = rows.to_vec();
    for n in 1..rows.len() {
        let ((start, point, direction), (next_start, next_point, next_direction)) = (key(&rows[n - 1]), key(&rows[n]));
        if (start, point) == (next_start, next_point) && direction.as_str() > next_direction.as_str() {
            rows.swap(n - 1, n);
        }
    }
    rows
}

/// Registers `storages`, and `opening_stocks`: what they held before the first of them.
fn register_storages(session: &SessionContext, community: &Community<'_>, settled: &Settled) -> Result<()> {
    let s = &settled.storages;
    let status: std::collections::HashMap<Micros, &str> = match s.is_empty() {
        true => Default::default(),
        false => settled.intervals.iter().map(|i| (i.interval_start, i.status.as_str())).collect(),
    };
    let energy = |of: &'static dyn Fn(&StorageInterval) -> i64| s.iter().map(move |s| Some(of(s)));
    Columns::new()
        .time("interval_start", s.iter().map(|s| s.interval_start))
        .text("metering_point_id", s.iter().map(|s| community.points[s.point as usize].as_str()))
        .decimal("charged_community_kwh", 18, 6, energy(&|s| s.charged.community_mwh))?
        .decimal("charged_grid_kwh", 18, 6, energy(&|s| s.charged.grid_mwh))?
        .decimal("delivered_community_kwh", 18, 6, energy(&|s| s.discharge.community_mwh))?
        .decimal("delivered_grid_kwh", 18, 6, energy(&|s| s.discharge.grid_mwh))?
        .decimal("delivered_unknown_kwh", 18, 6, energy(&|s| s.discharge.unknown_mwh))?
        .decimal("offered_kwh", 18, 6, energy(&|s| s.offered_mwh))?
        .decimal("released_kwh", 18, 6, energy(&|s| s.released_mwh))?
        .decimal("used_community_kwh", 18, 6, energy(&|s| s.discharge.used.community_mwh))?
        .decimal("used_grid_kwh", 18, 6, energy(&|s| s.discharge.used.grid_mwh))?
        .decimal("loss_kwh", 18, 6, energy(&|s| s.discharge.loss_mwh))?
        .decimal("stock_community_kwh", 18, 6, energy(&|s| s.stock.community_mwh))?
        .decimal("stock_grid_kwh", 18, 6, energy(&|s| s.stock.grid_mwh))?
        .text("status", s.iter().map(|s| status.get(&s.interval_start).copied().unwrap_or_default()))
        .text("run_id", s.iter().map(|s| settled.days[s.day as usize].run_id.as_str()))
        .text("community_id", s.iter().map(|_| community.id()))
        .register(session, "storages")?;
    let o = &community.opening;
    Columns::new()
        .text("metering_point_id", o.keys().map(String::as_str))
        .decimal("community_kwh", 18, 6, o.values().map(|h| Some(h.stock.community_mwh)))?
        .decimal("grid_kwh", 18, 6, o.values().map(|h| Some(h.stock.grid_mwh)))?
        .register(session, "opening_stocks")
}

/// Registers `operator_figures`: what an operator says beside what the key gives.
fn register_comparisons(session: &SessionContext, community: &Community<'_>, settled: &Settled) -> Result<()> {
    let c = &settled.comparisons;
    let flag = |of: &dyn Fn(&Comparison) -> bool| c.iter().map(|c| Some(of(c))).collect::<BooleanArray>();
    Columns::new()
        .time("interval_start", c.iter().map(|c| c.interval_start))
        .text("metering_point_id", c.iter().map(|c| community.points[c.point as usize].as_str()))
        .text("direction", c.iter().map(|c| c.direction.as_str()))
        .decimal("operator_kwh", 18, 6, c.iter().map(|c| c.operator_mwh))?
        .decimal("computed_kwh", 18, 6, c.iter().map(|c| c.computed_mwh))?
        .decimal("tolerance_kwh", 18, 6, c.iter().map(|c| Some(c.tolerance_mwh)))?
        .decimal("sum_tolerance_kwh", 18, 6, c.iter().map(|c| Some(c.sum_tolerance_mwh)))?
        .with("closes", Arc::new(flag(&|c| c.closes)))
        .with("adopted", Arc::new(flag(&|c| c.adopted)))
        .with("key_version", Arc::new(c.iter().map(|c| c.key_version).collect::<Int64Array>()))
        .text("run_id", c.iter().map(|c| settled.days[c.day as usize].run_id.as_str()))
        .text("community_id", c.iter().map(|_| community.id()))
        .register(session, "operator_figures")
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

/// Registers `prices`: every time in which an item costs the same, with its number.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_prices(session: &SessionContext, book: &PriceBook<'_>) -> Result<()> {
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

fn register_factors(session: &SessionContext, f: &[FactorPeriod<'_>]) -> Result<()> {
    let flags: BooleanArray = f.iter().map(|p| Some(p.provisional)).collect();
    let uncertainty = f.iter().map(|p| p.factor.uncertainty().map(|(percent, _)| percent as i32));
    let is_default = f.iter().map(|p| p.factor.uncertainty().map(|(_, is_default)| is_default));
    Columns::new()
        .int("factor_id", (0..f.len()).map(|n| n as i64))
        .text("factor_set", f.iter().map(|p| p.factor.factor_set.as_str()))
        .text("scope", f.iter().map(|p| p.factor.scope.as_str()))
        .decimal("grid_g_per_kwh", 18, 3, f.iter().map(|p| Some(p.grid_mg_per_kwh)))?
        .decimal("source_g_per_kwh", 18, 3, f.iter().map(|p| Some(p.factor.source_mg_per_kwh)))?
        .decimal("market_g_per_kwh", 18, 3, f.iter().map(|p| p.factor.more.market_mg_per_kwh))?
        .decimal("market_source_g_per_kwh", 18, 3, f.iter().map(|p| p.factor.more.market_source_mg_per_kwh))?
        .with("provisional", Arc::new(flags))
        .with("uncertainty_percent", Arc::new(uncertainty.collect::<Int32Array>()))
        .with("uncertainty_is_default", Arc::new(is_default.collect::<BooleanArray>()))
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
    // What a storage got from the grid, or from before its books began, is surplus even where others lack energy; and an
    // operator may share by another rule.
    let has_storages = super::storage::has_storages(registry, community);
    let shares_all = k.iter().map(|(_, k)| {
        let computed = k.rule.operator_unit_mwh().is_none();
        Some(k.rule.shares_all() && computed && !has_storages)
    });
    Columns::new()
        .int("version", k.iter().map(|(v, _)| *v))
        .time("valid_from", k.iter().map(|(_, k)| k.valid_from))
        .time("valid_to", k.iter().map(|(_, k)| k.valid_to))
        .with("shares_all", Arc::new(shares_all.collect::<BooleanArray>()))
        .decimal("rounding_unit_kwh", 18, 6, k.iter().map(|(_, k)| Some(k.rule.rounding_unit_mwh())))?
        .decimal("operator_unit_kwh", 18, 6, k.iter().map(|(_, k)| k.rule.operator_unit_mwh()))?
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
/// and what is paid out with the month. A month counts from `first`, the first local day that ever had a value, when it
/// lies in it. Gives the id of the run of the statement.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_month(
    session: &SessionContext,
    registry: &Registry,
    community: &Community<'_>,
    month: NaiveDate,
    first: Option<NaiveDate>,
    graph_digest: &str,
    day_runs: &[String],
) -> Result<String> {
    use sha2::{Digest, Sha256};
    let span = month_span(community.zone(), month);
    let grid = i64::from(community.grid_seconds()) * crate::calendar::SECOND;
    let mut hash = Sha256::new();
    hash.update(format!("{graph_digest}\0{}\0{month}\0{}", community.id(), community.master_digest(span)));
    day_runs.iter().for_each(|run| hash.update(run));
    let first = first.filter(|f| *f > month && month_of(*f) == month);
    let counted_from = first.map_or(span.start, |first| day_start(community.zone(), first));
    if let Some(first) = first {
        hash.update(format!("\0from {first}"));
    }
    let run_id = hex(&hash.finalize()[..16]);
    Columns::new()
        .day("month", std::iter::once(month))
        .int("interval_count", std::iter::once((span.end - counted_from) / grid))
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
    super::payouts::register_payouts(session, registry, community, month)?;
    Ok(run_id)
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
