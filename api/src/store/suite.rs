//! What every store has to do, whichever database is below.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::billing::Billing;
use engine::calendar::SECOND;
use engine::clock::ManualClock;
use engine::error::ErrorKind;
use engine::registry::{FOREVER, Member, Row, Tariff};

use super::*;

const NOW: Micros = 1_767_225_600 * SECOND;
const TTL: Duration = Duration::from_secs(30);

struct Fixture {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    store: Store,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(NOW));
        let store = Store::open(&folder.path().join("store.sqlite"), clock.clone()).await.unwrap();
        Self { folder, clock, store }
    }

    /// Another process would open the same file.
    async fn another(&self) -> Store {
        Store::open(&self.path(), self.clock.clone()).await.unwrap()
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("store.sqlite")
    }

    /// Statements of somebody who has the file and takes the guards off first.
    async fn tamper(&self, statement: &'static str) {
        let mut connection = self.store.pool.acquire().await.unwrap();
        for guard in [
            "DROP TRIGGER IF EXISTS registry_row_is_not_edited",
            "DROP TRIGGER IF EXISTS registry_row_is_not_deleted",
            "DROP TRIGGER IF EXISTS audit_is_not_edited",
            "DROP TRIGGER IF EXISTS audit_is_not_deleted",
            "PRAGMA foreign_keys = OFF",
        ] {
            sqlx::query(guard).execute(&mut *connection).await.unwrap();
        }
        let done = sqlx::query(statement).execute(&mut *connection).await.unwrap();
        assert!(done.rows_affected() > 0, "{statement} changes something");
    }
}

fn tariff(valid_from: Micros, price_micro_per_kwh: i64) -> Row {
    Row::Tariffs(Tariff {
        community_id: "c".into(),
        item: "internal_energy".into(),
        producer: None,
        price_micro_per_kwh: Some(price_micro_per_kwh),
        price_micro_per_month: None,
        vat_basis_points: 2000,
        vat_category: "S".into(),
        terms: Default::default(),
        valid_from,
        valid_to: FOREVER,
    })
}

fn member(id: &str) -> Row {
    Row::Members(Member {
        community_id: "c".into(),
        member_id: id.into(),
        holder: format!("c/{id}"),
        kind: "household".into(),
    })
}

fn named(member: &str, name: &str) -> Names {
    Names { members: [(("c".to_owned(), member.to_owned()), name.to_owned())].into(), ..Names::default() }
}

async fn apply(store: &Store, rows: &[Row]) -> Applied {
    let based_on = store.last_sequence().await.unwrap();
    store.apply_rows("test", rows, &Names::default(), based_on).await.unwrap()
}

