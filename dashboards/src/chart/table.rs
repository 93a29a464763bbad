//! The rows of the load chart as a table of exact figures.

use crate::figure::{Curve, Period, Slot};
use crate::locale::{Words, local};

/// One row of the page's table: what it is called, its five figures, what is to be said about it.
pub(crate) struct Row {
    pub name: String,
    pub figures: Vec<String>,
    pub note: String,
}

/// The rows of the picture. Rows that are yet to come are left out.
pub(crate) fn rows(curve: &Curve, words: &Words) -> Vec<Row> {
    let begun = curve.rows().into_iter().filter(|(span, slot)| slot.is_some() || span.start < curve.now_us);
    begun
        .map(|(span, slot)| {
            let name = match curve.period {
                Period::Day(_) => words.time(curve.zone, span.start),
                _ => words.day_of_week(local(curve.zone, span.start).date_naive()),
            };
            let figures = match slot.and_then(|s| s.energy) {
                Some(e) => e.parts().iter().map(|micro_kwh| words.kwh_exact(*micro_kwh)).collect(),
                None => vec!["–".to_string(); 5],
            };
            Row { name, figures, note: note(slot, words) }
        })
        .collect()
}

fn note(slot: Option<&Slot>, words: &Words) -> String {
    let missing = |n: u32| words.ta("table-missing", [("count", n.into()), ("n", words.count(n.into()).into())]);
    let mut notes = Vec::new();
    match slot {
        None => notes.push(missing(0)),
        Some(s) if s.missing_points > 0 || s.energy.is_none() => notes.push(missing(s.missing_points)),
        Some(s) if s.provisional => notes.push(words.t("status-provisional")),
        Some(_) => {}
    }
    if slot.is_some_and(|s| s.estimated_points > 0) {
        notes.push(words.t("table-estimated"));
    }
    notes.join(", ")
}
