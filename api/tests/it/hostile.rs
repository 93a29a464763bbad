//! Messages that nobody would send but to do harm, of every size that a broker takes, between good ones: the process
//! never ends, its memory stays bounded, and each value is in the readings or in the quarantine, once.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use connectors::decoders::{JsonDecoder, MAX_PAYLOAD_BYTES};
use engine::calendar::{QUARTER, parse_rfc3339, rfc3339};
use engine::ingest::Decoder;
use rand::{RngCore, SeedableRng};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::broker::Broker;
use crate::five_members::COMMUNITY;
use crate::program::{Running, ecoop};
use crate::sigkill::positions;

/// What a broker may be set to take.
const BROKER_BYTES: usize = 16 << 20;
const SIZES: [usize; 9] =
    [0, 1, 300, 20_000, 300_000, MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES + 1, 4 << 20, BROKER_BYTES - 1024];
const PARTITIONS: i32 = 3;
/// What the process may take beyond what it has when nothing comes.
const MEMORY_BYTES: u64 = 256 << 20;
const PATIENCE: Duration = Duration::from_secs(300);

/// A message up to its energy: the point, the start and the length of its intervals.
fn head(point: &str, start: &str, seconds: u32) -> String {
    format!(
        r#"{{"metering_point_id":"{point}","direction":"import","interval_start":"{start}","interval_seconds":{seconds},
            "quality":"measured","energy_kwh":"#
    )
}

/// How a message begins, what it repeats, and how it ends.
fn kinds() -> Vec<(String, &'static [u8], &'static str)> {
    let of_a = |more: &str| head("A", "2026-06-01T00:00:00Z", 900) + more;
    let curve = |point: &str, start: &str, seconds| head(point, start, seconds) + "[";
    vec![
        (of_a("["), b"\"bad\",", "0]}"),
        (of_a("["), b"-1,", "0]}"),
        (of_a("["), b"null,", "0]}"),
        (of_a("["), b"[],", "0]}"),
        (of_a("["), b"[[1,[2]],{}],", "0]}"),
        (of_a("["), b"\"\\u0031\",", "0]}"),
        (of_a("["), b"1e99,", "0]}"),
        (of_a("["), b"[", ""),
        (of_a(""), b"9", "}"),
        (of_a("1e"), b"9", "}"),
        (of_a("0."), b"0", "1}"),
        (of_a("\""), b"\\u0000", "\"}"),
        (curve("nobody", "2026-06-01T00:00:00Z", 300), b"1,", "0]}"),
        (curve("A", "9999-12-31T23:00:00Z", 3600), b"1,", "0]}"),
        (curve("A", "0001-01-01T00:00:00Z", 3600), b"1,", "0]}"),
        (curve("A", "2026-06-01T00:00:00Z", u32::MAX), b"1,", "0]}"),
        (String::new(), b"[", ""),
        (String::new(), b"{\"a\":", ""),
        (String::new(), b" ", ""),
        (String::new(), b"\0", ""),
        (String::new(), b"\xff\xfe", ""),
        (String::new(), b"a,b,\"", ""),
        ("{".into(), b"\"k\":1,", "\"z\":0}"),
        ("{".into(), b"\"energy_kwh\":[1],", "\"z\":0}"),
        ("{\"metering_point_id\":\"".into(), b"x", "\"}"),
        ("{\"metering_point_id\":\"A\",\"kind\":\"".into(), "\u{e9}".as_bytes(), "\"}"),
        ("{\"schema\":{},\"payload\":".into(), b"{\"schema\":{},\"payload\":", ""),
        ("\"".into(), b"text ", "\""),
    ]
}

fn message(begin: &str, again: &[u8], end: &str, size: usize) -> Vec<u8> {
    let room = size.saturating_sub(begin.len() + end.len());
    let mut message = begin.as_bytes().to_vec();
    message.extend(again.repeat(room / again.len()));
    message.extend(end.as_bytes());
    message.truncate(size);
    message.resize(size, b' ');
    message
}

/// Sends, and knows how many values each message has by the partition and offset that it gets.
struct Sender {
    producer: BaseProducer,
    topic: String,
    sent: i64,
    values: BTreeMap<(i32, i64), usize>,
}

