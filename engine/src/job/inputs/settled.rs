//! What the SQL of a cycle reads besides tables: results of the kernels and resolved master data, as tables in memory.

use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::array::{Decimal128Array, Int32Array, Int64Array};
use datafusion::prelude::SessionContext;

use super::energy::{register_flows, register_priced_energy};
use crate::clock::Micros;
use crate::error::Result;
use crate::factors::FactorPeriod;
use crate::price::PriceBook;
use crate::reading::Direction;
use crate::registry::Registry;
use crate::schema::Table;
use crate::session::columns::Columns;
use crate::settlement::community::Community;
use crate::settlement::results::Comparison;
use crate::settlement::results::Settled;
use crate::settlement::results::StorageInterval;

/// Registers the results of the kernels, `current_readings`, `sharing`, `intervals`, `energy_flows`,
/// `priced_energy` and `point_days`, and the `factors` that intervals name.
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

    register_values(session, community, settled)?;
    register_sharing(session, community, settled)?;
    register_factors(session, factors)?;
    let factor = |at: Micros| FactorPeriod::at(factors, at).map(|number| number as i64);
    let by_member = crate::settlement::market::residual_by_member(community, factors, settled);
    let i = &settled.intervals;
    let factor_ids: Int64Array = i.iter().map(|i| factor(i.interval_start)).collect();
    let member_market: Decimal128Array = i.iter().map(|i| by_member.get(&i.interval_start).copied()).collect();
    Columns::new()
        .time("interval_start", i.iter().map(|i| i.interval_start))
        .day("local_day", i.iter().map(|i| day(i.day)))
        .count("expected_points", i.iter().map(|i| i.expected))
        .count("missing_points", i.iter().map(|i| i.missing))
        .decimal("stored_kwh", 18, 6, i.iter().map(|i| Some(i.stored_micro_kwh)))?
        .decimal("released_kwh", 18, 6, i.iter().map(|i| Some(i.released_micro_kwh)))?
        .text("status", i.iter().map(|i| i.status.as_str()))
        .with("factor_id", Arc::new(factor_ids))
        .with("member_market_g", Arc::new(member_market.with_precision_and_scale(38, 9)?))
        .text("run_id", i.iter().map(|i| run(i.day)))
        .text("community_id", i.iter().map(|_| id))
        .register_by(session, "intervals", &["interval_start"])?;

    register_flows(session, community, registry, settled)?;
    register_priced_energy(session, community, registry, book, settled)?;
    if community.has_storages() {
        register_storages(session, community, settled)?;
    }
    register_comparisons(session, community, settled)?;

    let c = &settled.coverage;
    Columns::new()
        .day("local_day", c.iter().map(|c| day(c.day)))
        .text("metering_point_id", c.iter().map(|c| point(c.point)))
        .text("direction", c.iter().map(|c| c.direction.as_str()))
        .count("expected", c.iter().map(|c| c.counts.expected))
        .count("present", c.iter().map(|c| c.counts.present))
        .count("summed", c.iter().map(|c| c.counts.summed))
        .count("split", c.iter().map(|c| c.counts.split))
        .count("partial", c.iter().map(|c| c.counts.partial))
        .text("run_id", c.iter().map(|c| run(c.day)))
        .text("community_id", c.iter().map(|_| id))
        .register(session, "point_days")
}

/// Registers `current_readings`: the values that counted.
fn register_values(session: &SessionContext, community: &Community<'_>, settled: &Settled) -> Result<()> {
    let id = community.id();
    let point = |n: u32| community.points[n as usize].as_str();
    let v = by_name_of_direction(&settled.values, |v| (v.interval_start, v.point, v.direction));
    Columns::new()
        .time("interval_start", v.iter().map(|v| v.interval_start))
        .text("metering_point_id", v.iter().map(|v| point(v.point)))
        .text("direction", v.iter().map(|v| v.direction.as_str()))
        .decimal("energy_kwh", 18, 6, v.iter().map(|v| Some(v.energy_micro_kwh)))?
        .text("quality", v.iter().map(|v| v.quality.as_str()))
        .int("revision", v.iter().map(|v| v.revision))
        .text("community_id", v.iter().map(|_| id))
        .register_by(session, "current_readings", Table::Readings.order())
}

