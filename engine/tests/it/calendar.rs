//! Local days, months and years tile time without gap or overlap, whatever the clocks of a place do.

use chrono::{Days, NaiveDate};
use engine::calendar::{
    QUARTER, SECOND, Span, day_span, day_start, local_day, month_of, month_span, next_month, parse_day_or_instant,
    parse_month, parse_rfc3339, rfc3339, utc_day, year_span, zone,
};
use proptest::prelude::*;

/// Places with clock changes at night, at midnight, of half an hour, and without any.
const ZONES: [&str; 8] = [
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Istanbul",
    "Atlantic/Azores",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "UTC",
];

fn day() -> impl Strategy<Value = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2015, 1, 1).unwrap();
    (0u64..365 * 25).prop_map(move |n| first + Days::new(n))
}

fn place() -> impl Strategy<Value = &'static str> {
    prop::sample::select(ZONES.to_vec())
}

proptest! {
    #[test]
    fn days_tile_time(name in place(), day in day()) {
        let zone = zone(name).unwrap();
        let span = day_span(zone, day);
        prop_assert_eq!(span.end, day_start(zone, day + Days::new(1)));
        prop_assert_eq!((local_day(zone, span.start), local_day(zone, span.end - 1)), (day, day));
        prop_assert_eq!(local_day(zone, span.start - 1), day - Days::new(1));
        prop_assert_eq!((span.end - span.start) % QUARTER, 0);
    }

    #[test]
    fn a_month_and_a_year_are_their_days(name in place(), day in day()) {
        let zone = zone(name).unwrap();
        let month = month_of(day);
        let days = month.iter_days().take_while(|d| month_of(*d) == month);
        let length: i64 = days.map(|d| day_span(zone, d)).map(|s| s.end - s.start).sum();
        let span = month_span(zone, day);
        prop_assert_eq!(span.end - span.start, length);
        prop_assert_eq!(month_span(zone, next_month(day)).start, span.end);
        let year = year_span(zone, chrono::Datelike::year(&day));
        prop_assert!(year.start <= span.start && span.end <= year.end);
    }

    #[test]
    fn what_two_spans_have_in_common_is_in_both(a in 0i64..50, b in 0i64..50, c in 0i64..50, d in 0i64..50) {
        let (one, other) = (Span { start: a, end: a + b }, Span { start: c, end: c + d });
        let both = one.intersect(other);
        for at in 0..100 {
            prop_assert_eq!(both.contains(at), one.contains(at) && other.contains(at), "{}", at);
        }
        prop_assert_eq!(one.intersect(other).is_empty(), (0..100).all(|at| !(one.contains(at) && other.contains(at))));
        if !one.is_empty() && !other.is_empty() {
            prop_assert_eq!(one.overlaps(other), !both.is_empty());
        }
    }

    #[test]
    fn an_instant_is_read_as_it_was_written(at in -4_000_000_000_000_000i64..4_000_000_000_000_000) {
        prop_assert_eq!(parse_rfc3339(&rfc3339(at)), Some(at));
        let start = i64::from(utc_day(at)) * 86_400 * SECOND;
        prop_assert!((start..start + 86_400 * SECOND).contains(&at));
    }
}

#[test]
fn a_validity_begins_with_a_local_day_or_at_an_instant() {
    let paris = zone("Europe/Paris").unwrap();
    let read = |text: &str| parse_day_or_instant(paris, text).map(rfc3339);
    assert_eq!(read("2026-06-01").as_deref(), Some("2026-05-31T22:00:00Z"));
    assert_eq!(read("2026-01-01").as_deref(), Some("2025-12-31T23:00:00Z"));
    assert_eq!(read("2026-10-25T10:15:00+01:00").as_deref(), Some("2026-10-25T09:15:00Z"));
    for wrong in ["", "2026-02-30", "2026-06-01T10:00:00", "June", "2026-6-1T00:00Z"] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}

#[test]
fn a_month_is_written_with_four_and_two_digits() {
    assert_eq!(parse_month("2026-06"), NaiveDate::from_ymd_opt(2026, 6, 1));
    for wrong in ["2026-13", "2026-00", "2026-6", "26-06", "2026-06-01", "2026/06", "", "2026-é"] {
        assert_eq!(parse_month(wrong), None, "{wrong}");
    }
}

#[test]
fn a_zone_that_is_not_there_is_named() {
    assert!(zone("Europe/Vichy").unwrap_err().to_string().contains("`Europe/Vichy`"));
}
