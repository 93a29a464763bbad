//! Amounts as statement lines bear them: rounded once, a part of a pot, interest. In 10^-6 of the currency, whole minor
//! units.

use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::session::functions::interest_micro;
use crate::sharing::{LargestRemainder, Ties};
use crate::units::round_half_up;

/// Weights by id, ascending.
pub type Weights = Vec<(String, i64)>;

/// Who gets what is left over when remainders are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TieBy {
    /// The first id.
    Id,
    /// The hash of the id with the start of the month, so that it is another one each month.
    Hash(Micros),
}

/// An amount in 10^-12 of the currency, rounded half up to its minor unit.
pub fn rounded(exact_pico: i128, digits: u32) -> i128 {
    round_half_up(exact_pico, 12, digits) * unit(digits)
}

/// The parts of a pot in proportion to weights, by largest remainder, in their order. What is less than a minor unit of
/// the pot is not given.
///
/// # Errors
/// User, when a weight is negative; internal, when pot or weights do not fit 64 bits.
pub fn split(pot: i128, digits: u32, weights: &[(String, i64)], ties: TieBy) -> Result<Vec<i128>> {
    let unit = unit(digits);
    let pot = i64::try_from(pot / unit).map_err(|_| Error::internal("a pot of more than 64 bits"))?;
    let (ids, weights): (Vec<String>, Vec<i64>) = weights.iter().cloned().unzip();
    let ties = match ties {
        TieBy::Id => Ties::Position,
        TieBy::Hash(start) => Ties::Hash { ids: &ids, start },
    };
    let mut parts = Vec::new();
    LargestRemainder::default().lr(pot, &weights, 0, ties, &mut parts)?;
    Ok(parts.into_iter().map(|part| i128::from(part) * unit).collect())
}

/// Interest on capital times the days that it was held, at 10^-4 percent a year, rounded to the minor unit.
pub fn interest(capital_days: i64, rate_percent_e4: i128, days_of_year: i64, digits: u32) -> i128 {
    interest_micro(capital_days.into(), rate_percent_e4, 1, days_of_year, digits)
}

/// A minor unit in 10^-6.
fn unit(digits: u32) -> i128 {
    10i128.pow(6 - digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(all: &[(&str, i64)]) -> Weights {
        all.iter().map(|(id, weight)| ((*id).to_string(), *weight)).collect()
    }

    #[test]
    fn half_a_cent_goes_up_and_a_yen_has_no_cents() {
        assert_eq!(rounded(1_005_000_000_000, 2), 1_010_000);
        assert_eq!(rounded(1_004_999_999_999, 2), 1_000_000);
        assert_eq!(rounded(1_500_000_000_000, 0), 2_000_000);
    }

    #[test]
    fn a_pot_is_given_whole() {
        let three = weights(&[("a", 1), ("b", 1), ("c", 1)]);
        assert_eq!(split(100_010_000, 2, &three, TieBy::Id).unwrap(), [33_340_000, 33_340_000, 33_330_000]);
        for start in 0..20 {
            let parts = split(100_010_000, 2, &three, TieBy::Hash(start)).unwrap();
            assert_eq!(parts.iter().sum::<i128>(), 100_010_000);
        }
        assert_eq!(split(-10_000, 2, &three, TieBy::Id).unwrap(), [-10_000, 0, 0]);
        assert_eq!(split(5_000, 2, &three, TieBy::Id).unwrap(), [0, 0, 0]);
        assert!(split(10_000, 2, &weights(&[("a", -1)]), TieBy::Id).is_err());
        assert!(split(i128::MAX, 2, &three, TieBy::Id).is_err());
    }

    #[test]
    fn a_year_of_capital_bears_its_rate() {
        // 500 for 365 days at 2.75 %.
        assert_eq!(interest(500_000_000 * 365, 27_500, 365, 2), 13_750_000);
        assert_eq!(interest(0, 27_500, 365, 2), 0);
    }
}
