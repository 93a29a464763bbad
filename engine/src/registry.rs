//! Master data: who takes part in what, since when, by which key and at which price.
//!
//! Rows are never edited. A correction is a new row with a higher sequence; of two rows of the same thing the later
//! sequence counts, and a later `valid_from` ends an earlier row. Times are half-open UTC intervals.

mod factor;
mod fund;
mod series;
mod tariff;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::billing::{Billing, Bills};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::reading::Direction;

pub use factor::{FactorTerms, GridFactor, LIFE_CYCLE_UNCERTAINTY_PERCENT};
pub use fund::{Beneficiary, Fund, FundPart, FundSource, InterestRule, Weight, members_of_part};
pub use series::{Column, PUBLIC, SeriesBlock, SeriesColumns};
pub use tariff::{Band, Tariff, Terms};

/// The end of a validity that has none.
pub const FOREVER: Micros = i64::MAX;

/// An energy community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Community {
    pub community_id: String,
    pub name: String,
    /// ISO 3166 alpha-2. Picks the regime.
    pub country: String,
    /// IANA zone.
    pub timezone: String,
    /// ISO 4217.
    pub currency: String,
    /// The grid of the sharing: 15, 30 or 60.
    pub interval_minutes: u32,
    /// How many hours after the end of a local day it waits for readings before what is missing is dealt with as missing;
    /// the default is [`DEADLINE_HOURS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_hours: Option<u32>,
    /// Where it lies, in 1e-6 degrees north and east: for the sun on its pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place_micro: Option<(i32, i32)>,
}

/// Two days.
pub const DEADLINE_HOURS: u32 = 48;

impl Community {
    /// How long after the end of a local day readings are waited for.
    pub fn deadline(&self) -> Micros {
        i64::from(self.deadline_hours.unwrap_or(DEADLINE_HOURS)) * 3600 * crate::calendar::SECOND
    }
}

/// A member of one community. The lake knows ids only; names are people's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub community_id: String,
    pub member_id: String,
    /// Global id of the person or body behind the member.
    pub holder: String,
    /// `household`, `business`, `farm`, `commune` or `producer`.
    pub kind: String,
}

/// A metering point. Global: it has one holder, whatever communities it takes part in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeteringPoint {
    pub metering_point_id: String,
    pub holder: String,
    pub import: bool,
    pub export: bool,
    #[serde(flatten)]
    pub plant: Plant,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

/// What stands behind a metering point, as far as it matters to sharing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plant {
    /// Contracted power in W: the most that an interval can carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_power_w: Option<i64>,
    /// A storage gives back so many permille of what it took in; `None` for everything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_efficiency_permille: Option<u32>,
}

impl MeteringPoint {
    /// Whether the point measures this direction.
    pub fn measures(&self, direction: Direction) -> bool {
        match direction {
            Direction::Import => self.import,
            Direction::Export => self.export,
        }
    }

    /// The time in which it measures.
    pub fn span(&self) -> Span {
        Span { start: self.valid_from, end: self.valid_to }
    }
}

/// A metering point taking part in a community for a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participation {
    pub community_id: String,
    pub metering_point_id: String,
    pub member_id: String,
    /// 1 to 100.
    pub factor_percent: u32,
    pub consent_id: Option<String>,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

/// How the shared energy is split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationKey {
    pub community_id: String,
    pub rule: crate::sharing::Rule,
    /// Who adopted it.
    pub adopted_by: Option<String>,
    /// The country's name for it, where it has one: `statique`, `dynamic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<String>,
    /// The version that had shared this time before, and that this one corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<i64>,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

/// Capital that a member holds: what keys by shares share by, and what earns interest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapitalShare {
    pub community_id: String,
    pub member_id: String,
    /// Millionths of the currency.
    pub capital_micro: i64,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

