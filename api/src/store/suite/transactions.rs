//! What the code above relies on: one writer, readers that see one moment, and faults that say who can mend them.

use engine::error::Error;

use super::*;

on_both!(
    one_writes_and_the_next_one_sees_it,
    readers_do_not_wait_and_see_one_moment,
    of_two_who_decided_on_the_same_registry_one_is_refused,
    a_transaction_that_is_dropped_leaves_nothing_and_holds_nobody_up,
    numbers_of_64_bits_come_back_as_they_were,
    a_text_with_nul_is_refused_as_the_users,
    texts_come_back_as_they_were,
    a_row_that_is_there_already_is_a_conflict,
    a_broken_rule_is_a_defect_of_ours,
    who_waits_too_long_may_try_again,
);

const INSERT: &str = "INSERT INTO request (kind, body, state, created_at_us) VALUES ($1, '', 'pending', 0)";

async fn requests(from: impl database::Fetch) -> i64 {
    let (count,): (i64,) = sql("SELECT count(*) FROM request").one(from).await.unwrap();
    count
}

async fn one_writes_and_the_next_one_sees_it(place: Place) {
    let f = Fixture::new(place).await;
    // Opening it writes, so that comes first.
    let other = f.another_database().await;
    let mut first = f.store.database.write().await.unwrap();
    assert_eq!(sql(INSERT).bind("first").execute(&mut first).await.unwrap(), 1);
    let second = tokio::spawn(async move {
        let mut second = other.write().await.unwrap();
        let seen = requests(&mut second).await;
        sql(INSERT).bind("second").execute(&mut second).await.unwrap();
        second.commit().await.unwrap();
        seen
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!second.is_finished(), "it waits for the first");
    first.commit().await.unwrap();
    assert_eq!(second.await.unwrap(), 1, "what was committed while it waited");
    assert_eq!(requests(&f.store.database).await, 2);
}

async fn readers_do_not_wait_and_see_one_moment(place: Place) {
    let f = Fixture::new(place).await;
    let other = f.another_database().await;
    let mut writer = f.store.database.write().await.unwrap();
    sql(INSERT).bind("one").execute(&mut writer).await.unwrap();
    let mut reader = other.snapshot().await.unwrap();
    assert_eq!((requests(&mut reader).await, requests(&other).await), (0, 0), "nothing that is not committed");
    writer.commit().await.unwrap();
    assert_eq!((requests(&mut reader).await, requests(&other).await), (0, 1), "the moment of its first look");
}

async fn of_two_who_decided_on_the_same_registry_one_is_refused(place: Place) {
    let f = Fixture::new(place).await;
    let other = f.another().await;
    let none = Names::default();
    let (rows_a, rows_b) = ([member("a")], [member("b")]);
    let (a, b) = tokio::join!(f.store.apply_rows("a", &rows_a, &none, 0), other.apply_rows("b", &rows_b, &none, 0));
    let kinds: Vec<_> = [a, b].into_iter().filter_map(|r| r.err().map(|e| e.kind())).collect();
    assert_eq!(kinds, [ErrorKind::Conflict]);
    assert_eq!(f.store.audit_verify().await.unwrap().head.sequence, 1);
}

async fn a_transaction_that_is_dropped_leaves_nothing_and_holds_nobody_up(place: Place) {
    let f = Fixture::new(place).await;
    let mut dropped = f.store.database.write().await.unwrap();
    sql(INSERT).bind("dropped").execute(&mut dropped).await.unwrap();
    drop(dropped);
    assert_eq!(sql(INSERT).bind("kept").change(&f.another_database().await).await.unwrap(), 1);
    assert_eq!(requests(&f.store.database).await, 1);
}

async fn numbers_of_64_bits_come_back_as_they_were(place: Place) {
    let f = Fixture::new(place).await;
    for (a, b) in [(i64::MIN, i64::MAX), (0, -1)] {
        let insert = "INSERT INTO request (kind, body, state, epoch, created_at_us) VALUES ('k', '', 'done', $1, $2)
                      RETURNING epoch, created_at_us, finished_at_us";
        let back: Option<(i64, i64, Option<i64>)> =
            sql(insert).bind(a).bind(b).changed(&f.store.database).await.unwrap();
        assert_eq!(back, Some((a, b, None)));
    }
    let rows = [tariff(i64::MIN, i64::MAX), tariff(i64::MAX, i64::MIN)];
    f.clock.set(i64::MAX);
    apply(&f.store, &rows).await;
    let back: Vec<Row> = f.store.current_rows().await.unwrap().into_iter().map(|r| r.row).collect();
    assert_eq!(back, rows);
    // A lease without an end.
    assert_eq!(f.store.acquire("a", Duration::MAX).await.unwrap(), Some(Epoch(1)));
    assert_eq!(f.store.audit_verify().await.unwrap().problems, [""; 0]);
}

async fn a_text_with_nul_is_refused_as_the_users(place: Place) {
    let f = Fixture::new(place).await;
    let check = |error: Error| {
        assert_eq!(error.kind(), ErrorKind::User, "{error}");
        assert!(error.to_string().contains("NUL"), "{error}");
    };
    check(f.store.apply_rows("test", &[member("m-1")], &named("m-1", "An\0na"), 0).await.unwrap_err());
    check(f.store.apply_rows("te\0st", &[member("m-1")], &Names::default(), 0).await.unwrap_err());
    check(f.store.submit("run", "\0").await.unwrap_err());
    assert_eq!((f.store.last_sequence().await.unwrap(), requests(&f.store.database).await), (0, 0));
    assert_eq!(f.store.audit_verify().await.unwrap().head.sequence, 0);
}

async fn texts_come_back_as_they_were(place: Place) {
    let f = Fixture::new(place).await;
    let texts = [
        "",
        " ",
        "O'Hara \\ \"x\" $1 %",
        "Åsa Öz 🌞 e\u{301} \u{202e}",
        "a\r\n\tb",
        "\u{1}\u{ffff}",
        &"x".repeat(1 << 20),
    ];
    let mut names = Names::default();
    for (n, text) in texts.iter().enumerate() {
        names.members.insert(("c".into(), format!("m-{n} '")), (*text).to_owned());
    }
    f.store.apply_rows("test", &[], &names, 0).await.unwrap();
    assert_eq!(f.store.names().await.unwrap(), names);
    assert_eq!(f.store.audit_verify().await.unwrap().problems, [""; 0]);
}

async fn a_row_that_is_there_already_is_a_conflict(place: Place) {
    let f = Fixture::new(place).await;
    let insert = "INSERT INTO lease (name, holder, epoch, expires_at_us) VALUES ('x', '', 0, 0)";
    sql(insert).change(&f.store.database).await.unwrap();
    let again = sql(insert).change(&f.store.database).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict, "{again}");
}

