//! The thread that finds out: where partitions go on, which of them the broker no longer has, and how far each is
//! behind. It asks for all of them at once, again and again with growing pauses where there is no answer, and nothing
//! of it stops the polling.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use engine::ingest::{Positions, Stopped};
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::assignment::{Assigning, Decision, Start};
use super::health::KafkaHealth;
use super::offsets::{Answers, Leaders};

/// How often it looks whether it is to end.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often lag is worked out.
const LAG_EVERY: Duration = Duration::from_secs(5);
/// Pauses before a partition without an answer is asked for again; the last one stays.
const RETRIES: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];
/// From this try on it is said aloud.
const TELL_FROM: usize = 2;
/// How often it is asked whether a partition that lost messages may go on.
const STOPPED_AGAIN: Duration = Duration::from_secs(2);

/// What the poll thread wants to know.
#[derive(Debug)]
pub enum Order {
    /// Where these partitions go on. What was ordered for an earlier assignment is of no concern any more.
    Find { assignment: u64, partitions: Vec<i32> },
    /// Whether the broker still has these partitions from these offsets on.
    Check { assignment: u64, partitions: Vec<(i32, i64)> },
    /// Where a partition goes on that has stood still since now.
    FindLater { assignment: u64, partition: i32 },
}

/// A partition whose start is not known yet.
#[derive(Debug)]
struct Sought {
    tries: usize,
    again: Instant,
    /// What was told last.
    told: Option<Stopped>,
}

pub struct Scout {
    consumer: Weak<BaseConsumer<Assigning>>,
    positions: Arc<dyn Positions>,
    orders: Receiver<Order>,
    health: Arc<KafkaHealth>,
    stop: Arc<AtomicBool>,
    assignment: u64,
    sought: BTreeMap<i32, Sought>,
    lag_at: Instant,
}

impl Scout {
    pub fn new(
        consumer: Weak<BaseConsumer<Assigning>>,
        positions: Arc<dyn Positions>,
        orders: Receiver<Order>,
        health: Arc<KafkaHealth>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        let (assignment, sought, lag_at) = (0, BTreeMap::new(), Instant::now());
        Self { consumer, positions, orders, health, stop, assignment, sought, lag_at }
    }

