//! Everything at once, by chance: processes that are killed, paused beyond the session of their group and slowed, a
//! broker that is lost, partitions that are added, retention, a full disk, a store that fails, hostile messages. In the
//! end the readings and the quarantine are what was sent, each value once, less what retention took and somebody gave
//! up.
//!
//! Three minutes with a fixed seed; `make torture SEED=n` an hour.

mod faults;
mod sent;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use rand::SeedableRng;

use crate::broker::Broker;
use crate::program::{command, ecoop};
use faults::{Fault, Process};
use sent::{Outcome, Sent};

/// One community; its points are valid long enough for an hour of readings.
const COMMUNITY: &str = r#"
[community]
id = "torture"
name = "Torture"
country = "FR"
timezone = "Europe/Paris"
currency = "EUR"
interval_minutes = 15
[[member]]
id = "m"
name = "M"
kind = "household"
[[metering_point]]
id = "A"
member = "m"
directions = ["import"]
valid_from = "2016-01-01"
[[metering_point]]
id = "B"
member = "m"
directions = ["import"]
valid_from = "2016-01-01"
[[metering_point]]
id = "P"
member = "m"
directions = ["export"]
valid_from = "2016-01-01"
[[allocation_key]]
valid_from = "2016-01-01"
kind = "prorata"
"#;
/// The last try to reach the end.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it looks whether something is lost.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Messages of a round, and the pause after it.
const AT_ONCE: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// Seed and seconds.
#[expect(clippy::disallowed_methods, reason = "`make torture` says for how long and with which seed")]
fn asked() -> (u64, Duration) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    (number("ECOOP_TEST_SEED").unwrap_or(15), Duration::from_secs(number("ECOOP_TEST_SECONDS").unwrap_or(180)))
}

/// What is tortured.
struct Place<'a> {
    folder: &'a Path,
    broker: Broker,
    topic: String,
    sent: Sent,
    processes: Vec<Process>,
    /// Offsets that were given up, by partition.
    lost: BTreeMap<i32, Vec<(i64, i64)>>,
    counts: BTreeMap<&'static str, usize>,
    /// When it last looked whether something is lost.
    looked: Instant,
}

#[test]
fn readings_and_quarantine_are_the_truth_whatever_happens() {
    let (seed, time) = asked();
    let folder = tempfile::tempdir().unwrap();
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    let mut place = Place::begin(folder.path(), seed);
    let started = Instant::now();
    let (mut next, mut number) = (Instant::now(), 0);
    while started.elapsed() < time {
        place.sent.send(AT_ONCE);
        place.tend();
        if Instant::now() >= next {
            let (fault, pause) = Fault::next(number, &mut random);
            number += 1;
            place.strike(fault, &mut random);
            next = Instant::now() + pause;
        }
        std::thread::sleep(PAUSE);
    }
    place.settle();
    place.check();
    let counts: Vec<String> = place.counts.iter().map(|(what, n)| format!("{n} {what}")).collect();
    println!("seed {seed}, {} s: {}; {}", time.as_secs(), place.sent.summary(), counts.join(", "));
}

impl<'a> Place<'a> {
    fn begin(folder: &'a Path, seed: u64) -> Self {
        let broker = Broker::start();
        let topic = broker.new_topic();
        std::fs::write(folder.join("community.toml"), COMMUNITY).unwrap();
        ecoop(folder, &["apply", "community.toml"]);
        let sent = Sent::begin(&broker.address, &topic, seed);
        // Two that would serve, of which one waits, and one that only takes readings in.
        let roles: [&[&str]; 3] = [&["--standby"], &["--standby"], &["--only", "ingest"]];
        let process = |(n, role): (usize, &&'static [&'static str])| {
            let settings = format!(
                "[limits]\ncommit_rows = 400\n[kafka]\nbrokers = \"{}\"\ntopic = \"{topic}\"\n\
                 commit_interval_ms = 300\n[kafka.options]\n\"group.instance.id\" = \"process-{n}\"\n\
                 \"session.timeout.ms\" = \"6000\"\n\"topic.metadata.refresh.interval.ms\" = \"2000\"\n",
                broker.address
            );
            std::fs::write(folder.join(format!("{n}.toml")), settings).unwrap();
            Process::start(folder, n, role)
        };
        let processes = roles.iter().enumerate().map(process).collect();
        let (lost, counts, looked) = (BTreeMap::new(), BTreeMap::new(), Instant::now());
        Self { folder, broker, topic, sent, processes, lost, counts, looked }
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// Lets faults pass whose time is over, starts what was ended, and gives up what was lost.
    fn tend(&mut self) {
        let folder = self.folder;
        let mut ended = 0;
        for process in &mut self.processes {
            ended += usize::from(process.tend(folder));
        }
        *self.counts.entry("ended by themselves").or_default() += ended;
        self.accept_losses();
    }

