//! The demonstration: it lives, adds up, and goes on where it was.

use std::path::Path;
use std::time::{Duration, Instant};

use engine::calendar::parse_rfc3339;

use crate::program::{Pages, Running, command, ecoop};

fn clock(folder: &Path) -> i64 {
    parse_rfc3339(std::fs::read_to_string(folder.join("lake/demo-clock")).unwrap().trim()).unwrap()
}

/// `used 192 = 32 shared + 160 from suppliers`, for every community; the sums of the printed numbers must hold.
fn check_sums(pages: Pages) {
    let mut checked = 0;
    for id in ["village-fr", "comune-it", "by-se", "koy-tr"] {
        let body = pages.get(&format!("/c/{id}?p=month&lang=en")).body;
        assert!(body.contains("SimBench") && body.contains("no real households"), "{id} says that it is simulated");
        // In the first minutes of a local month there is nothing to add up yet.
        let Some((_, rest)) = body.split_once("<p class=\"sum\">") else { continue };
        checked += 1;
        for line in rest.split("<br>").take(2) {
            let number = |w: &str| w.replace(',', "").parse::<f64>().ok();
            let numbers: Vec<f64> = line.split(' ').filter_map(number).collect();
            assert!((numbers[0] - numbers[1] - numbers[2]).abs() < 0.01, "{id}: {line}");
        }
    }
    assert!(checked > 0, "a page with figures");
}

fn wait_for(what: &str, done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(120), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn it_lives_and_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (running, pages) = Running::start_pages(folder, &["demo"]);
    check_sums(pages);
    let (start, when) = (clock(folder), |body: &str| body.split("class=\"when\">").nth(1).unwrap()[..60].to_string());
    let first = when(&pages.get("/c/village-fr?lang=en").body);
    wait_for("two quarter-hours", || clock(folder) >= start + 1_800_000_000);
    wait_for("a page that moves on", || when(&pages.get("/c/village-fr?lang=en").body) != first);
    check_sums(pages);
    running.end();

    let stopped = clock(folder);
    let (running, pages) = Running::start_pages(folder, &["demo"]);
    assert!(clock(folder) >= stopped, "it goes on where it was");
    wait_for("the next quarter-hour", || clock(folder) > stopped);
    check_sums(pages);
    running.kill();
    // After a kill, what was on its way is sent again, and no reading is there twice.
    let killed = clock(folder);
    let (running, _) = Running::start_pages(folder, &["demo"]);
    wait_for("a quarter-hour after the kill", || clock(folder) > killed);
    running.end();
    let doubled = "select count(*) from (select metering_point_id, direction, interval_start from readings \
                   group by 1, 2, 3 having count(*) > 1)";
    assert!(ecoop(folder, &["sql", "--format", "csv", doubled]).ends_with("\n0\n"));
    let gaps =
        "select count(*) from balances where status <> 'complete' and interval_start < now() - interval '15 days'";
    assert!(ecoop(folder, &["sql", "--format", "csv", gaps]).ends_with("\n0\n"));

    let refused = command(folder, &["serve"]).output().unwrap();
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("ecoop demo"));
}

#[test]
fn it_refuses_any_other_lake() {
    let folder = tempfile::tempdir().unwrap();
    ecoop(folder.path(), &["apply", crate::five_members::COMMUNITY]);
    let refused = command(folder.path(), &["demo"]).output().unwrap();
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("no demo"));
}
