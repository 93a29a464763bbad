//! Bytes that are not what was written: named, never summed; and what a crash leaves, put right.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use arrow::array::{Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use engine::ErrorKind;
use engine::ingest::Limits;
use engine::schema::Table;
use engine::table::digest::of_rows;
use engine::table::{Depth, Lake, Maintained, NoFence, Policy, Survey, survey};
use url::Url;

use super::place::{Place, Words, at, batch};

const EVERY: Policy = Policy { files: 100, commits: 1, linger: 0, orphan_ms: 0 };

/// A lake with readings of two commits, a checkpoint after the first.
async fn written() -> Place {
    let place = Place::new().await;
    take(&place, 0, "P 1 1000;P 2 2000").await;
    let mut done = Maintained::default();
    place.lake.checkpoint_all(EVERY, &mut done).await.unwrap();
    assert!(done.checkpoints > 0);
    take(&place, 1, "P 3 4000").await;
    place
}

async fn take(place: &Place, from: i64, message: &str) {
    let mut intake = place.intake(Limits { age: 0, rows: 1, bytes: 1 }).await;
    intake.take(&batch("s", from, &[message]), &mut Words).await.unwrap();
    intake.commit().await.unwrap();
}

async fn look(place: &Place, depth: Depth) -> Survey {
    let root = Url::from_directory_path(place.folder.path()).unwrap();
    survey(&root, &HashMap::new(), depth, &|_| {}).await.unwrap()
}

fn raw(place: &Place) -> PathBuf {
    place.folder.path().join(Table::ReadingsRaw.name())
}

/// Files below a folder whose names end so, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

async fn sum(place: &Place) -> engine::Result<i64> {
    let lake = place.reopened().await?;
    let session = engine::catalog::open(&lake, None, &engine::catalog::Principal::Operator).await?;
    let rows = engine::session::query(&session, "select cast(sum(energy_kwh) * 1000000 as bigint) from readings_raw");
    let rows = rows.await?.collect().await?;
    Ok(rows[0].column(0).as_any().downcast_ref::<Int64Array>().unwrap().value(0))
}

#[tokio::test]
async fn a_whole_lake_is_found_whole() {
    let place = written().await;
    for depth in [Depth::Presence, Depth::Bytes, Depth::Rows] {
        let found = look(&place, depth).await;
        assert_eq!(found.damages, []);
        assert_eq!((found.undigested_files, found.undigested_entries, found.unnamed.len()), (0, 0, 0), "{found:?}");
        assert!(found.tables == Table::ALL.len() && found.files >= 3 && found.rows >= 4, "{found:?}");
    }
    assert_eq!(sum(&place).await.unwrap(), 7000);
}

#[tokio::test]
async fn a_changed_byte_of_a_data_file_is_named_and_never_summed() {
    let place = written().await;
    let file = files(&raw(&place), ".parquet").into_iter().find(|f| !f.to_string_lossy().contains("_delta_log"));
    let file = file.unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let bytes = std::fs::read(&file).unwrap();
    for n in (0..bytes.len()).step_by(bytes.len() / 5).chain([bytes.len() - 1]) {
        let mut changed = bytes.clone();
        changed[n] ^= 1 << (n % 8);
        std::fs::write(&file, changed).unwrap();
        let refused = sum(&place).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Damaged, "byte {n}: {refused}");
        let damage = refused.damage().unwrap();
        assert!(damage.table == "readings_raw" && damage.file.ends_with(name), "byte {n}: {damage}");
        assert!(damage.cure.contains("from a copy") && !refused.to_string().contains('\n'), "{refused}");
    }
    let quick = look(&place, Depth::Presence).await;
    assert_eq!(quick.damages, [], "its size is as it was");
    let deep = look(&place, Depth::Bytes).await;
    assert!(deep.damages.len() == 1 && deep.damages[0].file.ends_with(name), "{:?}", deep.damages);
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    let cut = look(&place, Depth::Presence).await;
    assert!(cut.damages[0].what.contains("were written"), "{:?}", cut.damages);
    std::fs::remove_file(&file).unwrap();
    let gone = look(&place, Depth::Presence).await;
    assert!(gone.damages.len() == 1 && gone.damages[0].what == "is missing", "{:?}", gone.damages);
    assert_eq!(sum(&place).await.unwrap_err().damage().unwrap().what, "is missing");
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(sum(&place).await.unwrap(), 7000);
}

