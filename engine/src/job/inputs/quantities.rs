//! Free and minimum quantities and minimum amounts of a month, as a table.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::BooleanArray;
use chrono::NaiveDate;
use chrono_tz::Tz;
use datafusion::prelude::SessionContext;

use crate::calendar::{Span, day_number, day_span, local_day, month_span};
use crate::error::Result;
use crate::item::priced_by_flow;
use crate::registry::{Dated, Registry, Tariff, Terms};
use crate::session::columns::Columns;

/// A version of a price as it counts for a kind of member, for as long as it does without a break.
struct Term<'r> {
    kind: &'r str,
    version: i64,
    tariff: &'r Tariff,
    span: Span,
}

/// Registers `quantity_terms`: for each kind of member each version of a price that counts in the month and could have
/// quantities, with those that it has and the local days on which it counts. Only what members are billed per kWh has
/// quantities, and no price that varies from interval to interval.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_quantities(
    session: &SessionContext,
    registry: &Registry,
    community: &str,
    (zone, month): (Tz, NaiveDate),
) -> Result<()> {
    let tariffs = registry.tariffs.get(community).map(Vec::as_slice).unwrap_or_default();
    // A member that the master data do not name is of no kind.
    let kinds: BTreeSet<&str> = registry.member_kinds(community).into_values().chain([""]).collect();
    let span = month_span(zone, month);
    let v: Vec<Term<'_>> = kinds.into_iter().flat_map(|kind| terms_of(kind, tariffs, span)).collect();
    let days: Vec<(i64, i64)> = v.iter().map(|term| days_of(zone, term.span)).collect();
    let prorated: BooleanArray = v.iter().map(|term| Some(term.tariff.terms.prorated)).collect();
    let of = |quantity: fn(&Terms) -> Option<i64>| v.iter().map(move |t| Some(quantity(&t.tariff.terms).unwrap_or(0)));
    Columns::new()
        .int("version", v.iter().map(|term| term.version))
        .text("item", v.iter().map(|term| term.tariff.item.as_str()))
        .text("producer_id", v.iter().map(|term| term.tariff.producer.as_deref().unwrap_or_default()))
        .text("member_kind", v.iter().map(|term| term.kind))
        .text("band", v.iter().map(|term| term.tariff.band_name()))
        .decimal("price", 18, 6, v.iter().map(|term| term.tariff.price_micro_per_kwh))?
        .decimal("vat_percent", 5, 2, v.iter().map(|term| Some(i64::from(term.tariff.vat_basis_points))))?
        .text("vat_category", v.iter().map(|term| term.tariff.vat_category.as_str()))
        .decimal("free_kwh", 18, 6, of(|t| t.free_micro_kwh))?
        .decimal("minimum_kwh", 18, 6, of(|t| t.minimum_micro_kwh))?
        .decimal("minimum_amount", 18, 6, of(|t| t.minimum_amount_micro))?
        .with("prorated", Arc::new(prorated))
        .time("begins", v.iter().map(|term| term.span.start))
        .int("first_day", days.iter().map(|(first, _)| *first))
        .int("end_day", days.iter().map(|(_, end)| *end))
        .register(session, "quantity_terms")
}

/// The versions with quantities that count for a kind of member: its own, and those for all while there is none of its
/// own that counts at every hour.
fn terms_of<'r>(kind: &'r str, tariffs: &'r [(i64, Tariff)], span: Span) -> Vec<Term<'r>> {
    let items = priced_by_flow();
    let own = |t: &Tariff| t.terms.member_kind.as_deref() == Some(kind);
    let mut terms = Vec::new();
    for (version, tariff) in tariffs {
        let counts = tariff.terms.member_kind.is_none() || own(tariff);
        if !counts || tariff.terms.series.is_some() || !items.contains(&tariff.item.as_str()) {
            continue;
        }
        let mut spans = vec![tariff.validity().intersect(span)];
        if !own(tariff) {
            let same = |t: &Tariff| (&t.item, &t.producer) == (&tariff.item, &tariff.producer);
            for (_, other) in tariffs.iter().filter(|(_, t)| own(t) && same(t) && t.terms.band.is_none()) {
                spans = spans.into_iter().flat_map(|span| without(span, other.validity())).collect();
            }
        }
        let counting = spans.into_iter().filter(|span| !span.is_empty());
        terms.extend(counting.map(|span| Term { kind, version: *version, tariff, span }));
    }
    terms
}

/// What is left of a span before and after another.
fn without(span: Span, other: Span) -> [Span; 2] {
    let before = Span { start: span.start, end: span.end.min(other.start) };
    let after = Span { start: span.start.max(other.end), end: span.end };
    [before, after]
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
    fn what_is_left_of_a_span_is_before_and_after_the_other() {
        let span = |start, end| Span { start, end };
        let left = |other| without(span(10, 20), other).into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>();
        assert_eq!(left(span(12, 15)), [span(10, 12), span(15, 20)]);
        assert_eq!(left(span(0, 15)), [span(15, 20)]);
        assert_eq!(left(span(15, 99)), [span(10, 15)]);
        assert_eq!(left(span(0, 99)), []);
        assert_eq!(left(span(0, 10)), [span(10, 20)]);
        assert_eq!(left(span(20, 99)), [span(10, 20)]);
    }

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
