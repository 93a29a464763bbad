//! Who got whose energy: the allocations of one interval over its producers, with both margins exact.

use super::compiled::CompiledRule;
use super::interval::{Sharer, Shares, in_units};
use super::rounding::{LargestRemainder, Ties, sum_of_non_negative};
use crate::clock::Micros;
use crate::error::{Error, Result};

impl Sharer {
    /// Splits every consumer's allocation over the producers into `matrix_micro_kwh` (cleared first), row-major: one
    /// row per consumer, one column per producer, both ascending by id. Row by row, the allocation is split by largest
    /// remainder in proportion to what the columns still have to give, so that rows sum to the allocations and columns
    /// to what the producers gave. It is the same function of the same inputs wherever it is called, so the matrix
    /// need not be stored.
    ///
    /// # Errors
    /// An internal error when the shares are not the rule's: other lengths, other sums, or
    /// (a user error) not whole units.
    pub fn decompose(
        &mut self,
        rule: &CompiledRule,
        start: Micros,
        shares: &Shares,
        matrix_micro_kwh: &mut Vec<i64>,
    ) -> Result<()> {
        matrix_micro_kwh.clear();
        if !rule.pooled || !shares.pairs_micro_kwh.is_empty() {
            matrix_micro_kwh.extend_from_slice(&shares.pairs_micro_kwh);
            return Ok(());
        }
        let Self { kernel, capacities, row, production, consumption, .. } = self;
        let unit_micro_kwh = rule.unit_micro_kwh;
        let given = in_units(&shares.given_micro_kwh, unit_micro_kwh, rule.producer_ids(), production)?;
        let allocated = in_units(&shares.allocated_micro_kwh, unit_micro_kwh, rule.consumer_ids(), consumption)?;
        let sums = sum_of_non_negative(given).zip(sum_of_non_negative(allocated));
        let Some((left, _)) = sums.filter(|(given, allocated)| given == allocated) else {
            return Err(Error::internal("allocations and production given do not sum to the same energy"));
        };
        if given.len() == 1 {
            matrix_micro_kwh.extend_from_slice(&shares.allocated_micro_kwh);
            return Ok(());
        }
        let ties = rule.tie.among(rule.producer_ids(), start);
        fill(kernel, (capacities, row), ties, given, allocated, left, |share| {
            matrix_micro_kwh.push(share * unit_micro_kwh);
        });
        Ok(())
    }
}

/// The rows of a matrix with both margins, whose sum is `left`, one share after the other.
pub(super) fn fill(
    kernel: &mut LargestRemainder,
    (capacities, row): (&mut Vec<i64>, &mut Vec<i64>),
    ties: Ties<'_>,
    columns: &[i64],
    rows: &[i64],
    mut left: i64,
    mut push: impl FnMut(i64),
) {
    capacities.clear();
    capacities.extend_from_slice(columns);
    for &total in rows {
        kernel.split(total, capacities, left, 0, ties, row);
        left -= total;
        for (capacity, share) in capacities.iter_mut().zip(row.iter()) {
            *capacity -= share;
            push(*share);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::sharing::{KeyKind, Rule, Tie};

    fn rule(unit_micro_kwh: i64, producers: &[&str]) -> CompiledRule {
        let ids = |list: &[&str]| list.iter().map(|id| (*id).to_owned()).collect();
        let rule = Rule { unit_micro_kwh, tie: Tie::Id, ..Rule::of([KeyKind::Prorata]) };
        CompiledRule::new(&rule, ids(producers), ids(&["A", "B", "C"])).unwrap()
    }

    fn shares(allocated: &[i64], given: &[i64]) -> Shares {
        Shares { allocated_micro_kwh: allocated.to_vec(), given_micro_kwh: given.to_vec(), ..Shares::default() }
    }

    fn check(unit_micro_kwh: i64, producers: &[&str], allocated: &[i64], given: &[i64], want: &[i64]) {
        let mut matrix = vec![99];
        let (rule, shares) = (rule(unit_micro_kwh, producers), shares(allocated, given));
        Sharer::default().decompose(&rule, 0, &shares, &mut matrix).unwrap();
        assert_eq!(matrix, want);
    }

    #[test]
    fn rows_and_columns_add_up() {
        check(1, &["P", "Q"], &[250, 188, 62], &[300, 200], &[150, 100, 113, 75, 37, 25]);
        check(1, &["P"], &[5, 0, 2], &[7], &[5, 0, 2]);
        check(1000, &["P", "Q"], &[1000, 1000, 1000], &[2000, 1000], &[1000, 0, 1000, 0, 0, 1000]);
        check(1, &["P", "Q"], &[0, 0, 0], &[0, 0], &[0; 6]);
    }

    #[test]
    fn shares_of_another_rule_are_refused() {
        let check = |producers: &[&str], allocated: &[i64], given: &[i64]| {
            let shares = shares(allocated, given);
            let refused = Sharer::default().decompose(&rule(1, producers), 0, &shares, &mut vec![]);
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::Internal);
        };
        check(&["P", "Q"], &[5, 0, 2], &[4, 4]);
        check(&["P", "Q"], &[5, 0], &[3, 2]);
        check(&["P", "Q"], &[5, 0, 2], &[7]);
    }
}
