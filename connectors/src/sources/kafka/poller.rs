//! The thread that polls: messages into batches per partition, batches into the queue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use engine::ingest::{Frame, FrameBatch, SourceEvent};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tokio::sync::mpsc;

use super::assignment::{Assigning, Decision};
use super::health::KafkaHealth;

/// A poll that brings nothing ends after this time.
const POLL: Duration = Duration::from_millis(20);
/// Payload bytes of one batch, about.
const BATCH_BYTES: usize = 256 << 10;
/// How long a batch waits for more.
const BATCH_AGE: Duration = Duration::from_millis(50);
/// How often lag is worked out.
const LAG_EVERY: Duration = Duration::from_secs(5);

/// A partition that is ours.
struct Owned {
    source: String,
    batch: FrameBatch,
}

pub struct Poller {
    consumer: Arc<BaseConsumer<Assigning>>,
    events: mpsc::UnboundedSender<SourceEvent>,
    health: Arc<KafkaHealth>,
    stop: Arc<AtomicBool>,
    queue_bytes: usize,
    owned: BTreeMap<i32, Owned>,
    /// When the oldest unsent frame came.
    oldest: Option<Instant>,
    paused: bool,
    started: Instant,
    lag_at: Instant,
}

/// Why polling ends.
struct Ended;

impl Poller {
    pub fn new(
        consumer: Arc<BaseConsumer<Assigning>>,
        events: mpsc::UnboundedSender<SourceEvent>,
        health: Arc<KafkaHealth>,
        stop: Arc<AtomicBool>,
        queue_bytes: usize,
    ) -> Self {
        let (started, lag_at) = (Instant::now(), Instant::now());
        let owned = BTreeMap::new();
        Self { consumer, events, health, stop, queue_bytes, owned, oldest: None, paused: false, started, lag_at }
    }

    /// Polls until it is told to stop, or until only opening the source anew can help.
    pub fn run(mut self) {
        while !self.stop.load(Ordering::SeqCst) {
            if self.step().is_err() {
                break;
            }
        }
        self.consumer.unsubscribe();
    }

    fn step(&mut self) -> Result<(), Ended> {
        self.pause_or_resume();
        let consumer = Arc::clone(&self.consumer);
        let polled = consumer.poll(POLL);
        let since = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.health.polled_at_ms.store(since, Ordering::Relaxed);
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
        self.measure_lag();
        Ok(())
    }

    fn take(&mut self, message: &rdkafka::message::BorrowedMessage<'_>) -> Result<(), Ended> {
        let Some(owned) = self.owned.get_mut(&message.partition()) else { return Ok(()) };
        let offset = message.offset();
        if offset < owned.batch.next {
            return Ok(());
        }
        let message_at = message.timestamp().to_millis().unwrap_or(0).saturating_mul(1000);
        owned.batch.push(Frame { payload: message.payload().unwrap_or_default(), offset, message_at });
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
        let next = FrameBatch::new(owned.source.clone(), owned.batch.next);
        let batch = std::mem::replace(&mut owned.batch, next);
        self.health.held_bytes.fetch_add(batch.size_bytes(), Ordering::Relaxed);
        self.emit(SourceEvent::Batch(batch))
    }

    fn emit(&self, event: SourceEvent) -> Result<(), Ended> {
        self.events.send(event).map_err(|_| Ended)
    }

    fn follow_decisions(&mut self) -> Result<(), Ended> {
        for decision in self.consumer.context().take_decisions() {
            match decision {
                Decision::Begin { source, partition, from } => {
                    tracing::info!("{source}: reading from offset {from}");
                    let batch = FrameBatch::new(source.clone(), from);
                    self.owned.insert(partition, Owned { source, batch });
                    self.paused = false;
                }
                Decision::Stop { source, why } => {
                    tracing::error!("{source} is stopped: {why}");
                    self.emit(SourceEvent::Stopped { source, why })?;
                }
                Decision::RevokeAll => {
                    let sources = std::mem::take(&mut self.owned).into_values().map(|o| o.source).collect();
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

    /// Backpressure by bytes.
    fn pause_or_resume(&mut self) {
        let held = self.health.held_bytes();
        let pause = if self.paused { held > self.queue_bytes / 2 } else { held > self.queue_bytes };
        if pause == self.paused {
            return;
        }
        let changed = self.consumer.assignment().and_then(|all| match pause {
            true => self.consumer.pause(&all),
            false => self.consumer.resume(&all),
        });
        match changed {
            Ok(()) => self.paused = pause,
            Err(e) => tracing::warn!("Kafka: cannot {}: {e}", if pause { "pause" } else { "go on" }),
        }
    }

    fn trouble(&mut self, error: &KafkaError) -> Result<(), Ended> {
        metrics::counter!("ecoop_kafka_errors_total").increment(1);
        match error {
            KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                self.stop_out_of_range()
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

    /// The error does not say which partition it means: each says for itself whether it can go on.
    fn stop_out_of_range(&mut self) -> Result<(), Ended> {
        for partition in self.owned.keys().copied().collect::<Vec<_>>() {
            if let Err(why) = self.consumer.context().start_of(&self.consumer, partition) {
                let source = self.consumer.context().source(partition);
                self.owned.remove(&partition);
                tracing::error!("{source} is stopped: {why}");
                self.emit(SourceEvent::Stopped { source, why })?;
            }
        }
        Ok(())
    }

    fn measure_lag(&mut self) {
        if self.lag_at.elapsed() < LAG_EVERY {
            return;
        }
        self.lag_at = Instant::now();
        for (partition, owned) in &self.owned {
            let Some((topic, _)) = super::assignment::partition_of(&owned.source) else { continue };
            if let Ok((_, high)) = self.consumer.fetch_watermarks(topic, *partition, Duration::from_millis(200)) {
                let lag = (high - owned.batch.next).max(0);
                metrics::gauge!("ecoop_kafka_lag_messages", "partition" => partition.to_string()).set(lag as f64);
            }
        }
    }
}
