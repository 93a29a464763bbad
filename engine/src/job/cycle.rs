//! A cycle: compute all tables of its windows, write files, check them, commit, publish.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::AsArray;
use chrono::NaiveDate;
use serde_json::json;

use super::deal::{deal, groups};
use super::graph::Graph;
use super::opening;
use super::pending::{self, FirstDays, Windows};
use super::segment::{Change, last_day_of, with_other_days, write_days, write_month};
use super::settle::Community;
use super::storage::Stocks;
use super::unit::{Rows, Unit, Violation};
use crate::calendar::{day_span, month_of, zone};
use crate::clock::{Clock, Micros};
use crate::error::{Error, Result};
use crate::readings::raw::RawValues;
use crate::readings::truth::{CurrentValue, onto_grid};
use crate::registry::{Registry, SequencedRow};
use crate::schema::Table;
use crate::table::commit::{Fence, Move};
use crate::table::runs::{Inputs, Published, RunRow, to_batch};
use crate::table::{Commit, Lake, Snapshot, write_file};

const RAW_POSITION: &str = "jobs/readings_raw";
const REGISTRY_POSITION: &str = "jobs/registry";
const DEADLINE_POSITION: &str = "jobs/deadline";

/// Runs cycles over one lake.
pub struct Worker {
    pub lake: Arc<Lake>,
    pub clock: Arc<dyn Clock>,
    pub graph: Graph,
    pub fence: Arc<dyn Fence>,
    /// Name and version of the program, for `runs`.
    pub program: String,
    /// Values of the communities that are computed from memory together, at the most; one by itself may have more.
    pub values_max: usize,
}

/// The `values_max` of a service.
pub const VALUES_MAX: usize = 1_000_000;

/// What a cycle did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct CycleReport {
    /// Number of the cycle; `None` when there was nothing to do.
    pub cycle: Option<i64>,
    /// Local days computed, per community.
    pub computed: Windows,
    /// Communities that keep their last window because a check failed, and the rows that broke it.
    pub held: BTreeMap<String, String>,
    /// Files written and taken out.
    pub files_added: usize,
    pub files_removed: usize,
}

/// Pinned inputs of a cycle.
struct Pinned {
    raw: Snapshot,
    known_first_days: FirstDays,
    registry: Arc<Registry>,
    now: Micros,
    from: [Option<i64>; 3],
    /// What storages held before the first day of a window is read from here.
    storage: Snapshot,
}

