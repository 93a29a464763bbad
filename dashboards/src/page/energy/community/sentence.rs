//! The answer of the page and the finding of its chart, as sentences.

use engine::calendar::{SECOND, Span};

use super::view::CommunityView;
use crate::figure::{Energy, Period, Share, Slot};
use crate::locale::{Words, local};
use crate::part::sentence::Sentence;

/// What the period is called.
pub(super) fn period(view: &CommunityView, words: &Words) -> String {
    match view.period {
        Period::Day(day) if view.is_current() => words.ta("when-today", [("day", words.long_day(day).into())]),
        Period::Day(day) => words.long_day(day),
        Period::Week(_) => words.ta("when-week", [("week", view.period.name(words).into())]),
        Period::Month(first) => capital(&words.month(first)),
    }
}

/// The same, and up to when there are figures.
pub(super) fn when(view: &CommunityView, words: &Words) -> String {
    let when = period(view, words);
    match last_end(view).filter(|end| view.is_current() && *end < view.period.span(view.zone).end) {
        Some(end) if matches!(view.period, Period::Day(_)) => {
            words.ta("when-until", [("when", when.into()), ("until", words.time(view.zone, end).into())])
        }
        Some(end) => words.ta("when-until", [("when", when.into()), ("until", words.instant(view.zone, end).into())]),
        None => when,
    }
}

/// End of the last interval that has figures.
fn last_end(view: &CommunityView) -> Option<i64> {
    let last = view.series.iter().rfind(|slot| slot.energy.is_some())?;
    match view.period {
        Period::Day(_) => Some(last.start_us + i64::from(view.slot_seconds) * SECOND),
        _ => view.last_us,
    }
}

/// The first line: the answer with its number.
pub(super) fn headline(view: &CommunityView, words: &Words) -> String {
    if !view.reliance.has_sums() {
        return words.t(nothing(view).0);
    }
    let (energy, shown) = (&view.totals, view.shown());
    match (energy.consumption_micro_kwh, energy.production_micro_kwh, energy.shared_micro_kwh) {
        (0, 0, _) => words.t("headline-zero"),
        (0, _, _) => words.ta("headline-production-only", [("energy", shown.kwh(words, shown.production).into())]),
        (_, _, 0) => words.t("headline-suppliers"),
        (used, _, shared) => words.ta("headline-share", [("share", words.share(shared, used).into())]),
    }
}

/// Of a time without sums: what is to be said, and what follows it.
fn nothing(view: &CommunityView) -> (&'static str, Option<&'static str>) {
    let span = view.period.span(view.zone);
    match view.first_us {
        _ if view.reliance.held > 0 => ("headline-held", None),
        _ if span.start > view.now_us => ("headline-future", None),
        _ if span.end > view.now_us => ("headline-nothing", Some("lead-nothing")),
        Some(first) if span.end <= first => ("headline-nothing-then", Some("lead-before")),
        _ => ("headline-nothing-then", Some("lead-nothing-then")),
    }
}

/// What follows it. `amounts` is the address of what amounts are made of.
pub(super) fn lead(view: &CommunityView, words: &Words, amounts: &str) -> Vec<Sentence> {
    let left_out = view.reliance.left_out_sentences(words).into_iter().map(Sentence::plain);
    if !view.reliance.has_sums() {
        let first = view.first_us.map(|at| words.long_day(local(view.zone, at).date_naive())).unwrap_or_default();
        let follows = nothing(view).1.map(|key| Sentence::plain(words.ta(key, [("day", first.into())])));
        // That nothing came is said already.
        return follows.into_iter().chain(left_out.filter(|_| view.reliance.held > 0)).collect();
    }
    used(view, words).map(Sentence::plain).chain(worth(view, words, amounts)).chain(left_out).collect()
}

/// What was used and what was made.
fn used(view: &CommunityView, words: &Words) -> impl Iterator<Item = String> {
    let (energy, shown) = (&view.totals, view.shown());
    let kwh = |figure| shown.kwh(words, figure).into();
    let used = match (energy.consumption_micro_kwh, energy.shared_micro_kwh) {
        (0, _) => None,
        (_, 0) => Some(words.ta("lead-used-alone", [("used", kwh(shown.consumption))])),
        _ => Some(words.ta("lead-used", [("used", kwh(shown.consumption)), ("shared", kwh(shown.shared))])),
    };
    let made = used.as_ref().map(|_| match energy.production_micro_kwh {
        0 => words.t("lead-produced-nothing"),
        _ => words.ta("lead-produced", [("produced", kwh(shown.production))]),
    });
    used.into_iter().chain(made)
}

/// What sharing was worth.
fn worth(view: &CommunityView, words: &Words, amounts: &str) -> Option<Sentence> {
    let saved = view.money.saved.filter(|_| view.totals.shared_micro_kwh > 0)?;
    let key = if saved.micro < 0 { "lead-cost" } else { "lead-saved" };
    let amount = words.money(saved.micro.abs(), &view.currency);
    let sentence = words.ta(key, [("amount", amount.clone().into())]);
    Some(Sentence::linking(sentence, &amount, amounts))
}

