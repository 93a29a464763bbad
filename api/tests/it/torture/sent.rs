//! What is sent, and what has to become of each value of it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use engine::calendar::{QUARTER, parse_rfc3339, rfc3339};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::{ClientContext, Offset, TopicPartitionList};

const FIRST: &str = "2016-01-02T00:00:00Z";
const PARTITIONS: usize = 3;
const PARTITIONS_MAX: usize = 10;
const WAIT: Duration = Duration::from_secs(120);

/// What has to become of a value.
#[derive(Debug, Clone)]
pub enum Outcome {
    Taken {
        point: &'static str,
        start: String,
        energy: String,
        revision: u32,
    },
    /// In quarantine, for this reason.
    Aside(&'static str),
}

/// A value, where the broker has put it.
#[derive(Debug)]
pub struct Value<'a> {
    pub partition: i32,
    pub offset: i64,
    pub index: usize,
    pub outcome: &'a Outcome,
}

/// Where each message has arrived.
struct Arrived(Mutex<BTreeMap<(i32, i64), usize>>);

impl ClientContext for Arrived {}

impl ProducerContext for Arrived {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, number: Box<usize>) {
        let message = result.as_ref().expect("every message arrives in the end");
        let before = self.0.lock().unwrap().insert((message.partition(), message.offset()), *number);
        assert_eq!(before, None, "one message at one place");
    }
}

pub struct Sent {
    producer: BaseProducer<Arrived>,
    admin: AdminClient<DefaultClientContext>,
    runtime: tokio::runtime::Runtime,
    topic: String,
    random: ChaCha8Rng,
    /// By the number of the message, its values by their index.
    messages: Vec<Vec<(usize, Outcome)>>,
    /// Quarter-hours that were sent.
    quarters: i64,
    partitions: usize,
    /// Partitions of which more was deleted than was read then, and up to where.
    deleted: BTreeMap<i32, i64>,
    arrived: BTreeMap<(i32, i64), usize>,
}

