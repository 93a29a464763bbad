//! Every kind of file of an installation, its bytes changed, cut and taken away: what `check`, `check --deep`,
//! `/readyz` and a page say of it. The whole table stands in `tests/damage.txt`.

mod harm;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::calendar::parse_rfc3339;
use engine::clock::ManualClock;
use engine::table::digest::of_bytes;
use engine::table::{Depth, Maintained, Policy};
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use self::harm::{HARMS, Harm, copy};
use crate::act;
use crate::act::apply::Settled;
use crate::auth::Actor;
use crate::config::Config;
use crate::health::one_line;
use crate::installation::Installation;
use crate::service::{Kind, Part, Service};
use crate::worker::{self, Task};

const COMMUNITY: &str = "[community]\nid = \"here\"\nname = \"Here\"\ncountry = \"FR\"\ntimezone = \"Europe/Paris\"\n\
    currency = \"EUR\"\ninterval_minutes = 15\n[[member]]\nid = \"m\"\nname = \"M\"\nkind = \"household\"\n\
    [[metering_point]]\nid = \"C\"\nmember = \"m\"\ndirections = [\"import\"]\nvalid_from = \"2026-01-01\"\n\
    [[metering_point]]\nid = \"P\"\nmember = \"m\"\ndirections = [\"export\"]\nvalid_from = \"2026-01-01\"\n\
    [[allocation_key]]\nvalid_from = \"2026-01-01\"\nkind = \"prorata\"\n\
    [[tariff]]\nitem = \"internal_energy\"\nvalid_from = \"2026-01-01\"\nprice_per_kwh = \"0.1\"\nvat_percent = 20\n";
/// Damages that are looked at at a time.
const AT_ONCE: usize = 6;
const SETTINGS: &str = "[jobs]\nevery_seconds = 5\n";
const HEAD: &str = "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality\n";
const PAGE: &str = "/c/here?p=day&d=2026-06-15&lang=en";

fn config(folder: &Path) -> Config {
    let mut config = Config { data: folder.display().to_string(), ..Config::default() };
    (config.web.listen, config.web.admin_listen) = ("127.0.0.1:0".into(), "127.0.0.1:0".into());
    config
}

async fn open(folder: &Path) -> engine::Result<Installation> {
    let now = parse_rfc3339("2026-07-10T00:00:00Z").unwrap();
    Installation::with_clock(config(folder), Arc::new(ManualClock::at(now))).await
}

/// An installation with a published month, a checkpoint of each table, and commits after it.
async fn prepared(folder: &Path) -> Installation {
    let place = open(folder).await.unwrap();
    let operator = Actor::operator("test");
    let input = act::apply::Input {
        name: "here.toml".into(),
        text: COMMUNITY.into(),
        community: None,
        settled: Settled::Stays,
    };
    act::apply::apply(&operator, &place, input).await.unwrap();
    worker::perform(&place, &Task::Copy).await.unwrap();
    for (n, rows) in [
        "C,import,2026-06-15T10:00:00Z,900,2.0,measured\nP,export,2026-06-15T10:00:00Z,900,1.0,measured\n",
        "C,import,2026-06-15T10:15:00Z,900,3.0,measured\nP,export,2026-06-15T10:15:00Z,900,1.5,measured\n\
         X,import,2026-06-15T10:15:00Z,900,3.0,measured\n",
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.join(format!("{n}.csv"));
        std::fs::write(&path, format!("{HEAD}{rows}")).unwrap();
        act::ingest::act(&operator, &place, act::ingest::Input::of(&path)).await.unwrap();
        std::fs::remove_file(path).unwrap();
        worker::perform(&place, &Task::Pending).await.unwrap();
        if n == 0 {
            let every = Policy { commits: 1, ..Policy::default() };
            place.lake.checkpoint_all(every, &mut Maintained::default()).await.unwrap();
        }
    }
    std::fs::write(folder.join("ecoop.toml"), SETTINGS).unwrap();
    place
}

/// A text without what differs from run to run.
fn shown(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.display().to_string(), "DIR");
    let text = text.split(", expected").next().unwrap();
    let (mut out, mut last) = (String::new(), "");
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let (body, end) = match word.char_indices().last() {
            Some((at, c)) if !c.is_ascii_alphanumeric() => word.split_at(at),
            _ => (word, ""),
        };
        let is_digest = body.len() >= 24 && body.bytes().all(|b| b.is_ascii_hexdigit());
        // Sizes, times and numbers of frames are those of this version; numbers of log entries have twenty digits.
        let is_number = body.bytes().all(|b| b.is_ascii_digit()) && !body.is_empty();
        out += match body.len() {
            _ if is_digest => "...",
            _ if is_number && last == "frame" => "N",
            4 if body.starts_with("20") => body,
            3..20 if is_number => "N",
            _ => body,
        };
        out += end;
        last = body;
    }
    out
}

