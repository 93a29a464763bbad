//! Rounds with sources, sinks, caps, redistribution and other keys than the common ones.

use super::coefficients::{BoundCoefficients, ONE_MICRO};
use super::compiled::{BoundCap, EnergyWeight, FixedWeights, GeneralKey, GeneralRound};
use super::key::{Rounding, Tie};
use super::rounding::{LargestRemainder, Ties};
use crate::clock::Micros;
use crate::error::{Error, Result};

/// Scratch memory of general rounds.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    weights: Vec<i64>,
    caps: Vec<i64>,
    offers: Vec<i64>,
    part: Vec<i64>,
    part_caps: Vec<i64>,
    /// Per consumer, what the round gives.
    pub takes: Vec<i64>,
    /// What producers have left, in units.
    pub left: Vec<i64>,
    columns: Vec<i64>,
    row: Vec<i64>,
}

/// What a round works on, in units of the rule.
pub(super) struct State<'a> {
    pub start: Micros,
    pub tie: Tie,
    pub rounding: Rounding,
    pub consumption: &'a [i64],
    pub allocated: &'a [i64],
    /// Whether offers stay as they are, whatever anybody can use of them.
    pub uncut: bool,
}

impl State<'_> {
    /// The most that a consumer can take in this round.
    fn room(&self, cap: &BoundCap, consumer: usize) -> i64 {
        if self.uncut {
            return i64::MAX;
        }
        let uncovered = self.consumption[consumer] - self.allocated[consumer];
        match cap {
            BoundCap::Consumption => uncovered,
            BoundCap::Percent(percent) => {
                uncovered.min(super::rounding::floor_percent(self.consumption[consumer], *percent))
            }
            BoundCap::Energy(caps) => uncovered.min(caps[consumer]),
        }
    }
}

impl GeneralRound {
    /// Writes what each consumer takes of `available` into `scratch.takes`; returns the sum.
    pub fn take(
        &self,
        kernel: &mut LargestRemainder,
        scratch: &mut Scratch,
        state: &State<'_>,
        available: i64,
    ) -> Result<i64> {
        scratch.takes.clear();
        scratch.takes.resize(state.consumption.len(), 0);
        match &self.key {
            GeneralKey::Fixed(fixed) => self.take_fixed(kernel, scratch, state, available, fixed),
            GeneralKey::ByEnergy { sinks, sink_ids, weight } => {
                self.take_by_energy(kernel, scratch, state, available, (sinks, sink_ids, weight))
            }
            GeneralKey::Shares { members, points, point_ids } => {
                self.take_by_capital(kernel, scratch, state, available, (members, points, point_ids))
            }
            GeneralKey::Supplied { coefficients, otherwise, otherwise_ids, .. } => {
                match coefficients.at(state.start) {
                    Some(row) => {
                        for (consumer, _, column) in &coefficients.places {
                            let offer = part_of(available, row[*column]);
                            let room = state.room(&self.cap, *consumer) - scratch.takes[*consumer];
                            scratch.takes[*consumer] += offer.min(room);
                        }
                    }
                    None => {
                        let by_need = (otherwise.as_slice(), otherwise_ids.as_slice(), &EnergyWeight::Uncovered);
                        self.take_by_energy(kernel, scratch, state, available, by_need)?;
                    }
                }
                Ok(())
            }
        }?;
        Ok(scratch.takes.iter().sum())
    }

    fn take_fixed(
        &self,
        kernel: &mut LargestRemainder,
        scratch: &mut Scratch,
        state: &State<'_>,
        available: i64,
        fixed: &FixedWeights,
    ) -> Result<()> {
        let Scratch { caps, offers, takes, .. } = scratch;
        caps.clear();
        caps.extend(fixed.consumers.iter().map(|c| c.map_or(0, |c| state.room(&self.cap, c))));
        let ties = state.tie.among(&fixed.ids, state.start);
        let lists = (fixed.weights.as_slice(), caps.as_slice(), fixed.rest_weight);
        offer(kernel, (state.rounding, self.redistribute), available, lists, ties, offers)?;
        for (consumer, &offer) in fixed.consumers.iter().zip(offers.iter()) {
            if let Some(consumer) = *consumer {
                takes[consumer] = offer;
            }
        }
        Ok(())
    }

    fn take_by_energy(
        &self,
        kernel: &mut LargestRemainder,
        scratch: &mut Scratch,
        state: &State<'_>,
        available: i64,
        (sinks, ids, weight): (&[usize], &[String], &EnergyWeight),
    ) -> Result<()> {
        let Scratch { weights, caps, offers, takes, .. } = scratch;
        caps.clear();
        caps.extend(sinks.iter().map(|c| state.room(&self.cap, *c)));
        weights.clear();
        let uncovered = |c: &usize| state.consumption[*c] - state.allocated[*c];
        match weight {
            EnergyWeight::Uncovered => weights.extend(sinks.iter().map(uncovered)),
            EnergyWeight::Consumption => weights.extend(sinks.iter().map(|c| state.consumption[*c])),
            EnergyWeight::Equal => weights.resize(sinks.len(), 1),
            EnergyWeight::Custom(factors) => {
                for (consumer, factor) in sinks.iter().zip(factors) {
                    let weight = uncovered(consumer).checked_mul(*factor);
                    weights.push(weight.ok_or_else(|| {
                        Error::user(format!(
                            "custom weight {factor} times the consumption of an interval does not fit 64 bits: \
                             divide all weights by a common factor"
                        ))
                    })?);
                }
            }
        }
        // By need, there is never more to offer than is needed: so nobody is offered more than the need.
        let source = match weight {
            EnergyWeight::Uncovered if !state.uncut => available.min(weights.iter().sum()),
            _ => available,
        };
        let ties = state.tie.among(ids, state.start);
        offer(kernel, (state.rounding, self.redistribute), source, (weights, caps, 0), ties, offers)?;
        for (consumer, &offer) in sinks.iter().zip(offers.iter()) {
            takes[*consumer] = offer;
        }
        Ok(())
    }