/// What the rules of a country say about one thing for a time: a rate, a limit, a sharing that it knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regime {
    /// ISO 3166 alpha-2.
    pub country: String,
    /// `vat_percent.household.electricity`, `sharing.statique`, ...
    pub key: String,
    /// As the key asks for it.
    pub value: String,
    /// First day; nothing where it always was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    /// The day after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<NaiveDate>,
    /// Where it stands.
    pub source: String,
}

/// One row of master data with the name of its table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "table", rename_all = "snake_case")]
pub enum Row {
    Communities(Community),
    Members(Member),
    MeteringPoints(MeteringPoint),
    Participations(Participation),
    AllocationKeys(AllocationKey),
    Tariffs(Tariff),
    GridFactors(GridFactor),
    CapitalShares(CapitalShare),
    Series(SeriesBlock),
    Billings(Billing),
    Regimes(Regime),
    Funds(Fund),
    InterestRules(InterestRule),
}

/// A row and its place in the one order of all changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequencedRow {
    /// Position in the registry's order, from 1, without gaps.
    pub sequence: i64,
    pub row: Row,
}

/// All master data up to one sequence, resolved: one row per thing and time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    /// The last sequence in it.
    pub sequence: i64,
    pub communities: BTreeMap<String, Community>,
    /// By (community, member).
    pub members: BTreeMap<(String, String), Member>,
    pub metering_points: BTreeMap<String, MeteringPoint>,
    /// Sequence of the row of each metering point.
    pub point_sequences: BTreeMap<String, i64>,
    /// By community, sorted by (metering point, valid_from); no two overlap for the same point.
    pub participations: BTreeMap<String, Vec<Participation>>,
    /// By community, sorted by valid_from; no two overlap. The number is the version: the sequence of its row.
    pub allocation_keys: BTreeMap<String, Vec<(i64, AllocationKey)>>,
    /// By community, sorted by (item, producer, valid_from).
    pub tariffs: BTreeMap<String, Vec<(i64, Tariff)>>,
    /// By community, sorted by valid_from.
    pub grid_factors: BTreeMap<String, Vec<(i64, GridFactor)>>,
    /// By community, sorted by (member, valid_from).
    pub capital_shares: BTreeMap<String, Vec<(i64, CapitalShare)>>,
    /// By community, series and column; the later sequence goes before the earlier.
    pub series: BTreeMap<String, BTreeMap<String, SeriesColumns>>,
    /// By community.
    pub bills: BTreeMap<String, Bills>,
    /// What this installation says of countries, by (country, key, first day).
    pub regimes: BTreeMap<(String, String, Option<NaiveDate>), Regime>,
    /// By community, sorted by (fund, valid_from).
    pub funds: BTreeMap<String, Vec<(i64, Fund)>>,
    /// By community and year; the last row of a year counts.
    pub interest_rules: BTreeMap<String, BTreeMap<i32, (i64, InterestRule)>>,
}

