//! Past days by master data that were not in force: what everybody would have had. Nothing is stored.
//!
//! They are settled, priced and put on statements by the jobs that make the published tables, so that what was in force
//! gives what is published to the last cent.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;

use crate::calendar::{SECOND, Span, day_span, local_day, month_of};
use crate::error::{Error, Result};
use crate::job::Graph;
use crate::job::inputs::energy::unpriced;
use crate::job::inputs::items::register_items;
use crate::job::inputs::master::register_master;
use crate::job::run::month_runs;
use crate::job::settled::settle_again;
use crate::job::unit::{Rows, Unit, Violation, with_community};
use crate::price::PriceBook;
use crate::registry::Registry;
use crate::schema::Table;
use crate::session::register_rows;
use crate::settlement::community::Community;
use crate::settlement::opening::as_published;
use crate::table::{Lake, Published};

/// The tables that are kept of each month.
const KEPT: [Table; 2] = [Table::Allocations, Table::StatementLines];

/// What a time would have come to.
pub struct Proposed {
    /// Holds `allocations` and `statement_lines` of the time, `participants`, `prices` and `items`.
    pub session: SessionContext,
    /// Shared energy and surplus without a price, in micro-kWh.
    pub unpriced_micro_kwh: i64,
}

/// Settles the published days of `days` by the master data of `registry`. A month of which only some days are asked has
/// the statement that it would have if there had been no others: its fees, quantities and funds are those of the month.
///
/// # Errors
/// User, when a rule cannot share what was there; internal, when a check of the result fails; environment, when
/// readings cannot be read.
pub async fn propose(
    lake: &Lake,
    published: &Published,
    graph: &Graph,
    (registry, community): (&Registry, &str),
    days: &BTreeSet<NaiveDate>,
) -> Result<Proposed> {
    let mut months = BTreeMap::<NaiveDate, BTreeSet<NaiveDate>>::new();
    let first = published.inputs.first_days.get(community).copied();
    let zone = Community::new(registry, community, &graph.digest)?.zone();
    let last = local_day(zone, published.inputs.deadline);
    for day in days.iter().filter(|day| **day <= last && first.is_some_and(|first| first <= **day)) {
        months.entry(month_of(*day)).or_default().insert(*day);
    }
    let (mut kept, mut unpriced_micro_kwh, mut stocks) = (Rows::new(), 0, None);
    for (month, days) in &months {
        let community = Community::new(registry, community, &graph.digest)?;
        let community = match stocks.take() {
            Some(stocks) => community.opening_with(stocks),
            None => as_published(lake, published, community, days).await?,
        };
        let closed =
            |day: NaiveDate| day_span(community.zone(), day).end + community.deadline() <= published.inputs.deadline;
        let settled = settle_again(lake, published, &community, days, false).await?;
        let unit = Unit { graph, registry, community: &community, month: *month, days, first, closed: &closed };
        unpriced_micro_kwh += unpriced(&community, registry, &unit.book(), &settled);
        let (mut rows, violations) = unit.run_days(&settled).await?;
        adds_up(&violations)?;
        let of_month = [Table::MemberDays, Table::Balances];
        let month_rows: Rows = of_month.into_iter().filter_map(|table| Some((table, rows.remove(&table)?))).collect();
        let (of_month, violations) = unit.run_month(&month_rows, &month_runs(&month_rows)).await?;
        adds_up(&violations)?;
        for (table, batches) in rows.into_iter().chain(of_month).filter(|(table, _)| KEPT.contains(table)) {
            kept.entry(table).or_default().extend(batches);
        }
        stocks = Some(settled.closing);
    }
    let session = tables((registry, community), &kept, days)?;
    Ok(Proposed { session, unpriced_micro_kwh })
}

/// The tables of a time, as the published ones are read.
fn tables((registry, community): (&Registry, &str), kept: &Rows, days: &BTreeSet<NaiveDate>) -> Result<SessionContext> {
    let settling = Community::new(registry, community, "")?;
    let zone = settling.zone();
    let session = crate::session::plain();
    for table in KEPT {
        let batches = with_community(table, community, kept.get(&table).map(Vec::as_slice).unwrap_or_default())?;
        register_rows(&session, table.name(), table.schema(), batches)?;
    }
    register_items(&session)?;
    let span = match (days.first(), days.last()) {
        (Some(first), Some(last)) => Span { start: day_span(zone, *first).start, end: day_span(zone, *last).end },
        _ => Span { start: 0, end: 0 },
    };
    let grid = i64::from(settling.grid_seconds()) * SECOND;
    register_master(&session, registry, community, &PriceBook::new(registry, community, zone, grid, span))?;
    Ok(session)
}

fn adds_up(violations: &[Violation]) -> Result<()> {
    match violations.first() {
        None => Ok(()),
        Some(broken) => Err(Error::internal(format!("the check {} failed\n{}", broken.check, broken.rows))),
    }
}
