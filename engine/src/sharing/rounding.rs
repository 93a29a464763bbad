//! Splitting whole numbers without losing or inventing a unit.
//!
//! The largest remainder (Hamilton): every share gets the floor of its exact quota, and the units left over go one
//! each to the largest fractions. Quotas are exact: 64-bit products where they fit, 128-bit ones where they do not,
//! never a float.

mod capped;
mod tie;

pub use tie::{Ties, tie_hash};

use super::key::Rounding;
use crate::error::{Error, Result};
use crate::units::div_half_up;

/// Largest-remainder splits with scratch memory of their own: once it has grown to the longest list, nothing
/// allocates.
#[derive(Debug, Default)]
pub struct LargestRemainder {
    /// Numerators of the fractions over the sum of the weights, in the order of the weights.
    remainders: Vec<u64>,
    /// The same, partly sorted, to find the cut.
    ranked: Vec<u64>,
    /// Tie key and position of those at the cut.
    tied: Vec<(u64, usize)>,
    /// Weights of those below their cap, in a capped split.
    active: Vec<i64>,
}

impl LargestRemainder {
    /// Splits `total` in proportion to `weights` into `shares` (cleared first), in their order. `rest_weight` takes
    /// part in the split, loses ties, and its share is returned: with it the shares sum to `total`. Where no weight is
    /// positive, all of `total` is returned. A negative total gives the negated shares of the positive one, so that a
    /// reversal cancels exactly.
    ///
    /// # Errors
    /// A user error when a weight is negative, or the weights sum to more than 64 bits hold, or fewer ids than weights
    /// are there to break ties.
    pub fn lr(
        &mut self,
        total: i64,
        weights: &[i64],
        rest_weight: i64,
        ties: Ties<'_>,
        shares: &mut Vec<i64>,
    ) -> Result<i64> {
        let weight_sum = sum_of_weights(weights, rest_weight)?;
        ties.check_covers(weights.len())?;
        let magnitude = total.checked_abs().ok_or_else(|| Error::user("the total of a split fits 64 bits"))?;
        let rest = self.split(magnitude, weights, weight_sum, rest_weight, ties, shares);
        if total >= 0 {
            return Ok(rest);
        }
        shares.iter_mut().for_each(|share| *share = -*share);
        Ok(-rest)
    }

    /// The same for a caller that knows: `total` and all weights are not negative, and `weight_sum` is the sum of
    /// `weights` and `rest_weight`.
    pub(super) fn split(
        &mut self,
        total: i64,
        weights: &[i64],
        weight_sum: i64,
        rest_weight: i64,
        ties: Ties<'_>,
        shares: &mut Vec<i64>,
    ) -> i64 {
        shares.clear();
        if total == 0 || weight_sum == 0 {
            shares.resize(weights.len(), 0);
            return total;
        }
        if total == weight_sum {
            shares.extend_from_slice(weights);
            return rest_weight;
        }
        let (floors, rest_share, rest_remainder) = self.floors(total, weights, weight_sum, rest_weight, shares);
        // Fewer than there are positive fractions, because each of them is below one.
        let spare = (total - floors - rest_share) as usize;
        if spare == 0 {
            return rest_share;
        }
        rest_share + i64::from(self.deal(spare, rest_remainder, ties, shares))
    }

    /// A split whose shares are rounded as the rule says. Returns the share of the rest; only with the largest
    /// remainder does it complete the sum.
    ///
    /// # Errors
    /// As [`LargestRemainder::lr`].
    pub(super) fn rounded(
        &mut self,
        rounding: Rounding,
        total: i64,
        weights: &[i64],
        rest_weight: i64,
        ties: Ties<'_>,
        shares: &mut Vec<i64>,
    ) -> Result<i64> {
        let weight_sum = sum_of_weights(weights, rest_weight)?;
        Ok(self.split_rounded(rounding, total, weights, weight_sum, rest_weight, ties, shares))
    }

