//! Where an operator's figures differ from ours.

use engine::Result;
use engine::calendar::Span;
use engine::clock::Micros;

use super::View;
use super::rows::{Rows, instant};

/// Why an interval differs, in the order in which it wants attention.
pub const CAUSES: [&str; 3] = ["not_closing", "different_rule", "rounding"];

/// What differs in a time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// Intervals by cause, in the order of [`CAUSES`].
    pub intervals: [i64; 3],
    /// Intervals of which nothing can be compared yet.
    pub waiting: i64,
    /// Intervals that differ by more than rounding, in their order.
    pub beyond: Vec<Interval>,
}

/// One interval beyond the tolerance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    pub interval_start: Micros,
    pub cause: String,
    /// What the operator does not say comes first, then the largest differences.
    pub figures: Vec<Figure>,
}

/// One figure of it, in micro-kWh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    pub metering_point_id: String,
    pub direction: String,
    pub operator_micro_kwh: Option<i128>,
    pub computed_micro_kwh: Option<i128>,
    pub difference_micro_kwh: Option<i128>,
    pub tolerance_micro_kwh: i128,
    pub exceeds_tolerance: bool,
}

impl Interval {
    /// By how much more consumers got than the key gives; `None` while a figure of either side is missing.
    pub fn difference_micro_kwh(&self) -> Option<i128> {
        self.figures.iter().filter(|f| f.direction == "import").map(|f| f.difference_micro_kwh).sum()
    }
}

/// Reads what differs in a time.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn of(view: &View, span: Span) -> Result<Reconciliation> {
    let bounds = [instant("start", span.start), instant("end", span.end)];
    let mut found = Reconciliation::default();
    for row in Rows::of(&view.session, queries::report::RECONCILE_CAUSES, &bounds).await?.iter() {
        let cause = row.text("cause")?;
        for (count, _) in found.intervals.iter_mut().zip(CAUSES).filter(|(_, name)| *name == cause) {
            *count = row.int("interval_count")?;
        }
    }
    found.waiting =
        Rows::of(&view.session, queries::report::RECONCILE_WAITING, &bounds).await?.only()?.int("interval_count")?;
    for row in Rows::of(&view.session, queries::report::RECONCILE_FIGURES, &bounds).await?.iter() {
        let interval_start = row.time("interval_start")?.unwrap_or_default();
        let figure = Figure {
            metering_point_id: row.text("metering_point_id")?,
            direction: row.text("direction")?,
            operator_micro_kwh: row.energy_micro_kwh("operator_kwh")?,
            computed_micro_kwh: row.energy_micro_kwh("computed_kwh")?,
            difference_micro_kwh: row.energy_micro_kwh("difference_kwh")?,
            tolerance_micro_kwh: row.energy_micro_kwh("tolerance_kwh")?.unwrap_or(0),
            exceeds_tolerance: row.flag("exceeds_tolerance")?,
        };
        match found.beyond.last_mut().filter(|i| i.interval_start == interval_start) {
            Some(interval) => interval.figures.push(figure),
            None => found.beyond.push(Interval { interval_start, cause: row.text("cause")?, figures: vec![figure] }),
        }
    }
    Ok(found)
}
