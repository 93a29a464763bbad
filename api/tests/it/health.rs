//! What the program says of itself: `check`, `/readyz`, `/metrics` and its log.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::Connection;

use crate::five_members::{COMMUNITY, june};
use crate::program::{Pages, Running, command, ecoop};

const PATIENCE: Duration = Duration::from_secs(60);

fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("june.csv"), june()).unwrap();
    ecoop(folder.path(), &["apply", COMMUNITY]);
    ecoop(folder.path(), &["ingest", "june.csv"]);
    ecoop(folder.path(), &["run", "all"]);
    folder
}

/// What `check` prints, and its exit code.
fn check(folder: &Path, arguments: &[&str]) -> (String, i32) {
    let output = command(folder, &[&["check"][..], arguments].concat()).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

/// A data file of a table.
fn file_of(folder: &Path, table: &str) -> PathBuf {
    let mut folders = vec![folder.join("lake/lake").join(table)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("_delta_log") {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "parquet") {
                return path;
            }
        }
    }
    panic!("{table} has no file")
}

fn change(file: &Path) -> Vec<u8> {
    let whole = std::fs::read(file).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 4;
    std::fs::write(file, changed).unwrap();
    whole
}

#[test]
fn a_damage_is_checked_read_of_refused_and_repaired() {
    let folder = prepared();
    let folder = folder.path();
    for deep in [&[][..], &["--deep"]] {
        let (text, code) = check(folder, deep);
        assert!(code == 0 && text.contains("store: whole") && text.contains("the lake has all but 0"), "{text}");
        assert!(!text.contains("of an older version") && !text.contains('\u{1b}'), "{text}");
    }
    let file = file_of(folder, "balances");
    let whole = change(&file);
    let name = file.file_name().unwrap().to_str().unwrap();
    assert_eq!(check(folder, &[]).1, 0, "its size is what it was");
    let (text, code) = check(folder, &["--deep"]);
    assert_eq!(code, 1, "{text}");
    let line = text.lines().find(|line| line.starts_with("damaged: ")).unwrap();
    assert!(line.contains("balances: ") && line.contains(name) && line.contains("`ecoop lake repair`"), "{line}");
    let report = command(folder, &["report", "--community", "five-members", "--month", "2026-06"]).output().unwrap();
    let said = String::from_utf8(report.stderr).unwrap();
    assert!(!report.status.success() && said.contains(name) && said.lines().count() == 1, "{said}");
    let text = ecoop(folder, &["lake", "repair"]);
    assert!(text.contains("1 put right") && text.contains(name), "{text}");
    assert_eq!(std::fs::read(&file).unwrap(), whole, "computed again to the same bytes");
    assert_eq!(check(folder, &["--deep"]).1, 0);
    // Master data are written again from the store; readings are nowhere else.
    let master = file_of(folder, "members");
    let whole = change(&master);
    ecoop(folder, &["lake", "repair"]);
    assert_eq!(std::fs::read(&master).unwrap(), whole);
    let raw = file_of(folder, "readings_raw");
    let whole = change(&raw);
    let failed = command(folder, &["lake", "repair"]).output().unwrap();
    let text = String::from_utf8(failed.stdout).unwrap();
    assert!(failed.status.code() == Some(1) && text.contains("readings_raw") && text.contains("from a copy"), "{text}");
    std::fs::write(raw, whole).unwrap();
    assert_eq!(check(folder, &["--deep"]).1, 0);
}

#[test]
fn a_store_that_is_not_what_was_written_is_refused() {
    let folder = prepared();
    let folder = folder.path();
    let store = folder.join("lake/store.sqlite");
    let whole = std::fs::read(&store).unwrap();
    for n in [0, 16, whole.len() / 2, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[n] ^= 1;
        std::fs::write(&store, changed).unwrap();
        let (text, code) = check(folder, &[]);
        assert!(code == 1 && text.contains("damaged: store: store.sqlite "), "byte {n}: {text}");
        let output = command(folder, &["report", "--community", "five-members", "--month", "2026-06"]).output();
        let said = String::from_utf8(output.unwrap().stderr).unwrap();
        assert!(said.contains("store.sqlite") && said.lines().count() == 1, "byte {n}: {said}");
    }
    std::fs::write(&store, whole).unwrap();
    assert_eq!(check(folder, &[]).1, 0);
}

