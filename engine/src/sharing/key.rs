//! Allocation rules as data.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::units::{DECIMAL18_MAX, ENERGY_SCALE, format_decimal};

/// What a round shares in proportion to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum KeyKind {
    /// Fixed weights per metering point; what a point does not use stays surplus. `unassigned` takes part in the
    /// split, goes to surplus and loses ties. A weight whose point is not there stays surplus too: whether a point
    /// consumes nothing or is missing, the others get the same.
    Static { weights: BTreeMap<String, u64>, unassigned: u64 },
    /// The consumption that earlier rounds have left uncovered: in a first round, the consumption of the interval.
    Prorata,
    /// The whole consumption of the interval, also in a later round.
    ProrataConsumption,
    /// The same for every point. Without redistribution a point that cannot use its part leaves it as surplus; with
    /// redistribution this is the max-min fair split.
    Equal,
    /// The capital that members hold at the time, as the register of shares says. A member's part goes to its points
    /// in proportion to their consumption. `unassigned` is as for `Static`.
    Shares { unassigned: u64 },
    /// The uncovered consumption times a weight of the point; a point that is not named weighs `others`.
    CustomWeight { weights: BTreeMap<String, u64>, others: u64 },
    /// Coefficients that the organiser sends for every interval, as fractions of the production: per consuming point,
    /// or per pair of producing and consuming point. `series` names them among the community's series. Without any
    /// coefficient for an interval, the consumption decides (Code de l'énergie D315-6).
    Supplied { series: String, pairs: bool },
}

/// The most that a round may give to a point in an interval, below its uncovered consumption.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// Its uncovered consumption.
    #[default]
    Consumption,
    /// So many percent of its consumption, cut to the unit.
    PercentOfConsumption(u32),
    /// So many micro-kWh; points that are not named have no cap but their consumption.
    #[serde(alias = "energy_mwh")]
    EnergyMicroKwh(BTreeMap<String, u64>),
    /// What its contracted power carries in an interval; a point without one has no cap but its consumption.
    Contract,
}

/// One pass over what is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    #[serde(flatten)]
    pub key: KeyKind,
    /// Rounds of a lower tier come first; within a tier, in the order of the list.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tier: u32,
    /// Producing points whose energy is shared here; empty: all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub sources: BTreeSet<String>,
    /// Consuming points that take part; empty: all.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub sinks: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub cap: Cap,
    /// Whether what a point cannot use goes to the remaining points of the round, instead of to the next round.
    #[serde(default, skip_serializing_if = "is_default")]
    pub redistribute: bool,
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<KeyKind> for Round {
    fn from(key: KeyKind) -> Self {
        Self {
            key,
            tier: 0,
            sources: BTreeSet::new(),
            sinks: BTreeSet::new(),
            cap: Cap::Consumption,
            redistribute: false,
        }
    }
}

impl Round {
    /// Whether it offers all energy to all points, each up to its consumption, and hands nothing on by itself.
    pub(super) fn is_plain(&self) -> bool {
        self.sources.is_empty() && self.sinks.is_empty() && self.cap == Cap::Consumption && !self.redistribute
    }

    /// Whether production and consumption cannot both remain after it: whoever still lacks energy gets it.
    pub fn shares_all(&self) -> bool {
        let by_need = matches!(self.key, KeyKind::Prorata | KeyKind::ProrataConsumption)
            || (self.redistribute && matches!(self.key, KeyKind::Equal));
        let first = self.key == KeyKind::Prorata || self.redistribute;
        by_need && first && self.sources.is_empty() && self.sinks.is_empty() && self.cap == Cap::Consumption
    }
}

/// How exact shares become whole units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Floors, and the units left over to the largest fractions: nothing is lost or invented.
    #[default]
    LargestRemainder,
    /// Each share for itself, half up, as operators do it. The sum may differ from the production by half a unit per
    /// share; the difference is shown and never hidden.
    HalfUp,
    /// Each share cut to the unit; what is cut off is surplus.
    Floor,
}

/// From which producers the shared energy is drawn, where the rounds do not say so themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SurplusSplit {
    /// From all in proportion to their production, so each keeps the same part as surplus.
    #[default]
    Prorata,
    /// From the listed producing points one after the other, those not listed last, ascending: the surplus stays with
    /// the last.
    Order(Vec<String>),
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

/// What counts for a value that has not come when its deadline passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingInput {
    /// The interval waits for it, and so does every statement over it.
    #[default]
    Hold,
    /// Nothing was drawn or fed in.
    Zero,
    /// What is likely, from the hours beside the gap or from like days.
    Estimate,
}

/// What counts for missing values, by direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    pub production: MissingInput,
    pub consumption: MissingInput,
}

impl Missing {
    /// Whether anything is estimated.
    pub fn estimates(self) -> bool {
        [self.production, self.consumption].contains(&MissingInput::Estimate)
    }
}

