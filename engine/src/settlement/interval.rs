//! One interval of a day: what of its readings takes part, who gets what of it, and what is noted of it.

use std::collections::BTreeMap;

use super::books::Books;
use super::community::Community;
use super::operator::{self, Metered};
use super::results::{Allocation, Counts, Figure, Gap, Interval, Settled, Status, StorageInterval};
use super::segment::{Segment, TakesPart};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::error::Result;
use crate::reading::{Direction, Quality};
use crate::readings::CurrentValue;
use crate::sharing::{MissingInput, Sharer, Shares, floor_percent};

/// A day while its intervals pass.
pub(super) struct DayWork<'a, 'r> {
    pub community: &'a Community<'r>,
    pub span: Span,
    /// Its place among the days that are settled.
    pub number: u32,
    pub sharer: &'a mut Sharer,
    pub books: &'a mut Books,
    /// Flows per interval instead of per price segment.
    pub every_interval: bool,
    /// Whether the deadline has passed.
    pub closed: bool,
    pub estimates: &'a [CurrentValue],
    /// What an operator says of the day.
    pub figures: &'a [Figure],
    /// Values of points while they take part, so far.
    pub taking_part: Vec<CurrentValue>,
    pub flows: Flows,
    /// Values that were expected and that came, by point and direction.
    pub cover: BTreeMap<(u32, Direction), Counts>,
    pub out: &'a mut Settled,
}

/// An interval and the time without change that it lies in.
#[derive(Clone, Copy)]
pub(super) struct At<'s> {
    pub start: Micros,
    pub segment: &'s Segment,
}

/// The points of one side of an interval, and what becomes of their missing values.
struct Expected<'s> {
    points: &'s [TakesPart],
    direction: Direction,
    missing: MissingInput,
    /// Whether missing values are dealt with now.
    resolves: bool,
}

/// One side of an interval, point by point.
struct Side {
    energy: Vec<i64>,
    qualities: Vec<Option<Quality>>,
    missing: u32,
    /// The worst.
    status: Status,
}

/// What of an interval takes part.
struct Gathered {
    consumption: Side,
    production: Side,
}

/// Who got what of an interval.
struct Shared {
    status: Status,
    shares: Shares,
    /// What is left of each consuming and each producing point, where an operator says it.
    rests: [Vec<Option<i64>>; 2],
}

impl Default for Side {
    fn default() -> Self {
        Self { energy: vec![], qualities: vec![], missing: 0, status: Status::Complete }
    }
}

impl Status {
    /// What an interval is while a value of a direction is not known: the sum of production decides everybody's share.
    fn unknown(direction: Direction) -> Self {
        match direction {
            Direction::Import => Self::Provisional,
            Direction::Export => Self::Held,
        }
    }
}

/// Sums of flows of one price segment, consumer by consumer and producer by producer.
#[derive(Default)]
pub(super) struct Flows {
    pub segment_start: Micros,
    pub consumers: Vec<u32>,
    pub producers: Vec<u32>,
    pub sums: Vec<i64>,
}

impl Flows {
    /// Adds the flows of an interval.
    fn add(&mut self, matrix: &[i64]) {
        self.sums.iter_mut().zip(matrix).for_each(|(sum, energy)| *sum += energy);
    }

    /// Whether they are between the points of a segment.
    pub fn are_of(&self, segment: &Segment) -> bool {
        let same = |numbers: &[u32], points: &[TakesPart]| {
            numbers.len() == points.len() && numbers.iter().zip(points).all(|(n, p)| *n == p.point)
        };
        same(&self.consumers, &segment.consumers) && same(&self.producers, &segment.producers)
    }

    /// Begins a segment with other points.
    pub fn reset(&mut self, segment: &Segment) {
        self.consumers = segment.consumers.iter().map(|p| p.point).collect();
        self.producers = segment.producers.iter().map(|p| p.point).collect();
        self.sums = vec![0; self.consumers.len() * self.producers.len()];
    }
}

impl DayWork<'_, '_> {
    /// Settles an interval from its values, sorted by (point, direction).
    ///
    /// # Errors
    /// User, when its key cannot share the energy.
    pub fn interval(&mut self, at: At<'_>, values: &[CurrentValue]) -> Result<()> {
        let mut gathered = self.gather(at, values);
        let shared = self.share(at, &mut gathered)?;
        self.emit(at, &gathered, &shared);
        Ok(())
    }

    /// Looks up what takes part, and counts what is missing.
    fn gather(&mut self, at: At<'_>, values: &[CurrentValue]) -> Gathered {
        let taken = self.taking_part.len();
        let (segment, missing) = (at.segment, at.segment.missing);
        let (points, direction) = (segment.producers.as_slice(), Direction::Export);
        let expected = Expected { points, direction, missing: missing.production, resolves: self.closed };
        let production = self.side(at.start, &expected, values);
        // While production is not known nothing is shared, so there is nothing to estimate for.
        let resolves = self.closed && production.status != Status::Held;
        let (points, direction) = (segment.consumers.as_slice(), Direction::Import);
        let expected = Expected { points, direction, missing: missing.consumption, resolves };
        let consumption = self.side(at.start, &expected, values);
        self.taking_part[taken..].sort_unstable_by_key(|v| (v.point, v.direction));
        Gathered { consumption, production }
    }

