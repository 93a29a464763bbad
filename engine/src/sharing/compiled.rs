//! A rule bound to the points of a time, with everything looked up that does not change from interval to interval.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::coefficients::{BoundCoefficients, Coefficients};
use super::key::{Cap, KeyKind, Round, Rounding, Rule, SurplusSplit, Tie};
use crate::error::{Error, Result};

/// The points of a time, and what keys need to know of them.
#[derive(Debug, Clone, Default)]
pub struct Binding {
    /// Producing metering points, ascending. A point that does both stands in both lists.
    pub producer_ids: Vec<String>,
    /// Consuming metering points, ascending.
    pub consumer_ids: Vec<String>,
    /// The member of each consuming point; needed by keys that share by capital.
    pub consumer_members: Vec<String>,
    /// What the contracted power of each consuming point carries in an interval, in micro-kWh.
    pub contract_micro_kwh: Vec<Option<i64>>,
    /// Capital that members hold, in millionths of the currency.
    pub capital: BTreeMap<String, u64>,
    /// Series of coefficients by name.
    pub coefficients: BTreeMap<String, Arc<Coefficients>>,
}

/// A rule and the points it shares among. Points are dense numbers: position in the ascending list of ids.
#[derive(Debug, Clone)]
pub struct CompiledRule {
    pub(super) rounds: Vec<BoundRound>,
    pub(super) unit_micro_kwh: i64,
    pub(super) tie: Tie,
    pub(super) rounding: Rounding,
    /// Whether all rounds draw from one pool, so that producers follow from the sums alone.
    pub(super) pooled: bool,
    /// Producers in the order in which they give, where the rule has one.
    pub(super) drain: Option<Vec<usize>>,
    producer_ids: Vec<String>,
    consumer_ids: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) enum BoundRound {
    /// The common keys, by the shortest way.
    Static(FixedWeights),
    Prorata,
    /// All that the model knows.
    General(Box<GeneralRound>),
}

/// A round with sources, sinks, caps and redistribution.
#[derive(Debug, Clone)]
pub(super) struct GeneralRound {
    pub key: GeneralKey,
    /// Producers whose energy is shared; all of them where the rule names none.
    pub sources: Vec<usize>,
    pub source_ids: Vec<String>,
    pub cap: BoundCap,
    pub redistribute: bool,
}

#[derive(Debug, Clone)]
pub(super) enum GeneralKey {
    /// Fixed weights, of points or of members.
    Fixed(FixedWeights),
    /// Weights that the energies of the interval give.
    ByEnergy {
        sinks: Vec<usize>,
        sink_ids: Vec<String>,
        weight: EnergyWeight,
    },
    /// Capital per member; the points of each member.
    Shares {
        members: FixedWeights,
        points: Vec<Vec<usize>>,
        point_ids: Vec<Vec<String>>,
    },
    Supplied {
        coefficients: BoundCoefficients,
        pairs: bool,
        otherwise: Vec<usize>,
        otherwise_ids: Vec<String>,
    },
}

#[derive(Debug, Clone)]
pub(super) enum EnergyWeight {
    Uncovered,
    Consumption,
    Equal,
    /// Times the uncovered consumption, per sink.
    Custom(Vec<i64>),
}

#[derive(Debug, Clone)]
pub(super) enum BoundCap {
    Consumption,
    Percent(u32),
    /// Per consumer, in units of the rule.
    Energy(Vec<i64>),
}

/// The weights of a static round, ascending by id. Points that do not take part keep their place in the split, so
/// that their share stays surplus and equal remainders fall as if they were there.
#[derive(Debug, Clone)]
pub(super) struct FixedWeights {
    pub ids: Vec<String>,
    pub weights: Vec<i64>,
    pub rest_weight: i64,
    /// Of `weights` and `rest_weight`.
    pub weight_sum: i64,
    /// Number of the consumer with the weight.
    pub consumers: Vec<Option<usize>>,
}

impl CompiledRule {
    /// Binds a rule to producing and consuming metering points. A point that does both stands in both lists.
    ///
    /// # Errors
    /// A user error when the rule cannot share ([`Rule::validate`]); an internal one when the ids of a list are not
    /// strictly ascending.
    pub fn new(rule: &Rule, producer_ids: Vec<String>, consumer_ids: Vec<String>) -> Result<Self> {
        Self::bind(rule, Binding { producer_ids, consumer_ids, ..Binding::default() })
    }

