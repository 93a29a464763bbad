//! Settling days of one community: current values in, allocations and energy flows out.
//!
//! One streaming pass over values sorted by (interval, point, direction). Everything that changes only at instants of
//! the master data (who takes part, by which key, at which tariff) is worked out once per segment between them.

mod results;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::estimate::Gap;
use super::operator::{self, Figure, Metered};
use super::segments::Segment;
use super::storage::{Books, Stocks, StorageInterval};
use crate::calendar::{SECOND, Span, day_span, year_span};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::hash::hex;
use crate::item::PRICED_BY_FLOW;
use crate::price::PriceBook;
use crate::reading::{Direction, Quality};
use crate::readings::truth::CurrentValue;
use crate::registry::{Dated, Registry};
use crate::sharing::{MissingInput, Sharer, Shares, floor_percent};

pub use results::{Allocation, Cover, Day, Flow, Interval, Settled, Status};

/// The number of the arithmetic. A change that may give other figures from the same inputs is a new number.
pub const ARITHMETIC_VERSION: u32 = 3;

/// The master data of one community, ready for settling.
#[derive(Debug)]
pub struct Community<'r> {
    pub(super) registry: &'r Registry,
    pub(super) id: &'r str,
    zone: Tz,
    grid_seconds: u32,
    /// Ids of the points that ever take part, ascending: the numbers in all results.
    pub points: Vec<String>,
    numbers: HashMap<&'r str, u32>,
    graph_digest: &'r str,
    /// What storages hold before the days that are settled.
    pub(super) opening: Stocks,
}

impl<'r> Community<'r> {
    /// Prepares a community of the registry. `graph_digest` names the SQL that will read the results.
    ///
    /// # Errors
    /// User, when the registry has no such community or its zone is unknown.
    pub fn new(registry: &'r Registry, id: &'r str, graph_digest: &'r str) -> Result<Self> {
        let community = registry.communities.get(id).ok_or_else(|| {
            Error::user(format!("community `{id}` is not registered; register it with `ecoop apply`"))
        })?;
        let points: BTreeSet<&'r str> = registry
            .participations
            .get(id)
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .map(|p| p.metering_point_id.as_str())
            .collect();
        let numbers = points.iter().enumerate().map(|(i, p)| (*p, i as u32)).collect();
        Ok(Self {
            registry,
            id,
            zone: zone_of(&community.timezone)?,
            grid_seconds: community.interval_minutes * 60,
            points: points.into_iter().map(str::to_string).collect(),
            numbers,
            graph_digest,
            opening: Stocks::new(),
        })
    }

    /// The same, with what its storages hold before the days that are settled.
    pub fn opening_with(self, opening: Stocks) -> Self {
        Self { opening, ..self }
    }

