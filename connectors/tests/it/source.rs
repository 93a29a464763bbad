//! The source: positions, gaps, rebalances, a broker that dies, a queue that is full.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use connectors::sinks::kafka::{KafkaSink, create_topic};
use connectors::sources::kafka::{KafkaSettings, KafkaSource, look};
use engine::Result;
use engine::ingest::{Positions, SourceEvent};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{Offset, TopicPartitionList};

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
    fn next_offsets(&self, sources: &[String]) -> Result<Vec<Option<i64>>> {
        let positions = self.0.lock().unwrap();
        Ok(sources.iter().map(|source| positions.get(source).copied()).collect())
    }
}

fn settings(broker: &Broker, topic: &str) -> KafkaSettings {
    KafkaSettings {
        brokers: broker.address.clone(),
        topic: topic.into(),
        group: format!("group-of-{topic}"),
        cluster: Some("c".into()),
        queue_bytes: 1 << 20,
        message_bytes: 1 << 20,
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
            SourceEvent::Revoked(_) | SourceEvent::Begun(_) => {}
            SourceEvent::Stopped(stopped) => panic!("{stopped:?}"),
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
    let started = Instant::now();
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
            SourceEvent::Stopped(found) => stopped = Some((found.source, found.why)),
            SourceEvent::Batch(batch) => {
                assert!(batch.source.ends_with("/0"), "the others go on");
                frames += batch.len();
            }
            SourceEvent::Revoked(_) | SourceEvent::Begun(_) => {}
        }
    }
    let (name, why) = stopped.unwrap();
    assert_eq!(name, format!("c/{topic}/1"));
    assert!(why.contains("the table stands at offset 5000") && why.contains("the broker ends at"), "{why}");
}

/// Deletes the offsets before some in partitions of a topic, as retention does.
async fn delete_before(broker: &Broker, topic: &str, offsets: &[(i32, i64)]) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &broker.address).create().unwrap();
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset)).unwrap();
    }
    let deleted = admin.delete_records(&list, &AdminOptions::new()).await.unwrap();
    assert!(deleted.elements().iter().all(|e| e.error().is_ok()), "{deleted:?}");
}

