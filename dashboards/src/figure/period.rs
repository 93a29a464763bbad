//! The span of time that a page shows: a local day, a week from Monday, a month.

use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta};
use chrono_tz::Tz;
use engine::calendar::{Span, day_start, month_of, next_month};

use crate::locale::Words;

/// A local day, week or month, by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// One local day.
    Day(NaiveDate),
    /// Seven local days from a Monday.
    Week(NaiveDate),
    /// A local month from its first day.
    Month(NaiveDate),
}

impl Period {
    /// The period of a page address (`p=week&d=2026-06-01`) that holds day `d`; what is absent is today's. `None` for
    /// what is no period and no day, or a day outside of the years 1900 to 2200.
    pub fn parse(p: Option<&str>, d: Option<&str>, today: NaiveDate) -> Option<Self> {
        let day = match d {
            None => today,
            Some(d) => Self::parse_day(d)?,
        };
        Self::of_code(p.unwrap_or("day"), day)
    }

    /// A day of an address: `2026-06-01` and nothing else.
    pub fn parse_day(d: &str) -> Option<NaiveDate> {
        let day = d.parse::<NaiveDate>().ok().filter(|day| (1900..2200).contains(&day.year()))?;
        (day.to_string() == d).then_some(day)
    }

    /// The period of a code (`day`, `week`, `month`) that holds a day.
    pub fn of_code(code: &str, day: NaiveDate) -> Option<Self> {
        match code {
            "day" => Some(Self::Day(day)),
            "week" => Some(Self::week_of(day)),
            "month" => Some(Self::month_of(day)),
            _ => None,
        }
    }

    /// The week, from its Monday, that holds a day. (All five languages' weeks start on Monday.)
    pub fn week_of(day: NaiveDate) -> Self {
        Self::Week(day - Days::new(u64::from(day.weekday().num_days_from_monday())))
    }

    /// The month that holds a day.
    pub fn month_of(day: NaiveDate) -> Self {
        Self::Month(month_of(day))
    }

    /// `day`, `week` or `month`, as in a page address.
    pub fn code(self) -> &'static str {
        match self {
            Self::Day(_) => "day",
            Self::Week(_) => "week",
            Self::Month(_) => "month",
        }
    }

    /// Its first local day.
    pub fn first(self) -> NaiveDate {
        match self {
            Self::Day(day) | Self::Week(day) | Self::Month(day) => day,
        }
    }

    /// The local day after its last.
    pub fn end(self) -> NaiveDate {
        match self {
            Self::Day(day) => day + Days::new(1),
            Self::Week(day) => day + Days::new(7),
            Self::Month(day) => next_month(day),
        }
    }

    /// Its local days.
    pub fn days(self) -> Vec<NaiveDate> {
        let end = self.end();
        self.first().iter_days().take_while(|day| *day < end).collect()
    }

    /// Whether a local day is in it.
    pub fn holds(self, day: NaiveDate) -> bool {
        self.first() <= day && day < self.end()
    }

    /// In few words, for a link to it.
    pub(crate) fn name(self, words: &Words) -> String {
        match self {
            Self::Day(day) => words.short_day(day),
            Self::Week(first) => {
                let last = first + Days::new(6);
                let (from, to, year) = (words.short_day(first), words.short_day(last), last.year().to_string());
                words.ta("date-week", [("from", from.into()), ("to", to.into()), ("year", year.into())])
            }
            Self::Month(first) => words.month(first),
        }
    }

    /// Its instants.
    pub fn span(self, zone: Tz) -> Span {
        Span { start: day_start(zone, self.first()), end: day_start(zone, self.end()) }
    }

    /// The one before.
    pub fn previous(self) -> Self {
        match self {
            Self::Day(day) => Self::Day(day - TimeDelta::days(1)),
            Self::Week(day) => Self::Week(day - TimeDelta::days(7)),
            Self::Month(day) => Self::Month(day - Months::new(1)),
        }
    }

    /// The one after.
    pub fn next(self) -> Self {
        match self {
            Self::Day(_) => Self::Day(self.end()),
            Self::Week(_) => Self::Week(self.end()),
            Self::Month(_) => Self::Month(self.end()),
        }
    }

    /// The day, week and month to change to: those around the shown first day, or around today when today is shown.
    pub fn choices(self, today: NaiveDate) -> [Self; 3] {
        let day = if self.holds(today) { today } else { self.first() };
        [Self::Day(day), Self::week_of(day), Self::month_of(day)]
    }

    /// The rows of its picture as instants: quarter-hours (`slot_seconds`) of a day, local days of a week or month.
    /// A local day of 23, 24 or 25 hours has 92, 96 or 100 quarter-hours.
    pub fn grid(self, zone: Tz, slot_seconds: u32) -> Vec<Span> {
        match self {
            Self::Day(_) => {
                let span = self.span(zone);
                let step = i64::from(slot_seconds.max(60)) * engine::calendar::SECOND;
                (0..)
                    .map(|n| Span { start: span.start + n * step, end: (span.start + (n + 1) * step).min(span.end) })
                    .take_while(|slot| slot.start < span.end)
                    .collect()
            }
            Self::Week(_) | Self::Month(_) => self.days().into_iter().map(|day| Self::Day(day).span(zone)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_names_the_period_that_holds_its_day() {
        let today = day("2026-06-29");
        let check = |p, d, want| assert_eq!(Period::parse(p, d, today), want, "{p:?} {d:?}");
        check(None, None, Some(Period::Day(today)));
        check(Some("month"), None, Some(Period::Month(day("2026-06-01"))));
        check(Some("day"), Some("2026-06-01"), Some(Period::Day(day("2026-06-01"))));
        check(Some("week"), Some("2026-06-28"), Some(Period::Week(day("2026-06-22"))));
        check(Some("month"), Some("2026-02-28"), Some(Period::Month(day("2026-02-01"))));
        for (p, d) in [("decade", "2026-06-01"), ("", "2026-06-01"), ("Day", "2026-06-01"), ("day", "soon")] {
            check(Some(p), Some(d), None);
        }
        for d in ["", "2026-02-30", "2026-6-1", "1899-12-31", "2200-01-01", "+262000-01-01", " 2026-06-01"] {
            check(Some("day"), Some(d), None);
        }
    }

    #[test]
    fn neighbours_touch() {
        for period in
            [Period::Day(day("2026-03-01")), Period::Week(day("2026-12-28")), Period::Month(day("2026-01-01"))]
        {
            assert_eq!(period.previous().next(), period);
            assert_eq!(period.next().previous(), period);
            assert_eq!(period.previous().end(), period.first());
        }
    }

    #[test]
    fn a_day_has_92_96_or_100_quarter_hours_and_a_month_its_days() {
        let check = |period: Period, want: usize| {
            let grid = period.grid(chrono_tz::Europe::Paris, 900);
            assert_eq!(grid.len(), want, "{period:?}");
            assert!(grid.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert_eq!((grid[0].start, grid[want - 1].end), {
                let span = period.span(chrono_tz::Europe::Paris);
                (span.start, span.end)
            });
        };
        check(Period::Day(day("2026-03-29")), 92);
        check(Period::Day(day("2026-06-29")), 96);
        check(Period::Day(day("2026-10-25")), 100);
        check(Period::Week(day("2026-03-23")), 7);
        check(Period::Month(day("2026-02-01")), 28);
        check(Period::Month(day("2026-10-01")), 31);
    }
}
