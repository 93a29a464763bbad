//! Which partitions are ours: what the group decides. Where each goes on is found by the scout.

use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock, PoisonError};

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;

use engine::ingest::Stopped;

/// What was decided, in its order.
#[derive(Debug)]
pub enum Decision {
    /// The group gives us these partitions and no others.
    Assigned(Vec<i32>),
    /// All partitions are taken back.
    RevokeAll,
    /// The scout has found where partitions of an assignment go on, or why not.
    Found { assignment: u64, found: Vec<(i32, Start)> },
    /// The scout has looked which partitions of an assignment the broker still has from where they are read.
    Checked { assignment: u64, stopped: Vec<(i32, Stopped)> },
    /// Assigning failed as a whole: join anew.
    Fail(String),
}

/// Where a partition goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    From(i64),
    /// It stands still for now.
    Stopped(Stopped),
}

/// Context of the consumer: answers the group.
pub struct Assigning {
    topic: String,
    cluster: OnceLock<String>,
    decisions: Mutex<VecDeque<Decision>>,
}

impl Assigning {
    pub fn new(topic: &str) -> Self {
        Self { topic: topic.into(), cluster: OnceLock::new(), decisions: Mutex::default() }
    }

    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Names the cluster, before anything is subscribed to.
    pub fn know_cluster(&self, name: String) {
        let _ = self.cluster.set(name);
    }

    /// What was decided since the last call.
    pub fn take_decisions(&self) -> VecDeque<Decision> {
        std::mem::take(&mut self.decisions.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn decide(&self, decision: Decision) {
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner).push_back(decision);
    }

    /// The name of a partition in positions.
    pub fn source(&self, partition: i32) -> String {
        format!("{}/{}/{partition}", self.cluster.get().map_or("", String::as_str), self.topic)
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
    /// Agrees at once, with nothing to read yet: finding out where to go on must not stop the polling.
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, list: &mut TopicPartitionList) {
        match error {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                let partitions = list.elements().iter().map(|e| e.partition()).collect();
                match consumer.assign(&TopicPartitionList::new()) {
                    Ok(()) => self.decide(Decision::Assigned(partitions)),
                    Err(e) => self.decide(Decision::Fail(format!("partitions cannot be assigned: {e}"))),
                }
            }
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
