//! Results that a network operator has computed: read as they came, put in the place of our own shares where the key of
//! the time says so, and compared with them.
//!
//! Figures stand when they close: when every consuming point of the community has its share, when no figure contradicts a
//! reading, and when what consumers got is what plants gave, but for the operator's rounding. Until then the interval is
//! provisional and shows what the key gives. Nothing that the operator has not said counts as zero, but where the key
//! says so (`missing_consumption = "zero"`) and the operator has named other shares of the interval.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::cycle::values_of;
use super::segments::Segment;
use super::settle::{Community, Status};
use crate::calendar::{Span, day_span, utc_day};
use crate::clock::Micros;
use crate::error::Result;
use crate::reading::{Direction, Kind, Quality};
use crate::readings::raw::{RawValues, read_results};
use crate::readings::truth::{CurrentValue, resolve};
use crate::registry::Dated;
use crate::sharing::{CompiledRule, MissingInput, OperatorFigures, Sharer, Shares};
use crate::table::Snapshot;

/// One figure of an operator, on the grid of its community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub kind: Kind,
    pub value: CurrentValue,
}

impl Figure {
    fn key(&self) -> (u32, Direction, Kind) {
        (self.value.point, self.value.direction, self.kind)
    }
}

/// An operator's figure beside ours, for one point of one interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    pub interval_start: Micros,
    pub day: u32,
    pub point: u32,
    pub direction: Direction,
    /// What a consuming point got or a producing one gave; `None` where the operator says nothing.
    pub operator_mwh: Option<i64>,
    /// The same as the key gives it; `None` while production is not known.
    pub computed_mwh: Option<i64>,
    /// How far the two may be apart by rounding alone.
    pub tolerance_mwh: i64,
    /// The same for the sum of the interval's shares.
    pub sum_tolerance_mwh: i64,
    /// Whether readings and figures are all there, and the figures add up.
    pub closes: bool,
    /// Whether the operator's figures are the interval's shares.
    pub adopted: bool,
    pub key_version: Option<i64>,
}

/// What an operator says of days of a community, sorted by (start, point, direction, kind). Nothing for days on which
/// its keys decide alone.
///
/// # Errors
/// Environment, when a file cannot be read.
pub async fn figures(community: &Community<'_>, raw: &Snapshot, days: &[(NaiveDate, bool)]) -> Result<Vec<Figure>> {
    let keys = community.registry.allocation_keys.get(community.id).map(Vec::as_slice).unwrap_or_default();
    let span = |day: NaiveDate| day_span(community.zone(), day);
    let decides = |day: &NaiveDate| {
        let mut here = keys.iter().filter(|(_, k)| !k.validity().intersect(span(*day)).is_empty());
        here.any(|(_, k)| k.rule.operator_unit_mwh().is_some())
    };
    let days: BTreeSet<NaiveDate> = days.iter().map(|(day, _)| *day).filter(decides).collect();
    if days.is_empty() {
        return Ok(vec![]);
    }
    let utc_days = days.iter().flat_map(|day| utc_day(span(*day).start)..=utc_day(span(*day).end - 1)).collect();
    let points = community.points.iter().cloned().collect();
    let mut all = Vec::new();
    for (kind, mut read) in read_results(raw, &utc_days, community.id, &points).await? {
        let current = RawValues { values: resolve(&mut read.values), points: read.points };
        all.extend(values_of(community, &current, &days).into_iter().map(|value| Figure { kind, value }));
    }
    all.sort_unstable_by_key(|f| (f.value.interval_start, f.key()));
    Ok(all)
}

/// What the readings of an interval say, in the order of the segment's points.
pub(super) struct Metered<'a> {
    pub start: Micros,
    pub day: u32,
    pub segment: &'a Segment,
    pub production: &'a [i64],
    pub consumption: &'a [i64],
    pub status: Status,
    /// Whether the deadline has passed.
    pub closed: bool,
}

/// What becomes of an interval whose shares an operator decides.
pub(super) struct Verdict {
    pub status: Status,
    /// What is left of each consuming and each producing point, where the operator says it and its figures stand.
    pub rests: [Vec<Option<i64>>; 2],
}

/// The figures whose intervals begin in a span.
pub(super) fn of_span(figures: &[Figure], span: Span) -> &[Figure] {
    let from = figures.partition_point(|f| f.value.interval_start < span.start);
    let to = figures.partition_point(|f| f.value.interval_start < span.end);
    &figures[from..to]
}

/// Adds figures to what a result is a function of.
pub(super) fn digest(figures: &[Figure], points: &[String], hash: &mut Sha256) {
    for Figure { kind, value: v } in figures {
        hash.update(points[v.point as usize].as_bytes());
        hash.update([0, v.direction as u8, v.quality as u8, *kind as u8]);
        for number in [v.interval_start, v.energy_mwh, v.revision] {
            hash.update(number.to_be_bytes());
        }
    }
}