async fn a_broken_rule_is_a_defect_of_ours(place: Place) {
    let f = Fixture::new(place).await;
    for broken in [
        "INSERT INTO request (kind, body, state, created_at_us) VALUES ('k', '', 'lost', 0)",
        "INSERT INTO audit_body (sequence, salt, body) VALUES (7, '', '')",
        "INSERT INTO meta (name) VALUES ('x')",
    ] {
        let refused = sql(broken).change(&f.store.database).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Internal, "{refused}");
    }
    let unknown = sql("SELECT 1 FROM nowhere").all::<(i64,)>(&f.store.database).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Environment, "{unknown}");
}

async fn who_waits_too_long_may_try_again(place: Place) {
    let f = Fixture::new(place).await;
    let _open = f.store.database.write().await.unwrap();
    let busy = match f.place() {
        Place::File(_) => {
            let begin = ["PRAGMA busy_timeout = 50", "BEGIN IMMEDIATE"];
            database::failed::<sqlx::Sqlite>(f.place().raw(&begin).await.unwrap_err())
        }
        Place::Server(_) => {
            let begin = ["BEGIN", "SET LOCAL lock_timeout = '50ms'", "LOCK TABLE meta IN EXCLUSIVE MODE"];
            database::failed::<sqlx::Postgres>(f.place().raw(&begin).await.unwrap_err())
        }
    };
    assert_eq!(busy.kind(), ErrorKind::Environment, "{busy}");
    assert!(busy.to_string().contains("try again"), "{busy}");
}

/// Who does not know our lock can still not change what a transaction has seen.
#[tokio::test]
async fn who_writes_past_the_lock_makes_a_conflict() {
    let f = Fixture::new(Place::on_server()).await;
    f.store.acquire("a", TTL).await.unwrap();
    let mut open = f.store.database.write().await.unwrap();
    let epoch = || sql("SELECT epoch FROM lease");
    assert_eq!(epoch().one::<(i64,)>(&mut open).await.unwrap(), (1,));
    f.place().raw(&["UPDATE lease SET epoch = 9"]).await.unwrap();
    assert_eq!(epoch().one::<(i64,)>(&mut open).await.unwrap(), (1,));
    let late = sql("UPDATE lease SET epoch = epoch + 1").execute(&mut open).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict, "{late}");
}

#[tokio::test]
async fn after_its_connections_were_cut_it_goes_on() {
    let f = Fixture::new(Place::on_server()).await;
    let other = f.another_database().await;
    let mut open = f.store.database.write().await.unwrap();
    sql(INSERT).bind("lost").execute(&mut open).await.unwrap();
    let waiting = tokio::spawn(async move { sql(INSERT).bind("lost too").change(&other).await });
    let waits = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while f.place().raw(&[waits]).await.unwrap() == 0 {
        assert!(!waiting.is_finished(), "it waits for the first");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The one who waits first: it would get the lock of the other when that is cut.
    let cut = "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event_type = 'Lock'";
    assert_eq!(f.place().raw(&[cut]).await.unwrap(), 1);
    f.cut().await;
    let cut = sql(INSERT).bind("lost").execute(&mut open).await.unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::Environment, "{cut}");
    assert!(cut.to_string().contains("does not answer"), "{cut}");
    let cut = waiting.await.unwrap().unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::Environment, "{cut}");
    assert!(cut.to_string().contains("does not answer"), "{cut}");
    drop(open);
    assert_eq!(requests(&f.store.database).await, 0);
    assert_eq!(apply(&f.store, &[member("m-1")]).await.to_sequence, 1);
    // Connections that nobody used meanwhile.
    f.cut().await;
    assert_eq!(f.store.last_sequence().await.unwrap(), 1);
}
