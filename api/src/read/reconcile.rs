//! Where an operator's figures differ from ours.

use chrono::NaiveDate;
use engine::Result;
use engine::calendar::{Span, day_start};
use engine::clock::Micros;
use serde::{Serialize, Serializer};

use super::View;
use super::decimal::{self, Kwh};
use super::rows::{Rows, instant};
use crate::problem::{Failure, refused};

/// Why an interval differs, in the order in which it wants attention.
pub const CAUSES: [&str; 3] = ["not_closing", "different_rule", "rounding"];

/// What differs in a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    pub community_id: String,
    /// First local day.
    pub from: NaiveDate,
    /// The local day after the last.
    pub to: NaiveDate,
    /// Intervals by cause, in the order of [`CAUSES`].
    #[serde(rename = "intervals_by_cause", serialize_with = "by_cause")]
    pub intervals: [i64; 3],
    /// Intervals of which nothing can be compared yet.
    #[serde(rename = "waiting_intervals")]
    pub waiting: i64,
    /// Intervals that differ by more than rounding, in their order.
    #[serde(rename = "intervals")]
    pub beyond: Vec<Interval>,
}

fn by_cause<S: Serializer>(intervals: &[i64; 3], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(CAUSES.iter().zip(intervals))
}

/// One interval beyond the tolerance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interval {
    #[serde(serialize_with = "decimal::instant")]
    pub interval_start: Micros,
    pub cause: String,
    /// By how much more consumers got than the key gives; `None` while a figure of either side is missing.
    pub difference_kwh: Option<Kwh>,
    /// What the operator does not say comes first, then the largest differences.
    pub figures: Vec<Figure>,
}

/// One figure of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    pub metering_point_id: String,
    pub direction: String,
    pub operator_kwh: Option<Kwh>,
    pub computed_kwh: Option<Kwh>,
    pub difference_kwh: Option<Kwh>,
    pub tolerance_kwh: Kwh,
    pub exceeds_tolerance: bool,
}

/// The sum of what consumers got more.
fn difference(figures: &[Figure]) -> Option<Kwh> {
    let of_consumers = figures.iter().filter(|f| f.direction == "import");
    of_consumers.map(|f| f.difference_kwh.map(|kwh| kwh.0)).sum::<Option<i128>>().map(Kwh)
}

/// Reads what differs in a time.
///
/// # Errors
/// User, when nobody else's results count then; environment, when files cannot be read.
pub async fn of(view: &View, from: NaiveDate, to: NaiveDate) -> Result<Reconciliation, Failure> {
    let span = Span { start: day_start(view.zone, from), end: day_start(view.zone, to) };
    let community_id = view.community.community_id.clone();
    if !view.operator_decides(span) {
        return Err(refused::operator_decides_nothing(community_id, from, to).into());
    }
    let bounds = [instant("start", span.start), instant("end", span.end)];
    let mut found = Reconciliation { community_id, from, to, ..Reconciliation::default() };
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
            operator_kwh: row.energy_micro_kwh("operator_kwh")?.map(Kwh),
            computed_kwh: row.energy_micro_kwh("computed_kwh")?.map(Kwh),
            difference_kwh: row.energy_micro_kwh("difference_kwh")?.map(Kwh),
            tolerance_kwh: Kwh(row.energy_micro_kwh("tolerance_kwh")?.unwrap_or(0)),
            exceeds_tolerance: row.flag("exceeds_tolerance")?,
        };
        match found.beyond.last_mut().filter(|i| i.interval_start == interval_start) {
            Some(interval) => interval.figures.push(figure),
            None => {
                let (cause, figures) = (row.text("cause")?, vec![figure]);
                found.beyond.push(Interval { interval_start, cause, difference_kwh: None, figures });
            }
        }
    }
    for interval in &mut found.beyond {
        interval.difference_kwh = difference(&interval.figures);
    }
    Ok(found)
}
