//! Views to draw: a day with sun, a gap and an estimate; and views of any figures.

use dashboards::billing::{Billing, MonthState};
use dashboards::page::community::{Amount, Basis, Co2, CommunityView, Energy, Money, Part, Place, Scope, Slot};
use dashboards::page::index::{CommunityRow, IndexView};
use dashboards::page::{Origin, Period};
use dashboards::proposal::{MemberCost, MemberProposal, ProposalView};
use dashboards::report::billed::{Bill, BilledMember, BilledView, DraftLine};
use dashboards::report::{MemberMonth, MemberPayout, MonthView, PayoutsView, PotPart};
use engine::calendar::SECOND;

pub const QUARTER_S: u32 = 900;

pub fn energy(shared_mwh: i64, residual_mwh: i64, surplus_mwh: i64) -> Energy {
    Energy {
        production_mwh: shared_mwh + surplus_mwh,
        consumption_mwh: shared_mwh + residual_mwh,
        shared_mwh,
        residual_mwh,
        surplus_mwh,
    }
}

fn sum(series: &[Slot]) -> Energy {
    series.iter().filter_map(|s| s.energy).fold(Energy::default(), |a, b| Energy {
        production_mwh: a.production_mwh + b.production_mwh,
        consumption_mwh: a.consumption_mwh + b.consumption_mwh,
        shared_mwh: a.shared_mwh + b.shared_mwh,
        residual_mwh: a.residual_mwh + b.residual_mwh,
        surplus_mwh: a.surplus_mwh + b.surplus_mwh,
    })
}

/// A view of a day in Paris; `of_row` gives the energy of each of its rows.
pub fn day(day: &str, of_row: impl Fn(i64) -> Option<Energy>) -> CommunityView {
    let zone = chrono_tz::Europe::Paris;
    let period = Period::Day(day.parse().unwrap());
    let slots = period.grid(zone, QUARTER_S).into_iter().zip(0..).map(|(span, n)| Slot {
        start_us: span.start,
        energy: of_row(n),
        provisional: false,
        missing_points: u32::from(of_row(n).is_none()),
        estimated_points: u32::from((20..24).contains(&n)),
    });
    let series: Vec<Slot> = slots.collect();
    let span = period.span(zone);
    CommunityView {
        community_id: "village-fr".into(),
        name: "Village".into(),
        country: "FR".into(),
        currency: "EUR".into(),
        zone,
        place: Some(Place { latitude_micro: 45_600_000, longitude_micro: 3_100_000 }),
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
        money: Money {
            shared: Some(Amount { micro: 10_787_420, basis: Basis::Tariff }),
            residual: Some(Amount { micro: 35_649_900, basis: Basis::Tariff }),
            surplus: None,
            saved: Some(Amount { micro: 6_710_000, basis: Basis::Tariff }),
        },
        co2: vec![Co2 {
            avoided_mg: 880_000,
            inventory_mg: 14_100_000,
            factor_set: "example 2026".into(),
            scope: Scope::LifeCycle,
            intervals: Part { part: 93, whole: 96 },
            hours: Part { part: 23, whole: 24 },
            estimated: Part { part: 4, whole: 93 },
            uncertainty: Some((30, true)),
        }],
        series,
        billing: None,
        held: None,
        origin: None,
    }
}

/// A summer's day with a gap in the afternoon.
pub fn summer() -> CommunityView {
    day("2026-06-29", |n| {
        let sun = (0.max(30 - (n - 52).abs())) * 100_000;
        let used = 1_200_000 + (n * 37 % 11) * 90_000;
        (!(70..73).contains(&n)).then(|| energy(sun.min(used), used - sun.min(used), sun - sun.min(used)))
    })
}

/// The states that the page of a community can be in.
pub const COMMUNITY: &[(&str, fn() -> CommunityView)] = &[
    ("day-with-a-gap", summer),
    ("day-that-runs", running),
    ("day-held", held),
    ("day-of-zero", || day("2026-06-29", |_| Some(Energy::default()))),
    ("day-only-produced", || day("2026-06-29", |_| Some(energy(0, 0, 250_000)))),
    ("day-only-suppliers", || day("2026-06-29", |_| Some(energy(0, 250_000, 0)))),
    ("day-unbalanced", || {
        let mut view = summer();
        view.totals.consumption_mwh += 5;
        view
    }),
    ("day-saving-nothing", costly),
    ("day-of-92-rows", || day("2026-03-29", |_| Some(energy(10_000, 20_000, 30_000)))),
    ("day-of-100-rows", || day("2026-10-25", |_| Some(energy(10_000, 20_000, 30_000)))),
    ("empty", empty),
    ("week", || days(Period::week_of("2026-06-29".parse().unwrap()))),
    ("month", month),
    ("month-raw", || month_in(MonthState::Raw)),
    ("month-provisional", || month_in(MonthState::Provisional)),
    ("month-settled", || month_in(MonthState::Settled)),
    ("month-billed", || month_in(MonthState::Billed)),
    ("month-corrected", || month_in(MonthState::Corrected)),
];

