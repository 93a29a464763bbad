//! The rows of the load chart as a table of exact figures.

use engine::calendar::Span;

use crate::figure::{Curve, Period, Slot};
use crate::locale::{Words, local};

/// One row of the page's table: what it is called, where it opens, its five figures, what is to be said about it.
pub(crate) struct Row {
    pub name: String,
    /// Address of its page, when it has one.
    pub url: Option<String>,
    pub figures: Vec<String>,
    pub note: String,
}

/// The rows of the picture; `url` gives the address of a day. Rows that are yet to come are left out.
pub(crate) fn rows(curve: &Curve, words: &Words, url: &dyn Fn(Period) -> String) -> Vec<Row> {
    let begun = curve.rows().into_iter().filter(|(span, slot)| slot.is_some() || span.start < curve.now_us);
    let mut rows: Vec<Row> = begun
        .map(|(span, slot)| {
            let day = local(curve.zone, span.start).date_naive();
            let (name, url) = match curve.period {
                Period::Day(_) => (words.time(curve.zone, span.start), None),
                _ => (words.day_of_week(day), Some(url(Period::Day(day)))),
            };
            let figures = match slot.and_then(|s| s.energy) {
                Some(e) => e.parts().iter().map(|micro_kwh| words.kwh_exact(*micro_kwh)).collect(),
                None => vec!["–".to_string(); 5],
            };
            Row { name, url, figures, note: note(curve, span, slot, words) }
        })
        .collect();
    align(&mut rows, words);
    rows
}

/// Figures of a column end where the longest of them ends: points stand below each other, and no digit is added.
fn align(rows: &mut [Row], words: &Words) {
    let point = words.decimal(1, 1).chars().find(|c| !c.is_numeric()).unwrap_or('.');
    let digits = |text: &str| text.rsplit_once(point).map(|(_, part)| part.chars().count());
    let longest = rows.iter().flat_map(|r| &r.figures).filter_map(|f| digits(f)).max().unwrap_or(0);
    for figure in rows.iter_mut().flat_map(|r| &mut r.figures) {
        if let Some(n) = digits(figure) {
            // As wide as a digit.
            figure.push_str(&"\u{2007}".repeat(longest.saturating_sub(n)));
        }
    }
}

fn note(curve: &Curve, span: Span, slot: Option<&Slot>, words: &Words) -> String {
    let counted = |key: &str, n: u32| words.ta(key, [("count", n.into()), ("n", words.count(n.into()).into())]);
    let mut notes = Vec::new();
    match slot {
        None if curve.first_us.is_some_and(|first| span.end <= first) => notes.push(words.t("table-before")),
        None if curve.is_due(span) => notes.push(words.t("table-nothing")),
        None => notes.push(words.t("table-not-yet")),
        Some(s) if s.missing_points > 0 => notes.push(counted("table-missing", s.missing_points)),
        Some(s) if s.energy.is_none() => notes.push(words.t("table-held")),
        Some(s) if s.provisional => notes.push(words.t("status-provisional")),
        Some(_) => {}
    }
    if let Some(n) = slot.map(|s| s.left_out).filter(|n| *n > 0) {
        notes.push(counted("table-left-out", n));
    }
    if slot.is_some_and(|s| s.estimated_points > 0) {
        notes.push(words.t("table-estimated"));
    }
    notes.join(", ")
}
