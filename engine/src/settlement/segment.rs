//! Times in which nobody joins or leaves a community and its key stays the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::community::Community;
use super::community::member_at;
use crate::calendar::{SECOND, Span};
use crate::clock::Micros;
use crate::error::Result;
use crate::registry::Registry;
use crate::registry::{AllocationKey, Dated};
use crate::sharing::{Binding, CompiledRule, Missing};

/// A point that takes part, and with how much of its energy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TakesPart {
    pub point: u32,
    pub factor_percent: u32,
}

/// A time in which nobody joins or leaves and the key stays the same.
#[derive(Debug)]
pub(crate) struct Segment {
    pub span: Span,
    /// Ascending by point.
    pub producers: Vec<TakesPart>,
    pub consumers: Vec<TakesPart>,
    /// Points that store energy; they stand among the producers and the consumers.
    pub storages: Vec<Slot>,
    /// The version of the key, and the key bound to the points.
    pub key: Option<(i64, CompiledRule)>,
    /// What counts for missing values.
    pub missing: Missing,
    /// The unit of the operator whose figures are the shares; `None` where the key itself decides.
    pub operator_unit_micro_kwh: Option<i64>,
}

impl Community<'_> {
    /// The segments of a span, in order.
    ///
    /// # Errors
    /// User, when a key cannot be bound to the points of its time.
    pub(crate) fn segments(&self, span: Span) -> Result<Vec<Segment>> {
        let (registry, id) = (self.registry, self.id);
        let keys = registry.allocation_keys.get(id).map(Vec::as_slice).unwrap_or_default();
        let mut cuts: BTreeSet<Micros> = [span.start, span.end].into();
        for (_, part) in registry.participations_in(id, span) {
            cuts.extend([part.start, part.end]);
        }
        for (_, share) in registry.capital_shares.get(id).map(Vec::as_slice).unwrap_or_default() {
            let part = share.validity().intersect(span);
            if !part.is_empty() {
                cuts.extend([part.start, part.end]);
            }
        }
        for (_, key) in keys {
            let part = key.validity().intersect(span);
            if !part.is_empty() {
                cuts.extend([part.start, part.end]);
            }
        }
        let cuts: Vec<Micros> = cuts.into_iter().collect();
        cuts.windows(2).map(|cut| self.segment(Span { start: cut[0], end: cut[1] }, keys)).collect()
    }

    fn segment(&self, span: Span, keys: &[(i64, AllocationKey)]) -> Result<Segment> {
        let registry = self.registry;
        let mut producers = Vec::new();
        let mut consumers = Vec::new();
        for (p, _) in registry.participations_in(self.id, span) {
            let Some(number) = self.number(&p.metering_point_id) else { continue };
            let Some(point) = registry.metering_points.get(&p.metering_point_id) else { continue };
            if point.export {
                producers.push(TakesPart { point: number, factor_percent: p.factor_percent });
            }
            if point.import {
                consumers.push(TakesPart { point: number, factor_percent: p.factor_percent });
            }
        }
        producers.sort_unstable();
        consumers.sort_unstable();
        let in_force = keys.iter().find(|(_, k)| k.validity().contains(span.start));
        let missing = in_force.map(|(_, k)| k.rule.missing).unwrap_or_default();
        let operator_unit_micro_kwh = in_force.and_then(|(_, k)| k.rule.operator_unit_micro_kwh());
        let key = match in_force {
            Some((version, key)) => {
                let binding = self.binding(&key.rule, span, &producers, &consumers);
                Some((*version, CompiledRule::bind(&key.rule, binding)?))
            }
            None => None,
        };
        let storages = slots(registry, &consumers, &producers, |n| self.points[n as usize].as_str());
        Ok(Segment { span, producers, consumers, storages, key, missing, operator_unit_micro_kwh })
    }

    /// What a rule needs to know of the points of a segment.
    fn binding(
        &self,
        rule: &crate::sharing::Rule,
        span: Span,
        producers: &[TakesPart],
        consumers: &[TakesPart],
    ) -> Binding {
        let registry = self.registry;
        let grid = i64::from(self.grid_seconds()) * SECOND;
        let id = |p: &TakesPart| self.points[p.point as usize].clone();
        let consumer_ids: Vec<String> = consumers.iter().map(id).collect();
        let contract = |id: &String| {
            let power_w = registry.metering_points.get(id)?.plant.contract_power_w?;
            // W for so many seconds are thousandths of a Wh times seconds per hour.
            power_w.checked_mul(i64::from(self.grid_seconds())).map(|ws| ws * 1000 / 3600)
        };
        let capital = registry.capital_shares.get(self.id).map(Vec::as_slice).unwrap_or_default();
        let held = capital.iter().filter(|(_, c)| c.validity().contains(span.start));
        Binding {
            producer_ids: producers.iter().map(id).collect(),
            consumer_members: consumer_ids
                .iter()
                .map(|p| member_at(registry, self.id, p, span.start).to_owned())
                .collect(),
            contract_micro_kwh: consumer_ids.iter().map(contract).collect(),
            consumer_ids,
            capital: held.map(|(_, c)| (c.member_id.clone(), c.capital_micro.max(0).unsigned_abs())).collect(),
            coefficients: rule
                .series()
                .map(|name| (name.to_owned(), Arc::new(registry.coefficients(self.id, name, span, grid))))
                .collect(),
        }
    }
}

/// A storage among the points of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub point: u32,
    /// Its place among the consumers, and among the producers.
    pub sink: usize,
    pub source: usize,
    pub efficiency_permille: u32,
}

/// The storages of a segment, by its consumers and producers; both ascending.
pub(crate) fn slots<'r>(
    registry: &Registry,
    consumers: &[TakesPart],
    producers: &[TakesPart],
    id: impl Fn(u32) -> &'r str,
) -> Vec<Slot> {
    let slot = |(sink, TakesPart { point, .. }): (usize, &TakesPart)| {
        let efficiency_permille = registry.metering_points.get(id(*point))?.plant.storage_efficiency_permille?;
        let source = producers.binary_search_by_key(point, |p| p.point).ok()?;
        Some(Slot { point: *point, sink, source, efficiency_permille })
    };
    consumers.iter().enumerate().filter_map(slot).collect()
}
