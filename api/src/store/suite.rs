//! What every store has to do, whichever database is below.

mod fixture;
mod server;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::billing::Billing;
use engine::calendar::SECOND;
use engine::clock::ManualClock;
use engine::error::ErrorKind;
use engine::registry::{FOREVER, Member, Row, Tariff};

use fixture::{Fixture, Place};

use super::*;

const NOW: Micros = 1_767_225_600 * SECOND;
const TTL: Duration = Duration::from_secs(30);

/// Each test on each database. One that is named in no list is dead code, which the compiler tells.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod in_file {
            $(#[tokio::test] async fn $test() { super::$test(super::Place::in_file()).await; })+
        }
        mod on_server {
            $(#[tokio::test] async fn $test() { super::$test(super::Place::on_server()).await; })+
        }
    };
}

mod refused;
mod transactions;
mod upgrade;

on_both!(
    applying_the_same_rows_twice_adds_nothing,
    a_bill_is_never_changed,
    a_reopened_store_is_the_same_store,
    a_new_store_may_be_opened_by_several_at_once,
    a_change_that_breaks_off_leaves_nothing,
    who_decided_on_an_older_registry_has_to_read_again,
    rows_of_many_writers_get_one_order_without_gaps,
    one_holds_the_lease_and_the_epoch_tells_a_stale_one,
    of_many_who_want_the_lease_one_gets_it,
    the_lease_of_one_that_has_ended_is_freed,
    sources_that_stand_still_are_known_until_they_go_on,
    a_store_belongs_to_the_lake_that_came_first,
    a_request_is_handed_over_and_its_end_comes_back,
    a_request_outlives_the_process_that_took_it,
    the_chain_shows_every_edit,
    the_guards_refuse_edits_and_an_erased_body_leaves_the_chain_whole,
);

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

