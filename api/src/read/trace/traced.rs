//! A line that is opened.

use engine::item::Item;
use engine::job::again::trace::LineKey;

use crate::read::line::{FundPart, Line};

/// Lines that a fund or capital makes.
pub const FUND_SHARE: &str = "fund_share";
pub const CAPITAL_INTEREST: &str = "capital_interest";

/// A line as it was published.
#[derive(Debug, Clone)]
pub struct TracedLine {
    pub key: LineKey,
    pub line: Line,
    pub fund: FundPart,
    pub status: String,
    pub run_id: String,
}

impl TracedLine {
    /// Whether it is a price times energy.
    pub fn has_energy(&self) -> bool {
        self.line.kind == "net"
            && !["monthly_fee", "minimum_amount", FUND_SHARE, CAPITAL_INTEREST].contains(&self.key.item.as_str())
    }

    /// Whether its energy was shared, or left over, in intervals; free and minimum quantities are of the month as a
    /// whole.
    pub fn is_shared_energy(&self) -> bool {
        self.line.kind == "net" && Item::of(&self.key.item).is_some_and(Item::is_of_intervals)
    }
}
