//! The thread that polls: messages into batches per partition, batches into the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use engine::ingest::{Frame, FrameBatch, SourceEvent, Stopped};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio::sync::mpsc;

use super::assignment::{Assigning, Decision, Start};
use super::health::{KafkaHealth, Progress};
use super::scout::Order;

/// A poll that brings nothing ends after this time.
const POLL: Duration = Duration::from_millis(20);
/// Payload bytes of one batch, about.
const BATCH_BYTES: usize = 256 << 10;
/// How long a batch waits for more.
const BATCH_AGE: Duration = Duration::from_millis(50);
/// How often an offset that the broker does not have is looked into.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// The latest time that a sender may claim, the end of the year 9999, in milliseconds.
const LATEST_MS: i64 = 253_402_300_799_999;

/// A partition that is ours.
struct Owned {
    source: String,
    batch: FrameBatch,
    progress: Arc<Progress>,
}

/// What the poll thread shares with others.
pub struct Shared {
    pub consumer: Arc<BaseConsumer<Assigning>>,
    pub events: mpsc::UnboundedSender<SourceEvent>,
    pub orders: Sender<Order>,
    pub health: Arc<KafkaHealth>,
    pub stop: Arc<AtomicBool>,
}

pub struct Poller {
    shared: Shared,
    queue_bytes: usize,
    message_bytes: usize,
    /// Counted, so that what was found for an earlier one is known to be old.
    assignment: u64,
    owned: BTreeMap<i32, Owned>,
    /// Those of the assignment that were said to stand still.
    stopped: BTreeSet<i32>,
    /// When the oldest unsent frame came.
    oldest: Option<Instant>,
    paused: bool,
    /// Whether a partition has met an offset that the broker does not have, and when that was last looked into.
    out_of_range: bool,
    checked: Option<Instant>,
}

/// Why polling ends.
struct Ended;

impl Poller {
    pub fn new(shared: Shared, queue_bytes: usize, message_bytes: usize) -> Self {
        Self {
            shared,
            queue_bytes,
            message_bytes,
            assignment: 0,
            owned: BTreeMap::new(),
            stopped: BTreeSet::new(),
            oldest: None,
            paused: false,
            out_of_range: false,
            checked: None,
        }
    }

    /// Polls until it is told to stop, or until only opening the source anew can help.
    pub fn run(mut self) {
        while !self.shared.stop.load(Ordering::SeqCst) {
            if self.step().is_err() {
                break;
            }
        }
        self.shared.consumer.unsubscribe();
    }

    fn step(&mut self) -> Result<(), Ended> {
        self.pause_or_resume();
        let consumer = Arc::clone(&self.shared.consumer);
        let polled = consumer.poll(POLL);
        self.shared.health.polled();
        // A message that is delivered after a decision belongs to what was decided.
        self.follow_decisions()?;
        match polled {
            Some(Ok(message)) => self.take(&message)?,
            Some(Err(e)) => self.trouble(&e)?,
            None => {}
        }
        if self.oldest.is_some_and(|at| at.elapsed() >= BATCH_AGE) {
            self.send_all()?;
        }
        self.check_range()
    }

    /// Has it looked into which partitions the broker no longer has from where they are read.
    fn check_range(&mut self) -> Result<(), Ended> {
        if !self.out_of_range || self.checked.is_some_and(|at| at.elapsed() < CHECK_EVERY) {
            return Ok(());
        }
        self.out_of_range = false;
        self.checked = Some(Instant::now());
        let partitions = self.owned.iter().map(|(partition, o)| (*partition, o.batch.next)).collect();
        self.order(Order::Check { assignment: self.assignment, partitions })
    }

    fn take(&mut self, message: &rdkafka::message::BorrowedMessage<'_>) -> Result<(), Ended> {
        let Some(owned) = self.owned.get_mut(&message.partition()) else { return Ok(()) };
        let offset = message.offset();
        if offset < owned.batch.next {
            return Ok(());
        }
        // Senders may claim any time; one that no calendar has would be of no use.
        let message_at = message.timestamp().to_millis().unwrap_or(0).clamp(0, LATEST_MS) * 1000;
        let payload = message.payload().unwrap_or_default();
        owned.batch.push(Frame::within(self.message_bytes, payload, offset, message_at));
        let full = owned.batch.size_bytes() >= BATCH_BYTES;
        self.oldest.get_or_insert_with(Instant::now);
        if full { self.send(message.partition()) } else { Ok(()) }
    }

    fn send_all(&mut self) -> Result<(), Ended> {
        let partitions: Vec<i32> = self.owned.keys().copied().collect();
        partitions.into_iter().try_for_each(|p| self.send(p))?;
        self.oldest = None;
        Ok(())
    }

    fn send(&mut self, partition: i32) -> Result<(), Ended> {
        let Some(owned) = self.owned.get_mut(&partition) else { return Ok(()) };
        if owned.batch.is_empty() {
            return Ok(());
        }
        owned.progress.go_on(owned.batch.next);
        let next = FrameBatch::new(owned.source.clone(), owned.batch.next);
        let batch = std::mem::replace(&mut owned.batch, next);
        self.shared.health.held_bytes.fetch_add(batch.size_bytes(), Ordering::Relaxed);
        self.emit(SourceEvent::Batch(batch))
    }

