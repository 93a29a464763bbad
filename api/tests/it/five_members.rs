//! A month of five members, from the file of readings to the bill: `apply`, `ingest`, `run`, `report`.
//!
//! All energy lies in one quarter-hour, so that the fixed key gives each member its weight exactly.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::program::{ecoop, refused};

pub const COMMUNITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/registry/samples/five-members.toml");
const IMPORT_WH: [(&str, u32); 5] = [("A", 312450), ("B", 268912), ("C", 1945300), ("D", 742015), ("E", 1120877)];
const EXPORT_WH: [(&str, u32); 2] = [("P1", 1402500), ("D", 480300)];
const QUARTER: i64 = 900_000_000;
const NOON: &str = "2026-06-15T10:00:00Z";

/// Member, consumption, allocated, residual in kWh; internal energy, fee, monthly fee, VAT, total in EUR.
const BILLS: [&str; 5] = [
    "A,312.450000,121.337000,191.113000,0.000000,0.000000,0.000000,13.95,1.03,1.00,2.48,18.46,final",
    "B,268.912000,98.764000,170.148000,0.000000,0.000000,0.000000,11.36,0.84,1.00,2.06,15.26,final",
    "C,1945.300000,803.221000,1142.079000,0.000000,0.000000,0.000000,92.37,6.83,1.00,15.33,115.53,final",
    "D,742.015000,215.648000,526.367000,480.300000,418.640000,61.660000,24.80,1.83,1.00,4.26,31.89,final",
    "E,1120.877000,402.119000,718.758000,0.000000,0.000000,0.000000,46.25,3.42,1.00,7.77,58.44,final",
];

/// June 2026 in Paris, all energy in the quarter-hour from noon on the 15th.
pub fn june() -> String {
    let at = |text| engine::calendar::parse_rfc3339(text).unwrap();
    let (start, end, full) = (at("2026-05-31T22:00:00Z"), at("2026-06-30T22:00:00Z"), at("2026-06-15T10:00:00Z"));
    let mut csv = String::from("metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality\n");
    for quarter in 0..(end - start) / QUARTER {
        let begins = start + quarter * QUARTER;
        for (direction, points) in [("import", &IMPORT_WH[..]), ("export", &EXPORT_WH[..])] {
            for (point, wh) in points {
                let wh = if begins == full { *wh } else { 0 };
                let time = engine::calendar::rfc3339(begins);
                writeln!(csv, "{point},{direction},{time},900,{}.{:03},measured", wh / 1000, wh % 1000).unwrap();
            }
        }
    }
    csv
}

#[test]
fn five_member_month_to_the_cent() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("june.csv"), june()).unwrap();
    ecoop(folder, &["apply", COMMUNITY]);
    assert_eq!(ecoop(folder, &["ingest", "june.csv"]), "june.csv: 20160 readings\n");
    assert_eq!(
        ecoop(folder, &["ingest", "june.csv"]),
        "june.csv: already taken in, nothing added (20160 values read)\n"
    );
    assert_eq!(ecoop(folder, &["apply", COMMUNITY]), "five-members: 0 changed, 33 as they were\n");
    ecoop(folder, &["run", "all"]);

    let report = ["report", "--community", "five-members", "--month", "2026-06", "--format", "csv"];
    let csv = ecoop(folder, &report);
    for bill in BILLS {
        assert!(csv.contains(&format!("five-members,2026-06,EUR,{bill}\n")), "{bill} is not in\n{csv}");
    }
    let sum = "select cast(sum(energy_kwh) as varchar) from readings";
    assert!(ecoop(folder, &["sql", "--format", "csv", sum]).ends_with("\n6272.354000\n"));

    let lines = statement_lines(folder);
    let of = |document: &str| lines.iter().filter(|l| l["document"] == document).count();
    assert_eq!(of("invoice"), 25, "two producers, fee, month and VAT for each of five members");
    assert_eq!(of("credit_note"), 5, "production and surplus of two producers, VAT of one");
    for line in &lines {
        let id = line["line_id"].as_str().unwrap();
        let opened: Value = serde_json::from_str(&ecoop(folder, &["trace", id, "--format", "json"])).unwrap();
        assert_eq!(opened["amount"], line["amount"], "{id}");
        let steps = opened["intervals"].as_array().unwrap();
        let priced = line["kind"] == "net" && line["item"] != "monthly_fee";
        assert_eq!(steps.is_empty(), !priced, "{id}");
        assert!(steps.iter().all(|s| s["interval_start"] == NOON && s["key_version"].is_i64()), "{id}");
    }
    correct_one_reading(folder, &csv, &lines);
}