async fn applying_the_same_rows_twice_adds_nothing(place: Place) {
    let f = Fixture::new(place).await;
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
async fn a_bill_is_never_changed(place: Place) {
    let f = Fixture::new(place).await;
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
    let (detail,): (String,) = sql("SELECT detail FROM audit WHERE sequence = 1").one(&f.store.database).await.unwrap();
    assert!(detail.contains(r#""bills":[["c","2026-06-01",1]]"#), "{detail}");
    assert_eq!(f.store.audit_verify().await.unwrap().problems, [""; 0]);
}

async fn a_reopened_store_is_the_same_store(place: Place) {
    let f = Fixture::new(place).await;
    apply(&f.store, &[member("m-1")]).await;
    let id = f.store.id().await.unwrap();
    assert_eq!(id.len(), 32);
    f.store.close().await;
    let again = f.another().await;
    assert_eq!((again.id().await.unwrap(), again.last_sequence().await.unwrap()), (id, 1));
    if let Place::File(_) = f.place() {
        let file = std::fs::metadata(f.place().path()).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.permissions());
        assert_eq!(mode & 0o077, 0, "{mode:o}: nobody else reads what people are called");
    }
}

async fn a_new_store_may_be_opened_by_several_at_once(place: Place) {
    let open = || async { place.open(Arc::new(ManualClock::at(NOW))).await.unwrap().id().await.unwrap() };
    let ids: BTreeSet<String> = futures::future::join_all((0..24).map(|_| open())).await.into_iter().collect();
    assert_eq!(ids.len(), 1);
}

async fn a_change_that_breaks_off_leaves_nothing(place: Place) {
    let f = Fixture::new(place).await;
    apply(&f.store, &[member("m-1")]).await;
    // The last statement of the transaction fails: neither rows nor names nor outbox may stay.
    f.break_changes().await;
    let failed = f.store.apply_rows("test", &[member("m-2")], &named("m-2", "Berta"), 1).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Environment);
    f.mend_changes().await;

    assert_eq!(f.store.last_sequence().await.unwrap(), 1);
    assert_eq!(f.store.current_rows().await.unwrap().len(), 1);
    assert_eq!(f.store.names().await.unwrap(), Names::default());
    assert_eq!(f.store.audit_verify().await.unwrap().head.sequence, 1);
    // The sequence has no gap afterwards.
    assert_eq!(apply(&f.store, &[member("m-2")]).await.to_sequence, 2);
    assert_eq!(f.store.audit_verify().await.unwrap().problems, [""; 0]);
}

async fn who_decided_on_an_older_registry_has_to_read_again(place: Place) {
    let f = Fixture::new(place).await;
    apply(&f.store, &[member("m-1")]).await;
    let stale = f.another().await.apply_rows("test", &[member("m-2")], &Names::default(), 0).await.unwrap_err();
    assert_eq!(stale.kind(), ErrorKind::Conflict);
    assert_eq!(f.store.last_sequence().await.unwrap(), 1);
}

async fn rows_of_many_writers_get_one_order_without_gaps(place: Place) {
    let f = Fixture::new(place).await;
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

async fn the_lease_of_one_that_has_ended_is_freed(place: Place) {
    let f = Fixture::new(place).await;
    assert_eq!(f.store.acquire("a", TTL).await.unwrap(), Some(Epoch(1)));
    f.store.free("b").await.unwrap();
    assert_eq!(f.store.acquire("b", TTL).await.unwrap(), None, "another's end frees nothing");
    f.store.free("a").await.unwrap();
    assert_eq!(f.store.acquire("b", TTL).await.unwrap(), Some(Epoch(2)));
    assert_eq!(f.store.check_epoch(Epoch(1)).await.unwrap_err().kind(), ErrorKind::Conflict);
}

async fn sources_that_stand_still_are_known_until_they_go_on(place: Place) {
    let f = Fixture::new(place).await;
    let stopped = |why: &str, lost| engine::ingest::Stopped { source: "c/t/0".into(), why: why.into(), lost };
    let known = |why: &str, lost| StoppedSource { source: "c/t/0".into(), why: why.into(), lost, since: NOW };
    f.store.source_stopped(&stopped("silence", None)).await.unwrap();
    assert_eq!(f.store.stopped_sources().await.unwrap(), [known("silence", None)]);
    // It is the same standstill when more is lost.
    f.clock.set(NOW + SECOND);
    f.store.source_stopped(&stopped("lost", Some((5, 9)))).await.unwrap();
    assert_eq!(f.store.stopped_sources().await.unwrap(), [known("lost", Some((5, 9)))]);
    f.store.loss_accepted("anna", "c/t/0", (5, 9)).await.unwrap();
    f.store.source_goes_on("c/t/0").await.unwrap();
    assert_eq!(f.store.stopped_sources().await.unwrap(), []);
    let report = f.store.audit_verify().await.unwrap();
    assert_eq!((report.head.sequence, report.problems), (1, vec![]));
    let line: (String, String, String) =
        sql("SELECT author, action, detail FROM audit").one(&f.store.database).await.unwrap();
    let detail = r#"{"from_offset":5,"source":"c/t/0","to_offset":9}"#;
    assert_eq!(line, ("anna".into(), "accept_loss".into(), detail.into()));
}

async fn a_store_belongs_to_the_lake_that_came_first(place: Place) {
    let f = Fixture::new(place).await;
    assert_eq!(f.store.lake("one").await.unwrap(), "one");
    assert_eq!(f.another().await.lake("other").await.unwrap(), "one");
    assert_eq!(f.store.lake("one").await.unwrap(), "one");
}

async fn one_holds_the_lease_and_the_epoch_tells_a_stale_one(place: Place) {
    let f = Fixture::new(place).await;
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

async fn of_many_who_want_the_lease_one_gets_it(place: Place) {
    let f = Fixture::new(place).await;
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

async fn a_request_is_handed_over_and_its_end_comes_back(place: Place) {
    let f = Fixture::new(place).await;
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

async fn a_request_outlives_the_process_that_took_it(place: Place) {
    let f = Fixture::new(place).await;
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
async fn check_tampered(place: Place, statement: &str, want: &str) {
    let f = Fixture::new(place).await;
    apply(&f.store, &[member("m-1"), tariff(0, 115_000)]).await;
    f.store.apply_rows("test", &[tariff(0, 116_000)], &named("m-1", "Anna"), 2).await.unwrap();
    f.store.apply_rows("test", &[], &named("m-1", "Anne"), 3).await.unwrap();
    let clean = f.store.audit_verify().await.unwrap();
    assert_eq!((clean.head.sequence, clean.erased, clean.problems), (3, 0, vec![]));
    f.tamper(statement).await;
    let problems = f.store.audit_verify().await.unwrap().problems;
    assert!(problems.iter().any(|p| p.contains(want)), "{statement}: {problems:?} says {want:?}");
}

async fn the_chain_shows_every_edit(place: Place) {
    // Each on a store of its own.
    let another = || match place {
        Place::File(_) => Place::in_file(),
        Place::Server(_) => Place::on_server(),
    };
    for (statement, want) in [
        ("UPDATE audit SET author = 'other' WHERE sequence = 2", "line 2 was changed"),
        ("UPDATE audit SET at_us = at_us + 1 WHERE sequence = 1", "line 1 was changed"),
        ("DELETE FROM audit WHERE sequence = 2", "lines 2 to 2 are missing"),
        ("DELETE FROM audit WHERE sequence = 1", "lines 1 to 1 are missing"),
        ("UPDATE audit_body SET body = '{}' WHERE sequence = 2", "body of line 2 was changed"),
        (
            "UPDATE registry_row SET body = replace(body, '115000', '95000') WHERE sequence = 2",
            "registry rows 1 to 2 are not what line 1 covers",
        ),
        ("DELETE FROM registry_row WHERE sequence = 3", "rows 3 to 3 are not what line 2 covers"),
        (
            "INSERT INTO registry_row SELECT 4, table_name, row_key, community_id, body, applied_at_us, author
                  FROM registry_row WHERE sequence = 3",
            "1 registry rows stand in no line",
        ),
        ("UPDATE registry_current SET body = replace(body, '116000', '1')", "1 current registry rows"),
    ] {
        check_tampered(another(), statement, want).await;
    }
}

async fn the_guards_refuse_edits_and_an_erased_body_leaves_the_chain_whole(place: Place) {
    let f = Fixture::new(place).await;
    f.store.apply_rows("test", &[member("m-1")], &named("m-1", "Anna"), 0).await.unwrap();
    for edit in [
        "UPDATE registry_row SET author = 'x'",
        "DELETE FROM registry_row",
        "UPDATE audit SET author = 'x'",
        "DELETE FROM audit",
    ] {
        let refused = f.place().raw(&[edit]).await.unwrap_err().to_string();
        assert!(refused.contains("never"), "{edit}: {refused}");
    }
    f.place().raw(&["DELETE FROM audit_body"]).await.unwrap();
    let report = f.store.audit_verify().await.unwrap();
    assert_eq!((report.erased, report.problems), (1, vec![]));
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    std::fs::write(&path, "not a database, but long enough to be taken for one ".repeat(40)).unwrap();
    let refused = Store::in_file(&path, Arc::new(ManualClock::at(NOW))).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Damaged);
    assert!(refused.to_string().contains("store.sqlite"), "{refused}");
    assert!(Store::in_file(Path::new("/dev/null/store.sqlite"), Arc::new(ManualClock::at(NOW))).await.is_err());
}
