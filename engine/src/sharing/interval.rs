//! Sharing one interval.

use super::compiled::GeneralKey;
use super::compiled::{BoundRound, CompiledRule, FixedWeights};
use super::general::{Scratch, State};
use super::rounding::{LargestRemainder, sum_of_non_negative};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::units::{DECIMAL18_MAX, ENERGY_SCALE, format_decimal};

/// Shares intervals one after the other. Once its memory has grown to the largest community, nothing allocates.
#[derive(Debug, Default)]
pub struct Sharer {
    pub(super) kernel: LargestRemainder,
    /// Inputs in units of the rule, when that is not the micro-kWh.
    pub(super) production: Vec<i64>,
    pub(super) consumption: Vec<i64>,
    /// What a round offers.
    offers: Vec<i64>,
    /// Consumption that earlier rounds have left uncovered.
    residuals: Vec<i64>,
    /// Scratch of the decomposition.
    pub(super) capacities: Vec<i64>,
    pub(super) row: Vec<i64>,
    /// Scratch of rounds that are not plain.
    pub(super) general: Scratch,
}

/// What came out of one interval, in micro-kWh, in the order of the compiled rule's points. Reused from call to call.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Shares {
    /// Per consumer: its consumption covered by the community. What is not covered is its residual.
    pub allocated_micro_kwh: Vec<i64>,
    /// Per producer: its production given to the community, `lr(sum of allocated, production)`.
    pub given_micro_kwh: Vec<i64>,
    /// Per producer: its production that nobody took. Where shares are rounded each for itself, given and surplus may
    /// differ from the production by the rounding: given + surplus - production is never hidden.
    pub surplus_micro_kwh: Vec<i64>,
    /// Who got whose energy, consumer by consumer, where the rule's rounds name their sources; else empty, and
    /// [`Sharer::decompose`] works it out.
    pub pairs_micro_kwh: Vec<i64>,
}

impl Sharer {
    /// Shares the production of the interval that begins at `start` among its consumption. Both are what takes part
    /// ([`super::floor_percent`] of the metered values), one value per point of the rule, 0 where a point has none.
    ///
    /// # Errors
    /// A user error when a value is negative, is not a whole number of the rule's unit, or a side sums to more than
    /// `DECIMAL(18,6)` kWh holds; an internal one when the lists are not as long as the rule's.
    pub fn share(
        &mut self,
        rule: &CompiledRule,
        start: Micros,
        production_micro_kwh: &[i64],
        consumption_micro_kwh: &[i64],
        shares: &mut Shares,
    ) -> Result<()> {
        let unit_micro_kwh = rule.unit_micro_kwh;
        let (mut whole_production, mut whole_consumption) =
            (std::mem::take(&mut self.production), std::mem::take(&mut self.consumption));
        let production = in_units(production_micro_kwh, unit_micro_kwh, rule.producer_ids(), &mut whole_production);
        let consumption = in_units(consumption_micro_kwh, unit_micro_kwh, rule.consumer_ids(), &mut whole_consumption);
        let shared = match (production, consumption) {
            (Ok(production), Ok(consumption)) => self.share_units(rule, start, production, consumption, shares),
            (Err(e), _) | (_, Err(e)) => Err(e),
        };
        (self.production, self.consumption) = (whole_production, whole_consumption);
        shared?;
        if unit_micro_kwh != 1 {
            let Shares { allocated_micro_kwh, given_micro_kwh, surplus_micro_kwh, pairs_micro_kwh } = shares;
            let all = [allocated_micro_kwh, given_micro_kwh, surplus_micro_kwh, pairs_micro_kwh];
            // Back within the inputs, so in range.
            all.into_iter().flatten().for_each(|value| *value *= unit_micro_kwh);
        }
        Ok(())
    }

