//! Countries and the currencies that they use.

/// `country,currency` of every country: ISO 3166-1 alpha-2 and ISO 4217.
const COUNTRIES: &str = include_str!("../data/countries/countries.csv");

/// The currency that a country uses; `None` for a code that is no country.
pub fn currency_of(country: &str) -> Option<&'static str> {
    let rows = COUNTRIES.lines().skip(1).filter_map(|line| line.split_once(','));
    rows.filter(|(code, _)| *code == country).map(|(_, currency)| currency).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_stands_once_and_has_a_currency() {
        let rows: Vec<(&str, &str)> = COUNTRIES.lines().skip(1).filter_map(|line| line.split_once(',')).collect();
        assert_eq!(rows.len(), 249);
        assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(rows.iter().all(|(code, currency)| code.len() == 2 && currency.len() == 3));
        assert_eq!(["FR", "IT", "TR", "SE", "CH"].map(currency_of), ["EUR", "EUR", "TRY", "SEK", "CHF"].map(Some));
        assert_eq!(currency_of("XX"), None);
    }
}