/// One value of A is corrected: what A buys from its supplier changes, and nothing else, because its share is a fixed
/// one.
fn correct_one_reading(folder: &Path, before: &str, lines: &[Value]) {
    let correction = format!(
        "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality,revision\n\
         A,import,{NOON},900,300.000000,edited,1\n"
    );
    std::fs::write(folder.join("correction.csv"), correction).unwrap();
    assert_eq!(ecoop(folder, &["ingest", "correction.csv"]), "correction.csv: 1 readings\n");
    let done = ecoop(folder, &["run", "all"]);
    assert!(done.contains("five-members: 1 days, 2026-06-15 to 2026-06-15"), "{done}");
    let report = ["report", "--community", "five-members", "--month", "2026-06", "--format", "csv"];
    let wanted = before.replace("A,312.450000,121.337000,191.113000", "A,300.000000,121.337000,178.663000");
    assert_eq!(ecoop(folder, &report), wanted);
    let amounts =
        |lines: &[Value]| lines.iter().map(|l| (l["line_id"].clone(), l["amount"].clone())).collect::<Vec<_>>();
    assert_eq!(amounts(&statement_lines(folder)), amounts(lines));
    let of_a = lines.iter().find(|l| l["member_id"] == "A" && l["item"] == "internal_energy").unwrap();
    let text = ecoop(folder, &["trace", of_a["line_id"].as_str().unwrap(), "--at", NOON]);
    let received: Vec<&str> = text.lines().filter(|l| l.trim_start().starts_with("A import")).collect();
    assert_eq!(received.len(), 2, "{text}");
    assert!(received[0].contains(" 312.450000 kWh") && received[1].contains(" 300.000000 kWh"), "{text}");
}

fn statement_lines(folder: &Path) -> Vec<Value> {
    let report = ["report", "--community", "five-members", "--month", "2026-06", "--format", "json"];
    let report: Value = serde_json::from_str(&ecoop(folder, &report)).unwrap();
    report["lines"].as_array().unwrap().clone()
}

/// Funds and interest of the worked month, beside the community's own file.
pub const PAYOUTS: &str = r#"
[community]
id = "five-members"

[[fund]]
id = "incentive"
valid_from = "2026-01-01"
from = "incentive"
amount = "1000.00"
tie = "id"
[[fund.part]]
percent = "40"
to = "producers"
by = "given_energy"
[[fund.part]]
percent = "40"
to = "consumers"
by = "allocated_energy"
[[fund.part]]
percent = "20"
to = "social"

[[fund]]
id = "equal"
valid_from = "2026-01-01"
from = "community"
amount = "100.01"
tie = "id"
[[fund.part]]
percent = "100"
to = "consumers"
by = "equal"

[[fund]]
id = "excess"
valid_from = "2026-01-01"
from = "incentive"
amount = "214.29"
tie = "id"
[[fund.part]]
percent = "100"
to = "consumers"
member_kinds = ["household", "commune"]

[[capital_share]]
member = "A"
capital = "500"
valid_from = "2025-01-01"
[[capital_share]]
member = "B"
capital = "200"
valid_from = "2025-01-01"
[[capital_share]]
member = "C"
capital = "5000"
valid_from = "2025-01-01"
[[capital_share]]
member = "D"
capital = "1000"
valid_from = "2025-09-03"
[[capital_share]]
member = "E"
capital = "750"
valid_from = "2025-12-01"

