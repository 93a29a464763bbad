//! What follows from the country unless the file says otherwise, and the currencies that are known.

/// The defaults of a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Regime {
    /// ISO 3166 alpha-2.
    pub country: &'static str,
    /// The zone of its mainland.
    pub timezone: &'static str,
    pub currency: &'static str,
    /// Standard rate of VAT on electricity in hundredths of a percent; `None` where customers differ.
    pub vat_basis_points: Option<u32>,
}

/// Rates of domain brief 2.1: France 20 %, Sweden 25 %, Türkiye 20 %, Austria 20 %, Spain 21 %. In Italy households
/// pay 10 % and others 22 %, so a file has to say which.
const REGIMES: [Regime; 6] = [
    regime("FR", "Europe/Paris", "EUR", Some(2000)),
    regime("IT", "Europe/Rome", "EUR", None),
    regime("SE", "Europe/Stockholm", "SEK", Some(2500)),
    regime("TR", "Europe/Istanbul", "TRY", Some(2000)),
    regime("AT", "Europe/Vienna", "EUR", Some(2000)),
    regime("ES", "Europe/Madrid", "EUR", Some(2100)),
];

const fn regime(
    country: &'static str,
    timezone: &'static str,
    currency: &'static str,
    vat_basis_points: Option<u32>,
) -> Regime {
    Regime { country, timezone, currency, vat_basis_points }
}

/// The defaults of a country, when it has any here.
pub(super) fn of(country: &str) -> Option<Regime> {
    REGIMES.into_iter().find(|r| r.country == country)
}

/// ISO 4217 codes and the digits of their minor unit: Europe and its neighbours, and what is traded widely.
const CURRENCIES: [(&str, u32); 33] = [
    ("ALL", 2),
    ("AMD", 2),
    ("AUD", 2),
    ("AZN", 2),
    ("BAM", 2),
    ("BRL", 2),
    ("CAD", 2),
    ("CHF", 2),
    ("CZK", 2),
    ("DKK", 2),
    ("DZD", 2),
    ("EGP", 2),
    ("EUR", 2),
    ("GBP", 2),
    ("GEL", 2),
    ("HUF", 2),
    ("ILS", 2),
    ("INR", 2),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("MAD", 2),
    ("MDL", 2),
    ("MKD", 2),
    ("NOK", 2),
    ("PLN", 2),
    ("RON", 2),
    ("RSD", 2),
    ("SEK", 2),
    ("TND", 3),
    ("TRY", 2),
    ("UAH", 2),
    ("USD", 2),
];

/// Digits after the point of an amount on a document: 2 for EUR. `None` for a currency that is not known here.
pub fn minor_digits(currency: &str) -> Option<u32> {
    CURRENCIES.iter().find(|(code, _)| *code == currency).map(|(_, digits)| *digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_known() {
        for regime in REGIMES {
            assert_eq!(minor_digits(regime.currency), Some(2), "{regime:?}");
            engine::calendar::zone(regime.timezone).unwrap();
        }
        assert_eq!((minor_digits("JPY"), minor_digits("TND"), minor_digits("eur")), (Some(0), Some(3), None));
    }
}
