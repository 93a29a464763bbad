//! From a real Kafka into the lake, against a bare consumer of the same topic.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use connectors::decoders::JsonDecoder;
use connectors::sinks::kafka::{KafkaSink, create_topic};
use connectors::sources::kafka::{KafkaSettings, KafkaSource};
use engine::calendar::{QUARTER, rfc3339};
use engine::ingest::{Door, Intake, Limits, Positions, SourceEvent};
use engine::schema::Table;
use engine::table::Lake;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Message, Offset, TopicPartitionList};

/// The topic of single JSON messages.
pub const TOPIC: &str = "meter.readings.v1";
/// Its partitions.
pub const PARTITIONS: i32 = 4;

/// Sends single JSON messages of the points that [`crate::lake::prepare`] registers.
///
/// # Errors
/// When the broker refuses them.
pub async fn send(brokers: &str, topic: &str, partitions: i32, points: usize, messages: usize) -> Result<()> {
    create_topic(brokers, topic, partitions, &BTreeMap::new()).await?;
    let sink = KafkaSink::open(brokers, topic, &BTreeMap::new())?;
    for n in 0..messages {
        let (point, quarter) = (n % points, i64::try_from(n / points)?);
        let start = 1_780_264_800_000_000 + quarter * QUARTER;
        let direction = if point % 50 >= 45 { "export" } else { "import" };
        let payload = format!(
            "{{\"metering_point_id\":\"M-{point:06}\",\"direction\":\"{direction}\",\"interval_start\":\"{}\",\
             \"interval_seconds\":900,\"energy_kwh\":\"0.{:06}\",\"quality\":\"measured\"}}",
            rfc3339(start),
            n * 7919 % 1_000_000
        );
        sink.send(&format!("M-{point:06}"), payload.as_bytes(), start + QUARTER)?;
    }
    sink.flush(Duration::from_secs(60))?;
    Ok(())
}

/// Reads every message and counts its bytes.
///
/// # Errors
/// When the broker does not answer.
pub fn bare(brokers: &str, messages: usize) -> Result<String> {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", brokers).set("group.id", "bare").create()?;
    let mut list = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        list.add_partition_offset(TOPIC, partition, Offset::Beginning)?;
    }
    consumer.assign(&list)?;
    let (mut count, mut bytes) = (0, 0);
    while count < messages {
        let message = consumer.poll(Duration::from_secs(20)).context("no message for 20 s")??;
        count += 1;
        bytes += message.payload().map_or(0, <[u8]>::len);
    }
    ensure!(bytes > 0, "empty messages");
    Ok(count.to_string())
}

struct FromStart;

impl Positions for FromStart {
    fn next_offsets(&self, sources: &[String]) -> engine::Result<Vec<Option<i64>>> {
        Ok(vec![None; sources.len()])
    }
}

/// Takes every message of a topic into a lake whose points are registered. Says how many values came in, and the
/// milliseconds from the first message to the last commit.
///
/// # Errors
/// When the broker does not answer or a value is refused.
pub async fn ingest(brokers: &str, topic: &str, folder: &Path, messages: usize) -> Result<(usize, u128)> {
    let (lake, clock) = crate::lake::open(folder).await?;
    let settings = KafkaSettings {
        brokers: brokers.into(),
        topic: topic.into(),
        group: format!("ingest-{}", std::process::id()),
        cluster: Some(format!("bench-{}", std::process::id())),
        queue_bytes: 16 << 20,
        message_bytes: 1 << 20,
        options: BTreeMap::new(),
    };
    let mut source = tokio::task::spawn_blocking(move || KafkaSource::open(&settings, Arc::new(FromStart))).await??;
    let door = Arc::new(Door::new(&*lake.registry().await?, BTreeMap::new()));
    let mut intake = Intake::new(Arc::clone(&lake), clock, door, Limits { age: i64::MAX, ..Limits::default() });
    let mut decoder = JsonDecoder::default();
    let (mut seen, mut accepted, mut started) = (0, 0, None);
    while seen < messages {
        match source.next().await.context("the consumer ended")? {
            SourceEvent::Batch(batch) => {
                started.get_or_insert_with(Instant::now);
                seen += batch.len();
                intake.take(&batch, &mut decoder).await?;
                if intake.is_due() {
                    accepted += intake.commit().await?.accepted;
                }
            }
            other => ensure!(matches!(other, SourceEvent::Revoked(_) | SourceEvent::Begun(_)), "{other:?}"),
        }
    }
    accepted += intake.commit().await?.accepted;
    Ok((accepted, started.map_or(0, |at| at.elapsed().as_millis())))
}

/// Bytes of `readings_raw` per reading.
///
/// # Errors
/// When the log cannot be read.
pub async fn bytes_per_reading(lake: &Lake) -> Result<f64> {
    let snapshot = lake.snapshot(Table::ReadingsRaw).await?;
    let (bytes, rows) = snapshot.files()?.iter().fold((0, 0), |(b, r), f| (b + f.size, r + f.rows));
    Ok(bytes as f64 / rows.max(1) as f64)
}
