//! A statement line opened: the energy of each of its intervals, from which point to which, by which key and price.
//!
//! What is shared between two points in an interval is not stored, because there is too much of it: it is worked out
//! again from the same pinned inputs by the same kernels, and must give the line's energy to the last digit.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::calendar::next_month;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::item::{Basis, Item};
use crate::job::settled::settle_again;
use crate::price::PriceBook;
use crate::reading::Direction;
use crate::registry::Registry;
use crate::settlement::community::Community;
use crate::settlement::results::Allocation;
use crate::settlement::results::Settled;
use crate::settlement::results::Status;
use crate::table::Lake;
use crate::table::runs::Published;

/// Which line: the columns of `statement_lines` that tell it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineKey {
    pub community_id: String,
    /// First day of its local month.
    pub month: NaiveDate,
    pub member_id: String,
    pub item: String,
    /// The producing member; empty for a line over all of them.
    pub producer_id: String,
    /// Version of its price; 0 when it had none.
    pub price_segment: i64,
}

/// Which energy of a member: what of a line decides which intervals stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Energy<'a> {
    pub community_id: &'a str,
    /// First day of its local month.
    pub month: NaiveDate,
    pub member_id: &'a str,
    pub item: &'a str,
    /// Of this producing member only.
    pub producer_id: Option<&'a str>,
    /// At this version of the price only; 0 for none.
    pub price_segment: Option<i64>,
}

impl LineKey {
    /// The energy of the line.
    pub fn energy(&self) -> Energy<'_> {
        Energy {
            producer_id: Some(&self.producer_id),
            price_segment: Some(self.price_segment),
            ..self.energy_of(&self.item)
        }
    }

    /// All energy of the line's member and month that counts for an item.
    pub fn energy_of<'a>(&'a self, item: &'a str) -> Energy<'a> {
        let (community_id, member_id) = (self.community_id.as_str(), self.member_id.as_str());
        Energy { community_id, month: self.month, member_id, item, producer_id: None, price_segment: None }
    }
}

/// Energy that went from one point to another in one interval, or was left over at a producing point, and stands in the
/// line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub interval_start: Micros,
    /// Empty for surplus.
    pub consumer_point: String,
    pub producer_point: String,
    pub energy_micro_kwh: i64,
    /// What the consuming point drew in all, of its participating part.
    pub consumption_micro_kwh: i64,
    /// What the producing point fed in, of its participating part.
    pub production_micro_kwh: i64,
    /// The price of the interval in millionths of the currency per kWh; 0 where it had none.
    pub price_micro: i64,
    pub key_version: Option<i64>,
    pub status: Status,
}

/// A line and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    pub steps: Vec<Step>,
    /// Length of an interval.
    pub interval_seconds: u32,
    /// Run of each local day.
    pub runs: BTreeMap<NaiveDate, String>,
}

/// Works energy out again from the inputs of a published set. `registry` holds master data up to the set's sequence.
///
/// # Errors
/// Environment, when readings cannot be read; user, for a community that is not there.
pub async fn trace(
    lake: &Lake,
    published: &Published,
    registry: &Registry,
    graph_digest: &str,
    line: Energy<'_>,
) -> Result<Trace> {
    let community = Community::new(registry, line.community_id, graph_digest)?;
    let first = published.inputs.first_days.get(line.community_id).copied();
    let end = next_month(line.month);
    let days: BTreeSet<NaiveDate> =
        line.month.iter_days().take_while(|d| *d < end).filter(|d| first.is_some_and(|f| f <= *d)).collect();
    let community = crate::settlement::opening::as_published(lake, published, community, &days).await?;
    let settled = settle_again(lake, published, &community, &days, true).await?;
    Ok(Trace {
        steps: steps(&community, registry, &settled, line)?,
        interval_seconds: community.grid_seconds(),
        runs: settled.days.iter().map(|d| (d.day, d.run_id.clone())).collect(),
    })
}