    /// The community's id.
    pub fn id(&self) -> &'r str {
        self.id
    }

    /// The community's zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// How long after the end of a local day readings are waited for.
    pub fn deadline(&self) -> Micros {
        self.registry.communities.get(self.id).map_or(0, crate::registry::Community::deadline)
    }

    /// Digits after the point of the amounts on its documents.
    pub fn minor_digits(&self) -> u32 {
        self.registry.communities.get(self.id).map_or(2, |c| crate::currency::minor_digits(&c.currency))
    }

    /// The length of its intervals.
    pub fn grid_seconds(&self) -> u32 {
        self.grid_seconds
    }

    /// The number of a point.
    pub fn number(&self, point: &str) -> Option<u32> {
        self.numbers.get(point).copied()
    }

    /// What the master data say about a span, digested: equal digests give equal results from equal readings.
    pub fn master_digest(&self, span: Span) -> String {
        let mut hash = Sha256::new();
        let mut put = |text: String| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        put(format!(
            "{:?}",
            self.registry.communities.get(self.id).map(|c| (
                &c.timezone,
                c.interval_minutes,
                &c.currency,
                c.deadline()
            ))
        ));
        for (p, part) in self.registry.participations_in(self.id, span) {
            let point = self.registry.metering_points.get(&p.metering_point_id);
            let measures = point.map(|m| (m.import, m.export, m.plant));
            put(format!("{:?}", (&p.metering_point_id, &p.member_id, p.factor_percent, part, measures)));
        }
        fn dated<T: Dated + std::fmt::Debug>(all: Option<&Vec<(i64, T)>>, span: Span, put: &mut impl FnMut(String)) {
            for (version, row) in all.map(Vec::as_slice).unwrap_or_default() {
                // The row of another time ends this one earlier or later; that is nothing to this span.
                let part = row.within(span);
                if !part.validity().is_empty() {
                    put(format!("{version} {part:?}"));
                }
            }
        }
        for (version, key) in self.registry.allocation_keys.get(self.id).map(Vec::as_slice).unwrap_or_default() {
            // Who adopted it, and what it is called, is nothing to the figures.
            let part = key.within(span);
            if !part.validity().is_empty() {
                put(format!("{version} {:?} {} {}", part.rule, part.valid_from, part.valid_to));
            }
        }
        dated(self.registry.tariffs.get(self.id), span, &mut put);
        dated(self.registry.grid_factors.get(self.id), span, &mut put);
        dated(self.registry.capital_shares.get(self.id), span, &mut put);
        dated(self.registry.funds.get(self.id), span, &mut put);
        for (version, rule) in self.registry.interest_rules.get(self.id).into_iter().flat_map(BTreeMap::values) {
            if rule.validity().overlaps(span) {
                let capital = self.registry.capital_days(self.id, self.zone, year_span(self.zone, rule.year));
                put(format!("{version} {:?} {capital:?}", rule.within(span)));
            }
        }
        if self.registry.asks_for_kinds(self.id) {
            put(format!("{:?}", self.registry.member_kinds(self.id)));
        }
        for name in self.registry.series_named_by(self.id) {
            let Some(columns) = self.registry.columns(self.id, name) else { continue };
            for (column, blocks) in columns {
                for (_, block) in blocks.iter().filter(|(_, b)| b.span().overlaps(span)) {
                    let part = block.span().intersect(span);
                    let step = i64::from(block.step_seconds) * SECOND;
                    let from = ((part.start - block.start).div_euclid(step)).max(0) as usize;
                    let to = ((part.end - block.start + step - 1).div_euclid(step)) as usize;
                    let values = block.values_micro.get(from..to).unwrap_or_default();
                    put(format!("{:?}", (name, column, part.start, step, values, block.provisional)));
                }
            }
        }
        hex(&hash.finalize()[..16])
    }

    /// Settles local days. `values` holds the current values of the community's points on its grid, `estimates` those
    /// that take the place of missing ones past their deadline, both sorted by (start, point, direction); `days` says of
    /// each day whether its deadline has passed. Flows are summed over each price segment, or, for a trace, given per
    /// interval.
    ///
    /// # Errors
    /// User, when a key cannot share the energy it is given (a unit that does not divide it).
    pub fn settle_with(
        &self,
        days: &[(NaiveDate, bool)],
        values: &[CurrentValue],
        estimates: &[CurrentValue],
        every_interval: bool,
    ) -> Result<Settled> {
        self.settle_beside(days, values, (estimates, &[]), every_interval)
    }

    /// The same beside the figures of an operator, sorted by (start, point, direction, kind), which are the shares where
    /// the key of the time says so.
    ///
    /// # Errors
    /// As [`Community::settle_with`].
    pub fn settle_beside(
        &self,
        days: &[(NaiveDate, bool)],
        values: &[CurrentValue],
        (estimates, figures): (&[CurrentValue], &[Figure]),
        every_interval: bool,
    ) -> Result<Settled> {
        let mut settled = Settled::default();
        let mut sharer = Sharer::default();
        let mut books = self.books();
        for (day, closed) in days {
            let span = day_span(self.zone, *day);
            let estimates = if *closed { of_span(estimates, span) } else { &[] };
            let opening = self.stocks_at(&books, span.start);
            let figures = operator::of_span(figures, span);
            let mut work = DayWork {
                community: self,
                span,
                number: settled.days.len() as u32,
                sharer: &mut sharer,
                books: &mut books,
                every_interval,
                closed: *closed,
                estimates,
                figures,
            };
            let taking_part = work.settle(of_span(values, span), &mut settled)?;
            let run_id = self.run_id((*day, span, *closed), &opening, &taking_part, (estimates, figures));
            settled.values.extend(taking_part);
            settled.days.push(Day { day: *day, span, run_id });
        }
        let end = settled.days.last().map(|d| d.span.end);
        settled.closing = end.map_or_else(|| self.opening.clone(), |end| self.stocks_at(&books, end));
        Ok(settled)
    }

    /// Settles days without estimates.
    ///
    /// # Errors
    /// As [`Community::settle_with`].
    pub fn settle(&self, days: &[(NaiveDate, bool)], values: &[CurrentValue]) -> Result<Settled> {
        self.settle_with(days, values, &[], false)
    }

    /// What this result is a function of, as 32 hex digits.
    fn run_id(
        &self,
        (day, span, closed): (NaiveDate, Span, bool),
        opening: &Stocks,
        values: &[CurrentValue],
        (estimates, figures): (&[CurrentValue], &[Figure]),
    ) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{}\0{ARITHMETIC_VERSION}\0{}\0{day}\0{closed}\0", self.graph_digest, self.id));
        hash.update(self.master_digest(span));
        for (point, held) in opening {
            hash.update(format!("{point}\0{}\0{}\0", held.stock.community_mwh, held.stock.grid_mwh));
        }
        for v in values.iter().chain(estimates) {
            hash.update(self.points[v.point as usize].as_bytes());
            hash.update([0, v.direction as u8, v.quality as u8]);
            for number in [v.interval_start, v.energy_mwh, v.revision] {
                hash.update(number.to_be_bytes());
            }
        }
        operator::digest(figures, &self.points, &mut hash);
        hex(&hash.finalize()[..16])
    }
}

