//! What people type at the program: what is taken, what is put aside and what is refused, in words of its own.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::program::{command, ecoop, refused};

/// A household and a plant, on quarter-hours.
const VILLAGE: &str = r#"
[community]
id = "village"
name = "Village"
country = "FR"
[[member]]
id = "m-1"
kind = "household"
[[member]]
id = "m-2"
kind = "producer"
[[metering_point]]
id = "A"
member = "m-1"
directions = ["import"]
valid_from = "2018-01-01"
[[metering_point]]
id = "P"
member = "m-2"
directions = ["export"]
valid_from = "2018-01-01"
[[allocation_key]]
kind = "prorata"
valid_from = "2018-01-01"
[[tariff]]
item = "internal_energy"
valid_from = "2018-01-01"
price_per_kwh = "0.10"
vat_percent = "20"
"#;

const HEADER: &str = "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality\n";

fn village() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("village.toml"), VILLAGE).unwrap();
    ecoop(folder.path(), &["apply", "village.toml"]);
    folder
}

fn line(point: &str, start: &str, seconds: u32, energy: &str) -> String {
    let direction = if point == "P" { "export" } else { "import" };
    format!("{point},{direction},{start},{seconds},{energy},measured\n")
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

fn count(folder: &Path, sql: &str) -> String {
    ecoop(folder, &["sql", "--format", "csv", sql]).lines().skip(1).collect::<Vec<_>>().join(" ")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Values read = taken in + put aside + missing + as before, for every shape that a file may have.
#[test]
fn every_value_of_a_file_is_counted_once() {
    let folder = village();
    let folder = folder.path();
    let at = |quarter: u32| format!("2026-06-01T{:02}:{:02}:00Z", quarter / 4, quarter % 4 * 15);
    let csv = [
        line("A", &at(0), 900, "0.1"),
        line("A", &at(1), 900, ""),
        line("A", &at(2), 900, "\"0,2\""),
        line("A", &at(3), 900, "0.3"),
        line("nobody", &at(3), 900, "0.3"),
    ];
    write(folder, "a.csv", &(HEADER.to_owned() + &csv.concat()));
    let message = |quarter: u32, energy: &str| {
        format!(
            r#"{{"metering_point_id":"P","direction":"export","interval_start":"{}","interval_seconds":900,"energy_kwh":{energy},"quality":"measured"}}"#,
            at(quarter)
        )
    };
    write(folder, "b.jsonl", &format!("{}\n\n{}\n", message(0, "[\"0.1\",null,0.2,\"x\"]"), message(8, "null")));
    write(folder, "c.json", &format!("[{},\n {}]", message(12, "0.5"), message(13, "null")));
    write(folder, "d.json", &message(16, "[0.25, 0.75]").replace(',', ",\n  ").replace('{', "{\n  "));
    let said = ecoop(folder, &["ingest", "a.csv", "b.jsonl", "c.json", "d.json"]);
    for want in [
        "a.csv: 2 readings, 2 in quarantine, 1 without a value\n  5 values read",
        "from line 4 on: energy_kwh `0,2`: malformed; write the number with a decimal point",
        "metering_point_id `nobody`: unknown metering point",
        "b.jsonl: 2 readings, 1 in quarantine, 2 without a value\n  5 values read",
        "c.json: 1 readings, 1 without a value\n  2 values read",
        "d.json: 2 readings\n",
    ] {
        assert!(said.contains(want), "{said}\nsays {want}");
    }
    assert_eq!(count(folder, "select count(*) from readings_raw"), "7");
    assert_eq!(count(folder, "select count(*) from quarantine"), "3");
    let again = ecoop(folder, &["ingest", "a.csv", "c.json"]);
    assert!(again.contains("a.csv: already taken in, nothing added (5 values read)"), "{again}");
    assert!(again.contains("c.json: already taken in, nothing added (2 values read)"), "{again}");
}

#[test]
fn a_pipe_is_a_file_and_a_missing_file_stops_no_other() {
    let folder = village();
    let folder = folder.path();
    let text = HEADER.to_owned() + &line("A", "2026-06-01T00:00:00Z", 900, "0.1");
    let mut child = command(folder, &["ingest", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(said, "standard input: 1 readings\n");
    write(folder, "b.csv", &(HEADER.to_owned() + &line("A", "2026-06-01T00:15:00Z", 900, "0.1")));
    write(folder, "bad.csv", &(HEADER.to_owned() + &line("A", "01/06/2026 00:15", 900, "0.1")));
    let output = command(folder, &["ingest", "nowhere.csv", "b.csv", "bad.csv"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("b.csv: 1 readings"), "{output:?}");
    let said = stderr(&output);
    assert!(said.contains("nowhere.csv") && said.contains("bad.csv: every value was put aside"), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("year, month and day in this order"), "{output:?}");
}

#[test]
fn digits_are_rounded_only_when_asked() {
    let folder = village();
    let folder = folder.path();
    let text = HEADER.to_owned()
        + &line("A", "2026-06-01T00:00:00Z", 900, "0.1234565")
        + &line("A", "2026-06-01T00:15:00Z", 900, "0.1");
    write(folder, "a.csv", &text);
    let said = ecoop(folder, &["ingest", "a.csv"]);
    assert!(said.contains("too many digits") && said.contains("rounded, half to even"), "{said}");
    write(folder, "b.csv", &(text + "\n"));
    let said = ecoop(folder, &["ingest", "--round", "b.csv"]);
    assert!(said.contains("b.csv: 2 readings\n"), "{said}");
    assert_eq!(count(folder, "select energy_kwh from readings_raw order by interval_start limit 1"), "0.123456");
}

/// Wh read as kWh, and 99,999 kWh in a quarter of an hour, wait until somebody says that they are true.
#[test]
fn what_is_implausible_waits_until_it_is_released() {
    let folder = village();
    let folder = folder.path();
    let at = |quarter: u32| format!("2026-06-01T{:02}:{:02}:00Z", quarter / 4, quarter % 4 * 15);
    // A household of 5 kWh a day, written in Wh: at night a value by itself is no more than an oven takes. The day
    // before it is right, and its plant's but for one value.
    let day: String = (0..96).map(|quarter| line("A", &at(quarter), 900, &format!("{}", 5 + quarter))).collect();
    let before = line("A", "2026-05-31T00:00:00Z", 900, "312.45") + &line("P", "2026-05-31T00:00:00Z", 900, "9");
    let text = HEADER.to_owned() + &before + &day + &line("P", "2026-06-01T00:00:00Z", 900, "999999");
    write(folder, "a.csv", &text);
    let said = ecoop(folder, &["ingest", "a.csv"]);
    assert!(said.contains("2 readings, 97 in quarantine") && said.contains("implausible"), "{said}");
    assert!(said.contains("the day has 5040.000000 kWh, the most is 1267.200000 kWh"), "{said}");
    // Nothing of it comes in by itself.
    ecoop(folder, &["run", "all"]);
    assert_eq!(count(folder, "select count(*) from readings_raw"), "2");
    let released = ecoop(folder, &["lake", "release", "A"]);
    assert!(released.contains("A: readings are taken up to 400.000 kW"), "{released}");
    assert!(released.contains("A: 96 readings came out of quarantine"), "{released}");
    assert!(refused(folder, &["lake", "release", "A"]).contains("no reading of A"));
    assert_eq!(count(folder, "select count(*), max(energy_kwh) from readings_raw"), "98,312.450000");
    // More than what was released waits again, with the power of the point.
    write(folder, "b.csv", &(HEADER.to_owned() + &line("A", "2026-06-02T00:30:00Z", 900, "101")));
    let output = command(folder, &["ingest", "b.csv"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("in 900 s this is 404.000 kW, the most is 400.000 kW"), "{said}");
    ecoop(folder, &["audit", "verify"]);
}

/// Wh that came before their point was registered are as implausible when it is.
#[test]
fn what_is_implausible_stays_so_when_its_point_is_registered_later() {
    let folder = village();
    let folder = folder.path();
    let day = (0..96).map(|quarter| {
        let at = format!("2026-06-01T{:02}:{:02}:00Z", quarter / 4, quarter % 4 * 15);
        line("LATE", &at, 900, &format!("{}", 5 + quarter))
    });
    write(folder, "a.csv", &(HEADER.to_owned() + &day.collect::<String>()));
    let output = command(folder, &["ingest", "a.csv"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    write(
        folder,
        "late.toml",
        "[community]\nid = \"village\"\n[[metering_point]]\nid = \"LATE\"\nmember = \"m-1\"\n\
         directions = [\"import\"]\nvalid_from = \"2026-01-01\"\n",
    );
    assert!(!ecoop(folder, &["apply", "late.toml"]).contains("came out of quarantine"));
    assert_eq!(count(folder, "select count(*) from readings_raw"), "0");
    assert!(ecoop(folder, &["lake", "release", "LATE"]).contains("LATE: 96 readings came out of quarantine"));
}

/// Ten minutes are no part of a quarter of an hour; five are, and half an hour is two of them.
#[test]
fn lengths_that_do_not_fit_the_grid_are_put_aside_with_it() {
    let folder = village();
    let folder = folder.path();
    let mut text = HEADER.to_owned() + &line("A", "2026-06-01T00:00:00Z", 600, "0.1");
    for minute in [0, 5, 10] {
        text += &line("A", &format!("2026-06-01T01:{minute:02}:00Z"), 300, "0.1");
    }
    text += &line("A", "2026-06-01T02:00:00Z", 300, "0.1");
    text += &line("A", "2026-06-01T03:00:00Z", 1800, "0.3");
    for quarter in 0..16 {
        text += &line("P", &format!("2026-06-01T{:02}:{:02}:00Z", quarter / 4, quarter % 4 * 15), 900, "1");
    }
    write(folder, "a.csv", &text);
    let said = ecoop(folder, &["ingest", "a.csv"]);
    assert!(said.contains("600 (the grid of village is 900)") && said.contains("1 in quarantine"), "{said}");
    ecoop(folder, &["run", "all"]);
    let sql = "select summed, split, partial from coverage where metering_point_id = 'A' and local_day = '2026-06-01'";
    assert_eq!(count(folder, sql), "1,2,1");
    let derived = "select sum(energy_kwh) from readings where metering_point_id = 'A' and quality = 'derived'";
    assert_eq!(count(folder, derived), "0.300000");
}

#[test]
fn nothing_is_created_where_there_is_no_installation() {
    let folder = tempfile::tempdir().unwrap();
    let said = refused(folder.path(), &["run", "all"]);
    assert!(said.contains("lake holds no installation"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let village = village();
    let said = refused(village.path(), &["run", "all", "--community", "nobody"]);
    assert!(said.contains("nobody") && said.contains("village"), "{said}");
    let said = refused(village.path(), &["apply", "village.toml", "--community", "nobody"]);
    assert!(said.contains("nobody"), "{said}");
}

/// Readings of long ago are not followed by years of silence.
#[test]
fn old_data_are_computed_up_to_the_month_after_the_last_value() {
    let folder = village();
    let folder = folder.path();
    let day = |day: &str| line("A", day, 900, "0.1") + &line("P", day, 900, "1");
    write(folder, "a.csv", &(HEADER.to_owned() + &day("2019-03-10T10:00:00Z")));
    ecoop(folder, &["ingest", "a.csv"]);
    let said = ecoop(folder, &["run", "all"]);
    assert!(said.contains("village: 52 days, 2019-03-10 to 2019-04-30"), "{said}");
    // A later value brings the silence before it.
    write(folder, "b.csv", &(HEADER.to_owned() + &day("2019-07-02T10:00:00Z")));
    ecoop(folder, &["ingest", "b.csv"]);
    ecoop(folder, &["run", "all"]);
    let days = "select min(local_day), max(local_day), count(distinct local_day) from coverage";
    assert_eq!(count(folder, days), "2019-03-10,2019-08-31,175");
}

/// What a statement asks for and cannot be had is the user's, whatever it is; the program does not fall over.
#[test]
fn statements_of_any_depth_and_length_end_with_a_sentence() {
    let folder = village();
    let folder = folder.path();
    let deep = [
        format!("select 1 where true{}", " and true".repeat(700)),
        format!("select 1{}", "+1".repeat(10_000)),
        format!("select 1{}", "::bigint".repeat(5_000)),
        format!("select {}1{}", "(".repeat(3_000), ")".repeat(3_000)),
    ];
    for sql in &deep {
        let output = command(folder, &["sql", sql]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stderr(&output).contains("deep"), "{}", stderr(&output));
    }
    // Just below the limit nothing overflows.
    for sql in [
        format!("select 1 where true{}", " and true".repeat(190)),
        format!("select 1{}", "+1".repeat(190)),
        format!("select 1{}", "::bigint".repeat(190)),
        format!("select {}1{}", "(".repeat(45), ")".repeat(45)),
    ] {
        ecoop(folder, &["sql", &sql]);
    }
    for sql in [
        "select cast(interval_start as timestamp) at time zone 'Mars/Base' from readings_raw union all \
         select now() at time zone 'Mars/Base'",
        "select grouping(1)",
        "select 1/0",
        "select cast('x' as bigint)",
        "select * from nowhere",
        "create table t (a int)",
    ] {
        let output = command(folder, &["sql", sql]).output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{sql}: {said}");
        assert!(!said.contains("defect") && !said.contains("backtrace"), "{sql}: {said}");
    }
    let mut limited = command(folder, &["sql", "select count(*) from generate_series(1, 100000000000)"]);
    let output = limited.env("ECOOP_SQL__SECONDS", "1").output().unwrap();
    assert!(stderr(&output).contains("took more than 1 s"), "{}", stderr(&output));
    let large = "select a.value, b.value from generate_series(1, 3000) a cross join generate_series(1, 3000) b \
        order by a.value * b.value, b.value";
    let mut limited = command(folder, &["sql", "--format", "csv", large]);
    let output = limited.env("ECOOP_SQL__MEMORY_MB", "8").env("ECOOP_SQL__SPILL_MB", "1").output().unwrap();
    assert!(stderr(&output).contains("more memory than a query may"), "{}", stderr(&output));
}

#[test]
fn a_variable_of_the_environment_is_named_as_it_was_typed() {
    let folder = village();
    let say = |name: &str, value: &str| {
        let output: Output = command(folder.path(), &["lake", "info"]).env(name, value).output().unwrap();
        assert_eq!(output.status.code(), Some(78), "{output:?}");
        stderr(&output)
    };
    assert!(say("ECOOP_LIMITS__COMMIT_ROWS", "many").contains("ECOOP_LIMITS__COMMIT_ROWS"));
    assert!(say("ECOOP_LIMITS__COMMIT_ROW", "7").contains("ECOOP_LIMITS__COMMIT_ROW:"));
}

/// Colours are for terminals.
#[test]
fn nothing_is_coloured_in_a_pipe() {
    let folder = village();
    let ask = ["lake", "info"];
    let output = Command::new(env!("CARGO_BIN_EXE_ecoop"))
        .current_dir(folder.path())
        .args(["--data", "lake"])
        .args(ask)
        .env("ECOOP_LOG", "debug")
        .output()
        .unwrap();
    assert!(!output.stderr.contains(&0x1b) && !output.stdout.contains(&0x1b), "{}", stderr(&output));
    assert!(!output.stderr.is_empty(), "at debug something is said");
}