    /// Binds a rule to the points of a time.
    ///
    /// # Errors
    /// As [`CompiledRule::new`]; user, when the rule reads a series that is not there.
    pub fn bind(rule: &Rule, binding: Binding) -> Result<Self> {
        rule.validate()?;
        for ids in [&binding.producer_ids, &binding.consumer_ids] {
            if let Some(pair) = ids.windows(2).find(|pair| pair[0] >= pair[1]) {
                return Err(Error::internal(format!("points not ascending: `{}` before `{}`", pair[0], pair[1])));
            }
        }
        let ordered = rule.in_order();
        let pooled = ordered.iter().all(|r| r.sources.is_empty() && !is_pairs(&r.key));
        let plain = pooled && rule.rounding == Rounding::LargestRemainder;
        let rounds = ordered.into_iter().map(|round| match &round.key {
            KeyKind::Prorata if plain && round.is_plain() => Ok(BoundRound::Prorata),
            KeyKind::Static { weights, unassigned } if plain && round.is_plain() => {
                FixedWeights::new(weights, *unassigned, &binding.consumer_ids).map(BoundRound::Static)
            }
            _ => GeneralRound::new(round, &binding, rule.unit_micro_kwh).map(|r| BoundRound::General(Box::new(r))),
        });
        let rounds = rounds.collect::<Result<_>>()?;
        let drain = match &rule.surplus_split {
            SurplusSplit::Prorata => None,
            SurplusSplit::Order(order) => Some(drain_order(order, &binding.producer_ids)),
        };
        Ok(Self {
            rounds,
            unit_micro_kwh: rule.unit_micro_kwh,
            tie: rule.tie,
            rounding: rule.rounding,
            pooled,
            drain,
            producer_ids: binding.producer_ids,
            consumer_ids: binding.consumer_ids,
        })
    }

    /// The unit in which shares are whole, in micro-kWh.
    pub fn unit_micro_kwh(&self) -> i64 {
        self.unit_micro_kwh
    }

    /// The producing points, ascending.
    pub fn producer_ids(&self) -> &[String] {
        &self.producer_ids
    }

    /// The consuming points, ascending.
    pub fn consumer_ids(&self) -> &[String] {
        &self.consumer_ids
    }
}

fn is_pairs(key: &KeyKind) -> bool {
    matches!(key, KeyKind::Supplied { pairs: true, .. })
}

/// Numbers of the listed producers that are there, then of the others.
fn drain_order(order: &[String], ids: &[String]) -> Vec<usize> {
    let mut numbers: Vec<usize> = order.iter().filter_map(|id| ids.binary_search(id).ok()).collect();
    let listed: BTreeSet<usize> = numbers.iter().copied().collect();
    numbers.extend((0..ids.len()).filter(|n| !listed.contains(n)));
    numbers
}

/// The numbers of the named points; of all points when none is named.
fn chosen(names: &BTreeSet<String>, ids: &[String]) -> Vec<usize> {
    (0..ids.len()).filter(|n| names.is_empty() || names.contains(&ids[*n])).collect()
}

fn ids_of(numbers: &[usize], ids: &[String]) -> Vec<String> {
    numbers.iter().map(|n| ids[*n].clone()).collect()
}

/// A weight of a validated rule; the conversion says so instead of wrapping.
fn whole(weight: u64) -> Result<i64> {
    i64::try_from(weight).map_err(|_| Error::internal("weight of a validated rule"))
}

impl GeneralRound {
    fn new(round: &Round, binding: &Binding, unit_micro_kwh: i64) -> Result<Self> {
        let sources = chosen(&round.sources, &binding.producer_ids);
        let source_ids = ids_of(&sources, &binding.producer_ids);
        let sinks = chosen(&round.sinks, &binding.consumer_ids);
        let cap = BoundCap::new(&round.cap, binding, unit_micro_kwh)?;
        let key = GeneralKey::new(&round.key, sinks, binding)?;
        Ok(Self { key, sources, source_ids, cap, redistribute: round.redistribute })
    }
}

impl GeneralKey {
    fn new(key: &KeyKind, sinks: Vec<usize>, binding: &Binding) -> Result<Self> {
        let ids = &binding.consumer_ids;
        let sink_ids = ids_of(&sinks, ids);
        let by_energy = |weight| Ok(Self::ByEnergy { sinks: sinks.clone(), sink_ids: sink_ids.clone(), weight });
        match key {
            KeyKind::Prorata => by_energy(EnergyWeight::Uncovered),
            KeyKind::ProrataConsumption => by_energy(EnergyWeight::Consumption),
            KeyKind::Equal => by_energy(EnergyWeight::Equal),
            KeyKind::CustomWeight { weights, others } => {
                let weight = |id: &String| whole(weights.get(id).copied().unwrap_or(*others));
                by_energy(EnergyWeight::Custom(sink_ids.iter().map(weight).collect::<Result<_>>()?))
            }
            KeyKind::Static { weights, unassigned } => {
                let mut fixed = FixedWeights::new(weights, *unassigned, ids)?;
                fixed.consumers.iter_mut().for_each(|c| *c = c.filter(|n| sinks.binary_search(n).is_ok()));
                Ok(Self::Fixed(fixed))
            }
            KeyKind::Shares { unassigned } => Self::shares(*unassigned, &sinks, binding),
            KeyKind::Supplied { series, pairs } => {
                let found = binding.coefficients.get(series).ok_or_else(|| {
                    Error::user(format!(
                        "series `{series}` of the allocation key holds no coefficients for this time: import its key \
                        file"
                    ))
                })?;
                let producers = if *pairs { binding.producer_ids.as_slice() } else { &[] };
                let coefficients = BoundCoefficients::new(found, ids, producers, &sinks);
                Ok(Self::Supplied { coefficients, pairs: *pairs, otherwise: sinks, otherwise_ids: sink_ids })
            }
        }
    }

