//! Prices and emission factors of a community, interval by interval.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use crate::calendar::Span;
use crate::clock::Micros;
use crate::factors::thousandths;
use crate::item::{Basis, Item, priced_by_flow, priced_on_top};
use crate::price::{PriceBook, PricePeriod};
use crate::registry::{Dated, Registry};
use crate::settlement::community::has_storages;

/// What is not known.
const NONE: i64 = i64::MIN;

/// Rates of each interval of a span.
#[derive(Debug)]
pub(super) struct Rates {
    start: Micros,
    grid: Micros,
    /// Millionths of the currency per kWh, by interval: shared energy, energy from the supplier, surplus sold.
    shared: SharedRates,
    supply: Vec<i64>,
    sold: SoldRates,
    /// Grid factor less source factor, in thousandths of a gram per kWh.
    avoided: Vec<i64>,
    /// Source factor; empty where nothing is stored.
    source: Vec<i64>,
    /// Scope of the factors, by the time that they count in.
    scopes: Vec<(Span, String)>,
    /// What shared energy costs members of a kind that has prices of its own.
    kinds: BTreeMap<String, SharedRates>,
}

/// What shared energy costs, interval by interval.
#[derive(Debug, Default)]
struct SharedRates {
    internal: Vec<i64>,
    /// What comes on top of it, such as the community's fee and excise.
    fee: Vec<i64>,
    /// Of producing members that have prices of their own.
    producers: BTreeMap<String, Vec<i64>>,
}

/// What surplus earns, interval by interval.
#[derive(Debug, Default)]
struct SoldRates {
    general: Vec<i64>,
    /// Of producing members that have prices of their own.
    producers: BTreeMap<String, Vec<i64>>,
}

/// What shared energy costs a kind of member in one interval.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KindRate {
    /// By place of the producer.
    pub internal: Vec<i64>,
    pub fee: i64,
}

/// What surplus earns in one interval; `None` where that is not known.
pub(super) type Sale = Option<i64>;

/// The rates of one interval; 0 for what is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rate {
    /// What a producer gets for shared energy, and what comes on top of it for who receives it.
    pub internal: i64,
    pub fee: i64,
    pub supply: i64,
    pub sale: Sale,
    pub avoided: i64,
    /// Whether a price is not known.
    pub lacks_internal: bool,
    pub lacks_supply: bool,
}

/// A span whose prices are laid out interval by interval.
struct Laid<'b, 'r> {
    book: &'b PriceBook<'r>,
    start: Micros,
    grid: Micros,
    count: usize,
}

impl Laid<'_, '_> {
    /// The first interval that begins at an instant or after it.
    fn place(&self, at: Micros) -> usize {
        let place = (at - self.start + self.grid - 1).div_euclid(self.grid);
        usize::try_from(place).unwrap_or(0).min(self.count)
    }

    /// The prices of an item: of one producing member or the general ones, of one kind of member or those of all.
    fn prices(&self, item: &str, producer: Option<&str>, kind: Option<&str>) -> Vec<i64> {
        let mut out = vec![NONE; self.count];
        let wanted = |p: &&PricePeriod<'_>| {
            let of = (p.tariff.producer.as_deref(), p.tariff.terms.member_kind.as_deref());
            p.tariff.item == item && of == (producer, kind)
        };
        for period in self.book.periods().iter().filter(wanted) {
            let part = self.place(period.span.start)..self.place(period.span.end);
            out[part].fill(period.price_micro_per_kwh.unwrap_or(NONE));
        }
        out
    }

    /// What surplus earns: all items that it is counted by, together.
    fn sold(&self) -> SoldRates {
        let tariffs: Vec<_> = Item::counted_by(Basis::Surplus).filter_map(|item| item.tariff).collect();
        let own = self.book.periods().iter().map(|p| p.tariff).filter(|t| tariffs.contains(&t.item.as_str()));
        let sellers: BTreeSet<&str> = own.filter_map(|t| t.producer.as_deref()).collect();
        SoldRates {
            general: self.sold_by(None),
            producers: sellers.into_iter().map(|seller| (seller.to_owned(), self.sold_by(Some(seller)))).collect(),
        }
    }

    fn sold_by(&self, producer: Option<&str>) -> Vec<i64> {
        let of = |item: &'static Item| {
            let tariff = item.tariff.unwrap_or_default();
            let own = producer.filter(|_| item.by_producer).map(|_| self.prices(tariff, producer, None));
            let general = self.prices(tariff, None, None);
            (item.keeps_unpriced, own.map_or(general.clone(), |own| first_known(own, general)))
        };
        let all = Item::counted_by(Basis::Surplus).map(of);
        let sum = all.reduce(|sum, next| (sum.0 || next.0, earned(sum, next)));
        sum.map_or_else(|| vec![NONE; self.count], |(_, rates)| rates)
    }
}

