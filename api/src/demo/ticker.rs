//! The demonstration's time: a quarter-hour every few seconds until the real time is met, and its telemetry.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connectors::sinks::kafka::KafkaSink;
use datasets::demo::Demo;
use engine::calendar::QUARTER;
use engine::clock::{Clock, ManualClock};
use engine::{Error, Result};
use tokio::sync::watch;

use crate::clock::SystemClock;
use crate::installation::store_demo_time;

/// The topic of its broker.
pub const TOPIC: &str = "meter.readings.v1";
/// A quarter-hour passes in this time, until the real time is met.
const QUARTER_TAKES: Duration = Duration::from_secs(5);
/// How often it is looked whether a quarter-hour is in the lake.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often the clock is set to the real time, once that is met.
const SET_EVERY: Duration = Duration::from_secs(1);
/// How long the broker inside of this process may take.
const FLUSH: Duration = Duration::from_secs(10);

/// How many values commits have brought.
#[derive(Debug, Default)]
pub struct Watermark(AtomicUsize);

impl Watermark {
    /// More of them.
    pub fn add(&self, values: usize) {
        self.0.fetch_add(values, Ordering::SeqCst);
    }
}

/// Moves the clock and sends what the meters say.
pub struct Ticker {
    pub demo: Arc<Demo>,
    pub clock: Arc<ManualClock>,
    pub folder: PathBuf,
    pub sink: KafkaSink,
    pub committed: Arc<Watermark>,
}

impl Ticker {
    /// Runs until the service ends. The stored time moves on once the lake has all of a quarter-hour, so that a restart
    /// sends again what was on its way.
    ///
    /// # Errors
    /// Environment, when the broker or the folder fail.
    pub async fn run(self, mut shutdown: watch::Receiver<bool>) -> Result<()> {
        let ticker = Arc::new(self);
        let mut sent = 0;
        let mut from = ticker.clock.now() - ticker.clock.now().rem_euclid(QUARTER);
        loop {
            let end = from + QUARTER;
            let real = SystemClock.now();
            if end > real {
                ticker.clock.set(real.max(from));
                if sleeps_well(SET_EVERY, &mut shutdown).await {
                    continue;
                }
                return Ok(());
            }
            let begun = tokio::time::Instant::now();
            ticker.clock.set(end);
            let sending = Arc::clone(&ticker);
            let task = tokio::task::spawn_blocking(move || sending.send(from));
            sent += task.await.map_err(|e| Error::internal(format!("sending: {e}")))??;
            while ticker.committed.0.load(Ordering::SeqCst) < sent {
                if !sleeps_well(LOOK_EVERY, &mut shutdown).await {
                    return Ok(());
                }
            }
            store_demo_time(&ticker.folder, end)?;
            from = end;
            if !sleeps_well(QUARTER_TAKES.saturating_sub(begun.elapsed()), &mut shutdown).await {
                return Ok(());
            }
        }
    }

    fn send(&self, from: i64) -> Result<usize> {
        let messages = self.demo.quarter(from);
        for message in &messages {
            self.sink.send(&message.key, &message.payload, message.at_micros)?;
        }
        self.sink.flush(FLUSH)?;
        Ok(messages.len())
    }
}

/// Waits; false when the service ends meanwhile.
async fn sleeps_well(time: Duration, shutdown: &mut watch::Receiver<bool>) -> bool {
    tokio::time::timeout(time, shutdown.wait_for(|stop| *stop)).await.is_err()
}
