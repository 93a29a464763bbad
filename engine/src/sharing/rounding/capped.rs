//! Splits in which nobody gets more than a cap.

use super::{LargestRemainder, Ties, sum_of_non_negative};
use crate::error::{Error, Result};
use crate::sharing::key::Rounding;

impl LargestRemainder {
    /// Splits `total` in proportion to `weights` into `shares` (cleared first), none above its cap: who reaches the
    /// cap gets it, and what is left is split among the others, until nobody reaches it any more. With equal weights
    /// this is the max-min fair split. `rest_weight` takes part without a cap and loses ties. Returns its share, or
    /// what the caps leave over.
    ///
    /// The last split is by largest remainder and keeps the caps, because a quota below a whole cap is not rounded
    /// above it. Every pass saturates at least one, and real caps need a handful of passes.
    ///
    /// # Errors
    /// A user error when the total, a weight or a cap is negative, the weights sum to more than 64 bits hold, or the
    /// lists differ in length.
    pub fn capped(
        &mut self,
        total: i64,
        weights: &[i64],
        caps: &[i64],
        rest_weight: i64,
        ties: Ties<'_>,
        shares: &mut Vec<i64>,
    ) -> Result<i64> {
        let lists = (weights, caps, rest_weight);
        self.capped_rounded(Rounding::LargestRemainder, total, lists, ties, shares)
    }

    /// The same, with the shares below the caps rounded as the rule says.
    pub(in crate::sharing) fn capped_rounded(
        &mut self,
        rounding: Rounding,
        total: i64,
        (weights, caps, rest_weight): (&[i64], &[i64], i64),
        ties: Ties<'_>,
        shares: &mut Vec<i64>,
    ) -> Result<i64> {
        let sum = sum_of_non_negative(weights)
            .and_then(|sum| sum.checked_add(rest_weight))
            .filter(|_| total >= 0 && rest_weight >= 0 && caps.iter().all(|cap| *cap >= 0));
        let Some(mut weight_sum) = sum.filter(|_| weights.len() == caps.len()) else {
            return Err(Error::user("a capped split needs a cap for every weight, and none of them negative"));
        };
        ties.check_covers(weights.len())?;
        let mut active = std::mem::take(&mut self.active);
        active.clear();
        active.extend_from_slice(weights);
        let left = saturate(total, &mut active, caps, &mut weight_sum);
        let over = self.split_rounded(rounding, left, &active, weight_sum, rest_weight, ties, shares);
        for ((share, &cap), (&weight, &active)) in shares.iter_mut().zip(caps).zip(weights.iter().zip(&active)) {
            if weight > 0 && active == 0 {
                *share = cap;
            }
        }
        self.active = active;
        Ok(over)
    }
}

/// Sets the weight of everybody who reaches the cap to 0; returns what is left for the others.
fn saturate(total: i64, active: &mut [i64], caps: &[i64], weight_sum: &mut i64) -> i64 {
    let mut left = total;
    loop {
        let (pass_left, pass_sum) = (i128::from(left), i128::from(*weight_sum));
        for (weight, &cap) in active.iter_mut().zip(caps) {
            if *weight > 0 && pass_left * i128::from(*weight) >= i128::from(cap) * pass_sum {
                left -= cap;
                *weight_sum -= *weight;
                *weight = 0;
            }
        }
        if i128::from(*weight_sum) == pass_sum || *weight_sum == 0 {
            return left;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(total: i64, weights: &[i64], caps: &[i64], want: &[i64], want_over: i64) {
        let mut shares = vec![];
        let over = LargestRemainder::default().capped(total, weights, caps, 0, Ties::Position, &mut shares).unwrap();
        assert_eq!((shares.as_slice(), over), (want, want_over), "{total} by {weights:?} up to {caps:?}");
    }

    #[test]
    fn f10_capped() {
        check(1000, &[1, 1, 2], &[100, 400, 600], &[100, 300, 600], 0);
    }

    #[test]
    fn f14_equal_with_redistribution_to_the_remaining() {
        check(101, &[1, 1, 1], &[10, 50, 91], &[10, 46, 45], 0);
    }

    #[test]
    fn f9_a_waterfall_is_two_capped_splits() {
        check(500, &[1, 0, 0], &[200, 300, 300], &[200, 0, 0], 300);
        check(300, &[0, 300, 300], &[0, 300, 300], &[0, 150, 150], 0);
    }

    #[test]
    fn caps_leave_over_what_nobody_can_take() {
        check(1000, &[1, 1], &[10, 20], &[10, 20], 970);
        check(1000, &[1, 0], &[10, 20], &[10, 0], 990);
        check(30, &[1, 1], &[10, 20], &[10, 20], 0);
        check(0, &[1, 1], &[10, 20], &[0, 0], 0);
        check(5, &[1, 1], &[0, 20], &[0, 5], 0);
        check(5, &[], &[], &[], 5);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let mut shares = vec![];
        let mut refused = |total, weights: &[i64], caps: &[i64]| {
            LargestRemainder::default().capped(total, weights, caps, 0, Ties::Position, &mut shares).is_err()
        };
        assert!(refused(-1, &[1], &[1]));
        assert!(refused(1, &[-1], &[1]));
        assert!(refused(1, &[1], &[-1]));
        assert!(refused(1, &[1], &[1, 1]));
    }
}
