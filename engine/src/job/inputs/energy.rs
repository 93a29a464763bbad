//! Energy between members, and what prices it, as tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::Int64Array;
use datafusion::prelude::SessionContext;

use crate::clock::Micros;
use crate::error::Result;
use crate::item::{Basis, Item};
use crate::price::PriceBook;
use crate::reading::Direction;
use crate::registry::Registry;
use crate::session::columns::Columns;
use crate::settlement::community::{Community, Holders};
use crate::settlement::results::Settled;

/// Registers `energy_flows`: what went from whom to whom in a local day, between two changes of any price.
///
/// # Errors
/// Internal, when a column cannot be built.
pub(super) fn register_flows(
    session: &SessionContext,
    community: &Community<'_>,
    registry: &Registry,
    settled: &Settled,
) -> Result<()> {
    let f = &settled.flows;
    let point = |n: u32| community.points[n as usize].as_str();
    let holders = Holders::new(registry, community);
    Columns::new()
        .day("local_day", f.iter().map(|f| settled.days[f.day as usize].day))
        .time("segment_start", f.iter().map(|f| f.segment_start))
        .text("metering_point_id", f.iter().map(|f| point(f.consumer)))
        .text("member_id", f.iter().map(|f| holders.at(f.consumer, f.segment_start)))
        .text("producer_point_id", f.iter().map(|f| point(f.producer)))
        .text("producer_id", f.iter().map(|f| holders.at(f.producer, f.segment_start)))
        .decimal("energy_kwh", 18, 6, f.iter().map(|f| Some(f.energy_micro_kwh)))?
        .text("run_id", f.iter().map(|f| settled.days[f.day as usize].run_id.as_str()))
        .text("community_id", f.iter().map(|_| community.id()))
        .register(session, "energy_flows")
}

/// Energy of a member that an item is counted by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Priced<'r> {
    day: u32,
    member: &'r str,
    point: u32,
    item: &'static str,
    /// The producing member, where the item tells them apart.
    producer: &'r str,
    /// Number of its price; nothing for energy without one.
    price: Option<usize>,
}

/// Registers `priced_energy`: what each member got, gave and had left in a local day, item by item with its price.
///
/// # Errors
/// Internal, when a column cannot be built.
pub(super) fn register_priced_energy(
    session: &SessionContext,
    community: &Community<'_>,
    registry: &Registry,
    book: &PriceBook<'_>,
    settled: &Settled,
) -> Result<()> {
    let mut sums = BTreeMap::<Priced<'_>, i64>::new();
    for (priced, energy_micro_kwh) in
        flows(community, registry, book, settled).into_iter().chain(surplus(community, registry, book, settled))
    {
        *sums.entry(priced).or_default() += energy_micro_kwh;
    }
    let prices: Int64Array = sums.keys().map(|k| k.price.map(|n| n as i64)).collect();
    Columns::new()
        .day("local_day", sums.keys().map(|k| settled.days[k.day as usize].day))
        .text("member_id", sums.keys().map(|k| k.member))
        .text("metering_point_id", sums.keys().map(|k| community.points[k.point as usize].as_str()))
        .text("item", sums.keys().map(|k| k.item))
        .text("producer_id", sums.keys().map(|k| k.producer))
        .with("price_id", Arc::new(prices))
        .decimal("energy_kwh", 18, 6, sums.values().map(|energy| Some(*energy)))?
        .text("run_id", sums.keys().map(|k| settled.days[k.day as usize].run_id.as_str()))
        .text("community_id", sums.keys().map(|_| community.id()))
        .register(session, "priced_energy")
}

/// Energy that has no price although its items want one, or whose price is not known yet: each kWh once, whatever the
/// items. In micro-kWh.
pub(in crate::job) fn unpriced(
    community: &Community<'_>,
    registry: &Registry,
    book: &PriceBook<'_>,
    settled: &Settled,
) -> i64 {
    let lacks = |priced: &Priced<'_>| match priced.price {
        None => true,
        Some(n) => book.periods().get(n).is_some_and(|period| period.price_micro_per_kwh.is_none()),
    };
    let is_paid = |priced: &Priced<'_>| Item::of(priced.item).is_some_and(|item| item.keeps_unpriced);
    let energy =
        flows(community, registry, book, settled).into_iter().chain(surplus(community, registry, book, settled));
    // What a producer is paid for is what another pays for.
    let once = energy.filter(|(priced, _)| Item::of(priced.item).is_some_and(|item| item.basis != Basis::Given));
    once.filter(|(priced, _)| is_paid(priced) && lacks(priced)).map(|(_, energy_micro_kwh)| energy_micro_kwh).sum()
}

/// The price of an item; nothing at all where the item does not count without one.
fn price(book: &PriceBook<'_>, item: &Item, producer: &str, kind: Option<&str>, at: Micros) -> Option<Option<usize>> {
    let price = book.at(item.tariff?, item.by_producer.then_some(producer), kind, at);
    (item.keeps_unpriced || price.is_some()).then_some(price)
}

/// What consuming members got and producing members gave.
fn flows<'r>(
    community: &Community<'_>,
    registry: &'r Registry,
    book: &PriceBook<'_>,
    settled: &Settled,
) -> Vec<(Priced<'r>, i64)> {
    let holders = Holders::new(registry, community);
    let kinds = registry.member_kinds(community.id());
    let mut all = Vec::new();
    for flow in &settled.flows {
        let at = flow.segment_start;
        let (consumer, producer) = (holders.at(flow.consumer, at), holders.at(flow.producer, at));
        let kind = kinds.get(consumer).copied();
        for (basis, member, point) in [(Basis::Got, consumer, flow.consumer), (Basis::Given, producer, flow.producer)] {
            for item in Item::counted_by(basis) {
                let Some(price) = price(book, item, producer, kind, at) else { continue };
                let producer = if item.by_producer { producer } else { "" };
                all.push((
                    Priced { day: flow.day, member, point, item: item.name, producer, price },
                    flow.energy_micro_kwh,
                ));
            }
        }
    }
    all
}

/// What was left of productions, priced interval by interval.
fn surplus<'r>(
    community: &Community<'_>,
    registry: &'r Registry,
    book: &PriceBook<'_>,
    settled: &Settled,
) -> Vec<(Priced<'r>, i64)> {
    let holders = Holders::new(registry, community);
    let mut all = BTreeMap::new();
    for a in settled.allocations.iter().filter(|a| a.direction == Direction::Export) {
        let left = a.allocated_micro_kwh.map_or(0, |given| a.energy_micro_kwh - given);
        if left <= 0 {
            continue;
        }
        let member = holders.at(a.point, a.interval_start);
        for item in Item::counted_by(Basis::Surplus) {
            let Some(price) = price(book, item, member, None, a.interval_start) else { continue };
            let priced = Priced { day: a.day, member, point: a.point, item: item.name, producer: member, price };
            *all.entry(priced).or_default() += left;
        }
    }
    all.into_iter().collect()
}
