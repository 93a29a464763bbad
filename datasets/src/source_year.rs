//! Which row of a profile's year a quarter-hour of today's calendar takes: same season, same weekday, same local time.
//!
//! Loads follow people, so they are laid by local day and wall clock. The sun does not change its clock, so PV is laid
//! by date and solar time.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

/// Microseconds in a quarter of an hour.
pub(crate) const QUARTER: i64 = 900_000_000;
/// Quarter-hours of a day without a clock change.
const DAY: usize = 96;
/// Wall-clock quarters before 02:00 and before 03:00, between which Central Europe changes its clocks.
const TWO: usize = 8;
const THREE: usize = 12;
/// SimBench's year begins at 2016-01-01 00:00 in Berlin, one hour before the same in UTC.
const SIMBENCH_FIRST_UTC_ROW: usize = 4;
/// 27 March and 30 October 2016 as days of the year, from 0: Berlin's clock changes.
const SPRING: usize = 86;
const AUTUMN: usize = 303;

/// The year that a source's rows stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceYear {
    /// 2016 in Berlin, with both clock changes.
    SimBench,
    /// 1 August 2016 to 31 July 2017: the source names no year, but its first 1 August is a Monday. No clock change.
    CityLearn,
}

/// A quarter-hour as a clock on the wall shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LocalQuarter {
    pub date: NaiveDate,
    /// Quarters after 00:00 on the wall, 0 to 95.
    pub wall: usize,
    /// Whether the wall clock shows this time for the second time today.
    pub again: bool,
}

impl LocalQuarter {
    /// The quarter-hour that starts at `at` microseconds UTC.
    pub fn at(zone: Tz, at: i64) -> Self {
        let local = utc(at).with_timezone(&zone);
        let naive = local.naive_local();
        let again = zone.from_local_datetime(&naive).latest() == Some(local) && is_ambiguous(zone, naive);
        Self { date: naive.date(), wall: wall(naive.time()), again }
    }
}

fn is_ambiguous(zone: Tz, local: NaiveDateTime) -> bool {
    matches!(zone.from_local_datetime(&local), chrono::MappedLocalTime::Ambiguous(_, _))
}

fn wall(time: NaiveTime) -> usize {
    (time.num_seconds_from_midnight() / 900) as usize
}

pub(crate) fn utc(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at).unwrap_or_default()
}

impl SourceYear {
    /// Quarter-hours of the year.
    pub fn rows(self) -> usize {
        self.days() * DAY
    }

    fn days(self) -> usize {
        match self {
            Self::SimBench => 366,
            Self::CityLearn => 365,
        }
    }

    fn first_day(self) -> NaiveDate {
        let (year, month) = match self {
            Self::SimBench => (2016, 1),
            Self::CityLearn => (2016, 8),
        };
        NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default()
    }

    /// The row for a local quarter-hour. `weeks` moves a point along the year, so that two points of one profile do
    /// not boil their kettles at the same instant.
    pub fn row(self, local: LocalQuarter, weeks: i32) -> usize {
        let day = self.day(local.date, weeks);
        let q = local.wall;
        if self == Self::CityLearn {
            return day * DAY + q;
        }
        let start = day * DAY - if day > SPRING { 4 } else { 0 } + if day > AUTUMN { 4 } else { 0 };
        match day {
            // The hour that the source's day does not have takes the one before it.
            SPRING if q >= TWO => start + q - 4,
            // Of the doubled hour, the second pass where the target has one too.
            AUTUMN if q >= THREE || (q >= TWO && local.again) => start + q + 4,
            _ => start + q,
        }
    }

    /// The source's day for a target day: the nearest in the year that has the same weekday.
    fn day(self, target: NaiveDate, weeks: i32) -> usize {
        let days = self.days() as i64;
        let first = self.first_day();
        let year = if target.month() >= first.month() { first.year() } else { first.year() + 1 };
        let same = target.with_day(target.day().min(28)).and_then(|d| d.with_year(year)).unwrap_or(first);
        // Days beyond the 28th are counted from it, and 29 February falls on 1 March in a year without one.
        let beyond = i64::from(target.day().max(28) - 28);
        let near = (same - first).num_days() + beyond + 7 * i64::from(weeks);
        let wanted = i64::from(target.weekday().num_days_from_monday());
        let weekday = |day: i64| (i64::from(first.weekday().num_days_from_monday()) + day).rem_euclid(7);
        // 0, -1, +1, -2, +2 ...: at the turn of the year the weekdays do not join up, so it may take a few more steps.
        let steps = (0..=12i64).map(|n| if n % 2 == 0 { n / 2 } else { -(n / 2 + 1) });
        let candidates = steps.map(|step| (near + step).rem_euclid(days));
        candidates.into_iter().find(|day| weekday(*day) == wanted).unwrap_or(near.rem_euclid(days)) as usize
    }
}

