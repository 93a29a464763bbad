//! Keys through their life: named by the country, used and then not changed, written as key files and read back.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::program::{command, ecoop};

const QUARTER: i64 = 900_000_000;
const HEAD: &str = "[community]\nid = \"acc\"\nname = \"acc\"\ncountry = \"FR\"\n\
    [[member]]\nid = \"m\"\nkind = \"household\"\n";

fn points() -> String {
    let point = |(id, direction)| {
        // One plant stays a day longer than its readings.
        let end = if id == "P1" { "2025-10-29" } else { "2025-10-28" };
        let times = [("2025-03-29", "2025-04-01"), ("2025-10-25", end)];
        let time = |(from, to)| {
            format!(
                "[[metering_point]]\nid = \"{id}\"\nmember = \"m\"\ndirections = [\"{direction}\"]\n\
                 valid_from = \"{from}\"\nvalid_to = \"{to}\"\n"
            )
        };
        times.map(time).concat()
    };
    [("A", "import"), ("B", "import"), ("C", "import"), ("P1", "export"), ("P2", "export")].map(point).concat()
}

/// The days around both clock changes of 2025, in Paris: from 29 to 31 March and from 25 to 27 October.
const DAYS: [(&str, &str, usize); 2] =
    [("2025-03-28T23:00:00Z", "2025-03-31T22:00:00Z", 284), ("2025-10-24T22:00:00Z", "2025-10-27T23:00:00Z", 292)];

/// Energies in Wh that differ from quarter to quarter: now more is made than used, now less, now nothing.
fn energy(point: &str, n: i64) -> i64 {
    match point {
        "A" => 100 + n % 37 * 11,
        "B" => n % 5 * 70,
        "C" => 333,
        "P1" => n % 96 * 10,
        _ => n % 7 * 50,
    }
}

fn readings() -> String {
    let at = |text| engine::calendar::parse_rfc3339(text).unwrap();
    let mut csv = String::from("metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality\n");
    for (from, to, steps) in DAYS {
        let (from, to) = (at(from), at(to));
        assert_eq!((to - from) / QUARTER, steps as i64);
        for n in 0..steps as i64 {
            for point in ["A", "B", "C", "P1", "P2"] {
                let (time, wh) = (engine::calendar::rfc3339(from + n * QUARTER), energy(point, n));
                let direction = if point.starts_with('P') { "export" } else { "import" };
                writeln!(csv, "{point},{direction},{time},900,{}.{:03},measured", wh / 1000, wh % 1000).unwrap();
            }
        }
    }
    csv
}

/// A folder in which both times are computed by a key.
fn computed(key: &str) -> tempfile::TempDir {
    computed_from("2025-03-01", key)
}

fn computed_from(day: &str, key: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text =
        format!("{HEAD}{}[[allocation_key]]\nvalid_from = \"{day}\"\nadopted_by = \"assembly\"\n{key}", points());
    std::fs::write(folder.path().join("acc.toml"), text).unwrap();
    std::fs::write(folder.path().join("readings.csv"), readings()).unwrap();
    ecoop(folder.path(), &["apply", "acc.toml"]);
    ecoop(folder.path(), &["ingest", "readings.csv"]);
    ecoop(folder.path(), &["run", "all"]);
    folder
}

fn export(folder: &Path, from: &str, to: &str) -> Vec<String> {
    let what = ["export", "keys", "--community", "acc", "--operation", "ACC00000001", "--dir", "keys"];
    let said = ecoop(folder, &[&what[..], &["--from", from, "--to", to]].concat());
    said.lines().map(|l| l.split(": ").next().unwrap().to_owned()).collect()
}

/// The values of a file by label in order, in hundredths of a percent.
fn rows(folder: &Path, path: &str) -> Vec<(String, Vec<i64>)> {
    let text = std::fs::read_to_string(folder.join(path)).unwrap();
    let percent = |cell: &str| cell.replace(',', "").parse().unwrap();
    let row = |line: &str| {
        let (label, cells) = line.split_once(';').unwrap();
        (label.to_owned(), cells.split(';').map(percent).collect())
    };
    text.lines().skip(1).map(row).collect()
}

/// What the lake holds of the series, by producer and consumer, in the order of time.
fn stored(folder: &Path) -> BTreeMap<(String, String), Vec<i64>> {
    let sql = "select body from series order by sequence";
    let mut all = BTreeMap::<(String, String), Vec<i64>>::new();
    let json = ecoop(folder, &["sql", "--format", "json", sql]);
    for row in json.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()) {
        let rows = row.as_array().cloned().unwrap_or(vec![row]);
        for row in rows {
            let block: Value = serde_json::from_str(row["body"].as_str().unwrap()).unwrap();
            let text = |name: &str| block[name].as_str().unwrap_or_default().to_owned();
            let values = block["values_micro"].as_array().unwrap().iter().map(|v| v.as_i64().unwrap());
            all.entry((text("producer"), text("point"))).or_default().extend(values);
        }
    }
    all
}

