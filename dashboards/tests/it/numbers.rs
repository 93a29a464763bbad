//! Numbers and days in every language: whatever its marks, the digits are those of the value.

use chrono::{Days, NaiveDate};
use dashboards::locale::{Locale, Words, energy_digits, minor_digits};
use engine::units::{MICRO_KWH_PER_KWH, format_decimal, round_half_up};
use proptest::prelude::*;

fn languages() -> Vec<Words> {
    Locale::all().iter().map(Locale::words).collect()
}

/// Sign and digits of what a person reads, without the marks between them.
fn digits(text: &str) -> String {
    let minus = |c: char| if c == '\u{2212}' || c == '\u{2012}' { '-' } else { c };
    text.chars().map(minus).filter(|c| c.is_ascii_digit() || *c == '-').collect()
}

/// Digits of a plain decimal.
fn plain(value: i128, scale: u32) -> String {
    format_decimal(value, scale).replace('.', "")
}

fn days() -> impl Strategy<Value = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
    (0u64..365 * 60).prop_map(move |n| first + Days::new(n))
}

proptest! {
    #[test]
    fn a_decimal_has_all_its_digits(value in any::<i64>(), scale in 0u32..=9) {
        for words in languages() {
            let text = words.decimal(i128::from(value), scale);
            prop_assert_eq!(digits(&text), plain(i128::from(value), scale), "{} in {}", text, words.locale().code());
        }
    }

    /// One digit after the point below 100 kWh and none above, half away from zero; one unit, one space that does not
    /// break.
    #[test]
    fn energy_has_the_digits_that_it_bears(micro_kwh in 0i64..10_000_000_000_000) {
        let after = energy_digits(micro_kwh);
        let rounded = round_half_up(i128::from(micro_kwh), 6, after);
        prop_assert_eq!(after == 1, micro_kwh < 100 * MICRO_KWH_PER_KWH - MICRO_KWH_PER_KWH / 20);
        for words in languages() {
            let text = words.kwh(micro_kwh);
            prop_assert_eq!(digits(&text), plain(rounded, after), "{}", text);
            prop_assert!(text.ends_with("kWh") && !text.contains(' '), "{}", text);
        }
    }

    #[test]
    fn exact_energy_is_exact(micro_kwh in 0i64..10_000_000_000_000) {
        for words in languages() {
            let shown = digits(&words.kwh_exact(micro_kwh));
            let all = plain(i128::from(micro_kwh), 6);
            // Three digits at least; those that are left out are zeros.
            prop_assert!(shown.len() + 3 >= all.len() && shown.len() <= all.len(), "{} of {}", shown, all);
            prop_assert_eq!(format!("{shown:0<width$}", width = all.len()), all);
        }
    }

    #[test]
    fn money_is_rounded_once_to_its_smallest_unit(
        micro in -1_000_000_000_000_000i64..1_000_000_000_000_000,
        currency in prop::sample::select(vec!["EUR", "SEK", "TRY", "ISK", "TND"]),
    ) {
        let after = minor_digits(currency);
        let minor = round_half_up(i128::from(micro), 6, after);
        for words in languages() {
            let text = words.money(i128::from(micro), currency);
            prop_assert_eq!(digits(&text), plain(minor, after), "{}", text);
            prop_assert_eq!(&text, &words.minor(minor, currency));
        }
    }

    #[test]
    fn a_price_keeps_what_it_has(micro in 0i64..1_000_000_000) {
        for words in languages() {
            let shown = digits(&words.price(micro));
            let all = plain(i128::from(micro), 6);
            prop_assert!(shown.len() + 2 >= all.len());
            prop_assert_eq!(format!("{shown:0<width$}", width = all.len()), all);
        }
    }

    /// A reversal is the same amount of carbon dioxide with the other sign.
    #[test]
    fn carbon_dioxide_keeps_its_sign(milligrams in 1i64..1_000_000_000_000) {
        for words in languages() {
            let (up, down) = (words.co2(i128::from(milligrams)), words.co2(-i128::from(milligrams)));
            prop_assert_eq!(digits(&up), digits(&down).replace('-', ""));
            prop_assert!(up.ends_with("kg"), "{}", up);
        }
    }

    #[test]
    fn only_nothing_is_none_and_only_everything_is_all(part in 0i64..=1000, more in 0i64..=1000) {
        let whole = part + more;
        let english = Locale::english().words();
        for words in languages() {
            let text = words.share(part, whole);
            let [none, all] = [0, 100].map(|n| words.unit("percent", words.count(n)));
            prop_assert_eq!(text == none, part == 0, "{} of {}: {}", part, whole, text);
            prop_assert_eq!(text == all, part == whole && part > 0, "{} of {}: {}", part, whole, text);
        }
        // More of the same is never shown as less.
        let percent = |n: i64| digits(&english.share(n, 1000)).parse::<i64>().unwrap();
        if part > 10 {
            prop_assert!(percent(part) >= percent(part - 1));
        }
    }

    #[test]
    fn a_day_names_its_number_month_and_year(day in days()) {
        for words in languages() {
            let (long, weekday, month) = (words.long_day(day), words.weekday(day), words.month_name(day));
            prop_assert!(long.contains(&weekday) && long.contains(&month), "{}", long);
            let numbers: Vec<&str> = long.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).collect();
            let expected = [day.format("%-d").to_string(), day.format("%Y").to_string()];
            prop_assert_eq!(&numbers, &expected, "{}", long);
            prop_assert!(words.month(day).contains(&month));
            prop_assert!(words.short_day(day).contains(&month) && !words.short_day(day).contains(&expected[1]));
        }
    }
}

