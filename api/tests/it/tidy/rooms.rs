//! Which crate knows which, and what each does not know.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::tree::{files, root};

fn rust_of<'a>(files: &'a [(String, String)], crate_name: &str) -> impl Iterator<Item = &'a (String, String)> {
    let folder = format!("{crate_name}/src/");
    files.iter().filter(move |(p, _)| p.starts_with(&folder) && p.ends_with(".rs"))
}

/// Code before the tests at the bottom of a file, without comments.
fn code(text: &str) -> String {
    let upto = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    text[..upto].lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn metadata() -> serde_json::Value {
    // Only what this platform is built from: nothing else need be there.
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|l| l.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Normal dependencies of the workspace's crates.
fn direct(metadata: &serde_json::Value) -> BTreeMap<String, BTreeSet<String>> {
    let members: BTreeSet<&str> =
        metadata["workspace_members"].as_array().unwrap().iter().filter_map(|m| m.as_str()).collect();
    let packages = metadata["packages"].as_array().unwrap();
    let ours = packages.iter().filter(|p| members.contains(p["id"].as_str().unwrap()));
    ours.map(|p| {
        let normal = p["dependencies"].as_array().unwrap().iter().filter(|d| d["kind"].is_null());
        let names = normal.map(|d| d["name"].as_str().unwrap().to_string()).collect();
        (p["name"].as_str().unwrap().to_string(), names)
    })
    .collect()
}

/// What each crate of the workspace may know of the others.
const DIRECTIONS: [(&str, &[&str]); 7] = [
    ("datasets", &[]),
    ("engine", &[]),
    ("connectors", &["engine"]),
    ("queries", &["engine"]),
    ("dashboards", &["engine", "queries"]),
    ("api", &["connectors", "dashboards", "datasets", "engine", "queries"]),
    ("benches", &["api", "connectors", "dashboards", "datasets", "engine", "queries"]),
];
/// Libraries that a crate must not know.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    ("engine", &["rdkafka", "axum", "tower-http", "sqlx", "reqwest", "hyper", "figment", "fluent-templates", "clap"]),
    ("connectors", &["datafusion", "deltalake-core", "parquet", "arrow", "sqlx", "axum"]),
    ("dashboards", &["tokio", "sqlx", "axum", "rdkafka", "datafusion", "object_store"]),
    ("datasets", &["datafusion", "deltalake-core", "rdkafka", "axum", "sqlx"]),
];

fn wrong_directions(direct: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    let rooms: BTreeSet<&str> = DIRECTIONS.iter().map(|(room, _)| *room).collect();
    for (room, may) in DIRECTIONS {
        let Some(knows) = direct.get(room) else { continue };
        let others = knows.iter().filter(|d| rooms.contains(d.as_str()) && !may.contains(&d.as_str()));
        wrong.extend(others.map(|d| format!("{room} -> {d}")));
    }
    for (room, forbidden) in FORBIDDEN {
        let Some(knows) = direct.get(room) else { continue };
        wrong.extend(forbidden.iter().filter(|f| knows.contains(**f)).map(|f| format!("{room} -> {f}")));
    }
    wrong
}

#[test]
fn crates_know_only_what_they_may() {
    assert_eq!(wrong_directions(&direct(&metadata())), Vec::<String>::new());
    let broken = [("engine", "rdkafka"), ("connectors", "datafusion"), ("datasets", "engine"), ("queries", "api")];
    for (room, dependency) in broken {
        let direct = BTreeMap::from([(room.to_string(), BTreeSet::from([dependency.to_string()]))]);
        assert_eq!(wrong_directions(&direct), [format!("{room} -> {dependency}")]);
    }
}

fn doubled(metadata: &serde_json::Value) -> Vec<String> {
    let mut versions = BTreeMap::<String, BTreeSet<String>>::new();
    for p in metadata["packages"].as_array().unwrap() {
        let name = p["name"].as_str().unwrap();
        if ["arrow", "parquet", "datafusion", "object_store"].contains(&name) {
            versions.entry(name.into()).or_default().insert(p["version"].as_str().unwrap().into());
        }
    }
    versions.into_iter().filter(|(_, v)| v.len() > 1).map(|(n, v)| format!("{n}: {v:?}")).collect()
}

#[test]
fn arrow_and_its_kin_are_there_once() {
    let mut metadata = metadata();
    assert_eq!(doubled(&metadata), Vec::<String>::new());
    let other = serde_json::json!({"name": "arrow", "version": "60.0.0"});
    metadata["packages"].as_array_mut().unwrap().push(other);
    assert_eq!(doubled(&metadata).len(), 1);
}

/// Words that stand for knowledge a room must not have, in its code.
const UNKNOWN: [(&str, &[&str]); 5] = [
    ("engine", &["std::env", "SystemTime", "Utc::now", "Kafka", "http::", "fluent", "sqlx"]),
    ("connectors", &["SELECT ", "DeltaTable", "std::env", "SystemTime", "Utc::now"]),
    ("queries", &["std::env", "SystemTime", "Utc::now", "std::fs"]),
    ("dashboards", &["std::fs", "std::env", "std::net", "tokio::", "SystemTime", "Utc::now", "println!"]),
    ("datasets", &["std::env", "SystemTime", "Utc::now"]),
];

fn known_words(room: &str, path: &str, text: &str) -> Vec<String> {
    let forbidden = UNKNOWN.iter().filter(|(r, _)| *r == room).flat_map(|(_, words)| *words);
    let code = code(text);
    forbidden.filter(|w| code.contains(**w)).map(|w| format!("{path}: {w}")).collect()
}

#[test]
fn rooms_do_not_know_what_is_not_theirs() {
    let files = files();
    for (room, words) in UNKNOWN {
        let wrong: Vec<String> = rust_of(&files, room).flat_map(|(p, t)| known_words(room, p, t)).collect();
        assert_eq!(wrong, Vec::<String>::new());
        for word in words {
            assert_eq!(known_words(room, "x.rs", &format!("fn f() {{ {word} }}")).len(), 1, "{room}: {word}");
        }
    }
    // Only the configuration and the clock of `api` ask the machine.
    let asks = |t: &str| ["std::env::", "SystemTime::now"].iter().any(|w| code(t).contains(w));
    let asking: Vec<&str> = rust_of(&files, "api").filter(|(_, t)| asks(t)).map(|(p, _)| p.as_str()).collect();
    assert_eq!(asking, ["api/src/clock.rs"], "figment reads the environment in config.rs");
}

#[test]
fn every_crate_has_a_readme_that_is_its_documentation() {
    for (room, _) in DIRECTIONS {
        let readme = std::fs::read_to_string(root().join(room).join("README.md")).unwrap();
        assert!((5..=70).contains(&readme.lines().count()), "{room}: {} lines", readme.lines().count());
        let file = if room == "api" { "main.rs" } else { "lib.rs" };
        let source = std::fs::read_to_string(root().join(room).join("src").join(file)).unwrap();
        assert!(source.starts_with("#![doc = include_str!(\"../README.md\")]"), "{room}");
    }
}