fn steps(community: &Community<'_>, registry: &Registry, settled: &Settled, line: Energy<'_>) -> Result<Vec<Step>> {
    let name = |n: u32| community.points[n as usize].as_str();
    let member = |n: u32, at| crate::settlement::community::member_at(registry, line.community_id, name(n), at);
    let grid = i64::from(community.grid_seconds()) * crate::calendar::SECOND;
    let span = crate::calendar::month_span(community.zone(), line.month);
    let book = PriceBook::new(registry, community.id(), community.zone(), grid, span);
    let statuses: BTreeMap<Micros, Status> = settled.intervals.iter().map(|i| (i.interval_start, i.status)).collect();
    let Some(item) = Item::of(line.item) else { return Ok(vec![]) };
    if item.basis == Basis::Surplus {
        return Ok(surplus_steps(community, registry, settled, line, &book));
    }
    let kinds = registry.member_kinds(line.community_id);
    let is_credit = item.basis == Basis::Given;
    let mut steps = Vec::new();
    for flow in &settled.flows {
        let at = flow.segment_start;
        let (producer, consumer) = (member(flow.producer, at), member(flow.consumer, at));
        let own = item.by_producer.then_some(producer);
        let (version, price_micro) = price(&book, line.item, own, kinds.get(consumer).copied(), at);
        let holder = if is_credit { producer } else { consumer };
        let is_from_another = item.by_producer && line.producer_id.is_some_and(|id| id != producer);
        if holder != line.member_id || is_from_another || line.price_segment.is_some_and(|v| v != version) {
            continue;
        }
        let consumption = allocation(settled, at, flow.consumer, Direction::Import)?;
        let production = allocation(settled, at, flow.producer, Direction::Export)?;
        steps.push(Step {
            interval_start: at,
            consumer_point: name(flow.consumer).to_string(),
            producer_point: name(flow.producer).to_string(),
            energy_micro_kwh: flow.energy_micro_kwh,
            consumption_micro_kwh: consumption.energy_micro_kwh,
            production_micro_kwh: production.energy_micro_kwh,
            price_micro,
            key_version: consumption.key_version,
            status: statuses.get(&at).copied().unwrap_or(Status::Held),
        });
    }
    Ok(steps)
}

/// What was left of the production of the member's points.
fn surplus_steps(
    community: &Community<'_>,
    registry: &Registry,
    settled: &Settled,
    line: Energy<'_>,
    book: &PriceBook<'_>,
) -> Vec<Step> {
    let holders = crate::settlement::community::Holders::new(registry, community);
    let mut steps = Vec::new();
    for a in settled.allocations.iter().filter(|a| a.direction == Direction::Export) {
        let left = a.allocated_micro_kwh.map_or(0, |given| a.energy_micro_kwh - given);
        if left <= 0 || holders.at(a.point, a.interval_start) != line.member_id {
            continue;
        }
        let (version, price_micro) = price(book, line.item, Some(line.member_id), None, a.interval_start);
        if line.price_segment.is_none_or(|v| v == version) {
            steps.push(Step {
                interval_start: a.interval_start,
                consumer_point: String::new(),
                producer_point: community.points[a.point as usize].clone(),
                energy_micro_kwh: left,
                consumption_micro_kwh: 0,
                production_micro_kwh: a.energy_micro_kwh,
                price_micro,
                key_version: a.key_version,
                status: a.status,
            });
        }
    }
    steps
}

/// Version and price of an item at an instant; 0 where it has none, or none that is known yet.
fn price(book: &PriceBook<'_>, item: &str, producer: Option<&str>, kind: Option<&str>, at: Micros) -> (i64, i64) {
    let tariff = Item::of(item).and_then(|item| item.tariff).unwrap_or(item);
    let period = book.at(tariff, producer, kind, at).map(|n| &book.periods()[n]);
    period.and_then(|p| Some((p.version, p.price_micro_per_kwh?))).unwrap_or((0, 0))
}

fn allocation(settled: &Settled, at: Micros, point: u32, direction: Direction) -> Result<&Allocation> {
    let key = |a: &Allocation| (a.interval_start, a.point, a.direction);
    let found = settled.allocations.binary_search_by_key(&(at, point, direction), key);
    found
        .map(|i| &settled.allocations[i])
        .map_err(|_| Error::internal("energy flowed between points of which one has no reading"))
}
