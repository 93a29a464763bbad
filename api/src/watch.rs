//! Looks after what no part of the service meets by itself: files that rot, a store that cannot be written, a disk that
//! fills. What it finds stands in the health of the service and in its metrics.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::calendar::SECOND;
use engine::clock::Micros;
use engine::error::Damage;
use engine::schema::Table;
use engine::table::DataFile;
use engine::{Error, Result};
use tokio::sync::watch;

use crate::health::{Backoff, Health, one_line};
use crate::installation::Installation;
use crate::metric;

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often it writes to the store, to see whether it can.
const TOUCH_EVERY: Duration = Duration::from_secs(15);
/// Within this time every file is read once more.
const ROUND: Duration = Duration::from_secs(24 * 3600);
/// The least number of files that are read at a look.
const FILES_MIN: usize = 1;
/// What is said while all files are read at once.
pub const READING: &str = "are read once more, because the service before did not end well";
/// A file for each service that runs, by the number of its process: one that stays behind has not ended well.
const MARKS: &str = "running";

/// Says that a service runs on the folder; gives whether one before it ended badly.
///
/// # Errors
/// Environment, when the folder cannot be written.
pub fn begin(folder: &Path) -> Result<bool> {
    let marks = folder.join(MARKS);
    let cannot = |e| Error::environment(format!("cannot write {}", marks.display()), e);
    std::fs::create_dir_all(&marks).map_err(cannot)?;
    let own = std::process::id().to_string();
    let mut ended_badly = false;
    for mark in std::fs::read_dir(&marks).map_err(cannot)? {
        let mark = mark.map_err(cannot)?;
        let process = mark.file_name().to_string_lossy().into_owned();
        if process == own || !Path::new("/proc").join(&process).exists() {
            ended_badly = true;
            let _ = std::fs::remove_file(mark.path());
        }
    }
    std::fs::write(marks.join(own), "").map_err(cannot)?;
    Ok(ended_badly)
}

/// Says that the service has ended well.
pub fn end(folder: &Path) {
    let _ = std::fs::remove_file(folder.join(MARKS).join(std::process::id().to_string()));
}

/// Looks until the service ends. After a bad end all files are read before anything else.
pub async fn run(installation: Installation, health: Arc<Health>, after_crash: bool, mut end: watch::Receiver<bool>) {
    let mut backoff = Backoff::new("looking at the lake", LOOK_EVERY, Duration::from_secs(60));
    let (mut touched, mut told) = (None, BTreeSet::new());
    let mut newest = Newest::default();
    let mut round = Round { started: Instant::now(), left: VecDeque::new(), of: 0, at_once: after_crash };
    while !*end.borrow() {
        health.set("disk", short_of_space(&installation));
        if touched.is_none_or(|at: Instant| at.elapsed() >= TOUCH_EVERY) {
            let written = installation.store.touch().await;
            health.set("store", written.err().map(|e| format!("cannot be written: {}", one_line(&e))));
            touched = Some(Instant::now());
        }
        match look(&installation, &mut round, &end).await {
            Ok(()) => backoff.works(),
            Err(e) => drop(backoff.failed(&e)),
        }
        match newest.tell(&installation).await {
            Ok(()) => health.set("published", None),
            Err(e) => health.set("published", Some(format!("cannot be read: {}", one_line(&e)))),
        }
        tell(&installation, &health, &mut told);
        if !round.at_once {
            health.set("files", None);
        }
        let _ = tokio::time::timeout(LOOK_EVERY, end.wait_for(|stop| *stop)).await;
    }
}

/// A round through all files.
struct Round {
    started: Instant,
    left: VecDeque<(Table, DataFile)>,
    /// How many files it began with.
    of: usize,
    at_once: bool,
}

