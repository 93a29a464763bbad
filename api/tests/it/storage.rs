//! A storage from the community's file to its report, and what is said of its CO2.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::program::{command, ecoop};

/// A home, a plant and a storage; factors of the whole life, then from 16 June direct ones.
fn community(efficiency_percent: &str) -> String {
    format!(
        "[community]\nid = \"battery\"\nname = \"Battery\"\ncountry = \"FR\"\ntimezone = \"Europe/Paris\"\n\
         currency = \"EUR\"\ninterval_minutes = 15\n\
         [[member]]\nid = \"home\"\nname = \"Home\"\nkind = \"household\"\n\
         [[member]]\nid = \"plant\"\nname = \"Plant\"\nkind = \"producer\"\n\
         [[metering_point]]\nid = \"H\"\nmember = \"home\"\ndirections = [\"import\"]\nvalid_from = \"2026-01-01\"\n\
         [[metering_point]]\nid = \"P\"\nmember = \"plant\"\ndirections = [\"export\"]\nvalid_from = \"2026-01-01\"\n\
         [[metering_point]]\nid = \"S\"\nmember = \"plant\"\ndirections = [\"import\", \"export\"]\n\
         storage_efficiency_percent = \"{efficiency_percent}\"\nvalid_from = \"2026-01-01\"\n\
         [[allocation_key]]\nvalid_from = \"2026-01-01\"\nkind = \"prorata\"\n\
         [[grid_factor]]\nvalid_from = \"2026-01-01\"\nfactor_set = \"whole-life\"\nscope = \"life_cycle\"\n\
         grid_g_per_kwh = \"41\"\nsource_g_per_kwh = \"30.075\"\nmarket_g_per_kwh = \"60\"\n\
         market_by_member = {{ home = \"20\" }}\n\
         [[grid_factor]]\nvalid_from = \"2026-06-16\"\nfactor_set = \"chimney\"\nscope = \"direct\"\n\
         grid_g_per_kwh = \"22\"\nsource_g_per_kwh = \"0\"\nuncertainty_percent = 5\n"
    )
}

/// A file of readings: start, then H, P, the storage's charge and its discharge in Wh.
fn readings(rows: &[(&str, [&str; 4])]) -> String {
    let mut csv = String::from("metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality\n");
    let columns = [("H", "import"), ("P", "export"), ("S", "import"), ("S", "export")];
    for (start, values) in rows {
        for ((point, direction), kwh) in columns.iter().zip(values) {
            writeln!(csv, "{point},{direction},{start},900,{kwh},measured").unwrap();
        }
    }
    csv
}

fn computed(folder: &Path, efficiency_percent: &str, rows: &[(&str, [&str; 4])]) {
    std::fs::write(folder.join("battery.toml"), community(efficiency_percent)).unwrap();
    std::fs::write(folder.join("readings.csv"), readings(rows)).unwrap();
    ecoop(folder, &["apply", "battery.toml"]);
    ecoop(folder, &["ingest", "readings.csv"]);
    ecoop(folder, &["run", "all"]);
}

const STORAGE: &str = "select charged_community_kwh, charged_grid_kwh, delivered_community_kwh, delivered_grid_kwh, \
    released_kwh, loss_kwh, stock_community_kwh, stock_grid_kwh from storage \
    where charged_community_kwh + delivered_community_kwh > 0 order by interval_start";

