//! What the adopted keys give over a time, as percent of the production: the content of key files.

use std::collections::BTreeMap;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, TimestampMicrosecondType};

use super::community::Community;
use super::segment::Segment;
use super::segment::TakesPart;
use crate::calendar::{SECOND, Span, rfc3339};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::registry::Registry;
use crate::schema::Table;
use crate::sharing::{KeyKind, Round, Sharer, Shares, floor_percent};
use crate::table::Lake;
use crate::table::Published;
use crate::table::scan::read_files;

/// One file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PercentKey {
    /// The producing point whose production it is of; nothing where all plants are one pool.
    pub producer: Option<String>,
    /// Per interval and point of [`PercentKeys::points`], in hundredths of a percent.
    pub rows: Vec<Vec<i64>>,
}

/// The keys of a community over a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PercentKeys {
    /// Consuming points that take part at any time in it, ascending.
    pub points: Vec<String>,
    /// One, or one for each producing point where the rule tells plants apart.
    pub keys: Vec<PercentKey>,
    /// Values of consumption that are missing and count as nothing.
    pub missing_consumption: usize,
}

/// Works out what the keys in force give, interval by interval, from published readings. `producer` asks for the key of
/// one plant also where the rule does not tell plants apart.
///
/// # Errors
/// User, when no key counts or some production is missing: the intervals cannot be shared yet; environment, when
/// readings cannot be read.
pub async fn percent_keys(
    lake: &Lake,
    published: &Published,
    registry: &Registry,
    community: &str,
    span: Span,
    producer: Option<&str>,
) -> Result<PercentKeys> {
    let community = Community::new(registry, community, "")?;
    let segments = community.segments(span)?;
    let values = read(lake, published, &community, span).await?;
    let grid = i64::from(community.grid_seconds()) * SECOND;
    let mut work = Work::new(registry, &community, &segments, producer)?;
    for segment in &segments {
        let mut start = span.start + (segment.span.start - span.start + grid - 1).div_euclid(grid) * grid;
        while start < segment.span.end {
            work.interval(&community, segment, start, &values)?;
            start += grid;
        }
    }
    let names = work.points.iter().map(|n| community.points[*n as usize].clone()).collect();
    let id = |n: u32| community.points[n as usize].clone();
    let keys = work.keys.into_iter().map(|(n, rows)| PercentKey { producer: n.map(id), rows }).collect();
    Ok(PercentKeys { points: names, keys, missing_consumption: work.missing })
}

/// Energies in micro-kWh by (interval, point, direction).
type Values = BTreeMap<(Micros, u32, bool), i64>;

async fn read(lake: &Lake, published: &Published, community: &Community<'_>, span: Span) -> Result<Values> {
    let snapshot = lake.published_snapshot(published, Table::Readings).await?;
    let files = snapshot.files()?.iter().filter(|f| f.partition == community.id()).cloned().collect();
    let columns = ["interval_start", "metering_point_id", "direction", "energy_kwh"];
    let mut values = Values::new();
    for batch in read_files(&snapshot, files, &columns).await? {
        let starts = batch.column(0).as_primitive::<TimestampMicrosecondType>().values();
        let (points, directions) = (cast(batch.column(1), &DataType::Utf8)?, cast(batch.column(2), &DataType::Utf8)?);
        let (points, directions) = (points.as_string::<i32>(), directions.as_string::<i32>());
        let energies = batch.column(3).as_primitive::<Decimal128Type>().values();
        for row in (0..batch.num_rows()).filter(|row| span.contains(starts[*row])) {
            let Some(point) = community.number(points.value(row)) else { continue };
            // DECIMAL(18,6) fits 64 bits.
            values.insert((starts[row], point, directions.value(row) == "export"), energies[row] as i64);
        }
    }
    Ok(values)
}

struct Work<'r> {
    registry: &'r Registry,
    points: Vec<u32>,
    /// By producer; nothing stands for the pool.
    keys: BTreeMap<Option<u32>, Vec<Vec<i64>>>,
    missing: usize,
    sharer: Sharer,
    shares: Shares,
}

