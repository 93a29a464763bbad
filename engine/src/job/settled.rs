//! Days settled from the lake: with what an operator says of them, and with estimates where the rule wants them.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::calendar::utc_days_of;
use crate::calendar::{day_span, local_day};
use crate::error::Result;
use crate::readings::raw::read_results;
use crate::readings::truth::CurrentValue;
use crate::registry::Dated;
use crate::settlement::community::Community;
use crate::settlement::estimate::{Known, estimate, used_by};
use crate::settlement::results::{Figure, Gap, Settled};
use crate::settlement::values;
use crate::table::{Lake, Published, Snapshot};

/// Settles days, and where values are missing that the rule estimates, settles them with the estimates.
///
/// # Errors
/// As [`Community::settle`]; environment, when readings of like days cannot be read.
pub async fn settle(
    community: &Community<'_>,
    raw: &Snapshot,
    days: &[(NaiveDate, bool)],
    values: &[CurrentValue],
    every_interval: bool,
) -> Result<Settled> {
    let figures = figures(community, raw, days).await?;
    let mut settled = community.settle_beside(days, values, (&[], &figures), every_interval)?;
    if !settled.gaps.is_empty() {
        let known = history(community, raw, &settled.gaps).await?;
        let estimates = estimate(&settled.gaps, &known, community.zone(), community.grid_seconds());
        if !estimates.is_empty() {
            settled = community.settle_beside(days, values, (&estimates, &figures), every_interval)?;
        }
    }
    Ok(Settled { figures, ..settled })
}

/// The values around gaps and on their like days.
async fn history(community: &Community<'_>, raw: &Snapshot, gaps: &[Gap]) -> Result<Known> {
    let (mut points, mut days) = (BTreeSet::new(), BTreeSet::new());
    for gap in gaps {
        points.insert(community.points[gap.point as usize].clone());
        days.extend(used_by(local_day(community.zone(), gap.interval_start)));
    }
    let values = values::current(community, raw, &points, &days).await?;
    let values = values.into_iter().filter(CurrentValue::counts);
    Ok(values.map(|v| ((v.point, v.direction, v.interval_start), v.energy_micro_kwh)).collect())
}

/// What an operator says of days of a community, sorted by (start, point, direction, kind). Nothing for days on which
/// its keys decide alone.
async fn figures(community: &Community<'_>, raw: &Snapshot, days: &[(NaiveDate, bool)]) -> Result<Vec<Figure>> {
    let keys = community.registry.allocation_keys.get(community.id).map(Vec::as_slice).unwrap_or_default();
    let decides = |day: &NaiveDate| {
        let span = day_span(community.zone(), *day);
        let mut here = keys.iter().filter(|(_, k)| !k.validity().intersect(span).is_empty());
        here.any(|(_, k)| k.rule.operator_unit_micro_kwh().is_some())
    };
    let days: BTreeSet<NaiveDate> = days.iter().map(|(day, _)| *day).filter(decides).collect();
    if days.is_empty() {
        return Ok(vec![]);
    }
    let points = community.points.iter().cloned().collect();
    let utc_days = utc_days_of(community.zone(), &days);
    let mut all = Vec::new();
    for (kind, read) in read_results(raw, &utc_days, community.id, &points).await? {
        let resolved = values::resolved(community, read, &days).into_iter().filter(CurrentValue::counts);
        all.extend(resolved.map(|value| Figure { kind, value }));
    }
    all.sort_unstable_by_key(|f| (f.value.interval_start, f.key()));
    Ok(all)
}

/// Days of a community, opened with the stocks of that time, settled from what a published set was made from.
///
/// # Errors
/// As [`settle`].
pub(super) async fn settle_again(
    lake: &Lake,
    published: &Published,
    community: &Community<'_>,
    days: &BTreeSet<NaiveDate>,
    every_interval: bool,
) -> Result<Settled> {
    let snapshot = lake.readings_by(published.inputs.readings_raw).await?;
    let points = community.points.iter().cloned().collect();
    let values = values::current(community, &snapshot, &points, days).await?;
    let closed =
        |day: NaiveDate| day_span(community.zone(), day).end + community.deadline() <= published.inputs.deadline;
    let flags: Vec<(NaiveDate, bool)> = days.iter().map(|d| (*d, closed(*d))).collect();
    settle(community, &snapshot, &flags, &values, every_interval).await
}