    /// The same for energies that are counted in the rule's unit already; so are the shares.
    ///
    /// # Errors
    /// As [`Sharer::share`].
    pub fn share_units(
        &mut self,
        rule: &CompiledRule,
        start: Micros,
        production: &[i64],
        consumption: &[i64],
        shares: &mut Shares,
    ) -> Result<()> {
        if production.len() != rule.producer_ids().len() || consumption.len() != rule.consumer_ids().len() {
            return Err(Error::internal(format!(
                "{} and {} values for {} and {} points of the rule",
                production.len(),
                consumption.len(),
                rule.producer_ids().len(),
                rule.consumer_ids().len()
            )));
        }
        let available = total(production, rule.unit_micro_kwh, rule.producer_ids())?;
        let wanted = total(consumption, rule.unit_micro_kwh, rule.consumer_ids())?;
        shares.allocated_micro_kwh.clear();
        shares.allocated_micro_kwh.resize(consumption.len(), 0);
        if !rule.pooled {
            return self.share_by_source(rule, start, production, consumption, shares);
        }
        let shared = self.share_pool(rule, start, (available, wanted), consumption, &mut shares.allocated_micro_kwh)?;
        self.draw_from_pool(rule, start, shared, (production, available), shares);
        Ok(())
    }

    /// Runs the rounds on one pool of energy; returns what was shared.
    fn share_pool(
        &mut self,
        rule: &CompiledRule,
        start: Micros,
        (available, wanted): (i64, i64),
        consumption: &[i64],
        allocated: &mut Vec<i64>,
    ) -> Result<i64> {
        let Self { kernel, offers, residuals, general, .. } = self;
        let mut shared = 0;
        for (number, round) in rule.rounds.iter().enumerate() {
            // Shares rounded each for itself may sum to more than there is.
            let left = (available - shared).max(0);
            shared += match round {
                BoundRound::Static(fixed) => {
                    let ties = rule.tie.among(&fixed.ids, start);
                    kernel.split(left, &fixed.weights, fixed.weight_sum, fixed.rest_weight, ties, offers);
                    take(fixed, offers, consumption, allocated)
                }
                BoundRound::Prorata => {
                    let ties = rule.tie.among(rule.consumer_ids(), start);
                    let uncovered = wanted - shared;
                    let source = left.min(uncovered);
                    if number == 0 {
                        kernel.split(source, consumption, uncovered, 0, ties, allocated);
                    } else {
                        residuals.clear();
                        residuals.extend(consumption.iter().zip(allocated.iter()).map(|(c, a)| c - a));
                        kernel.split(source, residuals, uncovered, 0, ties, offers);
                        allocated.iter_mut().zip(offers.iter()).for_each(|(a, offer)| *a += offer);
                    }
                    source
                }
                BoundRound::General(round) => {
                    let state =
                        State { start, tie: rule.tie, rounding: rule.rounding, consumption, allocated, uncut: false };
                    let taken = round.take(kernel, general, &state, left)?;
                    allocated.iter_mut().zip(&general.takes).for_each(|(a, take)| *a += take);
                    taken
                }
            };
        }
        Ok(shared)
    }

    /// Decides how much of what was shared each producer gave.
    fn draw_from_pool(
        &mut self,
        rule: &CompiledRule,
        start: Micros,
        shared: i64,
        (production, available): (&[i64], i64),
        shares: &mut Shares,
    ) {
        let Shares { given_micro_kwh: given, surplus_micro_kwh: surplus, pairs_micro_kwh, .. } = shares;
        pairs_micro_kwh.clear();
        match &rule.drain {
            None => {
                let ties = rule.tie.among(rule.producer_ids(), start);
                self.kernel.split(shared, production, available, 0, ties, given);
            }
            Some(order) => {
                given.clear();
                given.resize(production.len(), 0);
                let mut left = shared;
                for &producer in order {
                    given[producer] = production[producer].min(left);
                    left -= given[producer];
                }
                if let Some(last) = order.last() {
                    given[*last] += left;
                }
            }
        }
        surplus.clear();
        surplus.extend(production.iter().zip(given.iter()).map(|(p, g)| (p - g).max(0)));
    }

