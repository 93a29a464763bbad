//! What settling days gives.

use chrono::NaiveDate;

use super::community::Stocks;
use crate::calendar::Span;
use crate::clock::Micros;
use crate::reading::Kind;
use crate::reading::{Direction, Quality};
use crate::readings::{CurrentValue, Fit};
use crate::sharing::Discharge;
use crate::sharing::Stock;

pub use crate::status::Status;

/// One row of `allocations`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocation {
    pub interval_start: Micros,
    pub point: u32,
    pub direction: Direction,
    /// What takes part.
    pub energy_micro_kwh: i64,
    /// `None` while the interval is held.
    pub allocated_micro_kwh: Option<i64>,
    /// What is left, where an operator says it; else it follows from the two.
    pub rest_micro_kwh: Option<i64>,
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
    /// Shared energy that went into storages, and shared energy that came out of them.
    pub stored_micro_kwh: i64,
    pub released_micro_kwh: i64,
}

/// Energy that went from a producing to a consuming point in one local day and between two changes of any price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    pub day: u32,
    /// The first interval of the day in this price segment.
    pub segment_start: Micros,
    pub consumer: u32,
    pub producer: u32,
    pub energy_micro_kwh: i64,
}

/// How many intervals of a point and direction were expected, and how what came fits them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub expected: u32,
    pub present: u32,
    /// Of those present, made of shorter values, and parts of longer ones.
    pub summed: u32,
    pub split: u32,
    /// Missing, although something came.
    pub partial: u32,
}

impl Counts {
    /// Counts what came for an expected interval.
    pub(super) fn add(&mut self, value: Option<&CurrentValue>) {
        self.expected += 1;
        let Some(value) = value else { return };
        self.present += u32::from(value.counts());
        self.summed += u32::from(value.fit == Fit::Summed);
        self.split += u32::from(value.fit == Fit::Split);
        self.partial += u32::from(value.fit == Fit::Partial);
    }
}

/// Expected and present values of a point in a local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    pub day: u32,
    pub point: u32,
    pub direction: Direction,
    pub counts: Counts,
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
    /// What storages did, sorted by (start, point).
    pub storages: Vec<StorageInterval>,
    /// What storages hold when the last day is over.
    pub closing: Stocks,
    /// Figures of the operator beside ours, of intervals of which it says anything.
    pub comparisons: Vec<Comparison>,
    /// The operator's figures that they were settled beside.
    pub figures: Vec<Figure>,
}

/// What a storage took in and gave in an interval, and what it holds at the end of it. One row of `storage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageInterval {
    pub interval_start: Micros,
    pub point: u32,
    pub day: u32,
    /// Taken in, by where it came from.
    pub charged: Stock,
    pub discharge: Discharge,
    /// Of what was delivered from the community's energy: offered to the rule, and given by it.
    pub offered_micro_kwh: i64,
    pub released_micro_kwh: i64,
    /// At the end of the interval.
    pub stock: Stock,
}

impl StorageInterval {
    /// Shared energy that it took in.
    pub fn stored_micro_kwh(&self) -> i64 {
        self.charged.community_micro_kwh
    }
}

/// A value that is missing and may be estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    pub point: u32,
    pub direction: Direction,
    pub interval_start: Micros,
}

/// One figure of an operator, on the grid of its community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub kind: Kind,
    pub value: CurrentValue,
}

impl Figure {
    pub(crate) fn key(&self) -> (u32, Direction, Kind) {
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
    pub operator_micro_kwh: Option<i64>,
    /// The same as the key gives it; `None` while production is not known.
    pub computed_micro_kwh: Option<i64>,
    /// How far the two may be apart by rounding alone.
    pub tolerance_micro_kwh: i64,
    /// The same for the sum of the interval's shares.
    pub sum_tolerance_micro_kwh: i64,
    /// Whether readings and figures are all there, and the figures add up.
    pub closes: bool,
    /// Whether the operator's figures are the interval's shares.
    pub adopted: bool,
    pub key_version: Option<i64>,
}
