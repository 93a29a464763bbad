//! What pages say is so, whatever is missing, late, zero, closed or yet to come.

use dashboards::figure::{Basis, Energy, Reliance};
use dashboards::locale::Locale;
use dashboards::page::cooperative::index;
use dashboards::page::energy::community::{CommunityView, SAMPLES, render_live, totals_csv};
use dashboards::urls::Urls;

use crate::sample::community;

fn said(view: &CommunityView, language: &str) -> String {
    let page = render_live(view, &Locale::parse(language).unwrap(), &Urls::default());
    page.replace("&#39;", "'").replace('\u{a0}', " ")
}

/// The page of a sample in English says all of some words and none of others.
fn check(sample: &str, says: &[&str], not: &[&str]) {
    let text = said(&community(sample), "en");
    for words in says {
        assert!(text.contains(words), "{sample} does not say “{words}”:\n{text}");
    }
    for words in not {
        assert!(!text.contains(words), "{sample} says “{words}”:\n{text}");
    }
}

#[test]
fn where_nothing_was_produced_no_price_is_lacking() {
    check("day-only-suppliers", &["It produced nothing.", "0.00 €"], &["no price", "It produced 0"]);
    let french = said(&community("day-only-suppliers"), "fr");
    assert!(!french.contains("pas de prix") && !french.contains("aucun prix"), "{french}");
    // Where there is surplus without a price, it is said how much.
    check("day-with-a-gap", &["no price given", "no price is on file for 12.3 kWh of it"], &[]);
}

#[test]
fn an_empty_time_is_not_provisional_and_says_why_it_is_empty() {
    let never = ["provisional", "closed", "final", "No metering point lacks", "no price", "0.0 kWh"];
    check("day-before-the-first", &["no readings for this time.", "begin on Thursday 2 July 2026"], &never);
    check("day-nothing-then", &["no readings for this time.", "If readings of it still arrive"], &never);
    check("day-in-future", &["This time has not begun yet."], &never);
    check("empty", &["no readings for this time yet", "As soon as"], &never);
    for sample in ["day-before-the-first", "day-nothing-then", "day-in-future"] {
        let french = said(&community(sample), "fr");
        assert!(!french.contains("provisoire") && !french.contains("clos"), "{sample}: {french}");
        assert!(totals_csv(&community(sample)).contains(",,,,,empty,"), "what nobody measured is not zero");
    }
}

