//! What a cluster says of a topic before anybody joins its group.

use engine::{Error, Result};
use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};

use super::{ANSWER_WITHIN, KafkaSettings, client_config, consumer_config};

/// What a look at the cluster finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The id that the cluster has.
    pub cluster: String,
    /// Partitions of the topic; `None` when there is no such topic.
    pub partitions: Option<usize>,
    /// The topic's `compression.type`; `None` when we may not ask.
    pub compression: Option<String>,
}

impl Found {
    /// Whether messages reach us packed as their senders packed them. The broker holds a packed batch to its limit, and
    /// the client library unpacks it whole: a megabyte that unfolds to gigabytes fills the memory of who reads it.
    /// Where the topic is kept uncompressed the broker unpacks, and refuses what is over its limit.
    pub fn may_unfold(&self) -> bool {
        self.compression.as_deref().is_some_and(|compression| compression != "uncompressed")
    }
}

/// Asks the cluster for its id and for the topic, as whoever the settings say, without joining the group.
///
/// # Errors
/// User, for an option that is not the user's to set or not known; environment, when no broker answers.
pub async fn look(settings: &KafkaSettings) -> Result<Found> {
    let asked = settings.clone();
    let found = tokio::task::spawn_blocking(move || ask(&asked)).await;
    let mut found = found.map_err(|e| Error::internal(format!("asking Kafka: {e}")))??;
    if found.partitions.is_some() {
        found.compression = compression(settings).await?;
    }
    Ok(found)
}

/// May block for seconds.
fn ask(settings: &KafkaSettings) -> Result<Found> {
    let consumer: BaseConsumer =
        consumer_config(settings)?.create().map_err(|e| Error::user(format!("[kafka]: {e}")))?;
    let metadata = consumer
        .fetch_metadata(Some(&settings.topic), ANSWER_WITHIN)
        .map_err(|e| Error::environment(format!("no broker of {} answers", settings.brokers), e))?;
    let topic = metadata.topics().iter().find(|t| t.name() == settings.topic && t.error().is_none());
    let partitions = topic.map(|t| t.partitions().len()).filter(|n| *n > 0);
    let cluster = consumer.client().fetch_cluster_id(ANSWER_WITHIN).unwrap_or_default();
    Ok(Found { cluster, partitions, compression: None })
}

/// Not everybody may ask for it: whoever may not, goes without.
async fn compression(settings: &KafkaSettings) -> Result<Option<String>> {
    let config = client_config(&settings.brokers, &settings.options)?;
    let admin: AdminClient<DefaultClientContext> = config.create().map_err(|e| Error::user(format!("[kafka]: {e}")))?;
    let wait = AdminOptions::new().request_timeout(Some(ANSWER_WITHIN));
    let topic = ResourceSpecifier::Topic(&settings.topic);
    let Ok(answers) = admin.describe_configs([&topic], &wait).await else { return Ok(None) };
    let entries = answers.into_iter().flatten().flat_map(|resource| resource.entries);
    Ok(entries.filter(|entry| entry.name == "compression.type").find_map(|entry| entry.value))
}
