//! The figures of the Austrian market for each point and interval, by their meter codes.
//!
//! | code | of | what |
//! |---|---|---|
//! | `1-1:1.9.0 G.01` | consumer | measured consumption |
//! | `1-1:1.9.0 G.01T` | consumer | the part of it that takes part: G.01 x factor, cut to the millionth of a kWh |
//! | `1-1:2.9.0 G.02` | consumer | offered by the community, not cut to the consumption |
//! | `1-1:2.9.0 G.03` | consumer | covered by the community: what is billed |
//! | `1-1:2.9.0 G.01` | producer | measured production |
//! | `1-1:2.9.0 G.01T` | producer | the part of it that takes part |
//! | `1-1:2.9.0 P.01T` | producer | surplus of that part, to the supplier |
//!
//! Offers are not stored: they are worked out again from the inputs of the published set by the same kernel. Where an
//! operator has sent figures and they stand, they are given back as they came.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::clock::Micros;
use crate::error::Result;
use crate::job::settled::settle_again;
use crate::reading::{Direction, Kind};
use crate::registry::Registry;
use crate::settlement::community::Community;
use crate::settlement::results::Allocation;
use crate::settlement::results::Settled;
use crate::settlement::segment::TakesPart;
use crate::sharing::Sharer;
use crate::table::Lake;
use crate::table::runs::Published;

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MeterFigure {
    pub metering_point_id: String,
    /// With the number of OBIS before it.
    pub meter_code: &'static str,
    pub interval_start: Micros,
    pub energy_micro_kwh: i64,
}

/// The figures of local days of a community from the inputs of a published set, sorted by point, code and interval.
/// `registry` holds master data up to the set's sequence. An interval that is held has measured figures only.
///
/// # Errors
/// Environment, when readings cannot be read; user, for a community that is not there.
pub async fn meter_figures(
    lake: &Lake,
    published: &Published,
    registry: &Registry,
    community: &str,
    days: &BTreeSet<NaiveDate>,
) -> Result<Vec<MeterFigure>> {
    let community = Community::new(registry, community, "")?;
    let first = published.inputs.first_days.get(community.id()).copied();
    let days: BTreeSet<NaiveDate> = days.iter().copied().filter(|d| first.is_some_and(|f| f <= *d)).collect();
    let community = crate::settlement::opening::as_published(lake, published, community, &days).await?;
    let settled = settle_again(lake, published, &community, &days, false).await?;
    let mut all = Vec::new();
    let mut push = |point: u32, meter_code, interval_start, energy_micro_kwh| {
        let metering_point_id = community.points[point as usize].clone();
        all.push(MeterFigure { metering_point_id, meter_code, interval_start, energy_micro_kwh });
    };
    for v in &settled.values {
        let code = if v.direction == Direction::Import { "1-1:1.9.0 G.01" } else { "1-1:2.9.0 G.01" };
        push(v.point, code, v.interval_start, v.energy_micro_kwh);
    }
    for a in &settled.allocations {
        let import = a.direction == Direction::Import;
        let code = if import { "1-1:1.9.0 G.01T" } else { "1-1:2.9.0 G.01T" };
        push(a.point, code, a.interval_start, a.energy_micro_kwh);
        let Some(allocated) = a.allocated_micro_kwh else { continue };
        match import {
            true => push(a.point, "1-1:2.9.0 G.03", a.interval_start, allocated),
            false => {
                let surplus = a.rest_micro_kwh.unwrap_or((a.energy_micro_kwh - allocated).max(0));
                push(a.point, "1-1:2.9.0 P.01T", a.interval_start, surplus);
            }
        }
    }
    for (point, start, offered) in offers(&community, &settled)? {
        push(point, "1-1:2.9.0 G.02", start, offered);
    }
    all.sort_unstable();
    Ok(all)
}

/// What every consuming point was offered in each interval in which anything was shared.
fn offers(community: &Community<'_>, settled: &Settled) -> Result<Vec<(u32, Micros, i64)>> {
    let mut sharer = Sharer::default();
    let (mut offers, mut out) = (Vec::new(), Vec::new());
    let said: BTreeMap<(u32, Micros), i64> = settled
        .figures
        .iter()
        .filter(|f| f.kind == Kind::Offered)
        .map(|f| ((f.value.point, f.value.interval_start), f.value.energy_micro_kwh))
        .collect();
    let adopted: BTreeSet<Micros> =
        settled.comparisons.iter().filter(|c| c.adopted).map(|c| c.interval_start).collect();
    for day in &settled.days {
        let here = |a: &Allocation| a.interval_start;
        let from = settled.allocations.partition_point(|a| here(a) < day.span.start);
        let to = settled.allocations.partition_point(|a| here(a) < day.span.end);
        let segments = community.segments(day.span)?;
        for rows in settled.allocations[from..to].chunk_by(|a, b| here(a) == here(b)) {
            let Some(start) = rows.first().filter(|a| a.allocated_micro_kwh.is_some()).map(here) else { continue };
            let Some(segment) = segments.iter().find(|s| s.span.contains(start)) else { continue };
            let Some((_, rule)) = &segment.key else { continue };
            let energies = [
                energies(rows, &segment.producers, Direction::Export),
                energies(rows, &segment.consumers, Direction::Import),
            ];
            sharer.offer(rule, start, &energies[0], &energies[1], &mut offers)?;
            for (TakesPart { point, .. }, computed) in segment.consumers.iter().zip(&offers) {
                let of_operator = said.get(&(*point, start)).filter(|_| adopted.contains(&start));
                if find(rows, *point, Direction::Import).is_some() {
                    out.push((*point, start, of_operator.copied().unwrap_or(*computed)));
                }
            }
        }
    }
    Ok(out)
}

fn find(rows: &[Allocation], point: u32, direction: Direction) -> Option<&Allocation> {
    rows.binary_search_by_key(&(point, direction), |a| (a.point, a.direction)).ok().map(|at| &rows[at])
}

/// What takes part, in the order of the segment's points.
fn energies(rows: &[Allocation], points: &[TakesPart], direction: Direction) -> Vec<i64> {
    points.iter().map(|p| find(rows, p.point, direction).map_or(0, |a| a.energy_micro_kwh)).collect()
}
