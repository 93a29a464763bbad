//! Allocation rules as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::units::DECIMAL18_MAX;

/// How a round offers the remaining production to the remaining consumption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum KeyKind {
    /// Fixed weights per metering point; what a point does not use stays surplus. `unassigned` takes part in the
    /// split, goes to surplus and loses ties. A weight whose point is not there stays surplus too: whether a point
    /// consumes nothing or is missing, the others get the same.
    Static { weights: BTreeMap<String, u64>, unassigned: u64 },
    /// In proportion to the consumption that earlier rounds have left uncovered: in a first round, to the consumption
    /// of the interval.
    Prorata,
}

/// How remainders are dealt out when they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    /// By a hash of point and interval, so that nobody is favoured for years.
    #[default]
    Hash,
    /// By ascending id: test vectors and benchmarks.
    Id,
}

/// The rule of a community for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Rounds in their order; each works on what the earlier ones left.
    pub rounds: Vec<KeyKind>,
    /// The unit in which shares are whole: 1 (mWh), 1000 (Wh) or 1000000 (kWh).
    pub unit_mwh: i64,
    pub tie: Tie,
}

impl Rule {
    /// Refuses what cannot share anything, naming field, value and cure.
    pub fn validate(&self) -> Result<()> {
        if self.rounds.is_empty() {
            return Err(Error::user("an allocation key needs at least one round: `static` or `prorata`"));
        }
        if !matches!(self.unit_mwh, 1 | 1_000 | 1_000_000) {
            return Err(Error::user(format!(
                "unit_mwh {} is not a unit of energy here: write 1 (mWh), 1000 (Wh) or 1000000 (kWh)",
                self.unit_mwh
            )));
        }
        self.rounds.iter().try_for_each(KeyKind::validate)
    }
}

impl KeyKind {
    fn validate(&self) -> Result<()> {
        let Self::Static { weights, unassigned } = self else { return Ok(()) };
        let sum: u128 = weights.values().chain([unassigned]).map(|w| u128::from(*w)).sum();
        if sum == 0 {
            return Err(Error::user("a static key needs a positive weight: all of its weights are 0"));
        }
        // So that a product with any energy of an interval fits 128 bits, and the sum 64.
        if sum > u128::from(DECIMAL18_MAX.unsigned_abs()) {
            return Err(Error::user(format!(
                "the weights of a static key sum to {sum}, more than {DECIMAL18_MAX}: divide them by a common factor"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rounds: Vec<KeyKind>, unit_mwh: i64, want: Option<&str>) {
        let got = Rule { rounds, unit_mwh, tie: Tie::Hash }.validate().err().map(|e| e.to_string());
        match want {
            None => assert_eq!(got, None),
            Some(part) => assert!(got.as_deref().is_some_and(|g| g.contains(part)), "{got:?} names {part}"),
        }
    }

    #[test]
    fn a_rule_that_cannot_share_is_refused() {
        let fixed = |a: u64, b: u64, unassigned| KeyKind::Static {
            weights: BTreeMap::from([("A".to_owned(), a), ("B".to_owned(), b)]),
            unassigned,
        };
        check(vec![fixed(50, 30, 20), KeyKind::Prorata], 1, None);
        check(vec![KeyKind::Prorata], 1_000_000, None);
        check(vec![fixed(0, 0, 1)], 1000, None);
        check(vec![], 1, Some("at least one round"));
        check(vec![KeyKind::Prorata], 100, Some("unit_mwh 100"));
        check(vec![KeyKind::Prorata], 0, Some("unit_mwh 0"));
        check(vec![fixed(0, 0, 0)], 1, Some("positive weight"));
        check(vec![fixed(u64::MAX, u64::MAX, 0)], 1, Some("common factor"));
    }
}
