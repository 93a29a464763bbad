//! Windows: the local days of communities that a cycle computes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::calendar::day_number;
use crate::error::Result;
use crate::table::{DataFile, Snapshot};

/// Local days per community.
pub type Windows = BTreeMap<String, BTreeSet<NaiveDate>>;

/// First local day with a value, per community.
pub type FirstDays = BTreeMap<String, NaiveDate>;

pub(super) fn lower(first_days: &mut FirstDays, id: &str, day: NaiveDate) {
    let first = first_days.entry(id.to_string()).or_insert(day);
    *first = day.min(*first);
}

/// The UTC days on which anything was ever received.
///
/// # Errors
/// Internal, when the log cannot be read.
pub fn utc_days(raw: &Snapshot) -> Result<BTreeSet<i32>> {
    let parse = |f: &DataFile| f.partition.parse::<NaiveDate>().ok().map(day_number);
    Ok(raw.files()?.iter().filter_map(parse).collect())
}
