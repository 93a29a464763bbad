//! Prices in force: tariffs with their bands and series, laid out as periods of one price each.
//!
//! A price of one producing member goes before the general one; within either, one for a kind of member goes before one
//! for all, and there one with a band before one without.
//! A series (a market's price per interval) is added to the tariff's own price, interval by interval.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Timelike};
use chrono_tz::Tz;

use crate::calendar::{Span, utc, wall_instants};
use crate::clock::Micros;
use crate::registry::{Dated, Registry, Tariff};

/// A time in which an item costs the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricePeriod<'r> {
    pub span: Span,
    /// The sequence of the tariff's row.
    pub version: i64,
    pub tariff: &'r Tariff,
    /// With the value of its series; `None` where the series has none, or the item has no price per kWh.
    pub price_micro_per_kwh: Option<i64>,
}

/// The prices of a community in a span.
#[derive(Debug, Default)]
pub struct PriceBook<'r> {
    periods: Vec<PricePeriod<'r>>,
    /// Whether any price is for a kind of member.
    differs_by_kind: bool,
    /// Numbers of the periods of each group, by start.
    index: BTreeMap<Group<'r>, Vec<usize>>,
}

/// Item, producing member or nothing, kind of member or nothing.
type Group<'r> = (&'r str, Option<&'r str>, Option<&'r str>);

impl<'r> PriceBook<'r> {
    /// Lays out the tariffs of a community in a span. `grid` is the length of its intervals.
    pub fn new(registry: &'r Registry, community: &str, zone: Tz, grid: Micros, span: Span) -> Self {
        let mut groups = BTreeMap::<_, Vec<&(i64, Tariff)>>::new();
        for row in registry.tariffs.get(community).map(Vec::as_slice).unwrap_or_default() {
            let tariff = &row.1;
            let key = (tariff.item.as_str(), tariff.producer.as_deref(), tariff.terms.member_kind.as_deref());
            groups.entry(key).or_default().push(row);
        }
        let mut book = Self::default();
        for (key, tariffs) in groups {
            let bounds = boundaries(&tariffs, zone, grid, span);
            for pair in bounds.windows(2) {
                let Some(found) = in_force(&tariffs, zone, pair[0]) else { continue };
                let (version, tariff) = found;
                let price_micro_per_kwh = price_at(registry, community, tariff, pair[0], grid);
                let span = Span { start: pair[0], end: pair[1] };
                book.push(key, PricePeriod { span, version: *version, tariff, price_micro_per_kwh });
            }
        }
        book
    }

    fn push(&mut self, key: Group<'r>, period: PricePeriod<'r>) {
        self.differs_by_kind |= key.2.is_some();
        let numbers = self.index.entry(key).or_default();
        if let Some(last) = numbers.last().and_then(|n| self.periods.get_mut(*n))
            && last.span.end == period.span.start
            && (last.version, last.price_micro_per_kwh) == (period.version, period.price_micro_per_kwh)
        {
            last.span.end = period.span.end;
            return;
        }
        numbers.push(self.periods.len());
        self.periods.push(period);
    }

    /// All periods; their position is their number.
    pub fn periods(&self) -> &[PricePeriod<'r>] {
        &self.periods
    }

    /// The number of the period that counts for an item at an instant: of the producing member, else the general one;
    /// in either that for the kind of member who pays, else that for all.
    pub fn at(&self, item: &str, producer: Option<&str>, kind: Option<&str>, instant: Micros) -> Option<usize> {
        let of = |producer: Option<&str>, kind: Option<&str>| {
            let numbers = self.index.get(&(item, producer, kind))?;
            let after = numbers.partition_point(|n| self.periods[*n].span.start <= instant);
            let number = *numbers.get(after.checked_sub(1)?)?;
            self.periods[number].span.contains(instant).then_some(number)
        };
        let of_kind = |producer: Option<&str>| {
            let own = kind.filter(|_| self.differs_by_kind).and_then(|k| of(producer, Some(k)));
            own.or_else(|| of(producer, None))
        };
        producer.and_then(|p| of_kind(Some(p))).or_else(|| of_kind(None))
    }

    /// Instants at which the price of any of the items changes.
    pub fn cuts(&self, items: &[&str]) -> BTreeSet<Micros> {
        let of_items = self.periods.iter().filter(|p| items.contains(&p.tariff.item.as_str()));
        of_items.flat_map(|p| [p.span.start, p.span.end]).collect()
    }
}

/// The instants in a span at which another tariff of a group may begin to count.
fn boundaries(tariffs: &[&(i64, Tariff)], zone: Tz, grid: Micros, span: Span) -> Vec<Micros> {
    let mut at = BTreeSet::from([span.start, span.end]);
    for (_, tariff) in tariffs {
        let part = tariff.validity().intersect(span);
        if part.is_empty() {
            continue;
        }
        at.extend([part.start, part.end]);
        if tariff.terms.series.is_some() {
            let mut start = part.start.div_euclid(grid) * grid;
            while start < part.end {
                at.insert(start.max(part.start));
                start += grid;
            }
        }
        if let Some(band) = &tariff.terms.band {
            at.extend(wall_instants(zone, part, &[0, band.from_minute, band.to_minute]));
        }
    }
    at.into_iter().filter(|t| (span.start..=span.end).contains(t)).collect()
}

