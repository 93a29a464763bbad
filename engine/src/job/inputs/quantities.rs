//! Free and minimum quantities and minimum amounts of a month, as a table.

use std::sync::Arc;

use arrow::array::BooleanArray;
use chrono::NaiveDate;
use chrono_tz::Tz;
use datafusion::prelude::SessionContext;

use crate::calendar::{Span, day_number, day_span, local_day, month_span};
use crate::error::Result;
use crate::item::priced_by_flow;
use crate::registry::{Dated, Registry, Tariff};
use crate::session::columns::Columns;

/// Registers `quantity_terms`: each version of a price that counts in the month and could have quantities, with those
/// that it has and the local days on which it counts. Only what members are billed per kWh has quantities, and no price
/// that varies from interval to interval.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_quantities(
    session: &SessionContext,
    registry: &Registry,
    community: &str,
    (zone, month): (Tz, NaiveDate),
) -> Result<()> {
    let span = month_span(zone, month);
    let all = registry.tariffs.get(community).map(Vec::as_slice).unwrap_or_default().iter();
    let items = priced_by_flow();
    let has = |t: &Tariff| items.contains(&t.item.as_str()) && t.terms.series.is_none();
    let v: Vec<&(i64, Tariff)> = all.filter(|(_, t)| has(t) && !t.validity().intersect(span).is_empty()).collect();
    let days: Vec<(i64, i64)> = v.iter().map(|(_, t)| days_of(zone, t.validity().intersect(span))).collect();
    let prorated: BooleanArray = v.iter().map(|(_, t)| Some(t.terms.prorated)).collect();
    Columns::new()
        .int("version", v.iter().map(|(version, _)| *version))
        .text("item", v.iter().map(|(_, t)| t.item.as_str()))
        .text("producer_id", v.iter().map(|(_, t)| t.producer.as_deref().unwrap_or_default()))
        .text("member_kind", v.iter().map(|(_, t)| t.terms.member_kind.as_deref().unwrap_or_default()))
        .text("band", v.iter().map(|(_, t)| t.band_name()))
        .decimal("price", 18, 6, v.iter().map(|(_, t)| t.price_micro_per_kwh))?
        .decimal("vat_percent", 5, 2, v.iter().map(|(_, t)| Some(i64::from(t.vat_basis_points))))?
        .text("vat_category", v.iter().map(|(_, t)| t.vat_category.as_str()))
        .decimal("free_kwh", 18, 6, v.iter().map(|(_, t)| Some(t.terms.free_micro_kwh.unwrap_or(0))))?
        .decimal("minimum_kwh", 18, 6, v.iter().map(|(_, t)| Some(t.terms.minimum_micro_kwh.unwrap_or(0))))?
        .decimal("minimum_amount", 18, 6, v.iter().map(|(_, t)| Some(t.terms.minimum_amount_micro.unwrap_or(0))))?
        .with("prorated", Arc::new(prorated))
        .time("begins", v.iter().map(|(_, t)| t.validity().intersect(span).start))
        .int("first_day", days.iter().map(|(first, _)| *first))
        .int("end_day", days.iter().map(|(_, end)| *end))
        .register(session, "quantity_terms")
}

/// The local days that begin in a span, as numbers: the first, and the one after the last.
pub(super) fn days_of(zone: Tz, span: Span) -> (i64, i64) {
    let from = |at| {
        let day = local_day(zone, at);
        let begun = day_span(zone, day).start < at;
        i64::from(day_number(day)) + i64::from(begun)
    };
    (from(span.start), from(span.end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{parse_rfc3339, zone};

    #[test]
    fn a_day_belongs_to_the_span_in_which_it_begins() {
        let paris = zone("Europe/Paris").unwrap();
        let number = |day: &str| i64::from(day_number(day.parse().unwrap()));
        let days = |from: &str, to: &str| {
            let at = |text| parse_rfc3339(text).unwrap();
            days_of(paris, Span { start: at(from), end: at(to) })
        };
        // The month of 100 quarters: 31 days.
        let october = days("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z");
        assert_eq!(october, (number("2026-10-01"), number("2026-11-01")));
        // What changes at noon: the day is of the version before.
        assert_eq!(days("2026-09-30T22:00:00Z", "2026-10-15T10:00:00Z").1, number("2026-10-16"));
        assert_eq!(days("2026-10-15T10:00:00Z", "2026-10-31T23:00:00Z").0, number("2026-10-16"));
    }
}
