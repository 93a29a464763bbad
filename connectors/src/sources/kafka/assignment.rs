//! Which partitions are ours and from where on: what the group decides, at the positions of the table log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use engine::ingest::Positions;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};

/// How long a broker may take to say which offsets a partition has.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What the group has decided, in its order.
#[derive(Debug)]
pub enum Decision {
    /// Read this partition from this offset on.
    Begin { source: String, partition: i32, from: i64 },
    /// This partition cannot be read from where the table stands.
    Stop { source: String, why: String },
    /// All partitions are taken back.
    RevokeAll,
    /// Assigning failed as a whole: join anew.
    Fail(String),
}

/// Context of the consumer: answers the group.
pub struct Assigning {
    topic: String,
    cluster: OnceLock<String>,
    positions: Arc<dyn Positions>,
    decisions: Mutex<VecDeque<Decision>>,
}

impl Assigning {
    pub fn new(topic: &str, positions: Arc<dyn Positions>) -> Self {
        Self { topic: topic.into(), cluster: OnceLock::new(), positions, decisions: Mutex::default() }
    }

    /// Names the cluster, before anything is subscribed to.
    pub fn know_cluster(&self, name: String) {
        let _ = self.cluster.set(name);
    }

    /// What was decided since the last call.
    pub fn take_decisions(&self) -> VecDeque<Decision> {
        std::mem::take(&mut self.decisions.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn decide(&self, decision: Decision) {
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner).push_back(decision);
    }

    /// The name of a partition in positions.
    pub fn source(&self, partition: i32) -> String {
        format!("{}/{}/{partition}", self.cluster.get().map_or("", String::as_str), self.topic)
    }

    /// Where a partition goes on; why it cannot, when the broker no longer has what comes next.
    pub fn start_of(&self, consumer: &BaseConsumer<Self>, partition: i32) -> Result<i64, String> {
        let source = self.source(partition);
        let from = self.positions.next_offset(&source).map_err(|e| format!("its position cannot be read: {e}"))?;
        let (low, high) = consumer
            .fetch_watermarks(&self.topic, partition, ANSWER_WITHIN)
            .map_err(|e| format!("the broker does not say which offsets it has: {e}"))?;
        let from = from.unwrap_or(0);
        if from < low {
            return Err(format!(
                "the table stands at offset {from}, the broker's first is {low}: {} messages were deleted before they \
                were read. Have them sent again; to go on without them, delete nothing and ask for help",
                low - from
            ));
        }
        if from > high {
            return Err(format!(
                "the table stands at offset {from}, the broker ends at {high}: this is another topic of the same name, \
                or it was restored from an older copy"
            ));
        }
        Ok(from)
    }

    fn assign(&self, consumer: &BaseConsumer<Self>, partitions: &TopicPartitionList) {
        let mut list = TopicPartitionList::new();
        let mut begun = Vec::new();
        for element in partitions.elements() {
            let partition = element.partition();
            let source = self.source(partition);
            match self.start_of(consumer, partition) {
                Ok(from) => {
                    if let Err(e) = list.add_partition_offset(&self.topic, partition, Offset::Offset(from)) {
                        return self.decide(Decision::Fail(format!("{source}: {e}")));
                    }
                    begun.push(Decision::Begin { source, partition, from });
                }
                Err(why) => self.decide(Decision::Stop { source, why }),
            }
        }
        match consumer.assign(&list) {
            Ok(()) => begun.into_iter().for_each(|d| self.decide(d)),
            Err(e) => self.decide(Decision::Fail(format!("partitions cannot be assigned: {e}"))),
        }
    }
}

impl ClientContext for Assigning {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        super::log::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!("Kafka: {error}: {reason}");
    }
}

impl ConsumerContext for Assigning {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, list: &mut TopicPartitionList) {
        match error {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => self.assign(consumer, list),
            other => {
                if other != RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS {
                    tracing::warn!("Kafka: the group failed and is joined anew: {other:?}");
                }
                if let Err(e) = consumer.unassign() {
                    self.decide(Decision::Fail(format!("partitions cannot be given back: {e}")));
                }
                self.decide(Decision::RevokeAll);
            }
        }
    }
}

/// Topic and partition of `cluster/topic/partition`.
pub fn partition_of(source: &str) -> Option<(&str, i32)> {
    let (rest, partition) = source.rsplit_once('/')?;
    let (_, topic) = rest.rsplit_once('/')?;
    Some((topic, partition.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_names_topic_and_partition() {
        assert_eq!(partition_of("5L6g3nShT-eMCtK--X86sw/meter.readings.v1/12"), Some(("meter.readings.v1", 12)));
        assert_eq!(partition_of("file/ab"), None);
        assert_eq!(partition_of("c/t/x"), None);
    }
}