#[tokio::test]
async fn a_file_that_changes_under_a_running_process_is_read_anew_and_refused() {
    let place = written().await;
    assert_eq!(place.count(Table::ReadingsRaw).await, 3);
    let file = files(&raw(&place), ".parquet").into_iter().find(|f| !f.to_string_lossy().contains("_delta_log"));
    let file = file.unwrap();
    let bytes = std::fs::read(&file).unwrap();
    let mut changed = bytes.clone();
    changed[8] ^= 1;
    std::fs::write(&file, changed).unwrap();
    let (table, known) = place
        .lake
        .current_files()
        .await
        .unwrap()
        .into_iter()
        .find(|(t, f)| *t == Table::ReadingsRaw && file.to_string_lossy().ends_with(&f.path))
        .unwrap();
    let session = engine::catalog::open(&place.lake, None, &engine::catalog::Principal::Operator).await.unwrap();
    let query = engine::session::query(&session, "select sum(energy_kwh) from readings_raw").await.unwrap();
    let refused = engine::Error::from(query.collect().await.unwrap_err());
    assert_eq!(refused.kind(), ErrorKind::Damaged, "{refused}");
    assert_eq!(place.lake.damages().len(), 1);
    std::fs::write(&file, bytes).unwrap();
    assert_eq!(place.lake.scrub(table, &known).await.unwrap(), None);
    assert_eq!(place.lake.damages(), []);
    assert_eq!(place.count(Table::ReadingsRaw).await, 3);
}

#[tokio::test]
async fn a_changed_byte_of_a_log_entry_is_named() {
    let place = written().await;
    let entries = files(&raw(&place).join("_delta_log"), ".json");
    let (last, first) = (entries.last().unwrap(), entries.first().unwrap());
    let bytes = std::fs::read(last).unwrap();
    for n in (0..bytes.len()).step_by(bytes.len() / 5) {
        let mut changed = bytes.clone();
        changed[n] ^= 1 << (n % 7);
        std::fs::write(last, changed).unwrap();
        let found = look(&place, Depth::Presence).await.damages;
        let name = last.file_name().unwrap().to_str().unwrap();
        assert!(found.iter().any(|d| d.table == "readings_raw" && d.file.ends_with(name)), "byte {n}: {found:?}");
        let refused = place.reopened().await.unwrap_err();
        assert!(refused.kind() == ErrorKind::Damaged && refused.to_string().contains(name), "byte {n}: {refused}");
    }
    std::fs::remove_file(last).unwrap();
    std::fs::write(last, &bytes).unwrap();
    // Before the checkpoint an entry is history: the lake opens, and the check names it.
    std::fs::remove_file(first).unwrap();
    assert_eq!(sum(&place).await.unwrap(), 7000);
    let found = look(&place, Depth::Presence).await.damages;
    assert!(found.len() == 1 && found[0].what == "is missing" && found[0].cure.contains("checkpoint"), "{found:?}");
}

#[tokio::test]
async fn an_entry_that_another_process_wrote_is_proven_before_it_is_believed() {
    let place = written().await;
    let other = place.other().await;
    take(&place, 2, "P 4 8000").await;
    let entries = files(&raw(&place).join("_delta_log"), ".json");
    let last = entries.last().unwrap();
    let text = std::fs::read_to_string(last).unwrap();
    std::fs::write(last, text.replace("\"numRecords\\\":1", "\"numRecords\\\":2")).unwrap();
    assert_ne!(std::fs::read_to_string(last).unwrap(), text, "the count stands in it");
    let refused = other.snapshot(Table::ReadingsRaw).await.unwrap_err();
    assert!(
        refused.kind() == ErrorKind::Damaged && refused.to_string().contains("does not have the digest"),
        "{refused}"
    );
}

