//! Shares that the network operator has computed: taken as they are, and spread over the producers so that everything
//! still adds up.
//!
//! An operator rounds each figure for itself, so that what consumers got may differ from what the plants gave by half a
//! unit per figure. That difference is not hidden in anybody's share: the plants bear it as a rounding that the rows
//! show, allocated + rest - energy.

use super::compiled::CompiledRule;
use super::decompose::fill;
use super::interval::{Sharer, Shares};
use crate::clock::Micros;

/// What an operator says of one interval in micro-kWh, in the order of the rule's points; `None` where it says nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct OperatorFigures {
    /// Per consumer: what it got.
    pub shared_micro_kwh: Vec<Option<i64>>,
    /// Per consumer: what it still bought.
    pub residual_micro_kwh: Vec<Option<i64>>,
    /// Per producer: what it gave.
    pub given_micro_kwh: Vec<Option<i64>>,
    /// Per producer: what nobody took.
    pub surplus_micro_kwh: Vec<Option<i64>>,
}

impl OperatorFigures {
    /// What a producer gave: as the operator says it, or its production without the surplus that the operator names.
    pub fn given(&self, producer: usize, production_micro_kwh: i64) -> Option<i64> {
        let of = |list: &[Option<i64>]| list.get(producer).copied().flatten();
        of(&self.given_micro_kwh).or_else(|| of(&self.surplus_micro_kwh).map(|surplus| production_micro_kwh - surplus))
    }

    /// Half a unit for each of the figures that a sum of the interval is made of.
    pub fn sum_tolerance_micro_kwh(&self, unit_micro_kwh: i64) -> i64 {
        // Points of one community: their number is small.
        (self.shared_micro_kwh.len() + self.surplus_micro_kwh.len()) as i64 * unit_micro_kwh / 2
    }

    /// Whether no figure contradicts another one or a reading by more than a unit. Of nothing there is no share.
    fn are_possible(&self, unit_micro_kwh: i64, production: &[i64], consumption: &[i64]) -> bool {
        let near = |a: i64, b: i64| (a - b).abs() <= unit_micro_kwh;
        let part = |part: i64, of: i64| part <= of + unit_micro_kwh && (of > 0 || part == 0);
        let mut consumers = consumption.iter().zip(&self.shared_micro_kwh).zip(&self.residual_micro_kwh);
        let mut producers = production.iter().zip(&self.given_micro_kwh).zip(&self.surplus_micro_kwh);
        consumers.all(|((c, shared), residual)| {
            let adds_up = |shared: i64| residual.is_none_or(|residual| near(shared + residual, *c));
            shared.is_some_and(|shared| part(shared, *c) && adds_up(shared))
        }) && producers.all(|((p, given), surplus)| {
            let parts = [given, surplus].into_iter().flatten();
            let adds_up = given.zip(*surplus).is_none_or(|(given, surplus)| near(given + surplus, *p));
            parts.copied().all(|one| part(one, *p)) && adds_up
        })
    }
}

