//! How the source does, for health checks and metrics.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is not known yet.
const UNKNOWN: i64 = -1;

/// How the source does, for health checks and metrics.
#[derive(Debug)]
pub struct KafkaHealth {
    opened: Instant,
    /// Milliseconds from then to the last poll.
    polled_ms: AtomicU64,
    /// Payload bytes between poll thread and reader.
    pub(super) held_bytes: AtomicUsize,
    partitions: Mutex<BTreeMap<i32, Arc<Progress>>>,
}

/// How far a partition that is ours is read.
#[derive(Debug)]
pub(super) struct Progress {
    source: String,
    next: AtomicI64,
    end: AtomicI64,
}

/// How far a partition is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionLag {
    /// Its name in positions.
    pub source: String,
    pub partition: i32,
    /// The next offset that is handed over.
    pub next: i64,
    /// Messages that the broker has beyond it; `None` until the broker has said so.
    pub lag: Option<i64>,
}

impl Default for KafkaHealth {
    fn default() -> Self {
        Self::opened(Instant::now())
    }
}

impl KafkaHealth {
    /// Of a source that was opened then, and has not been polled since.
    pub fn opened(opened: Instant) -> Self {
        Self { opened, polled_ms: AtomicU64::new(0), held_bytes: AtomicUsize::new(0), partitions: Mutex::default() }
    }

    /// Payload bytes that wait.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes.load(Ordering::Relaxed)
    }

    /// How long ago Kafka was polled. Beyond seconds the thread is stuck.
    pub fn since_poll(&self) -> Duration {
        self.opened.elapsed().saturating_sub(Duration::from_millis(self.polled_ms.load(Ordering::Relaxed)))
    }

    /// The partitions that are ours and are being read.
    pub fn partitions(&self) -> Vec<PartitionLag> {
        let known = self.partitions.lock().unwrap_or_else(PoisonError::into_inner);
        let lag = |(partition, progress): (&i32, &Arc<Progress>)| {
            let (next, end) = (progress.next.load(Ordering::Relaxed), progress.end.load(Ordering::Relaxed));
            let lag = (end != UNKNOWN).then(|| (end - next).max(0));
            PartitionLag { source: progress.source.clone(), partition: *partition, next, lag }
        };
        known.iter().map(lag).collect()
    }

    pub(super) fn polled(&self) {
        let since = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.polled_ms.store(since, Ordering::Relaxed);
    }

    /// A partition is read from here on.
    pub(super) fn begin(&self, partition: i32, source: &str, next: i64) -> Arc<Progress> {
        let (next, end) = (AtomicI64::new(next), AtomicI64::new(UNKNOWN));
        let progress = Arc::new(Progress { source: source.to_string(), next, end });
        let mut known = self.partitions.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(partition, Arc::clone(&progress));
        progress
    }

    /// A partition is not read any longer.
    pub(super) fn end(&self, partition: i32) {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner).remove(&partition);
    }

    /// No partition is.
    pub(super) fn end_all(&self) {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The broker's next offset of a partition.
    pub(super) fn broker_ends(&self, partition: i32, end: i64) {
        let known = self.partitions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(progress) = known.get(&partition) {
            progress.end.store(end, Ordering::Relaxed);
        }
    }
}

impl Progress {
    pub fn go_on(&self, next: i64) {
        self.next.store(next, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lag_is_unknown_until_the_broker_says_where_it_ends() {
        let health = KafkaHealth::default();
        let progress = health.begin(3, "c/t/3", 10);
        let lag = || health.partitions().into_iter().map(|p| (p.partition, p.next, p.lag)).collect::<Vec<_>>();
        assert_eq!(lag(), [(3, 10, None)]);
        health.broker_ends(3, 25);
        health.broker_ends(4, 25);
        progress.go_on(20);
        assert_eq!(lag(), [(3, 20, Some(5))]);
        // What the broker said may be older than what was read.
        progress.go_on(30);
        assert_eq!(lag(), [(3, 30, Some(0))]);
        health.end(3);
        assert_eq!(lag(), []);
    }
}
