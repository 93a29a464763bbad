//! Kafka: a consumer in one group, whose positions are those of the table log and not Kafka's own.
//!
//! A thread of its own polls without pause, so that the group never takes us for dead; what it reads goes through a
//! queue that counts bytes. When the queue is full the partitions are paused, and polling goes on. A second thread, the
//! scout, finds where partitions go on and how far they are behind. Kafka's committed offsets only feed dashboards of
//! lag.

mod assignment;
mod health;
mod log;
mod look;
mod offsets;
mod poller;
mod scout;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use engine::ingest::{Positions, SourceEvent};
use engine::{Error, Result};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::mpsc;

use assignment::Assigning;
pub use health::{KafkaHealth, PartitionLag};
pub(crate) use log::log;
pub use look::{Found, look};

/// Bytes of one answer of a broker. Packed readings grow ten times when they are unpacked, all at once; what was packed
/// to do harm a thousand times, before we see it: [`Found::may_unfold`].
const FETCH_BYTES: usize = 1 << 20;

/// How long the cluster may take to say its name.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Where to read, as whom, and how much at once.
#[derive(Debug, Clone)]
pub struct KafkaSettings {
    /// `host:port,host:port`
    pub brokers: String,
    pub topic: String,
    /// Consumer group. Several processes of one group share the partitions.
    pub group: String,
    /// Name of the cluster in positions; `None` takes the id that the cluster has.
    pub cluster: Option<String>,
    /// Payload bytes that may wait between the poll thread and whoever commits.
    pub queue_bytes: usize,
    /// Bytes that a message may have. Of a larger one only the head and the digest are kept.
    pub message_bytes: usize,
    /// More properties of librdkafka, for instance of TLS and SASL.
    pub options: BTreeMap<String, String>,
}

/// What decides whether nothing is lost or doubled is ours to set.
const OURS: [&str; 9] = [
    "bootstrap.servers",
    "group.id",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "auto.offset.reset",
    "isolation.level",
    "partition.assignment.strategy",
    "enable.partition.eof",
    "check.crcs",
];

