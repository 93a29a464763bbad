//! Master data: who takes part in what, since when, by which key and at which price.
//!
//! Rows are never edited. A correction is a new row with a higher sequence; of two rows of the same thing the later
//! sequence counts, and a later `valid_from` ends an earlier row. Times are half-open UTC intervals.

mod fund;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::billing::{Billing, Bills};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::ingest::Direction;

pub use fund::{Beneficiary, Fund, FundPart, FundSource, InterestRule, Weight};

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

/// A price of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    pub community_id: String,
    /// `internal_energy`, `community_fee`, `excise`, `monthly_fee`, `surplus_sale`, `grid_benefit`, `supplier_energy`.
    pub item: String,
    /// A price of one producing member goes before the general one.
    pub producer: Option<String>,
    /// Millionths of the currency per kWh.
    pub price_micro_per_kwh: Option<i64>,
    /// Millionths of the currency per month.
    pub price_micro_per_month: Option<i64>,
    /// Hundredths of a percent: 20 % is 2000.
    pub vat_basis_points: u32,
    /// EN 16931 category: `S` standard, `E` exempt, `O` outside the scope, `Z` zero.
    pub vat_category: String,
    #[serde(flatten)]
    pub terms: Terms,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

/// When a price counts within its validity, and for how much.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// Only in these hours, days and months; a price with a band goes before one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<Band>,
    /// A series whose value of the interval is added to the price, such as the spot market's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Energy per member, line and month that costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_mwh: Option<i64>,
    /// Energy per member, line and month that is paid for in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_mwh: Option<i64>,
    /// Only for members of this kind; such a price goes before the general one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_kind: Option<String>,
    /// `heat`; electricity without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_kind: Option<String>,
}

/// Hours of the week in some months, in the community's local time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Band {
    /// `peak`, `night`, ...
    pub name: String,
    /// Bit 0 is Monday.
    pub weekdays: u8,
    /// Bit 0 is January.
    pub months: u16,
    /// Minutes after local midnight, half-open; an end before the start goes over midnight.
    pub from_minute: u16,
    pub to_minute: u16,
}

impl Band {
    /// Whether the band covers a local time.
    pub fn covers(&self, weekday: u32, month: u32, minute: u32) -> bool {
        let (from, to) = (u32::from(self.from_minute), u32::from(self.to_minute));
        let within = if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to };
        within && self.weekdays >> weekday & 1 == 1 && self.months >> month & 1 == 1
    }
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

/// Values of a series on a grid for a stretch of time: coefficients of a key, prices of a market, intensity of a grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesBlock {
    /// Whose it is; [`PUBLIC`] for everybody's.
    pub community_id: String,
    /// Names the series.
    pub series: String,
    /// The consuming point that a column of coefficients is about; empty where the series has one column.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub point: String,
    /// The producing point, where coefficients are per pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<String>,
    pub start: Micros,
    pub step_seconds: u32,
    /// Millionths of the unit; nothing where the series has no value.
    pub values_micro: Vec<Option<i64>>,
    /// Where it comes from.
    pub source: String,
    /// Whether final values are still to come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
}

impl SeriesBlock {
    /// The time that it covers.
    pub fn span(&self) -> Span {
        let length = i64::from(self.step_seconds) * crate::calendar::SECOND * self.values_micro.len() as i64;
        Span { start: self.start, end: self.start + length }
    }

    /// The value in force in the interval of a grid that begins at an instant. Values of shorter intervals than the grid's
    /// are none of its: which of them would count?
    pub fn at(&self, instant: Micros, grid: Micros) -> Option<i64> {
        let step = i64::from(self.step_seconds) * crate::calendar::SECOND;
        if step < grid {
            return None;
        }
        let index = usize::try_from((instant - self.start).div_euclid(step.max(1))).ok()?;
        self.values_micro.get(index).copied().flatten()
    }
}

/// The owner of series that belong to no community: a market's prices, a grid's intensity.
pub const PUBLIC: &str = "";

/// A column of a series: consuming point and producing point; both empty where there is one column.
pub type Column = (String, Option<String>);

/// The blocks of a series by column, each with its sequence.
pub type SeriesColumns = BTreeMap<Column, Vec<(i64, SeriesBlock)>>;

/// Emission factors of one zone for one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridFactor {
    pub community_id: String,
    /// Names set, version and source, for instance `entsoe-2019-tranberg`.
    pub factor_set: String,
    /// `life_cycle` or `direct`.
    pub scope: String,
    /// Thousandths of a gram CO2e per kWh drawn from the grid.
    pub grid_mg_per_kwh: i64,
    /// Thousandths of a gram CO2e per kWh from the community's own plants, in the same scope.
    pub source_mg_per_kwh: i64,
    #[serde(flatten)]
    pub more: FactorTerms,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

/// What a factor set says beyond its two factors.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FactorTerms {
    /// A series in g/kWh whose value of the interval takes the place of the grid's factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Market-based: thousandths of a gram per kWh of the supply that members buy (supplier mix, else residual mix).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_mg_per_kwh: Option<i64>,
    /// Market-based: of the shared energy. Zero can be claimed only with cancelled guarantees of origin; without them
    /// shared energy counts as the residual mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_source_mg_per_kwh: Option<i64>,
    /// Market-based, where members buy from suppliers of their own: thousandths of a gram per kWh by member, in the place of
    /// `market_mg_per_kwh` for what they do not get from the community.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub market_by_member: BTreeMap<String, i64>,
    /// Plus or minus, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncertainty_percent: Option<u32>,
}

/// Plus or minus on factors of the whole life cycle, in percent, where their set names nothing. A convention, not a
/// measurement: it is always shown as a default, never as the set's own.
pub const LIFE_CYCLE_UNCERTAINTY_PERCENT: u32 = 30;

impl GridFactor {
    /// Plus or minus in percent, and whether it is the default; nothing for direct factors that name none.
    pub fn uncertainty(&self) -> Option<(u32, bool)> {
        let stated = self.more.uncertainty_percent.map(|percent| (percent, false));
        stated.or((self.scope == "life_cycle").then_some((LIFE_CYCLE_UNCERTAINTY_PERCENT, true)))
    }
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

impl Tariff {
    /// The name of its band; empty without one.
    pub fn band_name(&self) -> &str {
        self.terms.band.as_ref().map_or("", |b| b.name.as_str())
    }

    /// What tells prices of one item and producer apart that count side by side: the kind of member and the band.
    pub fn variant(&self) -> (Option<String>, String) {
        (self.terms.member_kind.clone(), self.band_name().to_owned())
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
