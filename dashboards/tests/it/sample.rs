//! Reports to print: a month, the same month as billed, a proposal. Pages bring samples of their own.

use dashboards::figure::{Energy, MonthState, Reliance};
use dashboards::page::energy::community::{CommunityView, SAMPLES};
use dashboards::report::billed::{Bill, BilledMember, BilledView, DraftLine};
use dashboards::report::month::{MemberMonth, MonthView};
use dashboards::report::payouts::{MemberPayout, PayoutsView, PotPart};
use dashboards::report::proposal::{MemberCost, MemberProposal, ProposalView};
use dashboards::sample::{BILLED_US, billing, energy};
use engine::calendar::SECOND;

/// One of the samples of a community's page.
pub fn community(name: &str) -> CommunityView {
    SAMPLES.iter().find(|(n, _)| *n == name).map(|(_, view)| view()).unwrap()
}

/// The same month as billed, with a correction drafted.
pub fn billed() -> BilledView {
    let view = june();
    let member = |name: &str, billed_micro, known_micro| BilledMember {
        name: name.into(),
        billed_micro,
        known_micro: Some(known_micro),
    };
    let draft = |is_credit, item: &str, price_micro, energy_micro_kwh, amount_micro, difference_micro| DraftLine {
        member: "Farm (m-001)".into(),
        is_credit,
        item: item.into(),
        producer: (item == "internal_energy").then(|| "Plant (scic)".into()),
        is_credit_note: item == "production_credit",
        price_micro,
        energy_micro_kwh,
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
    let of_day = community("day-with-a-gap");
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
            Energy { production_micro_kwh: 1_000_000_000, ..energy(0, 0, 75_442_000) },
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
        reliance: Reliance { settled: 2870, provisional: 6, held: 4, ..Reliance::default() },
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
        shared_before_micro_kwh: before,
        shared_after_micro_kwh: after,
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
        received_before_micro_kwh: 1_882_800_000,
        received_after_micro_kwh: 1_882_800_000,
        is_priced,
        members: vec![
            member("Ferme (m-001)", 803_221_000, 834_392_500),
            member("École (m-002)", 0, 0),
            member("m-003", 1_079_579_000, 1_048_407_500),
        ],
    }
}