    #[expect(clippy::too_many_arguments, reason = "a split and how to round it")]
    fn split_rounded(
        &mut self,
        rounding: Rounding,
        total: i64,
        weights: &[i64],
        weight_sum: i64,
        rest_weight: i64,
        ties: Ties<'_>,
        shares: &mut Vec<i64>,
    ) -> i64 {
        if rounding == Rounding::LargestRemainder {
            return self.split(total, weights, weight_sum, rest_weight, ties, shares);
        }
        shares.clear();
        if weight_sum == 0 {
            shares.resize(weights.len(), 0);
            return total;
        }
        let quota = |weight: i64| {
            let product = i128::from(total) * i128::from(weight);
            let share = match rounding {
                Rounding::HalfUp => div_half_up(product, i128::from(weight_sum)),
                _ => product / i128::from(weight_sum),
            };
            // At most the total, so in range.
            share as i64
        };
        shares.extend(weights.iter().map(|w| quota(*w)));
        quota(rest_weight)
    }

    /// Floors of the quotas into `shares` and their remainders beside; returns the sum of the floors, and floor and
    /// remainder of the rest.
    fn floors(
        &mut self,
        total: i64,
        weights: &[i64],
        weight_sum: i64,
        rest_weight: i64,
        shares: &mut Vec<i64>,
    ) -> (i64, i64, u64) {
        shares.resize(weights.len(), 0);
        self.remainders.clear();
        self.remainders.resize(weights.len(), 0);
        // Not negative by contract, so the casts keep the values.
        let (total, divisor) = (total as u64, weight_sum as u64);
        if total.checked_mul(divisor).is_some() {
            // Every product is at most total * weight_sum. One multiplication by the reciprocal gives the quotient or
            // one less: the reciprocal is short of 2^64 / divisor by at most one, and the product is below 2^64.
            let reciprocal = u64::MAX / divisor;
            let divide = |weight: i64| {
                let product = total * weight as u64;
                let quotient = ((u128::from(product) * u128::from(reciprocal)) >> 64) as u64;
                let remainder = product - quotient * divisor;
                let short = u64::from(remainder >= divisor);
                ((quotient + short) as i64, remainder - divisor * short)
            };
            floor_each(weights, rest_weight, divide, shares, &mut self.remainders)
        } else {
            let (total, wide_divisor) = (u128::from(total), u128::from(divisor));
            let divide = |weight: i64| {
                let product = total * weight as u128;
                ((product / wide_divisor) as i64, (product % wide_divisor) as u64)
            };
            floor_each(weights, rest_weight, divide, shares, &mut self.remainders)
        }
    }

    /// Gives one unit each to the `spare` largest remainders; returns whether the rest got one of them.
    fn deal(&mut self, spare: usize, rest_remainder: u64, ties: Ties<'_>, shares: &mut [i64]) -> bool {
        self.ranked.clear();
        self.ranked.extend_from_slice(&self.remainders);
        self.ranked.push(rest_remainder);
        let cut = self.ranked.len() - spare;
        let (_, &mut threshold, above) = self.ranked.select_nth_unstable(cut);
        let winners_at_threshold = spare - above.iter().filter(|r| **r > threshold).count();
        let mut at_threshold = 0;
        for (share, &remainder) in shares.iter_mut().zip(&self.remainders) {
            *share += i64::from(remainder >= threshold);
            at_threshold += usize::from(remainder == threshold);
        }
        if at_threshold > winners_at_threshold {
            self.take_back(threshold, winners_at_threshold, ties, shares);
        }
        rest_remainder > threshold || (rest_remainder == threshold && winners_at_threshold > at_threshold)
    }

    /// A tie straddles the cut: all of them have got a unit, those after the first `winners` give it back.
    fn take_back(&mut self, threshold: u64, winners: usize, ties: Ties<'_>, shares: &mut [i64]) {
        let Self { remainders, tied, .. } = self;
        let positions = remainders.iter().enumerate().filter(|(_, r)| **r == threshold).map(|(at, _)| at);
        ties.rank(positions, tied);
        for &(_, loser) in &tied[winners..] {
            shares[loser] -= 1;
        }
    }
}

