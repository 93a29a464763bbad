//! Each question's answer for machines, as its readers know it: `../answers/<question>.json`. What differs from run to
//! run (digests, instants at which something was done) stands there as `...`.

use std::path::Path;

use serde_json::Value;

use crate::authority;
use crate::five_members::{PAYOUTS, prepared_month};
use crate::program::ecoop;

const HIDDEN: [&str; 8] =
    ["billed_at", "corrected_at", "day_runs", "position", "received_at", "run_id", "sql_digest", "statement_run_id"];

fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match HIDDEN.contains(&name.as_str()) && !value.is_null() {
                    true => *value = "...".into(),
                    false => hide(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(hide),
        _ => {}
    }
}

/// One rule of digits, by the name of a number.
fn check_digits(name: &str, value: &Value) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| check_digits(name, value)),
        Value::Array(values) => values.iter().for_each(|value| check_digits(name, value)),
        Value::String(number) => {
            let digits = match name {
                name if name.starts_with("exact_") => 12,
                name if name.ends_with("_kwh") || name == "price" => 6,
                name if name.ends_with("amount") || name == "budget" => 2,
                "percent" | "vat_percent" => 2,
                "rate_percent" => 4,
                _ => return,
            };
            assert_eq!(number.split_once('.').map(|(_, part)| part.len()), Some(digits), "{name}: {number}");
        }
        Value::Number(number) => {
            assert!(number.is_i64(), "{name}: {number} would go through a float");
            assert!(!name.ends_with("_kwh") && !name.ends_with("amount") && name != "price", "{name}: {number}");
        }
        _ => {}
    }
}

/// Asks, and compares with the file.
fn ask(folder: &Path, question: &str, arguments: &[&str]) -> Value {
    let text = ecoop(folder, &[arguments, &["--format", "json"]].concat());
    let answer: Value = serde_json::from_str(&text).unwrap();
    check_digits("", &answer);
    let mut shown = answer.clone();
    hide(&mut shown);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/answers").join(question).with_extension("json");
    let wanted: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert_eq!(shown, wanted, "{question}: {shown:#}");
    answer
}

#[test]
fn answers_are_as_their_readers_know_them() {
    let folder = prepared_month();
    let folder = folder.path();
    std::fs::write(folder.join("payouts.toml"), PAYOUTS).unwrap();
    ecoop(folder, &["apply", "payouts.toml"]);
    ecoop(folder, &["run", "all"]);
    let june = ["--community", "five-members", "--month", "2026-06"];
    let month = ask(folder, "month", &[&["report"][..], &june].concat());
    let traces = [
        ("trace_energy", "A", [("item", "internal_energy"), ("document", "invoice")]),
        ("trace_fund", "D", [("item", "fund_share"), ("fund_id", "incentive")]),
        ("trace_interest", "C", [("item", "capital_interest"), ("document", "credit_note")]),
        ("trace_vat", "A", [("kind", "vat"), ("document", "invoice")]),
    ];
    for (question, member, fields) in traces {
        let is_it = |l: &&Value| l["member_id"] == member && fields.iter().all(|(name, value)| l[*name] == *value);
        let line = month["lines"].as_array().unwrap().iter().find(is_it).unwrap();
        ask(folder, question, &["trace", line["line_id"].as_str().unwrap()]);
    }
    let proposal =
        "[community]\nid = \"five-members\"\n[[allocation_key]]\nvalid_from = \"2027-01-01\"\nkind = \"prorata\"\n";
    std::fs::write(folder.join("proposal.toml"), proposal).unwrap();
    let days = ["--from", "2026-06-01", "--to", "2026-07-01"];
    let what = ["replay", "--community", "five-members", "--key", "proposal.toml"];
    ask(folder, "replay", &[&what[..], &days].concat());
    ecoop(folder, &[&["bill"][..], &june].concat());
    let correction = "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality,revision\n\
         D,export,2026-06-15T10:00:00Z,900,470.000000,edited,1\nA,import,2026-06-15T10:00:00Z,900,90.000000,edited,1\n";
    std::fs::write(folder.join("correction.csv"), correction).unwrap();
    ecoop(folder, &["ingest", "correction.csv"]);
    ecoop(folder, &["run", "all"]);
    ask(folder, "as_billed", &[&["report"][..], &june, &["--as-billed"]].concat());
}

#[test]
fn what_an_operator_says_otherwise_is_answered_as_its_readers_know_it() {
    let folder = tempfile::tempdir().unwrap();
    authority::a3_scarce(folder.path(), &authority::OPERATOR.replace("0.175216", "0.275216"));
    let days = ["--community", "A3", "--from", "2026-06-15", "--to", "2026-06-16"];
    ask(folder.path(), "reconcile", &[&["report", "reconcile"][..], &days].concat());
}