async fn event(source: &mut KafkaSource) -> SourceEvent {
    tokio::time::timeout(Duration::from_secs(60), source.next()).await.expect("no event").expect("the consumer ended")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_unread_stops_its_partition_until_the_loss_is_accepted() {
    let (broker, table) = (broker(), Table::default());
    let topic = topic_with(&broker, 2, 400).await;
    let lost = format!("c/{topic}/1");
    table.0.lock().unwrap().insert(lost.clone(), 10);
    delete_before(&broker, &topic, &[(1, 40)]).await;
    let mut source = open(&broker, &topic, &table).await;
    let mut others = 0;
    let stopped = loop {
        match event(&mut source).await {
            SourceEvent::Stopped(stopped) => break stopped,
            SourceEvent::Batch(batch) => others += batch.len(),
            _ => {}
        }
    };
    assert_eq!((&stopped.source, stopped.lost), (&lost, Some((10, 40))));
    let why = "the offsets 10 to 39 were deleted by the broker before they were read, 30 in all";
    assert!(stopped.why.contains(why) && stopped.why.contains("ecoop lake accept-loss"), "{}", stopped.why);
    table.0.lock().unwrap().insert(lost.clone(), 40);
    let mut begun = false;
    loop {
        match event(&mut source).await {
            SourceEvent::Begun(source) if source == lost => begun = true,
            SourceEvent::Batch(batch) if batch.source == lost => {
                assert!(begun && batch.from == 40);
                break;
            }
            SourceEvent::Batch(batch) => others += batch.len(),
            _ => {}
        }
    }
    assert!(others > 0, "the other partition was read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_installation_begins_at_the_earliest_offset_that_there_is() {
    let (broker, table) = (broker(), Table::default());
    let topic = topic_with(&broker, 1, 100).await;
    delete_before(&broker, &topic, &[(0, 70)]).await;
    let (mut source, mut first) = (open(&broker, &topic, &table).await, None);
    while first.is_none() {
        if let SourceEvent::Batch(batch) = event(&mut source).await {
            first = Some((batch.from, batch.frames().next().map(|f| f.offset)));
        }
    }
    assert_eq!(first, Some((70, Some(70))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_while_it_is_read_stops_its_partition_and_loses_nothing_that_had_come() {
    let (broker, table) = (broker(), Table::default());
    let topic = broker.new_topic();
    create_topic(&broker.address, &topic, 1, &BTreeMap::new()).await.unwrap();
    let sink = KafkaSink::open(&broker.address, &topic, &BTreeMap::new()).unwrap();
    for n in 0..40_000 {
        sink.send(&format!("{n}"), &[b'x'; 1000], 0).unwrap();
    }
    sink.flush(Duration::from_secs(60)).unwrap();
    let mut source = open(&broker, &topic, &table).await;
    let started = Instant::now();
    while source.health().held_bytes() < 1 << 20 {
        assert!(started.elapsed() < Duration::from_secs(60), "the queue never filled");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    delete_before(&broker, &topic, &[(0, 39_000)]).await;
    let mut next = 0;
    let stopped = loop {
        match event(&mut source).await {
            SourceEvent::Batch(batch) => {
                assert_eq!(batch.from, next);
                next = batch.next;
                table.0.lock().unwrap().insert(batch.source.clone(), next);
            }
            SourceEvent::Stopped(stopped) => break stopped,
            _ => {}
        }
    };
    assert!(next > 500, "what had come was handed over");
    assert_eq!(stopped.lost, Some((next, 39_000)), "{}", stopped.why);
    table.0.lock().unwrap().insert(format!("c/{topic}/0"), 39_000);
    next = 39_000;
    while next < 40_000 {
        if let SourceEvent::Batch(batch) = event(&mut source).await {
            assert_eq!(batch.from, next);
            next = batch.next;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_cannot_say_where_to_begin_is_asked_again() {
    let mock = MockCluster::<'static, DefaultProducerContext>::new(1).unwrap();
    let (address, topic, table) = (mock.bootstrap_servers(), "t", Table::default());
    mock.create_topic(topic, 8, 1).unwrap();
    let sink = KafkaSink::open(&address, topic, &BTreeMap::new()).unwrap();
    for n in 0..200 {
        sink.send(&format!("{n}"), format!("message {n}").as_bytes(), 0).unwrap();
    }
    sink.flush(Duration::from_secs(30)).unwrap();
    use RDKafkaRespErr::{
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION as NOT_LEADER, RD_KAFKA_RESP_ERR_UNKNOWN as OTHER,
    };
    // More often than two looks at all partitions ask, halves included.
    mock.request_errors(RDKafkaApiKey::ListOffsets, &[[NOT_LEADER; 40], [OTHER; 40]].concat());
    let broker = Broker { address, folder: None };
    let mut source = open(&broker, topic, &table).await;
    let (mut told, mut begun, mut seen) = (BTreeSet::new(), BTreeSet::new(), 0);
    while seen < 200 {
        match event(&mut source).await {
            SourceEvent::Stopped(stopped) => {
                assert!(stopped.lost.is_none() && stopped.why.contains("asked again"), "{}", stopped.why);
                told.insert(stopped.source);
            }
            SourceEvent::Begun(source) => drop(begun.insert(source)),
            SourceEvent::Batch(batch) => seen += batch.len(),
            SourceEvent::Revoked(_) => {}
        }
    }
    assert_eq!((seen, begun.len()), (200, 8));
    assert!(!told.is_empty(), "that it waits is said");
}

/// Positions that cannot be read at first.
struct Unreadable(Arc<Mutex<u32>>, Table);

impl Positions for Unreadable {
    fn next_offsets(&self, sources: &[String]) -> Result<Vec<Option<i64>>> {
        let mut left = self.0.lock().unwrap();
        if *left > 0 {
            *left -= 1;
            return Err(engine::Error::environment("the lake is away", "for now"));
        }
        self.1.next_offsets(sources)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_that_cannot_be_read_are_asked_for_again() {
    let (broker, table) = (broker(), Table::default());
    let topic = topic_with(&broker, 3, 300).await;
    let left = Arc::new(Mutex::new(3));
    let (settings, positions) = (settings(&broker, &topic), Arc::new(Unreadable(Arc::clone(&left), table.clone())));
    let opened = tokio::task::spawn_blocking(move || KafkaSource::open(&settings, positions).unwrap()).await;
    let (mut source, mut seen, mut told) = (opened.unwrap(), 0, 0);
    while seen < 300 {
        match event(&mut source).await {
            SourceEvent::Stopped(stopped) => {
                assert!(stopped.why.contains("the lake is away"), "{}", stopped.why);
                told += 1;
            }
            SourceEvent::Batch(batch) => seen += batch.len(),
            _ => {}
        }
    }
    assert_eq!((told, *left.lock().unwrap()), (3, 0), "each partition says it once");
}

/// Unpacked by us is what the topic keeps as it was sent; where it keeps nothing packed, the broker has done it.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_says_what_there_is_and_whether_it_may_unfold() {
    let broker = broker();
    let found = look(&settings(&broker, "ecoop.test.nowhere")).await.unwrap();
    assert_eq!((found.partitions, found.may_unfold()), (None, false));
    let packed = topic_with(&broker, 2, 0).await;
    let found = look(&settings(&broker, &packed)).await.unwrap();
    assert_eq!((found.partitions, found.compression.as_deref(), found.may_unfold()), (Some(2), Some("producer"), true));
    let unpacked = broker.new_topic();
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &broker.address).create().unwrap();
    let wanted = NewTopic::new(&unpacked, 1, TopicReplication::Fixed(1)).set("compression.type", "uncompressed");
    admin.create_topics([&wanted], &AdminOptions::new()).await.unwrap().remove(0).unwrap();
    let found = look(&settings(&broker, &unpacked)).await.unwrap();
    assert_eq!((found.partitions, found.may_unfold()), (Some(1), false));
}

#[tokio::test(flavor = "multi_thread")]
async fn lag_is_known_by_partition() {
    let (broker, table) = (broker(), Table::default());
    let topic = topic_with(&broker, 40, 2000).await;
    let (mut source, mut seen) = (open(&broker, &topic, &table).await, Vec::new());
    take(&mut source, &table, &mut seen, |s| s.len() >= 2000).await;
    let health = source.health();
    let started = Instant::now();
    // Kafka was asked for all of them when the lag of each is known.
    while health.partitions().iter().any(|p| p.lag.is_none()) {
        assert!(started.elapsed() < Duration::from_secs(30), "{:?}", health.partitions());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let lags = health.partitions();
    assert_eq!(
        lags.iter().map(|p| (p.partition, p.lag)).collect::<Vec<_>>(),
        (0..40).map(|p| (p, Some(0))).collect::<Vec<_>>()
    );
    assert_eq!(lags.iter().map(|p| p.next).sum::<i64>(), 2000);
    assert!(health.since_poll() < Duration::from_secs(5));
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
