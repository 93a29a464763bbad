//! Numbers as people of a language write them. Only digits are placed here: values are exact integers and are rounded
//! by `engine::units`, half away from zero, once.

use engine::units::{MICRO_KWH_PER_KWH, div_half_up, round_half_up};
use fixed_decimal::Decimal;

use super::words::Words;

/// 1e-6 kWh in a tenth of a kilowatt-hour.
const MICRO_KWH_PER_TENTH: i64 = MICRO_KWH_PER_KWH / 10;
/// Micro-units of money have six digits after the point.
const MICRO: u32 = 6;
/// Milligrams in a kilogram, as a power of ten.
const MG_PER_KG: u32 = 6;

/// How many digits after the point an energy bears: one below 100 kWh, none above.
pub fn energy_digits(micro_kwh: i64) -> u32 {
    let tenths = div_half_up(i128::from(micro_kwh), i128::from(MICRO_KWH_PER_TENTH));
    if tenths.abs() < 1000 { 1 } else { 0 }
}

/// How many digits energies bear that are read together, as they add up: as many as the one of them that bears most.
/// So 10.4 is 10.4 beside 1,240.3 and alone. Nothing bears none.
pub fn digits_together(micro_kwh: &[i64]) -> u32 {
    let digits = micro_kwh.iter().filter(|micro_kwh| **micro_kwh != 0).map(|micro_kwh| energy_digits(*micro_kwh));
    digits.max().unwrap_or(1)
}

pub use engine::currency::minor_digits;

impl Words {
    /// `value` x 10^-`scale` with all its digits.
    pub fn decimal(&self, value: i128, scale: u32) -> String {
        let Some(formatter) = &self.decimal else {
            // ICU has data for every language that we can name; without, the plain digits are still right.
            return engine::units::format_decimal(value, scale);
        };
        let shift = i16::try_from(scale).unwrap_or(i16::MAX);
        let mut decimal = Decimal::from(value);
        decimal.multiply_pow10(-shift);
        decimal.absolute.pad_end(-shift);
        formatter.format(&decimal).to_string()
    }

    /// A count.
    pub fn count(&self, n: u64) -> String {
        self.decimal(i128::from(n), 0)
    }

    /// Energy without its unit, with `digits` after the point.
    pub fn energy(&self, micro_kwh: i64, digits: u32) -> String {
        self.decimal(round_half_up(i128::from(micro_kwh), 6, digits), digits)
    }

    /// Energy with its unit, with as many digits as it bears: `64.2 kWh`, `4,390 kWh`.
    pub fn kwh(&self, micro_kwh: i64) -> String {
        self.unit("unit-kwh", self.energy(micro_kwh, energy_digits(micro_kwh)))
    }

    /// Exact energy without its unit: one digit after the point, more when there are more.
    pub fn kwh_exact(&self, micro_kwh: i64) -> String {
        let digits = (1..6).find(|d| micro_kwh % 10i64.pow(6 - d) == 0).unwrap_or(6);
        self.decimal(i128::from(micro_kwh) / 10i128.pow(6 - digits), digits)
    }

    /// An amount of a currency with its digits: `18.46 €`.
    pub fn money(&self, micro: i128, currency: &str) -> String {
        let digits = minor_digits(currency);
        self.minor(round_half_up(micro, MICRO, digits), currency)
    }

    /// An amount in the smallest unit of its currency: 1846 is `18.46 €`.
    pub fn minor(&self, minor: i128, currency: &str) -> String {
        let n = self.decimal(minor, minor_digits(currency));
        let key = format!("money-{currency}");
        match self.known_unit(&key, &n) {
            Some(text) => text,
            None => self.ta("money-other", [("n", n.into()), ("currency", currency.to_owned().into())]),
        }
    }

    /// A price for a unit, without its currency: four digits after the point, more when there are more.
    pub fn price(&self, micro: i64) -> String {
        let digits = (4..6).find(|d| micro % 10i64.pow(6 - d) == 0).unwrap_or(6);
        self.decimal(i128::from(micro) / 10i128.pow(6 - digits), digits)
    }

