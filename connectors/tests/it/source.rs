//! The source: positions, gaps, rebalances, a broker that dies, a queue that is full.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use connectors::sinks::kafka::{KafkaSink, create_topic};
use connectors::sources::kafka::{KafkaSettings, KafkaSource};
use engine::Result;
use engine::ingest::{Positions, SourceEvent};
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::broker::Broker;

/// One broker for all tests of the binary, each with topics of its own; stopped by the last that uses it.
static BROKER: LazyLock<Mutex<std::sync::Weak<Broker>>> = LazyLock::new(Mutex::default);

fn broker() -> Arc<Broker> {
    let mut shared = BROKER.lock().unwrap();
    shared.upgrade().unwrap_or_else(|| {
        let broker = Arc::new(Broker::start());
        *shared = Arc::downgrade(&broker);
        broker
    })
}

/// What a table would hold: next offset by source.
#[derive(Default, Clone)]
struct Table(Arc<Mutex<BTreeMap<String, i64>>>);

impl Positions for Table {
    fn next_offset(&self, source: &str) -> Result<Option<i64>> {
        Ok(self.0.lock().unwrap().get(source).copied())
    }
}

fn settings(broker: &Broker, topic: &str) -> KafkaSettings {
    KafkaSettings {
        brokers: broker.address.clone(),
        topic: topic.into(),
        group: format!("group-of-{topic}"),
        cluster: Some("c".into()),
        queue_bytes: 1 << 20,
        options: BTreeMap::from([("session.timeout.ms".to_string(), "6000".to_string())]),
    }
}

async fn open(broker: &Broker, topic: &str, table: &Table) -> KafkaSource {
    let (settings, table) = (settings(broker, topic), Arc::new(table.clone()));
    tokio::task::spawn_blocking(move || KafkaSource::open(&settings, table).unwrap()).await.unwrap()
}

async fn topic_with(broker: &Broker, partitions: i32, messages: usize) -> String {
    let topic = broker.new_topic();
    assert!(create_topic(&broker.address, &topic, partitions, &BTreeMap::new()).await.unwrap());
    assert!(!create_topic(&broker.address, &topic, partitions, &BTreeMap::new()).await.unwrap());
    send(broker, &topic, 0, messages);
    topic
}

fn send(broker: &Broker, topic: &str, from: usize, to: usize) {
    let sink = KafkaSink::open(&broker.address, topic, &BTreeMap::new()).unwrap();
    for n in from..to {
        sink.send(&format!("key {}", n % 50), format!("message {n}").as_bytes(), 1_750_000_000_000_000).unwrap();
    }
    sink.flush(Duration::from_secs(30)).unwrap();
}

/// Takes events into the table as an intake would, batch by batch, until `until` is true. A batch that does not start
/// where the table stands fails the test.
async fn take(source: &mut KafkaSource, table: &Table, seen: &mut Vec<String>, until: impl Fn(&[String]) -> bool) {
    while !until(seen) {
        let event = tokio::time::timeout(Duration::from_secs(60), source.next()).await.expect("no event for a minute");
        match event.expect("the consumer ended") {
            SourceEvent::Batch(batch) => {
                let mut positions = table.0.lock().unwrap();
                let next = positions.entry(batch.source.clone()).or_insert(0);
                assert_eq!(batch.from, *next, "{} starts elsewhere", batch.source);
                *next = batch.next;
                seen.extend(batch.frames().map(|f| String::from_utf8(f.payload.to_vec()).unwrap()));
            }
            SourceEvent::Revoked(_) => {}
            SourceEvent::Stopped { source, why } => panic!("{source}: {why}"),
        }
    }
}

