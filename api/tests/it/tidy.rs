//! The house rules: which crate knows which, what each does not know, and how the tree looks. Each rule is a function
//! from what it reads to what is wrong with it, so that a test can show that it finds something.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Files of the checkout that are ours, by path: what git knows, or in an exported tree everything but what is built.
fn files() -> Vec<(String, String)> {
    let git = Command::new("git").args(["ls-files", "-co", "--exclude-standard"]).current_dir(root()).output();
    let paths: Vec<String> = match git {
        Ok(output) if output.status.success() => {
            String::from_utf8(output.stdout).unwrap().lines().map(str::to_string).collect()
        }
        _ => walked(&root(), ""),
    };
    assert!(paths.len() > 100, "{} files", paths.len());
    paths.into_iter().filter_map(|p| Some((p.clone(), std::fs::read_to_string(root().join(p)).ok()?))).collect()
}

fn walked(folder: &Path, below: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if [".git", "target", "node_modules", "ecoop-data", "ecoop-demo"].contains(&name.as_str()) {
            continue;
        }
        match entry.file_type().unwrap().is_dir() {
            true => paths.extend(walked(&entry.path(), &format!("{below}{name}/"))),
            false => paths.push(format!("{below}{name}")),
        }
    }
    paths
}

#[test]
fn a_tree_without_git_is_read_too() {
    let ours = |p: &String| p.starts_with("engine/src/") && p.ends_with(".rs");
    let (mut walked, known) = (walked(&root(), ""), files());
    walked.retain(ours);
    walked.sort();
    let mut known: Vec<String> = known.into_iter().map(|(p, _)| p).filter(ours).collect();
    known.sort();
    assert_eq!(walked, known);
}

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

fn badly_named(path: &str) -> Option<String> {
    let stem = |p: &str| Path::new(p).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let names = ["utils", "util", "common", "helpers", "helper", "types", "misc"];
    let of_parts = path.split('/').any(|part| names.contains(&stem(part).as_str()));
    (of_parts || path.ends_with("/mod.rs")).then(|| path.to_string())
}

#[test]
fn names_say_what_is_inside() {
    let files = files();
    assert_eq!(files.iter().filter_map(|(p, _)| badly_named(p)).collect::<Vec<_>>(), Vec::<String>::new());
    for path in ["engine/src/utils.rs", "api/src/common/a.rs", "engine/src/table/mod.rs"] {
        assert!(badly_named(path).is_some(), "{path}");
    }
}

/// A statement of a `.sql` file, when it is not one SELECT.
fn not_one_select(path: &str, text: &str) -> Option<String> {
    let code: String = text.lines().filter(|l| !l.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
    let start = code.trim_start().to_uppercase();
    let one = start.starts_with("SELECT") || start.starts_with("WITH");
    let writes = ["INSERT ", "UPDATE ", "DELETE ", "CREATE ", "DROP ", "COPY "];
    let bad = !one || code.trim_end().trim_end_matches(';').contains(';') || writes.iter().any(|w| start.contains(w));
    (bad || !text.starts_with("--")).then(|| path.to_string())
}

#[test]
fn a_sql_file_is_one_select_that_says_what_it_is() {
    let files = files();
    let sql: Vec<_> = files.iter().filter(|(p, _)| p.starts_with("queries/") && p.ends_with(".sql")).collect();
    assert!(sql.len() > 20);
    assert_eq!(sql.iter().filter_map(|(p, t)| not_one_select(p, t)).collect::<Vec<_>>(), Vec::<String>::new());
    for text in ["SELECT 1", "-- x\nINSERT INTO a SELECT 1", "-- x\nSELECT 1; SELECT 2", "-- x\nDROP TABLE a"] {
        assert!(not_one_select("x.sql", text).is_some(), "{text}");
    }
}

#[test]
fn every_job_has_an_expected_result() {
    let files = files();
    let has = |table: &str| files.iter().any(|(p, _)| *p == format!("queries/tests/expected/{table}.txt"));
    let jobs = files.iter().filter_map(|(p, _)| p.strip_prefix("queries/jobs/")?.strip_suffix(".sql"));
    let jobs: Vec<&str> = jobs.collect();
    assert_eq!((jobs.len(), jobs.iter().filter(|j| !has(j)).count()), (9, 0), "{jobs:?}");
}

const TOP: [&str; 12] = [
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "Makefile",
    "CHANGELOG.md",
    "README.md",
    "engine",
    "connectors",
    "queries",
    "api",
    "dashboards",
    "benches",
];

fn strangers<'a>(paths: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let top = paths.filter_map(|p| p.split('/').next());
    top.filter(|t| !t.starts_with('.') && *t != "datasets" && !TOP.contains(t)).map(str::to_string).collect()
}