#[inline(always)]
fn floor_each(
    weights: &[i64],
    rest_weight: i64,
    divide: impl Fn(i64) -> (i64, u64),
    shares: &mut [i64],
    remainders: &mut [u64],
) -> (i64, i64, u64) {
    let mut sum = 0;
    for ((&weight, share), remainder) in weights.iter().zip(shares).zip(remainders) {
        (*share, *remainder) = divide(weight);
        sum += *share;
    }
    let (rest_share, rest_remainder) = divide(rest_weight);
    (sum, rest_share, rest_remainder)
}

fn sum_of_weights(weights: &[i64], rest_weight: i64) -> Result<i64> {
    sum_of_non_negative(weights)
        .filter(|_| rest_weight >= 0)
        .and_then(|sum| sum.checked_add(rest_weight))
        .ok_or_else(|| Error::user("weights of a split are not negative, and their sum fits 64 bits"))
}

/// The sum; `None` when a value is negative or the sum does not fit 64 bits.
pub(super) fn sum_of_non_negative(values: &[i64]) -> Option<i64> {
    // One branchless pass: the union of all bits bounds every value, and shows a sign.
    let (mut bits, mut sum) = (0i64, 0i64);
    for &value in values {
        bits |= value;
        sum = sum.wrapping_add(value);
    }
    if bits < 0 {
        return None;
    }
    if i128::from(bits) * values.len() as i128 <= i128::from(i64::MAX) {
        return Some(sum);
    }
    i64::try_from(values.iter().map(|v| i128::from(*v)).sum::<i128>()).ok()
}

/// The participating part of an energy, `factor_percent` of it, cut to the unit towards zero: Austrian meter code
/// `1-1:1.9.0 G.01T`. The parts of several communities with factors of at most 100 together never exceed the whole.
pub fn floor_percent(energy_micro_kwh: i64, factor_percent: u32) -> i64 {
    let part = i128::from(energy_micro_kwh) * i128::from(factor_percent) / 100;
    // Factors up to 100 keep it in range; a larger one saturates.
    i64::try_from(part).unwrap_or(if part < 0 { i64::MIN } else { i64::MAX })
}

