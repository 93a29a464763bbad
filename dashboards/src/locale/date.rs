//! Days, hours and spans of time as people of a language write them; the patterns are in `locales/`.

use chrono::{DateTime, Datelike, NaiveDate, Timelike};
use chrono_tz::Tz;
use engine::calendar::utc;

use super::words::Words;

impl Words {
    /// `Monday`
    pub fn weekday(&self, day: NaiveDate) -> String {
        self.t(&format!("weekday-{}", day.weekday().number_from_monday()))
    }

    /// `Mon`
    pub fn weekday_short(&self, day: NaiveDate) -> String {
        self.t(&format!("weekday-short-{}", day.weekday().number_from_monday()))
    }

    /// `June`, as inside a date
    pub fn month_name(&self, day: NaiveDate) -> String {
        self.t(&format!("month-{}", day.month()))
    }

    /// `Monday 29 June 2026`
    pub fn long_day(&self, day: NaiveDate) -> String {
        self.ta(
            "date-long",
            [
                ("weekday", self.weekday(day).into()),
                ("day", day.day().into()),
                ("month", self.month_name(day).into()),
                ("year", day.year().to_string().into()),
            ],
        )
    }

    /// `Monday 29 June`
    pub fn day_of_week(&self, day: NaiveDate) -> String {
        self.ta(
            "date-weekday",
            [("weekday", self.weekday(day).into()), ("day", day.day().into()), ("month", self.month_name(day).into())],
        )
    }

    /// `29 June`
    pub fn short_day(&self, day: NaiveDate) -> String {
        self.ta("date-short", [("day", day.day().into()), ("month", self.month_name(day).into())])
    }

    /// `June 2026`
    pub fn month(&self, day: NaiveDate) -> String {
        self.ta("date-month", [("month", self.month_name(day).into()), ("year", day.year().to_string().into())])
    }

    /// Local time of day, `14:45`.
    pub fn time(&self, zone: Tz, at_us: i64) -> String {
        let local = local(zone, at_us);
        format!("{:02}:{:02}", local.hour(), local.minute())
    }

    /// A local instant, `Monday 29 June, 14:45`.
    pub fn instant(&self, zone: Tz, at_us: i64) -> String {
        let day = local(zone, at_us).date_naive();
        self.ta("date-time", [("day", self.day_of_week(day).into()), ("time", self.time(zone, at_us).into())])
    }
}

/// An instant in local time.
pub fn local(zone: Tz, at_us: i64) -> DateTime<Tz> {
    utc(at_us).with_timezone(&zone)
}

#[cfg(test)]
mod tests {
    use super::super::Locale;

    #[test]
    fn days_read_as_people_write_them() {
        let check = |code: &str, day: &str, want: &str| {
            assert_eq!(Locale::parse(code).unwrap().words().long_day(day.parse().unwrap()), want);
        };
        check("en", "2026-06-29", "Monday 29 June 2026");
        check("fr", "2026-06-29", "lundi 29 juin 2026");
        check("fr", "2026-06-01", "lundi 1er juin 2026");
    }

    #[test]
    fn instants_are_local() {
        let at = 1_782_737_100_000_000; // 2026-06-29T12:45:00Z
        let words = Locale::english().words();
        assert_eq!(words.instant(chrono_tz::Europe::Paris, at), "Monday 29 June, 14:45");
        assert_eq!(words.time(chrono_tz::Europe::Istanbul, at), "15:45");
    }
}
