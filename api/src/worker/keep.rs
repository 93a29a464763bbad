//! Keeps the tables up to date for as long as the service runs: takes the lease, answers requests, computes what came.

use std::time::{Duration, Instant};

use engine::Result;
use engine::schema::Table;
use tokio::sync::watch;

use super::{Held, Task};
use crate::installation::Installation;

/// How often it looks for requests and news.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Deadlines pass without news: how often they are looked at.
const DEADLINES_EVERY: Duration = Duration::from_secs(60);
/// How often small files are made large ones.
const COMPACT_EVERY: Duration = Duration::from_secs(600);
/// How often it deletes what nothing needs.
const VACUUM_EVERY: Duration = Duration::from_secs(24 * 3600);
/// For how long what was replaced can still be looked back at.
pub const RETENTION_DAYS: u32 = 30;
/// How long it waits after a failure, and for a lease that somebody else holds.
const WAIT: Duration = Duration::from_secs(2);

/// What a cycle has taken into account.
type Seen = (i64, i64);

/// Works until it is told to stop. A failure is logged and tried again: no state of the lake may stop the service.
pub async fn keep(installation: &Installation, mut shutdown: watch::Receiver<bool>) {
    while !*shutdown.borrow() {
        match Held::take(installation).await {
            Ok(Some(held)) => {
                if let Err(e) = work(installation, &held, &mut shutdown).await {
                    metrics::counter!("ecoop_worker_failures_total").increment(1);
                    tracing::error!("the worker failed and goes on in {} s: {e}", WAIT.as_secs());
                }
                if let Err(e) = held.release().await {
                    tracing::warn!("the lease was not given back: {e}");
                }
            }
            Ok(None) => tracing::debug!("another process holds the lease"),
            Err(e) => tracing::error!("the lease cannot be asked for: {e}"),
        }
        pause(&mut shutdown, WAIT).await;
    }
}

/// Works under a lease until it is lost or the service stops.
async fn work(installation: &Installation, held: &Held, shutdown: &mut watch::Receiver<bool>) -> Result<()> {
    let every = Duration::from_secs(installation.config.jobs.every_seconds);
    let mut done: Option<(Seen, Instant)> = None;
    let mut upkeep = [
        (Task::Compact, COMPACT_EVERY, Instant::now()),
        (Task::Vacuum { retention_days: RETENTION_DAYS }, VACUUM_EVERY, Instant::now()),
    ];
    while !*shutdown.borrow() {
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
            metrics::histogram!("ecoop_cycle_seconds").record(started.elapsed().as_secs_f64());
            for (id, rows) in &report?.held {
                tracing::error!(community = %id, "a check failed; its last figures stay\n{rows}");
            }
        }
        for (task, every, last) in &mut upkeep {
            if last.elapsed() >= *every {
                held.perform(task).await?;
                *last = Instant::now();
            }
        }
        tokio::select! {
            () = installation.news.taken.notified() => {}
            () = pause(shutdown, LOOK_EVERY) => {}
        }
    }
    Ok(())
}

async fn seen(installation: &Installation) -> Result<Seen> {
    let raw = installation.lake.snapshot(Table::ReadingsRaw).await?.version();
    Ok((raw, installation.store.last_sequence().await?))
}

/// Waits, but not beyond the end of the service.
async fn pause(shutdown: &mut watch::Receiver<bool>, time: Duration) {
    let _ = tokio::time::timeout(time, shutdown.wait_for(|stop| *stop)).await;
}
