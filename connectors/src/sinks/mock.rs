//! A broker inside of the process, for demonstrations: librdkafka's mock cluster. It keeps 100,000 messages or 5 MB a
//! partition, is empty after a restart, and does not know transactions.

use engine::{Error, Result};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

/// A running broker with one topic. It ends with this value.
pub struct MockBroker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl MockBroker {
    /// Starts one.
    ///
    /// # Errors
    /// Environment, when it cannot listen on the loopback.
    pub fn start(topic: &str, partitions: i32) -> Result<Self> {
        let failed = |e| Error::environment("the broker of the demonstration does not start", e);
        let cluster = MockCluster::new(1).map_err(failed)?;
        cluster.create_topic(topic, partitions, 1).map_err(failed)?;
        Ok(Self { cluster })
    }

    /// Where it listens, `host:port`.
    pub fn brokers(&self) -> String {
        self.cluster.bootstrap_servers()
    }
}