#[tokio::test]
async fn applying_the_same_rows_twice_adds_nothing() {
    let f = Fixture::new().await;
    let rows = [member("m-1"), tariff(0, 115_000), tariff(5, 120_000)];
    let first = f.store.apply_rows("anna", &rows, &named("m-1", "Anna"), 0).await.unwrap();
    assert_eq!(first, Applied { from_sequence: 1, to_sequence: 3, unchanged: 0, changed: 4 });
    let second = f.store.apply_rows("anna", &rows, &named("m-1", "Anna"), 3).await.unwrap();
    assert_eq!(second, Applied { from_sequence: 4, to_sequence: 3, unchanged: 4, changed: 0 });
    assert_eq!(f.store.audit_verify().await.unwrap().head.sequence, 1, "nothing done leaves no line");

    // A correction is a new row; the old one stays in the history.
    assert_eq!(apply(&f.store, &[tariff(0, 116_000)]).await.to_sequence, 4);
    let history = f.store.rows_after(0, 100).await.unwrap();
    assert_eq!(history.iter().map(|r| r.sequence).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!((&history[1].row, &history[3].row), (&tariff(0, 115_000), &tariff(0, 116_000)));
    let current = f.store.current_rows().await.unwrap();
    assert_eq!(current.iter().map(|r| r.sequence).collect::<Vec<_>>(), [1, 3, 4]);
    // And back again: the old value is a change too.
    assert_eq!(apply(&f.store, &[tariff(0, 115_000)]).await.to_sequence, 5);

    assert_eq!(f.store.rows_after(1, 2).await.unwrap(), history[1..3]);
    assert_eq!(f.store.names().await.unwrap(), named("m-1", "Anna"));
    assert_eq!(f.store.audit_verify().await.unwrap().problems, [""; 0]);
}

/// A bill is written once: the same again is nothing new, another text of the same number is refused.
#[tokio::test]
async fn a_bill_is_never_changed() {
    let f = Fixture::new().await;
    let bill = |number, text: &str| {
        Row::Billings(Billing {
            community_id: "c".into(),
            month: "2026-06-01".parse().unwrap(),
            number,
            billed_at: NOW,
            statement_run_id: "r".into(),
            text: text.into(),
        })
    };
    f.store.apply_rows("treasurer", &[bill(1, "amount\n1\n")], &Names::default(), 0).await.unwrap();
    assert_eq!(apply(&f.store, &[bill(1, "amount\n1\n")]).await.changed, 0);
    let changed = f.store.apply_rows("treasurer", &[bill(1, "amount\n2\n")], &Names::default(), 1).await.unwrap_err();
    assert_eq!(changed.kind(), ErrorKind::Conflict);
    assert!(changed.to_string().contains("a bill is never changed"), "{changed}");
    assert_eq!(apply(&f.store, &[bill(2, "amount\n2\n")]).await.changed, 1);
    let of_first = f.store.author_of(&bill(1, "")).await.unwrap();
    assert_eq!((of_first.as_deref(), f.store.author_of(&bill(3, "")).await.unwrap()), (Some("treasurer"), None));
    let detail: String =
        sqlx::query_scalar("SELECT detail FROM audit WHERE sequence = 1").fetch_one(&f.store.pool).await.unwrap();
    assert!(detail.contains(r#""bills":[["c","2026-06-01",1]]"#), "{detail}");
    assert_eq!(f.store.audit_verify().await.unwrap().problems, [""; 0]);
}

#[tokio::test]
async fn a_reopened_store_is_the_same_store() {
    let f = Fixture::new().await;
    apply(&f.store, &[member("m-1")]).await;
    let id = f.store.id().await.unwrap();
    assert_eq!(id.len(), 32);
    f.store.close().await;
    let again = f.another().await;
    assert_eq!((again.id().await.unwrap(), again.last_sequence().await.unwrap()), (id, 1));
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(f.path()).unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{mode:o}: nobody else reads what people are called");
    }
}

#[tokio::test]
async fn a_new_store_may_be_opened_by_several_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: std::path::PathBuf| async move { Store::open(&path, Arc::new(ManualClock::at(NOW))).await };
    let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(open(folder.path().join("store.sqlite")))).collect();
    let mut ids = std::collections::BTreeSet::new();
    for task in tasks {
        ids.insert(task.await.unwrap().unwrap().id().await.unwrap());
    }
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn a_change_that_breaks_off_leaves_nothing() {
    let f = Fixture::new().await;
    apply(&f.store, &[member("m-1")]).await;
    // The last statement of the transaction fails: neither rows nor names nor outbox may stay.
    sqlx::query("CREATE TRIGGER broken BEFORE INSERT ON audit_body BEGIN SELECT RAISE(ABORT, 'power cut'); END")
        .execute(&f.store.pool)
        .await
        .unwrap();
    let failed = f.store.apply_rows("test", &[member("m-2")], &named("m-2", "Berta"), 1).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Environment);
    sqlx::query("DROP TRIGGER broken").execute(&f.store.pool).await.unwrap();

    assert_eq!(f.store.last_sequence().await.unwrap(), 1);
    assert_eq!(f.store.current_rows().await.unwrap().len(), 1);
    assert_eq!(f.store.names().await.unwrap(), Names::default());
    assert_eq!(f.store.audit_verify().await.unwrap().head.sequence, 1);
    // The sequence has no gap afterwards.
    assert_eq!(apply(&f.store, &[member("m-2")]).await.to_sequence, 2);
    assert_eq!(f.store.audit_verify().await.unwrap().problems, [""; 0]);
}

#[tokio::test]
async fn who_decided_on_an_older_registry_has_to_read_again() {
    let f = Fixture::new().await;
    apply(&f.store, &[member("m-1")]).await;
    let stale = f.another().await.apply_rows("test", &[member("m-2")], &Names::default(), 0).await.unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::Conflict);
    assert_eq!(f.store.last_sequence().await.unwrap(), 1);
}