/// What has been computed so far.
#[derive(Default)]
struct Results {
    changes: BTreeMap<Table, Change>,
    rows: Vec<RunRow>,
    /// What storages held after the last month that was computed, by community.
    stocks: BTreeMap<String, Stocks>,
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
        self.cycle(Some((community.map(str::to_string), from, to))).await
    }

    async fn cycle(&self, range: Option<(Option<String>, NaiveDate, NaiveDate)>) -> Result<CycleReport> {
        let started_at = self.clock.now();
        let pinned = self.pin(started_at).await?;
        let (mut windows, mut first_days) = self.pending(&pinned).await?;
        if let Some((community, from, to)) = range {
            add_range(&pinned, community.as_deref(), from, to, &mut windows)?;
        }
        opening::add_later_days(&pinned.registry, &pending::utc_days(&pinned.raw)?, pinned.now, &mut windows)?;
        let moved = self.moves(&pinned);
        if windows.is_empty() && !self.is_news(&pinned) {
            return Ok(CycleReport::default());
        }
        let mut report = CycleReport::default();
        let mut results = Results::default();
        let cycle = self.lake.published().await?.map_or(1, |p| p.cycle + 1);
        self.run_windows(&pinned, &windows, cycle, &mut first_days, &mut results, &mut report).await?;
        let versions = self.commit_tables(&results, &mut report).await?;
        self.publish(&pinned, cycle, started_at, versions, results.rows, moved, first_days).await?;
        report.cycle = Some(cycle);
        Ok(report)
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
        let mut first_days = inputs.first_days.clone();
        let (mut report, mut results) = (CycleReport::default(), Results::default());
        self.run_windows(&pinned, &windows, published.cycle, &mut first_days, &mut results, &mut report).await?;
        self.commit_tables(&results, &mut report).await?;
        Ok(report)
    }

    async fn pin(&self, now: Micros) -> Result<Pinned> {
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
    async fn pending(&self, pinned: &Pinned) -> Result<(Windows, FirstDays)> {
        let mut windows = Windows::new();
        let days = pending::utc_days(&pinned.raw)?;
        pending::of_readings(&pinned.raw, pinned.from[0].unwrap_or(-1), &pinned.registry, &mut windows).await?;
        let mut first_days = pinned.known_first_days.clone();
        for (id, days) in &windows {
            if let Some(day) = days.first() {
                lower(&mut first_days, id, *day);
            }
        }
        self.add_dependent_estimates(pinned, &mut windows).await?;
        let known = pinned.from[1].unwrap_or(0);
        if pinned.registry.sequence > known {
            let rows = self.lake.registry_rows().await?;
            let (old, changed): (Vec<SequencedRow>, Vec<_>) = rows.into_iter().partition(|r| r.sequence <= known);
            let old = Registry::from_rows(old);
            pending::of_master_data(&old, &pinned.registry, &changed, &days, &mut windows)?;
        }
        let (since, known) = (pinned.from[2], &pinned.known_first_days);
        pending::of_deadlines(&pinned.registry, since, pinned.now, known, &first_days, &mut windows)?;
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
            let others = days.iter().flat_map(|d| super::estimate::depend_on(*d));
            let dependent: BTreeSet<NaiveDate> = others.filter(|d| !days.contains(d) && closed(d)).collect();
            let months: BTreeSet<NaiveDate> = dependent.iter().map(|d| month_of(*d)).collect();
            let of_months = months.iter().flat_map(|m| super::segment::files_of_month(files, id, *m)).collect();
            let open = super::segment::days_to_estimate(&balances, of_months, zone).await?;
            days.extend(dependent.intersection(&open));
        }
        Ok(())
    }

    fn is_news(&self, pinned: &Pinned) -> bool {
        pinned.from[0] != Some(pinned.raw.version()) || pinned.from[1] != Some(pinned.registry.sequence)
    }

    fn moves(&self, pinned: &Pinned) -> Vec<Move> {
        let to = [pinned.raw.version(), pinned.registry.sequence, pinned.now.max(pinned.from[2].unwrap_or(i64::MIN))];
        [RAW_POSITION, REGISTRY_POSITION, DEADLINE_POSITION]
            .into_iter()
            .zip(pinned.from)
            .zip(to)
            .map(|((application, from), to)| Move { application: application.to_string(), from, to })
            .collect()
    }

    /// Computes windows, month after month.
    async fn run_windows(
        &self,
        pinned: &Pinned,
        windows: &Windows,
        cycle: i64,
        first_days: &mut FirstDays,
        results: &mut Results,
        report: &mut CycleReport,
    ) -> Result<()> {
        for (month, groups) in groups(&pinned.registry, windows, self.values_max)? {
            let hands = deal(&pinned.raw, &groups, self.values_max / 4, self.lake.folder()).await?;
            for (group, hand) in groups.into_iter().zip(hands) {
                let current = hand.take()?;
                self.run_group(pinned, month, &group.windows, &current, cycle, first_days, results, report).await?;
            }
        }
        Ok(())
    }

    /// One local month of some communities.
    #[expect(clippy::too_many_arguments, reason = "inputs and outputs of many units")]
    async fn run_group(
        &self,
        pinned: &Pinned,
        month: NaiveDate,
        windows: &Windows,
        current: &RawValues,
        cycle: i64,
        first_days: &mut FirstDays,
        results: &mut Results,
        report: &mut CycleReport,
    ) -> Result<()> {
        for (id, days) in windows {
            let unit_started = self.clock.now();
            match self.run_unit(pinned, id, month, days, current, first_days, results).await? {
                Ok(runs) => {
                    if !runs.is_empty() {
                        report.computed.entry(id.clone()).or_default().extend(days);
                        results.rows.push(self.run_row(
                            cycle,
                            "done",
                            id,
                            days,
                            unit_started,
                            &json!(runs),
                            String::new(),
                        ));
                    }
                }
                Err(violations) => {
                    let detail =
                        violations.iter().map(|v| format!("{}\n{}", v.check, v.rows)).collect::<Vec<_>>().join("\n");
                    tracing::error!(community = %id, "a check failed; the last window stays published\n{detail}");
                    results.rows.push(self.run_row(cycle, "held", id, days, unit_started, &json!({}), detail.clone()));
                    report.held.insert(id.clone(), detail);
                }
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one row")]
    fn run_row(
        &self,
        cycle: i64,
        state: &'static str,
        id: &str,
        days: &BTreeSet<NaiveDate>,
        started_at: Micros,
        runs: &serde_json::Value,
        detail: String,
    ) -> RunRow {
        let days: Vec<String> = days.iter().map(ToString::to_string).collect();
        RunRow {
            cycle,
            state,
            community_id: Some(id.to_string()),
            window: Some(days.join(" ")),
            started_at,
            finished_at: self.clock.now(),
            program: self.program.clone(),
            versions: "{}".to_string(),
            inputs: "{}".to_string(),
            runs: runs.to_string(),
            detail,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "inputs and outputs of one unit")]
    async fn run_unit(
        &self,
        pinned: &Pinned,
        id: &str,
        month: NaiveDate,
        days: &BTreeSet<NaiveDate>,
        current: &RawValues,
        first_days: &mut FirstDays,
        results: &mut Results,
    ) -> Result<Result<BTreeMap<String, String>, Vec<Violation>>> {
        let community = Community::new(&pinned.registry, id, &self.graph.digest)?;
        let stocks = match (results.stocks.remove(id), days.first()) {
            (Some(stocks), _) => stocks,
            (None, Some(day)) => {
                opening::opening(&pinned.storage, &community, day_span(community.zone(), *day).start).await?
            }
            (None, None) => Stocks::new(),
        };
        let community = community.opening_with(stocks);
        let closed = |day: NaiveDate| day_span(community.zone(), day).end + community.deadline() <= pinned.now;
        let values = values_of(&community, current, days);
        if let Some(first) = values.first() {
            lower(first_days, id, crate::calendar::local_day(community.zone(), first.interval_start));
        }
        // Before the first value ever, silence is not a gap.
        let first = first_days.get(id).copied();
        let wanted = days.iter().filter(|d| first.is_some_and(|first| first <= **d));
        let flags: Vec<(NaiveDate, bool)> = wanted.map(|d| (*d, closed(*d))).collect();
        let settled = super::estimate::settle(&community, &pinned.raw, &flags, &values, false).await?;
        let (graph, registry) = (&self.graph, &pinned.registry);
        let unit = Unit { graph, registry, community: &community, month, first, closed: &closed };
        let (rows, mut violations) = unit.run_days(&settled).await?;
        if !violations.is_empty() {
            return Ok(Err(violations));
        }
        let month_rows = self.month_rows(&community, month, days, &rows).await?;
        let runs = month_runs(&month_rows);
        let (of_month, more) = unit.run_month(&month_rows, &runs).await?;
        violations.extend(more);
        if !violations.is_empty() {
            return Ok(Err(violations));
        }
        let month_closed = closed(last_day_of(month));
        self.write(&community, month, month_closed, days, rows, &month_rows, of_month, results).await?;
        if community.has_storages() {
            results.stocks.insert(id.to_string(), settled.closing);
        }
        Ok(Ok(settled.days.iter().map(|d| (d.day.to_string(), d.run_id.clone())).collect()))
    }

    /// All rows of the month that its statement is made from.
    async fn month_rows(
        &self,
        community: &Community<'_>,
        month: NaiveDate,
        days: &BTreeSet<NaiveDate>,
        rows: &Rows,
    ) -> Result<Rows> {
        let mut all = Rows::new();
        for table in [Table::MemberDays, Table::Balances] {
            let snapshot = self.lake.snapshot(table).await?;
            let stored = super::segment::files_of_month(snapshot.files()?, community.id(), month);
            let fresh = rows.get(&table).map(Vec::as_slice).unwrap_or_default();
            let month = with_other_days(&snapshot, &stored, community.zone(), days, fresh).await?;
            all.insert(table, month.into_iter().collect());
        }
        Ok(all)
    }

    #[expect(clippy::too_many_arguments, reason = "what was computed, and where it goes")]
    async fn write(
        &self,
        community: &Community<'_>,
        month: NaiveDate,
        month_closed: bool,
        days: &BTreeSet<NaiveDate>,
        rows: Rows,
        month_rows: &Rows,
        of_month: Rows,
        results: &mut Results,
    ) -> Result<()> {
        let place = (community.id(), community.zone());
        for (table, batches) in rows {
            let snapshot = self.lake.snapshot(table).await?;
            let all = month_rows.get(&table).and_then(|rows| rows.first());
            let change = write_days(&snapshot, place, month, month_closed, days, &batches, all).await?;
            results.add(table, change);
        }
        for (table, batches) in of_month {
            let snapshot = self.lake.snapshot(table).await?;
            let change = write_month(&snapshot, community.id(), month, &batches).await?;
            results.add(table, change);
        }
        Ok(())
    }

    async fn commit_tables(&self, results: &Results, report: &mut CycleReport) -> Result<BTreeMap<String, i64>> {
        let mut versions = BTreeMap::new();
        for table in Table::RESULTS {
            let version = match results.changes.get(&table) {
                Some(change) if !change.add.is_empty() || !change.remove.is_empty() => {
                    report.files_added += change.add.len();
                    report.files_removed += change.remove.len();
                    self.lake.sync_files(table, change.add.iter().map(|f| f.path.clone()))?;
                    let commit = Commit {
                        add: change.add.clone(),
                        remove: change.remove.clone(),
                        now_ms: self.clock.now() / 1000,
                        ..Commit::default()
                    };
                    self.lake.commit(table, &commit, &*self.fence).await?
                }
                _ => self.lake.snapshot(table).await?.version(),
            };
            versions.insert(table.name().to_string(), version);
        }
        Ok(versions)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one publication")]
    async fn publish(
        &self,
        pinned: &Pinned,
        cycle: i64,
        started_at: Micros,
        versions: BTreeMap<String, i64>,
        mut rows: Vec<RunRow>,
        positions: Vec<Move>,
        first_days: FirstDays,
    ) -> Result<Published> {
        let inputs = Inputs {
            readings_raw: pinned.raw.version(),
            registry: pinned.registry.sequence,
            deadline: pinned.now,
            first_days,
        };
        let finished_at = self.clock.now();
        rows.push(RunRow {
            cycle,
            state: "published",
            community_id: None,
            window: None,
            started_at,
            finished_at,
            program: self.program.clone(),
            versions: json!(versions).to_string(),
            inputs: json!(inputs).to_string(),
            runs: "{}".to_string(),
            detail: String::new(),
        });
        let now_ms = finished_at / 1000;
        let store = self.lake.snapshot(Table::Runs).await?.store();
        let window = format!("{cycle:012}");
        let file = write_file(&store, Table::Runs, "", &window, &[to_batch(&rows)?], now_ms).await?;
        self.lake.sync_files(Table::Runs, [file.path.clone()])?;
        let commit = Commit { add: vec![file], positions, now_ms, ..Commit::default() };
        self.lake.commit(Table::Runs, &commit, &*self.fence).await?;
        Ok(Published { cycle, versions, inputs, finished_at })
    }
}

impl Results {
    fn add(&mut self, table: Table, change: Change) {
        let all = self.changes.entry(table).or_default();
        all.add.extend(change.add);
        all.remove.extend(change.remove);
    }
}

fn add_range(
    pinned: &Pinned,
    community: Option<&str>,
    from: NaiveDate,
    to: NaiveDate,
    windows: &mut Windows,
) -> Result<()> {
    if let Some(id) = community
        && !pinned.registry.communities.contains_key(id)
    {
        return Err(Error::user(format!(
            "community `{id}` is not registered; see `ecoop sql \"select community_id from communities\"`"
        )));
    }
    let utc = pending::utc_days(&pinned.raw)?;
    for (id, c) in &pinned.registry.communities {
        if community.is_some_and(|only| only != id) {
            continue;
        }
        let zone = zone(&c.timezone)?;
        let days = utc.iter().flat_map(|d| crate::calendar::local_days_of_utc_day(zone, *d));
        windows.entry(id.clone()).or_default().extend(days.filter(|d| (from..to).contains(d)));
    }
    windows.retain(|_, days| !days.is_empty());
    Ok(())
}

/// Current values of the community's points around its days, on its grid, with the community's numbers.
pub(super) fn values_of(
    community: &Community<'_>,
    current: &RawValues,
    days: &BTreeSet<NaiveDate>,
) -> Vec<CurrentValue> {
    let numbers: Vec<Option<u32>> = current.points.iter().map(|p| community.number(p)).collect();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return vec![] };
    let (start, end) = (day_span(community.zone(), *first).start, day_span(community.zone(), *last).end);
    let mut mine = Vec::new();
    for v in &current.values {
        if let Some(point) = numbers[v.point as usize]
            && v.interval_start >= start
            && v.interval_start < end
        {
            mine.push(crate::readings::truth::RawValue { point, ..*v });
        }
    }
    onto_grid(&mine, community.grid_seconds())
}

fn lower(first_days: &mut FirstDays, id: &str, day: NaiveDate) {
    let first = first_days.entry(id.to_string()).or_insert(day);
    *first = day.min(*first);
}

fn month_runs(rows: &Rows) -> Vec<String> {
    let mut runs = BTreeSet::new();
    for batch in rows.values().flatten() {
        if let Some(column) = batch.column_by_name("run_id") {
            runs.extend(column.as_string::<i32>().iter().flatten().map(str::to_string));
        }
    }
    runs.into_iter().collect()
}