    fn emit(&self, event: SourceEvent) -> Result<(), Ended> {
        self.shared.events.send(event).map_err(|_| Ended)
    }

    fn order(&self, order: Order) -> Result<(), Ended> {
        self.shared.orders.send(order).map_err(|_| Ended)
    }

    fn follow_decisions(&mut self) -> Result<(), Ended> {
        for decision in self.shared.consumer.context().take_decisions() {
            match decision {
                Decision::Assigned(partitions) => {
                    self.assignment += 1;
                    self.order(Order::Find { assignment: self.assignment, partitions })?;
                }
                Decision::Found { assignment, found } if assignment == self.assignment => self.begin(found)?,
                Decision::Checked { assignment, stopped } if assignment == self.assignment => {
                    for (partition, stopped) in stopped {
                        self.stop_reading(partition, stopped)?;
                    }
                    // The client has let go of those that it could not read: all go on where they stand.
                    self.assign()?;
                }
                Decision::Found { .. } | Decision::Checked { .. } => {}
                Decision::RevokeAll => {
                    self.assignment += 1;
                    self.order(Order::Find { assignment: self.assignment, partitions: Vec::new() })?;
                    let owned = std::mem::take(&mut self.owned).into_values().map(|o| o.source);
                    let stopped = std::mem::take(&mut self.stopped).into_iter();
                    let stopped = stopped.map(|p| self.shared.consumer.context().source(p));
                    let sources = owned.chain(stopped).collect();
                    self.shared.health.end_all();
                    self.oldest = None;
                    self.paused = false;
                    self.emit(SourceEvent::Revoked(sources))?;
                }
                Decision::Fail(why) => {
                    tracing::error!("Kafka: {why}");
                    return Err(Ended);
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, found: Vec<(i32, Start)>) -> Result<(), Ended> {
        let mut news = false;
        for (partition, start) in found {
            let source = self.shared.consumer.context().source(partition);
            match start {
                Start::From(from) => {
                    tracing::info!("{source}: reading from offset {from}");
                    self.stopped.remove(&partition);
                    self.emit(SourceEvent::Begun(source.clone()))?;
                    let progress = self.shared.health.begin(partition, &source, from);
                    let batch = FrameBatch::new(source.clone(), from);
                    self.owned.insert(partition, Owned { source, batch, progress });
                    news = true;
                }
                Start::Stopped(stopped) => self.stand_still(partition, stopped)?,
            }
        }
        if news { self.assign() } else { Ok(()) }
    }

    /// Reads every partition whose start is known, each from where it stands.
    fn assign(&mut self) -> Result<(), Ended> {
        let mut list = TopicPartitionList::with_capacity(self.owned.len());
        let consumer = &self.shared.consumer;
        let assigned = self
            .owned
            .iter()
            .try_for_each(|(partition, owned)| {
                list.add_partition_offset(consumer.context().topic(), *partition, Offset::Offset(owned.batch.next))
            })
            .and_then(|()| consumer.assign(&list));
        // What is assigned anew is not paused.
        self.paused = false;
        assigned.map_err(|e| {
            tracing::error!("Kafka: partitions cannot be assigned: {e}");
            Ended
        })
    }

    fn stand_still(&mut self, partition: i32, stopped: Stopped) -> Result<(), Ended> {
        tracing::error!("{} is stopped: {}", stopped.source, stopped.why);
        self.stopped.insert(partition);
        self.emit(SourceEvent::Stopped(stopped))
    }

    /// Stops a partition that was being read. What has come of it is handed over: the broker may not have it any more.
    fn stop_reading(&mut self, partition: i32, stopped: Stopped) -> Result<(), Ended> {
        self.send(partition)?;
        if self.owned.remove(&partition).is_none() {
            return Ok(());
        }
        self.shared.health.end(partition);
        self.order(Order::FindLater { assignment: self.assignment, partition })?;
        self.stand_still(partition, stopped)
    }

    /// Backpressure by bytes.
    fn pause_or_resume(&mut self) {
        let held = self.shared.health.held_bytes();
        let pause = if self.paused { held > self.queue_bytes / 2 } else { held > self.queue_bytes };
        if pause == self.paused {
            return;
        }
        let consumer = &self.shared.consumer;
        let changed = consumer.assignment().and_then(|all| match pause {
            true => consumer.pause(&all),
            false => consumer.resume(&all),
        });
        match changed {
            Ok(()) => self.paused = pause,
            Err(e) => tracing::warn!("Kafka: cannot {}: {e}", if pause { "pause" } else { "go on" }),
        }
    }

    fn trouble(&mut self, error: &KafkaError) -> Result<(), Ended> {
        metrics::counter!("ecoop_kafka_errors_total").increment(1);
        match error {
            // The error does not say which partition it means: for each it is looked whether it can go on.
            KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                self.out_of_range = true;
                Ok(())
            }
            KafkaError::MessageConsumptionFatal(code) => {
                tracing::error!("Kafka: the consumer cannot go on: {code}");
                Err(Ended)
            }
            // librdkafka tries again by itself.
            other => {
                tracing::warn!("Kafka: {other}");
                Ok(())
            }
        }
    }
}
