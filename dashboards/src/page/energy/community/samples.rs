//! The states that the page of a community can be in.

use chrono::NaiveDate;
use engine::calendar::SECOND;

use super::view::CommunityView;
use crate::figure::{Amount, Basis, Co2, Energy, Money, MonthState, Origin, Period, Scope};
use crate::sample::{self, PLACE, QUARTER_S, Sample, ZONE, date, energy, sum};

/// Empty, missing, late, zero, held, and every state of a month.
pub const SAMPLES: &[Sample<CommunityView>] = &[
    ("day-with-a-gap", summer),
    ("day-that-runs", running),
    ("day-held", held),
    ("day-damaged", damaged),
    ("day-of-zero", || day(june_29(), |_| Some(Energy::default()))),
    ("day-only-produced", || day(june_29(), |_| Some(energy(0, 0, 250_000)))),
    ("day-only-suppliers", || day(june_29(), |_| Some(energy(0, 250_000, 0)))),
    ("day-unbalanced", unbalanced),
    ("day-saving-nothing", costly),
    ("day-of-92-rows", || day(date(2026, 3, 29), |_| Some(energy(10_000, 20_000, 30_000)))),
    ("day-of-100-rows", || day(date(2026, 10, 25), |_| Some(energy(10_000, 20_000, 30_000)))),
    ("empty", empty),
    ("week", || days(Period::week_of(june_29()))),
    ("month", month),
    ("month-raw", || month_in(MonthState::Raw)),
    ("month-provisional", || month_in(MonthState::Provisional)),
    ("month-settled", || month_in(MonthState::Settled)),
    ("month-billed", || month_in(MonthState::Billed)),
    ("month-corrected", || month_in(MonthState::Corrected)),
];

fn june_29() -> NaiveDate {
    date(2026, 6, 29)
}

/// A day; `of_row` gives the energy of each of its rows.
fn day(day: NaiveDate, of_row: impl Fn(i64) -> Option<Energy>) -> CommunityView {
    let (period, series) = (Period::Day(day), sample::quarters(day, of_row));
    let span = period.span(ZONE);
    CommunityView {
        community_id: "village-fr".into(),
        name: "Village".into(),
        country: "FR".into(),
        currency: "EUR".into(),
        zone: ZONE,
        place: Some(PLACE),
        period,
        slot_seconds: QUARTER_S,
        now_us: span.end + 3 * 86_400 * SECOND,
        version: 7,
        complete_until_us: Some(span.end),
        first_us: Some(span.start - 86_400 * SECOND),
        provisional: false,
        missing_points: 0,
        members: 12,
        points: 15,
        totals: sum(&series),
        rounding: Default::default(),
        money: sample::money(),
        co2: vec![sample::co2()],
        series,
        billing: None,
        held: None,
        damaged: None,
        origin: None,
    }
}

fn summer() -> CommunityView {
    day(june_29(), sample::sunny)
}

/// Noon, with readings that are late.
fn running() -> CommunityView {
    let mut view = summer();
    view.series.truncate(48);
    let (start, late) = (view.period.span(ZONE).start, 40);
    let quarters = |n: i64| start + n * i64::from(QUARTER_S) * SECOND;
    (view.now_us, view.complete_until_us) = (quarters(49), Some(quarters(late)));
    (view.provisional, view.missing_points, view.totals) = (true, 2, sum(&view.series));
    for slot in view.series.iter_mut().filter(|slot| slot.start_us >= quarters(late)) {
        (slot.provisional, slot.missing_points) = (true, 2);
    }
    view
}

fn damaged() -> CommunityView {
    let file = "balances/community_id=village-fr/2026-06_7a51fd2bd07a9c4be1f2a6c1.parquet";
    CommunityView { damaged: Some(file.into()), ..held() }
}

fn held() -> CommunityView {
    let mut view = summer();
    (view.held, view.provisional, view.origin) = (Some("energy_adds_up".into()), true, Some(Origin::Simulated));
    view
}

/// Figures that do not add up, as only an error makes them.
fn unbalanced() -> CommunityView {
    let mut view = summer();
    view.totals.consumption_micro_kwh += 5;
    view
}

/// Sharing costs more than it saves, causes more carbon dioxide than it avoids, and two sets count different things.
fn costly() -> CommunityView {
    let mut view = summer();
    view.money.saved = Some(Amount { micro: -1_230_000, basis: Basis::ReferencePrice { price_micro: 198_125 } });
    view.money.residual = None;
    let co2 = Co2 { avoided_mg: -880_000, ..sample::co2() };
    let direct = Co2 { scope: Scope::Direct, factor_set: "other 2026".into(), uncertainty: None, ..co2 };
    view.co2 = vec![co2, direct];
    view
}

fn empty() -> CommunityView {
    let mut view = day(june_29(), |_| None);
    (view.series, view.first_us, view.complete_until_us, view.co2) = (vec![], None, None, vec![]);
    (view.place, view.money) = (None, Money::default());
    view
}

fn days(period: Period) -> CommunityView {
    let series = sample::local_days(period);
    let now_us = period.span(ZONE).end + 3 * 86_400 * SECOND;
    CommunityView { period, totals: sum(&series), series, now_us, ..summer() }
}

fn month() -> CommunityView {
    days(Period::month_of(june_29()))
}

fn month_in(state: MonthState) -> CommunityView {
    CommunityView { billing: Some(sample::billing(state)), ..month() }
}