/// Asks until an answer holds a text.
fn once(pages: Pages, path: &str, text: &str) -> String {
    let begun = Instant::now();
    loop {
        let answer = pages.get(path);
        if answer.body.contains(text) {
            return answer.body;
        }
        assert!(begun.elapsed() < PATIENCE, "{text} is not in\n{}", answer.body);
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn readyz_says_why_a_service_is_not_ready() {
    let folder = prepared();
    let folder = folder.path();
    let raw = file_of(folder, "readings_raw/utc_day=2026-06-15");
    let name = raw.file_name().unwrap().to_str().unwrap().to_string();
    let whole = change(&raw);
    // The worker reads it at its first cycle.
    std::fs::write(
        folder.join("more.csv"),
        "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality,revision\n\
         A,import,2026-06-15T10:00:00Z,900,300.000000,edited,1\n",
    )
    .unwrap();
    ecoop(folder, &["ingest", "more.csv"]);
    let (running, pages) = Running::start_pages(folder, &["serve"]);
    once(pages, "/readyz", "jobs: failed ");
    let told = once(pages, "/readyz", "lake: readings_raw: ");
    assert!(told.contains(&name) && told.contains("from a copy"), "{told}");
    assert_eq!(pages.get("/readyz").status, 503);
    let page = once(pages, "/c/five-members?p=month&d=2026-06-10&lang=en", &name);
    assert!(page.contains("A file of these figures is damaged"), "{page}");
    std::thread::sleep(Duration::from_secs(4));
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    let failures = log.lines().filter(|line| line.contains("the worker failed")).count();
    assert_eq!(failures, 1, "one line for the same failure\n{log}");
    assert!(!log.contains('\u{1b}') && !log.contains("backtrace"), "{log}");
    std::fs::write(&raw, whole).unwrap();
    once(pages, "/readyz", "ok");
    running.end();

    let least = [("ECOOP_LIMITS__FREE_BYTES", "9000000000000000000")];
    let (running, pages) = Running::start_pages_with(folder, &["serve"], &least);
    let told = once(pages, "/readyz", "disk: ");
    assert!(told.contains("MiB left") && told.contains("free_bytes"), "{told}");
    running.end();
}

/// Somebody holds the lock of the store, as a tool does that was left open in a transaction.
#[test]
fn readyz_says_when_the_store_cannot_be_written_and_when_it_can_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ecoop(folder, &["apply", COMMUNITY]);
    let (running, pages) = Running::start_pages(folder, &["serve"]);
    once(pages, "/readyz", "ok");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = format!("sqlite://{}", folder.join("lake/store.sqlite").display());
    let mut other = runtime.block_on(sqlx::SqliteConnection::connect(&store)).unwrap();
    runtime.block_on(sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other)).unwrap();
    let told = once(pages, "/readyz", "store: cannot be written: ");
    assert!(told.contains("locked"), "{told}");
    assert_eq!(pages.get("/readyz").status, 503);
    runtime.block_on(sqlx::raw_sql("ROLLBACK").execute(&mut other)).unwrap();
    once(pages, "/readyz", "ok");
    running.end();
}

/// The text of the metrics of a running service.
fn metrics(folder: &Path) -> String {
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    let port = log.lines().rev().find_map(|l| l.split("metrics http://127.0.0.1:").nth(1)?.split('/').next());
    Pages { port: port.unwrap().parse().unwrap() }.get("/metrics").body
}

#[test]
fn each_metric_says_what_it_is_and_the_log_what_is_done() {
    let folder = prepared();
    let folder = folder.path();
    let settings = [("ECOOP_LOG", "info"), ("ECOOP_LOG_FORMAT", "json")];
    let (running, pages) = Running::start_pages_with(folder, &["serve"], &settings);
    assert_eq!(pages.get("/c/five-members?p=month&d=2026-06-10").status, 200);
    ecoop(folder, &["run", "all", "--from", "2026-06-15", "--to", "2026-06-16"]);
    let begun = Instant::now();
    let text = loop {
        let text = metrics(folder);
        if text.contains("ecoop_scrubbed_files_total") && text.contains("ecoop_commit_seconds_count") {
            break text;
        }
        assert!(begun.elapsed() < PATIENCE, "{text}");
        std::thread::sleep(Duration::from_millis(200));
    };
    running.end();
    let mut said: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in text.lines().filter(|l| l.starts_with("# ")) {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        said.entry(words[2]).or_default().insert(words[1]);
    }
    for (metric, kinds) in &said {
        assert_eq!(kinds, &BTreeSet::from(["HELP", "TYPE"]), "{metric}\n{text}");
    }
    for line in text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
        let name = line.split(['{', ' ']).next().unwrap();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(said.contains_key(family) || said.contains_key(name), "{line}");
    }
    for metric in [
        "ecoop_table_files{table=\"balances\"}",
        "ecoop_table_bytes{table=\"readings_raw\"}",
        "ecoop_newest_interval_age_seconds{community=\"five-members\"}",
        "ecoop_page_seconds_count{route=\"/c/{community}\",status=\"200\"}",
        "ecoop_commit_seconds_count{table=\"runs\"}",
        "ecoop_communities_held 0",
        "ecoop_disk_free_bytes",
    ] {
        assert!(text.contains(metric), "{metric}\n{text}");
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(log.lines().filter(|l| !l.starts_with('{')).all(|l| l.starts_with("metrics ") || l.starts_with("no [")));
    let messages: Vec<&str> = lines.iter().filter_map(|line| line["message"].as_str()).collect();
    for message in ["the service has started", "published", "the service has ended"] {
        assert!(messages.contains(&message), "{message}\n{log}");
    }
    assert!(lines.iter().all(|line| line["level"] == "INFO"), "{log}");
}