    /// What the first round of the rule puts before every consumer, before it is cut to the consumption: Austrian
    /// meter code `1-1:2.9.0 G.02`, and beta x net production of RD 244/2019. A pro-rata offer may exceed the
    /// consumption. For a rule of one round, the allocation is the smaller of offer and consumption; what a fixed
    /// offer exceeds it by is the Spanish member's own surplus (excedente). Writes micro-kWh into `offers_micro_kwh`
    /// (cleared first) and returns the production that is offered to nobody.
    ///
    /// # Errors
    /// As [`Sharer::share`].
    pub fn offer(
        &mut self,
        rule: &CompiledRule,
        start: Micros,
        production_micro_kwh: &[i64],
        consumption_micro_kwh: &[i64],
        offers_micro_kwh: &mut Vec<i64>,
    ) -> Result<i64> {
        let Self { kernel, production, consumption, offers, general, .. } = self;
        let unit_micro_kwh = rule.unit_micro_kwh;
        let production = in_units(production_micro_kwh, unit_micro_kwh, rule.producer_ids(), production)?;
        let consumption = in_units(consumption_micro_kwh, unit_micro_kwh, rule.consumer_ids(), consumption)?;
        let available = total(production, unit_micro_kwh, rule.producer_ids())?;
        let wanted = total(consumption, unit_micro_kwh, rule.consumer_ids())?;
        let unoffered = match rule.rounds.first() {
            Some(BoundRound::Prorata) => {
                let ties = rule.tie.among(rule.consumer_ids(), start);
                kernel.split(available, consumption, wanted, 0, ties, offers_micro_kwh)
            }
            Some(BoundRound::Static(fixed)) => {
                let ties = rule.tie.among(&fixed.ids, start);
                kernel.split(available, &fixed.weights, fixed.weight_sum, fixed.rest_weight, ties, offers);
                offers_micro_kwh.clear();
                offers_micro_kwh.resize(consumption.len(), 0);
                let mut offered = 0;
                for (consumer, offer) in fixed.consumers.iter().zip(offers.iter()) {
                    if let Some(consumer) = *consumer {
                        offers_micro_kwh[consumer] = *offer;
                        offered += offer;
                    }
                }
                available - offered
            }
            Some(BoundRound::General(round)) => {
                let allocated = vec![0; consumption.len()];
                let (tie, rounding) = (rule.tie, rule.rounding);
                let state = State { start, tie, rounding, consumption, allocated: &allocated, uncut: true };
                let offered = round.take(kernel, general, &state, available)?;
                offers_micro_kwh.clear();
                offers_micro_kwh.extend_from_slice(&general.takes);
                available - offered
            }
            None => return Err(Error::internal("a compiled rule has a round")),
        };
        offers_micro_kwh.iter_mut().for_each(|offer| *offer *= unit_micro_kwh);
        Ok(unoffered * unit_micro_kwh)
    }
}

/// Adds to every consumer the smaller of its offer and what it still lacks; returns the sum.
fn take(fixed: &FixedWeights, offers: &[i64], consumption: &[i64], allocated: &mut [i64]) -> i64 {
    let mut taken = 0;
    for (consumer, &offer) in fixed.consumers.iter().zip(offers) {
        if let Some(consumer) = *consumer {
            let share = offer.min(consumption[consumer] - allocated[consumer]);
            allocated[consumer] += share;
            taken += share;
        }
    }
    taken
}

/// The values in units of the rule: themselves for the micro-kWh, else divided into `scratch`.
pub(super) fn in_units<'a>(
    values_micro_kwh: &'a [i64],
    unit_micro_kwh: i64,
    ids: &[String],
    scratch: &'a mut Vec<i64>,
) -> Result<&'a [i64]> {
    if values_micro_kwh.len() != ids.len() {
        return Err(Error::internal(format!("{} values for {} points of the rule", values_micro_kwh.len(), ids.len())));
    }
    if unit_micro_kwh == 1 {
        return Ok(values_micro_kwh);
    }
    scratch.clear();
    for (&value_micro_kwh, id) in values_micro_kwh.iter().zip(ids) {
        if value_micro_kwh % unit_micro_kwh != 0 {
            return Err(Error::user(format!(
                "energy {} kWh of metering point `{id}` is not a whole number of the key's unit of {} kWh; set \
                 unit_kwh to 0.000001, or send values in that unit",
                kwh(value_micro_kwh.into()),
                kwh(unit_micro_kwh.into()),
            )));
        }
        scratch.push(value_micro_kwh / unit_micro_kwh);
    }
    Ok(scratch)
}

