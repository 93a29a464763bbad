//! The inputs of a cycle, pinned, and what of them is new.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::files::{days_to_estimate, files_of_month};
use super::pending;
use super::windows::{FirstDays, LookedAt, Received, Windows, lower, utc_days};
use super::worker::{Pinned, Worker};
use crate::calendar::{day_span, month_of, zone};
use crate::clock::Micros;
use crate::error::Result;
use crate::registry::{Registry, SequencedRow};
use crate::schema::Table;
use crate::settlement::estimate;
use crate::table::commit::Move;

const RAW_POSITION: &str = "jobs/readings_raw";

const REGISTRY_POSITION: &str = "jobs/registry";

const DEADLINE_POSITION: &str = "jobs/deadline";

impl Pinned {
    /// What the cycles before have looked at.
    pub(super) fn looked_at<'a>(&'a self, utc_days: &'a BTreeSet<i32>, received: Received) -> LookedAt<'a> {
        LookedAt { utc_days, first_days: &self.known_first_days, since: self.from[2], heard: received.last_before }
    }
}

impl Worker {
    pub(super) async fn pin(&self, now: Micros) -> Result<Pinned> {
        let raw = self.lake.snapshot(Table::ReadingsRaw).await?;
        let registry = self.lake.registry().await?;
        let runs = self.lake.snapshot(Table::Runs).await?;
        let mut from = [None; 3];
        for (at, application) in from.iter_mut().zip([RAW_POSITION, REGISTRY_POSITION, DEADLINE_POSITION]) {
            *at = runs.position(application).await?;
        }
        let known_first_days = self.lake.published().await?.map(|p| p.inputs.first_days).unwrap_or_default();
        let storage = self.lake.snapshot(Table::Storage).await?;
        Ok(Pinned { raw, known_first_days, registry, now, from, storage })
    }

    /// The windows to compute, and the first day with a value per community.
    pub(super) async fn pending(&self, pinned: &Pinned) -> Result<(Windows, FirstDays)> {
        let mut windows = Windows::new();
        let days = utc_days(&pinned.raw)?;
        pending::of_readings(&pinned.raw, pinned.from[0].unwrap_or(-1), &pinned.registry, &mut windows).await?;
        let mut first_days = pinned.known_first_days.clone();
        for (id, days) in &windows {
            if let Some(day) = days.first() {
                lower(&mut first_days, id, *day);
            }
        }
        self.add_dependent_estimates(pinned, &mut windows).await?;
        let received = Received::of(&pinned.raw, pinned.from[0].unwrap_or(-1)).await?;
        let known = pinned.from[1].unwrap_or(0);
        if pinned.registry.sequence > known {
            let rows = self.lake.registry_rows().await?;
            let (old, changed): (Vec<SequencedRow>, Vec<_>) = rows.into_iter().partition(|r| r.sequence <= known);
            let old = Registry::from_rows(old);
            pending::of_master_data(&old, &pinned.registry, &changed, pinned.looked_at(&days, received), &mut windows)?;
        }
        let (since, known) = (pinned.from[2], &pinned.known_first_days);
        let days = (known, &first_days);
        pending::of_deadlines(&pinned.registry, since, pinned.now, days, received, &mut windows)?;
        Ok((windows, first_days))
    }

    /// Adds days with gaps whose estimates may use the values of the days that are computed anew.
    async fn add_dependent_estimates(&self, pinned: &Pinned, windows: &mut Windows) -> Result<()> {
        let registry = &pinned.registry;
        let Some(published) = self.lake.published().await? else { return Ok(()) };
        let balances = self.lake.published_snapshot(&published, Table::Balances).await?;
        let files = balances.files()?;
        for (id, days) in windows {
            let Some(community) = registry.communities.get(id) else { continue };
            let zone = zone(&community.timezone)?;
            // Nothing is estimated before its deadline.
            let closed = |day: &NaiveDate| day_span(zone, *day).end + community.deadline() <= pinned.now;
            let keys = registry.allocation_keys.get(id).map(Vec::as_slice).unwrap_or_default();
            if keys.iter().all(|(_, k)| !k.rule.missing.estimates()) {
                continue;
            }
            let others = days.iter().flat_map(|d| estimate::depend_on(*d));
            let dependent: BTreeSet<NaiveDate> = others.filter(|d| !days.contains(d) && closed(d)).collect();
            let months: BTreeSet<NaiveDate> = dependent.iter().map(|d| month_of(*d)).collect();
            let of_months = months.iter().flat_map(|m| files_of_month(files, id, *m)).collect();
            let open = days_to_estimate(&balances, of_months, zone).await?;
            days.extend(dependent.intersection(&open));
        }
        Ok(())
    }

    pub(super) fn is_news(&self, pinned: &Pinned) -> bool {
        pinned.from[0] != Some(pinned.raw.version()) || pinned.from[1] != Some(pinned.registry.sequence)
    }

    pub(super) fn moves(&self, pinned: &Pinned) -> Vec<Move> {
        let to = [pinned.raw.version(), pinned.registry.sequence, pinned.now.max(pinned.from[2].unwrap_or(i64::MIN))];
        [RAW_POSITION, REGISTRY_POSITION, DEADLINE_POSITION]
            .into_iter()
            .zip(pinned.from)
            .zip(to)
            .map(|((application, from), to)| Move { application: application.to_string(), from, to })
            .collect()
    }
}