#[test]
fn seven_weekdays_and_twelve_months_have_different_names() {
    let monday: NaiveDate = "2026-06-01".parse().unwrap();
    for words in languages() {
        let week = |name: &dyn Fn(NaiveDate) -> String| {
            let names = (0..7).map(|n| name(monday + Days::new(n)));
            names.collect::<std::collections::BTreeSet<String>>().len()
        };
        assert_eq!((week(&|d| words.weekday(d)), week(&|d| words.weekday_short(d))), (7, 7));
        let months = (1..=12).map(|m| words.month_name(NaiveDate::from_ymd_opt(2026, m, 1).unwrap()));
        assert_eq!(months.collect::<std::collections::BTreeSet<String>>().len(), 12);
    }
}

#[test]
fn the_hour_that_comes_twice_is_shown_twice() {
    let words = Locale::english().words();
    let paris = chrono_tz::Europe::Paris;
    let at = |text: &str| engine::calendar::parse_rfc3339(text).unwrap();
    assert_eq!(words.time(paris, at("2026-10-25T00:30:00Z")), "02:30");
    assert_eq!(words.time(paris, at("2026-10-25T01:30:00Z")), "02:30");
    assert_eq!(words.time(paris, at("2026-03-29T00:59:59Z")), "01:59");
    assert_eq!(words.time(paris, at("2026-03-29T01:00:00Z")), "03:00");
    assert!(words.instant(paris, at("2026-12-31T23:30:00Z")).contains("Friday 1 January"));
}

#[test]
fn a_language_is_found_whatever_a_browser_sends() {
    let all: Vec<String> = Locale::all().iter().map(Locale::code).collect();
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
    for code in &all {
        assert_eq!(&Locale::negotiate(None, Some(&format!("{code}-XX;q=0.4, en;q=0.3"))).code(), code);
        assert_eq!(&Locale::negotiate(Some(code), Some("en")).code(), code);
    }
    for odd in ["", ",", ";;;", "q=1", "en;q=2;q=", "fr;q=0.12345", "*", "\u{1F600}", "a-b-c-d-e-f"] {
        let chosen = Locale::negotiate(Some(odd), Some(odd)).code();
        assert!(all.contains(&chosen), "{odd}: {chosen}");
    }
}