impl Registry {
    /// Resolves rows in the order of their sequence.
    pub fn from_rows(rows: impl IntoIterator<Item = SequencedRow>) -> Self {
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|r| r.sequence);
        let mut registry = Self { sequence: rows.last().map_or(0, |r| r.sequence), ..Self::default() };
        let mut participations = BTreeMap::<_, Vec<(i64, Participation)>>::new();
        let mut tariffs = BTreeMap::<_, Vec<(i64, Tariff)>>::new();
        let mut capital = BTreeMap::<_, Vec<(i64, CapitalShare)>>::new();
        let mut funds = BTreeMap::<_, Vec<(i64, Fund)>>::new();
        for SequencedRow { sequence, row } in rows {
            match row {
                Row::Communities(c) => drop(registry.communities.insert(c.community_id.clone(), c)),
                Row::Members(m) => drop(registry.members.insert((m.community_id.clone(), m.member_id.clone()), m)),
                Row::MeteringPoints(p) => {
                    registry.point_sequences.insert(p.metering_point_id.clone(), sequence);
                    registry.metering_points.insert(p.metering_point_id.clone(), p);
                }
                Row::Participations(p) => participations
                    .entry((p.community_id.clone(), p.metering_point_id.clone()))
                    .or_default()
                    .push((sequence, p)),
                Row::AllocationKeys(k) => {
                    registry.allocation_keys.entry(k.community_id.clone()).or_default().push((sequence, k));
                }
                Row::Tariffs(t) => tariffs
                    .entry((t.community_id.clone(), t.item.clone(), t.producer.clone(), t.variant()))
                    .or_default()
                    .push((sequence, t)),
                Row::GridFactors(f) => {
                    registry.grid_factors.entry(f.community_id.clone()).or_default().push((sequence, f));
                }
                Row::CapitalShares(c) => {
                    capital.entry((c.community_id.clone(), c.member_id.clone())).or_default().push((sequence, c));
                }
                Row::Regimes(r) => {
                    drop(registry.regimes.insert((r.country.clone(), r.key.clone(), r.valid_from), r));
                }
                Row::Series(b) => registry
                    .series
                    .entry(b.community_id.clone())
                    .or_default()
                    .entry(b.series.clone())
                    .or_default()
                    .entry((b.point.clone(), b.producer.clone()))
                    .or_default()
                    .insert(0, (sequence, b)),
                Row::Billings(b) => registry.bills.entry(b.community_id.clone()).or_default().add(b),
                Row::Funds(f) => {
                    funds.entry((f.community_id.clone(), f.fund_id.clone())).or_default().push((sequence, f));
                }
                Row::InterestRules(r) => drop(
                    registry.interest_rules.entry(r.community_id.clone()).or_default().insert(r.year, (sequence, r)),
                ),
            }
        }
        registry.allocation_keys.values_mut().for_each(resolve);
        registry.grid_factors.values_mut().for_each(resolve);
        for ((community, _), mut versions) in participations {
            resolve(&mut versions);
            registry.participations.entry(community).or_default().extend(versions.into_iter().map(|(_, p)| p));
        }
        for ((community, ..), mut versions) in tariffs {
            resolve(&mut versions);
            registry.tariffs.entry(community).or_default().extend(versions);
        }
        for ((community, _), mut versions) in capital {
            resolve(&mut versions);
            registry.capital_shares.entry(community).or_default().extend(versions);
        }
        for ((community, _), mut versions) in funds {
            resolve(&mut versions);
            registry.funds.entry(community).or_default().extend(versions);
        }
        registry
    }

    /// The bills of a community's month, the first one first.
    pub fn bills_of(&self, community: &str, month: NaiveDate) -> impl Iterator<Item = &Billing> {
        self.bills.get(community).into_iter().flat_map(move |bills| bills.of(month))
    }

    /// The participations of a community in a span, with the part of the span that each covers.
    pub fn participations_in(&self, community: &str, span: Span) -> impl Iterator<Item = (&Participation, Span)> {
        let all = self.participations.get(community).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter_map(move |p| {
            let point = self.metering_points.get(&p.metering_point_id)?;
            let part = span.intersect(p.validity()).intersect(point.span());
            (!part.is_empty()).then_some((p, part))
        })
    }
}

impl Registry {
    /// The columns of a series: the community's own, else the one that is everybody's.
    pub(crate) fn columns(&self, community: &str, series: &str) -> Option<&SeriesColumns> {
        let of = |owner: &str| self.series.get(owner).and_then(|all| all.get(series));
        of(community).or_else(|| of(PUBLIC))
    }

    /// The series that rows of a community read: others are nothing to it.
    pub(crate) fn series_named_by(&self, community: &str) -> std::collections::BTreeSet<&str> {
        let keys = self.allocation_keys.get(community).into_iter().flatten().flat_map(|(_, k)| k.rule.series());
        let prices = self.tariffs.get(community).into_iter().flatten().filter_map(|(_, t)| t.terms.series.as_deref());
        let factors = self.grid_factors.get(community).into_iter().flatten();
        keys.chain(prices).chain(factors.filter_map(|(_, f)| f.more.series.as_deref())).collect()
    }

