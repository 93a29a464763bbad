//! Retention passes the position of the table: the partition stops, says what is lost, and goes on when that is
//! accepted.

use std::path::Path;
use std::time::{Duration, Instant};

use connectors::sinks::kafka::{KafkaSink, create_topic};
use engine::calendar::{QUARTER, parse_rfc3339, rfc3339};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::{Offset, TopicPartitionList};

use crate::broker::Broker;
use crate::five_members::COMMUNITY;
use crate::program::{Pages, Running, ecoop, refused};

const PATIENCE: Duration = Duration::from_secs(60);

fn send(broker: &Broker, topic: &str, numbers: std::ops::Range<i64>) {
    let sink = KafkaSink::open(&broker.address, topic, &Default::default()).unwrap();
    let first = parse_rfc3339("2026-06-01T00:00:00Z").unwrap();
    for n in numbers {
        let start = rfc3339(first + n * QUARTER);
        let message = format!(
            r#"{{"metering_point_id":"A","direction":"import","interval_start":"{start}","interval_seconds":900,
                "energy_kwh":"0.001","quality":"measured"}}"#
        );
        sink.send("A", message.as_bytes(), first).unwrap();
    }
    sink.flush(PATIENCE).unwrap();
}

fn delete_before(broker: &Broker, topic: &str, offset: i64) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &broker.address).create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Offset(offset)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(admin.delete_records(&list, &AdminOptions::new())).unwrap();
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn taken(folder: &Path) -> String {
    let sql = "select count(*), min(position), max(position) from readings_raw";
    ecoop(folder, &["sql", "--format", "csv", sql]).lines().nth(1).unwrap_or_default().to_string()
}

fn why(pages: Pages) -> Option<String> {
    let answer = pages.get("/readyz");
    (answer.status == 503).then_some(answer.body)
}

#[test]
fn what_retention_took_is_said_and_given_up_by_a_command() {
    let (broker, folder) = (Broker::start(), tempfile::tempdir().unwrap());
    let (topic, folder) = (broker.new_topic(), folder.path());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(create_topic(&broker.address, &topic, 1, &Default::default())).unwrap();
    ecoop(folder, &["apply", COMMUNITY]);
    let settings = format!(
        "[kafka]\nbrokers = \"{}\"\ntopic = \"{topic}\"\n[kafka.options]\n\"group.instance.id\" = \"one\"\n",
        broker.address
    );
    std::fs::write(folder.join("lake/ecoop.toml"), settings).unwrap();
    // An old topic of which nothing was read: it begins with what is there, and says so.
    send(&broker, &topic, 0..50);
    delete_before(&broker, &topic, 20);
    let (service, pages) = Running::start_pages(folder, &["serve"]);
    wait_for("the first messages", || taken(folder) == "30,20,49");
    assert_eq!(why(pages), None);
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    assert!(log.contains("the 20 oldest offsets: reading begins at its earliest, 20"), "{log}");
    service.end();

    send(&broker, &topic, 50..200);
    delete_before(&broker, &topic, 120);
    let (service, pages) = Running::start_pages(folder, &["serve"]);
    let lost = "the offsets 50 to 119 were deleted by the broker before they were read, 70 in all";
    wait_for("the loss", || why(pages).is_some_and(|why| why.contains(lost)));
    let info = ecoop(folder, &["lake", "info"]);
    assert!(info.contains("\nStand still\n") && info.contains(lost), "{info}");
    assert_eq!(taken(folder), "30,20,49");
    let said = refused(folder, &["lake", "accept-loss", "another/0"]);
    assert!(said.contains("is not stopped") && said.contains(&topic), "{said}");
    let said = ecoop(folder, &["lake", "accept-loss", &format!("{topic}/0")]);
    assert!(said.contains("the offsets 50 to 119 are given up (70); reading goes on at 120"), "{said}");
    wait_for("the rest", || taken(folder) == "110,20,199");
    wait_for("a service that is well", || why(pages).is_none());
    let said = ecoop(folder, &["audit", "verify"]);
    assert!(said.contains(": 2 changes, 0 erased; the chain fits"), "{said}");
    assert!(!ecoop(folder, &["lake", "info"]).contains("Stand still"));
    let said = refused(folder, &["lake", "accept-loss", &format!("{topic}/0")]);
    assert!(said.contains("nothing is lost"), "{said}");
    service.end();
}