    /// Carbon dioxide in kilograms: two digits below 1 kg, one below 10 kg, none above. Negative values keep their
    /// sign.
    pub fn co2(&self, milligrams: i128) -> String {
        let grams = round_half_up(milligrams, MG_PER_KG, 3).abs();
        let digits = if grams < 995 {
            2
        } else if grams < 9950 {
            1
        } else {
            0
        };
        self.unit("unit-kg", self.decimal(round_half_up(milligrams, MG_PER_KG, digits), digits))
    }

    /// `part` of `whole` in percent without digits. Only nothing is 0 % and only everything is 100 %.
    pub fn share(&self, part: i64, whole: i64) -> String {
        let percent = div_half_up(i128::from(part) * 100, i128::from(whole.max(1)));
        match (part, percent) {
            (p, 0) if p > 0 => self.unit("percent-below", self.count(1)),
            (p, 100) if p < whole => self.unit("percent", self.count(99)),
            (_, n) => self.unit("percent", self.decimal(n, 0)),
        }
    }

    /// A number put into the pattern of its unit.
    pub fn unit(&self, key: &str, n: String) -> String {
        self.ta(key, [("n", n.into())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    fn words(code: &str) -> Words {
        Locale::parse(code).unwrap().words()
    }

    #[test]
    fn energy_has_as_many_digits_as_it_bears() {
        let check = |code: &str, micro_kwh, want: &str| assert_eq!(words(code).kwh(micro_kwh), want);
        check("en", 0, "0.0\u{a0}kWh");
        check("en", 7_449_999, "7.4\u{a0}kWh");
        check("en", 99_949_999, "99.9\u{a0}kWh");
        check("en", 99_950_000, "100\u{a0}kWh");
        check("en", 4_389_554_000, "4,390\u{a0}kWh");
        check("fr", 4_389_554_000, "4\u{202f}390\u{a0}kWh");
        check("fr", 7_450_000, "7,5\u{a0}kWh");
    }

    #[test]
    fn what_is_read_together_has_the_digits_of_the_smallest() {
        assert_eq!(digits_together(&[1_240_300_000, 10_400_000]), 1);
        assert_eq!(digits_together(&[1_240_300_000, 0, 100_400_000]), 0);
        assert_eq!(digits_together(&[0, 0]), 1);
    }

    #[test]
    fn exact_energy_loses_nothing() {
        let check = |micro_kwh, want: &str| assert_eq!(words("en").kwh_exact(micro_kwh), want);
        check(0, "0.0");
        check(10_400_000, "10.4");
        check(123_000, "0.123");
        check(123_400, "0.1234");
        check(123_456, "0.123456");
        check(1_234_000_001, "1,234.000001");
    }

    #[test]
    fn money_has_the_digits_of_its_currency_and_the_place_of_its_sign() {
        let check = |code: &str, micro, currency, want: &str| assert_eq!(words(code).money(micro, currency), want);
        check("en", 18_455_000, "EUR", "18.46\u{a0}€");
        check("fr", 1_234_567_890_000, "EUR", "1\u{202f}234\u{202f}567,89\u{a0}€");
        check("en", -1_005_000, "SEK", "-1.01\u{a0}kr");
        check("fr", 5_000_000, "TRY", "5,00\u{a0}₺");
        check("en", 5_000_000, "ISK", "5\u{a0}ISK");
    }

    #[test]
    fn only_everything_is_a_hundred_percent() {
        let check = |part, whole, want: &str| assert_eq!(words("en").share(part, whole), want);
        check(0, 10, "0\u{a0}%");
        check(1, 1000, "less than 1\u{a0}%");
        check(58, 100, "58\u{a0}%");
        check(9999, 10_000, "99\u{a0}%");
        check(10, 10, "100\u{a0}%");
        check(0, 0, "0\u{a0}%");
    }

    #[test]
    fn carbon_dioxide_is_in_kilograms_and_may_be_negative() {
        let check = |mg, want: &str| assert_eq!(words("en").co2(mg), want);
        check(51_321, "0.05\u{a0}kg");
        check(-16_495, "-0.02\u{a0}kg");
        check(1_234_567, "1.2\u{a0}kg");
        check(11_400_000, "11\u{a0}kg");
        check(996_000, "1.0\u{a0}kg");
    }

    #[test]
    fn prices_keep_four_digits_or_more() {
        let check = |micro, want: &str| assert_eq!(words("en").price(micro), want);
        check(115_000, "0.1150");
        check(8_500, "0.0085");
        check(198_125, "0.198125");
    }
}
