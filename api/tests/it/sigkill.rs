//! Late, doubled, corrected and broken messages through a real Kafka into a process that is killed again and again,
//! once exactly between its two commits: in the end the readings are the truth row by row, and the quarantine holds
//! exactly the broken messages.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use datasets::simulate::{Points, Simulation, SimulationConfig};
use engine::calendar::{parse_rfc3339, rfc3339};
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use crate::broker::Broker;
use crate::program::{Running, ecoop};

const FROM: &str = "2026-06-01T00:00:00Z";
const POINTS: usize = 60;
const PARTITIONS: usize = 4;
/// Small commits, so that a kill meets many of them.
const COMMIT_ROWS: usize = 1500;
const PATIENCE: Duration = Duration::from_secs(300);

struct Size {
    days: u32,
    kills: usize,
}

/// By default more than 50,000 readings and three kills; with `ECOOP_TEST_FULL=1` more than a million and ten.
#[expect(clippy::disallowed_methods, reason = "`make test-full` asks for the full size")]
fn size() -> Size {
    match std::env::var("ECOOP_TEST_FULL").as_deref() {
        Ok("1") => Size { days: 150, kills: 10 },
        _ => Size { days: 8, kills: 3 },
    }
}

fn simulation(days: u32) -> Simulation {
    Simulation::new(SimulationConfig {
        seed: 7,
        points: Points::Synthetic(POINTS),
        from: parse_rfc3339(FROM).unwrap(),
        quarters: days * 96,
        late: 0.02,
        doubled: 0.02,
        corrected: 0.02,
        broken: 0.005,
    })
    .unwrap()
}

#[test]
fn readings_are_the_truth_whenever_the_process_is_killed() {
    let Size { days, kills } = size();
    let simulation = simulation(days);
    let broker = Broker::start();
    let topic = broker.new_topic();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Without the age that a real time has, corrections of the last two days would not be due yet.
    let sent = ecoop(folder, &simulate(&broker, &topic, days).iter().map(String::as_str).collect::<Vec<_>>());
    for n in 0..simulation.documents().len() {
        ecoop(folder, &["apply", &format!("documents/community-{n:03}.toml")]);
    }
    std::fs::write(folder.join("lake/ecoop.toml"), configuration(&broker, &topic)).unwrap();
    let start = || Running::start(folder, &["serve", "--only", "ingest", "--admin-listen", "127.0.0.1:0"]);

    let checked = ecoop(folder, &["check"]);
    assert!(checked.contains(&format!("topic {topic} with {PARTITIONS} partitions")), "{checked}");
    assert!(checked.contains("set compression.type=uncompressed"), "it keeps what is packed: {checked}");
    kill_between_the_commits(folder, start);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(11);
    for _ in 1..kills {
        let before = positions(folder, "readings_raw");
        let process = start();
        wait_until("a commit", || positions(folder, "readings_raw") != before);
        std::thread::sleep(Duration::from_micros(random.random_range(0..150_000)));
        process.kill();
    }
    let total: i64 = simulation.messages().count().try_into().unwrap();
    assert!(sent.contains(&format!("sent {total} messages")), "{sent}");
    assert!(positions(folder, "readings_raw").values().sum::<i64>() < total, "killed too late to prove anything");
    let process = start();
    wait_until("all messages", || positions(folder, "readings_raw").values().sum::<i64>() == total);
    process.end();

    ecoop(folder, &["run", "all"]);
    assert_eq!(readings(folder), truth(&simulation));
    assert_eq!(quarantine(folder), broken(&simulation));
}

/// A static member of the group: what comes back after a kill need not wait until the group has given it up.
fn configuration(broker: &Broker, topic: &str) -> String {
    format!(
        "[limits]\ncommit_rows = {COMMIT_ROWS}\n[kafka]\nbrokers = \"{}\"\ntopic = \"{topic}\"\n\
         [kafka.options]\n\"group.instance.id\" = \"one\"\n",
        broker.address
    )
}

fn simulate(broker: &Broker, topic: &str, days: u32) -> Vec<String> {
    let text = format!(
        "simulate --brokers {} --topic {topic} --partitions {PARTITIONS} --from {FROM} --days {days} --points {POINTS} \
        --seed 7 \
         --late 0.02 --doubled 0.02 --corrected 0.02 --broken 0.005 --documents documents",
        broker.address
    );
    text.split_whitespace().map(str::to_string).collect()
}

/// Kills as soon as the quarantine has a new commit; tries again until the rows of that commit are not in.
fn kill_between_the_commits(folder: &Path, start: impl Fn() -> Running) {
    for _ in 0..50 {
        let versions = || commits(folder, "quarantine");
        let before = versions();
        let process = start();
        wait_until("a commit of the quarantine", || versions() > before);
        process.kill();
        let (quarantine, raw) = (positions(folder, "quarantine"), positions(folder, "readings_raw"));
        if quarantine.iter().any(|(source, next)| raw.get(source).is_none_or(|r| r < next)) {
            return;
        }
    }
    panic!("50 kills, and none came between the two commits");
}

fn commits(folder: &Path, table: &str) -> usize {
    std::fs::read_dir(folder.join("lake/lake").join(table).join("_delta_log")).map_or(0, Iterator::count)
}

/// Next offset per partition, as the log of a table holds it.
pub fn positions(folder: &Path, table: &str) -> BTreeMap<String, i64> {
    let log = folder.join("lake/lake").join(table).join("_delta_log");
    let mut positions = BTreeMap::new();
    let mut files: Vec<_> = std::fs::read_dir(log).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let action: serde_json::Value = serde_json::from_str(line).unwrap();
            if let (Some(id), Some(next)) = (action["txn"]["appId"].as_str(), action["txn"]["version"].as_i64()) {
                // Beside it the quarantine counts its commits.
                if !id.starts_with("turns/") {
                    positions.insert(id.to_string(), next);
                }
            }
        }
    }
    positions
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// How many rows there are, and a digest over all of them in their order.
type RowsDigest = (usize, String);

fn digest(rows: impl IntoIterator<Item = String>) -> RowsDigest {
    let mut rows: Vec<String> = rows.into_iter().collect();
    rows.sort();
    let mut hasher = Sha256::new();
    rows.iter().for_each(|row| hasher.update(format!("{row}\n")));
    (rows.len(), hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

fn readings(folder: &Path) -> RowsDigest {
    let sql = "select metering_point_id, direction, interval_start, energy_kwh, revision from readings";
    digest(ecoop(folder, &["sql", "--format", "csv", sql]).lines().skip(1).map(str::to_string))
}

fn truth(simulation: &Simulation) -> RowsDigest {
    digest(simulation.truth().map(|t| {
        let (whole, part) = (t.energy_wh / 1000, t.energy_wh % 1000);
        let start = rfc3339(t.interval_start);
        format!("{},{},{start},{whole}.{part:03}000,{}", t.metering_point_id, t.direction, t.revision)
    }))
}

/// Reason, field and payload of everything in quarantine; no position twice.
fn quarantine(folder: &Path) -> RowsDigest {
    let sql = "select reason, field, encode(payload, 'hex'), count(*) from quarantine group by source, position, \
               position_index, reason, field, payload";
    digest(ecoop(folder, &["sql", "--format", "csv", sql]).lines().skip(1).map(str::to_string))
}

fn broken(simulation: &Simulation) -> RowsDigest {
    digest(simulation.broken().map(|b| {
        let hex: String = b.payload.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{},{},{hex},1", b.reason, b.field)
    }))
}
