//! Money that a community hands out by rules of its own: pots with their parts, and interest on capital.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Registry;
use crate::calendar::{Span, local_day};
use crate::clock::Micros;

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

/// Interest on the capital of one calendar year, paid with the statements of one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterestRule {
    pub community_id: String,
    pub year: i32,
    /// Ten-thousandths of a percent: 2.75 % is 27500. None where a budget was voted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_percent_e4: Option<i64>,
    /// Millionths of the currency, split by capital and days. None where there is a rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_micro: Option<i64>,
    /// Days by which a day's interest is a part of the year's.
    pub days_of_year: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tie_by_id: bool,
    /// The local month in which it is paid.
    pub valid_from: Micros,
    pub valid_to: Micros,
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
        match self {
            Self::AllocatedEnergy => Some("internal_energy"),
            Self::GivenEnergy => Some("production_credit"),
            Self::SurplusEnergy => Some("surplus_revenue"),
            Self::Equal | Self::Capital => None,
        }
    }
}

impl Registry {
    /// The funds that count in the month that begins at an instant, each with its version. Of several that would take the
    /// revenue of the surplus the first does: it can be handed out once.
    pub fn funds_at(&self, community: &str, month_start: Micros) -> Vec<&(i64, Fund)> {
        let all = self.funds.get(community).map(Vec::as_slice).unwrap_or_default();
        let mut routed = false;
        let mut counts = |f: &Fund| f.source != FundSource::SurplusSale || !std::mem::replace(&mut routed, true);
        let in_force = all.iter().filter(|(_, f)| (f.valid_from..f.valid_to).contains(&month_start));
        in_force.filter(|(_, f)| counts(f)).collect()
    }

    /// Capital times days of each member of a community in a span, in millionths of the currency: a row counts the local
    /// days from its first to its last.
    pub fn capital_days(&self, community: &str, zone: chrono_tz::Tz, span: Span) -> Vec<(&str, i128)> {
        let mut days = std::collections::BTreeMap::<&str, i128>::new();
        for (_, share) in self.capital_shares.get(community).map(Vec::as_slice).unwrap_or_default() {
            let part = Span { start: share.valid_from, end: share.valid_to }.intersect(span);
            if part.is_empty() {
                continue;
            }
            let count = (local_day(zone, part.end) - local_day(zone, part.start)).num_days();
            *days.entry(&share.member_id).or_default() += i128::from(share.capital_micro) * i128::from(count);
        }
        days.into_iter().filter(|(_, days)| *days != 0).collect()
    }

    /// The kinds of a community's members, by id.
    pub fn member_kinds(&self, community: &str) -> std::collections::BTreeMap<&str, &str> {
        let from = (community.to_owned(), String::new());
        let own = self.members.range(from..).take_while(|((c, _), _)| c == community);
        own.map(|((_, id), member)| (id.as_str(), member.kind.as_str())).collect()
    }

    /// Whether the kind of a member matters to what a community's members pay or get.
    pub(crate) fn asks_for_kinds(&self, community: &str) -> bool {
        let tariffs = self.tariffs.get(community).into_iter().flatten();
        let funds = self.funds.get(community).into_iter().flatten();
        tariffs.map(|(_, t)| t).any(|t| t.terms.member_kind.is_some())
            || funds.flat_map(|(_, f)| &f.parts).any(|part| !part.member_kinds.is_empty())
    }
}

/// Who may get something of a part, by id: members with a point of its side in the month, of its kinds.
pub fn members_of_part<'r>(registry: &'r Registry, community: &str, span: Span, part: &FundPart) -> BTreeSet<&'r str> {
    let kinds = registry.member_kinds(community);
    let has_side = |point: &str| {
        let point = registry.metering_points.get(point);
        point.is_some_and(|point| match part.to {
            Beneficiary::Producers => point.export,
            Beneficiary::Consumers => point.import,
            Beneficiary::Members => point.import || point.export,
            Beneficiary::Social => false,
        })
    };
    let is_of_kind = |member: &str| {
        let kind = kinds.get(member).copied().unwrap_or_default();
        part.member_kinds.is_empty() || part.member_kinds.iter().any(|k| k == kind)
    };
    let there = registry.participations_in(community, span).map(|(p, _)| p);
    let wanted = there.filter(|p| has_side(&p.metering_point_id) && is_of_kind(&p.member_id));
    wanted.map(|p| p.member_id.as_str()).collect()
}