fn storage(folder: &Path) -> Vec<String> {
    ecoop(folder, &["sql", "--format", "csv", STORAGE]).lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn g2_and_g3_from_the_file_to_the_table() {
    let [first, second] = ["2026-06-15T10:00:00Z", "2026-06-15T10:15:00Z"];
    let folder = tempfile::tempdir().unwrap();
    let rows = [(first, ["0", "0.5", "0.5", "0"]), (second, ["0.4", "0", "0", "0.3"])];
    computed(folder.path(), "90", &rows);
    assert_eq!(
        storage(folder.path()),
        [
            "0.500000,0.000000,0.000000,0.000000,0.000000,0.000000,0.500000,0.000000",
            "0.000000,0.000000,0.300000,0.000000,0.300000,0.033334,0.166666,0.000000",
        ]
    );
    let report = ["report", "--community", "battery", "--month", "2026-06", "--format", "json"];
    let report: Value = serde_json::from_str(&ecoop(folder.path(), &report)).unwrap();
    assert_eq!((&report["stored_kwh"], &report["released_kwh"]), (&"0.500000".into(), &"0.300000".into()));
    // A plant's 0.5 kWh caused 15.0375 g when they were taken in; of 0.4 kWh used 0.3 kWh were spared the grid.
    let co2 = &report["co2_total"];
    assert_eq!((&co2["avoided_g"], &co2["inventory_g"]), (&"-2.737500000".into(), &"19.137500000".into()));
    let folder = tempfile::tempdir().unwrap();
    let rows = [(first, ["0", "0.000300", "0.000500", "0"]), (second, ["1", "0", "0", "0.000300"])];
    computed(folder.path(), "100", &rows);
    assert_eq!(
        storage(folder.path()),
        [
            "0.000300,0.000200,0.000000,0.000000,0.000000,0.000000,0.000300,0.000200",
            "0.000000,0.000000,0.000180,0.000120,0.000180,0.000000,0.000120,0.000080",
        ]
    );
}

/// Two sets of different scope in one month: each with its own coverage and uncertainty, and no sum.
#[test]
fn figures_of_different_scope_stand_apart() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let rows = [
        ("2026-06-15T10:00:00Z", ["1", "1", "0", "0"]),
        ("2026-06-15T10:15:00Z", ["2", "1", "0", "0"]),
        ("2026-06-16T10:00:00Z", ["1", "1", "0", "0"]),
    ];
    computed(folder, "90", &rows);
    let report = ["report", "--community", "battery", "--month", "2026-06"];
    let json: Value = serde_json::from_str(&ecoop(folder, &[&report[..], &["--format", "json"]].concat())).unwrap();
    let sets: Vec<&Value> = json["co2"].as_array().unwrap().iter().collect();
    assert_eq!(sets.len(), 2, "{json}");
    let chimney = sets.iter().find(|s| s["factor_set"] == "chimney").unwrap();
    assert_eq!((&chimney["avoided_g"], &chimney["uncertainty_percent"]), (&"22.000000000".into(), &5.into()));
    assert_eq!(chimney["uncertainty_is_default"], false);
    let life = sets.iter().find(|s| s["factor_set"] == "whole-life").unwrap();
    assert_eq!((&life["uncertainty_percent"], &life["uncertainty_is_default"]), (&30.into(), &true.into()));
    assert_eq!((&life["avoided_g"], &life["inventory_g"]), (&"21.850000000".into(), &"101.150000000".into()));
    // The home's own supply of 20 g/kWh for its 1 kWh from the grid, the community's 60 g/kWh for what was shared.
    assert_eq!(life["market_inventory_g"], "140.000000000");
    assert_eq!(life["covered_intervals"], 2);
    assert!(life["all_intervals"].as_i64().unwrap() > 2 && life["covered_hours"].as_i64().unwrap() == 0, "{life}");
    let refused = json["co2_total"]["refused"].as_str().unwrap();
    assert!(
        refused.contains("`whole-life`") && refused.contains("`chimney`") && refused.contains("scope"),
        "{refused}"
    );
    for (lang, words) in [("en", "not added up"), ("fr", "ne s'additionnent pas")] {
        let text = ecoop(folder, &[&report[..], &["--lang", lang]].concat());
        assert!(text.contains(words) && text.contains("± 30") && text.contains("± 5"), "{text}");
    }
    // A table of SQL has no sum for that month either.
    let span = ["--from", "2026-06-01", "--to", "2026-07-01"];
    std::fs::write(
        folder.join("key.toml"),
        "[community]\nid = \"battery\"\n[[allocation_key]]\nvalid_from = \"2027-01-01\"\nkind = \"equal\"\n",
    )
    .unwrap();
    let replay = [&["replay", "--community", "battery", "--key", "key.toml"][..], &span[..]].concat();
    assert!(ecoop(folder, &replay).contains("Nothing is stored"));
}

/// What `apply` says when it refuses a file.
fn refusal(toml: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("battery.toml"), toml).unwrap();
    let output = command(folder.path(), &["apply", "battery.toml"]).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn scopes_cannot_be_mixed_in_a_row_and_storages_measure_both_directions() {
    let with = |from: &str, to: &str| refusal(&community("90").replace(from, to));
    let mixed = with("scope = \"life_cycle\"\n", "scope = \"life_cycle\"\nsource_scope = \"direct\"\n");
    assert!(mixed.contains("source_scope") && mixed.contains("count different things"), "{mixed}");
    let one_way = with("directions = [\"import\", \"export\"]", "directions = [\"export\"]");
    assert!(one_way.contains("storage_efficiency_percent") && one_way.contains("\"import\", \"export\""), "{one_way}");
    let nobody = with("home = \"20\"", "nobody = \"20\"");
    assert!(nobody.contains("market_by_member") && nobody.contains("`nobody`"), "{nobody}");
}
