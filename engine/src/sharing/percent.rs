//! A key in percent, as it is sent to the operator of a grid: what a rule gives in an interval, as hundredths of a
//! percent of the production.

use super::compiled::CompiledRule;
use super::interval::Sharer;
use crate::clock::Micros;
use crate::error::{Error, Result};

/// Hundredths of a percent in the whole.
pub const PERCENT_WHOLE: i64 = 10_000;

impl Sharer {
    /// The parts of a production, in hundredths of a percent, that stand for what each consumer wants of it. Where they
    /// want all of it, the parts are the largest remainder of the whole; where they want less, each is cut, so that
    /// nobody is offered more, and the sum never exceeds the whole. Without production all parts are 0.
    ///
    /// # Errors
    /// A user error when what is wanted is negative; an internal one when the list is not as long as the rule's.
    pub fn percent(
        &mut self,
        rule: &CompiledRule,
        start: Micros,
        production: i64,
        wanted: &[i64],
        out: &mut Vec<i64>,
    ) -> Result<()> {
        if wanted.len() != rule.consumer_ids().len() {
            let (got, want) = (wanted.len(), rule.consumer_ids().len());
            return Err(Error::internal(format!("{got} values for {want} consumers of the rule")));
        }
        out.clear();
        let sum: i128 = wanted.iter().map(|w| i128::from(*w)).sum();
        if production <= 0 || sum <= 0 {
            out.resize(wanted.len(), 0);
            return Ok(());
        }
        if sum >= i128::from(production) {
            self.kernel.lr(PERCENT_WHOLE, wanted, 0, rule.tie.among(rule.consumer_ids(), start), out)?;
            return Ok(());
        }
        // Less than the whole of 64 bits, because nobody wants more than the production.
        let part = |w: &i64| (i128::from(*w) * i128::from(PERCENT_WHOLE) / i128::from(production)) as i64;
        out.extend(wanted.iter().map(part));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::{KeyKind, Rule, Tie};

    fn check(production: i64, wanted: [i64; 3], want: [i64; 3]) {
        let ids = ["A", "B", "C"].map(str::to_owned).to_vec();
        let rule = Rule { tie: Tie::Id, ..Rule::of([KeyKind::Prorata]) };
        let rule = CompiledRule::new(&rule, vec!["P".into()], ids).unwrap();
        let mut out = vec![];
        Sharer::default().percent(&rule, 0, production, &wanted, &mut out).unwrap();
        assert_eq!(out, want, "{wanted:?} of {production}");
        assert!(out.iter().sum::<i64>() <= PERCENT_WHOLE);
    }

    /// F1 to F4 of the French rule.
    #[test]
    fn what_is_wanted_becomes_percent_of_the_production() {
        check(500, [400, 300, 100], [5000, 3750, 1250]);
        check(1000, [400, 300, 100], [4000, 3000, 1000]);
        check(1, [400, 300, 100], [5000, 3750, 1250]);
        check(500, [0, 0, 0], [0, 0, 0]);
        check(0, [400, 300, 100], [0, 0, 0]);
        // Cut, never rounded up: 333.33 permille each.
        check(900, [299, 299, 299], [3322, 3322, 3322]);
        // The whole is dealt out: thirds.
        check(3, [1, 1, 1], [3334, 3333, 3333]);
        check(1 << 60, [1 << 59, 1 << 58, 0], [5000, 2500, 0]);
    }
}
