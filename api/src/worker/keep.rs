//! Keeps the tables up to date for as long as the service runs: takes the lease, answers requests, computes what came.

use std::time::{Duration, Instant};

use engine::Result;
use engine::schema::Table;
use tokio::sync::watch;

use super::{Done, Held, Task};
use crate::health::{Backoff, Health, one_line};
use crate::installation::Installation;
use crate::metric;

/// How often it looks for requests and news.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Deadlines pass without news: how often they are looked at.
const DEADLINES_EVERY: Duration = Duration::from_secs(60);
/// How often small files are made large ones.
const COMPACT_EVERY: Duration = Duration::from_secs(120);
/// How often it deletes what was replaced and nothing needs, and cleans up logs.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// After as many cycles it does so earlier: in a demonstration a quarter-hour takes seconds.
const TIDY_AFTER_CYCLES: u32 = 4;
/// How often it looks for files that a crash left.
const VACUUM_EVERY: Duration = Duration::from_secs(24 * 3600);
/// How long it waits for a lease that somebody else holds, and after a first failure.
const WAIT: Duration = Duration::from_secs(2);
/// How long it waits after many failures.
const WAIT_MOST: Duration = Duration::from_secs(60);
/// After as many failures one after the other, the service is not ready.
const FAILURES_MAX: u32 = 2;
/// No cycle lasts longer: one that does stands still.
const STILL: Duration = Duration::from_secs(3600);

/// What a cycle has taken into account.
type Seen = (i64, i64);

/// Works until it is told to stop. A failure is logged and tried again: no state of the lake may stop the service.
pub async fn keep(installation: &Installation, health: &Health, mut shutdown: watch::Receiver<bool>) {
    let mut backoff = Backoff::new("the worker", WAIT, WAIT_MOST);
    while !*shutdown.borrow() {
        let wait = match once(installation, health, &mut backoff, &mut shutdown).await {
            Ok(()) => WAIT,
            Err(e) => {
                metrics::counter!(metric::WORKER_FAILURES).increment(1);
                let wait = backoff.failed(&e);
                if backoff.failures() >= FAILURES_MAX {
                    let text = format!("failed {} times, last: {}", backoff.failures(), one_line(&e));
                    health.set("jobs", Some(text));
                }
                wait
            }
        };
        pause(&mut shutdown, wait).await;
    }
    health.ended("jobs");
}

/// Works for as long as the lease is ours, if it is free.
async fn once(
    installation: &Installation,
    health: &Health,
    backoff: &mut Backoff,
    shutdown: &mut watch::Receiver<bool>,
) -> Result<()> {
    let Some(held) = Held::take(installation).await? else {
        health.ended("jobs");
        tracing::debug!("another process holds the lease");
        return Ok(());
    };
    let done = work(installation, &held, (health, backoff), shutdown).await;
    if let Err(e) = held.release().await {
        tracing::warn!("the lease was not given back: {e}");
    }
    done
}

/// Works under a lease until it is lost or the service stops.
async fn work(
    installation: &Installation,
    held: &Held,
    (health, backoff): (&Health, &mut Backoff),
    shutdown: &mut watch::Receiver<bool>,
) -> Result<()> {
    let every = Duration::from_secs(installation.config.jobs.every_seconds);
    let mut done: Option<(Seen, Instant)> = None;
    let mut upkeep = [
        (Task::Compact, COMPACT_EVERY, Instant::now()),
        (Task::Tidy, TIDY_EVERY, Instant::now()),
        (Task::Vacuum, VACUUM_EVERY, Instant::now()),
    ];
    let mut cycles = 0;
    while !*shutdown.borrow() {
        health.moves("jobs", STILL);
        held.answer_requests().await?;
        let seen = seen(installation).await?;
        let due = match &done {
            None => true,
            Some((last, at)) => (*last != seen && at.elapsed() >= every) || at.elapsed() >= DEADLINES_EVERY,
        };
        if due {
            let started = Instant::now();
            let report = held.perform(&Task::Pending).await;
            done = Some((seen, Instant::now()));
            installation.news.published.notify_one();
            let report = report?;
            cycles += u32::from(report.cycle.is_some());
            metrics::histogram!(metric::CYCLE).record(started.elapsed().as_secs_f64());
            tell(&report);
            backoff.works();
            health.set("jobs", None);
        }
        for (task, every, last) in &mut upkeep {
            let is_early = *task == Task::Tidy && cycles >= TIDY_AFTER_CYCLES;
            if last.elapsed() >= *every || is_early {
                // One that fails is tried again in its turn: results do not wait for it.
                *last = Instant::now();
                if *task == Task::Tidy {
                    cycles = 0;
                }
                let done = held.perform(task).await?;
                let Done { compacted: (small, large), checkpoints, entries, deleted, .. } = done;
                tracing::debug!(task = task.name(), small, large, checkpoints, entries, deleted, "upkeep of the lake");
            }
        }
        tokio::select! {
            () = installation.news.taken.notified() => {}
            () = pause(shutdown, LOOK_EVERY) => {}
        }
    }
    Ok(())
}

/// Says whose checks failed.
fn tell(report: &Done) {
    for (id, rows) in &report.held {
        let check = rows.lines().next().unwrap_or_default();
        tracing::error!(community = %id, check, "a check failed; its last figures stay");
    }
}

async fn seen(installation: &Installation) -> Result<Seen> {
    let raw = installation.lake.snapshot(Table::ReadingsRaw).await?.version();
    Ok((raw, installation.store.last_sequence().await?))
}

/// Waits, but not beyond the end of the service.
async fn pause(shutdown: &mut watch::Receiver<bool>, time: Duration) {
    let _ = tokio::time::timeout(time, shutdown.wait_for(|stop| *stop)).await;
}
