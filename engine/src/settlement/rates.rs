//! Prices and emission factors of a community, interval by interval.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::calendar::Span;
use crate::clock::Micros;
use crate::job::inputs::thousandths;
use crate::job::storage::has_storages;
use crate::price::{PriceBook, PricePeriod};
use crate::registry::{Dated, Registry};

/// What is not known.
const NONE: i64 = i64::MIN;

/// Rates of each interval of a span.
#[derive(Debug)]
pub(super) struct Rates {
    start: Micros,
    grid: Micros,
    /// Millionths of the currency per kWh, by interval: shared energy, the community's fee on it, energy from the
    /// supplier, surplus sold.
    internal: Vec<i64>,
    fee: Vec<i64>,
    supply: Vec<i64>,
    sale: Vec<i64>,
    /// Grid factor less source factor, in thousandths of a gram per kWh.
    avoided: Vec<i64>,
    /// Source factor; empty where nothing is stored.
    source: Vec<i64>,
    /// Scope of the factors, by the time that they count in.
    scopes: Vec<(Span, String)>,
    /// Shared energy of producing members that have prices of their own.
    producers: BTreeMap<String, Vec<i64>>,
}

/// The rates of one interval; 0 for what is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rate {
    /// What a producer gets for shared energy, and what comes on top of it for who receives it.
    pub internal: i64,
    pub fee: i64,
    pub supply: i64,
    pub sale: i64,
    pub avoided: i64,
    /// Whether a price is not known.
    pub lacks_internal: bool,
    pub lacks_supply: bool,
    pub lacks_sale: bool,
}

impl Rates {
    /// The rates of a community in a span.
    pub fn new(registry: &Registry, community: &str, zone: Tz, grid: Micros, span: Span) -> Self {
        let start = span.start.div_euclid(grid) * grid;
        let count = usize::try_from((span.end - start + grid - 1) / grid).unwrap_or(0);
        let book = PriceBook::new(registry, community, zone, grid, span);
        let place = |at: Micros| usize::try_from((at - start + grid - 1).div_euclid(grid)).unwrap_or(0).min(count);
        let prices = |item: &str, producer: Option<&str>| {
            let mut out = vec![NONE; count];
            let wanted = |p: &&PricePeriod<'_>| p.tariff.item == item && p.tariff.producer.as_deref() == producer;
            for period in book.periods().iter().filter(wanted) {
                let part = place(period.span.start)..place(period.span.end);
                out[part].fill(period.price_micro_per_kwh.unwrap_or(NONE));
            }
            out
        };
        let mut avoided = vec![NONE; count];
        let mut scopes = vec![];
        let mut source = vec![0; if has_storages(registry, community) { count } else { 0 }];
        for (_, factor) in registry.grid_factors.get(community).map(Vec::as_slice).unwrap_or_default() {
            let part = factor.validity().intersect(span);
            if part.is_empty() {
                continue;
            }
            scopes.push((part, factor.scope.clone()));
            let range = place(part.start)..place(part.end);
            if let Some(of_range) = source.get_mut(range.clone()) {
                of_range.fill(factor.source_mg_per_kwh);
            }
            match &factor.more.series {
                None => avoided[range].fill(factor.grid_mg_per_kwh - factor.source_mg_per_kwh),
                Some(series) => {
                    let values = registry.series_values(community, series, start, grid, range.clone());
                    for (slot, value) in avoided[range].iter_mut().zip(values) {
                        *slot = value.map_or(NONE, |micro| thousandths(micro) - factor.source_mg_per_kwh);
                    }
                }
            }
        }
        let general = prices("internal_energy", None);
        let mut producers = BTreeMap::new();
        for period in book.periods().iter().filter(|p| p.tariff.item == "internal_energy") {
            let Some(producer) = &period.tariff.producer else { continue };
            producers.entry(producer.clone()).or_insert_with(|| {
                let own = prices("internal_energy", Some(producer));
                own.into_iter().zip(&general).map(|(own, general)| if own == NONE { *general } else { own }).collect()
            });
        }
        Self {
            start,
            grid,
            fee: prices("community_fee", None),
            supply: prices("supplier_energy", None),
            sale: prices("surplus_sale", None),
            internal: general,
            avoided,
            source,
            scopes,
            producers,
        }
    }

    /// Whether producing members have prices of their own.
    pub fn differ_by_producer(&self) -> bool {
        !self.producers.is_empty()
    }

    /// What shared energy of a producing member costs at the start of an interval.
    pub fn of_producer(&self, member: &str, start: Micros, rate: &Rate) -> i64 {
        let Some(own) = self.producers.get(member) else { return rate.internal };
        let place = usize::try_from((start - self.start) / self.grid).ok();
        place.and_then(|n| own.get(n)).copied().filter(|p| *p != NONE).unwrap_or(rate.internal)
    }

    /// Whether the factors of a time are of different scopes, so that their sum would mean nothing.
    pub fn mix_scopes(&self, span: Span) -> bool {
        let mut scopes = self.scopes.iter().filter(|(part, _)| part.overlaps(span)).map(|(_, scope)| scope);
        let first = scopes.next();
        scopes.any(|scope| Some(scope) != first)
    }

    /// The grid's and the source's factor at the start of an interval of a community that stores; 0 where not known.
    pub fn factors(&self, start: Micros) -> (i64, i64) {
        let place = usize::try_from((start - self.start) / self.grid).ok();
        let of = |rates: &[i64]| place.and_then(|n| rates.get(n)).copied().filter(|rate| *rate != NONE);
        match (of(&self.avoided), of(&self.source)) {
            (Some(avoided), Some(source)) => (avoided + source, source),
            _ => (0, 0),
        }
    }

    /// The rates at the start of an interval.
    pub fn at(&self, start: Micros) -> Rate {
        let Ok(n) = usize::try_from((start - self.start) / self.grid) else { return Rate::default() };
        let of = |rates: &[i64]| rates.get(n).copied().unwrap_or(NONE);
        let known = |rate: i64| if rate == NONE { 0 } else { rate };
        let [internal, supply, sale, avoided] =
            [of(&self.internal), of(&self.supply), of(&self.sale), of(&self.avoided)];
        Rate {
            internal: known(internal),
            fee: known(of(&self.fee)),
            supply: known(supply),
            sale: known(sale),
            avoided: known(avoided),
            lacks_internal: internal == NONE,
            lacks_supply: supply == NONE,
            lacks_sale: sale == NONE,
        }
    }
}
