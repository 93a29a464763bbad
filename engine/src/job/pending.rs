//! Which windows a cycle has to compute: found from the logs of the inputs alone.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimestampMicrosecondType};
use chrono::NaiveDate;

use super::windows::{FirstDays, LookedAt, Received, Windows, last_silent};
use crate::calendar::{Span, day_span, local_day, local_days_of_utc_day, month_of, month_span, zone};
use crate::clock::Micros;
use crate::error::Result;
use crate::registry::{Dated, PUBLIC, Participation, Registry, Row, SequencedRow};
use crate::settlement::community::Community;
use crate::settlement::community::has_storages;
use crate::table::Snapshot;
use crate::table::scan::LakeTable;

/// Points and UTC days that new files hold; a UTC day lies in at most two local days. Readings are everybody's, results
/// of an operator those of one community.
const TOUCHED: &str = "SELECT metering_point_id, MIN(interval_start) AS first, MAX(interval_start) AS last, \
    community_id FROM readings_raw GROUP BY metering_point_id, utc_day, community_id";

/// Windows of readings that versions after `after` brought.
///
/// # Errors
/// Environment, when the log or a file cannot be read.
pub async fn of_readings(raw: &Snapshot, after: i64, registry: &Registry, windows: &mut Windows) -> Result<()> {
    let files = raw.files_added_after(after).await?;
    if files.is_empty() {
        return Ok(());
    }
    let session = crate::session::plain();
    LakeTable::over(raw, files)?.register(&session)?;
    let touched = session.sql(TOUCHED).await?.collect().await?;
    let mut by_point = BTreeMap::<String, Vec<(Span, Option<String>)>>::new();
    for batch in &touched {
        let points = cast(batch.column(0), &DataType::Utf8)?;
        let first = batch.column(1).as_primitive::<TimestampMicrosecondType>().values();
        let last = batch.column(2).as_primitive::<TimestampMicrosecondType>().values();
        let communities = cast(batch.column(3), &DataType::Utf8)?;
        let rows = points.as_string::<i32>().iter().zip(first).zip(last).zip(communities.as_string::<i32>());
        for (((point, start), last), community) in rows {
            let span = Span { start: *start, end: *last + 1 };
            let of_point = by_point.entry(point.unwrap_or_default().to_string()).or_default();
            of_point.push((span, community.map(str::to_string)));
        }
    }
    for (id, participations) in &registry.participations {
        let Some(community) = registry.communities.get(id) else { continue };
        let zone = zone(&community.timezone)?;
        for p in participations {
            for (touched, community) in by_point.get(&p.metering_point_id).into_iter().flatten() {
                if community.as_ref().is_some_and(|only| only != id) {
                    continue;
                }
                let span = touched.intersect(p.validity());
                if !span.is_empty() {
                    let days = windows.entry(id.clone()).or_default();
                    days.extend([local_day(zone, span.start), local_day(zone, span.end - 1)]);
                }
            }
        }
    }
    Ok(())
}

/// Windows in which master data now say something else than they did: days of silence too, of which fees are owed.
///
/// # Errors
/// User, when a community's zone is unknown.
pub fn of_master_data(
    old: &Registry,
    new: &Registry,
    changed: &[SequencedRow],
    looked_at: LookedAt<'_>,
    windows: &mut Windows,
) -> Result<()> {
    for id in communities_of(new, changed) {
        let Ok(after) = Community::new(new, &id, "") else { continue };
        let before = Community::new(old, &id, "").ok();
        let Some(community) = old.communities.get(&id).or_else(|| new.communities.get(&id)) else { continue };
        for day in looked_at.days(&id, community)? {
            let span = day_span(after.zone(), day);
            let was = before.as_ref().map(|c| c.master_digest(span)).transpose()?;
            if was.as_ref() != Some(&after.master_digest(span)?) {
                windows.entry(id.clone()).or_default().insert(day);
            }
        }
    }
    of_bills(new, changed, looked_at, windows)
}