impl Default for Missing {
    /// Production is waited for: its sum decides everybody's share. Consumption is estimated.
    fn default() -> Self {
        Self { production: MissingInput::Hold, consumption: MissingInput::Estimate }
    }
}

/// Whose figures are the shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The rule's: nobody else decides.
    #[default]
    Computed,
    /// The network operator's, imported as they are; the rule is computed beside them and compared.
    Authoritative,
}

/// The rule of a community for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Rounds; each works on what the earlier ones left.
    pub rounds: Vec<Round>,
    /// The unit in which shares are whole: 1, 1000 (a Wh) or 1000000 (a kWh).
    #[serde(alias = "unit_mwh")]
    pub unit_micro_kwh: i64,
    pub tie: Tie,
    #[serde(default, skip_serializing_if = "is_default")]
    pub rounding: Rounding,
    #[serde(default, skip_serializing_if = "is_default")]
    pub surplus_split: SurplusSplit,
    #[serde(default, skip_serializing_if = "is_default")]
    pub missing: Missing,
    #[serde(default, skip_serializing_if = "is_default")]
    pub mode: Mode,
    /// The unit in which the operator rounds its figures: 1, 1000 (a Wh) or 1000000 (a kWh).
    #[serde(default = "one", alias = "operator_unit_mwh", skip_serializing_if = "is_one")]
    pub operator_unit_micro_kwh: i64,
}

fn one() -> i64 {
    1
}

fn is_one(value: &i64) -> bool {
    *value == 1
}

/// Largest weight of [`KeyKind::CustomWeight`]: a product with any consumption of an interval stays in range.
const CUSTOM_WEIGHT_MAX: u64 = 10_000;

impl Rule {
    /// A rule of plain rounds, in micro-kWh, with exact sums.
    pub fn of(rounds: impl IntoIterator<Item = KeyKind>) -> Self {
        Self {
            rounds: rounds.into_iter().map(Round::from).collect(),
            unit_micro_kwh: 1,
            tie: Tie::default(),
            rounding: Rounding::default(),
            surplus_split: SurplusSplit::default(),
            missing: Missing::default(),
            mode: Mode::default(),
            operator_unit_micro_kwh: 1,
        }
    }

    /// Whether production and consumption never both remain.
    pub fn shares_all(&self) -> bool {
        self.rounding == Rounding::LargestRemainder && self.rounds.last().is_some_and(Round::shares_all)
    }

    /// The unit of the operator whose figures are the shares; `None` where the rule itself decides.
    pub fn operator_unit_micro_kwh(&self) -> Option<i64> {
        (self.mode == Mode::Authoritative).then_some(self.operator_unit_micro_kwh)
    }

    /// By how much a share may be off its exact part without another one making up for it: 0 where sums are exact.
    pub fn rounding_unit_micro_kwh(&self) -> i64 {
        match self.rounding {
            Rounding::HalfUp => self.unit_micro_kwh,
            Rounding::LargestRemainder | Rounding::Floor => 0,
        }
    }

    /// The rounds in the order in which they run.
    pub fn in_order(&self) -> Vec<&Round> {
        let mut rounds: Vec<&Round> = self.rounds.iter().collect();
        rounds.sort_by_key(|r| r.tier);
        rounds
    }

    /// Names of the series that its rounds read.
    pub fn series(&self) -> impl Iterator<Item = &str> {
        self.rounds.iter().filter_map(|r| match &r.key {
            KeyKind::Supplied { series, .. } => Some(series.as_str()),
            _ => None,
        })
    }

    /// Refuses what cannot share anything, naming field, value and cure.
    ///
    /// # Errors
    /// User.
    pub fn validate(&self) -> Result<()> {
        if self.rounds.is_empty() {
            return Err(Error::user("an allocation key needs at least one round: `static` or `prorata`"));
        }
        if !matches!(self.unit_micro_kwh, 1 | 1_000 | 1_000_000) {
            return Err(Error::user(format!(
                "unit_kwh {}: not a unit of energy here; write \"0.000001\", \"0.001\" or \"1\"",
                format_decimal(self.unit_micro_kwh.into(), ENERGY_SCALE)
            )));
        }
        if !matches!(self.operator_unit_micro_kwh, 1 | 1_000 | 1_000_000) {
            return Err(Error::user(format!(
                "operator_unit_kwh {}: not a unit of energy here; write \"0.000001\", \"0.001\" or \"1\"",
                format_decimal(self.operator_unit_micro_kwh.into(), ENERGY_SCALE)
            )));
        }
        self.rounds.iter().try_for_each(Round::validate)
    }
}