[[interest]]
year = 2025
paid_in = "2026-06"
rate_percent = "2.75"
"#;

/// (member, item, fund, amount) of credit notes, without VAT.
const CREDITS: [(&str, &str, &str, &str); 24] = [
    ("A", "fund_share", "equal", "20.01"),
    ("A", "fund_share", "excess", "25.41"),
    ("A", "fund_share", "incentive", "29.58"),
    ("A", "capital_interest", "", "13.75"),
    ("B", "fund_share", "equal", "20.00"),
    ("B", "fund_share", "excess", "20.68"),
    ("B", "fund_share", "incentive", "24.07"),
    ("B", "capital_interest", "", "5.50"),
    ("C", "fund_share", "equal", "20.00"),
    ("C", "fund_share", "excess", "168.20"),
    ("C", "fund_share", "incentive", "195.78"),
    ("C", "capital_interest", "", "137.50"),
    ("D", "production_credit", "", "48.14"),
    ("D", "surplus_revenue", "", "4.51"),
    ("D", "fund_share", "equal", "20.00"),
    ("D", "fund_share", "incentive", "102.04"),
    ("D", "fund_share", "incentive", "52.56"),
    ("D", "capital_interest", "", "9.04"),
    ("E", "fund_share", "equal", "20.00"),
    ("E", "fund_share", "incentive", "98.01"),
    ("E", "capital_interest", "", "1.75"),
    ("scic", "production_credit", "", "140.58"),
    ("scic", "surplus_revenue", "", "13.16"),
    ("scic", "fund_share", "incentive", "297.96"),
];

