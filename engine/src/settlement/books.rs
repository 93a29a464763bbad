//! Storages of a community: what they hold from interval to interval, and what of their energy can be shared.
//!
//! A metering point with an efficiency that measures both directions is a storage: its import is charge, its export is
//! discharge. In each interval the discharge leaves the stock as it stood at the start, mixed as it is; only what once
//! came from the community is offered to the rule, in whole units of it, the rest of the metered export is surplus.
//! Then the interval is shared with the charge as a consumption like any other. At last the stock takes in what the
//! charge was given as energy of the community, and the rest of it as energy from the grid.
//!
//! While an interval is held nothing shows where its energy came from: what the storage took in then counts as from the
//! grid, what it gave is taken out of the stock and shared with nobody. A charge that is not known is not taken in. So
//! a storage never gives more of the community's energy than it is known to have got. The books close when the point
//! leaves the community; when it comes back they begin empty.

use std::collections::BTreeMap;

use super::community::Community;
use super::community::Held;
use super::community::Stocks;
use super::results::StorageInterval;
use super::segment::Segment;
use crate::calendar::{SECOND, Span};
use crate::clock::Micros;
use crate::error::Result;
use crate::sharing::{Discharge, Shares, Stock};

/// The stocks of a community's storages while its intervals pass, by number of the point.
#[derive(Debug, Clone, Default)]
pub(crate) struct Books {
    held: BTreeMap<u32, Held>,
    grid: Micros,
    /// Of the interval that is open: what each storage of the segment gave, and what can be shared of all production.
    discharges: Vec<Discharge>,
    offered: Vec<i64>,
}

/// Whether a point took part without a break.
pub(crate) type Throughout<'a> = &'a dyn Fn(u32, Span) -> bool;

impl Books {
    /// Opens books with stocks.
    pub fn new(grid_seconds: u32, held: BTreeMap<u32, Held>) -> Self {
        Self { held, grid: i64::from(grid_seconds) * SECOND, ..Self::default() }
    }

    /// What each storage holds at an instant after all that was counted. Empty stocks are left out.
    pub fn at(&self, instant: Micros, takes_part: Throughout<'_>) -> impl Iterator<Item = (u32, Held)> {
        self.held
            .iter()
            .filter(move |(point, held)| {
                held.stock != Stock::default() && takes_part(**point, Span { start: held.last_interval, end: instant })
            })
            .map(|(point, held)| (*point, *held))
    }

    /// Takes the discharge of an interval out of the stocks; gives what of each producer's energy can be shared.
    ///
    /// # Errors
    /// User, when an efficiency is out of range.
    pub fn release<'a>(
        &'a mut self,
        segment: &Segment,
        start: Micros,
        production: &'a [i64],
        takes_part: Throughout<'_>,
    ) -> Result<&'a [i64]> {
        if segment.storages.is_empty() {
            return Ok(production);
        }
        let unit_micro_kwh = segment.key.as_ref().map_or(1, |(_, rule)| rule.unit_micro_kwh());
        self.discharges.clear();
        self.offered.clear();
        self.offered.extend_from_slice(production);
        for slot in &segment.storages {
            let empty = Held { stock: Stock::default(), last_interval: start };
            let held = self.held.entry(slot.point).or_insert(empty);
            let gap = Span { start: held.last_interval, end: start };
            if gap.end - gap.start > self.grid && !takes_part(slot.point, gap) {
                *held = empty;
            }
            let discharge = held.stock.discharge(production[slot.source], slot.efficiency_permille)?;
            self.offered[slot.source] = discharge.community_micro_kwh / unit_micro_kwh * unit_micro_kwh;
            self.discharges.push(discharge);
        }
        Ok(&self.offered)
    }

    /// Takes in what the charge of an interval was given, and the rest of it from the grid; gives a row per storage. To
    /// be called once after [`Books::release`], with shares of nothing while the interval is held.
    pub fn take_in<'a>(
        &'a mut self,
        segment: &'a Segment,
        start: Micros,
        day: u32,
        consumption: &'a [i64],
        shares: &'a Shares,
    ) -> impl Iterator<Item = StorageInterval> + 'a {
        let Self { held, discharges, offered, .. } = self;
        segment.storages.iter().zip(discharges.iter()).map(move |(slot, discharge)| {
            let given = |shares: &[i64], place: usize| shares.get(place).copied().unwrap_or(0);
            let community_micro_kwh = given(&shares.allocated_micro_kwh, slot.sink);
            // An operator's figure may exceed what was metered.
            let charged =
                Stock { community_micro_kwh, grid_micro_kwh: (consumption[slot.sink] - community_micro_kwh).max(0) };
            let stock = held.entry(slot.point).or_insert(Held { stock: Stock::default(), last_interval: start });
            stock.stock.charge(charged.community_micro_kwh, charged.grid_micro_kwh);
            stock.last_interval = start;
            StorageInterval {
                interval_start: start,
                point: slot.point,
                day,
                charged,
                discharge: *discharge,
                offered_micro_kwh: offered[slot.source],
                released_micro_kwh: given(&shares.given_micro_kwh, slot.source),
                stock: stock.stock,
            }
        })
    }

    /// The same where nobody reads the rows; what of a discharge was not offered is left to the producer as surplus.
    pub fn settle_up(
        &mut self,
        segment: &Segment,
        start: Micros,
        production: &[i64],
        consumption: &[i64],
        shares: &mut Shares,
    ) {
        self.take_in(segment, start, 0, consumption, shares).for_each(drop);
        for slot in &segment.storages {
            shares.surplus_micro_kwh[slot.source] += production[slot.source] - self.offered[slot.source];
        }
    }
}

