//! From a settled month to its bill, and from a late reading to its correction: `bill`, `report --as-billed`, `trace`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::five_members::{COMMUNITY, june};
use crate::program::{Running, command, ecoop};

const MONTH: [&str; 4] = ["--community", "five-members", "--month", "2026-06"];
/// 100 kWh less from the roof at noon of the 15th.
const LATE: &str = "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality,revision\n\
    P1,export,2026-06-15T10:00:00Z,900,1302.500000,edited,1\n";

/// A folder with the month taken in and computed.
fn settled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("june.csv"), june()).unwrap();
    std::fs::write(folder.path().join("late.csv"), LATE).unwrap();
    ecoop(folder.path(), &["apply", COMMUNITY]);
    ecoop(folder.path(), &["ingest", "june.csv"]);
    ecoop(folder.path(), &["run", "all"]);
    folder
}

fn bill(folder: &Path, more: &[&str]) -> String {
    ecoop(folder, &[&["bill"], &MONTH[..], more].concat())
}

fn refused(folder: &Path, more: &[&str]) -> String {
    let output = command(folder, &[&["bill"], &MONTH[..], more].concat()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

fn report(folder: &Path, more: &[&str]) -> Value {
    let text = ecoop(folder, &[&["report"], &MONTH[..], &["--format", "json"], more].concat());
    serde_json::from_str(&text).unwrap()
}

/// An amount of text in 10^-6.
fn micro(value: &Value) -> i64 {
    engine::units::parse_decimal(value.as_str().unwrap().as_bytes(), 6).unwrap()
}

fn amounts(lines: &Value) -> BTreeMap<String, i64> {
    let all = lines.as_array().unwrap().iter();
    all.map(|l| (l["line_id"].as_str().unwrap().to_string(), micro(&l["amount"]))).collect()
}

/// What members owe by their invoices, and are owed by their credit notes.
fn sums(lines: &Value) -> (i64, i64) {
    let of = |document: &str| {
        let all = lines.as_array().unwrap().iter().filter(|l| l["document"] == document);
        all.map(|l| micro(&l["amount"])).sum::<i64>()
    };
    (of("invoice"), of("credit_note"))
}

#[test]
fn a_late_reading_after_the_bill_drafts_its_correction() {
    let folder = settled();
    let folder = folder.path();
    let before = report(folder, &[]);
    assert_eq!((&before["state"]["state"], &before["bills"]), (&"SETTLED".into(), &Value::Array(vec![])));
    let run = before["state"]["statement_run_id"].as_str().unwrap();
    assert_eq!(run, before["lines"][0]["run_id"]);
    let dry = bill(folder, &["--dry-run"]);
    assert!(
        dry.starts_with("2026-06 of five-members would be billed: bill 1, 30 lines of 5 members, 239.58 EUR\n"),
        "{dry}"
    );
    assert!(dry.contains("  A: 15.98 net + 2.48 VAT = 18.46 EUR\n") && dry.contains(run), "{dry}");
    assert_eq!(report(folder, &[])["state"]["state"], "SETTLED", "a dry run bills nothing");
    let other = refused(folder, &["--run", "0123"]);
    assert!(other.contains("--run 0123: the statement of 2026-06 is of run ") && other.contains(run), "{other}");

    let done = bill(folder, &["--by", "treasurer", "--run", run]);
    assert!(done.starts_with("2026-06 of five-members is billed: bill 1, 30 lines"), "{done}");
    assert_eq!(bill(folder, &[]), "2026-06 of five-members is billed already, and there is nothing to correct\n");
    let billed = report(folder, &[]);
    assert_eq!((&billed["state"]["state"], &billed["state"]["open_corrections"]), (&"BILLED".into(), &0.into()));
    assert_eq!(billed["lines"], before["lines"], "a bill changes no line and no run");
    let at_billing = billed["state"]["billed_at"].as_str().unwrap().to_string();

    ecoop(folder, &["ingest", "late.csv"]);
    ecoop(folder, &["run", "all"]);
    let after = report(folder, &[]);
    assert_eq!(after["state"]["state"], "CORRECTED");
    let (old, new) = (amounts(&before["lines"]), amounts(&after["lines"]));
    let mut credits = 0;
    for draft in after["corrections"].as_array().unwrap() {
        let id = draft["line_id"].as_str().unwrap();
        match draft["entry"].as_str().unwrap() {
            "credit" => assert_eq!(micro(&draft["amount"]), -old[id], "{draft}"),
            _ => {
                assert_eq!(micro(&draft["amount"]), new[id], "{draft}");
                assert_eq!(micro(&draft["difference_amount"]), new[id] - old[id], "{draft}");
            }
        }
        credits += usize::from(draft["entry"] == "credit");
    }
    let changed = old.iter().filter(|(id, amount)| new[*id] != **amount).count();
    assert!(credits >= changed && changed >= 10, "each member's energy, fee and VAT: {credits}, {changed}");
    let ((invoiced, credited), (invoiced_now, credited_now)) = (sums(&before["lines"]), sums(&after["lines"]));
    assert!(invoiced_now < invoiced && credited_now < credited);
    assert_eq!(micro(&after["state"]["open_amount"]), (invoiced_now - invoiced) - (credited_now - credited));

    let text = ecoop(folder, &[&["report"], &MONTH[..], &["--lang", "fr"]].concat());
    assert!(text.contains("Facturé le ") && text.contains("pour 6 membres sont préparées"), "{text}");
    let credit = after["corrections"].as_array().unwrap().iter().find(|c| c["entry"] == "charge").unwrap();
    let opened = ecoop(folder, &["trace", credit["line_id"].as_str().unwrap()]);
    assert!(opened.contains("billed on ") && opened.contains("drafted to correct it: -"), "{opened}");

    let done = bill(folder, &[]);
    assert!(done.starts_with("2026-06 of five-members is billed: bill 2, a correction, "), "{done}");
    as_known_then(folder, &before, &after, &at_billing);
    ecoop(folder, &["audit", "verify"]);
}

/// What was billed when: from the registry alone.
fn as_known_then(folder: &Path, before: &Value, after: &Value, at_billing: &str) {
    let now = report(folder, &["--as-billed"]);
    assert_eq!((&now["state"]["state"], now["bills"].as_array().unwrap().len()), (&"CORRECTED".into(), 2));
    assert_eq!(
        (&now["bills"][0]["billed_by"], &now["bills"][1]["billed_by"]),
        (&"treasurer".into(), &"command line".into())
    );
    for member in now["members"].as_array().unwrap() {
        assert_eq!((&member["billed_amount"], &member["difference_amount"]), (&member["known_amount"], &"0.00".into()));
    }
    let mut sums = amounts(&now["bills"][0]["lines"]);
    assert_eq!(sums, amounts(&before["lines"]));
    for line in now["bills"][1]["lines"].as_array().unwrap() {
        *sums.entry(line["line_id"].as_str().unwrap().to_string()).or_default() += micro(&line["amount"]);
    }
    assert_eq!(sums, amounts(&after["lines"]));
    let then = report(folder, &["--as-billed", "--as-of", at_billing]);
    assert_eq!(then["bills"].as_array().unwrap().len(), 1);
    assert_eq!(amounts(&then["bills"][0]["lines"]), amounts(&before["lines"]));
    let long_ago = report(folder, &["--as-billed", "--as-of", "2020-01-01T00:00:00Z"]);
    assert_eq!((&long_ago["bills"], &long_ago["state"]), (&Value::Array(vec![]), &Value::Null));
    let text = ecoop(folder, &[&["report"], &MONTH[..], &["--as-billed", "--as-of", at_billing]].concat());
    assert!(
        text.contains("As known on ") && text.contains("239.58\u{a0}€") && !text.contains("Correction, bill 2"),
        "{text}"
    );
    let csv = ecoop(folder, &[&["report"], &MONTH[..], &["--as-billed", "--format", "csv"]].concat());
    assert_eq!(csv.lines().filter(|l| l.contains(",2026-06,EUR,1,")).count(), 30, "{csv}");
}

#[test]
fn a_month_with_gaps_is_not_billed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let gap = |line: &&str| !(line.starts_with("B,import,2026-06-20T") || line.contains(",2026-06-29T22:"));
    let june: Vec<String> = june().lines().filter(gap).map(str::to_string).collect();
    std::fs::write(folder.join("june.csv"), june.join("\n") + "\n").unwrap();
    ecoop(folder, &["apply", COMMUNITY]);
    ecoop(folder, &["ingest", "june.csv"]);
    assert!(refused(folder, &["--dry-run"]).contains("nothing is computed yet"));
    let why = refused(folder, &[]);
    assert!(
        why.contains("2026-06 of `five-members` cannot be billed yet: 100 of its 2880 intervals are still open"),
        "{why}"
    );
    assert!(why.contains("2026-06-20: 88 provisional") && why.contains("B, import: 100 values missing"), "{why}");
    assert!(why.contains("ecoop ingest") && why.contains("missing_consumption"), "{why}");
    assert_eq!(report(folder, &[])["state"]["state"], "PROVISIONAL");
    let other = command(folder, &["bill", "--community", "five-members", "--month", "2026-05"]).output().unwrap();
    assert!(String::from_utf8_lossy(&other.stderr).contains("2026-05 of `five-members` is not computed"));
}

/// The service holds the lease: the bill is handed to it and seen on its page.
#[test]
fn a_month_is_billed_while_the_service_runs() {
    let folder = settled();
    let folder = folder.path();
    let (service, pages) = Running::start_pages(folder, &["serve"]);
    let page = |lang: &str| pages.get(&format!("/c/five-members?p=month&d=2026-06-01&lang={lang}")).body;
    assert!(page("en").contains("Not billed yet") && page("en").contains(">closed<"));
    assert!(bill(folder, &[]).contains("is billed: bill 1"));
    let shows = |lang: &str, what: &str| {
        let seen = (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            page(lang).contains(what)
        });
        assert!(seen, "{what} is not in\n{}", page(lang));
    };
    shows("en", "Billed on ");
    assert!(page("en").contains("Nothing is known otherwise since."));
    ecoop(folder, &["ingest", "late.csv"]);
    shows("fr", "Des corrections de ");
    assert!(page("fr").contains(">corrigé<") && page("fr").contains("Facturé le "));
    service.end();
}