/// By the rule, written beside the program: what is used of the production, or the whole in parts.
#[test]
fn key_files_are_written_and_read_back_through_both_clock_changes() {
    let folder = computed("regime = \"dynamique_par_defaut\"\n");
    let folder = folder.path();
    let mut written = BTreeMap::<String, Vec<i64>>::new();
    for ((from, to, name), (_, _, steps)) in [
        ("2025-03-29", "2025-04-01", "ACC00000001_15_29032025_31032025.txt"),
        ("2025-10-25", "2025-10-28", "ACC00000001_15_25102025_27102025.txt"),
    ]
    .into_iter()
    .zip(DAYS)
    {
        assert_eq!(export(folder, from, to), [format!("keys/{name}")]);
        let rows = rows(folder, &format!("keys/{name}"));
        assert_eq!(rows.len(), steps);
        for (n, (label, row)) in rows.iter().enumerate() {
            let n = n as i64;
            let (made, used) = (energy("P1", n) + energy("P2", n), ["A", "B", "C"].map(|p| energy(p, n)));
            let all: i64 = used.iter().sum();
            let sum: i64 = row.iter().sum();
            for ((used, part), point) in used.iter().zip(row).zip(["A", "B", "C"]) {
                match made {
                    0 => assert_eq!(*part, 0, "{label}"),
                    made if made > all => assert_eq!(*part, used * 10_000 / made, "{label}"),
                    _ => assert!((used * 10_000 / all..=used * 10_000 / all + 1).contains(part), "{label}"),
                }
                written.entry(point.to_owned()).or_default().push(part * 100);
            }
            assert!(sum <= 10_000 && (made == 0 || made > all || sum == 10_000), "{label}: {sum}");
        }
        let labels = |label: &str| rows.iter().filter(|(l, _)| l == label).count();
        match from {
            "2025-03-29" => assert_eq!((labels("30/03/2025 02:00"), labels("30/03/2025 03:00")), (0, 1)),
            _ => assert_eq!((labels("26/10/2025 02:45"), labels("26/10/2025 03:00")), (2, 1)),
        }
        ecoop(folder, &["apply", "--community", "acc", &format!("keys/{name}")]);
    }
    let read: BTreeMap<String, Vec<i64>> = stored(folder).into_iter().map(|((_, point), v)| (point, v)).collect();
    assert_eq!(read, written);
}

#[test]
fn a_key_per_plant_is_a_file_per_plant() {
    let rounds = "[[allocation_key.rounds]]\nkind = \"prorata\"\nsources = [\"P1\"]\nsinks = [\"A\", \"B\"]\n\
        [[allocation_key.rounds]]\nkind = \"prorata\"\nsources = [\"P2\"]\nsinks = [\"C\"]\n";
    let folder = computed(rounds);
    let folder = folder.path();
    let name = "ACC00000001_15_25102025_27102025.txt";
    let paths = export(folder, "2025-10-25", "2025-10-28");
    assert_eq!(paths, [format!("keys/P1/{name}"), format!("keys/P2/{name}")]);
    let (first, second) = (rows(folder, &paths[0]), rows(folder, &paths[1]));
    assert!(first.iter().all(|(_, row)| row[2] == 0) && second.iter().all(|(_, row)| row[0] + row[1] == 0));
    for (n, (label, row)) in second.iter().enumerate() {
        let made = energy("P2", n as i64);
        let wanted = if made == 0 { 0 } else { made.min(333) * 10_000 / made };
        assert_eq!(row[2], wanted, "{label}");
    }
    assert!(first.iter().any(|(_, row)| row[0] + row[1] == 10_000));
    for (producer, path) in ["P1", "P2"].into_iter().zip(&paths) {
        ecoop(folder, &["apply", "--community", "acc", "--producer", producer, path]);
    }
    let stored = stored(folder);
    let column = |rows: &[(String, Vec<i64>)], n: usize| rows.iter().map(|(_, row)| row[n] * 100).collect::<Vec<_>>();
    for (n, point) in ["A", "B", "C"].into_iter().enumerate() {
        assert_eq!(stored[&("P1".to_owned(), point.to_owned())], column(&first, n), "{point}");
        assert_eq!(stored[&("P2".to_owned(), point.to_owned())], column(&second, n), "{point}");
    }
}

#[test]
fn what_cannot_be_exported_says_why() {
    let folder = computed_from("2025-03-30", "kind = \"prorata\"\n");
    let refused = |arguments: &[&str], part: &str| {
        let what = ["export", "keys", "--community", "acc"];
        let output = command(folder.path(), &[&what[..], arguments].concat()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(part), "{said}");
    };
    let days = ["--from", "2025-10-25", "--to", "2025-10-28"];
    refused(&days, "--operation ACC00000001");
    refused(&[&days[..], &["--operation", "X1"]].concat(), "ACC and digits");
    let operation = ["--operation", "ACC1"];
    refused(&[&operation[..], &["--from", "2025-10-25", "--to", "2025-10-25"]].concat(), "the day after the last");
    refused(&[&operation[..], &["--from", "2025-06-01", "--to", "2025-06-02"]].concat(), "nobody who consumes");
    refused(
        &[&operation[..], &["--from", "2025-03-29", "--to", "2025-03-30"]].concat(),
        "no key counts at 2025-03-28T23:00:00Z",
    );
    refused(
        &[&operation[..], &["--from", "2025-10-27", "--to", "2025-10-29"]].concat(),
        "production of P1 at 2025-10-27T23:00:00Z",
    );
    refused(&[&days[..], &operation[..], &["--producer", "A"]].concat(), "A feeds nothing into");
}

