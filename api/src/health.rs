//! What does not work, told by the parts of the service and shown by its pages.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connectors::sources::kafka::KafkaHealth;

/// The thread that polls Kafka does so many times a second; after this time it is stuck or dead.
const POLLED_WITHIN: Duration = Duration::from_secs(30);

/// How the parts of the service do.
#[derive(Debug, Default)]
pub struct Health {
    /// What does not work, by part.
    troubles: Mutex<BTreeMap<&'static str, String>>,
    kafka: Mutex<Option<Arc<KafkaHealth>>>,
}

impl Health {
    /// Says that a part does not work, and why; or that it does again.
    pub fn set(&self, part: &'static str, trouble: Option<String>) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(why) => drop(troubles.insert(part, why)),
            None => drop(troubles.remove(part)),
        }
    }

    /// One line per part that does not work.
    pub fn troubles(&self) -> Vec<String> {
        let mut said: Vec<String> = {
            let troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
            troubles.iter().map(|(part, why)| format!("{part}: {why}")).collect()
        };
        if let Some(silent) = self.kafka().map(|kafka| kafka.since_poll()).filter(|silent| *silent > POLLED_WITHIN) {
            said.push(format!(
                "ingest: Kafka was polled {} s ago; see the log, and start the service anew",
                silent.as_secs()
            ));
        }
        said
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
