//! What follows from the country unless the file says otherwise, read from rows with validity and source, and the
//! currencies that are known.
//!
//! The rows are those that come with the program and, before them, those of the installation (`ecoop apply regimes.csv`).
//! What a file leaves out is looked up when it is applied and written into the community's own rows, so that a later
//! change of a row changes nothing that was applied before.

mod preset;
mod rows;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use engine::registry::Regime;

pub(super) use preset::Preset;
pub(super) use rows::{HEADER, read};

/// The rows of all countries.
#[derive(Debug, Clone)]
pub(super) struct Regimes {
    /// Those of the installation go before those that come with the program.
    own: Vec<Regime>,
    shipped: Vec<Regime>,
}

impl Regimes {
    /// The rows that come with the program, and those of an installation before them.
    pub fn with(own: impl IntoIterator<Item = Regime>) -> Self {
        // A test holds that every row can be read.
        let shipped = read("regimes.csv", datasets::regime::REGIMES).unwrap_or_default();
        Self { own: own.into_iter().collect(), shipped }
    }

    /// The row of a key on a day.
    pub fn at(&self, country: &str, key: &str, day: NaiveDate) -> Option<&Regime> {
        let of = |rows: &'_ [Regime]| -> Option<usize> {
            let counts = |r: &Regime| r.country == country && r.key == key && covers(r, day);
            // Of rows that overlap, the one that began last.
            (0..rows.len()).filter(|n| counts(&rows[*n])).max_by_key(|n| rows[*n].valid_from)
        };
        of(&self.own).map(|n| &self.own[n]).or_else(|| of(&self.shipped).map(|n| &self.shipped[n]))
    }

    /// The last row of a key: what a community starts with that names no day.
    pub fn latest(&self, country: &str, key: &str) -> Option<&Regime> {
        let of = |rows: &'_ [Regime]| -> Option<usize> {
            let counts = |r: &Regime| r.country == country && r.key == key && !is_withdrawn(r);
            (0..rows.len()).filter(|n| counts(&rows[*n])).max_by_key(|n| rows[*n].valid_from)
        };
        of(&self.own).map(|n| &self.own[n]).or_else(|| of(&self.shipped).map(|n| &self.shipped[n]))
    }

    /// The rows whose key begins so, on a day, by key.
    pub fn below(&self, country: &str, start: &str, day: NaiveDate) -> Vec<&Regime> {
        let all = self.own.iter().chain(&self.shipped);
        let keys: BTreeSet<&str> =
            all.filter(|r| r.country == country && r.key.starts_with(start)).map(|r| r.key.as_str()).collect();
        keys.into_iter().filter_map(|key| self.at(country, key, day)).collect()
    }

    /// The days after `from` and before `to` on which a row of one of the keys begins or ends.
    pub fn changes(&self, country: &str, keys: &[String], from: NaiveDate, to: Option<NaiveDate>) -> Vec<NaiveDate> {
        let rows = self.own.iter().chain(&self.shipped);
        let days =
            rows.filter(|r| r.country == country && keys.contains(&r.key)).flat_map(|r| [r.valid_from, r.valid_to]);
        let days: BTreeSet<NaiveDate> = days.flatten().filter(|d| from < *d && to.is_none_or(|to| *d < to)).collect();
        days.into_iter().collect()
    }

    /// The keys of sharing that a country knows on a day, by name.
    pub fn presets(&self, country: &str, day: NaiveDate) -> Vec<(String, Preset, &Regime)> {
        let rows = self.below(country, "sharing.", day);
        rows.into_iter()
            .filter_map(|row| {
                let name = row.key.strip_prefix("sharing.")?.to_owned();
                Some((name, Preset::parse(&row.value).ok()?, row))
            })
            .collect()
    }
}

fn is_withdrawn(row: &Regime) -> bool {
    row.valid_to.is_some() && row.valid_to == row.valid_from
}

fn covers(row: &Regime, day: NaiveDate) -> bool {
    row.valid_from.is_none_or(|from| from <= day) && row.valid_to.is_none_or(|to| day < to)
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
mod tests;
