//! An operator's results and the Austrian figures, from the files to the reports: `apply`, `ingest`, `run`, `report`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::program::{Running, command, ecoop};

const NOON: &str = "2026-06-15T10:00:00Z";

/// A community in Vienna with consumers (id, participation factor) and one plant `ID-P`.
fn community(id: &str, consumers: &[(&str, u32)], key: &str) -> String {
    let mut toml = format!(
        "[community]\nid = \"{id}\"\nname = \"{id}\"\ncountry = \"AT\"\ntimezone = \"Europe/Vienna\"\n\
         currency = \"EUR\"\ninterval_minutes = 15\n[[member]]\nid = \"m\"\nname = \"All\"\nkind = \"household\"\n"
    );
    let plant = format!("{id}-P");
    let points = consumers.iter().map(|(p, f)| (*p, *f, "import")).chain([(plant.as_str(), 100, "export")]);
    for (point, factor, direction) in points {
        writeln!(
            toml,
            "[[metering_point]]\nid = \"{point}\"\nmember = \"m\"\ndirections = \
            [\"{direction}\"]\nparticipation_percent = {factor}\n\
             valid_from = \"2026-01-01\""
        )
        .unwrap();
    }
    toml + "[[allocation_key]]\nvalid_from = \"2026-01-01\"\nkind = \"prorata\"\n" + key
}

fn readings(lines: &[(&str, &str, &str)]) -> String {
    let mut csv = String::from("metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality\n");
    for (point, direction, kwh) in lines {
        writeln!(csv, "{point},{direction},{NOON},900,{kwh},measured").unwrap();
    }
    csv
}

fn taken_in(folder: &Path, files: &[(&str, String)]) {
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
        ecoop(folder, &[if name.ends_with(".toml") { "apply" } else { "ingest" }, name]);
    }
    ecoop(folder, &["run", "all"]);
}

/// `point code` to energy in micro-kWh at noon.
fn figures(folder: &Path, community: &str) -> BTreeMap<String, i64> {
    let days = ["--from", "2026-06-15", "--to", "2026-06-16"];
    let csv = ecoop(folder, &[&["report", "figures", "--community", community][..], &days].concat());
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("metering_point_id,meter_code,interval_start,energy_kwh"));
    let micro_kwh = |kwh: &str| kwh.replace('.', "").parse::<i64>().unwrap();
    let cells = lines.map(|l| l.split(',').collect::<Vec<_>>());
    cells.filter(|c| c[2] == NOON).map(|c| (format!("{} {}", c[0], c[1]), micro_kwh(c[3]))).collect()
}

/// G.03 = min(G.01T, G.02) and P.01T = G.01T of the plant - sum of G.03.
fn check(folder: &Path, community: &str, consumers: &[&str], offered: &[i64], covered: &[i64], surplus: i64) {
    let found = figures(folder, community);
    let of = |point: &str, code: &str| found[&format!("{point} {code}")];
    let all = |code: &str| consumers.iter().map(|c| of(c, code)).collect::<Vec<_>>();
    assert_eq!(all("1-1:2.9.0 G.02"), offered, "{community}");
    assert_eq!(all("1-1:2.9.0 G.03"), covered, "{community}");
    let plant = format!("{community}-P");
    assert_eq!(of(&plant, "1-1:2.9.0 P.01T"), surplus, "{community}");
    for c in consumers {
        assert_eq!(of(c, "1-1:2.9.0 G.03"), of(c, "1-1:1.9.0 G.01T").min(of(c, "1-1:2.9.0 G.02")), "{c}");
    }
    assert_eq!(surplus, of(&plant, "1-1:2.9.0 G.01T") - covered.iter().sum::<i64>());
    assert_eq!(of(&plant, "1-1:2.9.0 G.01T"), of(&plant, "1-1:2.9.0 G.01"));
}

