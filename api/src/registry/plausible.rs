//! What is plausible: rows of a country, or of `ZZ`, which stands for all that have none of their own.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use engine::ingest::plausible::{PowerLimits, PowerRows};
use engine::registry::Registry;
use engine::units::parse_decimal;

use super::regime::{Bounds, Regimes};

/// Every country that has no row of its own.
const EVERYWHERE: &str = "ZZ";
/// Digits after the point of a power in kW.
const POWER_SCALE: u32 = 3;

/// The value of a key on a day, of the country or of everywhere.
fn value<'r>(regimes: &'r Regimes, country: &str, key: &str, day: NaiveDate) -> Option<&'r str> {
    let row = regimes.at(country, key, day).or_else(|| regimes.at(EVERYWHERE, key, day));
    row.map(|row| row.value.as_str())
}

/// Between which amounts a price is plausible in a country and its currency; nothing where no row says it.
pub fn price_bounds(
    regimes: &Regimes,
    (country, currency): (&str, &str),
    monthly: bool,
    day: NaiveDate,
) -> Option<Bounds> {
    let per = if monthly { "month" } else { "kwh" };
    let text = value(regimes, country, &format!("plausible_price_per_{per}.{currency}"), day)?;
    Bounds::parse(text)
}

fn power_rows(regimes: &Regimes, country: &str, day: NaiveDate) -> PowerRows {
    let keys = regimes.below(EVERYWHERE, "plausible_kw.", day).into_iter();
    let keys = keys.chain(regimes.below(country, "plausible_kw.", day)).map(|row| row.key.clone());
    let power_w = keys.filter_map(|key| {
        let value = value(regimes, country, &key, day)?;
        let kind = key.strip_prefix("plausible_kw.")?.to_owned();
        Some((kind, parse_decimal(value.as_bytes(), POWER_SCALE).ok()?))
    });
    let percent = |direction: &str| {
        let value = value(regimes, country, &format!("plausible_percent.{direction}"), day)?;
        parse_decimal(value.as_bytes(), 0).ok()
    };
    PowerRows { power_w: power_w.collect(), import_percent: percent("import"), export_percent: percent("export") }
}

/// The most power of every registered point, by the rows of a day.
pub fn power_limits(registry: &Registry, day: NaiveDate) -> PowerLimits {
    let regimes = Regimes::with(registry.regimes.values().cloned());
    let countries: BTreeSet<&str> = registry.communities.values().map(|c| c.country.as_str()).collect();
    let rows: HashMap<String, PowerRows> =
        countries.into_iter().map(|c| (c.to_owned(), power_rows(&regimes, c, day))).collect();
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
    fn a_country_goes_before_everywhere_and_currencies_differ_by_tens() {
        let regimes = Regimes::with([]);
        let high = |country, currency| {
            price_bounds(&regimes, (country, currency), false, day()).map(|b| b.high_micro / 1_000_000)
        };
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
        let power = |country| power_rows(&regimes, country, day()).power_w.get("household").copied();
        assert_eq!((power("FR"), power("SE")), (Some(36_000), Some(44_000)));
        assert_eq!(power_rows(&regimes, "FR", day()).import_percent, Some(120));
    }
}