/// Credit notes, pots, interest, rounding and the books of the worked month, and what a person reads of them.
#[test]
fn payouts_of_the_five_member_month_to_the_cent() {
    let folder = prepared_month();
    let folder = folder.path();
    std::fs::write(folder.join("payouts.toml"), PAYOUTS).unwrap();
    ecoop(folder, &["apply", "payouts.toml"]);
    assert!(ecoop(folder, &["apply", "payouts.toml"]).contains("0 changed"));
    ecoop(folder, &["run", "all"]);

    let lines = statement_lines(folder);
    let credits: Vec<&Value> = lines.iter().filter(|l| l["document"] == "credit_note").collect();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let got: Vec<[String; 4]> = credits
        .iter()
        .filter(|l| l["kind"] == "net")
        .map(|l| [&l["member_id"], &l["item"], &l["fund_id"], &l["amount"]].map(text))
        .collect();
    assert_eq!(got, CREDITS.map(|(member, item, fund, amount)| [member, item, fund, amount].map(str::to_owned)));
    for line in &credits {
        let id = text(&line["line_id"]);
        let opened: Value = serde_json::from_str(&ecoop(folder, &["trace", &id, "--format", "json"])).unwrap();
        assert_eq!(opened["amount"], line["amount"], "{id}");
        let (item, basis) = (text(&line["item"]), &opened["basis"]);
        assert_eq!(basis.is_null(), !["fund_share", "capital_interest"].contains(&item.as_str()), "{id}");
        let by_energy = basis["weight_by"].as_str().is_some_and(|by| by.ends_with("_energy"));
        if by_energy {
            assert_eq!(opened["energy_kwh"], basis["weights"][text(&line["member_id"])], "{id}");
        }
        let of_energy = by_energy || ["production_credit", "surplus_revenue"].contains(&item.as_str());
        assert_eq!(opened["intervals"].as_array().unwrap().is_empty(), !of_energy, "{id}");
    }

    let report = ["report", "--community", "five-members", "--month", "2026-06", "--format"];
    let json: Value = serde_json::from_str(&ecoop(folder, &[&report[..], &["json"]].concat())).unwrap();
    let invoiced: i64 = json["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| text(&m["total_amount"]).replace('.', "").parse::<i64>().unwrap())
        .sum();
    assert_eq!(invoiced, 23_958, "invoices are as they were");
    let payouts = &json["payouts"];
    assert_eq!(payouts["rounding"], serde_json::json!([{ "member_id": "D", "amount": "0.01" }]));
    let account = |name: &str| -> (i64, i64) {
        let of = payouts["postings"].as_array().unwrap().iter().filter(|p| name.is_empty() || p["account"] == name);
        let cents = |v: &Value| text(v).replace('.', "").parse::<i64>().unwrap();
        of.fold((0, 0), |(debit, credit), p| (debit + cents(&p["debit"]), credit + cents(&p["credit"])))
    };
    assert_eq!(account("receivable_member"), (23_958, 0));
    assert_eq!(account("surplus_receivable"), (1_767, 0));
    assert_eq!(account("incentive_receivable"), (121_429, 0));
    assert_eq!(account("fund_expense"), (10_001, 0));
    assert_eq!(account("interest_expense"), (16_754, 0));
    assert_eq!(account("social_fund_payable"), (0, 20_000));
    assert_eq!(account("rounding"), (0, 1));
    assert_eq!(account("vat_collected"), (0, 3_190));
    assert_eq!(account("vat_deductible"), (2_812, 0));
    let (debit, credit) = account("");
    assert_eq!(debit, credit);

    let english = ecoop(folder, &[&report[..], &["text"]].concat());
    for line in ["Rounding account: +0.01 € for the energy of Farm (D)", "incentive: 20 % to its purpose: 200.00 €"]
    {
        assert!(english.replace('\u{a0}', " ").contains(line), "{line}\n{english}");
    }
    let french = ecoop(folder, &[&report[..], &["text", "--lang", "fr"]].concat());
    assert!(french.contains("Compte d'arrondi") && french.contains("Cagnottes"), "{french}");
}

/// What a fund or an interest rule lacks is said with its field and its cure, all of it in one go.
#[test]
fn what_makes_no_fund_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ecoop(folder, &["apply", COMMUNITY]);
    let wrong = "[community]\nid = \"five-members\"\n[[fund]]\nid = \"x\"\nvalid_from = \"2026-01-01\"\nfrom \
    = \"incentive\"\n\
        amount = \"1.001\"\n[[fund.part]]\npercent = 40\nto = \"producers\"\n[[fund.part]]\npercent = 40\nto \
        = \"social\"\n\
        [[interest]]\nyear = 2025\npaid_in = \"June\"\nrate_percent = 2\nbudget = 3\n\
        [[tariff]]\nitem = \"surplus_sale\"\nvalid_from = \"2026-01-01\"\nprice_per_kwh = \"0.1\"\nmember_kind \
        = \"farm\"\n";
    std::fs::write(folder.join("wrong.toml"), wrong).unwrap();
    let said = refused(folder, &["apply", "wrong.toml"]);
    for what in ["fund.amount", "sum to 80.00", "interest.paid_in", "a rate or a budget", "tariff.member_kind"] {
        assert!(said.contains(what), "{what}\n{said}");
    }
}

/// A folder with the month taken in and computed.
pub fn prepared_month() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("june.csv"), june()).unwrap();
    ecoop(folder.path(), &["apply", COMMUNITY]);
    ecoop(folder.path(), &["ingest", "june.csv"]);
    ecoop(folder.path(), &["run", "all"]);
    folder
}

