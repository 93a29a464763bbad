//! From the published figures of a community, and the present, to what its page says.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use dashboards::figure::{Amount, Basis, Energy, Money, Origin, Period, Place, Reliance, Rounding, Slot, Unpriced};
use dashboards::page::energy::community::CommunityView;
use engine::calendar::{SECOND, Span, day_span};
use engine::clock::Micros;
use engine::registry::{Community, Participation};
use engine::units::round_half_up;
use engine::{Error, Result};

use crate::http::Current;
use crate::read::billing::MonthState;
use crate::read::co2;
use crate::read::figures::{Figures, Series};
use crate::read::period::{self, Day, Load, Worth};

/// What the page of a period says at an instant.
///
/// # Errors
/// Internal, for a community that is not registered or figures that no page can show.
pub fn at(
    current: &Current,
    id: &str,
    period: Period,
    figures: &Figures,
    now: Micros,
    origin: Option<Origin>,
) -> Result<CommunityView> {
    let unknown = || Error::internal(format!("community {id} is not registered"));
    let community = current.registry.communities.get(id).ok_or_else(unknown)?;
    let zone = engine::calendar::zone(&community.timezone)?;
    let expected = Expected::new(current, community, zone, period, figures, now);
    let series = match &figures.series {
        Series::Intervals(rows) => rows.iter().map(interval).collect::<Result<_>>()?,
        Series::Days(rows) => rows.iter().map(|day| expected.day(day)).collect::<Result<_>>()?,
    };
    let totals = &figures.totals;
    Ok(CommunityView {
        community_id: id.to_string(),
        name: current.names.communities.get(id).unwrap_or(&community.name).clone(),
        country: community.country.clone(),
        currency: community.currency.clone(),
        zone,
        place: community.place_micro.map(|(latitude_micro, longitude_micro)| Place { latitude_micro, longitude_micro }),
        period,
        slot_seconds: community.interval_minutes * 60,
        now_us: now,
        version: current.changed_in.get(id).copied().unwrap_or(0),
        complete_until_us: figures.completeness.until,
        first_us: figures.completeness.first_start,
        last_us: totals.last_start.map(|start| start + expected.step),
        reliance: expected.reliance(period.span(zone), totals)?,
        missing_points: count(totals.missing_points)?,
        members: count(current.registry.members.keys().filter(|(c, _)| c == id).count())?,
        points: points(current, id, period.span(zone))?,
        totals: energy(&totals.energy)?,
        rounding: Rounding {
            production_micro_kwh: micro_kwh(totals.energy.production_rounding_micro_kwh)?,
            consumption_micro_kwh: micro_kwh(totals.energy.consumption_rounding_micro_kwh)?,
        },
        money: money(&figures.worth)?,
        co2: figures.co2.iter().map(co2::shown).collect(),
        series,
        billing: figures.month.as_ref().and_then(MonthState::shown),
        held: current.held.get(id).cloned(),
        damaged: current.damaged.get(id).cloned(),
        origin,
    })
}

fn participations<'a>(current: &'a Current, id: &str) -> &'a [Participation] {
    current.registry.participations.get(id).map(Vec::as_slice).unwrap_or_default()
}

/// Metering points that take part in some of a time.
///
/// # Errors
/// Internal, when they are more than can be counted.
pub fn points(current: &Current, id: &str, span: Span) -> Result<u32> {
    let here = participations(current, id).iter().filter(|p| p.valid_from < span.end && span.start < p.valid_to);
    count(here.map(|p| &p.metering_point_id).collect::<BTreeSet<_>>().len())
}

/// Which intervals have to be there by now.
struct Expected {
    zone: Tz,
    /// Length of an interval.
    step: Micros,
    now: Micros,
    /// No interval has to be there outside of this time.
    within: Span,
}

impl Expected {
    fn new(current: &Current, community: &Community, zone: Tz, period: Period, figures: &Figures, now: Micros) -> Self {
        let step = i64::from(community.interval_minutes) * 60 * SECOND;
        let all = participations(current, &community.community_id);
        let from = all.iter().map(|p| p.valid_from).min().unwrap_or(i64::MAX);
        let to = all.iter().map(|p| p.valid_to).max().unwrap_or(i64::MIN);
        // Readings take some time to come, and what is later than the last of a day that runs is on its way.
        let last = figures.totals.last_start.map(|start| start + step);
        let runs = period.span(zone).end + step > now;
        let upto = if runs { last.unwrap_or(i64::MIN) } else { i64::MAX };
        let first = figures.completeness.first_start.unwrap_or(i64::MAX);
        let within = Span { start: first.max(from), end: to.min(upto).min(now - step) };
        Self { zone, step, now, within }
    }

