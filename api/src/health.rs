//! What does not work, told by the parts of the service and shown by its pages; and failures that come again and again,
//! told once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use connectors::sources::kafka::KafkaHealth;
use engine::Error;

/// The thread that polls Kafka does so many times a second; after this time it is stuck or dead.
const POLLED_WITHIN: Duration = Duration::from_secs(30);

/// How the parts of the service do.
#[derive(Debug, Default)]
pub struct Health {
    parts: Mutex<Parts>,
    kafka: Mutex<Option<Arc<KafkaHealth>>>,
}

#[derive(Debug, Default)]
struct Parts {
    /// What does not work, by part.
    troubles: BTreeMap<&'static str, String>,
    /// When parts that must not stand still last moved, and for how long they may stand.
    moved: BTreeMap<&'static str, (Instant, Duration)>,
}

impl Health {
    /// Says that a part does not work, and why; or that it does again.
    pub fn set(&self, part: &'static str, trouble: Option<String>) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(why) => drop(parts.troubles.insert(part, why)),
            None => drop(parts.troubles.remove(part)),
        }
    }

    /// Says that a part moves, and for how long it may stand still from now on.
    pub fn moves(&self, part: &'static str, within: Duration) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.moved.insert(part, (Instant::now(), within));
    }

    /// Says that a part has ended, and is not waited for.
    pub fn ended(&self, part: &'static str) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.moved.remove(part);
    }

    /// One line per part that does not work.
    pub fn troubles(&self) -> Vec<String> {
        let mut lines = {
            let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
            let mut lines: Vec<String> = parts.troubles.iter().map(|(part, why)| format!("{part}: {why}")).collect();
            for (part, (at, _)) in parts.moved.iter().filter(|(_, (at, within))| at.elapsed() > *within) {
                let seconds = at.elapsed().as_secs();
                lines
                    .push(format!("{part}: stands still for {seconds} s; look at the log, and start the service anew"));
            }
            lines
        };
        if let Some(silent) = self.kafka().map(|kafka| kafka.since_poll()).filter(|silent| *silent > POLLED_WITHIN) {
            lines.push(format!(
                "ingest: Kafka was polled {} s ago; see the log, and start the service anew",
                silent.as_secs()
            ));
        }
        lines
    }

    /// Says which source of Kafka is open now.
    pub fn set_kafka(&self, kafka: Arc<KafkaHealth>) {
        *self.kafka.lock().unwrap_or_else(PoisonError::into_inner) = Some(kafka);
    }

    /// How the source of Kafka does that was opened last: its polling, and the lag of each partition.
    pub fn kafka(&self) -> Option<Arc<KafkaHealth>> {
        self.kafka.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A failure that comes again: waits that grow, and one line when it begins, changes or lasts.
#[derive(Debug)]
pub struct Backoff {
    what: &'static str,
    first: Duration,
    most: Duration,
    failures: u32,
    said: String,
}

impl Backoff {
    /// Waits from `first` on, doubled each time, up to `most`. `what` fails, in words.
    pub fn new(what: &'static str, first: Duration, most: Duration) -> Self {
        Self { what, first, most, failures: 0, said: String::new() }
    }

    /// Notes a failure, logs it when that is news, and gives the time to wait.
    pub fn failed(&mut self, error: &Error) -> Duration {
        let wait = self.first.saturating_mul(1 << self.failures.min(16)).min(self.most);
        self.failures += 1;
        let text = one_line(error);
        if text != self.said {
            tracing::error!(
                failures = self.failures,
                "{} failed: {text}; tried again in {} s",
                self.what,
                wait.as_secs()
            );
            self.said = text;
        } else if self.failures.is_power_of_two() && self.failures > 2 {
            tracing::error!(failures = self.failures, "{} still fails for the same reason: {text}", self.what);
        }
        wait
    }

    /// Notes that it works.
    pub fn works(&mut self) {
        if self.failures > 0 {
            tracing::info!("{} works again after {} failures", self.what, self.failures);
        }
        self.failures = 0;
        self.said.clear();
    }

    /// How often it failed without working in between.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

/// An error on one line, without the trace that some libraries append.
pub fn one_line(error: &Error) -> String {
    let text = error.to_string();
    let text = text.split("\n\nbacktrace:").next().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_comes_again_waits_longer_each_time() {
        let mut backoff = Backoff::new("the work", Duration::from_secs(2), Duration::from_secs(60));
        let error = Error::user("no");
        let waits: Vec<u64> = (0..8).map(|_| backoff.failed(&error).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60]);
        backoff.works();
        assert_eq!((backoff.failures(), backoff.failed(&error).as_secs()), (0, 2));
    }

    #[test]
    fn a_part_that_stands_still_is_told_until_it_moves() {
        let health = Health::default();
        health.moves("ingest", Duration::ZERO);
        std::thread::sleep(Duration::from_millis(2));
        assert!(health.troubles()[0].starts_with("ingest: stands still"), "{:?}", health.troubles());
        health.moves("ingest", Duration::from_secs(60));
        assert_eq!(health.troubles(), [""; 0]);
    }

    #[test]
    fn polling_that_stands_still_is_told() {
        let health = Health::default();
        health.set_kafka(Arc::new(KafkaHealth::default()));
        assert_eq!(health.troubles(), [""; 0]);
        let long_ago = Instant::now().checked_sub(POLLED_WITHIN + Duration::from_secs(1)).unwrap();
        health.set_kafka(Arc::new(KafkaHealth::opened(long_ago)));
        assert!(health.troubles()[0].starts_with("ingest: Kafka was polled 31 s ago"), "{:?}", health.troubles());
    }

    #[test]
    fn an_error_is_told_on_one_line() {
        let error = Error::user("the query\nfailed\n\nbacktrace:   0: main");
        assert_eq!(one_line(&error), "the query failed");
    }
}
