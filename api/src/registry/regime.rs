//! What follows from the country unless the file says otherwise, read from rows with validity and source.
//!
//! The rows are those that come with the program and, before them, those of the installation (`ecoop apply
//! regimes.csv`). What a file leaves out is looked up when it is applied and written into the community's own rows,
//! so that a later change of a row changes nothing that was applied before.

mod bounds;
mod preset;
mod rows;

use std::collections::BTreeSet;

use chrono::NaiveDate;
use engine::registry::Regime;

pub use bounds::Bounds;
pub use preset::Preset;
pub use rows::{HEADER, read};

/// The rows of all countries.
#[derive(Debug, Clone)]
pub struct Regimes {
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
                Some((name, Preset::parse(&row.key, &row.value).ok()?, row))
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

#[cfg(test)]
mod tests;
