//! A lake after hours of quarter-hour cycles and commits every few seconds, on a clock that is moved: how many files and
//! bytes it has, what upkeep costs, and how long opening takes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use arrow::compute::concat_batches;
use engine::calendar::{QUARTER, SECOND};
use engine::clock::ManualClock;
use engine::ingest::{Door, Frame, FrameBatch, Intake, Limits};
use engine::job::{VALUES_MAX, Worker};
use engine::schema::Table;
use engine::table::file::encode;
use engine::table::{DataFile, Lake, Maintained, NoFence, Policy, read_file};
use url::Url;

use crate::measure::{cpu_s, peak_mb};
use crate::meters::{Meters, instant};

/// Readings are committed as often.
const COMMIT_EVERY: i64 = 5 * SECOND;
/// Upkeep runs as often as in a service.
const TIDY_EVERY: i64 = 60 * SECOND;
const COMPACT_EVERY: i64 = 120 * SECOND;
const SOURCE: &str = "soak/readings/0";

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    pub communities: usize,
    /// Points of each community.
    pub points: usize,
    pub hours: i64,
}

/// What is there afterwards.
#[derive(Debug, Default)]
pub struct Report {
    pub tables: BTreeMap<&'static str, Share>,
    /// Bytes of the same rows, each table's in as few files as it is made of when nothing is open.
    pub compacted_bytes: u64,
    pub readings: u64,
    /// Of the table of readings alone.
    pub readings_compacted_bytes: u64,
    pub cpu_s: f64,
    pub upkeep_cpu_s: f64,
    pub peak_mb: f64,
    pub open_ms: u128,
}

/// What a table has on the disk.
#[derive(Debug, Default, Clone, Copy)]
pub struct Share {
    pub data_files: usize,
    pub data_bytes: u64,
    pub log_files: usize,
    pub log_bytes: u64,
}

impl Report {
    /// All tables together.
    pub fn whole(&self) -> Share {
        self.tables.values().fold(Share::default(), |a, b| Share {
            data_files: a.data_files + b.data_files,
            data_bytes: a.data_bytes + b.data_bytes,
            log_files: a.log_files + b.log_files,
            log_bytes: a.log_bytes + b.log_bytes,
        })
    }

    /// As a table of text.
    pub fn text(&self, setting: Setting) -> String {
        let mut text = format!(
            "{} communities of {} points, {} h of quarter-hours, commits every 5 s\n{:<20} {:>10} {:>12} {:>9} {:>12}\n",
            setting.communities, setting.points, setting.hours, "table", "data files", "bytes", "log files", "bytes"
        );
        let whole = [("all", self.whole())];
        for (name, s) in self.tables.iter().map(|(name, s)| (*name, *s)).chain(whole).filter(|(_, s)| s.log_files > 1) {
            let Share { data_files, data_bytes, log_files, log_bytes } = s;
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<20} {data_files:>10} {data_bytes:>12} {log_files:>9} {log_bytes:>12}");
        }
        let whole = self.whole();
        let _ = writeln!(
            text,
            "files {}; data {:.2} of the rows compacted ({} bytes); {:.2} bytes a reading compacted; CPU {:.1} s, upkeep \
            {:.1} s ({:.1} s an hour); peak {:.0} MB; opened in {} ms",
            whole.data_files + whole.log_files,
            whole.data_bytes as f64 / self.compacted_bytes.max(1) as f64,
            self.compacted_bytes,
            self.readings_compacted_bytes as f64 / self.readings.max(1) as f64,
            self.cpu_s,
            self.upkeep_cpu_s,
            self.upkeep_cpu_s / setting.hours.max(1) as f64,
            self.peak_mb,
            self.open_ms
        );
        text
    }
}

/// A lake on its way through the hours.
struct Soak {
    lake: Arc<Lake>,
    clock: Arc<ManualClock>,
    worker: Worker,
    intake: Intake,
    meters: Meters,
    points: usize,
    offset: i64,
    now: i64,
    upkeep_cpu_s: f64,
}

/// Simulates the hours in an empty folder.
///
/// # Errors
/// When the lake cannot be written.
pub async fn run(folder: &Path, setting: Setting) -> Result<Report> {
    let before = cpu_s()?;
    let mut soak = Soak::begin(folder, setting).await?;
    for quarter in 0..setting.hours * 4 {
        soak.quarter(quarter).await?;
    }
    let cpu_s = cpu_s()? - before;
    let mut report = Report { cpu_s, upkeep_cpu_s: soak.upkeep_cpu_s, peak_mb: peak_mb()?, ..Report::default() };
    let lake = Arc::clone(&soak.lake);
    drop(soak);
    look(folder, &lake, &mut report).await?;
    Ok(report)
}