/// The finding of the chart.
pub(super) fn chart_title(view: &CommunityView, words: &Words) -> String {
    let rows: Vec<(Span, Slot)> =
        view.curve().rows().into_iter().filter_map(|(span, slot)| Some((span, *slot?))).collect();
    let known = || rows.iter().filter_map(|(span, slot)| Some((*span, slot.energy?)));
    let is_complete = view.reliance.left_out() == 0 && !view.reliance.runs;
    if known().all(|(_, e)| e.production_micro_kwh == 0) {
        // What is held back may have been produced.
        let key = if is_complete { "chart-title-none" } else { plain(view.period) };
        return words.t(key);
    }
    match view.period {
        Period::Day(_) => {
            // An interval that lacks consumption says nothing about shares; its production is all there.
            let whole = rows.iter().filter(|(_, slot)| slot.is_whole);
            let whole: Vec<(Span, Energy)> = whole.filter_map(|(span, slot)| Some((*span, slot.energy?))).collect();
            longest_half(&whole).map_or_else(
                || peak(view, &known().collect::<Vec<_>>(), is_complete, words),
                |Span { start, end }| {
                    let time = |at| words.time(view.zone, at);
                    words.ta("chart-title-most", [("from", time(start).into()), ("to", time(end).into())])
                },
            )
        }
        Period::Week(_) | Period::Month(_) => best_day(view, &rows, words),
    }
}

/// What a chart shows, where nothing is to be found in it.
fn plain(period: Period) -> &'static str {
    match period {
        Period::Day(_) => "chart-title-day",
        Period::Week(_) | Period::Month(_) => "chart-title-days",
    }
}

/// The longest time, of an hour at least, in which the community covered at least half of what it used.
fn longest_half(rows: &[(Span, Energy)]) -> Option<Span> {
    let mut longest: Option<Span> = None;
    let mut run: Option<Span> = None;
    for (span, e) in rows {
        let half = e.consumption_micro_kwh > 0 && e.shared_micro_kwh * 2 >= e.consumption_micro_kwh;
        run = match (half, run) {
            (false, _) => None,
            (true, Some(run)) if run.end == span.start => Some(Span { start: run.start, end: span.end }),
            (true, _) => Some(*span),
        };
        let length = |s: Span| s.end - s.start;
        if let Some(run) = run.filter(|run| longest.is_none_or(|l| length(*run) > length(l))) {
            longest = Some(run);
        }
    }
    longest.filter(|l| l.end - l.start >= 3600 * SECOND)
}

fn peak(view: &CommunityView, rows: &[(Span, Energy)], is_complete: bool, words: &Words) -> String {
    // Of equal rows the first.
    let highest = rows.iter().fold(None::<&(Span, Energy)>, |best, row| match best {
        Some(best) if best.1.production_micro_kwh >= row.1.production_micro_kwh => Some(best),
        _ => Some(row),
    });
    let Some((span, energy)) = highest else { return words.t(plain(view.period)) };
    let hours = i128::from(span.end - span.start);
    let power =
        engine::units::div_half_up(i128::from(energy.production_micro_kwh) * 3600 * i128::from(SECOND), hours.max(1));
    let power = words.unit("unit-kw", words.decimal(engine::units::round_half_up(power, 6, 1), 1));
    let time = words.time(view.zone, span.start);
    let key = if is_complete { "chart-title-peak" } else { "chart-title-peak-so-far" };
    words.ta(key, [("time", time.into()), ("power", power.into())])
}

/// Of the days that are whole the one with the largest share; one alone is not the best.
fn best_day(view: &CommunityView, rows: &[(Span, Slot)], words: &Words) -> String {
    let whole = rows.iter().filter(|(_, slot)| slot.is_whole);
    let whole: Vec<(Span, Energy)> = whole.filter_map(|(span, slot)| Some((*span, slot.energy?))).collect();
    let used = whole.iter().filter(|(_, e)| e.consumption_micro_kwh > 0 && e.shared_micro_kwh > 0);
    let best = used.fold(None::<&(Span, Energy)>, |best, row| match best {
        Some(b) if share(&b.1).is_at_least(share(&row.1)) => Some(b),
        _ => Some(row),
    });
    let Some((span, e)) = best.filter(|_| whole.len() > 1) else { return words.t(plain(view.period)) };
    let day = words.day_of_week(local(view.zone, span.start).date_naive());
    let is_all = whole.len() == view.period.days().len();
    let key = if is_all { "chart-title-best" } else { "chart-title-best-of-whole" };
    words.ta(key, [("day", day.into()), ("share", share(e).percent(words).into())])
}

fn share(e: &Energy) -> Share {
    Share { part: e.shared_micro_kwh, whole: e.consumption_micro_kwh }
}

/// Names of months are lower case in some languages; at the head of a page they are not.
fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(quarter: i64, shared: i64, residual: i64) -> (Span, Energy) {
        let energy = Energy {
            production_micro_kwh: shared,
            consumption_micro_kwh: shared + residual,
            shared_micro_kwh: shared,
            residual_micro_kwh: residual,
            surplus_micro_kwh: 0,
        };
        (Span { start: quarter * 900 * SECOND, end: (quarter + 1) * 900 * SECOND }, energy)
    }

    #[test]
    fn the_longest_half_is_found_and_gaps_end_it() {
        let rows = [row(0, 1, 1), row(1, 1, 2), row(2, 5, 5), row(3, 5, 0), row(4, 5, 0), row(5, 5, 1), row(7, 9, 0)];
        assert_eq!(longest_half(&rows), Some(Span { start: 1800 * SECOND, end: 5400 * SECOND }));
        assert_eq!(longest_half(&rows[..3]), None);
    }
}
