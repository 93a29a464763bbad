//! Results that a network operator has computed: read as they came, put in the place of our own shares where the key of
//! the time says so, and compared with them.
//!
//! Figures stand when they close: when every consuming point of the community has its share, when no figure contradicts
//! a reading, and when what consumers got is what plants gave, but for the operator's rounding. Until then the interval
//! is provisional and shows what the key gives. Nothing that the operator has not said counts as zero, but where the
//! key says so (`missing_consumption = "zero"`) and the operator has named other shares of the interval.

use super::results::Comparison;
use super::results::Figure;
use super::results::Status;
use super::segment::Segment;
use super::segment::TakesPart;
use crate::calendar::Span;
use crate::clock::Micros;
use crate::reading::{Direction, Kind, Quality};
use crate::sharing::{CompiledRule, MissingInput, OperatorFigures, Sharer, Shares};

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

/// The parts of readings that take part, where the operator says them instead of leaving them to the factor.
pub(super) fn participating(
    figures: &[Figure],
    points: &[TakesPart],
    direction: Direction,
    qualities: &[Option<Quality>],
    energy: &mut [i64],
) {
    // Without its reading a point is missing, whatever part of it would take part.
    let there = points.iter().zip(energy).zip(qualities).filter(|(_, quality)| quality.is_some());
    for ((TakesPart { point, .. }, energy), _) in there {
        if let Some(said) = find(figures, *point, direction, Kind::Participating) {
            *energy = said;
        }
    }
}

fn find(figures: &[Figure], point: u32, direction: Direction, kind: Kind) -> Option<i64> {
    let found = figures.binary_search_by_key(&(point, direction, kind), Figure::key).ok();
    found.map(|at| figures[at].value.energy_micro_kwh)
}

/// Puts the operator's figures of an interval in the place of `shares` where they stand, and notes both beside each
/// other. `shares` holds what the key gives, nothing while production is not known.
pub(super) fn take_over(
    sharer: &mut Sharer,
    metered: &Metered<'_>,
    (rule, unit_micro_kwh): (&CompiledRule, i64),
    figures: &[Figure],
    shares: &mut Shares,
    out: &mut Vec<Comparison>,
) -> Verdict {
    let unsaid = Verdict { status: metered.status.max(Status::Provisional), rests: [vec![], vec![]] };
    if figures.iter().all(|f| f.kind == Kind::Participating || f.kind == Kind::Offered) {
        return unsaid;
    }
    let segment = metered.segment;
    let of = |points: &[TakesPart], direction, kind| -> Vec<Option<i64>> {
        points.iter().map(|p| find(figures, p.point, direction, kind)).collect()
    };
    // The supplier's part is that of the whole point: where only a part of it takes part here, it says nothing of this
    // one.
    let residual = of(&segment.consumers, Direction::Import, Kind::Residual).into_iter().zip(&segment.consumers);
    let said = OperatorFigures {
        shared_micro_kwh: of(&segment.consumers, Direction::Import, Kind::Shared),
        residual_micro_kwh: residual.map(|(said, p)| said.filter(|_| p.factor_percent == 100)).collect(),
        given_micro_kwh: of(&segment.producers, Direction::Export, Kind::Shared),
        surplus_micro_kwh: of(&segment.producers, Direction::Export, Kind::Surplus),
    };
    let lacks_shares = said.shared_micro_kwh.iter().any(Option::is_none);
    let mut used = said.clone();
    let zeroes = metered.closed && segment.missing.consumption == MissingInput::Zero;
    if zeroes && said.shared_micro_kwh.iter().any(Option::is_some) {
        used.shared_micro_kwh.iter_mut().for_each(|share| *share = share.or(Some(0)));
    }
    let own = shares.clone();
    let adopted = metered.status < Status::Provisional && {
        let energies = (metered.production, metered.consumption);
        sharer.adopt(rule, metered.start, &used, unit_micro_kwh, energies, shares).is_some()
    };
    let closes = adopted && !lacks_shares && metered.status == Status::Complete;
    compare(metered, unit_micro_kwh, &said, &own, (closes, adopted), out);
    if !adopted {
        return unsaid;
    }
    let status = if lacks_shares { metered.status.max(Status::Zeroed) } else { metered.status };
    Verdict { status, rests: [used.residual_micro_kwh, used.surplus_micro_kwh] }
}

/// Notes each figure beside ours.
fn compare(
    metered: &Metered<'_>,
    unit_micro_kwh: i64,
    said: &OperatorFigures,
    own: &Shares,
    (closes, adopted): (bool, bool),
    out: &mut Vec<Comparison>,
) {
    let segment = metered.segment;
    let sum_tolerance_micro_kwh = said.sum_tolerance_micro_kwh(unit_micro_kwh);
    let mut push = |point: u32, direction, operator_micro_kwh, computed_micro_kwh, tolerance_micro_kwh| {
        out.push(Comparison {
            interval_start: metered.start,
            day: metered.day,
            point,
            direction,
            operator_micro_kwh,
            computed_micro_kwh,
            tolerance_micro_kwh,
            sum_tolerance_micro_kwh,
            closes,
            adopted,
            key_version: segment.key.as_ref().map(|(version, _)| *version),
        });
    };
    for (n, TakesPart { point, .. }) in segment.consumers.iter().enumerate() {
        let computed = own.allocated_micro_kwh.get(n).copied();
        push(*point, Direction::Import, said.shared_micro_kwh[n], computed, unit_micro_kwh);
    }
    for (n, TakesPart { point, .. }) in segment.producers.iter().enumerate() {
        // What a plant gave is a sum of shares, and what the operator leaves unsaid of it is no difference. Without the
        // readings of all plants it does not follow from the surplus.
        let given = match metered.status {
            Status::Held => said.given_micro_kwh[n],
            _ => said.given(n, metered.production[n]),
        };
        if given.is_some() {
            let computed = own.given_micro_kwh.get(n).copied();
            push(*point, Direction::Export, given, computed, sum_tolerance_micro_kwh.max(unit_micro_kwh));
        }
    }
}
