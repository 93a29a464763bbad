//! Lakes that an older version of the program has written.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use datafusion::dataframe::DataFrameWriteOptions;
use engine::schema::Table;
use engine::table::{Lake, Maintained, NoFence, Policy};
use serde_json::Value as Json;
use url::Url;

use crate::village::{Village, values};

/// Columns that readings got when an operator's results began to come the same way.
const NEW: [&str; 3] = ["kind", "community_id", "lake_version"];

/// The entries of a table's log.
fn entries(table: &Path) -> Vec<PathBuf> {
    let log = std::fs::read_dir(table.join("_delta_log")).unwrap().map(|e| e.unwrap().path());
    let mut entries: Vec<PathBuf> = log.filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    entries.sort();
    entries
}

/// Rewrites every action of a log.
fn edit(table: &Path, change: impl Fn(&mut Json)) {
    for entry in entries(table) {
        let mut lines = Vec::new();
        for line in std::fs::read_to_string(&entry).unwrap().lines() {
            let mut action: Json = serde_json::from_str(line).unwrap();
            // Entries of older versions were the library's own, and held no digests.
            if let Some(info) = action.get_mut("commitInfo").and_then(Json::as_object_mut) {
                info.remove("sha256");
                info.insert("clientVersion".into(), "delta-rs.1.1.3".into());
            }
            if let Some(add) = action.get_mut("add").and_then(Json::as_object_mut) {
                add.remove("tags");
            }
            change(&mut action);
            lines.push(action.to_string());
        }
        std::fs::write(entry, lines.join("\n")).unwrap();
    }
}

/// Takes columns out of the schema that a log states.
fn without(action: &mut Json, columns: &[&str]) {
    let Some(text) = action["metaData"]["schemaString"].as_str() else { return };
    let mut schema: Json = serde_json::from_str(text).unwrap();
    schema["fields"].as_array_mut().unwrap().retain(|f| !columns.contains(&f["name"].as_str().unwrap()));
    action["metaData"]["schemaString"] = schema.to_string().into();
}

/// Makes `readings_raw` what a program wrote that knew no results of operators: files, log and all.
async fn age(village: &Village) {
    let table = village.folder.path().join("readings_raw");
    let session = engine::session::plain();
    let snapshot = village.lake.snapshot(Table::ReadingsRaw).await.unwrap();
    for file in snapshot.files().unwrap() {
        let columns: Vec<String> = Table::ReadingsRaw.file_schema().fields().iter().map(|f| f.name().clone()).collect();
        let old: Vec<&str> = columns.iter().map(String::as_str).filter(|c| !NEW.contains(c)).collect();
        let path = table.join(&file.path);
        let (from, to) = (path.to_str().unwrap(), path.with_extension("old.parquet"));
        let frame = session.read_parquet(from, Default::default()).await.unwrap().select_columns(&old).unwrap();
        let single = DataFrameWriteOptions::new().with_single_file_output(true);
        frame.write_parquet(to.to_str().unwrap(), single, None).await.unwrap();
        std::fs::rename(&to, &path).unwrap();
    }
    edit(&table, |action| {
        without(action, &NEW);
        if let Some(path) = action["add"]["path"].as_str().map(str::to_owned) {
            let bytes = std::fs::read(table.join(&path)).unwrap();
            action["add"]["size"] = bytes.len().into();
            // A file is named by its bytes.
            let (window, _) = path.rsplit_once('_').unwrap();
            let named = format!("{window}_{}.parquet", &engine::table::digest::of_bytes(&bytes)[..24]);
            std::fs::rename(table.join(&path), table.join(&named)).unwrap();
            action["add"]["path"] = named.into();
            let mut stats: Json = serde_json::from_str(action["add"]["stats"].as_str().unwrap()).unwrap();
            for bounds in ["minValues", "maxValues"] {
                stats[bounds].as_object_mut().unwrap().retain(|name, _| !NEW.contains(&name.as_str()));
            }
            action["add"]["stats"] = stats.to_string().into();
        }
    });
}

async fn open(village: &Village) -> engine::Result<std::sync::Arc<Lake>> {
    Lake::open(&Url::from_directory_path(village.folder.path()).unwrap(), HashMap::new()).await
}

async fn full() -> Village {
    let village = Village::with_two("2026-06-20T12:00:00Z").await;
    village.ingest("file/a", &values("a", "2026-06-14T22:00:00Z", "2026-06-15T22:00:00Z")).await;
    village
}

/// Rows that know no kind are readings, also beside newer ones.
#[tokio::test]
async fn readings_of_an_older_lake_are_readings() {
    let new = full().await;
    new.run().await;
    let mut old = full().await;
    age(&old).await;
    old.lake = open(&old).await.unwrap();
    assert_eq!(old.sql("select distinct kind, community_id from readings_raw").await, [","]);
    old.run().await;
    assert_eq!(old.files().await, new.files().await);
    for village in [&new, &old] {
        village.ingest("file/b", &values("b", "2026-06-14T22:00:00Z", "2026-06-15T22:00:00Z")).await;
        village.run().await;
    }
    assert_eq!(old.files().await, new.files().await);
    // Older and newer rows in one file.
    let policy = Policy { files: 2, ..Policy::default() };
    let mut done = Maintained::default();
    old.lake.compact(policy, crate::village::at("2026-06-20T12:00:00Z"), &NoFence, &mut done).await.unwrap();
    assert!(done.compacted.0 >= 2, "{done:?}");
    let worker = old.worker(queries::graph(), std::sync::Arc::new(NoFence));
    worker.run_range(None, "2026-06-15".parse().unwrap(), "2026-06-16".parse().unwrap()).await.unwrap();
    assert_eq!(old.files().await, new.files().await);
    let log = entries(&old.folder.path().join("readings_raw"));
    let stated: String = log.iter().map(|e| std::fs::read_to_string(e).unwrap()).collect();
    let schemas: Vec<&str> = stated.lines().filter(|line| line.starts_with("{\"metaData\"")).collect();
    let new: Vec<bool> = schemas.iter().map(|line| line.contains("community_id")).collect();
    assert_eq!(new, [false, true], "one commit adds the columns");
}

#[tokio::test]
async fn a_lake_that_lacks_what_nothing_can_stand_for_is_refused() {
    let village = full().await;
    edit(&village.folder.path().join("readings_raw"), |action| without(action, &["quality"]));
    let refused = open(&village).await.unwrap_err();
    assert_eq!(refused.kind(), engine::ErrorKind::User);
    let text = refused.to_string();
    assert!(text.contains("readings_raw") && text.contains("quality") && text.contains("another folder"), "{text}");
}