impl Round {
    fn validate(&self) -> Result<()> {
        match &self.key {
            KeyKind::Static { weights, unassigned } => validate_weights(weights, *unassigned)?,
            KeyKind::CustomWeight { weights, others } => {
                if let Some(weight) = weights.values().chain([others]).find(|w| **w > CUSTOM_WEIGHT_MAX) {
                    return Err(Error::user(format!(
                        "weights: {weight} is more than {CUSTOM_WEIGHT_MAX}: divide all weights by a common factor"
                    )));
                }
                if weights.values().chain([others]).all(|w| *w == 0) {
                    return Err(Error::user("a custom_weight key needs a positive weight: all of its weights are 0"));
                }
            }
            KeyKind::Supplied { series, .. } if series.is_empty() => {
                return Err(Error::user("series is empty: name the series that holds the coefficients"));
            }
            KeyKind::Supplied { pairs: true, .. } if !self.sources.is_empty() => {
                return Err(Error::user("sources: a key per pair names its producers itself; take sources out"));
            }
            KeyKind::Supplied { .. } if self.redistribute => {
                return Err(Error::user(
                    "redistribute: supplied coefficients leave what is not used; add a round after this one instead",
                ));
            }
            _ => {}
        }
        match &self.cap {
            Cap::PercentOfConsumption(percent) if *percent == 0 || *percent > 100 => {
                Err(Error::user(format!("cap_percent {percent} is not from 1 to 100")))
            }
            Cap::EnergyMicroKwh(caps) if caps.values().any(|cap| *cap > DECIMAL18_MAX.unsigned_abs()) => {
                Err(Error::user(format!(
                    "cap_kwh: no cap is above {} kWh",
                    format_decimal(DECIMAL18_MAX.into(), ENERGY_SCALE)
                )))
            }
            _ => Ok(()),
        }
    }
}

fn validate_weights(weights: &BTreeMap<String, u64>, unassigned: u64) -> Result<()> {
    let sum: u128 = weights.values().chain([&unassigned]).map(|w| u128::from(*w)).sum();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rounds: Vec<Round>, unit_micro_kwh: i64, want: Option<&str>) {
        let got = Rule { rounds, unit_micro_kwh, ..Rule::of([]) }.validate().err().map(|e| e.to_string());
        match want {
            None => assert_eq!(got, None),
            Some(part) => assert!(got.as_deref().is_some_and(|g| g.contains(part)), "{got:?} names {part}"),
        }
    }

    fn weights(a: u64, b: u64) -> BTreeMap<String, u64> {
        BTreeMap::from([("A".to_owned(), a), ("B".to_owned(), b)])
    }

    #[test]
    fn a_rule_that_cannot_share_is_refused() {
        let fixed = |a, b, unassigned| Round::from(KeyKind::Static { weights: weights(a, b), unassigned });
        let prorata = || Round::from(KeyKind::Prorata);
        check(vec![fixed(50, 30, 20), prorata()], 1, None);
        check(vec![prorata()], 1_000_000, None);
        check(vec![fixed(0, 0, 1)], 1000, None);
        check(vec![], 1, Some("at least one round"));
        check(vec![prorata()], 100, Some("unit_kwh 0.000100"));
        check(vec![prorata()], 0, Some("unit_kwh 0.000000"));
        check(vec![fixed(0, 0, 0)], 1, Some("positive weight"));
        check(vec![fixed(u64::MAX, u64::MAX, 0)], 1, Some("common factor"));
        let custom = |a, b, others| Round::from(KeyKind::CustomWeight { weights: weights(a, b), others });
        check(vec![custom(2, 1, 1)], 1, None);
        check(vec![custom(0, 0, 0)], 1, Some("positive weight"));
        check(vec![custom(10_001, 0, 0)], 1, Some("10001 is more than"));
        check(vec![Round { cap: Cap::PercentOfConsumption(0), ..prorata() }], 1, Some("cap_percent 0"));
        check(vec![Round { cap: Cap::PercentOfConsumption(101), ..prorata() }], 1, Some("cap_percent 101"));
        let supplied = |pairs| Round::from(KeyKind::Supplied { series: "k".into(), pairs });
        check(vec![supplied(true)], 1, None);
        check(vec![Round { redistribute: true, ..supplied(false) }], 1, Some("redistribute"));
        check(vec![Round { sources: BTreeSet::from(["P".to_owned()]), ..supplied(true) }], 1, Some("sources"));
    }

    #[test]
    fn a_stored_rule_of_the_first_form_is_read() {
        let text = r#"{"rounds":[{"kind":"static","weights":{"A":1},"unassigned":2},{"kind":"prorata"}],"unit_micro_kwh":1,"tie":"hash"}"#;
        let rule: Rule = serde_json::from_str(text).unwrap();
        let fixed = KeyKind::Static { weights: BTreeMap::from([("A".to_owned(), 1)]), unassigned: 2 };
        assert_eq!(rule, Rule::of([fixed, KeyKind::Prorata]));
        assert_eq!(serde_json::to_string(&rule).unwrap(), text, "and written as it was");
    }
}
