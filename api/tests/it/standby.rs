//! Two services on one folder: one serves, the other says who does, or waits and takes over.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{Connection, SqliteConnection};

use crate::five_members::{COMMUNITY, june};
use crate::program::{Running, command, ecoop, refused};

const ANYWHERE: [&str; 4] = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap()
}

fn wait_until(what: &str, within: Duration, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < within, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn signal(process: &Running, name: &str) {
    assert!(Command::new("kill").args([name, &process.0.id().to_string()]).status().unwrap().success());
}

/// Starts one that waits, and gives it when it says that it does.
fn standing_by(folder: &Path) -> (Running, BufReader<std::process::ChildStdout>) {
    let before = log(folder).matches("standing by").count();
    let log_file = std::fs::OpenOptions::new().append(true).open(folder.join("log")).unwrap();
    let mut child = command(folder, &[&["serve", "--standby"], &ANYWHERE[..]].concat());
    let mut child = child.stdout(Stdio::piped()).stderr(log_file).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    wait_until("a standby", Duration::from_secs(60), || log(folder).matches("standing by").count() > before);
    (Running(child), out)
}

/// Waits until it says that it is ready.
fn ready(out: &mut impl BufRead) {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with("ready http://localhost:"), "{line}");
}

/// How long a lease lasts that is not renewed, in microseconds.
const LEASE: i64 = 15_000_000;

/// Who has the right to compute, and until when.
fn lease(folder: &Path) -> (String, i64) {
    let file = folder.join("lake/store.sqlite");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect(&file.to_string_lossy()).await.unwrap();
        let row = sqlx::query_as("SELECT holder, expires_at_us FROM lease").fetch_one(&mut connection).await;
        connection.close().await.unwrap();
        row.unwrap()
    })
}

#[test]
fn the_second_service_says_who_serves_or_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ecoop(folder, &["apply", COMMUNITY]);
    std::fs::write(folder.join("june.csv"), june()).unwrap();
    ecoop(folder, &["ingest", "june.csv"]);
    let (first, pages) = Running::start_pages(folder, &["serve"]);

    for more in [&[][..], &["--only", "jobs"], &["--only", "jobs,web"]] {
        let second = command(folder, &[&["serve"], more, &ANYWHERE[..]].concat()).output().unwrap();
        let said = String::from_utf8(second.stderr).unwrap();
        assert_eq!(second.status.code(), Some(1), "{said}");
        let who = format!("is served already, by process {} on ", first.0.id());
        assert!(said.contains(&who) && said.contains(" since 20") && said.contains("--standby"), "{said}");
    }
    assert!(refused(folder, &["serve", "--standby", "--only", "web"]).contains("the part `jobs`"));
    // Pages may be shown by any number of processes.
    let (second, others) = Running::start_pages(folder, &["serve", "--only", "web"]);
    assert_eq!((others.get("/livez").status, pages.get("/livez").status), (200, 200));
    second.end();

    // One that is only paused has not ended.
    let (next, mut out) = standing_by(folder);
    signal(&first, "-STOP");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(log(folder).matches("metrics http://").count(), 2, "the first, and the one of pages only");
    let (_, lasts) = lease(folder);
    first.kill();
    ready(&mut out);
    // It computes before the lease of the one that was killed would have ended.
    let me = format!("process {} on ", next.0.id());
    wait_until("the lease", Duration::from_secs(60), || lease(folder).0.starts_with(&me));
    let taken = lease(folder).1 - LEASE;
    assert!(taken < lasts, "{} s late", (taken - lasts) / 1_000_000);
    ecoop(folder, &["run", "all", "--from", "2026-06-15", "--to", "2026-06-16"]);

    // And the same after an end in good order.
    let (last, mut out) = standing_by(folder);
    assert!(log(folder).contains(&format!("is served by process {} on ", next.0.id())), "{}", log(folder));
    next.end();
    ready(&mut out);
    last.end();
    // Who waits ends when it is told to.
    let (first, _) = Running::start_pages(folder, &["serve"]);
    let (waits, _) = standing_by(folder);
    waits.end();
    first.end();
}

/// A full disk under the log is no reason to stop.
#[test]
fn a_service_that_cannot_write_its_log_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ecoop(folder, &["apply", COMMUNITY]);
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut serve = command(folder, &[&["serve"], &ANYWHERE[..]].concat());
    // Everything is said, so there is something that cannot be written.
    let serve = serve.env("ECOOP_LOG", "debug").stdout(Stdio::piped()).stderr(full());
    let mut child = serve.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    ready(&mut out);
    ecoop(folder, &["run", "all"]);
    Running(child).end();
    let failed = command(folder, &["lake", "accept-loss", "t/0"]).stderr(full()).status().unwrap();
    assert_eq!(failed.code(), Some(1), "an error that cannot be said is an error, and no defect");
}