    /// Gives up what retention took, once a process has said so.
    fn accept_losses(&mut self) {
        if self.looked.elapsed() < LOOK_EVERY {
            return;
        }
        self.looked = Instant::now();
        let positions = crate::sigkill::positions(self.folder, "readings_raw");
        for partition in self.sent.deleted(&positions) {
            let source = format!("{}/{partition}", self.topic);
            let said = command(self.folder, &["lake", "accept-loss", &source]).output().unwrap();
            let said = String::from_utf8(said.stdout).unwrap();
            // `SOURCE: the offsets 3 to 7 are given up`
            let Some((_, rest)) = said.split_once(": the offsets ") else { continue };
            let words: Vec<&str> = rest.split(' ').collect();
            let (from, last): (i64, i64) = (words[0].parse().unwrap(), words[2].parse().unwrap());
            self.lost.entry(partition).or_default().push((from, last + 1));
            self.count("losses given up");
        }
    }

    fn strike(&mut self, fault: Fault, random: &mut rand_chacha::ChaCha8Rng) {
        let Some(what) = (match fault {
            Fault::Broker => self.broker.kill_and_restart().then_some("losses of the broker"),
            Fault::Partitions => self.sent.add_partition().then_some("partitions added"),
            Fault::Retention => {
                let positions = crate::sigkill::positions(self.folder, "readings_raw");
                self.sent.delete_some(&positions, random).then_some("deletions by retention")
            }
            fault => faults::strike(&mut self.processes, fault, random),
        }) else {
            return;
        };
        self.count(what);
    }

    /// No fault any longer: everything that was sent comes in.
    fn settle(&mut self) {
        self.processes.clear();
        self.sent.flush();
        let mut last = Process::start(self.folder, 2, &["--only", "ingest"]);
        let started = Instant::now();
        loop {
            let positions = crate::sigkill::positions(self.folder, "readings_raw");
            let behind = self.sent.behind(&positions);
            if behind.is_empty() {
                break;
            }
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap();
            assert!(started.elapsed() < PATIENCE, "{behind:?}\n{}", log());
            last.tend(self.folder);
            self.accept_losses();
            std::thread::sleep(PAUSE);
        }
    }

    fn check(&self) {
        let folder = self.folder;
        ecoop(folder, &["check"]);
        ecoop(folder, &["audit", "verify"]);
        ecoop(folder, &["run", "all"]);
        let lost = |partition: i32, offset: i64| {
            self.lost.get(&partition).is_some_and(|all| all.iter().any(|(from, to)| (*from..*to).contains(&offset)))
        };
        let mut want: BTreeMap<&str, Vec<String>> = BTreeMap::from([("taken", vec![]), ("aside", vec![])]);
        let mut current = BTreeMap::new();
        for value in self.sent.values().filter(|v| !lost(v.partition, v.offset)) {
            let place = format!("{},{},{}", value.partition, value.offset, value.index);
            match &value.outcome {
                Outcome::Taken { point, start, energy, revision } => {
                    want.entry("taken").or_default().push(format!("{place},{point},{start},{energy}"));
                    let known = current.entry((point, start)).or_insert((*revision, energy));
                    *known = (*known).max((*revision, energy));
                }
                Outcome::Aside(reason) => want.entry("aside").or_default().push(format!("{place},{reason}")),
            }
        }
        let source = "cast(split_part(source, '/', 3) as int)";
        let taken = format!(
            "select {source}, position, position_index, metering_point_id, interval_start, energy_kwh from readings_raw"
        );
        same("readings_raw", rows(folder, &taken), want.remove("taken").unwrap_or_default());
        let aside = format!("select {source}, position, position_index, reason from quarantine");
        same("quarantine", rows(folder, &aside), want.remove("aside").unwrap_or_default());
        let now = "select metering_point_id, interval_start, energy_kwh from readings where quality = 'measured'";
        let current = current.into_iter().map(|((point, start), (_, energy))| format!("{point},{start},{energy}"));
        same("readings", rows(folder, now), current.collect());
    }
}

fn rows(folder: &Path, sql: &str) -> Vec<String> {
    ecoop(folder, &["sql", "--format", "csv", sql]).lines().skip(1).map(str::to_string).collect()
}

/// Both as bags: what stands twice stands twice.
fn same(what: &str, mut found: Vec<String>, mut want: Vec<String>) {
    found.sort();
    want.sort();
    if found == want {
        return;
    }
    let beyond = |a: &[String], b: &[String]| {
        let mut counts = BTreeMap::<&String, i64>::new();
        a.iter().for_each(|row| *counts.entry(row).or_default() += 1);
        b.iter().for_each(|row| *counts.entry(row).or_default() -= 1);
        counts.into_iter().filter(|(_, n)| *n > 0).take(10).map(|(row, _)| row.clone()).collect::<Vec<_>>()
    };
    panic!(
        "{what}: {} rows, {} are right; too many: {:?}; missing: {:?}",
        found.len(),
        want.len(),
        beyond(&found, &want),
        beyond(&want, &found)
    );
}
