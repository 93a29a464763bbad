//! A rule bound to the points of a time, with everything looked up that does not change from interval to interval.

use std::collections::BTreeMap;

use super::key::{KeyKind, Rule, Tie};
use crate::error::{Error, Result};

/// A rule and the points it shares among. Points are dense numbers: position in the ascending list of ids.
#[derive(Debug, Clone)]
pub struct CompiledRule {
    pub(super) rounds: Vec<Round>,
    pub(super) unit_mwh: i64,
    pub(super) tie: Tie,
    producer_ids: Vec<String>,
    consumer_ids: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) enum Round {
    Static(FixedWeights),
    Prorata,
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
        rule.validate()?;
        for ids in [&producer_ids, &consumer_ids] {
            if let Some(pair) = ids.windows(2).find(|pair| pair[0] >= pair[1]) {
                return Err(Error::internal(format!("points not ascending: `{}` before `{}`", pair[0], pair[1])));
            }
        }
        let rounds = rule.rounds.iter().map(|kind| match kind {
            KeyKind::Prorata => Ok(Round::Prorata),
            KeyKind::Static { weights, unassigned } => {
                FixedWeights::new(weights, *unassigned, &consumer_ids).map(Round::Static)
            }
        });
        let rounds = rounds.collect::<Result<_>>()?;
        Ok(Self { rounds, unit_mwh: rule.unit_mwh, tie: rule.tie, producer_ids, consumer_ids })
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

impl FixedWeights {
    fn new(weights: &BTreeMap<String, u64>, unassigned: u64, consumer_ids: &[String]) -> Result<Self> {
        // A validated rule holds no weight that is too large; the conversion says so instead of wrapping.
        let whole = |weight: u64| i64::try_from(weight).map_err(|_| Error::internal("weight of a validated rule"));
        let ids: Vec<String> = weights.keys().cloned().collect();
        let consumers = ids.iter().map(|id| consumer_ids.binary_search(id).ok()).collect();
        let weights = weights.values().map(|weight| whole(*weight)).collect::<Result<Vec<i64>>>()?;
        let rest_weight = whole(unassigned)?;
        let weight_sum = weights.iter().sum::<i64>() + rest_weight;
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
        let rule = Rule { rounds: vec![KeyKind::Static { weights, unassigned: 15 }], unit_mwh: 1, tie: Tie::Id };
        let compiled = CompiledRule::new(&rule, ids(&["P"]), ids(&["A", "AA", "B"])).unwrap();
        let Round::Static(fixed) = &compiled.rounds[0] else { panic!("a static round") };
        assert_eq!(fixed.ids, ids(&["A", "B", "Z"]));
        assert_eq!(fixed.consumers, [Some(0), Some(2), None]);
        assert_eq!((fixed.weight_sum, fixed.rest_weight), (100, 15));
        let unsorted = CompiledRule::new(&rule, ids(&["P"]), ids(&["B", "A"]));
        assert!(unsorted.is_err_and(|e| e.to_string().contains("`B` before `A`")));
        assert!(CompiledRule::new(&rule, ids(&["P", "P"]), ids(&["A"])).is_err());
    }
}
