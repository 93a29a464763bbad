//! Numbers of answers: whole numbers of a small unit, written as decimals. As strings: a JSON number would go through a
//! float in most readers. One rule of digits for reports, traces, replays and exports, told by the name of a field:
//! energy (`_kwh`) and prices have six, `exact_` amounts that are not rounded twelve, other amounts those of the
//! currency, percentages two (rates of interest four).

use std::fmt;

use chrono::NaiveDate;
use engine::calendar::rfc3339;
use engine::clock::Micros;
use engine::currency::minor_digits;
use engine::units::{ENERGY_SCALE, format_decimal, round_half_up};
use serde::{Serialize, Serializer};

/// Energy in 10^-6 kWh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kwh(pub i128);

/// A price, or an amount with six decimals, in 10^-6 of the currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Micro(pub i128);

/// An amount that is not rounded, in 10^-12 of the currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(pub i128);

/// Hundredths of a percent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub i128);

/// 10^-9 grams CO2e.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grams(pub i128);

/// An amount of a currency; written with the digits of its minor unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Money {
    /// 10^-6 of the currency.
    pub micro: i128,
    digits: u32,
}

impl Money {
    /// An amount in 10^-6 of a currency.
    pub fn new(micro: i128, currency: &str) -> Self {
        Self { micro, digits: minor_digits(currency) }
    }
}

impl fmt::Display for Kwh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_decimal(self.0, ENERGY_SCALE))
    }
}

impl fmt::Display for Micro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_decimal(self.0, 6))
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_decimal(self.0, 12))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_decimal(self.0, 2))
    }
}

impl fmt::Display for Grams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_decimal(self.0, 9))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_decimal(round_half_up(self.micro, 6, self.digits), self.digits))
    }
}

macro_rules! written {
    ($($number:ty),*) => {$(
        impl Serialize for $number {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

written!(Kwh, Micro, Exact, Percent, Grams, Money);

/// Writes 10^-6 kWh.
pub fn kwh<S: Serializer>(micro_kwh: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    Kwh(*micro_kwh).serialize(serializer)
}

/// Writes an instant.
pub fn instant<S: Serializer>(at: &Micros, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*at))
}

/// Writes an instant, if there is one.
pub fn instant_or_null<S: Serializer>(at: &Option<Micros>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(rfc3339).serialize(serializer)
}

/// Writes the month of its first day.
pub fn month<S: Serializer>(month: &NaiveDate, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&month.format("%Y-%m"))
}

/// Writes a number as a text.
pub fn text<T: fmt::Display, S: Serializer>(number: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_texts_and_money_has_the_digits_of_its_currency() {
        assert_eq!(serde_json::json!(Kwh(-1_500_000)), "-1.500000");
        assert_eq!(serde_json::json!(Micro(115_000)), "0.115000");
        assert_eq!(serde_json::json!(Exact(1)), "0.000000000001");
        assert_eq!(serde_json::json!(Percent(2_000)), "20.00");
        assert_eq!(serde_json::json!(Grams(5)), "0.000000005");
        assert_eq!(serde_json::json!(Money::new(1_005_000, "EUR")), "1.01");
        assert_eq!(serde_json::json!(Money::new(1_500_000, "JPY")), "2");
    }
}
