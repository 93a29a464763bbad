//! A month and who is billed in it, as tables.

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;

use super::payouts::register_payouts;
use super::quantities::{days_of, register_quantities};
use crate::calendar::Span;
use crate::calendar::day_start;
use crate::calendar::month_of;
use crate::calendar::month_span;
use crate::error::Result;
use crate::reading::Direction;
use crate::registry::Registry;
use crate::session::columns::Columns;
use crate::settlement::community::Community;

/// Registers `months` (one row), `billed_members` (members with an importing participation in the month, and its days),
/// the quantities of prices, and what is paid out with the month. A month counts from `first`, the first local day that
/// ever had a value, when it lies in it. Gives the id of the run of the statement.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_month(
    session: &SessionContext,
    registry: &Registry,
    community: &Community<'_>,
    month: NaiveDate,
    first: Option<NaiveDate>,
    graph_digest: &str,
    day_runs: &[String],
) -> Result<String> {
    let span = month_span(community.zone(), month);
    let grid = i64::from(community.grid_seconds()) * crate::calendar::SECOND;
    let first = first.filter(|f| *f > month && month_of(*f) == month);
    let counted_from = first.map_or(span.start, |first| day_start(community.zone(), first));
    let run_id = community.month_run_id(graph_digest, (month, span), first, day_runs)?;
    let days = days_of(community.zone(), span);
    Columns::new()
        .day("month", std::iter::once(month))
        .int("day_count", std::iter::once(days.1 - days.0))
        .int("interval_count", std::iter::once((span.end - counted_from) / grid))
        .time("month_start", std::iter::once(span.start))
        .int("minor_digits", std::iter::once(i64::from(community.minor_digits())))
        .text("run_id", std::iter::once(run_id.as_str()))
        .text("community_id", std::iter::once(community.id()))
        .register(session, "months")?;
    let billed = billed_members(registry, community.id(), span);
    let kinds = registry.member_kinds(community.id());
    Columns::new()
        .day("month", billed.iter().map(|_| month))
        .text("member_id", billed.iter().map(|(m, _)| m.as_str()))
        .text("member_kind", billed.iter().map(|(m, _)| kinds.get(m.as_str()).copied().unwrap_or_default()))
        .time("member_from", billed.iter().map(|(_, time)| time.start))
        .int("first_day", billed.iter().map(|(_, time)| days_of(community.zone(), *time).0))
        .int("end_day", billed.iter().map(|(_, time)| days_of(community.zone(), *time).1))
        .register(session, "billed_members")?;
    register_quantities(session, registry, community.id(), (community.zone(), month))?;
    register_payouts(session, registry, community, month)?;
    Ok(run_id)
}

/// From the first to the last instant of the month at which they take part as consumers.
fn billed_members(registry: &Registry, community: &str, span: Span) -> Vec<(String, Span)> {
    let mut members = std::collections::BTreeMap::<&str, Span>::new();
    for (p, part) in registry.participations_in(community, span) {
        let point = registry.metering_points.get(&p.metering_point_id);
        if point.is_some_and(|m| m.measures(Direction::Import)) {
            let time = members.entry(&p.member_id).or_insert(part);
            *time = Span { start: part.start.min(time.start), end: part.end.max(time.end) };
        }
    }
    members.into_iter().map(|(m, time)| (m.to_string(), time)).collect()
}