#[tokio::test]
async fn rows_of_many_writers_get_one_order_without_gaps() {
    let f = Fixture::new().await;
    let mut tasks = Vec::new();
    for writer in 0..4 {
        let store = f.another().await;
        tasks.push(tokio::spawn(async move {
            for n in 0..5 {
                loop {
                    let at = store.last_sequence().await.unwrap();
                    let rows = [member(&format!("m-{writer}-{n}"))];
                    match store.apply_rows("test", &rows, &Names::default(), at).await {
                        Ok(_) => break,
                        Err(e) => assert_eq!(e.kind(), ErrorKind::Conflict, "{e}"),
                    }
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let rows = f.store.rows_after(0, 1000).await.unwrap();
    assert_eq!(rows.iter().map(|r| r.sequence).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    assert_eq!(f.store.audit_verify().await.unwrap().head.sequence, 20);
}

#[tokio::test]
async fn one_holds_the_lease_and_the_epoch_tells_a_stale_one() {
    let f = Fixture::new().await;
    let (a, b) = (&f.store, f.another().await);
    assert_eq!(a.lease().await.unwrap(), None);
    assert_eq!(a.acquire("a", TTL).await.unwrap(), Some(Epoch(1)));
    assert_eq!(b.acquire("b", TTL).await.unwrap(), None);
    assert_eq!(a.acquire("a", TTL).await.unwrap(), None, "the name alone is no right");
    let held = lease::Lease { holder: "a".into(), epoch: Epoch(1), expires_at: NOW + 30 * SECOND };
    assert_eq!(b.lease().await.unwrap(), Some(held));

    // Renewed in time, it goes on; paused past its end, it goes to the next.
    f.clock.set(NOW + 29 * SECOND);
    a.renew(Epoch(1), TTL).await.unwrap();
    f.clock.set(NOW + 58 * SECOND);
    assert_eq!(b.acquire("b", TTL).await.unwrap(), None);
    a.check_epoch(Epoch(1)).await.unwrap();
    f.clock.set(NOW + 59 * SECOND);
    assert_eq!(b.acquire("b", TTL).await.unwrap(), Some(Epoch(2)));
    assert_eq!(a.renew(Epoch(1), TTL).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(a.check_epoch(Epoch(1)).await.unwrap_err().kind(), ErrorKind::Conflict);
    a.release(Epoch(1)).await.unwrap();
    b.check_epoch(Epoch(2)).await.unwrap();

    // Given back, it is free at once, and the giver's epoch is over.
    b.release(Epoch(2)).await.unwrap();
    assert_eq!(b.lease().await.unwrap(), None);
    assert_eq!(b.check_epoch(Epoch(2)).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(b.renew(Epoch(2), TTL).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(a.acquire("a", TTL).await.unwrap(), Some(Epoch(3)));
}

#[tokio::test]
async fn of_many_who_want_the_lease_one_gets_it() {
    let f = Fixture::new().await;
    let mut tasks = Vec::new();
    for n in 0..8 {
        let store = f.another().await;
        tasks.push(tokio::spawn(async move { store.acquire(&format!("p{n}"), TTL).await.unwrap() }));
    }
    let mut got = Vec::new();
    for task in tasks {
        got.extend(task.await.unwrap());
    }
    assert_eq!(got, [Epoch(1)]);
}

#[tokio::test]
async fn a_request_is_handed_over_and_its_end_comes_back() {
    let f = Fixture::new().await;
    let (serve, command) = (f.store.clone(), f.another().await);
    let epoch = serve.acquire("serve", TTL).await.unwrap().unwrap();
    assert_eq!(serve.take_next(epoch).await.unwrap(), None);

    let id = command.submit("run", r#"{"job":"all"}"#).await.unwrap();
    let worker = tokio::spawn({
        let serve = serve.clone();
        async move {
            let request = serve.take_next(epoch).await.unwrap().unwrap();
            serve.finish(request.id, epoch, &Ok("3 windows".into())).await.unwrap();
            request
        }
    });
    assert_eq!(command.wait(id, Duration::from_secs(10)).await.unwrap(), Some(Ok("3 windows".into())));
    assert_eq!(worker.await.unwrap(), request::Request { id, kind: "run".into(), body: r#"{"job":"all"}"#.into() });

    let refused = command.submit("run", "{}").await.unwrap();
    let taken = serve.take_next(epoch).await.unwrap().unwrap();
    serve.finish(taken.id, epoch, &Err("no such job".into())).await.unwrap();
    assert_eq!(command.wait(refused, TTL).await.unwrap(), Some(Err("no such job".into())));
    assert_eq!(serve.finish(refused, epoch, &Ok(String::new())).await.unwrap_err().kind(), ErrorKind::Conflict);

    let nobody = command.submit("run", "{}").await.unwrap();
    assert_eq!(command.wait(nobody, Duration::from_millis(60)).await.unwrap(), None);
    assert!(command.withdraw(nobody).await.unwrap());
    assert_eq!(serve.take_next(epoch).await.unwrap(), None);
    assert_eq!(command.wait(nobody, TTL).await.unwrap_err().kind(), ErrorKind::User);
    assert_eq!(command.wait(99, TTL).await.unwrap_err().kind(), ErrorKind::User);
}

#[tokio::test]
async fn a_request_outlives_the_process_that_took_it() {
    let f = Fixture::new().await;
    let id = f.store.submit("apply", "{}").await.unwrap();
    let killed = f.store.acquire("killed", TTL).await.unwrap().unwrap();
    assert_eq!(f.store.take_next(killed).await.unwrap().unwrap().id, id);
    assert!(!f.store.withdraw(id).await.unwrap(), "somebody works on it");
    f.clock.set(NOW + 31 * SECOND);
    let next = f.another().await;
    let epoch = next.acquire("next", TTL).await.unwrap().unwrap();
    assert_eq!(f.store.take_next(killed).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(next.take_next(epoch).await.unwrap().unwrap().id, id);
    assert_eq!(f.store.finish(id, killed, &Ok(String::new())).await.unwrap_err().kind(), ErrorKind::Conflict);
    next.finish(id, epoch, &Ok("done".into())).await.unwrap();
    assert_eq!(f.store.wait(id, TTL).await.unwrap(), Some(Ok("done".into())));
}

/// Makes three changes, tampers, and expects the check to name it.
async fn check_tampered(statement: &'static str, want: &str) {
    let f = Fixture::new().await;
    apply(&f.store, &[member("m-1"), tariff(0, 115_000)]).await;
    f.store.apply_rows("test", &[tariff(0, 116_000)], &named("m-1", "Anna"), 2).await.unwrap();
    f.store.apply_rows("test", &[], &named("m-1", "Anne"), 3).await.unwrap();
    let clean = f.store.audit_verify().await.unwrap();
    assert_eq!((clean.head.sequence, clean.erased, clean.problems), (3, 0, vec![]));
    f.tamper(statement).await;
    let problems = f.store.audit_verify().await.unwrap().problems;
    assert!(problems.iter().any(|p| p.contains(want)), "{statement}: {problems:?} says {want:?}");
}

#[tokio::test]
async fn the_chain_shows_every_edit() {
    check_tampered("UPDATE audit SET author = 'other' WHERE sequence = 2", "line 2 was changed").await;
    check_tampered("UPDATE audit SET at_us = at_us + 1 WHERE sequence = 1", "line 1 was changed").await;
    check_tampered("DELETE FROM audit WHERE sequence = 2", "lines 2 to 2 are missing").await;
    check_tampered("DELETE FROM audit WHERE sequence = 1", "lines 1 to 1 are missing").await;
    check_tampered("UPDATE audit_body SET body = '{}' WHERE sequence = 2", "body of line 2 was changed").await;
    let edit = "UPDATE registry_row SET body = replace(body, '115000', '95000') WHERE sequence = 2";
    check_tampered(edit, "registry rows 1 to 2 are not what line 1 covers").await;
    check_tampered("DELETE FROM registry_row WHERE sequence = 3", "rows 3 to 3 are not what line 2 covers").await;
    let insert = "INSERT INTO registry_row SELECT 4, table_name, row_key, community_id, body, applied_at_us, author
                  FROM registry_row WHERE sequence = 3";
    check_tampered(insert, "1 registry rows stand in no line").await;
    check_tampered("UPDATE registry_current SET body = replace(body, '116000', '1')", "1 current registry rows").await;
}

#[tokio::test]
async fn the_guards_refuse_edits_and_an_erased_body_leaves_the_chain_whole() {
    let f = Fixture::new().await;
    f.store.apply_rows("test", &[member("m-1")], &named("m-1", "Anna"), 0).await.unwrap();
    for edit in [
        "UPDATE registry_row SET author = 'x'",
        "DELETE FROM registry_row",
        "UPDATE audit SET author = 'x'",
        "DELETE FROM audit",
    ] {
        assert!(sqlx::query(edit).execute(&f.store.pool).await.is_err(), "{edit}");
    }
    sqlx::query("DELETE FROM audit_body").execute(&f.store.pool).await.unwrap();
    let report = f.store.audit_verify().await.unwrap();
    assert_eq!((report.erased, report.problems), (1, vec![]));
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    std::fs::write(&path, "not a database, but long enough to be taken for one ".repeat(40)).unwrap();
    let refused = Store::open(&path, Arc::new(ManualClock::at(NOW))).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Environment);
    assert!(refused.to_string().contains("store.sqlite"), "{refused}");
    assert!(Store::open(Path::new("/dev/null/store.sqlite"), Arc::new(ManualClock::at(NOW))).await.is_err());
}