    /// Finds out until the source ends.
    pub fn run(mut self) {
        loop {
            let order = self.orders.recv_timeout(LOOK_EVERY);
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            // The last one to let go of the consumer closes it, which takes its time: better here than elsewhere.
            let Some(consumer) = self.consumer.upgrade() else { return };
            match order {
                Ok(order) => self.follow(&consumer, order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.find(&consumer);
            self.measure_lag(&consumer);
        }
    }

    fn follow(&mut self, consumer: &BaseConsumer<Assigning>, order: Order) {
        let now = Instant::now();
        match order {
            Order::Find { assignment, partitions } => {
                self.assignment = assignment;
                let sought = |partition| (partition, Sought { tries: 0, again: now, told: None });
                self.sought = partitions.into_iter().map(sought).collect();
            }
            Order::FindLater { assignment, partition } if assignment == self.assignment => {
                let sought = Sought { tries: 0, again: now + STOPPED_AGAIN, told: None };
                self.sought.insert(partition, sought);
            }
            Order::Check { assignment, partitions } if assignment == self.assignment => {
                let stopped = self.check(consumer, &partitions);
                consumer.context().decide(Decision::Checked { assignment, stopped });
            }
            Order::Check { .. } | Order::FindLater { .. } => {}
        }
    }

    /// Looks for the starts that are due.
    fn find(&mut self, consumer: &BaseConsumer<Assigning>) {
        let now = Instant::now();
        let due: Vec<i32> = self.sought.iter().filter(|(_, s)| s.again <= now).map(|(p, _)| *p).collect();
        if due.is_empty() {
            return;
        }
        let context = consumer.context();
        let sources: Vec<String> = due.iter().map(|p| context.source(*p)).collect();
        let from = match self.positions.next_offsets(&sources) {
            Ok(from) => from,
            Err(e) => {
                let why = format!("its position cannot be read: {e}");
                return self.tell(consumer, due.iter().map(|p| (*p, Err(why.clone()))).collect());
            }
        };
        let (first, end) = broker_has(consumer, &due);
        let mut found = BTreeMap::new();
        for ((partition, source), from) in due.iter().zip(&sources).zip(from) {
            let start = match (first.get(partition), end.get(partition)) {
                (Some(Ok(first)), Some(Ok(end))) => Ok(start_of(source, from, *first, *end)),
                (Some(Err(why)), _) | (_, Some(Err(why))) => Err(why.clone()),
                _ => Err("the broker does not answer".to_string()),
            };
            found.insert(*partition, start);
        }
        self.tell(consumer, found);
    }

    /// Hands over what is new, and plans when to ask again.
    fn tell(&mut self, consumer: &BaseConsumer<Assigning>, found: BTreeMap<i32, Result<Start, String>>) {
        let mut news = Vec::new();
        for (partition, start) in found {
            let Some(sought) = self.sought.get_mut(&partition) else { continue };
            let stopped = match start {
                Ok(Start::From(from)) => {
                    self.sought.remove(&partition);
                    news.push((partition, Start::From(from)));
                    continue;
                }
                Ok(Start::Stopped(stopped)) => {
                    sought.again = Instant::now() + STOPPED_AGAIN;
                    Some(stopped)
                }
                Err(why) => {
                    sought.again = Instant::now() + RETRIES[sought.tries.min(RETRIES.len() - 1)];
                    sought.tries += 1;
                    let source = consumer.context().source(partition);
                    (sought.tries >= TELL_FROM).then_some(Stopped {
                        source,
                        why: format!("{why}; it is asked again and again"),
                        lost: None,
                    })
                }
            };
            if let Some(stopped) = stopped
                && sought.told.as_ref() != Some(&stopped)
            {
                sought.told = Some(stopped.clone());
                news.push((partition, Start::Stopped(stopped)));
            }
        }
        if !news.is_empty() {
            consumer.context().decide(Decision::Found { assignment: self.assignment, found: news });
        }
    }

    /// Those that the broker no longer has from where they are read.
    fn check(&self, consumer: &BaseConsumer<Assigning>, reading: &[(i32, i64)]) -> Vec<(i32, Stopped)> {
        let partitions: Vec<i32> = reading.iter().map(|(partition, _)| *partition).collect();
        let (first, end) = broker_has(consumer, &partitions);
        let stopped = |(partition, next): &(i32, i64)| match (first.get(partition), end.get(partition)) {
            (Some(Ok(first)), Some(Ok(end))) => {
                match start_of(&consumer.context().source(*partition), Some(*next), *first, *end) {
                    Start::From(_) => None,
                    Start::Stopped(stopped) => Some((*partition, stopped)),
                }
            }
            // Without an answer it is read again from where it stands, and the broker says the same again.
            _ => None,
        };
        reading.iter().filter_map(stopped).collect()
    }

    fn measure_lag(&mut self, consumer: &BaseConsumer<Assigning>) {
        if self.lag_at.elapsed() < LAG_EVERY {
            return;
        }
        let partitions: Vec<i32> = self.health.partitions().iter().map(|p| p.partition).collect();
        if !partitions.is_empty() {
            let topic = consumer.context().topic();
            let mut end = Answers::new();
            Leaders::of(consumer, topic, &partitions, &mut end).ask(consumer, topic, Offset::End, &mut end);
            for (partition, end) in end {
                match end {
                    Ok(end) => self.health.broker_ends(partition, end),
                    Err(why) => tracing::debug!("Kafka: the lag of partition {partition} is not known: {why}"),
                }
            }
            for lag in self.health.partitions() {
                if let Some(messages) = lag.lag {
                    metrics::gauge!("ecoop_kafka_lag_messages", "partition" => lag.partition.to_string())
                        .set(messages as f64);
                }
            }
        }
        self.lag_at = Instant::now();
    }
}

/// The first and the next offset of each.
fn broker_has(consumer: &BaseConsumer<Assigning>, partitions: &[i32]) -> (Answers, Answers) {
    let topic = consumer.context().topic();
    let mut first = Answers::new();
    let leaders = Leaders::of(consumer, topic, partitions, &mut first);
    let mut end = first.clone();
    leaders.ask(consumer, topic, Offset::Beginning, &mut first);
    leaders.ask(consumer, topic, Offset::End, &mut end);
    (first, end)
}

/// Where a partition goes on that the table has read up to `from`, when the broker has `first` up to `end`.
fn start_of(source: &str, from: Option<i64>, first: i64, end: i64) -> Start {
    let Some(from) = from else {
        if first > 0 {
            tracing::warn!(
                "{source}: nothing of it was read before, and the broker has deleted the {first} oldest offsets: \
                reading begins at its earliest, {first}"
            );
        }
        return Start::From(first);
    };
    if from < first {
        let why = format!(
            "the offsets {from} to {} were deleted by the broker before they were read, {} in all. Have what they held \
            sent again, or go on without them: `ecoop lake accept-loss {source}`",
            first - 1,
            first - from
        );
        return Start::Stopped(Stopped { source: source.to_string(), why, lost: Some((from, first)) });
    }
    if from > end {
        let why = format!(
            "the table stands at offset {from}, the broker ends at {end}: this is another topic of the same name, or \
            one that was restored from an older copy. When it is another, give its cluster a name of its own by \
            `cluster` under [kafka]"
        );
        return Start::Stopped(Stopped { source: source.to_string(), why, lost: None });
    }
    Start::From(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_goes_on_where_the_table_stands_or_says_why_not() {
        let check = |from, first, end, want: Result<i64, Option<(i64, i64)>>| {
            let got = match start_of("c/t/0", from, first, end) {
                Start::From(from) => Ok(from),
                Start::Stopped(stopped) => Err(stopped.lost),
            };
            assert_eq!(got, want, "{from:?} of {first} to {end}");
        };
        check(None, 0, 0, Ok(0));
        check(None, 70, 100, Ok(70));
        check(Some(70), 70, 100, Ok(70));
        check(Some(100), 70, 100, Ok(100));
        check(Some(100), 100, 100, Ok(100));
        check(Some(69), 70, 100, Err(Some((69, 70))));
        check(Some(101), 70, 100, Err(None));
    }
}