fn running() -> CommunityView {
    let mut view = summer();
    view.series.truncate(48);
    view.now_us = view.series[47].start_us + 2 * i64::from(QUARTER_S) * SECOND;
    (view.provisional, view.missing_points, view.totals) = (true, 2, sum(&view.series));
    view.complete_until_us = Some(view.series[40].start_us);
    view.series.iter_mut().skip(40).for_each(|slot| (slot.provisional, slot.missing_points) = (true, 2));
    view
}

fn held() -> CommunityView {
    let mut view = summer();
    (view.held, view.provisional, view.origin) = (Some("energy_adds_up".into()), true, Some(Origin::Simulated));
    view
}

/// Sharing costs more than it saves, causes more carbon dioxide than it avoids, and two sets count different things.
fn costly() -> CommunityView {
    let mut view = summer();
    view.money.saved = Some(Amount { micro: -1_230_000, basis: Basis::ReferencePrice { price_micro: 198_125 } });
    view.money.residual = None;
    view.co2[0].avoided_mg = -880_000;
    let direct =
        Co2 { scope: Scope::Direct, factor_set: "other 2026".into(), uncertainty: None, ..view.co2[0].clone() };
    view.co2.push(direct);
    view
}

fn empty() -> CommunityView {
    let mut view = day("2026-06-29", |_| None);
    (view.series, view.first_us, view.complete_until_us, view.co2) = (vec![], None, None, vec![]);
    (view.place, view.money) = (None, Money::default());
    view
}

/// Local days; of the fourth nothing is known, the sixth is estimated, the last may still change.
fn days(period: Period) -> CommunityView {
    let mut view = summer();
    let spans = period.grid(view.zone, QUARTER_S);
    let last = spans.len() - 1;
    let slots = spans.iter().enumerate().map(|(n, span)| Slot {
        start_us: span.start,
        energy: (n != 3).then(|| {
            let n = n as i64;
            energy(40_000_000 + n % 5 * 3_000_000, 90_000_000 - n % 7 * 4_000_000, n % 3 * 7_000_000)
        }),
        provisional: n == last,
        missing_points: if n == 3 { 1 } else { 0 },
        estimated_points: if n == 5 { 2 } else { 0 },
    });
    view.series = slots.collect();
    (view.period, view.totals) = (period, sum(&view.series));
    view.now_us = spans[last].end + 3 * 86_400 * SECOND;
    view
}

pub fn month() -> CommunityView {
    days(Period::month_of("2026-06-29".parse().unwrap()))
}

pub fn month_in(state: MonthState) -> CommunityView {
    CommunityView { billing: Some(billing(state)), ..month() }
}

fn row(name: &str, id: &str) -> CommunityRow {
    let v = summer();
    CommunityRow {
        community_id: id.into(),
        name: name.into(),
        country: "FR".into(),
        zone: v.zone,
        members: 12,
        points: 15,
        today: v.totals,
        complete_until_us: v.complete_until_us,
        held: false,
    }
}

/// The states that the list of communities can be in.
pub const INDEX: &[(&str, fn() -> IndexView)] = &[
    ("none", || IndexView { communities: vec![], now_us: summer().now_us, origin: None }),
    ("several", || {
        let silent = CommunityRow {
            today: Energy::default(),
            complete_until_us: None,
            members: 1,
            points: 0,
            ..row("Silent", "silent")
        };
        let held = CommunityRow { held: true, country: "XX".into(), ..row("Held back", "held") };
        IndexView {
            communities: vec![row("Village", "village-fr"), silent, held],
            now_us: summer().now_us,
            origin: Some(Origin::Demo),
        }
    }),
];

/// 2 July 2026, 10:00 in Paris.
const BILLED_US: i64 = 1_782_979_200_000_000;

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
    }
}