/// An open consumer.
pub struct KafkaSource {
    events: mpsc::UnboundedReceiver<SourceEvent>,
    consumer: Arc<BaseConsumer<Assigning>>,
    health: Arc<KafkaHealth>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl KafkaSource {
    /// Connects, learns the cluster's name and joins the group. May block for seconds.
    ///
    /// # Errors
    /// User, for an option that is not the user's to set or not known; environment, when no broker answers.
    pub fn open(settings: &KafkaSettings, positions: Arc<dyn Positions>) -> Result<Self> {
        let config = consumer_config(settings)?;
        let context = Assigning::new(&settings.topic);
        let consumer: BaseConsumer<Assigning> =
            config.create_with_context(context).map_err(|e| Error::user(format!("[kafka]: {e}")))?;
        let cluster = match &settings.cluster {
            Some(name) => name.clone(),
            None => consumer.client().fetch_cluster_id(ANSWER_WITHIN).ok_or_else(|| {
                let silence = std::io::Error::from(std::io::ErrorKind::TimedOut);
                Error::environment(format!("no broker of {} answers", settings.brokers), silence)
            })?,
        };
        consumer.context().know_cluster(cluster);
        consumer
            .subscribe(&[&settings.topic])
            .map_err(|e| Error::environment(format!("cannot subscribe to {}", settings.topic), e))?;
        let (consumer, health) = (Arc::new(consumer), Arc::new(KafkaHealth::default()));
        let stop = Arc::new(AtomicBool::new(false));
        // Bounded by the bytes that it holds: partitions are paused, polling never is.
        let (sender, events) = mpsc::unbounded_channel();
        let (orders, ordered) = std::sync::mpsc::channel();
        let scout =
            scout::Scout::new(Arc::downgrade(&consumer), positions, ordered, Arc::clone(&health), Arc::clone(&stop));
        // Nobody waits for the scout's end: a broker that does not answer must not hold up who closes the source.
        start("kafka-scout", move || scout.run())?;
        let shared = poller::Shared {
            consumer: Arc::clone(&consumer),
            events: sender,
            orders,
            health: Arc::clone(&health),
            stop: Arc::clone(&stop),
        };
        let poller = poller::Poller::new(shared, settings.queue_bytes, settings.message_bytes);
        let thread = start("kafka-poll", move || poller.run())?;
        Ok(Self { events, consumer, health, stop, thread: Some(thread) })
    }

    /// The next event; `None` when the poll thread has ended, after which the source must be opened anew.
    pub async fn next(&mut self) -> Option<SourceEvent> {
        let event = self.events.recv().await;
        if let Some(SourceEvent::Batch(batch)) = &event {
            self.health.held_bytes.fetch_sub(batch.size_bytes(), Ordering::Relaxed);
        }
        event
    }

    /// Tells Kafka, for dashboards of lag only, what the table holds.
    pub fn ack(&self, positions: &[(String, i64)]) {
        let mut list = TopicPartitionList::new();
        for (source, next) in positions {
            if let Some((topic, partition)) = assignment::partition_of(source) {
                // An offset that Kafka does not take in is only a dashboard that is behind.
                let _ = list.add_partition_offset(topic, partition, Offset::Offset(*next));
            }
        }
        if list.count() > 0
            && let Err(e) = self.consumer.commit(&list, CommitMode::Async)
        {
            tracing::debug!("Kafka's own offsets were not moved: {e}");
        }
    }

    /// How it does.
    pub fn health(&self) -> Arc<KafkaHealth> {
        Arc::clone(&self.health)
    }
}

impl Drop for KafkaSource {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn start(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let started = std::thread::Builder::new().name(name.into()).spawn(run);
    started.map_err(|e| Error::environment(format!("cannot start the thread {name}"), e))
}

fn consumer_config(settings: &KafkaSettings) -> Result<ClientConfig> {
    let mut config = ClientConfig::new();
    // How long the group waits for a process that was killed. The default of 45 s is for networks worse than ours.
    config.set("session.timeout.ms", "10000").set("heartbeat.interval.ms", "3000");
    add_options(&mut config, &settings.brokers, &settings.options)?;
    config
        .set("group.id", &settings.group)
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // A position that the broker no longer has is a loss, never something to skip over.
        .set("auto.offset.reset", "error")
        .set("isolation.level", "read_committed")
        .set("partition.assignment.strategy", "range")
        .set("check.crcs", "true")
        .set("queued.min.messages", "10000")
        .set("queued.max.messages.kbytes", (settings.queue_bytes / 1024).max(1024).to_string())
        // What one answer of a broker may bring at once, packed as it was sent; a single larger message still comes.
        .set("fetch.max.bytes", FETCH_BYTES.to_string())
        .set("fetch.message.max.bytes", FETCH_BYTES.to_string())
        .set("fetch.wait.max.ms", "100");
    Ok(config)
}

/// Brokers and the user's own properties, for consumers and producers alike.
pub(crate) fn client_config(brokers: &str, options: &BTreeMap<String, String>) -> Result<ClientConfig> {
    let mut config = ClientConfig::new();
    add_options(&mut config, brokers, options)?;
    Ok(config)
}

fn add_options(config: &mut ClientConfig, brokers: &str, options: &BTreeMap<String, String>) -> Result<()> {
    for (name, value) in options {
        if OURS.contains(&name.as_str()) {
            return Err(Error::user(format!("[kafka.options] {name}: ecoop sets it itself; leave it out")));
        }
        config.set(name, value);
    }
    config.set("bootstrap.servers", brokers).set("client.id", "ecoop").set_log_level(RDKafkaLogLevel::Warning);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(option: &str) -> KafkaSettings {
        KafkaSettings {
            brokers: "127.0.0.1:1".into(),
            topic: "t".into(),
            group: "g".into(),
            cluster: None,
            queue_bytes: 1 << 20,
            message_bytes: 1 << 20,
            options: [(option.to_string(), "earliest".to_string())].into(),
        }
    }

    struct Nowhere;

    impl Positions for Nowhere {
        fn next_offsets(&self, sources: &[String]) -> Result<Vec<Option<i64>>> {
            Ok(vec![None; sources.len()])
        }
    }

    #[test]
    fn what_would_lose_readings_cannot_be_configured() {
        for option in ["auto.offset.reset", "no.such.property"] {
            let error = KafkaSource::open(&settings(option), Arc::new(Nowhere)).err().unwrap();
            assert_eq!(error.kind(), engine::ErrorKind::User, "{error}");
            assert!(error.to_string().contains(option), "{error}");
        }
    }
}
