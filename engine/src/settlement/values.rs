//! The values of a community that count, on its grid.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::community::Community;
use crate::calendar::{day_span, utc_days_of};
use crate::error::Result;
use crate::readings::raw::{RawValues, read_raw};
use crate::readings::truth::{CurrentValue, RawValue, onto_grid, resolve};
use crate::table::Snapshot;

/// What counts now of some of the community's points on local days: received, resolved, on its grid.
///
/// # Errors
/// Environment, when a file cannot be read.
pub(crate) async fn current(
    community: &Community<'_>,
    raw: &Snapshot,
    points: &BTreeSet<String>,
    days: &BTreeSet<NaiveDate>,
) -> Result<Vec<CurrentValue>> {
    let read = read_raw(raw, &utc_days_of(community.zone(), days), points).await?;
    Ok(resolved(community, read, days))
}

/// What counts of values as they were received.
pub(crate) fn resolved(
    community: &Community<'_>,
    mut received: RawValues,
    days: &BTreeSet<NaiveDate>,
) -> Vec<CurrentValue> {
    let current = RawValues { values: resolve(&mut received.values), points: received.points };
    values_of(community, &current, days)
}

/// Current values of the community's points around its days, on its grid, with the community's numbers.
pub(crate) fn values_of(
    community: &Community<'_>,
    current: &RawValues,
    days: &BTreeSet<NaiveDate>,
) -> Vec<CurrentValue> {
    let numbers: Vec<Option<u32>> = current.points.iter().map(|p| community.number(p)).collect();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return vec![] };
    let (start, end) = (day_span(community.zone(), *first).start, day_span(community.zone(), *last).end);
    let mut mine = Vec::new();
    for v in &current.values {
        if let Some(point) = numbers[v.point as usize]
            && v.interval_start >= start
            && v.interval_start < end
        {
            mine.push(RawValue { point, ..*v });
        }
    }
    onto_grid(&mine, community.grid_seconds())
}