    /// The blocks of a series of one column.
    fn blocks(&self, community: &str, series: &str) -> &[(i64, SeriesBlock)] {
        let column = (String::new(), None);
        self.columns(community, series).and_then(|c| c.get(&column)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The columns of a series with the blocks that touch a span, those that count more first.
    pub fn series_in(&self, community: &str, series: &str, span: Span) -> Vec<(&Column, Vec<&SeriesBlock>)> {
        self.columns(community, series)
            .into_iter()
            .flatten()
            .map(|(column, blocks)| {
                (column, blocks.iter().map(|(_, b)| b).filter(|b| b.span().overlaps(span)).collect::<Vec<_>>())
            })
            .filter(|(_, blocks)| !blocks.is_empty())
            .collect()
    }

    /// The value of a series of one column in the interval of a grid that begins at an instant.
    pub fn series_at(
        &self,
        community: &str,
        series: &str,
        instant: Micros,
        grid: Micros,
    ) -> Option<(i64, &SeriesBlock)> {
        self.blocks(community, series).iter().find_map(|(_, b)| Some((b.at(instant, grid)?, b)))
    }

    /// The values of a series of one column at the starts of intervals `range` of a grid that begins at `start`.
    pub fn series_values(
        &self,
        community: &str,
        series: &str,
        start: Micros,
        grid: Micros,
        range: std::ops::Range<usize>,
    ) -> Vec<Option<i64>> {
        let blocks = self.blocks(community, series);
        range.map(|n| blocks.iter().find_map(|(_, b)| b.at(start + n as i64 * grid, grid))).collect()
    }

    /// The coefficients of a key for a span on a grid.
    pub fn coefficients(
        &self,
        community: &str,
        series: &str,
        span: Span,
        grid: Micros,
    ) -> crate::sharing::Coefficients {
        let columns = self.series_in(community, series, span);
        let mut out = crate::sharing::Coefficients {
            columns: columns.iter().map(|(column, _)| (*column).clone()).collect(),
            rows: BTreeMap::new(),
        };
        let mut start = span.start.div_euclid(grid) * grid;
        while start < span.end {
            let at = |(_, blocks): &(&Column, Vec<&SeriesBlock>)| blocks.iter().find_map(|b| b.at(start, grid));
            let row: Vec<Option<i64>> = columns.iter().map(at).collect();
            if row.iter().any(Option::is_some) {
                out.rows.insert(start, row.into_iter().map(|v| v.unwrap_or(0)).collect());
            }
            start += grid;
        }
        out
    }
}

/// Something that counts for a time.
pub trait Dated {
    /// First and last instant.
    fn validity(&self) -> Span;
    /// Ends it earlier.
    fn end_at(&mut self, end: Micros);
    /// What it says about a span, whatever it says about other times.
    fn within(&self, span: Span) -> Self;
}

macro_rules! dated {
    ($($t:ty),*) => {$(
        impl Dated for $t {
            fn validity(&self) -> Span {
                Span { start: self.valid_from, end: self.valid_to }
            }
            fn end_at(&mut self, end: Micros) {
                self.valid_to = self.valid_to.min(end);
            }
            fn within(&self, span: Span) -> Self {
                let part = self.validity().intersect(span);
                Self { valid_from: part.start, valid_to: part.end, ..self.clone() }
            }
        }
    )*};
}
dated!(Participation, AllocationKey, Tariff, GridFactor, CapitalShare, Fund, InterestRule);

/// Of versions of one thing, in the order of their sequence: of those from the same instant the last counts, and each
/// ends where the next begins.
fn resolve<T: Dated>(versions: &mut Vec<(i64, T)>) {
    versions.sort_by_key(|(sequence, v)| (v.validity().start, -sequence));
    versions.dedup_by_key(|(_, v)| v.validity().start);
    let starts: Vec<Micros> = versions.iter().skip(1).map(|(_, v)| v.validity().start).collect();
    for ((_, version), next) in versions.iter_mut().zip(starts) {
        version.end_at(next);
    }
    versions.retain(|(_, v)| !v.validity().is_empty());
}

#[cfg(test)]
mod tests;