#[test]
fn held_intervals_are_counted_where_sums_leave_them_out() {
    check(
        "day-with-a-gap",
        &["3 intervals are left out of these sums: readings of the production are missing in them.", ">provisional<"],
        &["never counted as zero", ">final<"],
    );
    check(
        "day-all-held",
        &["Nothing of this time could be shared out yet.", "96 intervals are left out"],
        &["no readings"],
    );
    check("day-half-absent", &["56 intervals without any reading are not in these sums.", ">provisional<"], &[]);
    check("month", &["96 intervals are left out of these sums", "96 intervals left out"], &[]);
    assert!(totals_csv(&community("day-half-absent")).ends_with(",provisional,56\n"));
    let list = index::SAMPLES.iter().find(|(name, _)| *name == "several").unwrap().1();
    let text = index::render(&list, &Locale::english(), &Urls::default());
    for words in [
        "3 intervals are left out",
        "Nothing of today could be shared out yet",
        "used nothing and produced nothing today",
        "10.4\u{a0}kWh produced today, nothing used",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn nothing_used_and_nothing_made_are_readings_too() {
    check("day-of-zero", &["The community used nothing and produced nothing."], &["no readings"]);
}

#[test]
fn an_incomplete_day_is_never_the_best() {
    let mut view = community("week");
    let best = |view: &CommunityView| {
        let text = said(view, "en");
        text.split("id=\"chart-title\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    assert!(best(&view).starts_with("Of the complete days "), "{}", best(&view));
    // The one with the largest share by far lacks an interval.
    let all = Energy { residual_micro_kwh: 0, ..dashboards::sample::energy(90_000_000, 0, 0) };
    (view.series[4].energy, view.series[4].is_whole) = (Some(all), false);
    assert!(!best(&view).contains("100"), "{}", best(&view));
    view.series[4].is_whole = true;
    assert!(best(&view).contains("Friday 3 July") && best(&view).contains("100 %"), "{}", best(&view));
    // One whole day alone is not the best of anything.
    view.series.iter_mut().skip(1).for_each(|slot| slot.is_whole = false);
    assert_eq!(best(&view), "Energy of each day");
    view.series.iter_mut().for_each(|slot| (slot.is_whole, slot.energy) = (true, slot.energy.or(Some(all))));
    assert!(best(&view).starts_with("The best day was "), "{}", best(&view));
}

#[test]
fn a_closed_month_is_closed_and_nothing_is_settled_before_it_is_paid() {
    check(
        "month-settled",
        &[">closed<", "a corrected reading changes the statements"],
        &[">final<", "settled", "final."],
    );
    let french = said(&community("month-settled"), "fr");
    assert!(french.contains(">clos<") && !french.contains("définitif"), "{french}");
    for (name, sample) in SAMPLES {
        for (language, words) in [("en", "settled"), ("fr", "réglé")] {
            assert!(!said(&sample(), language).contains(words), "{name}: nobody knows of a payment");
        }
    }
    check("month-billed", &[">billed<", "This time is billed."], &["still changes these figures"]);
}

#[test]
fn what_was_replaced_by_rule_is_said() {
    check(
        "day-closed-by-rule",
        &[
            ">closed<",
            "In 4 intervals what did not come by its deadline is estimated.",
            "In 3 intervals what did not come by its deadline counts as nothing, as the rule says.",
        ],
        &["stay provisional", "No metering point lacks", "never counted"],
    );
    let mut month = community("month-settled");
    month.billing.as_mut().unwrap().zeroed = 3;
    assert!(!said(&month, "en").contains("All readings of this month are there"));
}

#[test]
fn what_runs_is_so_far() {
    check("day-that-runs", &[">provisional<", "until 12:00"], &["The best day", "closed"]);
    let mut view = community("day-that-runs");
    view.series.iter_mut().for_each(|slot| slot.is_whole = false);
    assert!(said(&view, "en").contains("So far production was highest"));
    // What is held back may have been produced.
    view.series.iter_mut().for_each(|slot| slot.energy = slot.energy.map(|e| Energy { production_micro_kwh: 0, ..e }));
    assert!(!said(&view, "en").contains("has not produced anything"));
}

#[test]
fn a_figure_is_the_same_wherever_it_stands() {
    let view = community("day-10.4");
    let page = said(&view, "en");
    assert!(page.contains("of which 10.4 kWh were shared"), "{page}");
    assert!(page.contains("used 910.4 = 10.4 shared + 900.0 from suppliers"), "{page}");
    assert_eq!(page.matches(">10.4 kWh<").count(), 4, "production, and shared twice in the sums; in the flow\n{page}");
    assert!(page.contains("<td>10.4</td>") && !page.contains("10.400"), "the table\n{page}");
    for (name, sample) in SAMPLES {
        let figures = said(&sample(), "en");
        let (_, lead) = figures.split_once("<p class=\"lead\">").unwrap();
        let lead = lead.split("</p>").next().unwrap();
        let sums = figures.split_once("id=\"sums\"").map(|(_, sums)| sums).unwrap_or_default();
        for figure in lead.split(' ').zip(lead.split(' ').skip(1)).filter(|(_, unit)| unit.starts_with("kWh")) {
            assert!(sums.contains(&format!("<td>{} kWh</td>", figure.0)), "{name}: {} of\n{lead}", figure.0);
        }
    }
}

#[test]
fn amounts_lead_to_what_they_are_made_of() {
    for sample in ["day-with-a-gap", "month-billed", "month-corrected", "day-saving-nothing"] {
        let view = community(sample);
        let page = said(&view, "en");
        let amounts =
            Urls::default().amounts(&view.community_id, view.period, &Locale::english()).replace('&', "&#38;");
        for (before, _) in page.match_indices(" €").map(|(at, _)| page.split_at(at)) {
            let word = before.rsplit(['>', ' ']).next().unwrap();
            if word.bytes().any(|b| b.is_ascii_digit()) {
                let tag = before.rsplit_once('>').unwrap().0.rsplit_once('<').unwrap().1;
                assert!(tag.starts_with("a class=\"amount\"") && tag.contains(&amounts), "{sample}: {word} in <{tag}>");
            }
        }
    }
}

#[test]
fn amounts_add_up_as_printed() {
    let mut view = community("day-of-92-rows");
    let half = |micro| Some(dashboards::figure::Amount { micro, basis: Basis::Tariff });
    (view.money.shared, view.money.surplus, view.money.residual) =
        (half(10_005_000), half(10_005_000), half(10_004_000));
    let page = said(&view, "en");
    assert!(page.contains(">20.02 €<") && page.contains(">20.01 €<"), "{page}");
}

#[test]
fn data_are_complete_until_nothing_where_nothing_is() {
    let mut view = community("day-all-held");
    view.reliance = Reliance { due: 96, held: 96, ..Reliance::default() };
    assert!(said(&view, "en").contains("Data are not complete for any time yet"));
}
