//! New figures in an open page: what a reader opened, chose, scrolled to and selected stays.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use engine::calendar::{QUARTER, day_span, local_day, rfc3339};
use engine::clock::Micros;
use serde_json::json;

use crate::browser::Browser;
use crate::five_members::COMMUNITY;
use crate::program::{Running, ecoop};

const POINTS: [(&str, &str); 7] = [
    ("A", "import"),
    ("B", "import"),
    ("C", "import"),
    ("D", "import"),
    ("E", "import"),
    ("P1", "export"),
    ("D", "export"),
];

/// Readings of a local day: quarter-hours `from` to `to` of the points that `of` names.
fn readings(day: NaiveDate, of: impl Fn(&str) -> bool, from: i64, to: i64) -> String {
    let mut csv = String::from("metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality\n");
    let start = day_span(chrono_tz::Europe::Paris, day).start;
    for quarter in from..to {
        for (point, direction) in POINTS.iter().filter(|(point, _)| of(point)) {
            let time = rfc3339(start + quarter * QUARTER);
            writeln!(csv, "{point},{direction},{time},900,0.{}00,measured", 1 + quarter % 9).unwrap();
        }
    }
    csv
}

#[expect(clippy::disallowed_methods, reason = "the service has the clock of the machine, and so have its readings")]
fn now() -> Micros {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_micros() as Micros
}

const OPEN: &str = "document.querySelector('#load-rows > summary').click();
    document.querySelector('#flow-how > summary').click();
    document.querySelector('#load .more > a').focus();
    document.querySelector('#load .scroll').scrollLeft = 40;
    window.scrollTo(0, document.querySelector('#load').offsetTop + 100);
    const sum = document.querySelector('#flow-card .sum').firstChild;
    getSelection().setBaseAndExtent(sum, 2, sum, 9);
    window.kept = document.querySelector('#load-rows');
    window.words = document.body.innerText;
    new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";
const STATE: &str = "({ open: [...document.querySelectorAll('details[open]')].map((d) => d.id),
    same: window.kept === document.querySelector('#load-rows'),
    focus: document.activeElement.textContent,
    top: Math.round(document.querySelector('#load').getBoundingClientRect().top),
    left: document.querySelector('#load .scroll').scrollLeft,
    selected: [getSelection().anchorOffset, getSelection().focusOffset, getSelection().anchorNode.parentNode.className],
    })";

#[test]
fn new_figures_leave_alone_what_a_reader_does() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Of yesterday one point is late: its readings are still waited for.
    let day = local_day(chrono_tz::Europe::Paris, now()) - Days::new(1);
    std::fs::write(folder.join("first.csv"), readings(day, |point| point != "E", 0, 96)).unwrap();
    ecoop(folder, &["apply", COMMUNITY]);
    ecoop(folder, &["ingest", "first.csv"]);
    let (running, pages) = Running::start_pages(folder, &["serve"]);
    ecoop(folder, &["run", "all"]);
    let page = format!("/c/five-members?p=day&d={day}&lang=en");
    pages.once(&page, "flow-card");
    let mut browser = Browser::start();
    browser.size(390, 100);
    browser.open(&format!("http://localhost:{}{page}", pages.port));
    browser.wait_for("document.querySelector('#live[data-htmx-powered]')");
    browser.run(OPEN);
    let before = browser.run(STATE);
    assert_eq!(before["open"], json!(["flow-how", "load-rows"]));
    // Twice: what was kept is kept again.
    for (name, from, to) in [("second.csv", 0, 40), ("third.csv", 40, 96)] {
        std::fs::write(folder.join(name), readings(day, |point| point == "E", from, to)).unwrap();
        ecoop(folder, &["ingest", name]);
        browser.wait_for("document.body.innerText != window.words");
        browser.run("window.words = document.body.innerText");
        assert_eq!(browser.run(STATE), before, "after {name}");
    }
    let text = browser.run("document.body.innerText");
    assert!(text.as_str().unwrap().contains("closed"), "{text}");
    // What cannot be answered for the moment does not take the place of what can be read.
    browser.run("htmx.ajax('GET', '/c/nobody/live', { source: '#live', swap: 'innerMorph' }).then(() => true)");
    assert_eq!(browser.run("document.body.innerText"), text);
    let fonts: Vec<_> = browser.loaded.iter().filter(|(url, _)| url.contains("woff2")).collect();
    let scripts: u64 = browser.loaded.iter().filter(|(url, _)| url.contains(".js")).map(|(_, bytes)| bytes).sum();
    assert!(fonts.len() == 1 && fonts[0].1 < 50_000, "{fonts:?}");
    assert!((1..60_000).contains(&scripts), "{scripts} bytes of scripts");
    running.end();
}