#[tokio::test]
async fn what_a_crash_leaves_is_put_right() {
    let place = written().await;
    let log = raw(&place).join("_delta_log");
    let checkpoint = files(&log, ".checkpoint.parquet").pop().unwrap();
    let good = std::fs::read(&checkpoint).unwrap();
    // A checkpoint that was not whole on the disk: the entries say the same.
    std::fs::write(&checkpoint, &good[..good.len() / 2]).unwrap();
    assert!(look(&place, Depth::Presence).await.damages.iter().any(|d| d.file.ends_with(".checkpoint.parquet")));
    assert_eq!(sum(&place).await.unwrap(), 7000);
    assert_eq!(look(&place, Depth::Presence).await.damages, [], "set aside, and the pointer with it");
    // An entry that holds nothing was never acknowledged.
    let entries = files(&log, ".json");
    let next = log.join(format!("{:020}.json", entries.len()));
    for nothing in [&b""[..], &[0; 512][..]] {
        std::fs::write(&next, nothing).unwrap();
        assert!(look(&place, Depth::Presence).await.damages[0].cure.contains("never acknowledged"));
        assert_eq!(sum(&place).await.unwrap(), 7000);
        assert_eq!(look(&place, Depth::Presence).await.damages, []);
    }
    // The pointer to the last checkpoint.
    let again = place.reopened().await.unwrap();
    again.checkpoint(Table::ReadingsRaw).await.unwrap();
    let hint = log.join("_last_checkpoint");
    let said = std::fs::read_to_string(&hint).unwrap();
    for wrong in ["", "{", &said.replace("\"version\":2", "\"version\":1"), &said.replace("\"size\"", "\"sizf\"")] {
        std::fs::write(&hint, wrong).unwrap();
        let found = look(&place, Depth::Presence).await.damages;
        assert!(found.len() == 1 && found[0].file.ends_with("_last_checkpoint"), "{wrong}: {found:?}");
        assert_eq!(sum(&place).await.unwrap(), 7000);
        assert_eq!(std::fs::read_to_string(&hint).unwrap(), said);
    }
}

#[tokio::test]
async fn a_hole_in_a_log_is_a_damage_and_no_empty_table() {
    let place = written().await;
    let log = raw(&place).join("_delta_log");
    std::fs::rename(&log, raw(&place).join("away")).unwrap();
    let refused = place.reopened().await.unwrap_err();
    assert!(refused.kind() == ErrorKind::Damaged && refused.to_string().contains("is missing"), "{refused}");
    assert!(look(&place, Depth::Presence).await.damages.iter().any(|d| d.table == "readings_raw"));
}

#[tokio::test]
async fn a_vacuum_keeps_the_files_of_entries_that_are_gone() {
    let place = written().await;
    let entries = files(&raw(&place).join("_delta_log"), ".json");
    // Cleaned up by another program, before the checkpoint.
    std::fs::remove_file(&entries[0]).unwrap();
    std::fs::remove_file(&entries[1]).unwrap();
    let lake = place.reopened().await.unwrap();
    let now = (at("2027-01-01T00:00:00Z"), i64::MAX);
    lake.sweep(EVERY, now, &NoFence, &mut Maintained::default()).await.unwrap();
    assert_eq!(sum(&place).await.unwrap(), 7000);
}

#[test]
fn rows_have_one_digest_however_they_are_cut() {
    let rows = |numbers: &[Option<i64>], texts: &[&str]| {
        let schema = Schema::new(vec![Field::new("n", DataType::Int64, true), Field::new("t", DataType::Utf8, false)]);
        let texts = StringArray::from(texts.to_vec());
        RecordBatch::try_new(
            schema.into(),
            vec![std::sync::Arc::new(Int64Array::from(numbers.to_vec())), std::sync::Arc::new(texts)],
        )
        .unwrap()
    };
    let whole = rows(&[Some(1), Some(1), None, Some(2)], &["a", "a", "a", "bc"]);
    let digest = of_rows(std::slice::from_ref(&whole)).unwrap();
    for cut in 1..4 {
        assert_eq!(of_rows(&[whole.slice(0, cut), whole.slice(cut, 4 - cut)]).unwrap(), digest);
    }
    let others = [
        rows(&[Some(1), Some(1), Some(0), Some(2)], &["a", "a", "a", "bc"]),
        rows(&[Some(1), None, Some(1), Some(2)], &["a", "a", "a", "bc"]),
        rows(&[Some(1), Some(1), None, Some(2)], &["a", "a", "ab", "c"]),
        rows(&[Some(1), Some(1), None], &["a", "a", "a"]),
    ];
    for other in others {
        assert_ne!(of_rows(&[other]).unwrap(), digest);
    }
}

#[tokio::test]
async fn a_master_file_is_written_again_from_its_rows() {
    let place = written().await;
    let lake = &place.lake;
    let rows = lake.registry_rows().await.unwrap();
    let known = lake.current_files().await.unwrap().into_iter().find(|(t, _)| *t == Table::MeteringPoints).unwrap();
    let path = place.folder.path().join("metering_points").join(&known.1.path);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(lake.scrub(known.0, &known.1).await.unwrap().is_some());
    lake.rewrite_master(known.0, &known.1, &rows).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    assert_eq!(lake.scrub(known.0, &known.1).await.unwrap(), None);
    let _: &Lake = lake;
    lake.copy_registry(&rows, 0, &NoFence).await.unwrap();
}