/// As people read it.
fn kwh(micro_kwh: i128) -> String {
    format_decimal(micro_kwh, ENERGY_SCALE)
}

/// The sum of one side in units of the rule.
fn total(values: &[i64], unit_micro_kwh: i64, ids: &[String]) -> Result<i64> {
    if let Some(sum) = sum_of_non_negative(values).filter(|sum| *sum <= DECIMAL18_MAX / unit_micro_kwh) {
        return Ok(sum);
    }
    Err(match values.iter().zip(ids).find(|(value, _)| **value < 0) {
        Some((value, id)) => Error::user(format!(
            "energy {} kWh of metering point `{id}` is negative; a direction's energy is at least 0",
            kwh(i128::from(*value) * i128::from(unit_micro_kwh))
        )),
        None => Error::user(format!(
            "energies of one interval sum to more than {} kWh; check the values' unit of measure",
            kwh(DECIMAL18_MAX.into())
        )),
    })
}

impl Sharer {
    /// Shares by rounds that name their sources: who got whose energy is decided round by round, and kept.
    pub(super) fn share_by_source(
        &mut self,
        rule: &CompiledRule,
        start: Micros,
        production: &[i64],
        consumption: &[i64],
        shares: &mut Shares,
    ) -> Result<()> {
        let width = production.len();
        let Self { kernel, general: scratch, .. } = self;
        scratch.left.clear();
        scratch.left.extend_from_slice(production);
        let Shares {
            allocated_micro_kwh: allocated,
            given_micro_kwh: given,
            surplus_micro_kwh: surplus,
            pairs_micro_kwh: pairs,
        } = shares;
        pairs.clear();
        pairs.resize(consumption.len() * width, 0);
        for round in &rule.rounds {
            let BoundRound::General(round) = round else {
                return Err(Error::internal("rounds with sources are general"));
            };
            let state = State { start, tie: rule.tie, rounding: rule.rounding, consumption, allocated, uncut: false };
            match &round.key {
                GeneralKey::Supplied { coefficients, pairs: true, .. } if coefficients.at(start).is_some() => {
                    round.take_pairs(kernel, scratch, &state, (coefficients, rule.producer_ids()), pairs);
                }
                _ => {
                    let available = round.sources.iter().map(|j| scratch.left[*j]).sum();
                    let taken = round.take(kernel, scratch, &state, available)?;
                    round.draw(kernel, scratch, &state, taken, width, pairs);
                }
            }
            allocated.iter_mut().zip(&scratch.takes).for_each(|(a, take)| *a += take);
        }
        given.clear();
        given.resize(width, 0);
        for row in pairs.chunks_exact(width.max(1)) {
            given.iter_mut().zip(row).for_each(|(g, a)| *g += a);
        }
        surplus.clear();
        surplus.extend(production.iter().zip(given.iter()).map(|(p, g)| (p - g).max(0)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::sharing::{KeyKind, Rule, Tie};

    fn ids(list: &[&str]) -> Vec<String> {
        list.iter().map(|id| (*id).to_owned()).collect()
    }

    fn compiled(rounds: Vec<KeyKind>, unit_micro_kwh: i64) -> CompiledRule {
        CompiledRule::new(&Rule { unit_micro_kwh, tie: Tie::Id, ..Rule::of(rounds) }, ids(&["P"]), ids(&["A", "B"]))
            .unwrap()
    }

    fn refusal(unit_micro_kwh: i64, production: &[i64], consumption: &[i64]) -> (ErrorKind, String) {
        let rule = compiled(vec![KeyKind::Prorata], unit_micro_kwh);
        let e = Sharer::default().share(&rule, 0, production, consumption, &mut Shares::default()).unwrap_err();
        (e.kind(), e.to_string())
    }

    #[test]
    fn refusals_name_point_value_and_cure() {
        let check = |unit_micro_kwh, production: &[i64], consumption: &[i64], parts: &[&str]| {
            let (kind, message) = refusal(unit_micro_kwh, production, consumption);
            assert_eq!(kind, ErrorKind::User);
            assert!(parts.iter().all(|part| message.contains(part)), "{message} names {parts:?}");
        };
        check(
            1000,
            &[5000],
            &[2000, 1500],
            &["0.001500 kWh", "`B`", "unit of 0.001000 kWh", "set unit_kwh to 0.000001"],
        );
        check(1_000_000, &[5000], &[0, 0], &["0.005000 kWh", "`P`"]);
        check(1, &[5], &[-3, 3], &["-0.000003 kWh", "`A`", "negative"]);
        check(1000, &[-5000], &[0, 0], &["-0.005000 kWh", "`P`", "negative"]);
        check(1, &[5], &[DECIMAL18_MAX, 1], &["sum to more"]);
        check(1, &[5], &[i64::MAX, i64::MAX], &["sum to more"]);
        assert_eq!(refusal(1, &[5], &[1]).0, ErrorKind::Internal);
        assert_eq!(refusal(1, &[], &[1, 2]).0, ErrorKind::Internal);
    }

    #[test]
    fn shares_are_whole_units() {
        let mut shares = Shares::default();
        let rule = compiled(vec![KeyKind::Prorata], 1000);
        Sharer::default().share(&rule, 0, &[5000], &[4000, 3000], &mut shares).unwrap();
        assert_eq!(shares.allocated_micro_kwh, [3000, 2000]);
        assert_eq!((shares.given_micro_kwh, shares.surplus_micro_kwh), (vec![5000], vec![0]));
    }

    #[test]
    fn a_weight_without_its_point_stays_surplus() {
        let weights = |list: &[(&str, u64)]| list.iter().map(|(id, w)| ((*id).to_owned(), *w)).collect();
        let fixed = KeyKind::Static { weights: weights(&[("A", 1), ("B", 1), ("AA", 2)]), unassigned: 0 };
        let mut shares = Shares::default();
        // 41 by 1, 2 and 1: 10.25, 20.5 and 10.25. The odd unit is AA's, and AA is not there.
        Sharer::default().share(&compiled(vec![fixed.clone()], 1), 0, &[41], &[40, 40], &mut shares).unwrap();
        assert_eq!(
            (shares.allocated_micro_kwh.as_slice(), shares.surplus_micro_kwh.as_slice()),
            (&[10, 10][..], &[21][..])
        );
        // A later round hands it on.
        let rule = compiled(vec![fixed, KeyKind::Prorata], 1);
        Sharer::default().share(&rule, 0, &[41], &[40, 40], &mut shares).unwrap();
        assert_eq!(shares.allocated_micro_kwh, [21, 20]);
    }

    #[test]
    fn memory_is_reused() {
        let rule = compiled(vec![KeyKind::Prorata], 1000);
        let (mut sharer, mut shares) = (Sharer::default(), Shares::default());
        sharer.share(&rule, 0, &[5000], &[4000, 3000], &mut shares).unwrap();
        let buffers =
            |s: &Shares| [s.allocated_micro_kwh.as_ptr(), s.given_micro_kwh.as_ptr(), s.surplus_micro_kwh.as_ptr()];
        let before = (buffers(&shares), sharer.consumption.as_ptr());
        sharer.share(&rule, 1, &[1000], &[7000, 9000], &mut shares).unwrap();
        assert_eq!((buffers(&shares), sharer.consumption.as_ptr()), before);
    }
}
