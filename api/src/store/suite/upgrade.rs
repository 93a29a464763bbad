//! Stores of older and of newer programs.

use engine::error::Error;
use sha2::{Digest, Sha384};

use super::*;

on_both!(
    a_filled_store_of_the_first_program_is_brought_up_to_date,
    a_later_migration_keeps_what_is_there,
    a_store_of_a_newer_program_is_refused,
    a_migration_that_fails_leaves_the_store_as_it_was,
    a_store_whose_migration_was_another_is_refused,
);

/// Rows as the first program wrote them, `request` without its number.
const FILLED: &str = include_str!("filled_0001.sql");
const LATER: database::Migration = (1_000_000, "later", "ALTER TABLE request ADD COLUMN note TEXT NOT NULL DEFAULT ''");

/// A store that has the first migration only, with rows in all tables.
async fn filled(place: &Place) {
    place.open_as(1, &[]).await.unwrap().close().await;
    place.raw(&["DELETE FROM meta", FILLED]).await.unwrap();
}

async fn check_filled(store: &Store) {
    assert_eq!(store.id().await.unwrap(), "00112233445566778899aabbccddeeff");
    let report = store.audit_verify().await.unwrap();
    assert_eq!((report.head.sequence, report.erased, report.problems), (3, 1, vec![]));
    let rows = store.rows_after(0, 100).await.unwrap();
    assert_eq!(
        rows.iter().map(|r| r.row.clone()).collect::<Vec<_>>(),
        [member("m-1"), tariff(0, 115_000), tariff(0, 116_000)]
    );
    assert_eq!(store.current_rows().await.unwrap(), [rows[0].clone(), rows[2].clone()]);
    assert_eq!(store.names().await.unwrap(), named("m-1", "Anne O'Hara"));
    assert_eq!(store.author_of(&member("m-1")).await.unwrap().as_deref(), Some("anna"));
    let done = store.wait(1, Duration::ZERO).await.unwrap();
    assert_eq!(done, Some(Ok("3 windows".into())));
}

async fn a_filled_store_of_the_first_program_is_brought_up_to_date(place: Place) {
    filled(&place).await;
    let f = Fixture::new(place).await;
    check_filled(&f.store).await;
    // And it goes on where it was: sequence, chain, epoch and requests.
    assert_eq!(apply(&f.store, &[member("m-1"), member("m-2")]).await.to_sequence, 4);
    assert_eq!(f.store.audit_verify().await.unwrap().problems, [""; 0]);
    let epoch = f.store.acquire("next", TTL).await.unwrap();
    assert_eq!(epoch, Some(Epoch(8)));
    let taken = f.store.take_next(Epoch(8)).await.unwrap().unwrap();
    assert_eq!((taken.id, taken.kind.as_str()), (2, "apply"));
    assert_eq!(f.store.submit("run", "{}").await.unwrap(), 3);
}

async fn a_later_migration_keeps_what_is_there(place: Place) {
    filled(&place).await;
    let store = place.open_as(place.known(), &[LATER]).await.unwrap();
    check_filled(&store).await;
    let notes: Vec<(String,)> = sql("SELECT note FROM request").all(&store.database).await.unwrap();
    assert_eq!(notes.len(), 2);
}

fn check_other_program(error: &Error, want: &str) {
    assert_eq!(error.kind(), ErrorKind::User, "{error}");
    assert!(error.to_string().contains(want), "{error}");
}

async fn a_store_of_a_newer_program_is_refused(place: Place) {
    place.open_as(place.known(), &[LATER]).await.unwrap();
    let refused = place.open(Arc::new(ManualClock::at(NOW))).await.unwrap_err();
    check_other_program(&refused, "was written by a newer program: it has migration 1000000");
}

async fn a_migration_that_fails_leaves_the_store_as_it_was(place: Place) {
    filled(&place).await;
    let broken = (1_000_001, "broken", "CREATE TABLE half (n BIGINT); INSERT INTO nowhere (n) VALUES (1)");
    let failed = place.open_as(place.known(), &[LATER, broken]).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Environment, "{failed}");
    assert!(failed.to_string().contains("migration 1000001"), "{failed}");
    let store = place.open(Arc::new(ManualClock::at(NOW))).await.unwrap();
    check_filled(&store).await;
    assert!(place.raw(&["SELECT note FROM request"]).await.is_err(), "nor is the one before it");
    assert!(place.raw(&["SELECT n FROM half"]).await.is_err());
}

async fn a_store_whose_migration_was_another_is_refused(place: Place) {
    place.open_as(place.known(), &[LATER]).await.unwrap();
    let other = (LATER.0, LATER.1, "ALTER TABLE request ADD COLUMN remark TEXT");
    check_other_program(&place.open_as(place.known(), &[other]).await.unwrap_err(), "migration 1000000 of the store");
}

/// Numbers and names are the same for both databases, in the program and in the folders.
#[test]
fn migrations_are_in_step() {
    let names = |migrations: &[database::Migration]| {
        migrations.iter().map(|(number, name, _)| format!("{number:04}_{name}.sql")).collect::<Vec<_>>()
    };
    let ours = names(sqlite::MIGRATIONS);
    assert_eq!(ours, names(postgres::MIGRATIONS));
    assert!(sqlite::MIGRATIONS.iter().zip(1..).all(|((number, ..), at)| *number == at));
    for folder in ["sqlite", "postgres"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        let mut files: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        assert_eq!(files, ours);
    }
}

/// Stores remember the checksum of what made them: a file that was released stays as it is, to the last blank.
#[test]
fn released_migrations_are_never_edited() {
    let begin = |(_, _, sql): &database::Migration| hex(&Sha384::digest(sql)[..8]);
    assert_eq!(sqlite::MIGRATIONS.iter().map(begin).collect::<Vec<_>>(), ["d38c62964e0894c2", "1140acad6a80dea8"]);
    assert_eq!(postgres::MIGRATIONS.iter().map(begin).collect::<Vec<_>>(), ["34de559cd0d3b7c2", "b5dfa6db698ba338"]);
}
