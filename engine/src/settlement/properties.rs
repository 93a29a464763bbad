//! What holds for the settlement of any days, whatever is missing: INV13 and INV14 of the sharing rules.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::results::Settled;
use super::results::Status;
use crate::calendar::{QUARTER, day_span};
use crate::reading::{Direction, Quality};
use crate::readings::{CurrentValue, Fit};
use crate::registry::{
    AllocationKey, Community, FOREVER, MeteringPoint, Participation, Registry, Row, SequencedRow, Tariff,
};
use crate::sharing::{KeyKind, Rule};

const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;
/// Local days of 92, 96 and 100 quarter-hours.
const DAYS: [(&str, usize); 3] = [("2026-03-29", 92), ("2026-06-15", 96), ("2026-10-25", 100)];

fn registry(consumers: usize, producers: usize, price_from: i64) -> Registry {
    let mut rows = vec![Row::Communities(Community {
        community_id: "c".into(),
        name: "c".into(),
        country: "FR".into(),
        timezone: "Europe/Paris".into(),
        currency: "EUR".into(),
        interval_minutes: 15,
        deadline_hours: None,
        place_micro: None,
    })];
    for n in 0..consumers + producers {
        let id = format!("p-{n}");
        rows.push(Row::MeteringPoints(MeteringPoint {
            metering_point_id: id.clone(),
            holder: id.clone(),
            import: n < consumers,
            export: n >= consumers,
            plant: Default::default(),
            valid_from: 0,
            valid_to: FOREVER,
        }));
        rows.push(Row::Participations(Participation {
            community_id: "c".into(),
            metering_point_id: id.clone(),
            member_id: id,
            factor_percent: 100,
            consent_id: None,
            valid_from: 0,
            valid_to: FOREVER,
        }));
    }
    rows.push(Row::AllocationKeys(AllocationKey {
        community_id: "c".into(),
        rule: Rule::of([KeyKind::Prorata]),
        adopted_by: None,
        regime: None,
        corrects: None,
        valid_from: 0,
        valid_to: FOREVER,
    }));
    // A price that changes within the day cuts its flows in two segments.
    for (valid_from, price) in [(0, 115_000), (price_from, 120_000)] {
        rows.push(Row::Tariffs(Tariff {
            community_id: "c".into(),
            item: "internal_energy".into(),
            producer: None,
            price_micro_per_kwh: Some(price),
            price_micro_per_month: None,
            vat_basis_points: 0,
            vat_category: "O".into(),
            terms: Default::default(),
            valid_from,
            valid_to: FOREVER,
        }));
    }
    Registry::from_rows((1..).zip(rows).map(|(sequence, row)| SequencedRow { sequence, row }))
}

/// Energy received per consuming point, from allocations and from flows.
fn received(settled: &Settled) -> (BTreeMap<u32, i64>, BTreeMap<u32, i64>) {
    let (mut allocated, mut flowed) = (BTreeMap::new(), BTreeMap::new());
    for a in settled.allocations.iter().filter(|a| a.direction == Direction::Import) {
        *allocated.entry(a.point).or_insert(0) += a.allocated_micro_kwh.unwrap_or(0);
    }
    for f in &settled.flows {
        *flowed.entry(f.consumer).or_insert(0) += f.energy_micro_kwh;
    }
    allocated.retain(|_, micro_kwh| *micro_kwh != 0);
    (allocated, flowed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn inv13_inv14_days_are_whole_and_sums_are_sums_of_intervals(
        day in 0..DAYS.len(), consumers in 1..4usize, producers in 1..3usize, cut in 0..92i64,
        energies in proptest::collection::vec(proptest::option::weighted(0.9, 0..2_000_000i64), 500),
    ) {
        let (date, quarters) = DAYS[day];
        let date: NaiveDate = date.parse().unwrap();
        let span = day_span(ZONE, date);
        let registry = registry(consumers, producers, span.start + cut * QUARTER);
        let community = crate::settlement::Community::new(&registry, "c", "").unwrap();
        let points = consumers + producers;
        let mut values = Vec::new();
        for (n, energy) in energies.iter().enumerate().take(quarters * points) {
            let (point, start) = (n % points, span.start + (n / points) as i64 * QUARTER);
            let direction = if point < consumers { Direction::Import } else { Direction::Export };
            values.extend(energy.map(|energy_micro_kwh| CurrentValue {
                point: point as u32, direction, interval_start: start, energy_micro_kwh, quality: Quality::Measured,
                    revision: 0, fit: Fit::Whole,
            }));
        }
        let settled = community.settle(&[(date, true)], &values).unwrap();

        // INV14: all 92, 96 or 100 intervals are there, and what is not there is counted as missing.
        prop_assert_eq!(settled.intervals.len(), quarters);
        let steps = settled.intervals.iter().zip(0i64..).all(|(i, n)| i.interval_start == span.start + n * QUARTER);
        prop_assert!(steps);
        for i in &settled.intervals {
            let present = values.iter().filter(|v| v.interval_start == i.interval_start).count();
            prop_assert_eq!(i.missing as usize, points - present);
            prop_assert_eq!(i.status == Status::Complete, i.missing == 0);
        }
        for c in &settled.coverage {
            prop_assert_eq!(c.counts.expected as usize, quarters);
            prop_assert_eq!(c.counts.present as usize, values.iter().filter(|v| v.point == c.point).count());
        }

        // INV13: what price segments sum is what the intervals give, however it is cut.
        let (allocated, flowed) = received(&settled);
        prop_assert_eq!(&allocated, &flowed);
        let by_interval = community.settle_with(&[(date, true)], &values, &[], true).unwrap();
        prop_assert_eq!(&by_interval.allocations, &settled.allocations);
        prop_assert_eq!(received(&by_interval).1, flowed);
        prop_assert!(by_interval.flows.len() >= settled.flows.len());
    }
}
