//! Local days and months of a community as half-open UTC intervals. A local day has 92, 96 or 100 quarter-hours.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use crate::clock::Micros;
use crate::error::{Error, Result};

/// Microseconds in a second.
pub const SECOND: Micros = 1_000_000;
/// Microseconds in a quarter of an hour.
pub const QUARTER: Micros = 900 * SECOND;
/// Microseconds in a UTC day.
pub const UTC_DAY: Micros = 86_400 * SECOND;

/// A half-open interval of instants, `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First instant inside.
    pub start: Micros,
    /// First instant after.
    pub end: Micros,
}

impl Span {
    /// Whether both have an instant in common.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the instant lies inside.
    pub fn contains(self, at: Micros) -> bool {
        self.start <= at && at < self.end
    }

    /// What both have in common; empty when they have nothing.
    pub fn intersect(self, other: Span) -> Span {
        let start = self.start.max(other.start);
        Span { start, end: self.end.min(other.end).max(start) }
    }

    /// Whether no instant lies inside.
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// Reads an IANA zone name such as `Europe/Paris`.
pub fn zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| {
        Error::user(format!("timezone `{name}` is not in the IANA database; write for example `Europe/Paris`"))
    })
}

/// The instant at which a local day starts. Where midnight does not exist or comes twice, the first instant of the day.
pub fn day_start(zone: Tz, day: NaiveDate) -> Micros {
    let midnight = day.and_time(NaiveTime::MIN);
    let mut local = midnight;
    loop {
        match zone.from_local_datetime(&local).earliest() {
            Some(instant) => return instant.timestamp_micros(),
            None => local += chrono::Duration::minutes(15),
        }
    }
}

/// A local day as an interval of instants.
pub fn day_span(zone: Tz, day: NaiveDate) -> Span {
    Span { start: day_start(zone, day), end: day_start(zone, day + Days::new(1)) }
}

/// The local day that an instant lies in.
pub fn local_day(zone: Tz, at: Micros) -> NaiveDate {
    utc(at).with_timezone(&zone).date_naive()
}

/// The instants of a span at which the clock on the wall shows one of some minutes of the day, each as often as it
/// shows it, and those at which it is put forward or back. From one of them to the next it goes evenly and passes none
/// of the minutes.
pub fn wall_instants(zone: Tz, span: Span, minutes: &[u16]) -> BTreeSet<Micros> {
    let mut instants = BTreeSet::new();
    let mut start = span.start;
    while start < span.end {
        let end = next_change(zone, Span { start, ..span });
        let offset = offset(zone, start);
        for day in (start + offset).div_euclid(UTC_DAY)..=(end - 1 + offset).div_euclid(UTC_DAY) {
            let shown = minutes.iter().map(|minute| day * UTC_DAY + i64::from(*minute) * 60 * SECOND - offset);
            instants.extend(shown.filter(|at| (start..end).contains(at)));
        }
        if end < span.end {
            instants.insert(end);
        }
        start = end;
    }
    instants
}

/// How far the clock on the wall is ahead of UTC.
fn offset(zone: Tz, at: Micros) -> Micros {
    i64::from(zone.offset_from_utc_datetime(&utc(at).naive_utc()).fix().local_minus_utc()) * SECOND
}

/// The first instant of a span at which the clock is put forward or back, or its end.
fn next_change(zone: Tz, span: Span) -> Micros {
    /// No zone changes its clocks and changes them back within so short a time.
    const STEP: Micros = UTC_DAY;
    let before = offset(zone, span.start);
    let (mut same, mut other) = (span.start, span.start);
    while offset(zone, other) == before {
        if other == span.end {
            return span.end;
        }
        (same, other) = (other, (other + STEP).min(span.end));
    }
    // Whole seconds: that is how finely zones are written down.
    while other - same > SECOND {
        let middle = (same + (other - same) / 2).div_euclid(SECOND) * SECOND;
        let middle = if middle <= same { same + SECOND } else { middle };
        if offset(zone, middle) == before {
            same = middle;
        } else {
            other = middle;
        }
    }
    other.div_euclid(SECOND) * SECOND
}

/// The first day of the month of `day`.
pub fn month_of(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.day0()))
}

/// The first day of the month after `month`.
pub fn next_month(month: NaiveDate) -> NaiveDate {
    month_of(month) + Months::new(1)
}

/// A local month as an interval of instants.
pub fn month_span(zone: Tz, month: NaiveDate) -> Span {
    Span { start: day_start(zone, month_of(month)), end: day_start(zone, next_month(month)) }
}