/// A bill opens its month: the last day of it that was looked at, and with it all that is made from whole months.
fn of_bills(
    registry: &Registry,
    changed: &[SequencedRow],
    looked_at: LookedAt<'_>,
    windows: &mut Windows,
) -> Result<()> {
    for SequencedRow { row, .. } in changed {
        let Row::Billings(bill) = row else { continue };
        let Some(community) = registry.communities.get(&bill.community_id) else { continue };
        let days = looked_at.days(&bill.community_id, community)?;
        if let Some(day) = days.into_iter().filter(|d| month_of(*d) == bill.month).max() {
            windows.entry(bill.community_id.clone()).or_default().insert(day);
        }
    }
    Ok(())
}

/// The communities to which a change may mean anything.
fn communities_of(registry: &Registry, changed: &[SequencedRow]) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for SequencedRow { row, .. } in changed {
        match row {
            // What a bill opens is in `of_bills`: nothing of a day depends on it. Rates and limits of a country are
            // written into a community's own rows when its file is applied.
            Row::Billings(_) | Row::Regimes(_) => {}
            Row::MeteringPoints(p) => {
                let takes_part =
                    |ps: &Vec<Participation>| ps.iter().any(|q| q.metering_point_id == p.metering_point_id);
                ids.extend(registry.participations.iter().filter(|(_, ps)| takes_part(ps)).map(|(c, _)| c.clone()));
            }
            row => match row.community() {
                Some(id) if id != PUBLIC => drop(ids.insert(id.to_owned())),
                // What belongs to nobody may be everybody's.
                _ => ids.extend(registry.communities.keys().cloned()),
            },
        }
    }
    ids
}

/// Windows whose deadline passed after `since` and not after `now`, and those that an earlier first value (`first_days`
/// against `known`) made days of silence within the data. What was received long ago is not followed by years of
/// silence: the month after the last value is the last one. Nor is silence a gap after everybody has left.
///
/// # Errors
/// User, when a community's zone is unknown.
pub fn of_deadlines(
    registry: &Registry,
    since: Option<Micros>,
    now: Micros,
    (known, first_days): (&FirstDays, &FirstDays),
    received: Received,
    windows: &mut Windows,
) -> Result<()> {
    for (id, first) in first_days {
        let Some(community) = registry.communities.get(id) else { continue };
        let zone = zone(&community.timezone)?;
        let [heard, heard_before] =
            [received.last, received.last_before].map(|day| day.and_then(|d| last_silent(zone, d)));
        let last = local_day(zone, now - community.deadline()).min(heard.unwrap_or(NaiveDate::MAX));
        let known_from = known.get(id).copied();
        // Its month counted from then on.
        if let Some(from) = known_from.filter(|from| first < from) {
            windows.entry(id.clone()).or_default().insert(from);
        }
        // Days before `since` were looked at already, from the first day that was known then.
        let start = match (known_from, since) {
            (Some(from), Some(since)) if from <= *first => {
                let looked_at = local_day(zone, since - community.deadline()).pred_opt().unwrap_or(*first);
                looked_at.min(heard_before.unwrap_or(*first)).max(*first)
            }
            _ => *first,
        };
        for day in start.iter_days().take_while(|d| *d <= last) {
            let passed = day_span(zone, day).end + community.deadline();
            let was_too_late = heard_before.is_some_and(|heard| heard < day);
            let is_new =
                since.is_none_or(|since| since < passed) || known_from.is_none_or(|from| day < from) || was_too_late;
            if is_new && passed <= now && registry.is_anybody_in(id, month_span(zone, month_of(day))) {
                windows.entry(id.clone()).or_default().insert(day);
            }
        }
    }
    Ok(())
}

/// Adds to the windows of communities with storages all days after their first one: what a storage holds goes from day
/// to day, so a changed day may change every later one. `utc_days` are the days of which there is anything.
///
/// # Errors
/// User, when a community's zone is unknown.
pub fn add_later_days(registry: &Registry, utc_days: &BTreeSet<i32>, now: Micros, windows: &mut Windows) -> Result<()> {
    for (id, days) in windows {
        let Some(community) = registry.communities.get(id).filter(|_| has_storages(registry, id)) else { continue };
        let zone = zone(&community.timezone)?;
        let received = utc_days.last().and_then(|d| local_days_of_utc_day(zone, *d).last());
        let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else { continue };
        let last = last.max(local_day(zone, now)).max(received.unwrap_or(last));
        days.extend(first.iter_days().take_while(|d| *d <= last));
    }
    Ok(())
}
