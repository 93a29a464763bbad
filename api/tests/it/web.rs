//! Pages as a browser gets them, from a service that works at the same time.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::five_members::{COMMUNITY, june};
use crate::program::{Answer, Running, command, ecoop};

fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("june.csv"), june()).unwrap();
    ecoop(folder.path(), &["apply", COMMUNITY]);
    ecoop(folder.path(), &["ingest", "june.csv"]);
    folder
}

/// What a command that has to fail says, and its exit code.
fn refused(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = command(folder, arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn pages_show_the_figures_and_hear_of_new_ones() {
    let folder = prepared();
    let folder = folder.path();
    let (running, pages) = Running::start_pages(folder, &["serve"]);
    // `run` leaves its request to the service, which holds the lease, and waits until it is done.
    ecoop(folder, &["run", "all"]);
    let month = "/c/five-members?p=month&d=2026-06-10&lang=en";
    // Pages hear of a publication within a second.
    let page = pages.once(month, "37\u{a0}% of the community");
    assert_eq!(page.status, 200);
    for text in
        ["37\u{a0}% of the community", "4,390\u{a0}kWh", "1,641\u{a0}kWh", "June 2026", ">closed<", "lang=\"en\""]
    {
        assert!(page.body.contains(text), "{text} is not in\n{}", page.body);
    }
    let french = pages.get("/c/five-members?p=month&d=2026-06-10&lang=fr");
    assert!(
        french.body.contains("Juin 2026")
            && french.body.contains(">clos<")
            && !french.body.contains("réglé")
            && !french.body.contains("définitif"),
        "{}",
        french.body
    );
    let amounts = pages.get("/c/five-members/amounts?p=month&d=2026-06-10&lang=en").body;
    for text in
        ["1,641.089\u{a0}kWh at 0.1150 per kWh", "188.73\u{a0}€", "Day by day", "/amounts?p=day&#38;d=2026-06-15"]
    {
        assert!(amounts.contains(text), "{text} is not in\n{amounts}");
    }
    assert!(
        page.body.contains("href=\"/c/five-members/amounts?p=month&#38;d=2026-06-01&#38;lang=en\""),
        "{}",
        page.body
    );
    let csv = pages.get("/c/five-members/totals.csv?p=month&d=2026-06-10").body;
    assert!(csv.contains(",1882.800000,4389.554000,1641.089000,2748.465000,241.711000,final,0\n"), "{csv}");
    let series = pages.get("/c/five-members/series.csv?p=day&d=2026-06-15").body;
    assert_eq!(series.lines().count(), 97);

    let events = pages.open("/c/five-members/events?after=1000000");
    assert!(pages.get("/").body.contains("Five members") || pages.get("/").body.contains("five-members"));
    std::fs::write(
        folder.join("more.csv"),
        "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality,revision\n\
         A,import,2026-06-15T10:00:00Z,900,300.000000,edited,1\n",
    )
    .unwrap();
    let fresh = pages.open("/c/five-members/events");
    ecoop(folder, &["ingest", "more.csv"]);
    let heard = BufReader::new(fresh).lines().map(Result::unwrap).find(|l| l.contains("event: committed"));
    assert!(heard.is_some(), "an event when new figures are published");
    pages.once(month, "4,377\u{a0}kWh");
    running.end();
    let rest: Vec<String> = BufReader::new(events).lines().map(Result::unwrap).collect();
    assert!(!rest.iter().any(|l| l.contains("committed")), "a page that has them is not told: {rest:?}");
}

#[test]
fn every_answer_has_its_headers_and_its_words() {
    let folder = prepared();
    let folder = folder.path();
    let (running, pages) = Running::start_pages(folder, &["serve", "--only", "web"]);
    for (path, status) in [
        ("/", 200),
        ("/c/five-members", 200),
        ("/c/five-members/live?p=week&d=2026-06-15", 200),
        ("/c/five-members/amounts?p=month&d=2026-06-15", 200),
        ("/c/five-members?p=week&utm_source=mail&fbclid=x", 200),
        ("/c/five-members?p=decade", 400),
        ("/c/five-members?p=day&d=yesterday", 400),
        ("/c/five-members?p=day&d=%FF", 400),
        ("/c/five-members?lang=tlh", 400),
        ("/c/five-members?date=2026-06-15", 400),
        ("/c/five-members/live?d=2026-06-31", 400),
        ("/c/five-members/series.csv?p=year", 400),
        ("/c/five-members/totals.csv?d=1", 400),
        ("/c/five-members/amounts?d=", 400),
        ("/c/five-members/events?after=new", 400),
        ("/?lang=x", 400),
        ("/?d=1&d=2", 400),
        ("/c/nobody", 404),
        ("/c/nobody/events", 404),
        ("/c/..%2F..%2Fetc%2Fpasswd", 404),
        ("/c/%3Cscript%3Ealert(1)%3C%2Fscript%3E", 404),
        ("/metrics", 404),
        ("/assets/ecoop.css", 404),
        ("/no/such/page?lang=fr", 404),
        ("/livez", 200),
        ("/readyz", 200),
    ] {
        let answer = pages.get(path);
        assert_eq!(answer.status, status, "{path}\n{}", answer.body);
        for header in
            ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff", "referrer-policy"]
        {
            assert!(answer.head.contains(header), "{path}: {}", answer.head);
        }
        assert!(answer.head.contains("cache-control: private, no-store"), "{path}: {}", answer.head);
        assert!(!answer.body.contains("<script>alert"), "{path}");
    }
    let mut foreign = String::new();
    pages.open_as("evil.example", "/c/five-members").read_to_string(&mut foreign).unwrap();
    assert!(foreign.starts_with("HTTP/1.1 400") && !foreign.contains("Five members"), "{foreign}");
    let page = pages.get("/c/five-members").body;
    for asset in page.split('"').filter(|part| part.starts_with("/assets/")) {
        let answer = pages.get(asset);
        assert!(answer.status == 200 && answer.head.contains("immutable"), "{asset}");
    }
    running.end();
}

#[test]
fn what_cannot_be_answered_is_said_in_the_readers_language_with_a_way_back() {
    let folder = prepared();
    let (running, pages) = Running::start_pages(folder.path(), &["serve", "--only", "web"]);
    let list = "href=\"/?lang=fr\"";
    let now = "href=\"/c/five-members?lang=fr\"";
    for (path, status, title, way) in [
        ("/c/five-members?d=hier", 400, "« d » est un jour", now),
        ("/c/five-members?p=an", 400, "« p » est la période", now),
        ("/c/five-members?date=2026-06-01", 400, "Aucune page ne connaît « date »", now),
        ("/c/five-members/events?after=x", 400, "« after » est le numéro", now),
        ("/?d=hier", 400, "« d » est un jour", list),
        ("/c/nobody?d=hier", 404, "Cette page n&#39;existe pas", list),
        ("/c/%FF", 404, "Cette page n&#39;existe pas", list),
        ("/nowhere", 404, "Cette page n&#39;existe pas", list),
        ("/c/nobody/events", 404, "Cette page n&#39;existe pas", list),
        ("/assets/nothing.css", 404, "Cette page n&#39;existe pas", list),
    ] {
        let answer = pages.get_in("fr-FR,fr;q=0.9,en;q=0.5", path);
        let body = answer.body.replace('\u{a0}', " ");
        assert_eq!(answer.status, status, "{path}\n{body}");
        assert!(body.contains("lang=\"fr\"") && body.contains(title) && body.contains(way), "{path}\n{body}");
        // In an address that says it wrongly, what is asked for otherwise is not shown.
        assert!(!body.contains("class=\"periods\""), "{path}");
    }
    let written = Answer::read(pages.send("POST", "localhost", "/c/five-members", "Accept-Language: fr\r\n"));
    assert!(written.status == 405 && written.body.contains("lang=\"fr\""), "{}", written.body);
    running.end();
}

#[test]
fn what_cannot_be_served_says_why() {
    let folder = prepared();
    let folder = folder.path();
    let (code, text) = refused(folder, &["serve", "--listen", "0.0.0.0:0", "--admin-listen", "127.0.0.1:0"]);
    assert!(code == 1 && text.contains("TLS") && text.contains("proxy"), "{text}");
    let (code, text) = refused(folder, &["serve", "--admin-listen", "0.0.0.0:0", "--listen", "127.0.0.1:0"]);
    assert!(code == 1 && text.contains("loopback"), "{text}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, text) = refused(folder, &["serve", "--listen", &address, "--admin-listen", "127.0.0.1:0"]);
    assert!(code == 1 && text.contains(&address) && text.contains("name another address"), "{text}");
    std::fs::write(folder.join("lake/ecoop.toml"), "[kafka]\nbroker = \"a:1\"\n").unwrap();
    let (code, text) = refused(folder, &["serve"]);
    assert!(code == 78 && text.contains("broker"), "{text}");
    let (code, _) = refused(folder, &["serve", "--only", "everything"]);
    assert_eq!(code, 2);
}
