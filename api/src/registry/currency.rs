//! Currencies that a community may reckon in.

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