/// The tariff of a group that counts at an instant.
fn in_force<'r>(tariffs: &[&'r (i64, Tariff)], zone: Tz, at: Micros) -> Option<&'r (i64, Tariff)> {
    let covers = |t: &Tariff| {
        t.terms.band.as_ref().is_none_or(|b| {
            let wall = utc(at).with_timezone(&zone);
            b.covers(wall.weekday().num_days_from_monday(), wall.month0(), wall.hour() * 60 + wall.minute())
        })
    };
    let candidates = tariffs.iter().filter(|(_, t)| t.validity().contains(at) && covers(t));
    candidates.min_by_key(|(_, t)| (t.terms.band.is_none(), t.band_name())).copied()
}

fn price_at(registry: &Registry, community: &str, tariff: &Tariff, at: Micros, grid: Micros) -> Option<i64> {
    match &tariff.terms.series {
        None => tariff.price_micro_per_kwh,
        Some(series) => {
            let (value, _) = registry.series_at(community, series, at.div_euclid(grid) * grid, grid)?;
            Some(value + tariff.price_micro_per_kwh.unwrap_or(0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{QUARTER, day_span, parse_rfc3339, zone};
    use crate::registry::{Band, FOREVER, Row, SequencedRow, SeriesBlock, Terms};

    fn tariff(price: i64, terms: Terms) -> Row {
        Row::Tariffs(Tariff {
            community_id: "c".into(),
            item: "internal_energy".into(),
            producer: None,
            price_micro_per_kwh: Some(price),
            price_micro_per_month: None,
            vat_basis_points: 0,
            vat_category: "E".into(),
            terms,
            valid_from: 0,
            valid_to: FOREVER,
        })
    }

    fn band(name: &str, weekdays: u8, from_minute: u16, to_minute: u16) -> Terms {
        let band = Band { name: name.into(), weekdays, months: 0xfff, from_minute, to_minute };
        Terms { band: Some(band), ..Terms::default() }
    }

    fn prices(rows: Vec<Row>, day: &str) -> Vec<(i64, Option<i64>)> {
        let rows = rows.into_iter().zip(1..).map(|(row, sequence)| SequencedRow { sequence, row });
        let registry = Registry::from_rows(rows);
        let paris = zone("Europe/Paris").unwrap();
        let span = day_span(paris, day.parse().unwrap());
        let book = PriceBook::new(&registry, "c", paris, QUARTER, span);
        let quarters = (0..(span.end - span.start) / QUARTER).map(|n| span.start + n * QUARTER);
        let mut runs: Vec<(i64, Option<i64>)> = vec![];
        for at in quarters {
            let price = book
                .at("internal_energy", Some("p"), Some("farm"), at)
                .and_then(|n| book.periods()[n].price_micro_per_kwh);
            match runs.last_mut() {
                Some((count, last)) if *last == price => *count += 1,
                _ => runs.push((1, price)),
            }
        }
        runs
    }

    #[test]
    fn bands_follow_the_clock_on_the_wall() {
        let rows = || vec![tariff(10, Terms::default()), tariff(20, band("peak", 0b001_1111, 7 * 60, 22 * 60))];
        // A Monday: 7 hours, 15 hours, 2 hours.
        assert_eq!(prices(rows(), "2026-06-01"), [(28, Some(10)), (60, Some(20)), (8, Some(10))]);
        // A Sunday has no peak.
        assert_eq!(prices(rows(), "2026-06-07"), [(96, Some(10))]);
        // Over midnight, on the days of both clock changes (Sundays): 92 and 100 quarters.
        let night = || vec![tariff(10, Terms::default()), tariff(5, band("night", 0x7f, 22 * 60, 6 * 60))];
        assert_eq!(prices(night(), "2026-03-29"), [(20, Some(5)), (64, Some(10)), (8, Some(5))]);
        assert_eq!(prices(night(), "2026-10-25"), [(28, Some(5)), (64, Some(10)), (8, Some(5))]);
        // A band that begins in the hour that a clock change skips begins with the change.
        let skipped = vec![tariff(10, Terms::default()), tariff(5, band("b", 0x7f, 150, 240))];
        assert_eq!(prices(skipped, "2026-03-29"), [(8, Some(10)), (4, Some(5)), (80, Some(10))]);
    }

    #[test]
    fn a_series_is_added_and_its_gaps_are_no_price() {
        let start = parse_rfc3339("2026-05-31T22:00:00Z").unwrap();
        let block = SeriesBlock {
            community_id: "c".into(),
            series: "spot".into(),
            point: String::new(),
            producer: None,
            start,
            step_seconds: 3600,
            values_micro: vec![Some(100), Some(100), Some(-30), None],
            source: "test".into(),
            provisional: false,
        };
        let spot = tariff(7, Terms { series: Some("spot".into()), ..Terms::default() });
        let got = prices(vec![spot, Row::Series(block)], "2026-06-01");
        assert_eq!(got, [(8, Some(107)), (4, Some(-23)), (84, None)]);
    }
}