impl Sender {
    fn send(&mut self, payload: Option<&[u8]>, key: &[u8], headers: Option<OwnedHeaders>) {
        let n = i32::try_from(self.sent).unwrap();
        let (partition, offset) = (n % PARTITIONS, i64::from(n / PARTITIONS));
        self.sent += 1;
        let payload = payload.unwrap_or_default();
        let mut values = 0;
        match payload.len() > MAX_PAYLOAD_BYTES {
            true => values = 1,
            false => {
                JsonDecoder::default().decode(payload, &mut |_, _| values += 1);
            }
        }
        self.values.insert((partition, offset), values);
        let mut record = BaseRecord::to(&self.topic).partition(partition).key(key).payload(payload);
        record.headers = headers;
        loop {
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    self.producer.poll(Duration::from_millis(20));
                    record = back;
                }
                Err((e, _)) => panic!("{e}"),
            }
        }
        // One after the other: offsets are those that were counted.
        self.producer.poll(Duration::ZERO);
    }

    fn good(&mut self) {
        let start = rfc3339(parse_rfc3339("2026-06-01T00:00:00Z").unwrap() + self.sent * QUARTER);
        let message = format!(
            r#"{{"metering_point_id":"B","direction":"import","interval_start":"{start}","interval_seconds":900,
                "energy_kwh":"0.001","quality":"measured"}}"#
        );
        self.send(Some(message.as_bytes()), b"B", None);
    }

    fn tombstone(&mut self) {
        let n = i32::try_from(self.sent).unwrap();
        let (partition, offset) = (n % PARTITIONS, i64::from(n / PARTITIONS));
        self.sent += 1;
        self.values.insert((partition, offset), 1);
        let record = BaseRecord::<[u8], [u8]>::to(&self.topic).partition(partition).key(b"A");
        self.producer.send(record).map_err(|(e, _)| e).unwrap();
    }
}

async fn topic_of(broker: &Broker) -> String {
    let topic = broker.new_topic();
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &broker.address).create().unwrap();
    let bytes = BROKER_BYTES.to_string();
    // What is packed to do harm is the broker's to unpack and to refuse, as `ecoop check` says.
    let wanted = NewTopic::new(&topic, PARTITIONS, TopicReplication::Fixed(1))
        .set("max.message.bytes", &bytes)
        .set("compression.type", "uncompressed");
    admin.create_topics([&wanted], &AdminOptions::new()).await.unwrap().remove(0).unwrap();
    topic
}

/// A line of the kernel's account of a process, in bytes.
fn memory(process: &Running, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.0.id())).unwrap();
    let found = status.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':')).unwrap();
    found.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

