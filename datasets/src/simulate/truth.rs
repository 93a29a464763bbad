//! What must stand after all messages, whatever their order of arrival between kills.

use std::sync::Arc;

use super::plan::{self, Content, Sending};
use super::scene::Simulation;
use crate::wire::INTERVAL_SECONDS;

/// The value that counts for one interval of one point in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// Its point.
    pub metering_point_id: Arc<str>,
    /// `import` or `export`.
    pub direction: &'static str,
    /// Start, in microseconds since 1970 UTC.
    pub interval_start: i64,
    /// Length.
    pub interval_seconds: u32,
    /// Energy in Wh; 1 Wh is 1000 micro-kWh, 0.001 kWh.
    pub energy_wh: u64,
    /// The revision that brought the value.
    pub revision: i64,
}

pub(super) fn of_quarter(simulation: &Simulation, quarter: u32) -> Vec<Truth> {
    let mut truths = Vec::with_capacity(simulation.points.len());
    plan::of_quarter(simulation, quarter, |_, point, flow, sendings| {
        let (watt_hours, revision) = current(sendings);
        truths.push(Truth {
            metering_point_id: Arc::clone(&point.metering_point_id),
            direction: flow.as_str(),
            interval_start: simulation.start(quarter),
            interval_seconds: INTERVAL_SECONDS,
            energy_wh: u64::from(watt_hours),
            revision,
        });
    });
    truths
}

/// The last value by (revision, time of the message, place in the stream); one equal to the value before it changes
/// nothing, not even the revision.
fn current(sendings: &[Sending]) -> (u32, i64) {
    let values = sendings.iter().filter_map(|s| match s.content {
        Content::Value { watt_hours, revision, .. } => Some((revision, s.at_micros, watt_hours)),
        Content::Broken { .. } => None,
    });
    let mut values: Vec<(i64, i64, u32)> = values.collect();
    // Stable: at the same instant the order of the plan stays, which is that of the stream.
    values.sort_by_key(|(revision, at_micros, _)| (*revision, *at_micros));
    let later =
        |current: (u32, i64), next: &(i64, i64, u32)| if next.2 == current.0 { current } else { (next.2, next.0) };
    let first = values.first().map_or((0, 0), |first| (first.2, first.0));
    values.iter().fold(first, later)
}