/// The row of a SimBench PV profile for the quarter-hour that starts at `at`, at a place whose sun stands
/// `sun_quarters` quarter-hours behind (if negative) or ahead of that of the source.
pub(crate) fn sun_row(at: i64, sun_quarters: i64) -> usize {
    let sun = utc(at) + TimeDelta::seconds(900 * sun_quarters);
    let date = sun.date_naive();
    // 2016 has every day of every year.
    let ordinal = date.with_day(1).and_then(|d| d.with_year(2016)).map_or(0, |first| first.ordinal0() + date.day0());
    (ordinal as usize * DAY + wall(sun.time()) + SIMBENCH_FIRST_UTC_ROW) % SourceYear::SimBench.rows()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    /// The local day and time that a row of SimBench stands for.
    fn source(row: usize) -> String {
        let start = at("2015-12-31T23:00:00Z") + row as i64 * QUARTER;
        utc(start).with_timezone(&chrono_tz::Europe::Berlin).format("%a %m-%d %H:%M %z").to_string()
    }

    fn check(zone: Tz, start: &str, want: &str) {
        let local = LocalQuarter::at(zone, at(start));
        assert_eq!(source(SourceYear::SimBench.row(local, 0)), want, "{start} in {zone}");
    }

    #[test]
    fn a_quarter_takes_its_season_weekday_and_wall_clock() {
        check(chrono_tz::Europe::Paris, "2026-06-03T05:15:00Z", "Wed 06-01 07:15 +0200");
        check(chrono_tz::Europe::Istanbul, "2026-06-03T04:15:00Z", "Wed 06-01 07:15 +0200");
        check(chrono_tz::Europe::Paris, "2026-12-31T22:45:00Z", "Thu 12-29 23:45 +0100");
        check(chrono_tz::Europe::Paris, "2027-01-01T11:00:00Z", "Fri 01-01 12:00 +0100");
        check(chrono_tz::Europe::Paris, "2028-02-29T11:00:00Z", "Tue 03-01 12:00 +0100");
    }

    #[test]
    fn clock_changes_meet_clock_changes() {
        // 92 quarters: 01:45 is followed by 03:00.
        check(chrono_tz::Europe::Paris, "2026-03-29T00:45:00Z", "Sun 03-27 01:45 +0100");
        check(chrono_tz::Europe::Paris, "2026-03-29T01:00:00Z", "Sun 03-27 03:00 +0200");
        // 100 quarters: the doubled hour takes both passes.
        check(chrono_tz::Europe::Paris, "2026-10-25T00:45:00Z", "Sun 10-23 02:45 +0200");
        check(chrono_tz::Europe::Paris, "2026-10-25T01:00:00Z", "Sun 10-23 02:00 +0200");
        check(chrono_tz::Europe::Paris, "2027-10-31T00:00:00Z", "Sun 10-30 02:00 +0200");
        check(chrono_tz::Europe::Paris, "2027-10-31T01:00:00Z", "Sun 10-30 02:00 +0100");
        // A zone without clock changes finds an hour where the source has none, and one of the two it has.
        check(chrono_tz::Europe::Istanbul, "2027-03-27T23:30:00Z", "Sun 03-27 01:30 +0100");
        check(chrono_tz::Europe::Istanbul, "2027-10-30T23:30:00Z", "Sun 10-30 02:30 +0200");
    }

    #[test]
    fn a_year_is_met_row_by_row_when_the_calendars_agree() {
        let start = at("2015-12-31T23:00:00Z");
        for n in 0..SourceYear::SimBench.rows() {
            let local = LocalQuarter::at(chrono_tz::Europe::Berlin, start + n as i64 * QUARTER);
            assert_eq!(SourceYear::SimBench.row(local, 0), n);
            assert_eq!(sun_row(start + n as i64 * QUARTER, 0), n);
        }
    }

    #[test]
    fn the_weekday_is_always_the_same() {
        for year in [SourceYear::SimBench, SourceYear::CityLearn] {
            for weeks in -3..=3 {
                let days = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap().iter_days().take(5 * 366);
                for target in days {
                    let source = year.first_day() + chrono::Days::new(year.day(target, weeks) as u64);
                    assert_eq!(source.weekday(), target.weekday(), "{year:?} {target} {weeks}");
                    let away = i64::from(source.ordinal()) - i64::from(target.ordinal()) - 7 * i64::from(weeks);
                    let away = away.rem_euclid(365).min((-away).rem_euclid(365));
                    assert!(away <= 7, "{year:?} {target} {weeks} takes {source}");
                }
            }
        }
    }
}