    fn take_by_capital(
        &self,
        kernel: &mut LargestRemainder,
        scratch: &mut Scratch,
        state: &State<'_>,
        available: i64,
        (members, points, point_ids): (&FixedWeights, &[Vec<usize>], &[Vec<String>]),
    ) -> Result<()> {
        let Scratch { caps, offers, takes, part, part_caps, weights, .. } = scratch;
        caps.clear();
        let room =
            |points: &Vec<usize>| points.iter().fold(0, |sum: i64, c| sum.saturating_add(state.room(&self.cap, *c)));
        caps.extend(points.iter().map(room));
        let ties = state.tie.among(&members.ids, state.start);
        let lists = (members.weights.as_slice(), caps.as_slice(), members.rest_weight);
        offer(kernel, (state.rounding, self.redistribute), available, lists, ties, offers)?;
        for ((points, ids), &given) in points.iter().zip(point_ids).zip(offers.iter()) {
            // Within a member, nothing that one of its points can use is lost.
            weights.clear();
            weights.extend(points.iter().map(|c| state.consumption[*c] - state.allocated[*c]));
            part_caps.clear();
            part_caps.extend(points.iter().map(|c| state.room(&self.cap, *c)));
            kernel.capped(given, weights, part_caps, 0, state.tie.among(ids, state.start), part)?;
            for (consumer, &share) in points.iter().zip(part.iter()) {
                takes[*consumer] = share;
            }
        }
        Ok(())
    }
}

/// Splits what is available by weights, none above its cap: what the caps leave goes to the others with
/// redistribution, and to nobody without.
fn offer(
    kernel: &mut LargestRemainder,
    (rounding, redistribute): (Rounding, bool),
    available: i64,
    (weights, caps, rest_weight): (&[i64], &[i64], i64),
    ties: Ties<'_>,
    offers: &mut Vec<i64>,
) -> Result<()> {
    if redistribute {
        kernel.capped_rounded(rounding, available, (weights, caps, rest_weight), ties, offers)?;
    } else {
        kernel.rounded(rounding, available, weights, rest_weight, ties, offers)?;
        offers.iter_mut().zip(caps).for_each(|(offer, cap)| *offer = (*offer).min(*cap));
    }
    Ok(())
}

/// A supplied part of an energy, cut to the unit, so that parts of at most one never exceed the whole.
fn part_of(energy: i64, coefficient_micro: i64) -> i64 {
    let product = i128::from(energy) * i128::from(coefficient_micro.clamp(0, ONE_MICRO));
    // At most the energy, so in range.
    (product / i128::from(ONE_MICRO)) as i64
}

impl GeneralRound {
    /// Draws what a round gave from its sources, pro rata of what they have left, row by row with both margins exact.
    pub(super) fn draw(
        &self,
        kernel: &mut LargestRemainder,
        scratch: &mut Scratch,
        state: &State<'_>,
        taken: i64,
        width: usize,
        pairs: &mut [i64],
    ) {
        let Scratch { takes, left, columns, row, weights, .. } = scratch;
        weights.clear();
        weights.extend(self.sources.iter().map(|j| left[*j]));
        let ties = state.tie.among(&self.source_ids, state.start);
        kernel.split(taken, weights, weights.iter().sum(), 0, ties, columns);
        for (j, column) in self.sources.iter().zip(columns.iter()) {
            // Shares rounded each for itself may sum to more than there is.
            left[*j] = (left[*j] - column).max(0);
        }
        let mut rest = taken;
        for (consumer, &take) in takes.iter().enumerate().filter(|(_, take)| **take > 0) {
            kernel.split(take, columns, rest, 0, ties, row);
            rest -= take;
            for ((j, column), share) in self.sources.iter().zip(columns.iter_mut()).zip(row.iter()) {
                *column -= share;
                pairs[consumer * width + j] += share;
            }
        }
    }

    /// Offers to each consumer its part of each producer; where a consumer cannot use all of its offers, the cut is
    /// pro rata to the offers.
    pub(super) fn take_pairs(
        &self,
        kernel: &mut LargestRemainder,
        scratch: &mut Scratch,
        state: &State<'_>,
        (coefficients, producer_ids): (&BoundCoefficients, &[String]),
        pairs: &mut [i64],
    ) {
        let Scratch { takes, left, offers, row, columns, .. } = scratch;
        takes.clear();
        takes.resize(state.consumption.len(), 0);
        let Some(values) = coefficients.at(state.start) else { return };
        let width = producer_ids.len();
        columns.clear();
        columns.extend_from_slice(left);
        for place in coefficients.places.chunk_by(|a, b| a.0 == b.0) {
            let consumer = place[0].0;
            offers.clear();
            offers.resize(width, 0);
            for (_, producer, column) in place {
                offers[*producer] += part_of(left[*producer], values[*column]);
            }
            let offered: i64 = offers.iter().sum();
            let take = offered.min(state.room(&self.cap, consumer));
            kernel.split(take, offers, offered, 0, state.tie.among(producer_ids, state.start), row);
            takes[consumer] = take;
            for (j, share) in row.iter().enumerate() {
                columns[j] -= share;
                pairs[consumer * width + j] += share;
            }
        }
        std::mem::swap(left, columns);
    }
}
