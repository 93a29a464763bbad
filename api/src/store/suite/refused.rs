//! Settings that lead nowhere: what is said names the setting and the cure, and never the password.

use super::*;

/// What is said of a URL, which holds the password `hunter2`.
async fn said(url: &str) -> (ErrorKind, String) {
    let refused = Store::on_server(url, Arc::new(ManualClock::at(NOW))).await.unwrap_err();
    let (text, debug) = (refused.to_string(), format!("{refused:?}"));
    assert!(text.contains("[store] url (ECOOP_STORE__URL)"), "{text}");
    assert!(!text.contains("hunter2") && !debug.contains("hunter2"), "{text} {debug}");
    (refused.kind(), text)
}

async fn check(url: &str, kind: ErrorKind, want: &str) {
    let (said_kind, text) = said(url).await;
    assert_eq!(said_kind, kind, "{text}");
    assert!(text.contains(want), "{text} says {want:?}");
}

#[tokio::test]
async fn a_url_of_no_database_that_we_know() {
    check("mysql://u:hunter2@localhost/d", ErrorKind::User, "names `mysql`").await;
    check("hunter2", ErrorKind::User, "is no URL").await;
    check("", ErrorKind::User, "is no URL").await;
    // A driver that ignores what it does not know would connect without TLS, and log the value.
    check("postgres://u@localhost/d?ssl_mode=hunter2", ErrorKind::User, "parameter `ssl_mode`").await;
    check("postgres://u:hunter2@localhost/d?sslmode=maybe", ErrorKind::User, "cannot be read").await;
    check("postgres://u:hunter2@localhost:x/d", ErrorKind::User, "is no URL").await;
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("postgres://u:hunter2@localhost/d?host={}", folder.path().display());
    check(&url, ErrorKind::Environment, "does not answer: see that the server runs there").await;
    // Port 1 is nobody's.
    check("postgres://u:hunter2@127.0.0.1:1/d", ErrorKind::Environment, "`d` at 127.0.0.1:1 of user `u`").await;
}

#[tokio::test]
async fn a_server_that_does_not_let_us_in() {
    let Place::Server(url) = Place::on_server() else { panic!("no server") };
    let own = Place::Server(url.clone());
    let made =
        own.raw(&["CREATE ROLE with_password LOGIN PASSWORD 'other'", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"]);
    made.await.unwrap();
    let as_user = url.replace("postgres@", "with_password:hunter2@");
    check(&as_user, ErrorKind::Environment, "refuses the login: check user and password").await;
    let nowhere = url.replace("test_", "no_such_").replace("postgres@", "postgres:hunter2@");
    check(&nowhere, ErrorKind::Environment, "is not there: make it, for instance by `createdb`").await;
    own.raw(&["ALTER ROLE with_password PASSWORD 'hunter2'"]).await.unwrap();
    check(&as_user, ErrorKind::Environment, "does not let `with_password` make tables").await;
    own.raw(&["GRANT USAGE, CREATE ON SCHEMA public TO with_password"]).await.unwrap();
    let let_in = Store::on_server(&as_user, Arc::new(ManualClock::at(NOW))).await.unwrap();
    // A role that owns its tables needs no more.
    assert_eq!(apply(&let_in, &[member("m-1")]).await.to_sequence, 1);
}

#[tokio::test]
async fn a_database_that_cannot_keep_all_texts() {
    let Place::Server(url) = Place::on_server() else { panic!("no server") };
    Place::Server(url.clone())
        .raw(&["CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"])
        .await
        .unwrap();
    let at = url.find("/test_").unwrap();
    let latin = format!("{}/latin{}", &url[..at], &url[url.find('?').unwrap()..]);
    check(&latin, ErrorKind::User, "keeps text as LATIN1; make the database with ENCODING 'UTF8'").await;
}

/// Also where the server's default is quicker than durable.
#[tokio::test]
async fn what_is_acknowledged_is_on_the_disk() {
    let f = Fixture::new(Place::on_server()).await;
    let show = || sql("SELECT current_setting('synchronous_commit')");
    f.place()
        .raw(&[
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$",
        ])
        .await
        .unwrap();
    let other = f.another_database().await;
    assert_eq!(show().one::<(String,)>(&other).await.unwrap().0, "on");
}