/// Domain vectors A1 (power left over), A2 (too little) and A3 (a factor of 40 %).
#[test]
fn a1_a2_a3_austrian_figures() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let of = |points: &[(&'static str, &'static str)]| -> Vec<(&'static str, &'static str, &'static str)> {
        points.iter().map(|(p, kwh)| (*p, if p.ends_with("-P") { "export" } else { "import" }, *kwh)).collect()
    };
    let mut all = of(&[("A1-P", "1.137"), ("A1-1", "0.006"), ("A1-2", "0.040"), ("A1-3", "0.813")]);
    all.extend(of(&[("A2-P", "0.155"), ("A2-1", "0.005"), ("A2-2", "0.002"), ("A2-3", "0.086"), ("A2-4", "0.104")]));
    all.extend(of(&[("A3-P", "1.137"), ("A3-1", "0.006"), ("A3-2", "0.040"), ("A3-3", "0.813")]));
    // 73935 x 37 % = 27355.95: the part that takes part is cut, not rounded.
    all.extend(of(&[("T-P", "1"), ("T-1", "0.073935")]));
    let whole = |ids: &[&'static str]| ids.iter().map(|id| (*id, 100)).collect::<Vec<_>>();
    taken_in(
        folder,
        &[
            ("a1.toml", community("A1", &whole(&["A1-1", "A1-2", "A1-3"]), "")),
            ("a2.toml", community("A2", &whole(&["A2-1", "A2-2", "A2-3", "A2-4"]), "")),
            ("a3.toml", community("A3", &[("A3-1", 100), ("A3-2", 100), ("A3-3", 40)], "")),
            ("t.toml", community("T", &[("T-1", 37)], "")),
            ("readings.csv", readings(&all)),
        ],
    );
    check(folder, "A1", &["A1-1", "A1-2", "A1-3"], &[7_942, 52_945, 1_076_113], &[6_000, 40_000, 813_000], 278_000);
    let a2 = [3_934, 1_574, 67_665, 81_827];
    check(folder, "A2", &["A2-1", "A2-2", "A2-3", "A2-4"], &a2, &a2, 0);
    check(folder, "A3", &["A3-1", "A3-2", "A3-3"], &[18_378, 122_522, 996_100], &[6_000, 40_000, 325_200], 765_800);
    let a3 = figures(folder, "A3");
    assert_eq!((a3["A3-3 1-1:1.9.0 G.01"], a3["A3-3 1-1:1.9.0 G.01T"]), (813_000, 325_200));
    assert_eq!(figures(folder, "T")["T-1 1-1:1.9.0 G.01T"], 27_355);
}

/// A3 when power is scarce: the operator rounds half up, 3233 + 21552 + 175216 = 200001 of 200000.
pub const OPERATOR: &str = "kind,metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality
1-1:2.9.0 G.02,A3-1,import,2026-06-15T10:00:00Z,900,0.003233,validated
ACC,A3-1,import,2026-06-15T10:00:00Z,900,0.003233,validated
shared,A3-2,import,2026-06-15T10:00:00Z,900,0.021552,validated
1-1:2.9.0 G.03,A3-3,,2026-06-15T10:00:00Z,900,0.175216,validated
1-1:2.9.0 P.01T,A3-P,,2026-06-15T10:00:00Z,900,0.000000,validated
";

pub fn a3_scarce(folder: &Path, operator: &str) {
    let points = [("A3-1", 100), ("A3-2", 100), ("A3-3", 40)];
    let meters = [
        ("A3-P", "export", "0.2"),
        ("A3-1", "import", "0.006"),
        ("A3-2", "import", "0.040"),
        ("A3-3", "import", "0.813"),
    ];
    taken_in(
        folder,
        &[
            ("a3.toml", community("A3", &points, "mode = \"authoritative\"\n")),
            ("readings.csv", readings(&meters)),
            ("operator.csv", operator.to_string()),
        ],
    );
}

fn reconcile(folder: &Path, more: &[&str]) -> String {
    let days = ["report", "reconcile", "--community", "A3", "--from", "2026-06-15", "--to", "2026-06-16"];
    ecoop(folder, &[&days[..], more].concat())
}

#[test]
fn a3_an_operator_that_rounds_half_up_is_imported_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    a3_scarce(folder, OPERATOR);
    let again = ecoop(folder, &["ingest", "operator.csv"]);
    assert!(again.starts_with("operator.csv: already taken in, nothing added ("), "{again}");
    let stored = "select metering_point_id, energy_kwh from readings_raw where kind = 'shared' order by 1";
    assert_eq!(
        ecoop(folder, &["sql", "--format", "csv", stored]),
        "metering_point_id,energy_kwh\nA3-1,0.003233\nA3-2,0.021552\nA3-3,0.175216\n"
    );
    let at_noon = format!(
        "select metering_point_id, allocated_kwh, rest_kwh, status from allocations where interval_start = '{NOON}' \
        order by 1"
    );
    assert_eq!(
        ecoop(folder, &["sql", "--format", "csv", &at_noon]),
        "metering_point_id,allocated_kwh,rest_kwh,status\nA3-1,0.003233,0.002767,complete\n\
         A3-2,0.021552,0.018448,complete\nA3-3,0.175216,0.149984,complete\nA3-P,0.200001,0.000000,complete\n"
    );
    let figures = figures(folder, "A3");
    assert_eq!((figures["A3-3 1-1:2.9.0 G.03"], figures["A3-P 1-1:2.9.0 P.01T"]), (175_216, 0));
    assert_eq!(figures["A3-1 1-1:2.9.0 G.02"], 3_233, "as the operator offered it");
    // Ours is 175215: rounding, nothing to look at.
    assert_eq!(reconcile(folder, &["--format", "csv"]).lines().count(), 1);
    let json: Value = serde_json::from_str(&reconcile(folder, &["--format", "json"])).unwrap();
    assert_eq!(json["intervals_by_cause"]["rounding"], 1, "{json}");
    assert_eq!(
        (&json["intervals_by_cause"]["different_rule"], &json["intervals_by_cause"]["not_closing"]),
        (&0.into(), &0.into())
    );
    assert_eq!(json["waiting_intervals"], 95, "{json}");
    let text = reconcile(folder, &[]);
    assert!(text.contains("One interval differs by rounding only."), "{text}");
    assert!(text.contains("95 intervals still wait"), "{text}");
    assert!(reconcile(folder, &["--lang", "fr"]).contains("Un intervalle ne diffère que par l'arrondi."));
    // The month stays where it was.
    let month = ecoop(folder, &["report", "--community", "A3", "--month", "2026-06", "--format", "csv"]);
    assert!(month.contains("A3,2026-06,EUR,m,0.371200,0.200001,0.171199,0.200000,0.200001,0.000000,"), "{month}");
    // The page draws where the energy went, and its file has the exact production.
    let (running, pages) = Running::start_pages(folder, &["serve"]);
    let page = pages.get("/c/A3?p=day&d=2026-06-15&lang=en");
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("do not add up"), "{}", page.body);
    let csv = pages.get("/c/A3/totals.csv?p=day&d=2026-06-15").body;
    assert!(csv.contains(",0.200000,0.371200,0.200001,0.171199,0.000000,"), "{csv}");
    running.end();
}