#[test]
fn the_top_level_is_fixed() {
    let files = files();
    assert_eq!(strangers(files.iter().map(|(p, _)| p.as_str())), BTreeSet::new());
    assert_eq!(strangers(["docs/a.md"].into_iter()).len(), 1);
}

#[test]
fn every_crate_has_a_readme_that_is_its_documentation() {
    for (room, _) in DIRECTIONS {
        let readme = std::fs::read_to_string(root().join(room).join("README.md")).unwrap();
        assert!((5..=30).contains(&readme.lines().count()), "{room}: {} lines", readme.lines().count());
        let file = if room == "api" { "main.rs" } else { "lib.rs" };
        let source = std::fs::read_to_string(root().join(room).join("src").join(file)).unwrap();
        assert!(source.starts_with("#![doc = include_str!(\"../README.md\")]"), "{room}");
    }
}

/// Places and words that have no business in the project.
fn foreign(path: &str, text: &str) -> Vec<String> {
    // Put together here, so that this file does not hold them.
    let words = [["/ro", "ot/"], ["/wo", "rk/"], ["/ho", "me/"], [".inter", "nal:"], ["local", "host:4873"]];
    words.iter().map(|w| w.concat()).filter(|w| text.contains(w)).map(|w| format!("{path}: {w}")).collect()
}

#[test]
fn no_path_of_a_machine_and_no_host_of_a_registry() {
    let files = files();
    assert_eq!(files.iter().flat_map(|(p, t)| foreign(p, t)).collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!(foreign("x", &["/ro", "ot/x"].concat()).len(), 1);
    let hosts = files.iter().filter(|(p, _)| p.ends_with("package-lock.json"));
    for (path, text) in hosts {
        let other = text.lines().filter(|l| l.contains("\"resolved\"") && !l.contains("https://registry.npmjs.org/"));
        assert_eq!(other.count(), 0, "{path}");
    }
}

/// Functions longer than a screen, outside of tests.
fn long_functions(text: &str) -> usize {
    let code = code(text);
    let lines: Vec<&str> = code.lines().collect();
    let mut long = 0;
    for (n, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let is_function = [
            "fn ",
            "pub fn ",
            "async fn ",
            "pub async fn ",
            "pub(super) fn ",
            "pub(crate) fn ",
            "pub(super) async fn ",
        ]
        .iter()
        .any(|start| trimmed.starts_with(start));
        if is_function && line.ends_with('{') {
            let end = format!("{}}}", &line[..line.len() - trimmed.len()]);
            let length = lines[n..].iter().position(|l| *l == end).unwrap_or(0);
            long += usize::from(length > 70);
        }
    }
    long
}

/// A ratchet: it may only go down.
const LONG_FUNCTIONS: usize = 3;

#[test]
fn functions_fit_on_a_screen() {
    let files = files();
    let rust = files.iter().filter(|(p, _)| p.contains("/src/") && p.ends_with(".rs"));
    let long: Vec<(&str, usize)> =
        rust.clone().map(|(p, t)| (p.as_str(), long_functions(t))).filter(|(_, n)| *n > 0).collect();
    assert!(long.iter().map(|(_, n)| n).sum::<usize>() <= LONG_FUNCTIONS, "{long:?}");
    let large: Vec<&str> = rust.filter(|(_, t)| t.lines().count() > 650).map(|(p, _)| p.as_str()).collect();
    assert_eq!(large, Vec::<&str>::new(), "a file has one subject");
    assert_eq!(long_functions(&format!("fn f() {{\n{}}}\n", "    x();\n".repeat(80))), 1);
}