/// A proposal is tried on the past and leaves no trace.
#[test]
fn a_proposed_key_is_replayed_and_nothing_is_stored() {
    let folder = prepared_month();
    let folder = folder.path();
    let proposal =
        "[community]\nid = \"five-members\"\n[[allocation_key]]\nvalid_from = \"2027-01-01\"\nkind = \"prorata\"\n";
    std::fs::write(folder.join("proposal.toml"), proposal).unwrap();
    let before = ecoop(folder, &["sql", "--format", "csv", "select max(sequence), count(*) from allocation_keys"]);
    let replay = |format: &str| {
        let span = ["--from", "2026-06-01", "--to", "2026-07-01", "--format", format];
        let what = ["replay", "--community", "five-members", "--key", "proposal.toml"];
        ecoop(folder, &[&what[..], &span[..]].concat())
    };
    // By consumption: 1882.800 kWh among 4389.554 kWh, to the Wh by largest remainder.
    let csv = replay("csv");
    let shared: Vec<(String, String)> = csv
        .lines()
        .skip(1)
        .map(|l| l.split(',').map(str::to_owned).collect::<Vec<_>>())
        .map(|cells| (cells[0].clone(), format!("{} {}", cells[1], cells[2])))
        .collect();
    let of = |member: &str| shared.iter().find(|(m, _)| m == member).map(|(_, s)| s.as_str()).unwrap();
    assert_eq!(of("A"), "121.337000 134.018000", "{csv}");
    assert_eq!(of("C"), "803.221000 834.392000", "{csv}");
    let text = replay("text");
    assert!(text.contains("Nothing is stored"), "{text}");
    assert!(text.contains("with the proposal 1,882.800\u{a0}kWh"), "{text}");
    let span = ["--from", "2026-06-01", "--to", "2026-07-01", "--lang", "fr"];
    let french = ["replay", "--community", "five-members", "--key", "proposal.toml"];
    let french = ecoop(folder, &[&french[..], &span[..]].concat());
    assert!(
        french.contains("Rien n'est enregistré") && french.contains("avec la proposition 1\u{202f}882,800"),
        "{french}"
    );
    assert_eq!(
        ecoop(folder, &["sql", "--format", "csv", "select max(sequence), count(*) from allocation_keys"]),
        before
    );
}

#[test]
fn what_cannot_come_in_is_kept_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ecoop(folder, &["apply", COMMUNITY]);
    let lines = "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality\n\
        A,import,2026-06-15T10:00:00Z,900,0.5,measured\n\
        A,import,2026-06-15T10:15:00Z,900,-1,measured\n\
        X,import,2026-06-15T10:00:00Z,900,1,measured\n";
    std::fs::write(folder.join("some.csv"), lines).unwrap();
    let said = ecoop(folder, &["ingest", "some.csv"]);
    assert!(said.starts_with("some.csv: 1 readings, 2 in quarantine\n  3 values read\n"), "{said}");
    assert!(said.contains("energy_kwh `-1.000000`") && said.contains("metering_point_id `X`"), "{said}");
    let sql = "select reason, count(*) as n from quarantine group by 1 order by 1";
    assert_eq!(ecoop(folder, &["sql", "--format", "csv", sql]), "reason,n\nnegative,1\nunknown_metering_point,1\n");
}

/// A line that waits keeps the names of its columns: registered later, its point gets the value that the file had.
#[test]
fn a_point_that_is_registered_later_gets_its_readings() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ecoop(folder, &["apply", COMMUNITY]);
    let lines = "quality,energy_kwh,metering_point_id,direction,interval_start,interval_seconds\n\
        measured,0.125,LATE-1,import,2026-06-15T10:00:00Z,900\nmeasured,0.250,LATE-1,import,2026-06-15T10:15:00Z,900\n";
    std::fs::write(folder.join("some.csv"), lines).unwrap();
    let said = refused(folder, &["ingest", "some.csv"]);
    assert!(said.contains("some.csv: every value was put aside"), "{said}");
    let late = "[community]\nid = \"five-members\"\n[[member]]\nid = \"L\"\nname = \"Late\"\nkind = \"household\"\n\
        [[metering_point]]\nid = \"LATE-1\"\nmember = \"L\"\ndirections = [\"import\"]\nvalid_from = \"2026-06-01\"\n";
    std::fs::write(folder.join("late.toml"), late).unwrap();
    assert!(ecoop(folder, &["apply", "late.toml"]).contains("LATE-1: 2 readings came out of quarantine"));
    ecoop(folder, &["run", "all"]);
    let sql = "select energy_kwh from readings where metering_point_id = 'LATE-1' order by interval_start";
    assert_eq!(ecoop(folder, &["sql", "--format", "csv", sql]), "energy_kwh\n0.125000\n0.250000\n");
    assert!(ecoop(folder, &["lake", "info"]).contains("0 open, 2 released: unknown_metering_point"));
}
