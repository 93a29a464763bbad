//! A cycle: find its windows, compute them, commit the tables, publish them.

use std::sync::Arc;

use chrono::NaiveDate;

use super::pending::add_later_days;
use super::publish::Publication;
use super::windows::{Received, Windows, utc_days};
use super::worker::{CycleReport, Out, Pinned, Worker};
use crate::error::{Error, Result};
use crate::registry::Registry;
use crate::table::{Published, Snapshot};

/// Local days to compute anew, besides what is pending.
struct Range {
    /// Of this community only.
    community: Option<String>,
    from: NaiveDate,
    /// Exclusive.
    to: NaiveDate,
}

impl Worker {
    /// Computes what is pending, and publishes.
    ///
    /// # Errors
    /// Environment, when the lake cannot be read or written; conflict, when the lease is lost.
    pub async fn run_pending(&self) -> Result<CycleReport> {
        self.cycle(None).await
    }

    /// Computes local days `from` to `to` (exclusive) anew, with what is pending, for one community or all.
    ///
    /// # Errors
    /// As [`Worker::run_pending`]; user, when there is no such community.
    pub async fn run_range(&self, community: Option<&str>, from: NaiveDate, to: NaiveDate) -> Result<CycleReport> {
        self.cycle(Some(Range { community: community.map(str::to_string), from, to })).await
    }

    async fn cycle(&self, range: Option<Range>) -> Result<CycleReport> {
        let started_at = self.clock.now();
        let pinned = self.pin(started_at).await?;
        let (mut windows, first_days) = self.pending(&pinned).await?;
        if let Some(range) = range {
            let received = Received::of(&pinned.raw, pinned.from[0].unwrap_or(-1)).await?;
            add_range(&pinned, received, &range, &mut windows)?;
        }
        add_later_days(&pinned.registry, &utc_days(&pinned.raw)?, pinned.now, &mut windows)?;
        let positions = self.moves(&pinned);
        if windows.is_empty() && !self.is_news(&pinned) {
            return Ok(CycleReport::default());
        }
        let mut out = Out { first_days, ..Out::default() };
        let cycle = self.lake.published().await?.map_or(1, |p| p.cycle + 1);
        self.run_windows(&pinned, &windows, cycle, &mut out).await?;
        let versions = self.commit_tables(&out.results, &mut out.report).await?;
        let (rows, first_days) = (out.results.rows, out.first_days);
        self.publish(&pinned, Publication { cycle, started_at, versions, rows, positions, first_days }).await?;
        Ok(CycleReport { cycle: Some(cycle), ..out.report })
    }

    /// Computes windows from given inputs and commits their tables, without publishing.
    pub(super) async fn recompute_windows(
        &self,
        (raw, storage): (Snapshot, Snapshot),
        registry: Arc<Registry>,
        published: &Published,
        windows: Windows,
    ) -> Result<CycleReport> {
        let inputs = &published.inputs;
        let known_first_days = inputs.first_days.clone();
        let pinned = Pinned { raw, known_first_days, registry, now: inputs.deadline, from: [None; 3], storage };
        let mut out = Out { first_days: inputs.first_days.clone(), ..Out::default() };
        self.run_windows(&pinned, &windows, published.cycle, &mut out).await?;
        self.commit_tables(&out.results, &mut out.report).await?;
        Ok(out.report)
    }
}

fn add_range(pinned: &Pinned, received: Received, range: &Range, windows: &mut Windows) -> Result<()> {
    if let Some(id) = range.community.as_ref().filter(|id| !pinned.registry.communities.contains_key(*id)) {
        return Err(Error::user(format!("community `{id}` is not registered")));
    }
    let utc = utc_days(&pinned.raw)?;
    for (id, c) in &pinned.registry.communities {
        if range.community.as_ref().is_some_and(|only| only != id) {
            continue;
        }
        let days = pinned.looked_at(&utc, received).days(id, c)?.into_iter();
        windows.entry(id.clone()).or_default().extend(days.filter(|d| (range.from..range.to).contains(d)));
    }
    windows.retain(|_, days| !days.is_empty());
    Ok(())
}