    fn shares(unassigned: u64, sinks: &[usize], binding: &Binding) -> Result<Self> {
        if binding.consumer_members.len() != binding.consumer_ids.len() {
            return Err(Error::internal("a key by capital needs the member of every consuming point"));
        }
        let capital = &binding.capital;
        if capital.values().all(|c| *c == 0) && unassigned == 0 {
            return Err(Error::user("nobody holds capital at this time: write [[capital_share]] or another key"));
        }
        let members = FixedWeights::new(capital, unassigned, &[])?;
        let of = |member: &String| -> Vec<usize> {
            sinks.iter().copied().filter(|n| binding.consumer_members[*n] == *member).collect()
        };
        let points: Vec<Vec<usize>> = members.ids.iter().map(of).collect();
        let point_ids = points.iter().map(|p| ids_of(p, &binding.consumer_ids)).collect();
        Ok(Self::Shares { members, points, point_ids })
    }
}

impl BoundCap {
    fn new(cap: &Cap, binding: &Binding, unit_micro_kwh: i64) -> Result<Self> {
        let per_point = |value: &dyn Fn(usize, &str) -> Option<i64>| {
            let caps = binding.consumer_ids.iter().enumerate();
            Self::Energy(
                caps.map(|(n, id)| value(n, id).map_or(i64::MAX, |micro_kwh| micro_kwh / unit_micro_kwh)).collect(),
            )
        };
        Ok(match cap {
            Cap::Consumption => Self::Consumption,
            Cap::PercentOfConsumption(percent) => Self::Percent(*percent),
            Cap::EnergyMicroKwh(caps) => per_point(&|_, id| caps.get(id).and_then(|cap| i64::try_from(*cap).ok())),
            Cap::Contract => per_point(&|n, _| binding.contract_micro_kwh.get(n).copied().flatten()),
        })
    }
}

impl FixedWeights {
    fn new(weights: &BTreeMap<String, u64>, unassigned: u64, consumer_ids: &[String]) -> Result<Self> {
        let ids: Vec<String> = weights.keys().cloned().collect();
        let consumers = ids.iter().map(|id| consumer_ids.binary_search(id).ok()).collect();
        let weights = weights.values().map(|weight| whole(*weight)).collect::<Result<Vec<i64>>>()?;
        let rest_weight = whole(unassigned)?;
        let weight_sum = weights.iter().try_fold(rest_weight, |sum, w| sum.checked_add(*w));
        let weight_sum = weight_sum.ok_or_else(|| Error::user("weights: their sum does not fit 64 bits"))?;
        Ok(Self { ids, weights, rest_weight, weight_sum, consumers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_find_their_points() {
        let ids = |list: &[&str]| list.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let weights = BTreeMap::from([("B".to_owned(), 30), ("A".to_owned(), 50), ("Z".to_owned(), 5)]);
        let rule = Rule::of([KeyKind::Static { weights, unassigned: 15 }]);
        let compiled = CompiledRule::new(&rule, ids(&["P"]), ids(&["A", "AA", "B"])).unwrap();
        let BoundRound::Static(fixed) = &compiled.rounds[0] else { panic!("a static round") };
        assert_eq!(fixed.ids, ids(&["A", "B", "Z"]));
        assert_eq!(fixed.consumers, [Some(0), Some(2), None]);
        assert_eq!((fixed.weight_sum, fixed.rest_weight), (100, 15));
        let unsorted = CompiledRule::new(&rule, ids(&["P"]), ids(&["B", "A"]));
        assert!(unsorted.is_err_and(|e| e.to_string().contains("`B` before `A`")));
        assert!(CompiledRule::new(&rule, ids(&["P", "P"]), ids(&["A"])).is_err());
    }

    #[test]
    fn a_key_without_its_series_says_so() {
        let rule = Rule::of([KeyKind::Supplied { series: "acc".into(), pairs: false }]);
        let refused = CompiledRule::new(&rule, vec!["P".into()], vec!["A".into()]).unwrap_err().to_string();
        assert!(refused.contains("`acc`") && refused.contains("import its key file"), "{refused}");
    }
}
