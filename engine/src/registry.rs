//! Master data: who takes part in what, since when, by which key and at which price.
//!
//! Rows are never edited. A correction is a new row with a higher sequence; of two rows of the same thing the later
//! sequence counts, and a later `valid_from` ends an earlier row. Times are half-open UTC intervals.
//!
//! Each table is one file with its row and what [`Master`] asks of it, and one line in the list of tables.

mod billing;
mod capital_share;
mod community;
mod counts;
mod dated;
mod factor;
mod fund;
mod interest;
mod key;
mod master;
mod member;
mod participation;
mod payout;
mod point;
mod regime;
mod resolved;
mod series;
pub(crate) mod tables;
mod tariff;
mod values;

pub use crate::billing::Billing;
pub use capital_share::CapitalShare;
pub use community::{Community, DEADLINE_HOURS};
pub use dated::{ByCommunity, Dated, FOREVER};
pub use factor::{FactorTerms, GridFactor, LIFE_CYCLE_UNCERTAINTY_PERCENT};
pub use fund::{Beneficiary, Fund, FundPart, FundSource, Weight};
pub use interest::InterestRule;
pub use key::AllocationKey;
pub use master::Master;
pub use member::Member;
pub use participation::Participation;
pub use payout::members_of_part;
pub use point::{MeteringPoint, Plant};
pub use regime::Regime;
pub use resolved::{Registry, Row, SequencedRow};
pub use series::{Column, PUBLIC, SeriesBlock, SeriesColumns};
pub use tariff::{Band, Tariff, Terms};

#[cfg(test)]
mod tests;
