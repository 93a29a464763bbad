//! Figures to look at pages with: a community as it could be, in every state that one can be in. Pages' samples and
//! tests are made from them.

use chrono::NaiveDate;
use engine::calendar::SECOND;

use crate::figure::{
    Amount, Basis, Billing, Co2, Energy, Money, MonthState, Period, Place, Reliance, Scope, Share, Slot, Unpriced,
};

/// A view of a page with the name of what is special about it.
pub type Sample<V> = (&'static str, fn() -> V);

/// Length of an interval in seconds.
pub const QUARTER_S: u32 = 900;
/// Where the community lies.
pub const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;
/// Where it stands.
pub const PLACE: Place = Place { latitude_micro: 45_600_000, longitude_micro: 3_100_000 };
/// 2 July 2026, 10:00 in Paris.
pub const BILLED_US: i64 = 1_782_979_200_000_000;

/// A local day: 29 June 2026 is a long one in summer.
pub fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// Energy of its three parts, which therefore adds up.
pub fn energy(shared_micro_kwh: i64, residual_micro_kwh: i64, surplus_micro_kwh: i64) -> Energy {
    Energy {
        production_micro_kwh: shared_micro_kwh + surplus_micro_kwh,
        consumption_micro_kwh: shared_micro_kwh + residual_micro_kwh,
        shared_micro_kwh,
        residual_micro_kwh,
        surplus_micro_kwh,
    }
}

/// The energy of all rows that have some.
pub fn sum(series: &[Slot]) -> Energy {
    series.iter().filter_map(|s| s.energy).fold(Energy::default(), |a, b| Energy {
        production_micro_kwh: a.production_micro_kwh + b.production_micro_kwh,
        consumption_micro_kwh: a.consumption_micro_kwh + b.consumption_micro_kwh,
        shared_micro_kwh: a.shared_micro_kwh + b.shared_micro_kwh,
        residual_micro_kwh: a.residual_micro_kwh + b.residual_micro_kwh,
        surplus_micro_kwh: a.surplus_micro_kwh + b.surplus_micro_kwh,
    })
}

/// The quarter-hours of a day; `of_row` gives the energy of each, `None` where a reading is missing. Those from 5:00 to
/// 6:00 are estimated.
pub fn quarters(day: NaiveDate, of_row: impl Fn(i64) -> Option<Energy>) -> Vec<Slot> {
    let grid = Period::Day(day).grid(ZONE, QUARTER_S).into_iter().zip(0..);
    grid.map(|(span, n)| Slot {
        start_us: span.start,
        energy: of_row(n),
        provisional: false,
        missing_points: u32::from(of_row(n).is_none()),
        estimated_points: u32::from((20..24).contains(&n)),
        left_out: 0,
        is_whole: of_row(n).is_some(),
    })
    .collect()
}

/// A summer's day with a gap in the afternoon.
pub fn sunny(n: i64) -> Option<Energy> {
    let sun = (0.max(30 - (n - 52).abs())) * 100_000;
    let used = 1_200_000 + (n * 37 % 11) * 90_000;
    (!(70..73).contains(&n)).then(|| energy(sun.min(used), used - sun.min(used), sun - sun.min(used)))
}

/// The local days of a week or month; of the fourth nothing is known, the sixth is estimated, the last may still
/// change.
pub fn local_days(period: Period) -> Vec<Slot> {
    let spans = period.grid(ZONE, QUARTER_S);
    let last = spans.len().saturating_sub(1);
    let of = |n: i64| energy(40_000_000 + n % 5 * 3_000_000, 90_000_000 - n % 7 * 4_000_000, n % 3 * 7_000_000);
    let slots = spans.iter().zip(0..).map(|(span, n)| Slot {
        start_us: span.start,
        energy: (n != 3).then(|| of(n)),
        provisional: n == last as i64,
        missing_points: u32::from(n == 3),
        estimated_points: if n == 5 { 2 } else { 0 },
        left_out: if n == 3 { 96 } else { 0 },
        is_whole: n != 3 && n != last as i64,
    });
    slots.collect()
}

/// How far a series can be relied on, of which each row stands for so many intervals: rows without energy are held.
pub fn reliance(series: &[Slot], intervals: u32) -> Reliance {
    let count = |of: fn(&Slot) -> bool| intervals * series.iter().filter(|slot| of(slot)).count() as u32;
    Reliance {
        due: count(|_| true),
        settled: count(|slot| slot.energy.is_some() && !slot.provisional),
        provisional: count(|slot| slot.energy.is_some() && slot.provisional),
        held: count(|slot| slot.energy.is_none()),
        ..Reliance::default()
    }
}

/// Money of a day, of which no price of the surplus is known.
pub fn money() -> Money {
    let amount = |micro| Some(Amount { micro, basis: Basis::Tariff });
    let unpriced = Unpriced { surplus_micro_kwh: 12_300_000, ..Unpriced::default() };
    Money {
        shared: amount(10_787_420),
        residual: amount(35_649_900),
        surplus: None,
        saved: amount(6_710_000),
        unpriced,
    }
}

/// Carbon dioxide of a day with an hour that has no factors.
pub fn co2() -> Co2 {
    Co2 {
        avoided_mg: 880_000,
        inventory_mg: 14_100_000,
        factor_set: "example 2026".into(),
        scope: Scope::LifeCycle,
        intervals: Share { part: 93, whole: 96 },
        hours: Share { part: 23, whole: 24 },
        estimated: Share { part: 4, whole: 93 },
        uncertainty: Some((30, true)),
    }
}

/// How far a month is: billed on 2 July, and where it says so a correction of 0.83 is drafted since.
pub fn billing(state: MonthState) -> Billing {
    let is_billed = matches!(state, MonthState::Billed | MonthState::Corrected);
    let is_corrected = state == MonthState::Corrected;
    Billing {
        state,
        billed_us: is_billed.then_some(BILLED_US),
        corrected_us: is_corrected.then_some(BILLED_US + 7 * 86_400 * SECOND),
        billed_micro: if is_billed { 85_850_000 } else { 0 },
        open_members: if is_corrected { 2 } else { 0 },
        open_micro: if is_corrected { 830_000 } else { 0 },
        estimated: 0,
        zeroed: 0,
    }
}