/// The parts of readings that take part, where the operator says them instead of leaving them to the factor.
pub(super) fn participating(
    figures: &[Figure],
    points: &[(u32, u32)],
    direction: Direction,
    qualities: &[Option<Quality>],
    energy: &mut [i64],
) {
    // Without its reading a point is missing, whatever part of it would take part.
    let there = points.iter().zip(energy).zip(qualities).filter(|(_, quality)| quality.is_some());
    for (((point, _), energy), _) in there {
        if let Some(said) = find(figures, *point, direction, Kind::Participating) {
            *energy = said;
        }
    }
}

fn find(figures: &[Figure], point: u32, direction: Direction, kind: Kind) -> Option<i64> {
    let found = figures.binary_search_by_key(&(point, direction, kind), Figure::key).ok();
    found.map(|at| figures[at].value.energy_mwh)
}

/// Puts the operator's figures of an interval in the place of `shares` where they stand, and notes both beside each
/// other. `shares` holds what the key gives, nothing while production is not known.
pub(super) fn take_over(
    sharer: &mut Sharer,
    metered: &Metered<'_>,
    (rule, unit_mwh): (&CompiledRule, i64),
    figures: &[Figure],
    shares: &mut Shares,
    out: &mut Vec<Comparison>,
) -> Verdict {
    let unsaid = Verdict { status: metered.status.max(Status::Provisional), rests: [vec![], vec![]] };
    if figures.iter().all(|f| f.kind == Kind::Participating || f.kind == Kind::Offered) {
        return unsaid;
    }
    let segment = metered.segment;
    let of = |points: &[(u32, u32)], direction, kind| -> Vec<Option<i64>> {
        points.iter().map(|(point, _)| find(figures, *point, direction, kind)).collect()
    };
    // The supplier's part is that of the whole point: where only a part of it takes part here, it says nothing of this one.
    let residual = of(&segment.consumers, Direction::Import, Kind::Residual).into_iter().zip(&segment.consumers);
    let said = OperatorFigures {
        shared_mwh: of(&segment.consumers, Direction::Import, Kind::Shared),
        residual_mwh: residual.map(|(said, (_, factor))| said.filter(|_| *factor == 100)).collect(),
        given_mwh: of(&segment.producers, Direction::Export, Kind::Shared),
        surplus_mwh: of(&segment.producers, Direction::Export, Kind::Surplus),
    };
    let lacks_shares = said.shared_mwh.iter().any(Option::is_none);
    let mut used = said.clone();
    let zeroes = metered.closed && segment.missing.consumption == MissingInput::Zero;
    if zeroes && said.shared_mwh.iter().any(Option::is_some) {
        used.shared_mwh.iter_mut().for_each(|share| *share = share.or(Some(0)));
    }
    let own = shares.clone();
    let adopted = metered.status < Status::Provisional && {
        let energies = (metered.production, metered.consumption);
        sharer.adopt(rule, metered.start, &used, unit_mwh, energies, shares).is_some()
    };
    let closes = adopted && !lacks_shares && metered.status == Status::Complete;
    compare(metered, unit_mwh, &said, &own, (closes, adopted), out);
    if !adopted {
        return unsaid;
    }
    let status = if lacks_shares { metered.status.max(Status::Zeroed) } else { metered.status };
    Verdict { status, rests: [used.residual_mwh, used.surplus_mwh] }
}

/// Notes each figure beside ours.
fn compare(
    metered: &Metered<'_>,
    unit_mwh: i64,
    said: &OperatorFigures,
    own: &Shares,
    (closes, adopted): (bool, bool),
    out: &mut Vec<Comparison>,
) {
    let segment = metered.segment;
    let sum_tolerance_mwh = said.sum_tolerance_mwh(unit_mwh);
    let mut push = |point: u32, direction, operator_mwh, computed_mwh, tolerance_mwh| {
        out.push(Comparison {
            interval_start: metered.start,
            day: metered.day,
            point,
            direction,
            operator_mwh,
            computed_mwh,
            tolerance_mwh,
            sum_tolerance_mwh,
            closes,
            adopted,
            key_version: segment.key.as_ref().map(|(version, _)| *version),
        });
    };
    for (n, (point, _)) in segment.consumers.iter().enumerate() {
        let computed = own.allocated_mwh.get(n).copied();
        push(*point, Direction::Import, said.shared_mwh[n], computed, unit_mwh);
    }
    for (n, (point, _)) in segment.producers.iter().enumerate() {
        // What a plant gave is a sum of shares, and what the operator leaves unsaid of it is no difference. Without the
        // readings of all plants it does not follow from the surplus.
        let given = match metered.status {
            Status::Held => said.given_mwh[n],
            _ => said.given(n, metered.production[n]),
        };
        if given.is_some() {
            let computed = own.given_mwh.get(n).copied();
            push(*point, Direction::Export, given, computed, sum_tolerance_mwh.max(unit_mwh));
        }
    }
}
