//! Master data: who takes part in what, since when, by which key and at which price.
//!
//! Rows are never edited. A correction is a new row with a higher sequence; of two rows of the same thing the later
//! sequence counts, and a later `valid_from` ends an earlier row. Times are half-open UTC intervals.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::Span;
use crate::clock::Micros;
use crate::ingest::Direction;

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
    pub valid_from: Micros,
    pub valid_to: Micros,
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
    pub valid_from: Micros,
    pub valid_to: Micros,
}

/// A price of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    pub community_id: String,
    /// `internal_energy`, `community_fee`, `monthly_fee`, `surplus_sale`, `supplier_energy`.
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
    pub valid_from: Micros,
    pub valid_to: Micros,
}

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
    pub valid_from: Micros,
    pub valid_to: Micros,
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
}

impl Registry {
    /// Resolves rows in the order of their sequence.
    pub fn from_rows(rows: impl IntoIterator<Item = SequencedRow>) -> Self {
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|r| r.sequence);
        let mut registry = Self { sequence: rows.last().map_or(0, |r| r.sequence), ..Self::default() };
        let mut participations = BTreeMap::<_, Vec<(i64, Participation)>>::new();
        let mut tariffs = BTreeMap::<_, Vec<(i64, Tariff)>>::new();
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
                    .entry((t.community_id.clone(), t.item.clone(), t.producer.clone()))
                    .or_default()
                    .push((sequence, t)),
                Row::GridFactors(f) => {
                    registry.grid_factors.entry(f.community_id.clone()).or_default().push((sequence, f));
                }
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
        registry
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
dated!(Participation, AllocationKey, Tariff, GridFactor);

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
mod tests {
    use super::*;

    fn tariff(valid_from: Micros, valid_to: Micros, price: i64) -> Row {
        Row::Tariffs(Tariff {
            community_id: "c".into(),
            item: "internal_energy".into(),
            producer: None,
            price_micro_per_kwh: Some(price),
            price_micro_per_month: None,
            vat_basis_points: 2000,
            vat_category: "S".into(),
            valid_from,
            valid_to,
        })
    }

    fn prices(rows: Vec<Row>) -> Vec<(Micros, Micros, i64, i64)> {
        let rows = rows.into_iter().enumerate().map(|(i, row)| SequencedRow { sequence: i as i64 + 1, row });
        let registry = Registry::from_rows(rows);
        let tariffs = registry.tariffs.get("c").cloned().unwrap_or_default();
        tariffs.iter().map(|(s, t)| (t.valid_from, t.valid_to, t.price_micro_per_kwh.unwrap_or(-1), *s)).collect()
    }

    #[test]
    fn a_later_start_ends_the_earlier_row_and_a_later_sequence_replaces_the_same_start() {
        assert_eq!(
            prices(vec![tariff(0, FOREVER, 10), tariff(100, FOREVER, 11), tariff(0, FOREVER, 12)]),
            [(0, 100, 12, 3), (100, FOREVER, 11, 2)]
        );
        // A row inserted between two others ends where the next begins, and a stated end stays.
        assert_eq!(
            prices(vec![tariff(0, FOREVER, 10), tariff(100, FOREVER, 11), tariff(50, 60, 12)]),
            [(0, 50, 10, 1), (50, 60, 12, 3), (100, FOREVER, 11, 2)]
        );
        // An empty validity withdraws a row.
        assert_eq!(prices(vec![tariff(0, FOREVER, 10), tariff(0, 0, 10)]), []);
    }
}
