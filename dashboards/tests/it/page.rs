//! What holds for every page, whatever its figures.

use dashboards::figure::{Energy, MonthState, Period};
use dashboards::locale::Locale;
use dashboards::page::cooperative::index::{self, IndexView};
use dashboards::page::energy::amounts;
use dashboards::page::energy::community::{CommunityView, SAMPLES, render, render_live};
use dashboards::page::error;
use dashboards::sample::{billing, energy};
use dashboards::urls::Urls;
use proptest::prelude::*;

use crate::sample::community;

fn summer() -> CommunityView {
    community("day-with-a-gap")
}

fn all(view: &CommunityView) -> Vec<String> {
    Locale::all().iter().map(|l| render(view, l, &Urls::default())).collect()
}

fn index_of(name: &str) -> IndexView {
    let mut view = index::SAMPLES.iter().find(|(n, _)| *n == "several").map(|(_, view)| view()).unwrap();
    view.communities.iter_mut().for_each(|c| c.name = name.into());
    view
}

/// What an operator rounded is known and is no error; what remains beside it is.
#[test]
fn a_known_rounding_does_not_take_the_picture_away() {
    let text = |view: &CommunityView| render(view, &Locale::english(), &Urls::default());
    let mut rounded = summer();
    rounded.totals.production_micro_kwh -= 3;
    assert!(text(&rounded).contains("do not add up"));
    rounded.rounding.production_micro_kwh = 3;
    assert!(!text(&rounded).contains("do not add up"));
    rounded.totals.consumption_micro_kwh += 1;
    assert!(text(&rounded).contains("do not add up"));
}

/// Every page in every language, in the states that it can be in.
fn states() -> Vec<String> {
    let mut pages: Vec<String> = SAMPLES.iter().flat_map(|(_, view)| all(&view())).collect();
    for locale in Locale::all() {
        pages.extend(index::SAMPLES.iter().map(|(_, view)| index::render(&view(), &locale, &Urls::default())));
        pages.extend(error::SAMPLES.iter().map(|(_, view)| error::render(&view(), &locale, &Urls::default())));
        pages.extend(amounts::SAMPLES.iter().map(|(_, view)| amounts::render(&view(), &locale, &Urls::default())));
    }
    pages
}

#[test]
fn no_page_shows_a_key_instead_of_words() {
    for page in states() {
        assert!(!page.contains("Unknown localization"), "{page}");
        for part in page.split(['<', '>']).filter(|p| !p.contains('"') && !p.contains('=')) {
            let word = part.trim();
            let like_a_key = word.len() > 6 && word.contains('-') && !word.contains(' ');
            assert!(!like_a_key || !word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "`{word}`");
        }
    }
}

#[test]
fn the_policy_of_content_holds_on_every_page() {
    for page in states() {
        for forbidden in [" style=", "<style", " onclick", " onload", "javascript:", "http://", "https://"] {
            let found = page.match_indices(forbidden).any(|(at, _)| !page[at..].starts_with("http://www.w3.org"));
            assert!(!found, "{forbidden}");
        }
        for script in page.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/assets/"), "{}", &script[..60.min(script.len())]);
        }
    }
}

#[test]
fn every_chart_has_its_table_and_a_title() {
    for page in all(&summer()) {
        let drawn = page.matches("<svg ").count();
        assert_eq!(drawn, 3, "the flow, and the load in two sizes");
        assert_eq!(page.matches("aria-labelledby=\"").count(), drawn + 1, "each picture and the table have a title");
        assert_eq!(page.matches("<caption>").count(), 1);
        assert_eq!(page.matches("<tr><th scope=\"row\">").count(), 96);
    }
}

#[test]
fn a_month_says_how_far_it_is_from_its_bill() {
    let mut month = summer();
    month.period = Period::month_of("2026-06-29".parse().unwrap());
    let mut said = |state| {
        month.billing = Some(billing(state));
        render_live(&month, &Locale::english(), &Urls::default())
    };
    let settled = said(MonthState::Settled);
    assert!(settled.contains(">closed<") && settled.contains("Not billed yet"));
    let billed = said(MonthState::Billed);
    assert!(billed.contains("Billed on Thursday 2 July 2026") && billed.contains("Nothing is known otherwise since."));
    let corrected = said(MonthState::Corrected);
    assert!(corrected.contains(">+0.83\u{a0}€</a> in all for 2 members are drafted"));
    assert!(corrected.contains(">corrected<") && corrected.contains("Corrected on Thursday 9 July 2026"));
}

#[test]
fn names_cannot_break_out() {
    let hostile =
        ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'", "</title><svg onload=x>"];
    for name in hostile {
        let mut view = summer();
        (view.name, view.held) = (name.into(), Some(name.into()));
        view.community_id = name.into();
        view.currency = name.into();
        view.co2[0].factor_set = name.into();
        let mut pages = all(&view);
        pages.extend(Locale::all().iter().map(|l| index::render(&index_of(name), l, &Urls::default())));
        for page in pages {
            assert!(!page.contains(name) || !name.contains('<'), "{name}");
            assert!(!page.contains("<img src=x") && !page.contains("<svg onload"), "{name}");
        }
    }
}

#[test]
fn days_of_the_clock_changes_have_all_their_rows() {
    for (name, rows) in [("day-of-92-rows", 92), ("day-of-zero", 96), ("day-of-100-rows", 100)] {
        let view = community(name);
        assert_eq!(view.series.len(), rows);
        let page = render_live(&view, &Locale::english(), &Urls::default());
        assert_eq!(page.matches("<tr><th scope=\"row\">").count(), rows, "{name}");
    }
}

#[test]
fn what_is_missing_is_a_gap_and_never_zero() {
    let page = render_live(&summer(), &Locale::english(), &Urls::default());
    let row = page.split("<tr>").find(|row| row.contains(">17:30<")).unwrap();
    assert!(row.contains("<td>–</td>") && row.contains("one metering point is silent"), "{row}");
    assert!(!row.contains("0.000"), "{row}");
    assert!(page.contains("3 rows of this picture lack readings"));
    assert!(page.contains("f-warn"));
}

/// The numbers of a sentence like `used 277 = 94 shared + 183 from suppliers`.
fn numbers(sentence: &str) -> Vec<i64> {
    let words = sentence.split(' ').map(|w| w.replace([',', '\u{202f}'], ""));
    let decimal = |w: String| {
        let (whole, part) = w.split_once('.').map_or((w.clone(), "0".into()), |(a, b)| (a.to_string(), b.to_string()));
        Some(whole.parse::<i64>().ok()? * 10 + part.parse::<i64>().ok()?)
    };
    words.filter_map(decimal).collect()
}

proptest! {
    /// What a reader adds up in the head is right to the last printed digit.
    #[test]
    fn printed_flows_add_up(
        shared in 0..9_000_000_000i64, residual in 0..9_000_000_000i64, surplus in 0..9_000_000_000i64,
            small in any::<bool>(),
    ) {
        let scale = if small { 100_000 } else { 1 };
        let mut view = summer();
        view.totals = energy(shared / scale, residual / scale, surplus / scale);
        prop_assume!(view.totals != Energy::default());
        let page = render_live(&view, &Locale::english(), &Urls::default());
        let (_, rest) = page.split_once("<p class=\"sum\">").unwrap();
        let mut lines = rest.split("<br>");
        for _ in 0..2 {
            let line = lines.next().unwrap();
            let found = numbers(line);
            prop_assert_eq!(found.len(), 3, "{}", line);
            prop_assert_eq!(found[0], found[1] + found[2], "{}", line);
        }
    }
}
