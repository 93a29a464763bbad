//! Files as a spreadsheet saves them: case 18.

use super::{BALANCE, COVERAGE, ITALY, Lake, SWEDEN, Village, json};

/// What a spreadsheet writes first, so that it knows its own files again.
const MARK: &str = "\u{feff}";

/// A point's name, the minute after eight o'clock, and what stands in the cell of its energy.
type Row = (&'static str, &'static str, &'static str);

const HOME: [Row; 3] = [("home", "00", "0.3"), ("home", "15", "0.3"), ("home", "30", "0.3")];
const ROOF: [Row; 4] =
    [("roof", "00", "0.25"), ("roof", "15", "0.250"), ("roof", "30", "0.25"), ("roof", "45", "0.25")];

/// A sheet with columns in an order of their own, one of them not ours, quotes around names, lines that end with CR and
/// LF, and blank lines between them and at the end, where somebody deleted rows.
fn sheet(village: &Village, separator: &str, rows: &[Row]) -> String {
    let names =
        ["note", "energy_kwh", "interval_seconds", "interval_start", "quality", "direction", "\"metering_point_id\""];
    let rows = rows.iter().map(|(point, minute, kwh)| {
        let direction = if *point == "home" { "import" } else { "export" };
        let start = format!("2025-06-30T08:{minute}:00Z");
        ["", *kwh, "900", &start, "measured", direction, &format!("\"{}-{point}\"", village.id)].join(separator)
    });
    let lines: Vec<String> = std::iter::once(names.join(separator)).chain(rows).collect();
    lines.join("\r\n\r\n") + "\r\n\r\n\r\n"
}

/// The last value of the home, as no file should have it, and as it should be.
fn save_files(lake: &Lake, village: &Village) {
    let local = sheet(village, ";", &[("home", "45", "0,3")]);
    lake.write("semicolons.csv", format!("{MARK}{local}"));
    lake.write("tabs.txt", local.replace(';', "\t"));
    let utf16 = |bytes_of: fn(u16) -> [u8; 2]| -> Vec<u8> {
        MARK.encode_utf16().chain(local.encode_utf16()).flat_map(bytes_of).collect()
    };
    lake.write("big-endian.csv", utf16(u16::to_be_bytes));
    lake.write("little-endian.csv", utf16(u16::to_le_bytes));
    lake.write("comma.csv", sheet(village, ",", &[("home", "45", "\"0,3\"")]));
    let half = sheet(village, ",", &[ROOF[3], ("home", "45", "\"0,30\"")]);
    lake.write("half.csv", format!("{MARK}{half}"));
    let good = sheet(village, ",", &[&HOME[..], &ROOF].concat());
    lake.write("good.csv", format!("{MARK}{good}"));
    let mended = json(&[village.uses("home", "2025-06-30T08:45:00Z", 900, ["0.3"])]);
    lake.write("mended.json", format!("{MARK}{}\r\n\r\n", mended.trim_end()));
}

fn take_in(lake: &Lake, files: &[(&str, &str)]) {
    let names = files.iter().map(|(name, _)| *name);
    let said = lake.ecoop(&["ingest"].into_iter().chain(names).collect::<Vec<_>>());
    for (name, says) in files {
        assert!(said.contains(&format!("{name}: {says}\n")), "{name}: {says} is not in {said}");
    }
}

fn refuse(lake: &Lake) {
    let files = ["semicolons.csv", "tabs.txt", "big-endian.csv", "little-endian.csv", "comma.csv"];
    let said = lake.fails(&["ingest"].into_iter().chain(files).collect::<Vec<_>>());
    for why in [
        "separated by semicolons",
        "separated by tabs",
        "big-endian.csv is UTF-16",
        "little-endian.csv is UTF-16",
        "comma.csv: 0 readings, 1 in quarantine",
        "comma.csv: every value was put aside",
    ] {
        assert!(said.contains(why), "{why} is not in {said}");
    }
}

/// Case 18. A byte order mark, CRLF, quotes, blank lines and another order of columns are read; what would be guessed
/// is not, and the whole file is refused, or its value alone. The value comes as it should before all of them, or last.
#[test]
fn what_a_spreadsheet_saved_is_read_or_refused_and_never_guessed() {
    let villages = [("mended-first", SWEDEN), ("mended-last", ITALY)].map(|(id, country)| {
        Village::new(id, country).between("2025-06-30T08:00:00Z", "2025-06-30T09:00:00Z").home("home").plant("roof")
    });
    let lake = Lake::of(&villages);
    let [first, last] = &villages;
    let (half, good, mended) =
        (("half.csv", "1 readings, 1 in quarantine"), ("good.csv", "7 readings"), ("mended.json", "1 readings"));
    save_files(&lake, first);
    take_in(&lake, &[mended, good, half]);
    refuse(&lake);
    save_files(&lake, last);
    refuse(&lake);
    take_in(&lake, &[half, good]);
    lake.run();
    let commas = "select reason, field, value, count(*) from quarantine group by 1, 2, 3 order by 3";
    lake.shows(commas, &["malformed,energy_kwh,\"0,3\",2", "malformed,energy_kwh,\"0,30\",2"]);
    let points =
        ["mended-first-home,4,4,0", "mended-first-roof,4,4,0", "mended-last-home,4,3,1", "mended-last-roof,4,4,0"];
    lake.shows(COVERAGE, &points);
    let states = "select community_id, state from month_states order by 1";
    lake.shows(states, &["mended-first,SETTLED", "mended-last,PROVISIONAL"]);
    take_in(&lake, &[mended]);
    lake.run();
    // 4 x 0.3 of 4 x 0.25.
    lake.shows(BALANCE, &["mended-first,1,1.2,1,0.2,0", "mended-last,1,1.2,1,0.2,0"]);
    lake.shows(states, &["mended-first,SETTLED", "mended-last,SETTLED"]);
}