#[test]
fn a_file_of_the_operator_that_lacks_a_plant_does_not_close() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    a3_scarce(folder, &OPERATOR.replace("0.175216", "0.275216"));
    let csv = reconcile(folder, &["--format", "csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 2, "{csv}");
    assert_eq!(lines[1], format!("{NOON},not_closing,A3-3,import,0.275216,0.175215,0.100001,0.000001,true"));
    let text = reconcile(folder, &[]);
    assert!(
        text.contains("One interval does not close") && text.contains("A3-3: operator 0.275216, computed 0.175215"),
        "{text}"
    );
    // Corrected, it is another rule: two consumers changed places.
    let corrected = OPERATOR.replace("quality", "quality,revision").replace("validated", "validated,1");
    let corrected = corrected.replace("0.175216", "0.174000").replace("0.021552", "0.022767");
    std::fs::write(folder.join("corrected.csv"), corrected).unwrap();
    ecoop(folder, &["ingest", "corrected.csv"]);
    ecoop(folder, &["run", "all"]);
    let text = reconcile(folder, &[]);
    assert!(text.contains("One interval was shared by another rule than the key"), "{text}");
    assert!(reconcile(folder, &["--lang", "fr"]).contains("autre règle"));
}

#[test]
fn a_kind_that_nobody_knows_waits_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lines = OPERATOR.replace("ACC", "AUTOCONSUMED").replace("shared,A3-2,import", "surplus,A3-2,import");
    a3_scarce(folder, &lines);
    let sql = "select reason, field, value, metering_point_id from quarantine order by 1";
    assert_eq!(
        ecoop(folder, &["sql", "--format", "csv", sql]),
        "reason,field,value,metering_point_id\nmalformed,direction,import,A3-2\nunknown_kind,kind,AUTOCONSUMED,A3-1\n"
    );
    let csv = reconcile(folder, &["--format", "csv"]);
    assert!(csv.contains("not_closing,A3-1,import,,0.003233,,0.000001,true"), "{csv}");
}

#[test]
fn wrong_calls_name_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = "operator_unit_kwh = \"0.001\"\n";
    std::fs::write(folder.join("c.toml"), community("C", &[("C-1", 100)], key)).unwrap();
    let refused = command(folder, &["apply", "c.toml"]).output().unwrap();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && text.contains("operator_unit_kwh") && text.contains("authoritative"),
        "{text}"
    );
    std::fs::write(folder.join("c.toml"), community("C", &[("C-1", 100)], "mode = \"operator\"\n")).unwrap();
    let refused = command(folder, &["apply", "c.toml"]).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("mode"), "{refused:?}");
    std::fs::write(folder.join("c.toml"), community("C", &[("C-1", 100)], "")).unwrap();
    ecoop(folder, &["apply", "c.toml"]);
    for arguments in [&["report"][..], &["report", "--community", "C"]] {
        let refused = command(folder, arguments).output().unwrap();
        assert!(!refused.status.success());
        assert!(String::from_utf8_lossy(&refused.stderr).contains("--month"), "{refused:?}");
    }
    let days = ["report", "reconcile", "--community", "C", "--from", "2026-06-15", "--to", "2026-06-15"];
    let refused = command(folder, &days).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--to 2026-06-15: not after"), "{refused:?}");
    ecoop(folder, &["run", "all"]);
    let days = ["report", "reconcile", "--community", "C", "--from", "2026-06-15", "--to", "2026-06-16"];
    let refused = command(folder, &days).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no key of `C` has mode"), "{refused:?}");
}
