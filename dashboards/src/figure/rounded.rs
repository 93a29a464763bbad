//! The five figures of energy, rounded so that what is printed adds up.

use engine::units::div_half_up;

use super::energy::Energy;
use crate::locale::{Words, digits_together, energy_digits};

/// Energy as printed: integers of 10^-`digits` kWh. The two totals and the shared part are rounded half away from zero;
/// residual and surplus are what is left of the totals, so each differs from its exact value by at most one unit of
/// the last printed digit, and both equations hold on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounded {
    /// Digits after the point, the same for all five.
    pub digits: u32,
    /// In units of the last digit.
    pub production: i64,
    /// In units of the last digit.
    pub consumption: i64,
    /// In units of the last digit.
    pub shared: i64,
    /// In units of the last digit.
    pub residual: i64,
    /// In units of the last digit.
    pub surplus: i64,
}

impl Rounded {
    /// Rounds the energy, or returns by how much (in 1e-6 kWh, the larger of both) the exact figures do not add up:
    /// then nothing is bent, and the page says so.
    pub fn new(energy: &Energy) -> Result<Self, i64> {
        let made = energy.production_micro_kwh - energy.shared_micro_kwh - energy.surplus_micro_kwh;
        let used = energy.consumption_micro_kwh - energy.shared_micro_kwh - energy.residual_micro_kwh;
        if made != 0 || used != 0 {
            return Err(made.abs().max(used.abs()));
        }
        let digits = digits_together(&energy.parts());
        let round = |micro_kwh: i64| Self::round(micro_kwh, digits);
        let (production, consumption, shared) =
            (round(energy.production_micro_kwh), round(energy.consumption_micro_kwh), round(energy.shared_micro_kwh));
        Ok(Self {
            digits,
            production,
            consumption,
            shared,
            residual: consumption - shared,
            surplus: production - shared,
        })
    }

    /// A row of a table, in the order of production, consumption, shared, residual, surplus. Of a community all five
    /// add up as printed; of a member, whose production is not what it was given, what it used does. What does not add
    /// up exactly is rounded for itself.
    pub(crate) fn row(energy: &Energy, words: &Words) -> [String; 5] {
        let own = |micro_kwh: i64| words.energy(micro_kwh, energy_digits(micro_kwh));
        let used = Energy { production_micro_kwh: energy.shared_micro_kwh, surplus_micro_kwh: 0, ..*energy };
        match (Self::new(energy), Self::new(&used)) {
            (Ok(all), _) => {
                [all.production, all.consumption, all.shared, all.residual, all.surplus].map(|f| all.number(words, f))
            }
            (Err(_), Ok(used)) => {
                let [consumption, shared, residual] =
                    [used.consumption, used.shared, used.residual].map(|f| used.number(words, f));
                [own(energy.production_micro_kwh), consumption, shared, residual, own(energy.surplus_micro_kwh)]
            }
            (Err(_), Err(_)) => energy.parts().map(own),
        }
    }

    /// Each figure rounded for itself: for energy that does not add up, which the page says beside it.
    pub fn unbalanced(energy: &Energy) -> Self {
        let digits = digits_together(&energy.parts());
        let round = |micro_kwh: i64| Self::round(micro_kwh, digits);
        Self {
            digits,
            production: round(energy.production_micro_kwh),
            consumption: round(energy.consumption_micro_kwh),
            shared: round(energy.shared_micro_kwh),
            residual: round(energy.residual_micro_kwh),
            surplus: round(energy.surplus_micro_kwh),
        }
    }

    fn round(micro_kwh: i64, digits: u32) -> i64 {
        // An energy in kWh with one digit or none fits where its 1e-6 fit.
        div_half_up(i128::from(micro_kwh), 10i128.pow(6 - digits)) as i64
    }

    /// A figure without its unit.
    pub fn number(&self, words: &Words, figure: i64) -> String {
        words.decimal(i128::from(figure), self.digits)
    }

    /// Energy as it is printed everywhere on a page: adding up where it does, each figure for itself where it does not.
    pub fn shown(energy: &Energy) -> Self {
        Self::new(energy).unwrap_or_else(|_| Self::unbalanced(energy))
    }

    /// A figure with its unit.
    pub fn kwh(&self, words: &Words, figure: i64) -> String {
        words.unit("unit-kwh", self.number(words, figure))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::energy;

    proptest! {
        #[test]
        fn what_is_printed_adds_up_and_is_near(
            shared in 0..9_000_000_000i64, residual in 0..9_000_000_000i64, surplus in 0..9_000_000_000i64,
                small in any::<bool>(),
        ) {
            let scale = if small { 1000 } else { 1 };
            let exact = energy(shared / scale, residual / scale, surplus / scale);
            let shown = Rounded::new(&exact).unwrap();
            prop_assert_eq!(shown.production, shown.shared + shown.surplus);
            prop_assert_eq!(shown.consumption, shown.shared + shown.residual);
            let unit = 10i64.pow(6 - shown.digits);
            for (figure, micro_kwh) in [
                (shown.production, exact.production_micro_kwh),
                (shown.consumption, exact.consumption_micro_kwh),
                (shown.shared, exact.shared_micro_kwh),
                (shown.residual, exact.residual_micro_kwh),
                (shown.surplus, exact.surplus_micro_kwh),
            ] {
                prop_assert!(figure >= 0);
                prop_assert!((figure * unit - micro_kwh).abs() <= unit, "{} for {}", figure, micro_kwh);
            }
        }
    }

    #[test]
    fn figures_that_do_not_add_up_are_not_bent() {
        let mut exact = energy(1_000_000, 2_000_000, 0);
        exact.consumption_micro_kwh += 5;
        assert_eq!(Rounded::new(&exact), Err(5));
    }

    #[test]
    fn of_a_row_what_adds_up_exactly_adds_up_as_printed() {
        let check = |energy: Energy, want: [&str; 5]| {
            assert_eq!(Rounded::row(&energy, &crate::locale::Locale::english().words()), want, "{energy:?}");
        };
        // A community: every figure has the digits of the smallest, so that it is the same here and alone.
        check(energy(400_000, 149_100_000, 75_442_000), ["75.8", "149.5", "0.4", "149.1", "75.4"]);
        check(energy(104_000_000, 149_100_000, 0), ["104", "253", "104", "149", "0"]);
        // A member that used 149.5 kWh, and whose plant gave all of its 60.44 kWh to others.
        let member = Energy { production_micro_kwh: 60_440_000, ..energy(400_000, 149_100_000, 0) };
        check(member, ["60.4", "149.5", "0.4", "149.1", "0.0"]);
        // Some of the consumption is not yet shared out.
        let held = Energy { consumption_micro_kwh: 7_060_000, ..energy(1_040_000, 2_000_000, 3_000_000) };
        check(Energy { production_micro_kwh: 5_000_000, ..held }, ["5.0", "7.1", "1.0", "2.0", "3.0"]);
    }
}
