//! Market-based CO2 of what members buy, where they buy from suppliers of their own.

use std::collections::BTreeMap;

use super::community::Community;
use super::community::member_at;
use super::results::Settled;
use crate::clock::Micros;
use crate::factors::FactorPeriod;
use crate::reading::Direction;

/// What the energy from suppliers caused per interval in 10^-9 grams of CO2e, each member's by its own supply; a member
/// without a factor of its own counts as the community's. Nothing for intervals whose factors name no member.
pub(crate) fn residual_by_member(
    community: &Community<'_>,
    factors: &[FactorPeriod<'_>],
    settled: &Settled,
) -> BTreeMap<Micros, i128> {
    let mut sums = BTreeMap::new();
    if factors.iter().all(|period| period.terms().market_by_member.is_empty()) {
        return sums;
    }
    for a in settled.allocations.iter().filter(|a| a.direction == Direction::Import) {
        let Some(allocated_micro_kwh) = a.allocated_micro_kwh else { continue };
        let Some(period) = FactorPeriod::at(factors, a.interval_start) else { continue };
        let terms = factors[period].terms();
        let Some(general) = terms.market_mg_per_kwh.filter(|_| !terms.market_by_member.is_empty()) else { continue };
        let point = &community.points[a.point as usize];
        let member = member_at(community.registry, community.id(), point, a.interval_start);
        let factor = terms.market_by_member.get(member).copied().unwrap_or(general);
        let residual_micro_kwh = (a.energy_micro_kwh - allocated_micro_kwh).max(0);
        *sums.entry(a.interval_start).or_insert(0) += i128::from(residual_micro_kwh) * i128::from(factor);
    }
    sums
}
