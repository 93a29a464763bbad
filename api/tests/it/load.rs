//! Many readers at a time, and readers that dawdle.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use crate::five_members::{COMMUNITY, june};
use crate::program::{Answer, Pages, Running, ecoop};

const READERS: usize = 200;
const PAGES_OF_ONE: usize = 40;
/// What they look at: each page in each language is made once.
const LOOKED_AT: [&str; 6] = [
    "/c/five-members?p=month&d=2026-06-15&lang=en",
    "/c/five-members?p=month&d=2026-06-15&lang=fr",
    "/c/five-members?p=day&d=2026-06-15&lang=en",
    "/c/five-members?p=day&d=2026-06-15&lang=fr",
    "/c/five-members/live?p=week&d=2026-06-15&lang=en",
    "/?lang=en",
];

fn computed(folder: &Path) {
    std::fs::write(folder.join("june.csv"), june()).unwrap();
    ecoop(folder, &["apply", COMMUNITY]);
    ecoop(folder, &["ingest", "june.csv"]);
    ecoop(folder, &["run", "all"]);
}

/// Asks for a page over a connection that stays; gives the status.
fn ask(stream: &mut BufReader<TcpStream>, path: &str) -> u16 {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes()).unwrap();
    let (mut line, mut status, mut length) = (String::new(), 0, 0);
    loop {
        line.clear();
        assert!(stream.read_line(&mut line).unwrap() > 0, "{path}: the connection ended");
        let lower = line.to_lowercase();
        if let Some(version_and) = lower.strip_prefix("http/1.1 ") {
            status = version_and[..3].parse().unwrap();
        }
        if let Some(n) = lower.strip_prefix("content-length: ") {
            length = n.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    assert!(length > 500 && body.starts_with(&[0x1f, 0x8b]), "{path}: a page, packed");
    status
}

/// One reader: how long each page took.
fn read(pages: Pages, first: usize) -> Vec<Duration> {
    let stream = TcpStream::connect(("127.0.0.1", pages.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut stream = BufReader::new(stream);
    let paths = LOOKED_AT.iter().cycle().skip(first % LOOKED_AT.len()).take(PAGES_OF_ONE);
    paths
        .map(|path| {
            let started = Instant::now();
            assert_eq!(ask(&mut stream, path), 200, "{path}");
            started.elapsed()
        })
        .collect()
}

#[test]
fn two_hundred_readers_wait_less_than_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    computed(folder);
    std::fs::create_dir_all(folder.join("lake")).unwrap();
    std::fs::write(folder.join("lake/ecoop.toml"), "log = \"ecoop::read=debug\"\n").unwrap();
    let (running, pages) = Running::start_pages(folder, &["serve", "--only", "web"]);
    let begin = Arc::new(Barrier::new(READERS));
    let readers = (0..READERS).map(|n| {
        let begin = Arc::clone(&begin);
        thread::spawn(move || {
            begin.wait();
            read(pages, n)
        })
    });
    let readers: Vec<_> = readers.collect();
    let mut took: Vec<Duration> = readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect();
    took.sort();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!("{} pages of {READERS} readers: half {:?}, 95 % {:?}, all {:?}", took.len(), at(50), at(95), at(100));
    assert!(at(95) < Duration::from_secs(1), "95 % {:?}", at(95));
    running.end();
    // Of each time the lake was asked once, whatever the language and however many readers; the list once a minute.
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    let asked = |report: &str| log.lines().filter(|l| l.contains("asked") && l.contains(report)).count();
    assert_eq!(asked("The figures of a community over a time"), 3, "a month, a day, a week\n{log}");
    assert!((1..=3).contains(&asked("How each community")), "{log}");
}

/// Answers, and what is left of a connection.
fn rest(mut stream: TcpStream) -> (Duration, String) {
    let started = Instant::now();
    let mut text = vec![];
    // A connection that is reset is closed too.
    let _ = stream.read_to_end(&mut text);
    (started.elapsed(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn who_dawdles_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    ecoop(folder.path(), &["apply", COMMUNITY]);
    let (running, pages) = Running::start_pages(folder.path(), &["serve", "--only", "web"]);
    let connect = |begins: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", pages.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(begins.as_bytes()).unwrap();
        stream
    };
    let ends = |begins: &'static str| {
        let stream = connect(begins);
        thread::spawn(move || rest(stream))
    };
    let nothing = ends("");
    let half_a_head = ends("GET / HTTP/1.1\r\nHost: local");
    let no_body = ends("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nabc");
    let idle = ends("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    for (name, waiting) in [("nothing", nothing), ("half a head", half_a_head), ("no body", no_body), ("idle", idle)] {
        let (waited, text) = waiting.join().unwrap();
        assert!(waited < Duration::from_secs(45), "{name}: {waited:?}\n{text}");
        let is_answered = text.starts_with("HTTP/1.1 200") || text.starts_with("HTTP/1.1 405");
        assert_eq!(is_answered, ["no body", "idle"].contains(&name), "{name}: {text}");
    }
    running.end();
}

#[test]
fn one_address_holds_only_so_many_streams_and_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ecoop(folder, &["apply", COMMUNITY]);
    std::fs::write(folder.join("lake/ecoop.toml"), "[web]\nstreams_of_one = 3\n").unwrap();
    let (running, pages) = Running::start_pages(folder, &["serve", "--only", "web"]);
    let events = "/c/five-members/events?after=0&lang=fr";
    let open = || {
        let mut stream = BufReader::new(pages.open(events));
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        (line.contains(" 200 "), stream)
    };
    let mut held: Vec<_> = (0..3).map(|_| open()).collect();
    assert!(held.iter().all(|(is_open, _)| *is_open));
    let refused: Answer = pages.get(events);
    assert!(refused.status == 429 && refused.head.contains("retry-after: 60"), "{}", refused.head);
    assert!(refused.body.contains("Trop de pages sont tenues à jour"), "{}", refused.body);
    assert_eq!(pages.get("/c/five-members").status, 200, "pages are answered all the same");
    // Who goes leaves his place to the next.
    drop(held.pop());
    let started = Instant::now();
    while !open().0 {
        assert!(started.elapsed() < Duration::from_secs(30), "a place that was left is not free");
        thread::sleep(Duration::from_millis(50));
    }
    running.end();
}
