//! The states that the amounts of a community can be in.

use engine::calendar::SECOND;

use super::{AmountsView, Line, Part};
use crate::figure::Period;
use crate::sample::{Sample, ZONE, date};

/// A day, one with prices that vary or lack, a month that is billed and corrected, and nothing.
pub const SAMPLES: &[Sample<AmountsView>] =
    &[("day", day), ("day-without-prices", unpriced), ("month-billed", month), ("empty", empty)];

fn line(part: Part, item: &str, price_micro: i64, energy_micro_kwh: i64) -> Line {
    let amount_pico = i128::from(price_micro) * i128::from(energy_micro_kwh);
    Line { part, item: item.into(), price_micro: Some(price_micro), lacks_price: false, energy_micro_kwh, amount_pico }
}

fn day() -> AmountsView {
    let period = Period::Day(date(2026, 6, 29));
    AmountsView {
        community_id: "village-fr".into(),
        name: "Village".into(),
        currency: "EUR".into(),
        zone: ZONE,
        period,
        now_us: period.span(ZONE).end + 3 * 86_400 * SECOND,
        lines: vec![
            line(Part::Shared, "internal_energy", 115_000, 10_400_000),
            line(Part::Residual, "supplier_energy", 198_125, 85_600_000),
            line(Part::Surplus, "surplus_sale", 40_000, 19_000_000),
            line(Part::Alone, "supplier_energy", 198_125, 10_400_000),
            line(Part::OnTop, "community_fee", 8_500, 10_400_000),
        ],
        saved_micro: Some(776_100),
        billed_micro: None,
        drafted_micro: None,
        origin: None,
    }
}

fn unpriced() -> AmountsView {
    let mut view = day();
    view.lines[1].price_micro = None;
    (view.lines[2].price_micro, view.lines[2].lacks_price, view.lines[2].amount_pico) = (None, true, 0);
    view
}

fn month() -> AmountsView {
    let mut view = day();
    view.period = Period::month_of(date(2026, 6, 29));
    let fee = Line { amount_pico: 2_000_000_000_000, ..line(Part::Billed, "monthly_fee", 0, 0) };
    let vat = Line { amount_pico: 3_200_000_000_000, ..line(Part::Billed, "vat", 0, 0) };
    view.lines.extend([line(Part::Billed, "internal_energy", 115_000, 120_870_000), fee, vat]);
    view.lines.push(line(Part::Drafted, "internal_energy", 115_000, 7_217_400));
    (view.billed_micro, view.drafted_micro) = (Some(19_100_000), Some(830_000));
    view
}

fn empty() -> AmountsView {
    AmountsView { lines: vec![], saved_micro: None, ..day() }
}
