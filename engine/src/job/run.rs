//! Running the windows of a cycle: month after month, community after community.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::AsArray;
use chrono::NaiveDate;
use serde_json::json;

use super::files::{files_of_month, last_day_of, with_other_days, write_days, write_month};
use super::partition::{groups, partition};
use super::settled::settle;
use super::unit::{Rows, Unit, Violation};
use super::windows::{Windows, lower};
use super::worker::{Out, Pinned, Results, Worker};
use crate::calendar::{day_span, local_day, month_span};
use crate::error::Result;
use crate::readings::RawValues;
use crate::schema::Table;
use crate::settlement::community::{Community, Stocks};
use crate::settlement::opening::opening;
use crate::settlement::values::values_of;
use crate::table::runs::RunRow;

/// Local days of one community within one month, and the current values that they are computed from.
#[derive(Clone, Copy)]
struct Window<'a> {
    id: &'a str,
    month: NaiveDate,
    days: &'a BTreeSet<NaiveDate>,
    current: &'a RawValues,
}

/// The run of each local day, or the checks that broke.
type Ran = std::result::Result<BTreeMap<String, String>, Vec<Violation>>;

impl Worker {
    /// Computes windows, month after month.
    pub(super) async fn run_windows(
        &self,
        pinned: &Pinned,
        windows: &Windows,
        cycle: i64,
        out: &mut Out,
    ) -> Result<()> {
        for (month, groups) in groups(&pinned.registry, windows, self.values_max)? {
            let parts = partition(&pinned.raw, &groups, self.values_max / 4, self.lake.folder()).await?;
            for (group, buffer) in groups.into_iter().zip(parts) {
                let current = buffer.take()?;
                for (id, days) in &group.windows {
                    self.run_window(pinned, Window { id, month, days, current: &current }, cycle, out).await?;
                }
            }
        }
        Ok(())
    }

    /// Computes one window, and notes what came of it.
    async fn run_window(&self, pinned: &Pinned, window: Window<'_>, cycle: i64, out: &mut Out) -> Result<()> {
        let (id, days, started_at) = (window.id, window.days, self.clock.now());
        let row = |state: &'static str, runs: serde_json::Value, detail: String| RunRow {
            cycle,
            state,
            community_id: Some(id.to_string()),
            window: Some(days.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
            started_at,
            finished_at: self.clock.now(),
            program: self.program.clone(),
            versions: "{}".to_string(),
            inputs: "{}".to_string(),
            runs: runs.to_string(),
            detail,
        };
        match self.run_unit(pinned, window, out).await? {
            Ok(runs) if runs.is_empty() => {}
            Ok(runs) => {
                out.report.computed.entry(id.to_string()).or_default().extend(days);
                out.results.rows.push(row("done", json!(runs), String::new()));
            }
            Err(violations) => {
                let detail =
                    violations.iter().map(|v| format!("{}\n{}", v.check, v.rows)).collect::<Vec<_>>().join("\n");
                tracing::error!(community = %id, "a check failed; the last window stays published\n{detail}");
                out.results.rows.push(row("held", json!({}), detail.clone()));
                out.report.held.insert(id.to_string(), detail);
            }
        }
        Ok(())
    }

    async fn run_unit(&self, pinned: &Pinned, window: Window<'_>, out: &mut Out) -> Result<Ran> {
        let Window { id, month, days, current } = window;
        let community = Community::new(&pinned.registry, id, &self.graph.digest)?;
        let stocks = match (out.results.stocks.remove(id), days.first()) {
            (Some(stocks), _) => stocks,
            (None, Some(day)) => opening(&pinned.storage, &community, day_span(community.zone(), *day).start).await?,
            (None, None) => Stocks::new(),
        };
        let community = community.opening_with(stocks);
        let closed = |day: NaiveDate| day_span(community.zone(), day).end + community.deadline() <= pinned.now;
        let values = values_of(&community, current, days);
        if let Some(first) = values.first() {
            lower(&mut out.first_days, id, local_day(community.zone(), first.interval_start));
        }
        // Before the first value ever, silence is not a gap.
        let first = out.first_days.get(id).copied();
        let is_ours = pinned.registry.is_anybody_in(id, month_span(community.zone(), month));
        let wanted = days.iter().filter(|d| is_ours && first.is_some_and(|first| first <= **d));
        let flags: Vec<(NaiveDate, bool)> = wanted.map(|d| (*d, closed(*d))).collect();
        let settled = settle(&community, &pinned.raw, &flags, &values, false).await?;
        let (graph, registry) = (&self.graph, &pinned.registry);
        let unit = Unit { graph, registry, community: &community, month, days, first, closed: &closed };
        let (rows, violations) = unit.run_days(&settled).await?;
        if !violations.is_empty() {
            return Ok(Err(violations));
        }
        let month_rows = self.month_rows(&unit, &rows).await?;
        let (of_month, violations) = unit.run_month(&month_rows, &month_runs(&month_rows)).await?;
        if !violations.is_empty() {
            return Ok(Err(violations));
        }
        self.write_days(&unit, rows, &month_rows, &mut out.results).await?;
        self.write_month(&unit, of_month, &mut out.results).await?;
        if community.has_storages() {
            out.results.stocks.insert(id.to_string(), settled.closing);
        }
        Ok(Ok(settled.days.iter().map(|d| (d.day.to_string(), d.run_id.clone())).collect()))
    }

    /// All rows of the month that its statement is made from.
    async fn month_rows(&self, unit: &Unit<'_>, rows: &Rows) -> Result<Rows> {
        let community = unit.community;
        let mut all = Rows::new();
        for table in [Table::MemberDays, Table::Balances] {
            let snapshot = self.lake.snapshot(table).await?;
            let stored = files_of_month(snapshot.files()?, community.id(), unit.month);
            let fresh = rows.get(&table).map(Vec::as_slice).unwrap_or_default();
            let month = with_other_days(&snapshot, &stored, community.zone(), unit.days, fresh).await?;
            all.insert(table, month.into_iter().collect());
        }
        Ok(all)
    }

    async fn write_days(&self, unit: &Unit<'_>, rows: Rows, month_rows: &Rows, results: &mut Results) -> Result<()> {
        let place = (unit.community.id(), unit.community.zone());
        let month_closed = (unit.closed)(last_day_of(unit.month));
        for (table, batches) in rows {
            let snapshot = self.lake.snapshot(table).await?;
            let all = month_rows.get(&table).and_then(|rows| rows.first());
            let change = write_days(&snapshot, place, unit.month, month_closed, unit.days, &batches, all).await?;
            results.add(table, change);
        }
        Ok(())
    }

    async fn write_month(&self, unit: &Unit<'_>, rows: Rows, results: &mut Results) -> Result<()> {
        for (table, batches) in rows {
            let snapshot = self.lake.snapshot(table).await?;
            let change = write_month(&snapshot, unit.community.id(), unit.month, &batches).await?;
            results.add(table, change);
        }
        Ok(())
    }
}

/// The runs of the days that a statement is made from.
pub(super) fn month_runs(rows: &Rows) -> Vec<String> {
    let mut runs = BTreeSet::new();
    for batch in rows.values().flatten() {
        if let Some(column) = batch.column_by_name("run_id") {
            runs.extend(column.as_string::<i32>().iter().flatten().map(str::to_string));
        }
    }
    runs.into_iter().collect()
}
