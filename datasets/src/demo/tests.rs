use std::collections::BTreeMap;

use chrono::DateTime;

use super::*;
use crate::wire::Flow;

fn at(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
}

fn community<'d>(demo: &'d Demo, id: &str) -> &'d Community {
    demo.communities().iter().find(|c| c.id == id).unwrap()
}

fn lines(demo: &Demo, id: &str, from: &str, to: &str) -> Vec<String> {
    let mut bytes = Vec::new();
    let count = demo.history(community(demo, id), at(from), at(to), &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(lines[0], crate::CSV_HEADER);
    assert_eq!(lines.len() as u64, count + 1);
    lines[1..].to_vec()
}

/// Wh of (point, direction) in a span.
fn sums(demo: &Demo, id: &str, from: &str, to: &str) -> BTreeMap<(String, String), u64> {
    let mut sums = BTreeMap::new();
    for line in lines(demo, id, from, to) {
        let columns: Vec<&str> = line.split(',').collect();
        let watt_hours: u64 = columns[4].replace('.', "").parse().unwrap();
        *sums.entry((columns[0].to_owned(), columns[1].to_owned())).or_default() += watt_hours;
    }
    sums
}

#[test]
fn the_year_of_the_source_gives_its_sums() {
    let demo = Demo::load().unwrap();
    let profiles = load().unwrap();
    let sums = sums(&demo, "village-fr", "2016-01-01T00:00:00+01:00", "2017-01-01T00:00:00+01:00");
    let check = |point: &str, direction: &str, profile: &str, peak_w: u64| {
        let want = profiles[profile].sum() * peak_w / 4_000_000;
        assert_eq!(sums[&(point.to_owned(), direction.to_owned())], want, "{point} {profile}");
    };
    check("FR-0003", "import", "Soil_Alternative_1", 6_000);
    check("FR-0004", "import", "G1-C", 5_000);
    check("FR-0010", "import", "H0-A", 2_900);
    // The sun of another place runs over the same rows, half an hour later.
    check("FR-0008", "export", "PV3", 40_000);
    check("FR-0009", "export", "PV4", 32_000);
}

#[test]
fn other_years_are_close_to_the_source() {
    let demo = Demo::load().unwrap();
    let source = sums(&demo, "village-fr", "2016-01-01T00:00:00+01:00", "2017-01-01T00:00:00+01:00");
    let other = sums(&demo, "village-fr", "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00");
    for (key, want) in &source {
        assert!(other[key].abs_diff(*want) * 100 <= want * 2, "{key:?}: {} against {want}", other[key]);
    }
}

#[test]
fn local_days_have_92_96_or_100_quarters() {
    let demo = Demo::load().unwrap();
    let check = |id: &str, from: &str, to: &str, quarters: usize| {
        let directions: usize =
            demo.points_of(community(&demo, id)).map(|p| usize::from(p.import()) + usize::from(p.export())).sum();
        let lines = lines(&demo, id, from, to);
        assert_eq!(lines.len(), quarters * directions, "{id} {from}");
        let keys: std::collections::BTreeSet<String> =
            lines.iter().map(|l| l.split(',').take(3).collect::<Vec<_>>().join(",")).collect();
        assert_eq!(keys.len(), lines.len(), "no interval comes twice");
    };
    check("village-fr", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 92);
    check("by-se", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 100);
    check("comune-it", "2026-06-01T00:00:00+02:00", "2026-06-02T00:00:00+02:00", 96);
    check("koy-tr", "2026-03-29T00:00:00+03:00", "2026-03-30T00:00:00+03:00", 96);
    check("koy-tr", "2026-10-25T00:00:00+03:00", "2026-10-26T00:00:00+03:00", 96);
}

#[test]
fn months_cover_both_clock_changes_without_a_gap() {
    let demo = Demo::load().unwrap();
    let months = demo.months(community(&demo, "village-fr"), at("2026-11-24T03:07:11Z"));
    let labels: Vec<&str> = months.iter().map(|m| m.label.as_str()).collect();
    assert_eq!((labels.len(), labels[0], labels[13]), (14, "2025-10", "2026-11"));
    assert!(months.windows(2).all(|pair| pair[0].to == pair[1].from));
    assert_eq!((months[0].from, months[13].to), (at("2025-10-01T00:00:00+02:00"), at("2026-11-24T03:00:00Z")));
    // In the first quarter-hour of a month nothing of it has passed.
    let months = demo.months(community(&demo, "koy-tr"), at("2026-10-31T21:05:00Z"));
    assert_eq!(months.last().unwrap().label, "2026-10");
}

#[test]
fn messages_say_what_the_history_says() {
    let demo = Demo::load().unwrap();
    for start in ["2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z", "2026-07-14T11:00:00Z"] {
        let messages = demo.quarter(at(start));
        let mut want = Vec::new();
        for community in demo.communities() {
            let mut bytes = Vec::new();
            demo.history(community, at(start), at(start) + QUARTER, &mut bytes).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            want.extend(text.lines().skip(1).map(str::to_owned));
        }
        let got = messages.iter().map(|m| {
            let text = String::from_utf8(m.payload.clone()).unwrap();
            let values = text.trim_matches(['{', '}']).split(',').map(|pair| pair.split_once(':').unwrap().1);
            values.map(|v| v.trim_matches('"')).collect::<Vec<_>>().join(",")
        });
        assert_eq!(got.collect::<Vec<_>>(), want);
        assert!(messages.iter().all(|m| m.at_micros == at(start) + QUARTER && m.kind == MessageKind::First));
    }
}

/// Shared energy as a pro-rata key would give it, in percent of consumption and of production fed in.
fn shared_percent(demo: &Demo, id: &str, minutes: i64) -> (u64, u64) {
    let mut by_interval = BTreeMap::<i64, (u64, u64)>::new();
    let community = community(demo, id);
    let points: Vec<&Point> = demo.points_of(community).collect();
    for start in (at("2025-11-01T00:00:00Z")..at("2026-11-01T00:00:00Z")).step_by(QUARTER as usize) {
        let moment = Moment::of(community, start);
        let sums = by_interval.entry(start / (minutes * 60_000_000)).or_default();
        for (flow, watt_hours) in points.iter().flat_map(|p| p.values(moment)) {
            match flow {
                Flow::Export => sums.0 += u64::from(watt_hours),
                Flow::Import => sums.1 += u64::from(watt_hours),
            }
        }
    }
    let shared: u64 = by_interval.values().map(|(p, c)| (*p).min(*c)).sum();
    let production: u64 = by_interval.values().map(|(p, _)| p).sum();
    let consumption: u64 = by_interval.values().map(|(_, c)| c).sum();
    println!("{id}: production {production} Wh, consumption {consumption} Wh, shared {shared} Wh");
    (shared * 100 / consumption, shared * 100 / production)
}

#[test]
fn villages_share_a_good_part_of_both() {
    let demo = Demo::load().unwrap();
    for (id, minutes) in [("village-fr", 15), ("comune-it", 60), ("by-se", 15), ("koy-tr", 60)] {
        let (of_consumption, of_production) = shared_percent(&demo, id, minutes);
        assert!((30..=60).contains(&of_consumption), "{id}: {of_consumption} % of consumption");
        assert!((30..=65).contains(&of_production), "{id}: {of_production} % of production");
    }
}

#[test]
fn the_sun_shines_by_day() {
    let demo = Demo::load().unwrap();
    // South roofs: those to the east and west have their middle hours earlier or later.
    // (community, shared roof, noon by the sun in UTC): 12 h less 4 minutes for each degree east.
    for (id, roof, noon) in [
        ("village-fr", "FR-0008", "11:48"),
        ("comune-it", "IT-0008", "11:08"),
        ("by-se", "SE-0005", "11:00"),
        ("koy-tr", "TR-0006", "09:48"),
    ] {
        let mut by_quarter = [0u64; 96];
        let sums = lines(&demo, id, "2026-05-01T00:00:00Z", "2026-08-01T00:00:00Z");
        for line in sums.iter().filter(|l| l.starts_with(&format!("{roof},export"))) {
            let columns: Vec<&str> = line.split(',').collect();
            let start = at(columns[2]);
            by_quarter[(start.rem_euclid(96 * QUARTER) / QUARTER) as usize] +=
                columns[4].replace('.', "").parse::<u64>().unwrap();
        }
        let total: u64 = by_quarter.iter().sum();
        let centre = by_quarter.iter().zip(0u64..).map(|(wh, q)| wh * (q * 15 + 7)).sum::<u64>() / total;
        let (hour, minute) = noon.split_once(':').unwrap();
        let noon_minutes = hour.parse::<u64>().unwrap() * 60 + minute.parse::<u64>().unwrap();
        assert!(
            centre.abs_diff(noon_minutes) <= 40,
            "{id}: centre of the day at {centre} minutes, noon at {noon_minutes}"
        );
        let night = (noon_minutes / 15 + 48) % 96;
        assert_eq!(by_quarter[night as usize], 0, "{id}");
    }
}

/// What stands in documents and what lies behind meters is the same.
#[test]
fn documents_and_series_agree() {
    let demo = Demo::load().unwrap();
    for community in demo.communities() {
        let document: toml::Table = community.document.parse().unwrap();
        let head = document["community"].as_table().unwrap();
        assert_eq!(head["id"].as_str(), Some(community.id));
        assert_eq!(head["timezone"].as_str(), Some(community.timezone.name()));
        let members: Vec<&str> =
            document["member"].as_array().unwrap().iter().filter_map(|m| m["id"].as_str()).collect();
        let mut registered = Vec::new();
        for point in document["metering_point"].as_array().unwrap() {
            assert!(members.contains(&point["member"].as_str().unwrap()));
            let has = |d: &str| point["directions"].as_array().unwrap().iter().any(|w| w.as_str() == Some(d));
            registered.push((point["id"].as_str().unwrap().to_owned(), has("import"), has("export")));
        }
        let behind: Vec<_> =
            demo.points_of(community).map(|p| (p.metering_point_id.to_string(), p.import(), p.export())).collect();
        assert_eq!(registered, behind, "{}", community.id);
        assert!(behind.is_sorted());
    }
    assert!((55..=65).contains(&demo.points().len()));
}

/// A change of this digest is a change of what every demonstration shows.
#[test]
fn the_same_month_has_the_same_bytes() {
    use sha2::{Digest, Sha256};
    let demo = Demo::load().unwrap();
    let mut digest = Sha256::new();
    for community in demo.communities() {
        let mut bytes = Vec::new();
        demo.history(community, at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z"), &mut bytes).unwrap();
        digest.update(&bytes);
    }
    let got: String = digest.finalize().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(got, "4f3e2454e6d9aea057dd5085e9cab1ffd6d742b8bce7996723c03973e52f43e3");
}

/// Thirteen months of all points are written in seconds, also in a debug build.
#[test]
fn the_past_is_prepared_quickly() {
    let began = std::time::Instant::now();
    let demo = Demo::load().unwrap();
    let loaded = began.elapsed();
    let (mut values, mut bytes) = (0, 0);
    for community in demo.communities() {
        for month in demo.months(community, at("2026-11-24T03:00:00Z")) {
            let mut out = Vec::new();
            values += demo.history(community, month.from, month.to, &mut out).unwrap();
            bytes += out.len();
        }
    }
    let took = began.elapsed();
    println!("loaded in {loaded:?}; {values} values, {bytes} bytes in {took:?}");
    assert!(values > 2_300_000);
    assert!(took.as_secs() < 30, "{took:?}");
}