impl Sent {
    pub fn begin(brokers: &str, topic: &str, seed: u64) -> Self {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers);
        let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let wanted = NewTopic::new(topic, PARTITIONS as i32, TopicReplication::Fixed(1));
        let made = runtime.block_on(admin.create_topics([&wanted], &AdminOptions::new()));
        made.unwrap().remove(0).unwrap();
        config
            .set("enable.idempotence", "true")
            .set("linger.ms", "5")
            .set("message.timeout.ms", "0")
            .set("topic.metadata.refresh.interval.ms", "1000");
        let producer = config.create_with_context(Arrived(Mutex::default())).unwrap();
        let (random, messages) = (ChaCha8Rng::seed_from_u64(seed ^ 0x5e17), Vec::new());
        let (deleted, arrived) = (BTreeMap::new(), BTreeMap::new());
        let (topic, quarters, partitions) = (topic.to_string(), 0, PARTITIONS);
        Self { producer, admin, runtime, topic, random, messages, quarters, partitions, deleted, arrived }
    }

    /// Sends some messages of all kinds.
    pub fn send(&mut self, messages: usize) {
        for _ in 0..messages {
            let (payload, values) = self.message();
            let number = self.messages.len();
            self.messages.push(values);
            let key = format!("{}", self.random.random_range(0..1000));
            let record = BaseRecord::with_opaque_to(&self.topic, Box::new(number)).key(&key).payload(&payload);
            self.producer.send(record).map_err(|(e, _)| e).expect("room for a message");
        }
        self.producer.poll(Duration::ZERO);
    }

    /// A message, and what has to become of its values.
    fn message(&mut self) -> (Vec<u8>, Vec<(usize, Outcome)>) {
        let point = ["A", "B", "P"][self.random.random_range(0..3)];
        match self.random.random_range(0..2000) {
            0..=1499 => self.curve(point, 1, 0),
            1500..=1799 => {
                let values = self.random.random_range(2..10);
                self.curve(point, values, 0)
            }
            // A value of before, corrected: of the same quarter-hours, which come at the end of time else.
            1800..=1849 => {
                let back = self.random.random_range(1..50).min(self.quarters.max(1));
                let quarters = self.quarters;
                self.quarters = (quarters - back).max(0);
                let revision = u32::try_from(self.messages.len()).unwrap() + 1;
                let message = self.curve(point, 1, revision);
                self.quarters = quarters.max(self.quarters);
                message
            }
            1850..=1949 => (b"{\"metering_point_id\":".to_vec(), vec![(0, Outcome::Aside("malformed"))]),
            1950..=1998 => {
                let (payload, values) = self.curve("X", 3, 0);
                let aside = |(index, outcome)| match outcome {
                    Outcome::Taken { .. } => (index, Outcome::Aside("unknown_metering_point")),
                    aside @ Outcome::Aside(_) => (index, aside),
                };
                (payload, values.into_iter().map(aside).collect())
            }
            _ => self.hostile(),
        }
    }

    /// Quarter-hours that were not sent before, one after the other, some of them not numbers.
    fn curve(&mut self, point: &'static str, values: usize, revision: u32) -> (Vec<u8>, Vec<(usize, Outcome)>) {
        let first = parse_rfc3339(FIRST).unwrap() + self.quarters * QUARTER;
        let (mut texts, mut outcomes) = (Vec::new(), Vec::new());
        for index in 0..values {
            let energy = format!("0.{:06}", self.random.random_range(0..1_000_000));
            let start = rfc3339(first + index as i64 * QUARTER);
            match self.random.random_range(0..40) {
                0 => texts.push("null".to_string()),
                1 => {
                    texts.push("\"none\"".to_string());
                    outcomes.push((index, Outcome::Aside("malformed")));
                }
                _ => {
                    texts.push(format!("\"{energy}\""));
                    outcomes.push((index, Outcome::Taken { point, start, energy, revision }));
                }
            }
        }
        self.quarters += values as i64;
        let direction = if point == "P" { "export" } else { "import" };
        let payload = format!(
            "{{\"metering_point_id\":\"{point}\",\"direction\":\"{direction}\",\"interval_start\":\"{}\",\
             \"interval_seconds\":900,\"energy_kwh\":[{}],\"quality\":\"measured\",\"revision\":{revision}}}",
            rfc3339(first),
            texts.join(",")
        );
        (payload.into_bytes(), outcomes)
    }

    /// Large, deep, or many bad values.
    fn hostile(&mut self) -> (Vec<u8>, Vec<(usize, Outcome)>) {
        let size = self.random.random_range(1..900_000);
        match self.random.random_range(0..3) {
            0 => (vec![b'['; size], vec![(0, Outcome::Aside("malformed"))]),
            1 => (vec![0xff; size], vec![(0, Outcome::Aside("malformed"))]),
            _ => {
                let values = size % 4_000 + 1;
                let payload = format!(
                    "{{\"metering_point_id\":\"A\",\"direction\":\"import\",\"interval_start\":\"{FIRST}\",\
                     \"interval_seconds\":900,\"energy_kwh\":[{}],\"quality\":\"measured\"}}",
                    vec!["\"bad\""; values].join(",")
                );
                (payload.into_bytes(), (0..values).map(|n| (n, Outcome::Aside("malformed"))).collect())
            }
        }
    }

    /// Adds a partition, unless there are many.
    pub fn add_partition(&mut self) -> bool {
        if self.partitions >= PARTITIONS_MAX {
            return false;
        }
        let more = NewPartitions::new(&self.topic, self.partitions + 1);
        let made = self.runtime.block_on(self.admin.create_partitions([&more], &AdminOptions::new()));
        let made = made.is_ok_and(|made| made.iter().all(Result::is_ok));
        self.partitions += usize::from(made);
        made
    }

    /// Deletes the oldest messages of a partition, also some that nobody has read.
    pub fn delete_some(&mut self, positions: &BTreeMap<String, i64>, random: &mut impl Rng) -> bool {
        self.note_arrived();
        let partition = i32::try_from(random.random_range(0..self.partitions)).unwrap();
        let (end, read) = (self.end(partition), read_to(positions, partition));
        // Of a partition of which nothing was read, what is there counts, and no more.
        if end == 0 || read == 0 {
            return false;
        }
        let before = (end - random.random_range(0..60)).clamp(0, end);
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, partition, Offset::Offset(before)).unwrap();
        let deleted = self.runtime.block_on(self.admin.delete_records(&list, &AdminOptions::new()));
        if before > read {
            self.deleted.insert(partition, before);
        }
        deleted.is_ok()
    }

    /// Partitions of which something may be lost: those that are not read up to where they begin now.
    pub fn deleted(&mut self, positions: &BTreeMap<String, i64>) -> Vec<i32> {
        self.deleted.retain(|partition, before| read_to(positions, *partition) < *before);
        self.deleted.keys().copied().collect()
    }

    /// Waits until all messages have arrived.
    pub fn flush(&mut self) {
        self.producer.flush(WAIT).unwrap();
        self.note_arrived();
        assert_eq!(self.arrived.len(), self.messages.len());
    }

    fn note_arrived(&mut self) {
        self.producer.poll(Duration::ZERO);
        self.arrived.append(&mut self.producer.context().0.lock().unwrap());
    }

    fn end(&self, partition: i32) -> i64 {
        let last = self.arrived.range((partition, 0)..(partition + 1, 0)).next_back();
        last.map_or(0, |((_, offset), _)| offset + 1)
    }

    /// Partitions that are not read to their end: where they are read, and where they end.
    pub fn behind(&self, positions: &BTreeMap<String, i64>) -> BTreeMap<i32, (i64, i64)> {
        let partitions = 0..i32::try_from(self.partitions).unwrap();
        let both = partitions.map(|p| (p, (read_to(positions, p), self.end(p))));
        both.filter(|(_, (read, end))| read < end).collect()
    }

    /// Every value that was sent.
    pub fn values(&self) -> impl Iterator<Item = Value<'_>> {
        self.arrived.iter().flat_map(|(&(partition, offset), number)| {
            let values = self.messages[*number].iter();
            values.map(move |(index, outcome)| Value { partition, offset, index: *index, outcome })
        })
    }

    pub fn summary(&self) -> String {
        let values: usize = self.messages.iter().map(Vec::len).sum();
        format!("{} messages with {values} values in {} partitions", self.messages.len(), self.partitions)
    }
}

fn read_to(positions: &BTreeMap<String, i64>, partition: i32) -> i64 {
    let end = format!("/{partition}");
    positions.iter().find(|(source, _)| source.ends_with(&end)).map_or(0, |(_, next)| *next)
}
