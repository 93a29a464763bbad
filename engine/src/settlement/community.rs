//! A community that is settled: its master data by the numbers of its points.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono_tz::Tz;

use crate::calendar::{Span, zone};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::registry::{Dated, Registry};
use crate::sharing::Stock;

/// What a storage holds, as of the last interval that was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub stock: Stock,
    pub last_interval: Micros,
}

/// What the storages of a community hold, by metering point.
pub type Stocks = BTreeMap<String, Held>;

/// The master data of one community, ready for settling.
#[derive(Debug)]
pub struct Community<'r> {
    pub(crate) registry: &'r Registry,
    pub(crate) id: &'r str,
    zone: Tz,
    grid_seconds: u32,
    /// Ids of the points that ever take part, ascending: the numbers in all results.
    pub points: Vec<String>,
    numbers: HashMap<&'r str, u32>,
    pub(super) graph_digest: &'r str,
    /// What storages hold before the days that are settled.
    pub(crate) opening: Stocks,
}

impl<'r> Community<'r> {
    /// Prepares a community of the registry. `graph_digest` names the SQL that will read the results.
    ///
    /// # Errors
    /// User, when the registry has no such community or its zone is unknown.
    pub fn new(registry: &'r Registry, id: &'r str, graph_digest: &'r str) -> Result<Self> {
        let community =
            registry.communities.get(id).ok_or_else(|| Error::user(format!("community `{id}` is not registered")))?;
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
            zone: zone(&community.timezone)?,
            grid_seconds: community.interval_minutes * 60,
            points: points.into_iter().map(str::to_string).collect(),
            numbers,
            graph_digest,
            opening: Stocks::new(),
        })
    }

    /// The same, with what its storages hold before the days that are settled.
    pub fn opening_with(self, opening: Stocks) -> Self {
        Self { opening, ..self }
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

    /// Whether a storage ever takes part.
    pub fn has_storages(&self) -> bool {
        has_storages(self.registry, self.id())
    }

    /// Whether a point took part at every instant of a span.
    pub(crate) fn took_part(&self, point: u32, span: Span) -> bool {
        let id = self.points.get(point as usize).map_or("", String::as_str);
        takes_part_throughout(self.registry, self.id(), id, span)
    }
}

/// Whether a storage ever takes part in a community.
pub fn has_storages(registry: &Registry, community: &str) -> bool {
    let storage = |point: &str| {
        let point = registry.metering_points.get(point);
        point.is_some_and(|p| p.import && p.export && p.plant.storage_efficiency_permille.is_some())
    };
    registry.participations.get(community).is_some_and(|all| all.iter().any(|p| storage(&p.metering_point_id)))
}

/// Whether a point took part in a community at every instant of a span.
pub(crate) fn takes_part_throughout(registry: &Registry, community: &str, point: &str, span: Span) -> bool {
    let mine = registry.participations_in(community, span).filter(|(p, _)| p.metering_point_id == point);
    let mut parts: Vec<Span> = mine.map(|(_, part)| part).collect();
    parts.sort_unstable_by_key(|part| part.start);
    let covered = parts.iter().fold(span.start, |at, part| if part.start <= at { at.max(part.end) } else { at });
    covered >= span.end
}

pub(crate) fn member_at<'r>(registry: &'r Registry, community: &str, point: &str, at: Micros) -> &'r str {
    let all = registry.participations.get(community).map(Vec::as_slice).unwrap_or_default();
    let found = all.iter().find(|p| p.metering_point_id == point && p.validity().contains(at));
    found.map_or("", |p| p.member_id.as_str())
}

/// Who each point was held by, and when.
pub(crate) struct Holders<'r> {
    by_point: Vec<Vec<(Span, &'r str)>>,
}

impl<'r> Holders<'r> {
    pub fn new(registry: &'r Registry, community: &Community<'_>) -> Self {
        let mut by_point = vec![vec![]; community.points.len()];
        for p in registry.participations.get(community.id()).map(Vec::as_slice).unwrap_or_default() {
            if let Some(number) = community.number(&p.metering_point_id) {
                by_point[number as usize].push((p.validity(), p.member_id.as_str()));
            }
        }
        Self { by_point }
    }

    /// The member of a point at an instant; empty for a point that took no part.
    pub fn at(&self, point: u32, instant: i64) -> &'r str {
        let spans = self.by_point.get(point as usize).map(Vec::as_slice).unwrap_or_default();
        spans.iter().find(|(span, _)| span.contains(instant)).map_or("", |(_, member)| member)
    }
}