impl Rates {
    /// The rates of a community in a span.
    pub fn new(registry: &Registry, community: &str, zone: Tz, grid: Micros, span: Span) -> Self {
        let start = span.start.div_euclid(grid) * grid;
        let count = usize::try_from((span.end - start + grid - 1) / grid).unwrap_or(0);
        let book = PriceBook::new(registry, community, zone, grid, span);
        let laid = Laid { book: &book, start, grid, count };
        let place = |at: Micros| laid.place(at);
        let prices = |item: &str, producer: Option<&str>, kind: Option<&str>| laid.prices(item, producer, kind);
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
        let priced = priced_by_flow();
        let by_flow = || book.periods().iter().map(|p| p.tariff).filter(|t| priced.contains(&t.item.as_str()));
        let producers: BTreeSet<&str> = by_flow().filter_map(|t| t.producer.as_deref()).collect();
        let kinds: BTreeSet<&str> = by_flow().filter_map(|t| t.terms.member_kind.as_deref()).collect();
        let shared = |kind: Option<&str>| {
            let of = |item: &str| first_known(prices(item, None, kind), prices(item, None, None));
            let internal = of("internal_energy");
            let own = |producer: &&str| {
                let of_producer = |kind| prices("internal_energy", Some(producer), kind);
                let own = first_known(of_producer(kind), of_producer(None));
                ((*producer).to_owned(), first_known(own, internal.clone()))
            };
            let producers = producers.iter().map(own).collect();
            let fee = priced_on_top().into_iter().map(of).reduce(sum_of_known);
            SharedRates { fee: fee.unwrap_or_else(|| vec![NONE; count]), producers, internal }
        };
        Self {
            start,
            grid,
            shared: shared(None),
            supply: prices("supplier_energy", None, None),
            sold: laid.sold(),
            avoided,
            source,
            scopes,
            kinds: kinds.into_iter().map(|kind| (kind.to_owned(), shared(Some(kind)))).collect(),
        }
    }

    /// Whether it matters whose energy a member gets, or of which kind it is.
    pub fn differ(&self) -> bool {
        !self.shared.producers.is_empty() || !self.kinds.is_empty()
    }

    /// Whether it matters whose surplus is sold.
    pub fn sales_differ(&self) -> bool {
        !self.sold.producers.is_empty()
    }

    /// What the surplus of some producing members earns at the start of an interval.
    pub fn sales_of(&self, producers: &[String], start: Micros) -> Vec<Sale> {
        let place = usize::try_from((start - self.start) / self.grid).ok();
        let of = |rates: &[i64]| place.and_then(|n| rates.get(n)).copied().filter(|rate| *rate != NONE);
        producers.iter().map(|m| of(self.sold.producers.get(m).unwrap_or(&self.sold.general))).collect()
    }

    /// What shared energy of some producing members costs a kind of member at the start of an interval; 0 for what is
    /// not known.
    pub fn of_kind(&self, kind: &str, producers: &[String], start: Micros) -> KindRate {
        let Ok(n) = usize::try_from((start - self.start) / self.grid) else { return KindRate::default() };
        let shared = self.kinds.get(kind).unwrap_or(&self.shared);
        let of = |rates: &[i64]| rates.get(n).copied().filter(|rate| *rate != NONE).unwrap_or(0);
        let price = |member: &String| of(shared.producers.get(member).unwrap_or(&shared.internal));
        KindRate { internal: producers.iter().map(price).collect(), fee: of(&shared.fee) }
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
        let [internal, supply, avoided] = [of(&self.shared.internal), of(&self.supply), of(&self.avoided)];
        Rate {
            internal: known(internal),
            fee: known(of(&self.shared.fee)),
            supply: known(supply),
            sale: Some(of(&self.sold.general)).filter(|sale| *sale != NONE),
            avoided: known(avoided),
            lacks_internal: internal == NONE,
            lacks_supply: supply == NONE,
        }
    }
}

/// Each rate, or that of the other where it is not known.
fn first_known(rates: Vec<i64>, other: Vec<i64>) -> Vec<i64> {
    rates.into_iter().zip(other).map(|(rate, other)| if rate == NONE { other } else { rate }).collect()
}

/// What two items earn together: what has no line without a price adds nothing where it has none, the others are
/// needed.
fn earned((needed, rates): (bool, Vec<i64>), (needs, others): (bool, Vec<i64>)) -> Vec<i64> {
    let sum = |(a, b): (i64, i64)| match (a, b) {
        (NONE, _) if needed => NONE,
        (_, NONE) if needs => NONE,
        (NONE, other) | (other, NONE) => other,
        (a, b) => a + b,
    };
    rates.into_iter().zip(others).map(sum).collect()
}

/// Sums of rates that are known; unknown where neither is.
fn sum_of_known(rates: Vec<i64>, others: Vec<i64>) -> Vec<i64> {
    let sum = |(a, b): (i64, i64)| match (a, b) {
        (NONE, other) | (other, NONE) => other,
        (a, b) => a + b,
    };
    rates.into_iter().zip(others).map(sum).collect()
}