/// The same month as billed, with a correction drafted.
pub fn billed() -> BilledView {
    let view = june();
    let member = |name: &str, billed_micro, known_micro| BilledMember {
        name: name.into(),
        billed_micro,
        known_micro: Some(known_micro),
    };
    let draft = |is_credit, item: &str, price_micro, energy_mwh, amount_micro, difference_micro| DraftLine {
        member: "Farm (m-001)".into(),
        is_credit,
        item: item.into(),
        producer: (item == "internal_energy").then(|| "Plant (scic)".into()),
        is_credit_note: item == "production_credit",
        price_micro,
        energy_mwh,
        amount_micro,
        difference_micro,
    };
    BilledView {
        community: view.community,
        currency: view.currency,
        zone: view.zone,
        month: view.month,
        as_of_us: Some(BILLED_US + 10 * 86_400 * SECOND),
        billing: Some(billing(MonthState::Corrected)),
        bills: vec![
            Bill { number: 1, billed_us: BILLED_US, total_micro: 85_000_000 },
            Bill { number: 2, billed_us: BILLED_US + 7 * 86_400 * SECOND, total_micro: 850_000 },
        ],
        members: vec![
            member("Farm (m-001)", 18_460_000, 19_290_000),
            member("School (m-002)", 115_530_000, 115_530_000),
            member("Roof (m-003)", -48_140_000, -48_140_000),
        ],
        drafts: vec![
            draft(true, "internal_energy", Some(115_000), -121_337_000, -13_950_000, None),
            draft(false, "internal_energy", Some(115_000), 127_354_000, 14_640_000, Some(690_000)),
            draft(true, "vat", Some(0), 0, -2_480_000, None),
            draft(false, "vat", Some(0), 0, 2_620_000, Some(140_000)),
        ],
    }
}

/// A month of two members and a producer, one of them not final.
pub fn june() -> MonthView {
    let of_day = summer();
    let member = |name: &str, energy: Energy, net_micro, vat_micro, is_final| MemberMonth {
        name: name.into(),
        energy,
        net_micro,
        vat_micro,
        total_micro: net_micro + vat_micro,
        is_final,
    };
    let members = vec![
        member("Farm (m-001)", energy(121_337_000, 191_113_000, 0), 15_980_000, 2_480_000, true),
        member("School (m-002)", energy(803_221_000, 1_142_079_000, 0), 100_200_000, 15_330_000, false),
        member(
            "Roof (m-003)",
            Energy { production_mwh: 1_000_000_000, ..energy(0, 0, 75_442_000) },
            -48_140_000,
            0,
            true,
        ),
    ];
    MonthView {
        community: of_day.name,
        currency: of_day.currency,
        zone: of_day.zone,
        month: "2026-06-01".parse().unwrap(),
        complete_until_us: of_day.complete_until_us,
        missing_points: 1,
        energy: energy(924_558_000, 1_333_192_000, 75_442_000),
        billing: Some(billing(MonthState::Provisional)),
        co2: of_day.co2,
        members,
        payouts: payouts(),
    }
}

/// A farm that gave and sold energy, and a fund of which one part goes to no member.
fn payouts() -> PayoutsView {
    let member = |name: &str, production_micro, surplus_micro, funds_micro| {
        let name = name.to_owned();
        MemberPayout { name, production_micro, surplus_micro, funds_micro, ..MemberPayout::default() }
    };
    let part = |percent_basis_points, beneficiary: &str, weight_by: &str, amount_micro, given_micro| PotPart {
        pot: "incentive".into(),
        percent_basis_points,
        beneficiary: beneficiary.into(),
        weight_by: weight_by.into(),
        amount_micro,
        given_micro,
    };
    PayoutsView {
        members: vec![member("Farm (m-001)", 48_140_000, 4_510_000, 0), member("School (m-002)", 0, 0, 75_000_000)],
        parts: vec![
            part(7_500, "consumers", "allocated_energy", 75_000_000, 75_000_000),
            part(1_250, "producers", "surplus_energy", 12_500_000, 0),
            part(1_250, "social", "", 12_500_000, 0),
        ],
        rounding: vec![("Farm (m-001)".into(), 10_000)],
        books: (367_300_000, 367_300_000),
    }
}

/// A proposal by which one member gains, one loses and one sees no difference.
pub fn proposal(is_priced: bool) -> ProposalView {
    let day = |d| chrono::NaiveDate::from_ymd_opt(2026, 6, d).unwrap();
    let member = |name: &str, before: i128, after: i128| MemberProposal {
        name: name.to_owned(),
        shared_before_mwh: before,
        shared_after_mwh: after,
        money: is_priced.then(|| MemberCost {
            before_micro: 41_230_000,
            after_micro: 41_230_000 - (after - before) / 10,
            gain_micro: (after - before) / 10,
            sign: (after - before).signum(),
        }),
    };
    ProposalView {
        community: "Village".to_owned(),
        currency: "EUR".to_owned(),
        from: day(1),
        last: day(30),
        received_before_mwh: 1_882_800_000,
        received_after_mwh: 1_882_800_000,
        is_priced,
        members: vec![
            member("Ferme (m-001)", 803_221_000, 834_392_500),
            member("École (m-002)", 0, 0),
            member("m-003", 1_079_579_000, 1_048_407_500),
        ],
    }
}
