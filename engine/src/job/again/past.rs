//! A published result computed again from the rows below it, into a lake of its own.

use chrono::NaiveDate;

use crate::calendar::{local_day, month_of, next_month, zone};
use crate::error::{Error, Result};
use crate::job::windows::Windows;
use crate::job::worker::CycleReport;
use crate::job::worker::Worker;
use crate::registry::Registry;
use crate::schema::Table;
use crate::table::Lake;
use crate::table::runs::Published;

impl Worker {
    /// Computes months that hold local days `from` to `to` (exclusive) as `published` has them, from the rows of `lake`
    /// that went into it, and commits the tables to this worker's lake, which holds nothing yet. Nothing is published.
    ///
    /// # Errors
    /// User, when this worker's lake holds results already, or when the inputs are no longer kept.
    pub async fn recompute(
        &self,
        lake: &Lake,
        published: &Published,
        community: Option<&str>,
        range: Option<(NaiveDate, NaiveDate)>,
    ) -> Result<CycleReport> {
        for table in Table::RESULTS {
            if !self.lake.snapshot(table).await?.files()?.is_empty() {
                return Err(Error::user(format!("{} holds results already; name an empty folder", self.lake.root())));
            }
        }
        let inputs = &published.inputs;
        let rows = lake.registry_rows().await?.into_iter().filter(|r| r.sequence <= inputs.registry);
        let registry = Registry::from_rows(rows);
        let windows = windows(published, &registry, community, range)?;
        let raw = lake.snapshot_at(Table::ReadingsRaw, inputs.readings_raw).await?;
        let storage = lake.published_snapshot(published, Table::Storage).await?;
        self.recompute_windows((raw, storage), registry.into(), published, windows).await
    }
}

/// Whole months, from the first day with a value to the day of the publication.
fn windows(
    published: &Published,
    registry: &Registry,
    community: Option<&str>,
    range: Option<(NaiveDate, NaiveDate)>,
) -> Result<Windows> {
    let mut windows = Windows::new();
    for (id, first) in &published.inputs.first_days {
        if community.is_some_and(|only| only != id) {
            continue;
        }
        let Some(c) = registry.communities.get(id) else { continue };
        let last = local_day(zone(&c.timezone)?, published.inputs.deadline);
        let wanted =
            |day: &NaiveDate| range.is_none_or(|(from, to)| month_of(*day) < to && from < next_month(month_of(*day)));
        windows.insert(id.clone(), first.iter_days().take_while(|d| *d <= last).filter(wanted).collect());
    }
    windows.retain(|_, days| !days.is_empty());
    match windows.is_empty() {
        true => Err(Error::user("nothing was published of these communities and days by then")),
        false => Ok(windows),
    }
}