fn wait_for(folder: &Path, process: &mut Running, messages: i64) {
    let started = Instant::now();
    while positions(folder, "readings_raw").values().sum::<i64>() < messages {
        assert!(process.0.try_wait().unwrap().is_none(), "the process ended:\n{}", log(folder));
        assert!(started.elapsed() < PATIENCE, "waited in vain for {messages} messages:\n{}", log(folder));
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap()
}

#[test]
fn no_message_ends_the_process_or_is_met_twice() {
    let (broker, folder) = (Broker::start(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let topic = runtime.block_on(topic_of(&broker));
    ecoop(folder, &["apply", COMMUNITY]);
    let settings =
        format!("[kafka]\nbrokers = \"{}\"\ntopic = \"{topic}\"\ncommit_interval_ms = 500\n", broker.address);
    std::fs::write(folder.join("lake/ecoop.toml"), settings).unwrap();
    let said = ecoop(folder, &["check"]);
    assert!(said.contains("with 3 partitions") && !said.contains("compression.type"), "{said}");
    let producer = ClientConfig::new()
        .set("bootstrap.servers", &broker.address)
        .set("message.max.bytes", BROKER_BYTES.to_string())
        .set("queue.buffering.max.kbytes", "65536")
        .set("enable.idempotence", "true")
        .create()
        .unwrap();
    let mut sender = Sender { producer, topic, sent: 0, values: BTreeMap::new() };
    sender.good();
    let mut process = Running::start(folder, &["serve", "--only", "ingest", "--admin-listen", "127.0.0.1:0"]);
    wait_for(folder, &mut process, 1);
    let idle = memory(&process, "VmRSS");

    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(15);
    for size in SIZES {
        for (begin, again, end) in kinds() {
            sender.send(Some(&message(&begin, again, end, size)), b"A", None);
            sender.good();
        }
        let mut bytes = vec![0; size];
        random.fill_bytes(&mut bytes);
        sender.send(Some(&bytes), b"A", None);
        sender.tombstone();
    }
    let large = vec![b'k'; 1 << 20];
    let headers = OwnedHeaders::new().insert(Header { key: "h", value: Some(&large) });
    sender.send(Some(b"{}"), &large, Some(headers));
    // The same over and over, as a sender does that is told nothing.
    let (begin, again, end) = &kinds()[0];
    let worst = message(begin, again, end, 400_000);
    for _ in 0..60 {
        sender.send(Some(&worst), b"A", None);
    }
    sender.good();
    sender.producer.flush(PATIENCE).unwrap();
    bombs(&broker, &mut sender);
    wait_for(folder, &mut process, sender.sent);
    let peak = memory(&process, "VmHWM");
    println!("{} messages: {} MB idle, {} MB at the peak", sender.sent, idle >> 20, peak >> 20);
    process.end();
    assert!(peak < idle + MEMORY_BYTES, "{} MB beyond the idle process", (peak - idle) >> 20);
    check(folder, sender.values);
}

/// Batches that are small when packed: of all codecs, up to the limit and beyond. Those beyond are refused by the
/// broker, the others count as any message.
fn bombs(broker: &Broker, sender: &mut Sender) {
    let (begin, again, end) = &kinds()[0];
    for codec in ["gzip", "snappy", "lz4", "zstd"] {
        let packing: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", &broker.address)
            .set("message.max.bytes", "100000000")
            .set("compression.type", codec)
            .create()
            .unwrap();
        let ours = std::mem::replace(&mut sender.producer, packing);
        for size in [900_000, BROKER_BYTES - 4096] {
            sender.send(Some(&message(begin, again, end, size)), b"A", None);
            sender.producer.flush(PATIENCE).unwrap();
        }
        let beyond = vec![b' '; 3 * BROKER_BYTES];
        let record = BaseRecord::to(&sender.topic).partition(0).key("A").payload(&beyond);
        sender.producer.send(record).map_err(|(e, _)| e).unwrap();
        sender.producer.flush(PATIENCE).unwrap();
        sender.producer = ours;
    }
    sender.good();
    sender.producer.flush(PATIENCE).unwrap();
}

/// Each value of each message is in one of both tables, once.
fn check(folder: &Path, mut sent: BTreeMap<(i32, i64), usize>) {
    let places = "select source, position, position_index from quarantine union all \
                  select source, position, position_index from readings_raw";
    let twice =
        format!("select count(*) from ({places}) group by source, position, position_index having count(*) > 1");
    assert_eq!(ecoop(folder, &["sql", "--format", "csv", &twice]).lines().count(), 1, "no value stands twice");
    let counts = format!("select source, position, count(*) from ({places}) group by source, position");
    let mut found = BTreeMap::new();
    for line in ecoop(folder, &["sql", "--format", "csv", &counts]).lines().skip(1) {
        let [source, position, count] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let partition = source.rsplit('/').next().unwrap().parse::<i32>().unwrap();
        found.insert((partition, position.parse::<i64>().unwrap()), count.parse::<usize>().unwrap());
    }
    sent.retain(|_, values| *values > 0);
    assert_eq!(found, sent);
    // However many values are bad, a payload is kept once, and of a large one no more than its head.
    let kept = "select max(n), max(octets), min(whole), max(whole) from \
                (select sum(case when payload <> cast('' as bytea) then 1 else 0 end) as n, \
                max(case when reason = 'message_too_large' then octet_length(encode(payload, 'hex')) end) / 2 \
                as octets, \
                min(payload_bytes) as whole from quarantine group by source, position)";
    let kept = ecoop(folder, &["sql", "--format", "csv", kept]);
    let kept: Vec<&str> = kept.lines().nth(1).unwrap().split(',').collect();
    assert_eq!([kept[0], kept[1], kept[3]], ["1", "4096", &(BROKER_BYTES - 1024).to_string()]);
}
