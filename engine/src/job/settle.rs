//! Settling days of one community: current values in, allocations and energy flows out.
//!
//! One streaming pass over values sorted by (interval, point, direction). Everything that changes only at instants of
//! the master data (who takes part, by which key, at which tariff) is worked out once per segment between them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::estimate::Gap;
use super::segments::Segment;
use super::truth::CurrentValue;
use crate::calendar::{SECOND, Span, day_span, local_day, year_span};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::ingest::{Direction, Quality};
use crate::price::PriceBook;
use crate::registry::{Dated, Registry};
use crate::sharing::{MissingInput, Sharer, Shares, floor_percent};
use crate::table::file::hex;

/// The number of the arithmetic. A change that may give other figures from the same inputs is a new number.
pub const ARITHMETIC_VERSION: u32 = 2;

/// How far an interval's figures can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Every expected value is there.
    Complete,
    /// Its deadline has passed, and what is missing is estimated, as the rule says.
    Estimated,
    /// Its deadline has passed, and what is missing counts as nothing, as the rule says.
    Zeroed,
    /// Production is there, some consumption is missing.
    Provisional,
    /// Production is missing: nothing is shared until it comes.
    Held,
}

impl Status {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Estimated => "estimated",
            Self::Zeroed => "zeroed",
            Self::Provisional => "provisional",
            Self::Held => "held",
        }
    }
}

/// One row of `allocations`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocation {
    pub interval_start: Micros,
    pub point: u32,
    pub direction: Direction,
    /// What takes part.
    pub energy_mwh: i64,
    /// `None` while the interval is held.
    pub allocated_mwh: Option<i64>,
    pub quality: Quality,
    pub status: Status,
    pub key_version: Option<i64>,
    pub day: u32,
}

/// One interval of the community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    pub interval_start: Micros,
    pub day: u32,
    pub expected: u32,
    pub missing: u32,
    pub status: Status,
}

/// Energy that went from a producing to a consuming point in one local day and between two changes of any price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    pub day: u32,
    /// The first interval of the day in this price segment.
    pub segment_start: Micros,
    pub consumer: u32,
    pub producer: u32,
    pub energy_mwh: i64,
}

/// Items whose price per kWh applies to the energy that flows between members.
pub const PRICED_BY_FLOW: [&str; 3] = ["internal_energy", "community_fee", "excise"];

/// Expected and present values of a point in a local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    pub day: u32,
    pub point: u32,
    pub direction: Direction,
    pub expected: u32,
    pub present: u32,
}

/// A local day that was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub day: NaiveDate,
    pub span: Span,
    pub run_id: String,
}

/// All that came out.
#[derive(Debug, Default, Clone)]
pub struct Settled {
    pub days: Vec<Day>,
    /// Values of the community's points while they take part, sorted by (start, point, direction).
    pub values: Vec<CurrentValue>,
    pub allocations: Vec<Allocation>,
    pub intervals: Vec<Interval>,
    pub flows: Vec<Flow>,
    pub coverage: Vec<Cover>,
    /// Missing values past their deadline that the rule wants estimated and nobody has.
    pub gaps: Vec<Gap>,
}

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
        })
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
        dated(self.registry.allocation_keys.get(self.id), span, &mut put);
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
        let mut settled = Settled::default();
        let mut sharer = Sharer::default();
        for (day, closed) in days {
            let span = day_span(self.zone, *day);
            let estimates = if *closed { of_span(estimates, span) } else { &[] };
            let mut work = DayWork {
                community: self,
                span,
                number: settled.days.len() as u32,
                sharer: &mut sharer,
                every_interval,
                closed: *closed,
                estimates,
            };
            let taking_part = work.settle(of_span(values, span), &mut settled)?;
            let run_id = self.run_id(*day, span, *closed, &taking_part, estimates);
            settled.values.extend(taking_part);
            settled.days.push(Day { day: *day, span, run_id });
        }
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
        day: NaiveDate,
        span: Span,
        closed: bool,
        values: &[CurrentValue],
        estimates: &[CurrentValue],
    ) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{}\0{ARITHMETIC_VERSION}\0{}\0{day}\0{closed}\0", self.graph_digest, self.id));
        hash.update(self.master_digest(span));
        for v in values.iter().chain(estimates) {
            hash.update(self.points[v.point as usize].as_bytes());
            hash.update([0, v.direction as u8, v.quality as u8]);
            for number in [v.interval_start, v.energy_mwh, v.revision] {
                hash.update(number.to_be_bytes());
            }
        }
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
    /// Flows per interval instead of per price segment.
    every_interval: bool,
    /// Whether the deadline has passed.
    closed: bool,
    estimates: &'a [CurrentValue],
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
        let status = imports.status.max(exports.status);
        let (consumption, production) = (imports.energy, exports.energy);
        let mut shares = Shares::default();
        if let (Some((_, rule)), false) = (&segment.key, status == Status::Held) {
            self.sharer.share(rule, start, &production, &consumption, &mut shares)?;
            let mut matrix = Vec::new();
            self.sharer.decompose(rule, start, &shares, &mut matrix)?;
            flows.add(&matrix);
        }
        let key_version = segment.key.as_ref().map(|(version, _)| *version);
        let mut emit =
            |points: &[(u32, u32)], energy: &[i64], qualities: &[Option<Quality>], given: &[i64], direction| {
                for (i, (point, _)) in points.iter().enumerate() {
                    let Some(quality) = qualities[i] else { continue };
                    let allocated = given.get(i).copied().unwrap_or(0);
                    out.allocations.push(Allocation {
                        interval_start: start,
                        point: *point,
                        direction,
                        energy_mwh: energy[i],
                        allocated_mwh: (status != Status::Held).then_some(allocated),
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

/// The local days that a UTC day touches.
pub fn local_days_of_utc_day(zone: Tz, utc_day: i32) -> impl Iterator<Item = NaiveDate> {
    let start = i64::from(utc_day) * crate::calendar::UTC_DAY;
    let first = local_day(zone, start);
    let last = local_day(zone, start + crate::calendar::UTC_DAY - 1);
    first.iter_days().take_while(move |d| *d <= last)
}