async fn look(installation: &Installation, round: &mut Round, end: &watch::Receiver<bool>) -> Result<()> {
    installation.lake.let_go().await?;
    metric::tables(&installation.lake).await?;
    if round.left.is_empty() && (round.of == 0 || round.started.elapsed() >= ROUND) {
        begin_round(installation, round).await?;
    }
    let share = LOOK_EVERY.as_secs_f64() / ROUND.as_secs_f64();
    let share = if round.at_once { round.of } else { (round.of as f64 * share).ceil() as usize };
    for _ in 0..share.max(FILES_MIN) {
        if *end.borrow() {
            return Ok(());
        }
        let Some((table, file)) = round.left.pop_front() else { break };
        metrics::counter!(metric::SCRUBBED_FILES).increment(1);
        metrics::counter!(metric::SCRUBBED_BYTES).increment(file.size);
        // A file that was replaced meanwhile is gone rightly.
        installation.lake.scrub(table, &file).await?;
    }
    if round.at_once && round.left.is_empty() {
        tracing::info!(files = round.of, "all files were read after a service that did not end well");
        round.at_once = false;
    }
    Ok(())
}

async fn begin_round(installation: &Installation, round: &mut Round) -> Result<()> {
    // At a start the logs were read as far as opening them needs.
    let whole = round.of > 0 || round.at_once;
    for table in Table::ALL {
        for damage in installation.lake.scrub_log(table, whole).await? {
            tracing::error!("{damage}");
        }
    }
    round.left = installation.lake.current_files().await?.into();
    (round.of, round.started) = (round.left.len(), Instant::now());
    Ok(())
}

/// How old what is published is.
#[derive(Default)]
struct Newest {
    /// Version of `runs` that it was read at.
    at: Option<i64>,
    finished_at: Micros,
    /// End of the newest interval, by community.
    ends: BTreeMap<String, Micros>,
}

impl Newest {
    async fn tell(&mut self, installation: &Installation) -> Result<()> {
        let lake = &installation.lake;
        let version = lake.snapshot(Table::Runs).await?.version();
        if self.at != Some(version) {
            let Some(published) = lake.published().await? else { return Ok(()) };
            for table in Table::RESULTS {
                lake.published_snapshot(&published, table).await?.files()?;
            }
            let grids = &lake.registry().await?.communities;
            let grid = |id: &str| grids.get(id).map_or(0, |c| i64::from(c.interval_minutes) * 60 * SECOND);
            let newest = lake.newest_intervals(&published).await?;
            self.ends = newest.into_iter().map(|(id, start)| (id.clone(), start + grid(&id))).collect();
            (self.at, self.finished_at) = (Some(version), published.finished_at);
        }
        let age = |at: Micros| (installation.clock.now() - at) as f64 / SECOND as f64;
        metrics::gauge!(metric::PUBLISHED_AGE).set(age(self.finished_at));
        for (id, end) in &self.ends {
            metrics::gauge!(metric::NEWEST, "community" => id.clone()).set(age(*end));
        }
        Ok(())
    }
}

/// Damages that were found, by whoever met them; each is logged once.
fn tell(installation: &Installation, health: &Health, told: &mut BTreeSet<Damage>) {
    let damages = installation.lake.damages();
    for found in &damages {
        if told.insert(found.damage.clone()) {
            tracing::error!("{}", found.damage);
        }
    }
    metrics::gauge!(metric::DAMAGED_FILES).set(damages.len() as f64);
    let more = damages.len().saturating_sub(1);
    health.set(
        "lake",
        damages.first().map(|found| match more {
            0 => found.damage.to_string(),
            _ => format!("{} (and {more} more; `ecoop check --deep` lists them)", found.damage),
        }),
    );
}

fn short_of_space(installation: &Installation) -> Option<String> {
    let least = installation.config.limits.free_bytes;
    let folder: &PathBuf = &installation.folder;
    let free = match rustix::fs::statvfs(folder.as_path()) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(e) => return Some(format!("{} cannot be asked for its space: {e}", folder.display())),
    };
    metrics::gauge!(metric::FREE_BYTES).set(free as f64);
    (free < least).then(|| {
        let (free, least) = (free >> 20, least >> 20);
        format!("{} has {free} MiB left, less than {least}; free some, or lower [limits] free_bytes", folder.display())
    })
}

#[cfg(test)]
mod tests;