fn all(messages: usize) -> BTreeSet<String> {
    (0..messages).map(|n| format!("message {n}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_where_the_table_stands_whatever_kafka_remembers() {
    let (broker, table) = (broker(), Table::default());
    let topic = topic_with(&broker, 3, 2000).await;
    let mut seen = Vec::new();
    let mut source = open(&broker, &topic, &table).await;
    take(&mut source, &table, &mut seen, |s| s.len() >= 700).await;
    // Kafka is told of everything; the table only of what was taken.
    source.ack(&[("c/x/0".into(), 1), (format!("c/{topic}/0"), 10_000)]);
    drop(source);
    let mut source = open(&broker, &topic, &table).await;
    take(&mut source, &table, &mut seen, |s| s.len() >= 2000).await;
    assert_eq!(seen.len(), 2000, "nothing twice");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all(2000));
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_join_over_the_gaps_of_transactions() {
    let (broker, table) = (broker(), Table::default());
    let topic = topic_with(&broker, 1, 10).await;
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", &broker.address)
        .set("transactional.id", format!("of-{topic}"))
        .create()
        .unwrap();
    let wait = Duration::from_secs(30);
    producer.init_transactions(wait).unwrap();
    for round in 0..4 {
        producer.begin_transaction().unwrap();
        for n in 0..5 {
            let payload = format!("round {round} message {n}");
            producer.send(BaseRecord::<str, str>::to(&topic).payload(&payload)).map_err(|(e, _)| e).unwrap();
        }
        producer.flush(wait).unwrap();
        match round % 2 {
            0 => producer.abort_transaction(wait).unwrap(),
            _ => producer.commit_transaction(wait).unwrap(),
        }
    }
    send(&broker, &topic, 10, 11);
    let (mut source, mut seen) = (open(&broker, &topic, &table).await, Vec::new());
    take(&mut source, &table, &mut seen, |s| s.iter().any(|m| m == "message 10")).await;
    assert_eq!(seen.len(), 10 + 2 * 5 + 1);
    assert!(seen.iter().all(|m| !m.starts_with("round 0") && !m.starts_with("round 2")), "aborted messages are hidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_share_the_partitions_and_one_takes_over() {
    let (broker, table) = (broker(), Table::default());
    let topic = topic_with(&broker, 4, 400).await;
    let mut first = open(&broker, &topic, &table).await;
    let mut seen = Vec::new();
    take(&mut first, &table, &mut seen, |s| s.len() >= 400).await;
    // The table is shared, as two processes share a lake; what both read would start where it does not stand.
    let mut second = open(&broker, &topic, &table).await;
    send(&broker, &topic, 400, 1200);
    let mut of_second = Vec::new();
    let started = std::time::Instant::now();
    while seen.len() + of_second.len() < 1200 {
        assert!(started.elapsed() < Duration::from_secs(90), "{} and {}", seen.len(), of_second.len());
        let (event, into) = tokio::select! {
            event = first.next() => (event.unwrap(), &mut seen),
            event = second.next() => (event.unwrap(), &mut of_second),
        };
        if let SourceEvent::Batch(batch) = event {
            let mut positions = table.0.lock().unwrap();
            let next = positions.entry(batch.source.clone()).or_insert(0);
            // A batch of a partition that has gone to the other meanwhile is refused, as the intake does.
            if batch.from == *next {
                *next = batch.next;
                into.extend(batch.frames().map(|f| String::from_utf8(f.payload.to_vec()).unwrap()));
            }
        }
    }
    drop(first);
    send(&broker, &topic, 1200, 1600);
    take(&mut second, &table, &mut of_second, |s| s.len() + seen.len() >= 1600).await;
    seen.extend(of_second);
    assert_eq!((seen.len(), seen.into_iter().collect::<BTreeSet<_>>()), (1600, all(1600)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_the_broker_does_not_have_stops_its_partition_loudly() {
    let (broker, table) = (broker(), Table::default());
    let topic = topic_with(&broker, 2, 100).await;
    table.0.lock().unwrap().insert(format!("c/{topic}/1"), 5_000);
    let mut source = open(&broker, &topic, &table).await;
    let (mut stopped, mut frames) = (None, 0);
    while stopped.is_none() || frames == 0 {
        match tokio::time::timeout(Duration::from_secs(60), source.next()).await.unwrap().unwrap() {
            SourceEvent::Stopped { source, why } => stopped = Some((source, why)),
            SourceEvent::Batch(batch) => {
                assert!(batch.source.ends_with("/0"), "the others go on");
                frames += batch.len();
            }
            SourceEvent::Revoked(_) => {}
        }
    }
    let (name, why) = stopped.unwrap();
    assert_eq!(name, format!("c/{topic}/1"));
    assert!(why.contains("the table stands at offset 5000") && why.contains("the broker ends at"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_bounded_however_long_the_backlog() {
    let (broker, table) = (broker(), Table::default());
    let topic = broker.new_topic();
    create_topic(&broker.address, &topic, 2, &BTreeMap::new()).await.unwrap();
    let sink = KafkaSink::open(&broker.address, &topic, &BTreeMap::new()).unwrap();
    let payload = [b'x'; 1000];
    for n in 0..40_000 {
        sink.send(&format!("{n}"), &payload, 0).unwrap();
    }
    sink.flush(Duration::from_secs(60)).unwrap();
    let mut source = open(&broker, &topic, &table).await;
    let health = source.health();
    // Nobody takes anything: polling goes on, and the queue stays near its 1 MB of the 40 MB that are there.
    let mut most = 0;
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        most = most.max(health.held_bytes());
    }
    assert!((1 << 20..4 << 20).contains(&most), "{most} bytes");
    let mut seen = Vec::new();
    take(&mut source, &table, &mut seen, |s| s.len() >= 40_000).await;
    assert_eq!(seen.len(), 40_000);
    assert!(health.held_bytes() < 4 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_dies_and_comes_back_costs_nothing() {
    let (broker, table) = (Broker::start(), Table::default());
    let topic = topic_with(&broker, 2, 500).await;
    let (mut source, mut seen) = (open(&broker, &topic, &table).await, Vec::new());
    take(&mut source, &table, &mut seen, |s| s.len() >= 300).await;
    if !broker.kill_and_restart() {
        eprintln!("SKIPPED: the broker of ECOOP_TEST_KAFKA is not ours to kill");
        return;
    }
    send(&broker, &topic, 500, 1000);
    take(&mut source, &table, &mut seen, |s| s.len() >= 1000).await;
    assert_eq!((seen.len(), seen.into_iter().collect::<BTreeSet<_>>()), (1000, all(1000)));
}
