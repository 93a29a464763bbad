//! The states that the page of a community can be in.

use chrono::NaiveDate;
use engine::calendar::SECOND;

use super::view::CommunityView;
use crate::figure::{Amount, Basis, Co2, Energy, Money, MonthState, Origin, Period, Reliance, Scope, Unpriced};
use crate::sample::{self, PLACE, QUARTER_S, Sample, ZONE, date, energy, sum};

/// Empty, missing, late, zero, held, and every state of a month.
pub const SAMPLES: &[Sample<CommunityView>] = &[
    ("day-with-a-gap", summer),
    ("day-that-runs", running),
    ("day-held", held),
    ("day-damaged", damaged),
    ("day-of-zero", || day(june_29(), |_| Some(Energy::default()))),
    ("day-only-produced", || day(june_29(), |_| Some(energy(0, 0, 250_000)))),
    ("day-only-suppliers", without_production),
    ("day-closed-by-rule", closed_by_rule),
    ("day-all-held", all_held),
    ("day-half-absent", half_absent),
    ("day-before-the-first", || nothing_then(3, 9)),
    ("day-nothing-then", || nothing_then(-3, 9)),
    ("day-in-future", || nothing_then(-9, -3)),
    ("day-10.4", ten_and_four_tenths),
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
        last_us: Some(span.end),
        reliance: sample::reliance(&series, 1),
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
    (view.last_us, view.missing_points, view.totals) = (Some(quarters(48)), 2, sum(&view.series));
    for slot in view.series.iter_mut().filter(|slot| slot.start_us >= quarters(late)) {
        (slot.provisional, slot.is_whole, slot.missing_points) = (true, false, 2);
    }
    view.reliance = Reliance { runs: true, ..sample::reliance(&view.series, 1) };
    view
}

fn damaged() -> CommunityView {
    let file = "balances/community_id=village-fr/2026-06_7a51fd2bd07a9c4be1f2a6c1.parquet";
    CommunityView { damaged: Some(file.into()), ..held() }
}

fn held() -> CommunityView {
    let mut view = summer();
    (view.held, view.origin) = (Some("energy_adds_up".into()), Some(Origin::Simulated));
    view
}

/// A day of which three quarters of an hour stay unknown for ever: their production was never received, and counts as
/// nothing, as four quarters' consumption is estimated.
fn closed_by_rule() -> CommunityView {
    let mut view = day(june_29(), |n| sample::sunny(n).or(Some(energy(0, 1_200_000, 0))));
    for slot in view.series.iter_mut().skip(70).take(3) {
        (slot.missing_points, slot.is_whole) = (1, false);
    }
    view.missing_points = 1;
    view.reliance = Reliance { estimated: 4, zeroed: 3, ..view.reliance };
    view
}

/// Readings have come, and not one of the production.
fn all_held() -> CommunityView {
    let view = day(june_29(), |_| None);
    CommunityView { money: Money::default(), co2: vec![], complete_until_us: None, ..view }
}

/// Half of the day is not there at all.
fn half_absent() -> CommunityView {
    let mut view = day(june_29(), sample::sunny);
    view.series.truncate(40);
    (view.totals, view.missing_points) = (sum(&view.series), 0);
    view.reliance = Reliance { due: 96, ..sample::reliance(&view.series, 1) };
    view
}

/// Everything is read by its price: production is none, so its surplus needs none.
fn without_production() -> CommunityView {
    let mut view = day(june_29(), |_| Some(energy(0, 250_000, 0)));
    let nothing = Some(Amount { micro: 0, basis: Basis::Tariff });
    (view.money.shared, view.money.surplus, view.money.saved) = (nothing, nothing, nothing);
    view.money.unpriced = Unpriced::default();
    view
}

/// A time of which there is nothing: before the first reading, long ago, and yet to come.
fn nothing_then(first_in_days: i64, now_in_days: i64) -> CommunityView {
    let mut view = empty();
    let start = view.period.span(ZONE).start;
    let days = |n: i64| start + n * 86_400 * SECOND;
    (view.first_us, view.now_us) = (Some(days(first_in_days)), days(now_in_days));
    (view.last_us, view.complete_until_us) = (None, Some(view.now_us));
    // Before the first reading nothing has to be there, nor before it is over.
    let is_due = first_in_days <= 0 && now_in_days > 0;
    view.reliance = Reliance { due: if is_due { 96 } else { 0 }, runs: now_in_days <= 0, ..Reliance::default() };
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
    (view.place, view.money, view.last_us) = (None, Money::default(), None);
    view.reliance = Reliance { runs: true, ..Reliance::default() };
    view.now_us = view.period.span(ZONE).start + 3600 * SECOND;
    view
}

fn days(period: Period) -> CommunityView {
    let series = sample::local_days(period);
    let now_us = period.span(ZONE).end + 3 * 86_400 * SECOND;
    let (reliance, last_us) = (sample::reliance(&series, 96), Some(period.span(ZONE).end));
    CommunityView { period, totals: sum(&series), series, now_us, reliance, last_us, ..summer() }
}

/// 10.4 kWh beside much more: it is 10.4 wherever it stands.
fn ten_and_four_tenths() -> CommunityView {
    let noon = energy(10_400_000, 900_000_000, 0);
    day(june_29(), |n| Some(if n == 48 { noon } else { Energy::default() }))
}

fn month() -> CommunityView {
    days(Period::month_of(june_29()))
}

/// A month that is closed has nothing open.
fn month_in(state: MonthState) -> CommunityView {
    let view = CommunityView { billing: Some(sample::billing(state)), ..month() };
    match state {
        MonthState::Raw | MonthState::Provisional => view,
        MonthState::Settled | MonthState::Billed | MonthState::Corrected => closed(view),
    }
}

fn closed(mut view: CommunityView) -> CommunityView {
    let energy = view.series.first().and_then(|slot| slot.energy);
    for slot in &mut view.series {
        slot.energy = slot.energy.or(energy);
        (slot.provisional, slot.missing_points, slot.left_out, slot.is_whole) = (false, 0, 0, true);
    }
    (view.totals, view.reliance) = (sum(&view.series), sample::reliance(&view.series, 96));
    view
}