impl<'r> Work<'r> {
    fn new(
        registry: &'r Registry,
        community: &Community<'_>,
        segments: &[Segment],
        producer: Option<&str>,
    ) -> Result<Self> {
        let mut points: Vec<u32> = segments.iter().flat_map(|s| s.consumers.iter().map(|p| p.point)).collect();
        points.sort_unstable();
        points.dedup();
        if points.is_empty() {
            return Err(Error::user(format!("nobody who consumes takes part in `{}` in this time", community.id())));
        }
        let producers = segments.iter().flat_map(|s| s.producers.iter().map(|p| p.point));
        let apart = segments.iter().filter_map(|s| s.key.as_ref()).any(|(version, _)| {
            let keys = registry.allocation_keys.get(community.id()).map(Vec::as_slice).unwrap_or_default();
            keys.iter().any(|(v, k)| v == version && k.rule.rounds.iter().any(tells_plants_apart))
        });
        let wanted: BTreeMap<Option<u32>, Vec<Vec<i64>>> = match producer {
            Some(id) => {
                let number = community.number(id).filter(|n| producers.clone().any(|p| p == *n));
                let number = number.ok_or_else(|| {
                    Error::user(format!(
                        "{id} feeds nothing into `{}` in this time: name one of its plants",
                        community.id()
                    ))
                })?;
                [(Some(number), vec![])].into()
            }
            None if apart => producers.map(|n| (Some(n), vec![])).collect(),
            None => [(None, vec![])].into(),
        };
        let (sharer, shares) = (Sharer::default(), Shares::default());
        Ok(Self { registry, points, keys: wanted, missing: 0, sharer, shares })
    }

    fn interval(&mut self, community: &Community<'_>, segment: &Segment, start: Micros, values: &Values) -> Result<()> {
        let Some((version, rule)) = &segment.key else {
            return Err(Error::user(format!(
                "no key counts at {}: write an [[allocation_key]], or take a later time",
                rfc3339(start)
            )));
        };
        let mut production = Vec::with_capacity(segment.producers.len());
        for TakesPart { point, factor_percent } in &segment.producers {
            let Some(energy) = values.get(&(start, *point, true)) else {
                return Err(Error::user(format!(
                    "the production of {} at {} is not there: a key is a part of it; wait, or take an earlier time",
                    community.points[*point as usize],
                    rfc3339(start)
                )));
            };
            production.push(floor_percent(*energy, *factor_percent));
        }
        let mut missing = 0;
        let mut consumption = Vec::with_capacity(segment.consumers.len());
        for TakesPart { point, factor_percent } in &segment.consumers {
            let energy = values.get(&(start, *point, false));
            missing += usize::from(energy.is_none());
            consumption.push(floor_percent(energy.copied().unwrap_or(0), *factor_percent));
        }
        self.missing += missing;
        let Self { sharer, shares, .. } = self;
        sharer.share(rule, start, &production, &consumption, shares)?;
        let mut matrix = Vec::new();
        if self.keys.keys().any(Option::is_some) {
            sharer.decompose(rule, start, shares, &mut matrix)?;
        }
        // Where the consumption alone decides, its parts are exact; the shares of a scarce interval are whole
        // micro-kWh.
        let wanted = if self.is_prorata(community, *version) { &consumption } else { &self.shares.allocated_micro_kwh };
        let mut part = Vec::new();
        for (producer, rows) in &mut self.keys {
            let mut row = vec![0; self.points.len()];
            let column = producer.and_then(|n| segment.producers.iter().position(|p| p.point == n));
            match (producer, column) {
                (None, _) => self.sharer.percent(rule, start, production.iter().sum(), wanted, &mut part)?,
                (Some(_), Some(column)) => {
                    let given: Vec<i64> = matrix.iter().skip(column).step_by(production.len()).copied().collect();
                    self.sharer.percent(rule, start, production[column], &given, &mut part)?;
                }
                // A plant that does not take part at this time.
                (Some(_), None) => part.clear(),
            }
            for (TakesPart { point, .. }, value) in segment.consumers.iter().zip(&part) {
                if let Ok(place) = self.points.binary_search(point) {
                    row[place] = *value;
                }
            }
            rows.push(row);
        }
        Ok(())
    }

    fn is_prorata(&self, community: &Community<'_>, version: i64) -> bool {
        let keys = self.registry.allocation_keys.get(community.id()).map(Vec::as_slice).unwrap_or_default();
        let rule = keys.iter().find(|(v, _)| *v == version).map(|(_, k)| &k.rule);
        rule.is_some_and(|r| r.rounds == [Round::from(KeyKind::Prorata)])
    }
}

fn tells_plants_apart(round: &Round) -> bool {
    !round.sources.is_empty() || matches!(round.key, KeyKind::Supplied { pairs: true, .. })
}