impl Soak {
    async fn begin(folder: &Path, setting: Setting) -> Result<Self> {
        let root = Url::from_directory_path(folder.canonicalize()?).ok().context("a folder")?;
        let lake = Lake::open(&root, Default::default()).await?;
        let now = instant("2026-06-15T00:00:00Z")?;
        let clock = Arc::new(ManualClock::at(now));
        let (meters, points) = (Meters { of_each: setting.points }, setting.points * setting.communities);
        lake.copy_registry(&meters.master_data(points)?, now / 1000, &NoFence).await?;
        let door = Arc::new(Door::new(&*lake.registry().await?, Default::default()));
        let limits = Limits { age: i64::MAX, ..Limits::default() };
        let intake = Intake::new(Arc::clone(&lake), clock.clone(), door, limits);
        let worker = Worker {
            lake: Arc::clone(&lake),
            clock: clock.clone(),
            graph: queries::graph(),
            fence: Arc::new(NoFence),
            program: "soak".into(),
            values_max: VALUES_MAX,
        };
        Ok(Self { lake, clock, worker, intake, meters, points, offset: 0, now, upkeep_cpu_s: 0.0 })
    }

    /// The values of a quarter-hour come one after the other during the next one; then a cycle.
    async fn quarter(&mut self, quarter: i64) -> Result<()> {
        let (start, slots) = (self.now, usize::try_from(QUARTER / COMMIT_EVERY)?);
        for slot in 0..slots {
            self.now += COMMIT_EVERY;
            self.clock.set(self.now);
            let points = slot * self.points / slots..(slot + 1) * self.points / slots;
            if !points.is_empty() {
                self.commit(points, start - QUARTER, quarter).await?;
            }
            if self.now % TIDY_EVERY == 0 {
                self.upkeep().await?;
            }
        }
        let report = self.worker.run_pending().await?;
        ensure!(report.held.is_empty() && report.cycle.is_some(), "{report:?}");
        Ok(())
    }

    async fn commit(&mut self, points: std::ops::Range<usize>, start: i64, quarter: i64) -> Result<()> {
        let mut batch = FrameBatch::new(SOURCE, self.offset);
        for point in points {
            let payload = self.meters.payload(point, start, self.meters.energy(point, quarter));
            batch.push(Frame { payload: &payload, offset: self.offset, message_at: self.now, cut: None });
            self.offset += 1;
        }
        self.intake.take(&batch, &mut self.meters.numbers()).await?;
        self.intake.commit().await?;
        Ok(())
    }

    async fn upkeep(&mut self) -> Result<()> {
        let (policy, mut done, before) = (Policy::default(), Maintained::default(), cpu_s()?);
        if self.now % COMPACT_EVERY == 0 {
            self.lake.compact(policy, self.now, &NoFence, &mut done).await?;
        }
        self.lake.checkpoint_all(policy, &mut done).await?;
        self.lake.remove(policy, self.now, &NoFence, &mut done).await?;
        self.lake.clean_logs(self.now, &NoFence, &mut done).await?;
        self.upkeep_cpu_s += cpu_s()? - before;
        Ok(())
    }
}

/// Counts what is on the disk, and what the rows would be at the least.
async fn look(folder: &Path, lake: &Lake, report: &mut Report) -> Result<()> {
    for table in Table::ALL {
        let mut share = Share::default();
        count(&folder.join(table.name()), false, &mut share)?;
        report.tables.insert(table.name(), share);
        let bytes = compacted(lake, table).await?;
        report.compacted_bytes += bytes;
        if table == Table::ReadingsRaw {
            report.readings = lake.snapshot(table).await?.files()?.iter().map(|f| f.rows).sum();
            report.readings_compacted_bytes = bytes;
        }
    }
    let (begun, root) = (Instant::now(), lake.root().clone());
    Lake::open(&root, Default::default()).await?;
    report.open_ms = begun.elapsed().as_millis();
    Ok(())
}

fn count(folder: &Path, is_log: bool, share: &mut Share) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            count(&entry.path(), is_log || entry.file_name() == "_delta_log", share)?;
            continue;
        }
        let bytes = entry.metadata()?.len();
        let (files, all) = match is_log {
            true => (&mut share.log_files, &mut share.log_bytes),
            false => (&mut share.data_files, &mut share.data_bytes),
        };
        *files += 1;
        *all += bytes;
    }
    Ok(())
}

/// Bytes of a table's rows with one file for each day of what came in, and each month of a community.
async fn compacted(lake: &Lake, table: Table) -> Result<u64> {
    let snapshot = lake.snapshot(table).await?;
    let mut groups = BTreeMap::<String, Vec<DataFile>>::new();
    for file in snapshot.files()? {
        let month = if table.is_by_community() { file.window().get(..7).unwrap_or_default() } else { "" };
        groups.entry(format!("{}/{month}", file.partition)).or_default().push(file.clone());
    }
    let mut bytes = 0;
    for mut files in groups.into_values() {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut batches = Vec::new();
        for file in &files {
            batches.push(read_file(&snapshot.store(), table, file).await?);
        }
        bytes += encode(table, &[concat_batches(&table.file_schema(), &batches)?])?.len() as u64;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_hour_of_four_communities_is_few_files() {
        let folder = tempfile::tempdir().unwrap();
        let setting = Setting { communities: 4, points: 10, hours: 1 };
        let report = run(folder.path(), setting).await.unwrap();
        let text = report.text(setting);
        let whole = report.whole();
        assert!(whole.data_files + whole.log_files <= 500, "{text}");
        assert!(report.tables.values().all(|share| share.log_files < 100), "{text}");
    }
}