    /// How many intervals of a time have to be there by now.
    fn due(&self, span: Span) -> i64 {
        let (start, end) = (span.start.max(self.within.start), span.end.min(self.within.end));
        if start < end { (end - start) / self.step } else { 0 }
    }

    fn reliance(&self, span: Span, totals: &period::Totals) -> Result<Reliance> {
        Ok(Reliance {
            due: count(self.due(span))?,
            settled: count(totals.complete_intervals)?,
            estimated: count(totals.estimated_intervals)?,
            zeroed: count(totals.zeroed_intervals)?,
            provisional: count(totals.provisional_intervals)?,
            held: count(totals.held_intervals)?,
            runs: span.end + self.step > self.now,
        })
    }

    fn day(&self, day: &Day) -> Result<Slot> {
        let parts = [
            day.production_micro_kwh,
            day.consumption_micro_kwh,
            day.shared_micro_kwh,
            day.residual_micro_kwh,
            day.surplus_micro_kwh,
        ];
        let shared_out = match parts {
            [Some(production), Some(consumption), Some(shared), Some(residual), Some(surplus)] => Some(Energy {
                production_micro_kwh: micro_kwh(production)?,
                consumption_micro_kwh: micro_kwh(consumption)?,
                shared_micro_kwh: micro_kwh(shared)?,
                residual_micro_kwh: micro_kwh(residual)?,
                surplus_micro_kwh: micro_kwh(surplus)?,
            }),
            _ => None,
        };
        let span = day_span(self.zone, day.day);
        let absent = (self.due(span) - day.intervals).max(0);
        let is_there = day.intervals == (span.end - span.start) / self.step && day.open_intervals == 0;
        Ok(Slot {
            start_us: span.start,
            energy: shared_out,
            provisional: day.open_intervals > 0 || absent > 0 || span.end > self.now,
            missing_points: count(day.missing_points)?,
            estimated_points: count(day.estimated_points)?,
            left_out: count(day.held_intervals + absent)?,
            is_whole: is_there && day.missing_points == 0,
        })
    }
}

fn count<N: TryInto<u32>>(n: N) -> Result<u32> {
    n.try_into().map_err(|_| Error::internal("a count does not fit"))
}

fn micro_kwh(value: i128) -> Result<i64> {
    i64::try_from(value).map_err(|_| Error::internal(format!("{value} micro-kWh do not fit")))
}

/// What was shared out: production and consumption of held intervals are not in the picture of where energy went.
fn energy(e: &period::Energy) -> Result<Energy> {
    Ok(Energy {
        production_micro_kwh: micro_kwh(e.production_micro_kwh - e.held_production_micro_kwh)?,
        consumption_micro_kwh: micro_kwh(e.consumption_micro_kwh - e.held_consumption_micro_kwh)?,
        shared_micro_kwh: micro_kwh(e.shared_micro_kwh)?,
        residual_micro_kwh: micro_kwh(e.residual_micro_kwh)?,
        surplus_micro_kwh: micro_kwh(e.surplus_micro_kwh)?,
    })
}

fn interval(load: &Load) -> Result<Slot> {
    let shared_out = match (load.shared_micro_kwh, load.residual_micro_kwh, load.surplus_micro_kwh) {
        (Some(shared), Some(residual), Some(surplus)) => Some(Energy {
            production_micro_kwh: micro_kwh(load.production_micro_kwh)?,
            consumption_micro_kwh: micro_kwh(load.consumption_micro_kwh)?,
            shared_micro_kwh: micro_kwh(shared)?,
            residual_micro_kwh: micro_kwh(residual)?,
            surplus_micro_kwh: micro_kwh(surplus)?,
        }),
        _ => None,
    };
    let is_open = matches!(load.status.as_str(), "provisional" | "held");
    Ok(Slot {
        start_us: load.start,
        energy: shared_out,
        provisional: is_open,
        missing_points: count(load.missing_points)?,
        estimated_points: count(load.estimated_points)?,
        left_out: 0,
        is_whole: !is_open && load.missing_points == 0,
    })
}

fn money(worth: &Worth) -> Result<Money> {
    let amount = |pico: Option<i128>| pico.map(|p| Amount { micro: round_half_up(p, 12, 6), basis: Basis::Tariff });
    Ok(Money {
        shared: amount(worth.internal),
        residual: amount(worth.residual),
        surplus: amount(worth.surplus),
        saved: amount(worth.saved),
        unpriced: Unpriced {
            shared_micro_kwh: micro_kwh(worth.unpriced_shared_micro_kwh)?,
            residual_micro_kwh: micro_kwh(worth.unpriced_residual_micro_kwh)?,
            surplus_micro_kwh: micro_kwh(worth.unpriced_surplus_micro_kwh)?,
        },
    })
}
