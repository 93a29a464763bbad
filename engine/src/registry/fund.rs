//! Money that a community hands out by a rule of its own: pots with their parts.

use arrow::datatypes::Field;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::dated::{ByCommunity, Dated, dated, resolve_each};
use super::master::{Master, counted_within, fixed, instant};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::error::Result;
use crate::field::{kwh, text};
use crate::item::ITEMS;

/// Who pays what a fund hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FundSource {
    /// A public body that pays for shared energy.
    Incentive,
    /// The community itself.
    Community,
    /// Whoever buys the surplus: the month's revenue takes the way of the fund, not that to its producers.
    SurplusSale,
}

/// Who gets a part of a fund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beneficiary {
    /// Members with a point that feeds in.
    Producers,
    /// Members with a point that draws.
    Consumers,
    /// Members with any point.
    Members,
    /// No member: a purpose that the community named, payable as one amount.
    Social,
}

/// By what a part is split among those who get it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    AllocatedEnergy,
    GivenEnergy,
    SurplusEnergy,
    Equal,
    Capital,
}

/// A pot of every month and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fund {
    pub community_id: String,
    pub fund_id: String,
    pub source: FundSource,
    /// Millionths of the currency per month; none where the source says how much it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_micro: Option<i64>,
    /// Their percentages sum to 100.
    pub parts: Vec<FundPart>,
    /// Whether the odd cent goes to the smaller id instead of around.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tie_by_id: bool,
    /// It counts in the local months whose first instant lies within.
    pub valid_from: Micros,
    pub valid_to: Micros,
}

/// A part of a pot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundPart {
    /// Hundredths of a percent.
    pub percent_basis_points: u32,
    pub to: Beneficiary,
    /// None for a part that goes to no member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Weight>,
    /// Only members of these kinds; all where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub member_kinds: Vec<String>,
}

macro_rules! words {
    ($t:ty: $($variant:ident = $word:literal),*) => {
        impl $t {
            /// Every word with its meaning.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),*];

            /// The word in files and tables.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),*
                }
            }
        }
    };
}
words!(FundSource: Incentive = "incentive", Community = "community", SurplusSale = "surplus_sale");
words!(Beneficiary: Producers = "producers", Consumers = "consumers", Members = "members", Social = "social");
words!(Weight: AllocatedEnergy = "allocated_energy", GivenEnergy = "given_energy", SurplusEnergy = "surplus_energy",
    Equal = "equal", Capital = "capital");

impl Weight {
    /// The item of `member_days` whose energy weighs; none where no energy does.
    pub fn item(self) -> Option<&'static str> {
        ITEMS.iter().find(|item| item.weight == Some(self.as_str())).map(|item| item.name)
    }
}

dated!(Fund);

impl Master for Fund {
    const NAME: &'static str = "funds";
    /// By community, sorted by (fund, valid_from).
    type Resolved = ByCommunity<Self>;

    fn key(&self) -> Value {
        json!([self.community_id, self.fund_id, self.valid_from])
    }

    fn community(&self) -> Option<&str> {
        Some(&self.community_id)
    }

    fn fields() -> Vec<Field> {
        vec![text("community_id"), text("fund_id"), text("source"), kwh("amount").with_nullable(true)]
    }

    fn cells(&self) -> Value {
        json!({
            "community_id": self.community_id,
            "fund_id": self.fund_id,
            "source": self.source,
            "amount": fixed(self.amount_micro, 6),
            "valid_from": instant(self.valid_from),
            "valid_to": instant(self.valid_to),
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        resolve_each(rows, |f| (&f.community_id, f.fund_id.clone()))
    }

    fn counted(resolved: &Self::Resolved, community: &str, span: Span) -> Result<Vec<String>> {
        counted_within(resolved, community, span, |fund: Self| fund)
    }
}
