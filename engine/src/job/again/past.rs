//! A published result computed again from the rows below it, into a lake of its own.

use chrono::NaiveDate;

use crate::calendar::{local_day, month_of, next_month, zone};
use crate::error::{Error, Result};
use crate::job::windows::Windows;
use crate::job::worker::CycleReport;
use crate::job::worker::Worker;
use crate::registry::Registry;
use crate::schema::Table;
use crate::settlement::community::has_storages;
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
        // What storages held is in the set, or comes out of all days before.
        let stored = match lake.is_kept(published, self.clock.now()).await? {
            true => Some(lake.published_snapshot(published, Table::Storage).await?),
            false => None,
        };
        let windows = windows(published, &registry, community, (range, stored.is_some()))?;
        let raw = lake.readings_by(inputs.readings_raw).await?;
        let storage = match stored {
            Some(stored) => stored,
            None => self.lake.snapshot(Table::Storage).await?,
        };
        self.recompute_windows((raw, storage), registry.into(), published, windows).await
    }
}

/// Whole months, from the first day with a value to the day of the publication. Of communities with storages also those
/// before, unless it is known what the storages held.
fn windows(
    published: &Published,
    registry: &Registry,
    community: Option<&str>,
    (range, is_stored): (Option<(NaiveDate, NaiveDate)>, bool),
) -> Result<Windows> {
    let mut windows = Windows::new();
    for (id, first) in &published.inputs.first_days {
        if community.is_some_and(|only| only != id) {
            continue;
        }
        let Some(c) = registry.communities.get(id) else { continue };
        let last = local_day(zone(&c.timezone)?, published.inputs.deadline);
        let from_first = !is_stored && has_storages(registry, id);
        let wanted = |day: &NaiveDate| {
            range.is_none_or(|(from, to)| month_of(*day) < to && (from_first || from < next_month(month_of(*day))))
        };
        windows.insert(id.clone(), first.iter_days().take_while(|d| *d <= last).filter(wanted).collect());
    }
    windows.retain(|_, days| !days.is_empty());
    match windows.is_empty() {
        true => Err(Error::user("nothing was published of these communities and days by then")),
        false => Ok(windows),
    }
}
