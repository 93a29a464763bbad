//! Windows: the local days of communities that a cycle computes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::calendar::{day_number, day_span, local_days_of_utc_day, month_of, next_month, zone};
use crate::clock::Micros;
use crate::error::Result;
use crate::registry::Community;
use crate::table::{DataFile, Snapshot};

/// Local days per community.
pub type Windows = BTreeMap<String, BTreeSet<NaiveDate>>;

/// First local day with a value, per community.
pub type FirstDays = BTreeMap<String, NaiveDate>;

pub(super) fn lower(first_days: &mut FirstDays, id: &str, day: NaiveDate) {
    let first = first_days.entry(id.to_string()).or_insert(day);
    *first = day.min(*first);
}

/// What cycles have looked at so far.
#[derive(Debug, Clone, Copy)]
pub struct LookedAt<'a> {
    /// The UTC days of which there is anything, of whomever.
    pub utc_days: &'a BTreeSet<i32>,
    /// The first day with a value per community, as the last cycle knew it.
    pub first_days: &'a FirstDays,
    /// The last cycle's instant, and the last UTC day of which anything had been received by then.
    pub since: Option<Micros>,
    pub heard: Option<i32>,
}

impl LookedAt<'_> {
    /// The local days of a community that tables may hold rows of: those of which there is anything, and those of
    /// silence whose deadline had passed.
    ///
    /// # Errors
    /// User, when its zone is unknown.
    pub fn days(&self, id: &str, community: &Community) -> Result<BTreeSet<NaiveDate>> {
        let zone = zone(&community.timezone)?;
        let mut days: BTreeSet<NaiveDate> =
            self.utc_days.iter().flat_map(|d| local_days_of_utc_day(zone, *d)).collect();
        if let (Some(first), Some(since)) = (self.first_days.get(id), self.since) {
            let last = self.heard.and_then(|d| last_silent(zone, d)).unwrap_or(NaiveDate::MAX);
            let had_passed = |day: &NaiveDate| day_span(zone, *day).end + community.deadline() <= since;
            days.extend(first.iter_days().take_while(|day| *day <= last && had_passed(day)));
        }
        Ok(days)
    }
}

/// The last day of the month after that of a UTC day: what was received long ago is not followed by years of silence.
pub fn last_silent(zone: Tz, utc_day: i32) -> Option<NaiveDate> {
    let heard = local_days_of_utc_day(zone, utc_day).last()?;
    next_month(next_month(month_of(heard))).pred_opt()
}

/// The last UTC days of which anything was received: now, and before the files came that no cycle has processed yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    pub last: Option<i32>,
    pub last_before: Option<i32>,
}

impl Received {
    /// From the files of a snapshot and those among them that versions after `after` brought.
    ///
    /// # Errors
    /// Environment, when the log cannot be read.
    pub async fn of(raw: &Snapshot, after: i64) -> Result<Self> {
        let new: BTreeSet<String> = raw.files_added_after(after).await?.into_iter().map(|f| f.path).collect();
        let files = raw.files()?;
        let last_before = files.iter().filter(|f| !new.contains(&f.path)).filter_map(utc_day_of).max();
        Ok(Self { last: files.iter().filter_map(utc_day_of).max(), last_before })
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