    fn side(&mut self, start: Micros, expected: &Expected<'_>, values: &[CurrentValue]) -> Side {
        let estimates = of_span(self.estimates, Span { start, end: start + 1 });
        let Expected { direction, missing, resolves, .. } = *expected;
        let mut side = Side::default();
        for TakesPart { point, factor_percent } in expected.points.iter().copied() {
            let key = (point, direction);
            let find = |list: &[CurrentValue]| {
                list.binary_search_by_key(&key, |v| (v.point, v.direction)).ok().map(|at| list[at])
            };
            let received = find(values);
            self.cover.entry(key).or_default().add(received.as_ref());
            self.taking_part.extend(received);
            let value = received.filter(CurrentValue::counts);
            side.missing += u32::from(value.is_none());
            let (value, status) = match (value, resolves, missing) {
                (Some(value), ..) => (Some(value), Status::Complete),
                (None, true, MissingInput::Zero) => (None, Status::Zeroed),
                (None, true, MissingInput::Estimate) => match find(estimates) {
                    Some(value) => (Some(value), Status::Estimated),
                    None => {
                        self.out.gaps.push(Gap { point, direction, interval_start: start });
                        (None, Status::unknown(direction))
                    }
                },
                _ => (None, Status::unknown(direction)),
            };
            side.status = side.status.max(status);
            side.energy.push(value.map_or(0, |v| floor_percent(v.energy_micro_kwh, factor_percent)));
            side.qualities.push(value.map(|v| v.quality));
        }
        side
    }

    /// Shares what takes part by the key, or as the operator says.
    fn share(&mut self, at: At<'_>, gathered: &mut Gathered) -> Result<Shared> {
        let At { start, segment } = at;
        let Gathered { consumption, production } = gathered;
        let mut status = consumption.status.max(production.status);
        let figures = operator::of_span(self.figures, Span { start, end: start + 1 });
        if segment.operator_unit_micro_kwh.is_some() {
            let (imports, exports) = (&consumption.qualities, &production.qualities);
            operator::participating(figures, &segment.consumers, Direction::Import, imports, &mut consumption.energy);
            operator::participating(figures, &segment.producers, Direction::Export, exports, &mut production.energy);
        }
        let (production, consumption) = (production.energy.as_slice(), consumption.energy.as_slice());
        let mut shares = Shares::default();
        let mut rests = [vec![], vec![]];
        let takes_part = |point, span| self.community.took_part(point, span);
        let offered = self.books.release(segment, start, production, &takes_part)?;
        if let Some((_, rule)) = &segment.key {
            if status != Status::Held {
                self.sharer.share(rule, start, offered, consumption, &mut shares)?;
            }
            if let Some(unit_micro_kwh) = segment.operator_unit_micro_kwh {
                let (day, closed) = (self.number, self.closed);
                let metered = Metered { start, day, segment, production, consumption, status, closed };
                let notes = &mut self.out.comparisons;
                let operator = (rule, unit_micro_kwh);
                let verdict = operator::take_over(self.sharer, &metered, operator, figures, &mut shares, notes);
                (status, rests) = (verdict.status, verdict.rests);
            }
            if status != Status::Held {
                let mut matrix = Vec::new();
                self.sharer.decompose(rule, start, &shares, &mut matrix)?;
                self.flows.add(&matrix);
            }
        }
        Ok(Shared { status, shares, rests })
    }

    /// Notes what came out.
    fn emit(&mut self, at: At<'_>, gathered: &Gathered, shared: &Shared) {
        let At { start, segment } = at;
        let Gathered { consumption, production } = gathered;
        let moved = self.out.storages.len();
        let charged = self.books.take_in(segment, start, self.number, &consumption.energy, &shared.shares);
        self.out.storages.extend(charged);
        let first = self.out.allocations.len();
        let [left_of_consumption, left_of_production] = &shared.rests;
        let allocated = &shared.shares.allocated_micro_kwh;
        self.allocations(at, shared.status, Direction::Import, (consumption, allocated, left_of_consumption));
        let given = &shared.shares.given_micro_kwh;
        self.allocations(at, shared.status, Direction::Export, (production, given, left_of_production));
        self.out.allocations[first..].sort_unstable_by_key(|a| (a.point, a.direction));
        let storages = &self.out.storages[moved..];
        let interval = Interval {
            interval_start: start,
            day: self.number,
            expected: (segment.consumers.len() + segment.producers.len()) as u32,
            missing: consumption.missing + production.missing,
            status: shared.status,
            stored_micro_kwh: storages.iter().map(StorageInterval::stored_micro_kwh).sum(),
            released_micro_kwh: storages.iter().map(|s| s.released_micro_kwh).sum(),
        };
        self.out.intervals.push(interval);
    }

    /// A row for each point of a side that has a value: what it got or gave, and what is left where an operator says
    /// it.
    fn allocations(
        &mut self,
        at: At<'_>,
        status: Status,
        direction: Direction,
        (side, given, rests): (&Side, &[i64], &[Option<i64>]),
    ) {
        let points = match direction {
            Direction::Import => &at.segment.consumers,
            Direction::Export => &at.segment.producers,
        };
        for (i, TakesPart { point, .. }) in points.iter().copied().enumerate() {
            let Some(quality) = side.qualities[i] else { continue };
            let allocated = given.get(i).copied().unwrap_or(0);
            self.out.allocations.push(Allocation {
                interval_start: at.start,
                point,
                direction,
                energy_micro_kwh: side.energy[i],
                allocated_micro_kwh: (status != Status::Held).then_some(allocated),
                rest_micro_kwh: rests.get(i).copied().flatten(),
                quality,
                status,
                key_version: at.segment.key.as_ref().map(|(version, _)| *version),
                day: self.number,
            });
        }
    }
}

/// The values whose intervals begin in a span.
pub(super) fn of_span(values: &[CurrentValue], span: Span) -> &[CurrentValue] {
    let from = values.partition_point(|v| v.interval_start < span.start);
    let to = values.partition_point(|v| v.interval_start < span.end);
    &values[from..to]
}
