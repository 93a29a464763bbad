//! From the published figures of a community to what its page says.

use std::sync::Arc;

use axum::http::HeaderMap;
use chrono::NaiveDate;
use dashboards::figure::{Amount, Basis, Energy, Money, Period, Place, Rounding, Slot};
use dashboards::locale::Locale;
use dashboards::page::energy::community::CommunityView;
use engine::calendar::day_start;
use engine::units::round_half_up;
use engine::{Error, Result};

use super::asked::Asked;
use crate::http::refusal::Refusal;
use crate::http::{Current, Site, language};
use crate::problem::Failure;
use crate::read::billing::MonthState;
use crate::read::period::{self, Day, Load, Worth};
use crate::read::{Reader, View, billing, co2};

/// Reads everything that the page of a period says.
///
/// # Errors
/// User, when there is no such community; environment, when files cannot be read.
pub async fn of(
    site: &Site,
    current: &Current,
    id: &str,
    ask: impl FnOnce(NaiveDate) -> Period,
) -> Result<CommunityView, Failure> {
    let installation = &site.installation;
    let (registry, published) = (Arc::clone(&current.registry), current.published.clone());
    let view = Reader::over(&current.visitor, installation, registry, published).community(id).await?;
    let now = installation.clock.now();
    let period = ask(engine::calendar::local_day(view.zone, now));
    let span = period.span(view.zone);
    let totals = period::totals(&view, span).await?;
    let completeness = period::completeness(&view).await?;
    let worth = period::worth(&view, span, period.first(), period.end()).await?;
    let factors = co2::of(&view, span).await?;
    let series = match period {
        Period::Day(_) => period::load(&view, span).await?.iter().map(interval).collect::<Result<_>>()?,
        Period::Week(_) | Period::Month(_) => {
            period::days(&view, span).await?.iter().map(|d| local_day(&view, d)).collect::<Result<_>>()?
        }
    };
    let open = totals.intervals == 0 || totals.intervals > totals.complete_intervals || span.end > now;
    let community = &view.community;
    let participations = current.registry.participations.get(id).map(Vec::as_slice).unwrap_or_default();
    let points: std::collections::BTreeSet<_> = participations.iter().map(|p| &p.metering_point_id).collect();
    Ok(CommunityView {
        community_id: id.to_string(),
        name: current.names.communities.get(id).unwrap_or(&community.name).clone(),
        country: community.country.clone(),
        currency: community.currency.clone(),
        zone: view.zone,
        place: community.place_micro.map(|(latitude_micro, longitude_micro)| Place { latitude_micro, longitude_micro }),
        period,
        slot_seconds: community.interval_minutes * 60,
        now_us: now,
        version: current.changed_in.get(id).copied().unwrap_or(0),
        complete_until_us: completeness.until,
        first_us: completeness.first_start,
        provisional: open,
        missing_points: count(totals.missing_points)?,
        members: count(current.registry.members.keys().filter(|(c, _)| c == id).count())?,
        points: count(points.len())?,
        totals: energy(&totals.energy)?,
        rounding: Rounding {
            production_micro_kwh: micro_kwh(totals.energy.production_rounding_micro_kwh)?,
            consumption_micro_kwh: micro_kwh(totals.energy.consumption_rounding_micro_kwh)?,
        },
        money: money(&worth),
        co2: factors.iter().map(co2::shown).collect(),
        series,
        billing: match period {
            Period::Month(month) => billing::state(&view, month).await?.as_ref().and_then(MonthState::shown),
            Period::Day(_) | Period::Week(_) => None,
        },
        held: current.held.get(id).cloned(),
        damaged: current.damaged.get(id).cloned(),
        origin: site.origin,
    })
}

/// The view that an address asks for, in the reader's language.
///
/// # Errors
/// A refusal in that language.
pub async fn asked_for(
    site: &Site,
    id: &str,
    asked: &Asked,
    headers: &HeaderMap,
) -> Result<(CommunityView, Locale), Refusal> {
    let locale = language::of(asked.lang.as_deref(), headers);
    let current = Arc::clone(&site.current.borrow());
    match of(site, &current, id, |today| asked.period(today)).await {
        Ok(view) => Ok((view, locale)),
        Err(e) => Err(Refusal::from(e).needing(current.damaged.get(id)).in_language(&locale)),
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
    Ok(Slot {
        start_us: load.start,
        energy: shared_out,
        provisional: matches!(load.status.as_str(), "provisional" | "held"),
        missing_points: count(load.missing_points)?,
        estimated_points: count(load.estimated_points)?,
    })
}

fn local_day(view: &View, day: &Day) -> Result<Slot> {
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
    Ok(Slot {
        start_us: day_start(view.zone, day.day),
        energy: shared_out,
        provisional: day.open_intervals > 0,
        missing_points: count(day.missing_points)?,
        estimated_points: count(day.estimated_points)?,
    })
}

fn money(worth: &Worth) -> Money {
    let amount = |pico: Option<i128>| pico.map(|p| Amount { micro: round_half_up(p, 12, 6), basis: Basis::Tariff });
    Money {
        shared: amount(worth.internal),
        residual: amount(worth.residual),
        surplus: amount(worth.surplus),
        saved: amount(worth.saved),
    }
}