impl Community<'_> {
    /// Books with the stocks that the community opens with.
    pub(crate) fn books(&self) -> Books {
        let held = self.opening.iter().filter_map(|(point, held)| Some((self.number(point)?, *held)));
        Books::new(self.grid_seconds(), held.collect())
    }

    /// What the storages hold at an instant after all that was counted; empty ones are left out.
    pub(super) fn stocks_at(&self, books: &Books, instant: Micros) -> Stocks {
        let takes_part = |point, span| self.took_part(point, span);
        books.at(instant, &takes_part).map(|(point, held)| (self.points[point as usize].clone(), held)).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::{QUARTER, day_span};
    use crate::reading::{Direction, Quality};
    use crate::readings::{CurrentValue, Fit};
    use crate::registry::Registry;
    use crate::registry::{
        AllocationKey, Community as Registered, FOREVER, MeteringPoint, Participation, Plant, Row, SequencedRow,
    };
    use crate::settlement::results::{Settled, Status};
    use crate::sharing::{KeyKind, Round, Rounding, Rule};

    const DAYS: [&str; 3] = ["2026-06-15", "2026-06-16", "2026-06-17"];
    /// The consumers, the producer and the storage, ascending.
    const POINTS: [(&str, bool, bool); 4] =
        [("c-1", true, false), ("c-2", true, false), ("p-1", false, true), ("s-1", true, true)];

    /// Two consumers, a producer and a storage; away for a time, if told so.
    fn registry(rule: Rule, efficiency_permille: u32, factor_percent: u32, away: Span) -> Registry {
        let mut rows = vec![Row::Communities(Registered {
            community_id: "c".into(),
            name: "c".into(),
            country: "FR".into(),
            timezone: "Europe/Paris".into(),
            currency: "EUR".into(),
            interval_minutes: 15,
            deadline_hours: None,
            place_micro: None,
        })];
        for (id, import, export) in POINTS {
            let efficiency = (id == "s-1").then_some(efficiency_permille);
            let plant = Plant { storage_efficiency_permille: efficiency, ..Plant::default() };
            let (metering_point_id, holder) = (id.to_string(), id.to_string());
            let (valid_from, valid_to) = (0, FOREVER);
            rows.push(Row::MeteringPoints(MeteringPoint {
                metering_point_id,
                holder,
                import,
                export,
                plant,
                valid_from,
                valid_to,
            }));
            let spans = match id {
                "s-1" if !away.is_empty() => vec![(0, away.start), (away.end, FOREVER)],
                _ => vec![(0, FOREVER)],
            };
            rows.extend(spans.into_iter().map(|(valid_from, valid_to)| {
                Row::Participations(Participation {
                    community_id: "c".into(),
                    metering_point_id: id.into(),
                    member_id: id.into(),
                    factor_percent: if id == "s-1" { factor_percent } else { 100 },
                    consent_id: None,
                    valid_from,
                    valid_to,
                })
            }));
        }
        rows.push(Row::AllocationKeys(AllocationKey {
            community_id: "c".into(),
            rule,
            adopted_by: None,
            regime: None,
            corrects: None,
            valid_from: 0,
            valid_to: FOREVER,
        }));
        Registry::from_rows((1..).zip(rows).map(|(sequence, row)| SequencedRow { sequence, row }))
    }

    const NEVER: Span = Span { start: 0, end: 0 };

    fn rule(which: usize) -> Rule {
        let of = |key: KeyKind| Rule::of([key]);
        // The storage last: it takes what the others left.
        let last = |points: &[&str], tier: u32| Round {
            sinks: points.iter().map(|p| (*p).to_string()).collect(),
            tier,
            ..Round::from(KeyKind::Prorata)
        };
        match which {
            0 => of(KeyKind::Prorata),
            1 => Rule { rounds: vec![last(&["c-1", "c-2"], 0), last(&["s-1"], 1)], ..of(KeyKind::Prorata) },
            2 => of(KeyKind::Equal),
            3 => Rule { rounding: Rounding::HalfUp, ..of(KeyKind::Prorata) },
            _ => Rule { rounding: Rounding::Floor, ..of(KeyKind::Prorata) },
        }
    }

    /// Values of so many quarter-hours from the first day's start, point by point; nothing is a value that is missing.
    fn values(energies: &[Option<i64>], from: NaiveDate) -> Vec<CurrentValue> {
        let columns: Vec<(u32, Direction)> = (0..)
            .zip(POINTS)
            .flat_map(|(n, (_, import, export))| {
                [import.then_some((n, Direction::Import)), export.then_some((n, Direction::Export))]
            })
            .flatten()
            .collect();
        let start = day_span(chrono_tz::Europe::Paris, from).start;
        let values = energies.iter().enumerate();
        let mut values: Vec<CurrentValue> = values
            .filter_map(|(n, energy)| {
                let (point, direction) = columns[n % columns.len()];
                let interval_start = start + (n / columns.len()) as i64 * QUARTER;
                let (quality, revision) = (Quality::Measured, 0);
                let (energy_micro_kwh, fit) = ((*energy)?, Fit::Whole);
                Some(CurrentValue { point, direction, interval_start, energy_micro_kwh, quality, revision, fit })
            })
            .collect();
        values.sort_unstable_by_key(|v| (v.interval_start, v.point, v.direction));
        values
    }

    fn days() -> Vec<(NaiveDate, bool)> {
        DAYS.iter().map(|d| (d.parse().unwrap(), true)).collect()
    }

    /// What must hold of every interval of a storage, one after the other. Three shares that are rounded up each for
    /// itself may sum to three units more.
    fn check(settled: &Settled, opening: Stock) -> std::result::Result<(), TestCaseError> {
        let mut stock = opening;
        for s in &settled.storages {
            let (out, charged) = (s.discharge, s.charged);
            prop_assert_eq!(
                stock.community_micro_kwh + charged.community_micro_kwh,
                out.used.community_micro_kwh + s.stock.community_micro_kwh
            );
            prop_assert_eq!(
                stock.grid_micro_kwh + charged.grid_micro_kwh,
                out.used.grid_micro_kwh + s.stock.grid_micro_kwh
            );
            prop_assert_eq!(
                out.used.total_micro_kwh(),
                out.community_micro_kwh + out.grid_micro_kwh + out.loss_micro_kwh
            );
            prop_assert!(
                out.community_micro_kwh <= out.used.community_micro_kwh
                    && out.used.community_micro_kwh <= stock.community_micro_kwh
            );
            prop_assert!(
                s.offered_micro_kwh <= out.community_micro_kwh && s.released_micro_kwh <= s.offered_micro_kwh + 3
            );
            prop_assert!(
                s.stock.community_micro_kwh >= 0 && s.stock.grid_micro_kwh >= 0 && charged.grid_micro_kwh >= 0
            );
            stock = s.stock;
        }
        for i in &settled.intervals {
            let all = || settled.allocations.iter().filter(|a| a.interval_start == i.interval_start);
            let sum = |direction| -> i64 {
                all().filter(|a| a.direction == direction).map(|a| a.allocated_micro_kwh.unwrap_or(0)).sum()
            };
            prop_assert_eq!(sum(Direction::Import), sum(Direction::Export));
            prop_assert!(
                i.status != Status::Held
                    || (sum(Direction::Import), i.stored_micro_kwh, i.released_micro_kwh) == (0, 0, 0)
            );
            let of_storage = |direction| {
                all()
                    .find(|a| a.point == 3 && a.direction == direction)
                    .map_or(0, |a| a.allocated_micro_kwh.unwrap_or(0))
            };
            prop_assert_eq!(i.stored_micro_kwh, of_storage(Direction::Import));
            prop_assert_eq!(i.released_micro_kwh, of_storage(Direction::Export));
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn books_add_up_whatever_is_missing_and_wherever_days_are_cut(
            energies in proptest::collection::vec(proptest::option::weighted(0.95, 0..2_000_000i64), 3 * 96 * 5),
            which in 0..5usize, efficiency in 1..1001u32, factor in 1..101u32,
        ) {
            let registry = registry(rule(which), efficiency, factor, NEVER);
            let community = Community::new(&registry, "c", "").unwrap();
            let values = values(&energies, DAYS[0].parse().unwrap());
            let all = community.settle(&days(), &values).unwrap();
            prop_assert_eq!(all.storages.len(), 3 * 96);
            check(&all, Stock::default())?;

            // Day by day, each opened with what the day before closed with, it is the same.
            let (mut stocks, mut opening) = (Stocks::new(), Stock::default());
            for (n, day) in days().into_iter().enumerate() {
                let community = Community::new(&registry, "c", "").unwrap().opening_with(stocks);
                let one = community.settle(&[day], &values).unwrap();
                check(&one, opening)?;
                prop_assert_eq!(&one.days[0].run_id, &all.days[n].run_id);
                let span = one.days[0].span;
                let of_day = all.allocations.iter().filter(|a| span.contains(a.interval_start));
                let again = one.allocations.iter().map(|a| a.allocated_micro_kwh);
                let same = of_day.map(|a| a.allocated_micro_kwh).eq(again);
                prop_assert!(same);
                (stocks, opening) = (one.closing.clone(), one.storages.last().unwrap().stock);
            }
            prop_assert_eq!(stocks, all.closing);
        }
    }

    /// One row for each quarter-hour, from the day's start on. `None` is a value that does not come.
    fn quarters(rows: &[[Option<i64>; 5]]) -> Vec<Option<i64>> {
        rows.iter().flatten().copied().collect()
    }

    #[test]
    fn a_held_interval_makes_nothing_renewable() {
        let registry = registry(rule(0), 1000, 100, NEVER);
        let community = Community::new(&registry, "c", "").unwrap();
        // Columns: c-1, c-2, p-1, s-1 charging, s-1 discharging. In the second interval the plant is silent.
        let rows = quarters(&[
            [Some(0), Some(0), Some(300), Some(300), Some(0)],
            [Some(0), Some(0), None, Some(100), Some(40)],
            [Some(500), Some(0), Some(0), Some(0), Some(360)],
        ]);
        let settled = community.settle(&[(DAYS[0].parse().unwrap(), false)], &values(&rows, DAYS[0].parse().unwrap()));
        let s = settled.unwrap().storages;
        assert_eq!((s[0].charged, s[0].stock), (stock(300, 0), stock(300, 0)));
        // What it gave is gone, what it took in is not known to be the community's.
        assert_eq!((s[1].discharge.community_micro_kwh, s[1].released_micro_kwh, s[1].charged), (40, 0, stock(0, 100)));
        assert_eq!((s[2].offered_micro_kwh, s[2].released_micro_kwh, s[2].discharge.grid_micro_kwh), (260, 260, 100));
    }

    fn stock(community_micro_kwh: i64, grid_micro_kwh: i64) -> Stock {
        Stock { community_micro_kwh, grid_micro_kwh }
    }

    #[test]
    fn a_storage_that_was_away_begins_with_nothing() {
        let first: NaiveDate = DAYS[0].parse().unwrap();
        let start = day_span(chrono_tz::Europe::Paris, first).start;
        let rows = quarters(&[
            [Some(0), Some(0), Some(300), Some(300), Some(0)],
            [Some(0), Some(0), Some(0), Some(0), Some(0)],
            [Some(500), Some(0), Some(0), Some(0), Some(100)],
        ]);
        for (away, unknown_micro_kwh) in [(NEVER, 0), (Span { start: start + QUARTER, end: start + 2 * QUARTER }, 100)]
        {
            let registry = registry(rule(0), 1000, 100, away);
            let community = Community::new(&registry, "c", "").unwrap();
            let settled = community.settle(&[(first, false)], &values(&rows, first)).unwrap();
            let last = settled.storages.last().unwrap();
            assert_eq!(last.discharge.unknown_micro_kwh, unknown_micro_kwh, "{away:?}");
            assert_eq!(last.released_micro_kwh, 100 - unknown_micro_kwh);
        }
    }

    #[test]
    fn only_whole_units_of_the_key_are_offered() {
        let registry = registry(Rule { unit_micro_kwh: 1000, ..rule(0) }, 1000, 100, NEVER);
        let community = Community::new(&registry, "c", "").unwrap();
        let rows = quarters(&[
            [Some(0), Some(0), Some(2000), Some(3000), Some(0)],
            [Some(5000), Some(0), Some(0), Some(0), Some(1000)],
            [Some(5000), Some(0), Some(0), Some(0), Some(2000)],
        ]);
        let first: NaiveDate = DAYS[0].parse().unwrap();
        let s = community.settle(&[(first, false)], &values(&rows, first)).unwrap().storages;
        // Two thirds of a unit are no unit; two thirds of two units are one.
        let moved = |n: usize| (s[n].discharge.community_micro_kwh, s[n].offered_micro_kwh, s[n].released_micro_kwh);
        assert_eq!((moved(1), moved(2)), ((667, 0, 0), (1333, 1000, 1000)));
    }
}
