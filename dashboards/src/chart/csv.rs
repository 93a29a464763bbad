//! What pictures show as CSV: exact numbers, instants in UTC.

use engine::calendar::{Span, rfc3339};
use engine::units::{ENERGY_SCALE, format_decimal};

use crate::figure::{Curve, Energy, Reliance, Slot};

const FIGURES: [&str; 5] = ["production_kwh", "consumption_kwh", "shared_kwh", "residual_kwh", "surplus_kwh"];

/// The rows of the load chart: `start,end,production_kwh,...,status,missing_points,estimated_points`. What is not known
/// is empty.
pub(crate) fn series(curve: &Curve) -> String {
    let mut out = format!("start,end,{},status,missing_points,estimated_points\n", FIGURES.join(","));
    for (span, slot) in curve.rows() {
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

/// The sums of the flow, in one row, and how many intervals are not in them.
pub(crate) fn totals(energy: &Energy, span: Span, reliance: &Reliance) -> String {
    let status = match (reliance.is_empty(), reliance.is_open()) {
        (true, _) => "empty",
        (false, true) => "provisional",
        (false, false) => "final",
    };
    // What nobody has measured is not zero.
    let sums = if reliance.has_sums() { kwh(energy).join(",") } else { ",,,,".to_string() };
    let (from, to, figures, left_out) =
        (rfc3339(span.start), rfc3339(span.end), FIGURES.join(","), reliance.left_out());
    format!("start,end,{figures},status,intervals_left_out\n{from},{to},{sums},{status},{left_out}\n")
}

fn kwh(e: &Energy) -> Vec<String> {
    e.parts().iter().map(|micro_kwh| format_decimal(i128::from(*micro_kwh), ENERGY_SCALE)).collect()
}
