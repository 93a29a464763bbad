//! The answer of the page and the finding of its chart, as sentences.

use engine::calendar::{SECOND, Span};

use super::view::CommunityView;
use crate::figure::{Energy, Period, Share, Slot};
use crate::locale::{Words, local};

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

/// End of the last row that has figures; of a day that runs on, at most the present.
fn last_end(view: &CommunityView) -> Option<i64> {
    let last = view.series.iter().rfind(|slot| slot.energy.is_some())?;
    Some(match view.period {
        Period::Day(_) => last.start_us + i64::from(view.slot_seconds) * SECOND,
        _ => view.complete_until_us.map_or(view.now_us, |until| until.min(view.now_us)),
    })
}

/// The first line: the answer with its number.
pub(super) fn headline(view: &CommunityView, words: &Words) -> String {
    let energy = &view.totals;
    match (energy.consumption_micro_kwh, energy.production_micro_kwh, energy.shared_micro_kwh) {
        (0, 0, _) => words.t("headline-nothing"),
        (0, made, _) => words.ta("headline-production-only", [("energy", words.kwh(made).into())]),
        (_, _, 0) => words.t("headline-suppliers"),
        (used, _, shared) => words.ta("headline-share", [("share", words.share(shared, used).into())]),
    }
}

/// What follows it.
pub(super) fn lead(view: &CommunityView, words: &Words) -> Vec<String> {
    let energy = &view.totals;
    if energy.consumption_micro_kwh == 0 && energy.production_micro_kwh == 0 {
        return vec![words.t("lead-nothing")];
    }
    let mut lines = Vec::new();
    if energy.consumption_micro_kwh > 0 {
        let (used, shared) = (words.kwh(energy.consumption_micro_kwh), words.kwh(energy.shared_micro_kwh));
        lines.push(words.ta("lead-used", [("used", used.into()), ("shared", shared.into())]));
        lines.push(words.ta("lead-produced", [("produced", words.kwh(energy.production_micro_kwh).into())]));
    }
    if let Some(saved) = view.money.saved.filter(|_| energy.shared_micro_kwh > 0) {
        let (key, micro) = if saved.micro < 0 { ("lead-cost", -saved.micro) } else { ("lead-saved", saved.micro) };
        lines.push(words.ta(key, [("amount", words.money(micro, &view.currency).into())]));
    }
    lines
}

/// The finding of the chart.
pub(super) fn chart_title(view: &CommunityView, words: &Words) -> String {
    let rows: Vec<(Span, Energy)> = view
        .curve()
        .rows()
        .into_iter()
        .filter_map(|(span, slot)| Some((span, slot.and_then(|s: &Slot| s.energy)?)))
        .collect();
    if rows.is_empty() {
        return words.t("chart-title-empty");
    }
    if rows.iter().all(|(_, e)| e.production_micro_kwh == 0) {
        return words.t("chart-title-none");
    }
    match view.period {
        Period::Day(_) => longest_half(&rows).map_or_else(
            || peak(view, &rows, words),
            |Span { start, end }| {
                let time = |at| words.time(view.zone, at);
                words.ta("chart-title-most", [("from", time(start).into()), ("to", time(end).into())])
            },
        ),
        Period::Week(_) | Period::Month(_) => best_day(view, &rows, words),
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

fn peak(view: &CommunityView, rows: &[(Span, Energy)], words: &Words) -> String {
    // Of equal rows the first.
    let highest = rows.iter().fold(None::<&(Span, Energy)>, |best, row| match best {
        Some(best) if best.1.production_micro_kwh >= row.1.production_micro_kwh => Some(best),
        _ => Some(row),
    });
    let Some((span, energy)) = highest else { return words.t("chart-title-empty") };
    let hours = i128::from(span.end - span.start);
    let power =
        engine::units::div_half_up(i128::from(energy.production_micro_kwh) * 3600 * i128::from(SECOND), hours.max(1));
    let power = words.unit("unit-kw", words.decimal(engine::units::round_half_up(power, 6, 1), 1));
    let time = words.time(view.zone, span.start);
    words.ta("chart-title-peak", [("time", time.into()), ("power", power.into())])
}

fn best_day(view: &CommunityView, rows: &[(Span, Energy)], words: &Words) -> String {
    let used = rows.iter().filter(|(_, e)| e.consumption_micro_kwh > 0);
    let best = used.fold(None::<&(Span, Energy)>, |best, row| match best {
        Some(b) if share(&b.1).is_at_least(share(&row.1)) => Some(b),
        _ => Some(row),
    });
    let Some((span, e)) = best else { return words.t("chart-title-none") };
    let day = words.day_of_week(local(view.zone, span.start).date_naive());
    words.ta("chart-title-best", [("day", day.into()), ("share", share(e).percent(words).into())])
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