/// The part `index` of an energy split evenly onto `parts` finer intervals, earlier ones first with what does not
/// divide: half an hour of 691 W, 345 501 micro-kWh, is 172 751 and 172 750. The parts sum to the whole. An index that
/// is not below `parts` has no energy.
pub fn split_part(energy_micro_kwh: i64, parts: u32, index: u32) -> i64 {
    if index >= parts {
        return 0;
    }
    let (floor, rest) = (energy_micro_kwh / i64::from(parts), energy_micro_kwh % i64::from(parts));
    floor + if i64::from(index) < rest.abs() { rest.signum() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lr(total: i64, weights: &[i64], rest_weight: i64) -> (Vec<i64>, i64) {
        let mut shares = vec![];
        let rest = LargestRemainder::default().lr(total, weights, rest_weight, Ties::Position, &mut shares).unwrap();
        (shares, rest)
    }

    fn check(total: i64, weights: &[i64], rest_weight: i64, want: &[i64], want_rest: i64) {
        assert_eq!(lr(total, weights, rest_weight), (want.to_vec(), want_rest), "{total} by {weights:?}");
    }

    #[test]
    fn g4_betas_to_a_million() {
        check(1_000_000, &[1, 1, 1], 0, &[333_334, 333_333, 333_333], 0);
        check(1_000_000, &[3, 3, 1], 0, &[428_572, 428_571, 142_857], 0);
        check(1_000_000, &[46, 34, 57, 29], 0, &[277_108, 204_819, 343_374, 174_699], 0);
    }

    #[test]
    fn g6_is_not_house_monotone() {
        check(10, &[6, 6, 2], 0, &[4, 4, 2], 0);
        check(11, &[6, 6, 2], 0, &[5, 5, 1], 0);
    }

    #[test]
    fn a_rest_weight_goes_to_surplus_and_loses_ties() {
        check(101, &[50, 30, 20], 0, &[51, 30, 20], 0);
        check(101, &[50, 30], 20, &[51, 30], 20);
        check(100, &[50, 30], 20, &[50, 30], 20);
        // Halves on both sides: the point wins, whatever its place.
        check(1, &[1], 1, &[1], 0);
        check(3, &[1], 1, &[2], 1);
        // The larger fraction wins, also when it is the rest's.
        check(1, &[1], 2, &[0], 1);
        check(7, &[0, 0], 3, &[0, 0], 7);
        check(7, &[0, 0], 0, &[0, 0], 7);
        check(7, &[], 0, &[], 7);
    }

    #[test]
    fn a_reversal_cancels() {
        check(-101, &[50, 30], 20, &[-51, -30], -20);
        check(-7, &[], 0, &[], -7);
        check(-2_000_000_000_000, &[1, 1, 1], 0, &[-666_666_666_667, -666_666_666_667, -666_666_666_666], 0);
    }

    #[test]
    fn money_splits_to_the_cent() {
        // Consumers' pot of 400.00 by allocated energy, which half-up for each would make 399.99.
        check(40_000, &[121_337, 98_764, 803_221, 215_648, 402_119], 0, &[2958, 2407, 19_578, 5256, 9801], 0);
        check(21_429, &[121_337, 98_764, 803_221], 0, &[2541, 2068, 16_820], 0);
        check(10_001, &[1; 5], 0, &[2001, 2000, 2000, 2000, 2000], 0);
        check(1767, &[180_051, 61_660], 0, &[1316, 451], 0);
    }

    #[test]
    fn products_beyond_64_bits_are_exact() {
        // 10^18 * 10^18 needs 120 bits; thirds leave one unit.
        let huge = 300_000_000_000_000_000;
        check(
            1_000_000_000_000_000_000,
            &[huge; 3],
            0,
            &[333_333_333_333_333_334, 333_333_333_333_333_333, 333_333_333_333_333_333],
            0,
        );
        // The last product below 2^64 and the first above take different ways to the same kind of result.
        check(4_294_967_295, &[4_294_967_296, 1], 0, &[4_294_967_294, 1], 0);
        check(4_294_967_297, &[4_294_967_296, 3], 0, &[4_294_967_294, 3], 0);
        // Just below 2^64 the reciprocal is one short for the first, whose fraction of 0.697 wins the odd unit.
        check(2_364_967_184, &[7_800_000_012, 1], 0, &[2_364_967_184, 0], 0);
        check(i64::MAX, &[1, 1], 0, &[4_611_686_018_427_387_904, 4_611_686_018_427_387_903], 0);
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        let mut kernel = LargestRemainder::default();
        let mut shares = vec![];
        let mut refused =
            |total, weights: &[i64], rest, ties: Ties<'_>| kernel.lr(total, weights, rest, ties, &mut shares).is_err();
        assert!(refused(1, &[-1, 2], 0, Ties::Position));
        assert!(refused(1, &[1], -1, Ties::Position));
        assert!(refused(1, &[i64::MAX], 1, Ties::Position));
        assert!(refused(1, &[i64::MAX, i64::MAX], 0, Ties::Position));
        assert!(refused(i64::MIN, &[1], 0, Ties::Position));
        assert!(refused(1, &[1], 0, Ties::Hash { ids: &[], start: 0 }));
        assert!(!refused(i64::MAX, &[i64::MAX - 1], 1, Ties::Position));
    }

    #[test]
    fn participation_is_cut_to_the_unit() {
        assert_eq!(floor_percent(73_935, 37), 27_355);
        assert_eq!(floor_percent(813_000, 40), 325_200);
        assert_eq!(floor_percent(-73_935, 37), -27_355);
        assert_eq!(floor_percent(i64::MAX, 100), i64::MAX);
        assert_eq!(floor_percent(i64::MAX, 200), i64::MAX);
    }

    #[test]
    fn half_hours_become_quarters() {
        let check = |energy, want: &[i64]| {
            let parts = want.len() as u32;
            let got: Vec<i64> = (0..parts).map(|index| split_part(energy, parts, index)).collect();
            assert_eq!(got, want);
        };
        check(345_500, &[172_750, 172_750]);
        check(345_501, &[172_751, 172_750]);
        check(-345_501, &[-172_751, -172_750]);
        check(2, &[1, 1, 0, 0]);
        check(5, &[5]);
        assert_eq!((split_part(5, 2, 2), split_part(5, 0, 0)), (0, 0));
    }
}
