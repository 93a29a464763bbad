//! What settling days gives.

use chrono::NaiveDate;

use crate::calendar::Span;
use crate::clock::Micros;
use crate::job::estimate::Gap;
use crate::job::operator::Comparison;
use crate::job::storage::{Stocks, StorageInterval};
use crate::reading::{Direction, Quality};
use crate::readings::truth::CurrentValue;

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
    /// What is left, where an operator says it; else it follows from the two.
    pub rest_mwh: Option<i64>,
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
    pub stored_mwh: i64,
    pub released_mwh: i64,
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
    /// What storages did, sorted by (start, point).
    pub storages: Vec<StorageInterval>,
    /// What storages hold when the last day is over.
    pub closing: Stocks,
    /// Figures of the operator beside ours, of intervals of which it says anything.
    pub comparisons: Vec<Comparison>,
}