/// The values whose intervals begin in a span.
fn of_span(values: &[CurrentValue], span: Span) -> &[CurrentValue] {
    let from = values.partition_point(|v| v.interval_start < span.start);
    let to = values.partition_point(|v| v.interval_start < span.end);
    &values[from..to]
}

fn zone_of(name: &str) -> Result<Tz> {
    crate::calendar::zone(name)
}

struct DayWork<'a, 'r> {
    community: &'a Community<'r>,
    span: Span,
    number: u32,
    sharer: &'a mut Sharer,
    books: &'a mut Books,
    /// Flows per interval instead of per price segment.
    every_interval: bool,
    /// Whether the deadline has passed.
    closed: bool,
    estimates: &'a [CurrentValue],
    /// What an operator says of the day.
    figures: &'a [Figure],
}

/// One direction of an interval.
struct Side {
    energy: Vec<i64>,
    qualities: Vec<Option<Quality>>,
    missing: u32,
    /// The worst.
    status: Status,
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
struct Flows {
    segment_start: Micros,
    consumers: Vec<u32>,
    producers: Vec<u32>,
    sums: Vec<i64>,
}

impl Flows {
    /// Adds the flows of an interval.
    fn add(&mut self, matrix: &[i64]) {
        self.sums.iter_mut().zip(matrix).for_each(|(sum, energy)| *sum += energy);
    }

    /// Whether they are between the points of a segment.
    fn are_of(&self, segment: &Segment) -> bool {
        let same = |numbers: &[u32], points: &[(u32, u32)]| {
            numbers.len() == points.len() && numbers.iter().zip(points).all(|(n, (p, _))| n == p)
        };
        same(&self.consumers, &segment.consumers) && same(&self.producers, &segment.producers)
    }

