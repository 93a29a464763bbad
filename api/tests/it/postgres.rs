//! The whole program with its store on a real PostgreSQL.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::five_members::{COMMUNITY, june};
use crate::program::{Running, command, ecoop, refused};

#[path = "../../src/store/suite/server.rs"]
mod server;

const REPORT: [&str; 5] = ["report", "--community", "five-members", "--month", "2026-06"];
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder whose settings name a database of its own; the folder, and the URL.
fn on_server() -> (tempfile::TempDir, String) {
    let (folder, url) = (tempfile::tempdir().unwrap(), server::new_database());
    std::fs::create_dir(folder.path().join("lake")).unwrap();
    std::fs::write(folder.path().join("lake/ecoop.toml"), format!("[store]\nurl = \"{url}\"\n")).unwrap();
    (folder, url)
}

fn file_of_store(folder: &Path) -> PathBuf {
    folder.join("lake/store.sqlite")
}

/// From the files to the results.
fn computed(folder: &Path) {
    std::fs::write(folder.join("june.csv"), june()).unwrap();
    ecoop(folder, &["apply", COMMUNITY]);
    assert_eq!(ecoop(folder, &["ingest", "june.csv"]), "june.csv: 20160 readings\n");
    assert_eq!(ecoop(folder, &["apply", COMMUNITY]), "five-members: 0 changed, 33 as they were\n");
    ecoop(folder, &["run", "all"]);
}

fn report(folder: &Path, format: &str) -> String {
    ecoop(folder, &[&REPORT[..], &["--format", format]].concat())
}

#[test]
fn the_report_is_the_same_whichever_database_is_below() {
    let (server, url) = on_server();
    let file = tempfile::tempdir().unwrap();
    let (server, file) = (server.path(), file.path());
    computed(server);
    computed(file);
    assert!(!file_of_store(server).exists() && file_of_store(file).exists());

    assert_eq!(report(server, "csv"), report(file, "csv"));
    let lines = |folder| -> Value { serde_json::from_str::<Value>(&report(folder, "json")).unwrap()["lines"].clone() };
    assert_eq!(lines(server), lines(file), "with the ids of their runs");
    let sql =
        ["sql", "--format", "csv", "select * from allocations order by interval_start, metering_point_id, direction"];
    assert_eq!(ecoop(server, &sql), ecoop(file, &sql));
    for folder in [server, file] {
        let said = ecoop(folder, &["audit", "verify"]);
        assert!(said.contains(": 1 changes, 0 erased; the chain fits"), "{said}");
    }

    // One installation has one store.
    let mut other = command(file, &REPORT);
    let said = other.env("ECOOP_STORE__URL", &url).output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains("store.sqlite is a store") && said.contains("[store] url"), "{said}");
    std::fs::remove_file(server.join("lake/ecoop.toml")).unwrap();
    for arguments in [&REPORT[..], &["apply", COMMUNITY]] {
        let said = refused(server, arguments);
        assert!(said.contains("store.sqlite is not there") && said.contains("[store] url"), "{said}");
    }
    assert!(!file_of_store(server).exists(), "none is made beside a lake that has one");
}

#[test]
fn a_service_hands_over_work_and_survives_cut_connections() {
    let (folder, url) = on_server();
    let folder = folder.path();
    computed(folder);
    let before = report(folder, "csv");
    let (service, pages) = Running::start_pages(folder, &["serve"]);
    assert_eq!(pages.get("/readyz").status, 200);
    assert_eq!(pages.get("/livez").status, 200);
    // The service holds the lease, so this one asks it.
    ecoop(folder, &["run", "all", "--from", "2026-06-01", "--to", "2026-07-01"]);
    assert_eq!(report(folder, "csv"), before);
    cut(&url);
    ecoop(folder, &["run", "all", "--from", "2026-06-15", "--to", "2026-06-16"]);
    let begun = Instant::now();
    while pages.get("/readyz").status != 200 {
        assert!(begun.elapsed() < PATIENCE, "{}", std::fs::read_to_string(folder.join("log")).unwrap());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(report(folder, "csv"), before);
    service.end();
}

/// Ends all connections to the database of a URL.
fn cut(url: &str) {
    let statement = "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cut = runtime.block_on(async {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query(statement).execute(&mut connection).await
    });
    assert!(cut.unwrap().rows_affected() > 0, "the service is connected");
}

#[test]
fn two_installations_cannot_share_a_database() {
    let (first, url) = on_server();
    ecoop(first.path(), &["apply", COMMUNITY]);
    let second = tempfile::tempdir().unwrap();
    let mut apply = command(second.path(), &["apply", COMMUNITY]);
    let output = apply.env("ECOOP_STORE__URL", &url).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("belongs to the lake of another installation"), "{said}");
    ecoop(first.path(), &["apply", COMMUNITY]);
}

#[test]
fn a_database_that_is_not_there_is_said_with_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    let mut apply = command(folder.path(), &["apply", COMMUNITY]);
    let output = apply.env("ECOOP_STORE__URL", "postgres://ecoop:hunter2@127.0.0.1:1/ecoop").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    let want = "the database `ecoop` at 127.0.0.1:1 of user `ecoop`, which the setting [store] url (ECOOP_STORE__URL) \
                names, does not answer: see that the server runs there";
    assert!(said.contains(want), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    assert!(!file_of_store(folder.path()).exists());
}
