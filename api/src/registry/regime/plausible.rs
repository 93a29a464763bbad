//! What is plausible: rows of a country, or of `ZZ`, which stands for all that have none of their own.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use engine::ingest::plausible::{PowerLimits, PowerRows};
use engine::registry::Registry;
use engine::units::parse_decimal;

use super::Regimes;

/// Every country that has no row of its own.
const EVERYWHERE: &str = "ZZ";
/// Digits after the point of a price, and of a power in kW.
const PRICE_SCALE: u32 = 6;
const POWER_SCALE: u32 = 3;

/// Amounts between which a price is plausible: `0.0001..2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub low_micro: i64,
    pub high_micro: i64,
}

impl Bounds {
    /// Reads `LOW..HIGH`.
    pub fn parse(text: &str) -> Option<Self> {
        let (low, high) = text.split_once("..")?;
        let amount = |text: &str| parse_decimal(text.as_bytes(), PRICE_SCALE).ok().filter(|amount| *amount >= 0);
        let bounds = Self { low_micro: amount(low)?, high_micro: amount(high)? };
        (bounds.low_micro <= bounds.high_micro).then_some(bounds)
    }

    /// Whether a price lies between them, paid or earned. What costs nothing is always plausible.
    pub fn hold(self, price_micro: i64) -> bool {
        price_micro == 0 || (self.low_micro..=self.high_micro).contains(&price_micro.saturating_abs())
    }
}

impl Regimes {
    /// The row of a key on a day, of the country or of everywhere.
    fn plausible(&self, country: &str, key: &str, day: NaiveDate) -> Option<&str> {
        let row = self.at(country, key, day).or_else(|| self.at(EVERYWHERE, key, day));
        row.map(|row| row.value.as_str())
    }

    /// Between which amounts a price is plausible in a country and its currency; nothing where no row says it.
    pub fn price_bounds(&self, country: &str, currency: &str, monthly: bool, day: NaiveDate) -> Option<Bounds> {
        let per = if monthly { "month" } else { "kwh" };
        let text = self.plausible(country, &format!("plausible_price_per_{per}.{currency}"), day)?;
        Bounds::parse(text)
    }

    fn power_rows(&self, country: &str, day: NaiveDate) -> PowerRows {
        let keys = self.below(EVERYWHERE, "plausible_kw.", day).into_iter();
        let keys = keys.chain(self.below(country, "plausible_kw.", day)).map(|row| row.key.clone());
        let power_w = keys.filter_map(|key| {
            let value = self.plausible(country, &key, day)?;
            let kind = key.strip_prefix("plausible_kw.")?.to_owned();
            Some((kind, parse_decimal(value.as_bytes(), POWER_SCALE).ok()?))
        });
        let percent = |direction: &str| {
            let value = self.plausible(country, &format!("plausible_percent.{direction}"), day)?;
            parse_decimal(value.as_bytes(), 0).ok()
        };
        PowerRows { power_w: power_w.collect(), import_percent: percent("import"), export_percent: percent("export") }
    }
}

/// The most power of every registered point, by the rows of a day.
pub fn power_limits(registry: &Registry, day: NaiveDate) -> PowerLimits {
    let regimes = Regimes::with(registry.regimes.values().cloned());
    let countries: BTreeSet<&str> = registry.communities.values().map(|c| c.country.as_str()).collect();
    let rows: HashMap<String, PowerRows> =
        countries.into_iter().map(|country| (country.to_owned(), regimes.power_rows(country, day))).collect();
    PowerLimits::new(registry, &rows)
}

#[cfg(test)]
mod tests {
    use engine::registry::Regime;

    use super::*;

    fn day() -> NaiveDate {
        "2026-06-01".parse().unwrap_or_default()
    }

    #[test]
    fn bounds_hold_what_is_paid_and_what_is_earned() {
        let bounds = Bounds::parse("0.0001..2").unwrap_or(Bounds { low_micro: 0, high_micro: 0 });
        for (price_micro, want) in
            [(0, true), (100, true), (99, false), (2_000_000, true), (2_000_001, false), (-115_000, true)]
        {
            assert_eq!(bounds.hold(price_micro), want, "{price_micro}");
        }
        for text in ["", "1", "2..1", "a..b", "-1..2", "1..", "0.0000001..1"] {
            assert_eq!(Bounds::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_country_goes_before_everywhere_and_currencies_differ_by_tens() {
        let regimes = Regimes::with([]);
        let high =
            |country, currency| regimes.price_bounds(country, currency, false, day()).map(|b| b.high_micro / 1_000_000);
        assert_eq!(high("FR", "EUR"), Some(2));
        assert_eq!(high("SE", "SEK"), Some(20));
        assert_eq!(high("TR", "TRY"), Some(50));
        assert_eq!(high("JP", "JPY"), None);
        let own = Regime {
            country: "FR".into(),
            key: "plausible_kw.household".into(),
            value: "36".into(),
            valid_from: None,
            valid_to: None,
            source: "ours".into(),
        };
        let regimes = Regimes::with([own]);
        let power = |country| regimes.power_rows(country, day()).power_w.get("household").copied();
        assert_eq!((power("FR"), power("SE")), (Some(36_000), Some(44_000)));
        assert_eq!(regimes.power_rows("FR", day()).import_percent, Some(120));
    }
}