/// Registers `sharing`: what each point got or gave.
fn register_sharing(session: &SessionContext, community: &Community<'_>, settled: &Settled) -> Result<()> {
    let id = community.id();
    let point = |n: u32| community.points[n as usize].as_str();
    let run = |n: u32| settled.days[n as usize].run_id.as_str();
    let a = by_name_of_direction(&settled.allocations, |a| (a.interval_start, a.point, a.direction));
    let key: Int64Array = a.iter().map(|a| a.key_version).collect();
    Columns::new()
        .time("interval_start", a.iter().map(|a| a.interval_start))
        .text("metering_point_id", a.iter().map(|a| point(a.point)))
        .text("direction", a.iter().map(|a| a.direction.as_str()))
        .decimal("energy_kwh", 18, 6, a.iter().map(|a| Some(a.energy_micro_kwh)))?
        .decimal("allocated_kwh", 18, 6, a.iter().map(|a| a.allocated_micro_kwh))?
        .decimal("operator_rest_kwh", 18, 6, a.iter().map(|a| a.rest_micro_kwh))?
        .text("quality", a.iter().map(|a| a.quality.as_str()))
        .text("status", a.iter().map(|a| a.status.as_str()))
        .with("key_version", Arc::new(key))
        .text("run_id", a.iter().map(|a| run(a.day)))
        .text("community_id", a.iter().map(|_| id))
        .register_by(session, "sharing", Table::Allocations.order())
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
        .decimal("charged_community_kwh", 18, 6, energy(&|s| s.charged.community_micro_kwh))?
        .decimal("charged_grid_kwh", 18, 6, energy(&|s| s.charged.grid_micro_kwh))?
        .decimal("delivered_community_kwh", 18, 6, energy(&|s| s.discharge.community_micro_kwh))?
        .decimal("delivered_grid_kwh", 18, 6, energy(&|s| s.discharge.grid_micro_kwh))?
        .decimal("delivered_unknown_kwh", 18, 6, energy(&|s| s.discharge.unknown_micro_kwh))?
        .decimal("offered_kwh", 18, 6, energy(&|s| s.offered_micro_kwh))?
        .decimal("released_kwh", 18, 6, energy(&|s| s.released_micro_kwh))?
        .decimal("used_community_kwh", 18, 6, energy(&|s| s.discharge.used.community_micro_kwh))?
        .decimal("used_grid_kwh", 18, 6, energy(&|s| s.discharge.used.grid_micro_kwh))?
        .decimal("loss_kwh", 18, 6, energy(&|s| s.discharge.loss_micro_kwh))?
        .decimal("stock_community_kwh", 18, 6, energy(&|s| s.stock.community_micro_kwh))?
        .decimal("stock_grid_kwh", 18, 6, energy(&|s| s.stock.grid_micro_kwh))?
        .text("status", s.iter().map(|s| status.get(&s.interval_start).copied().unwrap_or_default()))
        .text("run_id", s.iter().map(|s| settled.days[s.day as usize].run_id.as_str()))
        .text("community_id", s.iter().map(|_| community.id()))
        .register(session, "storages")?;
    let o = &community.opening;
    Columns::new()
        .text("metering_point_id", o.keys().map(String::as_str))
        .decimal("community_kwh", 18, 6, o.values().map(|h| Some(h.stock.community_micro_kwh)))?
        .decimal("grid_kwh", 18, 6, o.values().map(|h| Some(h.stock.grid_micro_kwh)))?
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
        .decimal("operator_kwh", 18, 6, c.iter().map(|c| c.operator_micro_kwh))?
        .decimal("computed_kwh", 18, 6, c.iter().map(|c| c.computed_micro_kwh))?
        .decimal("tolerance_kwh", 18, 6, c.iter().map(|c| Some(c.tolerance_micro_kwh)))?
        .decimal("sum_tolerance_kwh", 18, 6, c.iter().map(|c| Some(c.sum_tolerance_micro_kwh)))?
        .with("closes", Arc::new(flag(&|c| c.closes)))
        .with("adopted", Arc::new(flag(&|c| c.adopted)))
        .with("key_version", Arc::new(c.iter().map(|c| c.key_version).collect::<Int64Array>()))
        .text("run_id", c.iter().map(|c| settled.days[c.day as usize].run_id.as_str()))
        .text("community_id", c.iter().map(|_| community.id()))
        .register(session, "operator_figures")
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