impl Sharer {
    /// Puts the operator's figures in the place of `shares`, when every consumer has one and they close: when what
    /// consumers got is, but for half a unit per figure, what the plants gave. Says by how much it is more; `None`, and
    /// `shares` as they were, when the figures cannot stand. `production` and `consumption` are what takes part.
    pub fn adopt(
        &mut self,
        rule: &CompiledRule,
        start: Micros,
        figures: &OperatorFigures,
        unit_micro_kwh: i64,
        (production, consumption): (&[i64], &[i64]),
        shares: &mut Shares,
    ) -> Option<i64> {
        if !figures.are_possible(unit_micro_kwh, production, consumption) {
            return None;
        }
        let allocated: Vec<i64> = figures.shared_micro_kwh.iter().map(|s| s.unwrap_or(0)).collect();
        let received: i64 = allocated.iter().sum();
        let ties = rule.tie.among(rule.producer_ids(), start);
        // What the operator says of the plants, and of those that it says nothing of, what the others left.
        let known: Vec<Option<i64>> = (0..production.len()).map(|p| figures.given(p, production[p])).collect();
        let mut given: Vec<i64> = known.iter().map(|g| g.unwrap_or(0).max(0)).collect();
        let open: Vec<i64> = production.iter().zip(&known).map(|(p, g)| if g.is_some() { 0 } else { *p }).collect();
        let open_sum: i64 = open.iter().sum();
        let of_open = (received - given.iter().sum::<i64>()).clamp(0, open_sum);
        let mut parts = Vec::new();
        self.kernel.split(of_open, &open, open_sum, 0, ties, &mut parts);
        given.iter_mut().zip(&parts).for_each(|(g, part)| *g += part);
        let given_sum: i64 = given.iter().sum();
        let delta = received - given_sum;
        if delta.abs() > figures.sum_tolerance_micro_kwh(unit_micro_kwh) {
            return None;
        }
        let (weights, sign) = if delta < 0 { (given.clone(), -1) } else { (production.to_vec(), 1) };
        let weight_sum = weights.iter().sum();
        if self.kernel.split(delta.abs(), &weights, weight_sum, 0, ties, &mut parts) != 0 {
            return None;
        }
        given.iter_mut().zip(&parts).for_each(|(g, part)| *g += sign * part);
        let mut pairs = Vec::with_capacity(given.len() * allocated.len());
        let Self { kernel, capacities, row, .. } = self;
        fill(kernel, (capacities, row), ties, &given, &allocated, received, |share| pairs.push(share));
        let rests = production.iter().zip(&given).zip(&figures.surplus_micro_kwh);
        let surplus = rests.map(|((p, g), surplus)| surplus.unwrap_or((p - g).max(0))).collect();
        *shares = Shares {
            allocated_micro_kwh: allocated,
            given_micro_kwh: given,
            surplus_micro_kwh: surplus,
            pairs_micro_kwh: pairs,
        };
        Some(delta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::{KeyKind, Rule, Tie};
    use proptest::prelude::*;

    fn rule(producers: usize, consumers: usize) -> CompiledRule {
        let ids = |letter: &str, n: usize| (0..n).map(|i| format!("{letter}{i}")).collect();
        let rule = Rule { tie: Tie::Id, ..Rule::of([KeyKind::Prorata]) };
        CompiledRule::new(&rule, ids("P", producers), ids("C", consumers)).unwrap()
    }

    fn figures(shared: &[i64], surplus: &[Option<i64>]) -> OperatorFigures {
        OperatorFigures {
            shared_micro_kwh: shared.iter().copied().map(Some).collect(),
            residual_micro_kwh: vec![None; shared.len()],
            given_micro_kwh: vec![None; surplus.len()],
            surplus_micro_kwh: surplus.to_vec(),
        }
    }

    /// Rounding, given and surplus; `None` when the figures cannot stand.
    fn check(
        unit: i64,
        production: &[i64],
        consumption: &[i64],
        figures: &OperatorFigures,
        want: Option<(i64, &[i64], &[i64])>,
    ) {
        let (mut sharer, mut shares) = (Sharer::default(), Shares::default());
        let rule = rule(production.len(), consumption.len());
        let got = sharer.adopt(&rule, 0, figures, unit, (production, consumption), &mut shares);
        let got = got.map(|delta| (delta, shares.given_micro_kwh.as_slice(), shares.surplus_micro_kwh.as_slice()));
        assert_eq!(got, want);
        if want.is_some() {
            let columns = production.len().max(1);
            for (row, a) in shares.pairs_micro_kwh.chunks(columns).zip(&shares.allocated_micro_kwh) {
                assert_eq!(row.iter().sum::<i64>(), *a);
            }
        }
    }

    #[test]
    fn a3_an_operator_that_rounds_half_up_is_accepted() {
        let consumption = [6_000, 40_000, 325_200];
        let shares = [3_233, 21_552, 175_216];
        let of = |surplus| figures(&shares, &[surplus]);
        check(1, &[200_000], &consumption, &of(Some(0)), Some((1, &[200_001], &[0])));
        check(1, &[200_000], &consumption, &of(None), Some((1, &[200_001], &[0])));
        // Two half units for four figures: more than that is no rounding.
        check(1, &[199_998], &consumption, &of(Some(0)), None);
        check(1, &[200_010], &consumption, &of(Some(8)), Some((-1, &[200_001], &[8])));
        check(1, &[200_010], &consumption, &of(Some(0)), None);
    }

    #[test]
    fn what_the_operator_does_not_say_of_a_plant_follows_from_the_others() {
        let shared = figures(&[300, 200], &[Some(100), None]);
        check(1, &[400, 400], &[300, 200], &shared, Some((0, &[300, 200], &[100, 200])));
        let nothing = figures(&[300, 200], &[None, None]);
        check(1, &[600, 400], &[300, 200], &nothing, Some((0, &[300, 200], &[300, 200])));
        let given = OperatorFigures { given_micro_kwh: vec![Some(500), Some(0)], ..nothing };
        check(1, &[600, 400], &[300, 200], &given, Some((0, &[500, 0], &[100, 400])));
    }

    #[test]
    fn figures_that_contradict_readings_cannot_stand() {
        check(1, &[100], &[50, 50], &figures(&[52, 48], &[Some(0)]), None);
        check(
            1000,
            &[100_000],
            &[50_400, 50_000],
            &figures(&[51_000, 49_000], &[Some(0)]),
            Some((0, &[100_000], &[0])),
        );
        let residual = OperatorFigures { residual_micro_kwh: vec![Some(10), None], ..figures(&[50, 50], &[Some(0)]) };
        check(1, &[100], &[70, 50], &residual, None);
        check(1, &[0], &[5, 5], &figures(&[1, 0], &[Some(0)]), None);
        check(1, &[5], &[0, 5], &figures(&[1, 4], &[Some(0)]), None);
        let missing = OperatorFigures { shared_micro_kwh: vec![Some(50), None], ..figures(&[50, 50], &[Some(0)]) };
        check(1, &[100], &[50, 50], &missing, None);
    }

    proptest! {
        /// Whatever an operator sends, shares are its own, columns are what plants gave, and the rounding is small
        /// (INV1).
        #[test]
        fn adopted_figures_add_up(
            production in proptest::collection::vec(0..5_000i64, 1..4),
            consumption in proptest::collection::vec(0..5_000i64, 1..6), off in -3..4i64, unit in 1..3i64,
        ) {
            let rule = rule(production.len(), consumption.len());
            let (mut sharer, mut own) = (Sharer::default(), Shares::default());
            sharer.share(&rule, 0, &production, &consumption, &mut own).unwrap();
            let mut shared: Vec<i64> = own.allocated_micro_kwh.clone();
            shared[0] = (shared[0] + off).max(0);
            let said = figures(&shared, &own.surplus_micro_kwh.iter().copied().map(Some).collect::<Vec<_>>());
            let mut shares = own.clone();
            match sharer.adopt(&rule, 0, &said, unit, (&production, &consumption), &mut shares) {
                None => prop_assert_eq!(shares, own),
                Some(delta) => {
                    prop_assert_eq!(&shares.allocated_micro_kwh, &shared);
                    prop_assert!(2 * delta.abs() <= (production.len() + consumption.len()) as i64 * unit);
                    for (j, p) in production.iter().enumerate() {
                        let column: i64 = shares.pairs_micro_kwh.iter().skip(j).step_by(production.len()).sum();
                        prop_assert_eq!(column, shares.given_micro_kwh[j]);
                        prop_assert!(shares.given_micro_kwh[j] >= 0);
                        prop_assert_eq!(shares.surplus_micro_kwh[j], own.surplus_micro_kwh[j]);
                        let off = shares.given_micro_kwh[j] + shares.surplus_micro_kwh[j] - p;
                        prop_assert!(off.abs() <= delta.abs());
                    }
                }
            }
        }
    }
}