/// A local calendar year as an interval of instants; empty for a year that chrono cannot show.
pub fn year_span(zone: Tz, year: i32) -> Span {
    let first = |year| NaiveDate::from_ymd_opt(year, 1, 1).map_or(0, |day| day_start(zone, day));
    Span { start: first(year), end: first(year + 1) }
}

/// The UTC day (days since 1970-01-01) that an instant lies in.
pub fn utc_day(at: Micros) -> i32 {
    // In range for every instant that chrono can show.
    at.div_euclid(UTC_DAY) as i32
}

/// An instant as chrono shows it. Instants outside chrono's range show as its ends.
pub fn utc(at: Micros) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at).unwrap_or(if at < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}

/// `2026-06-01T00:00:00Z`
pub fn rfc3339(at: Micros) -> String {
    utc(at).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// Reads an RFC 3339 instant with its offset.
pub fn parse_rfc3339(text: &str) -> Option<Micros> {
    DateTime::parse_from_rfc3339(text).ok().map(|t| t.timestamp_micros())
}

/// Reads `valid_from`: a local day, or an instant with its offset.
pub fn parse_day_or_instant(zone: Tz, text: &str) -> Option<Micros> {
    match text.parse::<NaiveDate>() {
        Ok(day) => Some(day_start(zone, day)),
        Err(_) => parse_rfc3339(text),
    }
}

/// Reads `2026-06` as the first day of that month.
pub fn parse_month(text: &str) -> Option<NaiveDate> {
    if text.len() != 7 {
        return None;
    }
    format!("{text}-01").parse().ok()
}

/// The local days that a UTC day touches.
pub fn local_days_of_utc_day(zone: Tz, utc_day: i32) -> impl Iterator<Item = NaiveDate> {
    let start = i64::from(utc_day) * UTC_DAY;
    let first = local_day(zone, start);
    let last = local_day(zone, start + UTC_DAY - 1);
    first.iter_days().take_while(move |d| *d <= last)
}

/// Days since 1970-01-01.
pub fn day_number(day: NaiveDate) -> i32 {
    day.num_days_from_ce() - NaiveDate::default().num_days_from_ce()
}

/// The day of a number of days since 1970-01-01.
pub fn day_of_number(days: i32) -> NaiveDate {
    let epoch = NaiveDate::default();
    epoch.checked_add_signed(chrono::Duration::days(i64::from(days))).unwrap_or(epoch)
}

/// The UTC days that local days lie in.
pub fn utc_days_of<'a>(zone: Tz, days: impl IntoIterator<Item = &'a NaiveDate>) -> BTreeSet<i32> {
    let spans = days.into_iter().map(|day| day_span(zone, *day));
    spans.flat_map(|span| utc_day(span.start)..=utc_day(span.end - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quarters(zone_name: &str, day: &str) -> i64 {
        let span = day_span(zone(zone_name).unwrap(), day.parse().unwrap());
        (span.end - span.start) / QUARTER
    }

    #[test]
    fn a_local_day_has_92_96_or_100_quarters() {
        for z in ["Europe/Paris", "Europe/Rome", "Europe/Stockholm", "Europe/Vienna", "Europe/Madrid"] {
            assert_eq!(quarters(z, "2026-03-29"), 92);
            assert_eq!(quarters(z, "2026-10-25"), 100);
            assert_eq!(quarters(z, "2027-03-28"), 92);
            assert_eq!(quarters(z, "2027-10-31"), 100);
            assert_eq!(quarters(z, "2026-06-01"), 96);
        }
        assert_eq!(quarters("Europe/Istanbul", "2026-03-29"), 96);
        assert_eq!(quarters("Europe/Istanbul", "2026-10-25"), 96);
    }

    #[test]
    fn a_local_month_counts_its_clock_changes() {
        let count = |z: &str, m: &str| {
            let span = month_span(zone(z).unwrap(), parse_month(m).unwrap());
            (span.end - span.start) / QUARTER
        };
        assert_eq!(count("Europe/Paris", "2026-03"), 2972);
        assert_eq!(count("Europe/Paris", "2026-10"), 2980);
        assert_eq!(count("Europe/Istanbul", "2026-03"), 2976);
        assert_eq!(count("Europe/Istanbul", "2026-10"), 2976);
    }

    #[test]
    fn a_day_whose_midnight_does_not_exist_starts_at_its_first_instant() {
        // Africa/Cairo 2023-04-28: 00:00 jumps to 01:00.
        assert_eq!(quarters("Africa/Cairo", "2023-04-28"), 92);
    }
}