async fn checked(folder: &Path, depth: Depth) -> String {
    let config = match Config::load(folder.to_str(), None) {
        Ok(config) => config,
        Err(e) => return format!("error: configuration: {}", e.to_string().replace('\n', " ")),
    };
    match act::check::act(config, depth, &|_| {}).await {
        Err(e) => format!("error: {}", one_line(&e)),
        // What is in the settings is the operator's: their digest is shown.
        Ok(found) if found.settings.as_ref().is_some_and(|(_, digest)| *digest != of_bytes(SETTINGS.as_bytes())) => {
            found.settings.map_or_else(String::new, |(file, digest)| format!("settings: {}, {digest}", file.display()))
        }
        Ok(found) if found.settings.is_none() => "settings: there is no file of them".into(),
        Ok(found) => {
            let mut said: Vec<String> = found.damages.iter().map(|damage| damage.to_string()).collect();
            said.extend(found.lake.unnamed.iter().map(|(table, n)| format!("{table}: {n} files that no entry names")));
            if said.is_empty() { "ok".into() } else { said.join("\n") }
        }
    }
}

async fn get(port: u16, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// What `/readyz` and the page say once the files were looked at.
async fn served(folder: &Path) -> (String, String) {
    if let Err(e) = Config::load(folder.to_str(), None) {
        return (format!("does not start: {}", e.to_string().replace('\n', " ")), "not served".into());
    }
    let place = match open(folder).await {
        Ok(place) => place,
        Err(e) => return (format!("does not start: {}", one_line(&e)), "not served".into()),
    };
    std::fs::create_dir_all(folder.join("running")).unwrap();
    std::fs::write(folder.join("running/0"), "").unwrap();
    let said = match Service::start(&place, &[Part::Web].into(), Kind::real()).await {
        Err(e) => (format!("does not start: {}", one_line(&e)), "not served".into()),
        Ok(service) => {
            let port = service.listen.unwrap().port();
            let ready = settled(port).await;
            // It hears of damages at its next look.
            let of_figures = !ready.contains("_delta_log") || ready.contains("the log ends at");
            let is_held = ready.contains("lake: ") && !ready.contains("quarantine") && of_figures;
            let page = page(port, is_held).await;
            let said = (ready, page);
            service.until(std::future::ready(())).await.unwrap();
            said
        }
    };
    place.store.close().await;
    said
}

async fn settled(port: u16) -> String {
    let begun = Instant::now();
    loop {
        let answer = get(port, "/readyz").await;
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        if !body.contains(super::READING) {
            return body.trim().to_string();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The status of the page, and whether it names a file.
async fn page(port: u16, is_held: bool) -> String {
    let begun = Instant::now();
    loop {
        let answer = get(port, PAGE).await;
        let status = answer.split(' ').nth(1).unwrap().to_string();
        let named = answer.split_once('“').and_then(|(_, rest)| rest.split_once('”')).map(|(file, _)| file.to_string());
        match named {
            Some(file) if answer.contains("not what was written") => return format!("{status}, held: {file}"),
            _ if is_held && begun.elapsed() < Duration::from_secs(60) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            _ => return format!("{status}, as it was"),
        }
    }
}

/// What `check`, `check --deep`, `/readyz` and the page say. Each looks at files of its own: opening mends some.
async fn said_of(base: &Path, harm: &Harm) -> [String; 4] {
    let place = tempfile::tempdir().unwrap();
    let [quick, deep, service] = ["quick", "deep", "service"].map(|name| place.path().join(name));
    copy(base, &quick);
    harm.does(&quick);
    copy(&quick, &deep);
    copy(&quick, &service);
    let (ready, page) = served(&service).await;
    [
        shown(&checked(&quick, Depth::Presence).await, &quick),
        shown(&checked(&deep, Depth::Rows).await, &deep),
        shown(&ready, &service),
        shown(&page, &service),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_damage_is_named() {
    let base = tempfile::tempdir().unwrap();
    let [closed, open_one] = ["closed", "open"].map(|name| base.path().join(name));
    let place = prepared(&closed).await;
    copy(&closed, &open_one);
    place.store.close().await;
    for whole in [&closed, &open_one] {
        let folder = base.path().join("whole");
        copy(whole, &folder);
        assert_eq!(checked(&folder, Depth::Rows).await, "ok");
        std::fs::remove_dir_all(folder).unwrap();
    }
    let mut table = String::new();
    let mut silent = Vec::new();
    let said = HARMS.iter().map(|harm| said_of(if harm.while_open { &open_one } else { &closed }, harm));
    let mut said = futures::stream::iter(said).buffered(AT_ONCE);
    for harm in HARMS {
        let columns = said.next().await.unwrap();
        let _ = writeln!(table, "{}: {}", harm.file, harm.what);
        for (name, text) in ["check", "check --deep", "/readyz", "page"].iter().zip(&columns) {
            for (n, line) in text.lines().enumerate() {
                let _ = writeln!(table, "    {:<13} {line}", if n == 0 { name } else { "" });
            }
        }
        if columns.iter().all(|text| text == "ok" || text == "200, as it was") {
            silent.push(format!("{}: {}", harm.file, harm.what));
        }
    }
    let wanted = include_str!("tests/damage.txt");
    assert_eq!(silent, Vec::<String>::new(), "nothing is said of these");
    assert!(table == wanted, "the table is another one:\n{table}");
}
