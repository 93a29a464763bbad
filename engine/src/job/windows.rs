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

/// The last UTC days of which anything was received: now, and before the files came that no cycle has processed yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    pub last: Option<i32>,
    pub last_before: Option<i32>,
}

impl Received {
    /// From the files of a snapshot and those among them with rows that had come by version `after`.
    ///
    /// # Errors
    /// Environment, when the log cannot be read.
    pub async fn of(raw: &Snapshot, after: i64) -> Result<Self> {
        let [_, before] = raw.files_by_age(after).await?;
        let last = |files: &[DataFile]| files.iter().filter_map(utc_day_of).max();
        Ok(Self { last: last(raw.files()?), last_before: last(&before) })
    }
}

/// The UTC days on which anything was ever received.
///
/// # Errors
/// Internal, when the log cannot be read.
pub fn utc_days(raw: &Snapshot) -> Result<BTreeSet<i32>> {
    Ok(raw.files()?.iter().filter_map(utc_day_of).collect())
}

fn utc_day_of(file: &DataFile) -> Option<i32> {
    file.partition.parse::<NaiveDate>().ok().map(day_number)
}
