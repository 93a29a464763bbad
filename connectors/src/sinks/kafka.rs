//! Messages into a topic of Kafka: idempotent, acknowledged by all replicas, compressed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::clock::Micros;
use engine::{Error, Result};
use rdkafka::ClientContext;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use crate::sources::kafka::client_config;

/// How long it waits for room in the queue of librdkafka before it looks again.
const ROOM: Duration = Duration::from_millis(20);

/// A producer for one topic.
pub struct KafkaSink {
    producer: BaseProducer<Deliveries>,
    topic: String,
    failed: Arc<Mutex<Option<KafkaError>>>,
}

/// Notes the first message that did not arrive.
#[derive(Clone)]
struct Deliveries(Arc<Mutex<Option<KafkaError>>>);

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        crate::sources::kafka::log(level, facility, message);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((e, _)) = result {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| e.clone());
        }
    }
}

impl KafkaSink {
    /// A producer for a topic that must be there. Connects when it first sends.
    ///
    /// # Errors
    /// User, for an option that is not known or not the user's to set.
    pub fn open(brokers: &str, topic: &str, options: &BTreeMap<String, String>) -> Result<Self> {
        let failed = Arc::new(Mutex::default());
        let producer = client_config(brokers, options)?
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "zstd")
            .set("linger.ms", "5")
            .create_with_context(Deliveries(Arc::clone(&failed)))
            .map_err(|e| Error::user(format!("[kafka]: {e}")))?;
        Ok(Self { producer, topic: topic.into(), failed })
    }

    /// Sends a message; waits while the queue is full.
    ///
    /// # Errors
    /// Environment, when this or an earlier message was refused.
    pub fn send(&self, key: &str, payload: &[u8], message_at: Micros) -> Result<()> {
        let mut record = BaseRecord::to(&self.topic).key(key).payload(payload).timestamp(message_at / 1000);
        loop {
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    self.producer.poll(ROOM);
                    record = back;
                }
                Err((e, _)) => return Err(self.refused(e)),
            }
        }
        self.producer.poll(Duration::ZERO);
        self.check()
    }

    /// Waits until every message has been acknowledged.
    ///
    /// # Errors
    /// Environment, when one was not within `wait`.
    pub fn flush(&self, wait: Duration) -> Result<()> {
        self.producer.flush(wait).map_err(|e| self.refused(e))?;
        self.check()
    }

    fn check(&self) -> Result<()> {
        match self.failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(e) => Err(self.refused(e)),
            None => Ok(()),
        }
    }

    fn refused(&self, e: KafkaError) -> Error {
        Error::environment(format!("topic {} did not take a message", self.topic), e)
    }
}

/// Makes a topic, when there is none of the name; says whether it did.
///
/// # Errors
/// Environment, when the cluster does not answer or refuses.
pub async fn create_topic(
    brokers: &str,
    topic: &str,
    partitions: i32,
    options: &BTreeMap<String, String>,
) -> Result<bool> {
    let failed = |e: KafkaError| Error::environment(format!("cannot create topic {topic} at {brokers}"), e);
    let admin: AdminClient<DefaultClientContext> = client_config(brokers, options)?.create().map_err(failed)?;
    let wanted = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
    let wait = AdminOptions::new().request_timeout(Some(Duration::from_secs(15)));
    for result in admin.create_topics([&wanted], &wait).await.map_err(failed)? {
        match result {
            Ok(_) => {}
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => return Ok(false),
            Err((_, code)) => return Err(failed(KafkaError::AdminOp(code))),
        }
    }
    Ok(true)
}