/// Coefficients for a time that was shared without them say so when they come.
#[test]
fn a_key_file_that_comes_after_the_energy_was_shared_is_said() {
    let folder = computed("regime = \"dynamique_simple\"\nseries = \"ACC00000001\"\n");
    let folder = folder.path();
    let paths = export(folder, "2025-10-25", "2025-10-28");
    let apply = || {
        let output = command(folder, &["apply", "--community", "acc", &paths[0]]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = apply();
    assert!(
        said.contains("has shared the energy from 2025-10-24T22:00:00Z on by other values of ACC00000001"),
        "{said}"
    );
    assert!(!apply().contains("shared anew"), "the same file once more changes nothing");
}

/// A version that published runs have shared by is kept; a correction is a version of its own.
#[test]
fn a_key_that_was_used_is_corrected_only_by_name() {
    let folder = computed("kind = \"prorata\"\n");
    let folder = folder.path();
    let apply = |text: &str| {
        std::fs::write(folder.join("change.toml"), format!("[community]\nid = \"acc\"\n{text}")).unwrap();
        let output = command(folder, &["apply", "change.toml"]).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let versions = || {
        let sql = "select distinct key_version as v, count(distinct interval_start) as n from allocations group by 1 \
        order by 1";
        ecoop(folder, &["sql", "--format", "csv", sql])
    };
    let before = versions();
    let version = before.lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    let equal =
        "[[allocation_key]]\nvalid_from = \"2025-10-26T10:15:00+01:00\"\nkind = \"equal\"\nadopted_by = \"assembly\"\n";
    let (done, said) = apply(equal);
    assert!(!done && said.contains(&format!("corrects = {version}")), "{said}");
    assert!(said.contains("2025-10-27T23:00:00Z or later"), "{said}");
    assert_eq!(ecoop(folder, &["apply", "acc.toml"]), "acc: 0 changed, 19 as they were\n");
    // The future is free.
    let (done, said) =
        apply("[[allocation_key]]\nvalid_from = \"2025-10-28\"\nkind = \"equal\"\nadopted_by = \"assembly\"\n");
    assert!(done, "{said}");
    let (done, said) = apply(&format!("{equal}corrects = {version}\n"));
    assert!(done, "{said}");
    ecoop(folder, &["run", "all"]);
    let after = versions();
    // 47 quarters of the day before 10:15, with the hour that it has twice, and what comes after.
    assert_eq!(after.lines().count(), 3, "{before}{after}");
    let corrected = "select corrects, adopted_by, valid_from from allocation_keys where corrects is not null";
    let kept = ecoop(folder, &["sql", "--format", "csv", corrected]);
    assert!(kept.contains(&format!("{version},assembly,2025-10-26T09:15:00")), "{kept}");
    assert!(ecoop(folder, &["audit", "verify"]).contains("the chain fits"));
}

#[test]
fn rows_of_regimes_are_kept_in_the_audit_trail_and_in_the_lake() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = "country,key,value,valid_from,valid_to,source\n\
                FR,vat_percent.general.electricity,19.6,2025-01-01,2025-06-01,our notary\n";
    std::fs::write(folder.join("own.csv"), text).unwrap();
    ecoop(folder, &["apply", "own.csv"]);
    assert_eq!(ecoop(folder, &["apply", "own.csv"]), "regimes: 0 changed, 1 as they were\n");
    let tariff = "[[tariff]]\nitem = \"internal_energy\"\nvalid_from = \"2025-03-01\"\nprice_per_kwh = \"0.10\"\n";
    std::fs::write(folder.join("acc.toml"), format!("{HEAD}{tariff}")).unwrap();
    ecoop(folder, &["apply", "acc.toml"]);
    let sql = "select vat_percent, valid_from from tariffs order by valid_from";
    let wanted = "vat_percent,valid_from\n19.60,2025-02-28T23:00:00Z\n20.00,2025-05-31T22:00:00Z\n";
    assert_eq!(ecoop(folder, &["sql", "--format", "csv", sql]), wanted);
    let sql = "select country, key, value, source from regimes";
    let kept = ecoop(folder, &["sql", "--format", "csv", sql]);
    assert_eq!(kept, "country,key,value,source\nFR,vat_percent.general.electricity,19.6,our notary\n");
    ecoop(folder, &["audit", "verify"]);
    std::fs::write(folder.join("bad.csv"), text.replace("19.6", "196")).unwrap();
    let refused = command(folder, &["apply", "bad.csv"]).output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("bad.csv:2: vat_percent"), "{refused:?}");
}
