//! The same figures as tables: in the page, and as CSV with exact numbers and instants in UTC.

use engine::calendar::rfc3339;
use engine::units::{ENERGY_SCALE, format_decimal};

use super::{CommunityView, Energy, Slot};
use crate::locale::{Words, local};
use crate::page::Period;

/// One row of the page's table: what it is called, its five figures, what is to be said about it.
pub(super) struct Row {
    pub name: String,
    pub figures: Vec<String>,
    pub note: String,
}

/// The rows of the picture. Rows that are yet to come are left out.
pub(super) fn rows(view: &CommunityView, words: &Words) -> Vec<Row> {
    let begun = view.rows().into_iter().filter(|(span, slot)| slot.is_some() || span.start < view.now_us);
    begun
        .map(|(span, slot)| {
            let name = match view.period {
                Period::Day(_) => words.time(view.zone, span.start),
                _ => words.day_of_week(local(view.zone, span.start).date_naive()),
            };
            let figures = match slot.and_then(|s| s.energy) {
                Some(e) => parts(&e).iter().map(|mwh| words.kwh_exact(*mwh)).collect(),
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

fn parts(e: &Energy) -> [i64; 5] {
    [e.production_mwh, e.consumption_mwh, e.shared_mwh, e.residual_mwh, e.surplus_mwh]
}

const FIGURES: [&str; 5] = ["production_kwh", "consumption_kwh", "shared_kwh", "residual_kwh", "surplus_kwh"];

/// The rows of the picture: `start,end,production_kwh,...,status,missing_points,estimated_points`. What is not known is
/// empty.
pub fn series_csv(view: &CommunityView) -> String {
    let mut out = format!("start,end,{},status,missing_points,estimated_points\n", FIGURES.join(","));
    for (span, slot) in view.rows() {
        let Some(slot) = slot else { continue };
        let figures = match slot.energy {
            Some(e) => kwh(&e).join(","),
            None => ",,,,".to_string(),
        };
        let status = match slot {
            Slot { energy: None, .. } => "held",
            Slot { provisional: true, .. } => "provisional",
            _ => "complete",
        };
        let (start, end) = (rfc3339(span.start), rfc3339(span.end));
        out += &format!("{start},{end},{figures},{status},{},{}\n", slot.missing_points, slot.estimated_points);
    }
    out
}

/// The sums of the period, in one row.
pub fn totals_csv(view: &CommunityView) -> String {
    let span = view.period.span(view.zone);
    let status = if view.provisional { "provisional" } else { "final" };
    format!(
        "start,end,{},status\n{},{},{},{status}\n",
        FIGURES.join(","),
        rfc3339(span.start),
        rfc3339(span.end),
        kwh(&view.totals).join(",")
    )
}

fn kwh(e: &Energy) -> Vec<String> {
    parts(e).iter().map(|mwh| format_decimal(i128::from(*mwh), ENERGY_SCALE)).collect()
}