    /// Begins a segment with other points.
    fn reset(&mut self, segment: &Segment) {
        self.consumers = segment.consumers.iter().map(|(n, _)| *n).collect();
        self.producers = segment.producers.iter().map(|(n, _)| *n).collect();
        self.sums = vec![0; self.consumers.len() * self.producers.len()];
    }
}

impl DayWork<'_, '_> {
    fn settle(&mut self, values: &[CurrentValue], out: &mut Settled) -> Result<Vec<CurrentValue>> {
        let grid = i64::from(self.community.grid_seconds) * SECOND;
        let horizon = match (self.closed, values.last()) {
            (true, _) => self.span.end,
            (false, Some(last)) => last.interval_start + grid,
            (false, None) => self.span.start,
        };
        let segments = self.community.segments(self.span)?;
        let cuts = self.flow_cuts();
        let mut flows = Flows { segment_start: self.span.start, ..Flows::default() };
        let mut cover = BTreeMap::new();
        let mut taking_part = Vec::with_capacity(values.len());
        let mut rest = values;
        let mut start = self.span.start.div_euclid(grid) * grid;
        if start < self.span.start {
            start += grid;
        }
        while start < horizon {
            let count = rest.iter().take_while(|v| v.interval_start == start).count();
            let (here, later) = rest.split_at(count);
            rest = later;
            let segment = segments.iter().find(|s| s.span.contains(start));
            let other_points = segment.is_some_and(|s| !flows.are_of(s));
            if self.every_interval || other_points || cuts.contains(&start) {
                self.flush(&mut flows, start, out);
            }
            if let Some(segment) = segment {
                if other_points {
                    flows.reset(segment);
                }
                self.interval(start, segment, here, &mut flows, &mut cover, &mut taking_part, out)?;
            }
            start += grid;
        }
        self.flush(&mut flows, start, out);
        out.coverage.extend(cover.into_iter().map(|((point, direction), (expected, present))| Cover {
            day: self.number,
            point,
            direction,
            expected,
            present,
        }));
        Ok(taking_part)
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one pass; a struct would only rename it")]
    fn interval(
        &mut self,
        start: Micros,
        segment: &Segment,
        values: &[CurrentValue],
        flows: &mut Flows,
        cover: &mut BTreeMap<(u32, Direction), (u32, u32)>,
        taking_part: &mut Vec<CurrentValue>,
        out: &mut Settled,
    ) -> Result<()> {
        let taken = taking_part.len();
        let estimates = of_span(self.estimates, Span { start, end: start + 1 });
        let (policies, closed) = (segment.missing, self.closed);
        let gaps = &mut out.gaps;
        let mut side = |points: &[(u32, u32)], direction: Direction, policy: MissingInput, closed: bool| {
            let mut side = Side::default();
            for (point, factor) in points {
                let key = (*point, direction);
                let find = |list: &[CurrentValue]| {
                    list.binary_search_by_key(&key, |v| (v.point, v.direction)).ok().map(|at| list[at])
                };
                let counts = cover.entry(key).or_insert((0, 0));
                counts.0 += 1;
                let value = find(values);
                match value {
                    Some(value) => {
                        counts.1 += 1;
                        taking_part.push(value);
                    }
                    None => side.missing += 1,
                }
                let (value, status) = match (value, closed, policy) {
                    (Some(value), ..) => (Some(value), Status::Complete),
                    (None, true, MissingInput::Zero) => (None, Status::Zeroed),
                    (None, true, MissingInput::Estimate) => match find(estimates) {
                        Some(value) => (Some(value), Status::Estimated),
                        None => {
                            gaps.push(Gap { point: *point, direction, interval_start: start });
                            (None, Status::unknown(direction))
                        }
                    },
                    _ => (None, Status::unknown(direction)),
                };
                side.status = side.status.max(status);
                side.energy.push(value.map_or(0, |v| floor_percent(v.energy_mwh, *factor)));
                side.qualities.push(value.map(|v| v.quality));
            }
            side
        };
        let first = out.allocations.len();
        let exports = side(&segment.producers, Direction::Export, policies.production, closed);
        // While production is not known nothing is shared, so there is nothing to estimate for.
        let resolves = closed && exports.status != Status::Held;
        let imports = side(&segment.consumers, Direction::Import, policies.consumption, resolves);
        let mut status = imports.status.max(exports.status);
        let (mut consumption, mut production) = (imports.energy, exports.energy);
        let figures = operator::of_span(self.figures, Span { start, end: start + 1 });
        if segment.operator_unit_mwh.is_some() {
            use Direction::{Export, Import};
            operator::participating(figures, &segment.consumers, Import, &imports.qualities, &mut consumption);
            operator::participating(figures, &segment.producers, Export, &exports.qualities, &mut production);
        }
        let mut shares = Shares::default();
        let takes_part = |point, span| self.community.took_part(point, span);
        let offered = self.books.release(segment, start, &production, &takes_part)?;
        let mut rests = [vec![], vec![]];
        if let Some((_, rule)) = &segment.key {
            if status != Status::Held {
                self.sharer.share(rule, start, offered, &consumption, &mut shares)?;
            }
            if let Some(unit_mwh) = segment.operator_unit_mwh {
                let (production, consumption) = (production.as_slice(), consumption.as_slice());
                let (day, closed) = (self.number, self.closed);
                let metered = Metered { start, day, segment, production, consumption, status, closed };
                let notes = &mut out.comparisons;
                let operator = (rule, unit_mwh);
                let verdict = operator::take_over(self.sharer, &metered, operator, figures, &mut shares, notes);
                (status, rests) = (verdict.status, verdict.rests);
            }
            if status != Status::Held {
                let mut matrix = Vec::new();
                self.sharer.decompose(rule, start, &shares, &mut matrix)?;
                flows.add(&matrix);
            }
        }
        let moved = out.storages.len();
        out.storages.extend(self.books.take_in(segment, start, self.number, &consumption, &shares));
        let key_version = segment.key.as_ref().map(|(version, _)| *version);
        let mut emit =
            |points: &[(u32, u32)], energy: &[i64], qualities: &[Option<Quality>], given: &[i64], direction| {
                let rests = &rests[usize::from(direction == Direction::Export)];
                for (i, (point, _)) in points.iter().enumerate() {
                    let Some(quality) = qualities[i] else { continue };
                    let allocated = given.get(i).copied().unwrap_or(0);
                    out.allocations.push(Allocation {
                        interval_start: start,
                        point: *point,
                        direction,
                        energy_mwh: energy[i],
                        allocated_mwh: (status != Status::Held).then_some(allocated),
                        rest_mwh: rests.get(i).copied().flatten(),
                        quality,
                        status,
                        key_version,
                        day: self.number,
                    });
                }
            };
        emit(&segment.consumers, &consumption, &imports.qualities, &shares.allocated_mwh, Direction::Import);
        emit(&segment.producers, &production, &exports.qualities, &shares.given_mwh, Direction::Export);
        out.allocations[first..].sort_unstable_by_key(|a| (a.point, a.direction));
        taking_part[taken..].sort_unstable_by_key(|v| (v.point, v.direction));
        out.intervals.push(Interval {
            interval_start: start,
            day: self.number,
            expected: (segment.consumers.len() + segment.producers.len()) as u32,
            missing: imports.missing + exports.missing,
            status,
            stored_mwh: out.storages[moved..].iter().map(StorageInterval::stored_mwh).sum(),
            released_mwh: out.storages[moved..].iter().map(|s| s.released_mwh).sum(),
        });
        Ok(())
    }

    fn flush(&self, flows: &mut Flows, next: Micros, out: &mut Settled) {
        let columns = flows.producers.len().max(1);
        for (consumer, row) in flows.consumers.iter().zip(flows.sums.chunks_exact_mut(columns)) {
            for (producer, energy_mwh) in flows.producers.iter().zip(row).filter(|(_, e)| **e != 0) {
                out.flows.push(Flow {
                    day: self.number,
                    segment_start: flows.segment_start,
                    consumer: *consumer,
                    producer: *producer,
                    energy_mwh: std::mem::take(energy_mwh),
                });
            }
        }
        flows.segment_start = next;
    }

    /// Starts of the first intervals after any change of a price or of who takes part for whom.
    fn flow_cuts(&self) -> BTreeSet<Micros> {
        let (registry, id) = (self.community.registry, self.community.id);
        let parts = registry.participations_in(id, self.span).flat_map(|(_, part)| [part.start, part.end]);
        let grid = i64::from(self.community.grid_seconds) * SECOND;
        let prices = PriceBook::new(registry, id, self.community.zone, grid, self.span).cuts(&PRICED_BY_FLOW);
        let inside = prices.into_iter().chain(parts).filter(|at| self.span.contains(*at));
        inside.map(|at| (at + grid - 1).div_euclid(grid) * grid).collect()
    }
}
