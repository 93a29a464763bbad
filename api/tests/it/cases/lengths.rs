//! Values of several lengths that follow and replace each other: case 20.

use super::{BALANCE, Curve, FINLAND, ITALY, Lake, SWEDEN, TURKEY, Village, csv_in};

/// Half-hours of 0.1 kWh of a plant, and a home whose values are told below, on grids of 15, 30 and 60 minutes.
struct Villages {
    coarser: Village,
    doubled: Village,
    finer: Village,
    hourly: Village,
    revision_first: Village,
    revision_last: Village,
}

/// The names of them, in the order of answers, with what is made, used and left over at the end.
const AT_THE_END: [&str; 6] = [
    "coarser,0.2,0.600001,0.2,0.400001,0",
    "doubled,0.4,0.810001,0.4,0.410001,0",
    "finer,0.2,0.7,0.2,0.5,0",
    "hourly,0.2,0.45,0.2,0.25,0",
    "revision-first,0.2,0.46,0.2,0.26,0",
    "revision-last,0.2,0.46,0.2,0.26,0",
];

impl Villages {
    fn new() -> Self {
        let morning = |id, country, grid_minutes| {
            let village = Village::on_grid(id, country, grid_minutes);
            village.between("2025-02-28T08:00:00Z", "2025-02-28T09:00:00Z").home("home").plant("roof")
        };
        // Two o'clock, twice.
        let doubled = Village::new("doubled", ITALY).between("2025-10-26T02:00:00+02:00", "2025-10-26T03:00:00+01:00");
        Self {
            coarser: morning("coarser", TURKEY, 15),
            doubled: doubled.home("home").plant("roof"),
            finer: morning("finer", SWEDEN, 15),
            hourly: morning("hourly", ITALY, 60),
            revision_first: morning("revision-first", FINLAND, 30),
            revision_last: morning("revision-last", FINLAND, 30),
        }
    }

    fn all(&self) -> [&Village; 6] {
        let Self { coarser, doubled, finer, hourly, revision_first, revision_last } = self;
        [coarser, doubled, finer, hourly, revision_first, revision_last]
    }

    fn roofs(&self) -> Vec<Curve> {
        let doubled = self.doubled.makes("roof", "2025-10-26T00:00:00Z", 1800, ["0.1"; 4]);
        let others = self.all().into_iter().filter(|v| v.id != "doubled");
        others.map(|v| v.makes("roof", "2025-02-28T08:00:00Z", 1800, ["0.1"; 2])).chain([doubled]).collect()
    }
}

/// What the home of a village draws from a minute after eight o'clock of the morning on.
fn uses(village: &Village, minute: u32, minutes: u32, kwh: &[&str]) -> Curve {
    village.uses("home", &format!("2025-02-28T08:{minute:02}:00Z"), minutes * 60, kwh)
}

/// What it draws in the doubled hour, by the time in UTC: the first pass begins at 00:00, the second at 01:00.
fn uses_at_night(village: &Village, time: &str, minutes: u32, kwh: &[&str]) -> Curve {
    village.uses("home", &format!("2025-10-26T{time}:00Z"), minutes * 60, kwh)
}

/// Takes in each file after the other, with local times, and computes. Then the homes have these values, told by hour,
/// minute and kWh, and the months of these villages are open.
fn round(lake: &Lake, name: &str, files: &[Vec<Curve>], right: &[(&str, &[&str])], open: &[&str]) {
    let texts: Vec<(String, String)> =
        files.iter().zip(1..).map(|(curves, n)| (format!("{name}-{n}.csv"), csv_in(ITALY.zone, curves))).collect();
    lake.ingest(&texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>());
    lake.run();
    let values = "select community_id, date_part('hour', interval_start), date_part('minute', interval_start), \
        energy_kwh from readings where metering_point_id like '%-home' order by community_id, interval_start";
    let rows = right.iter().flat_map(|(id, values)| values.iter().map(move |value| format!("{id},{value}")));
    lake.shows(values, &rows.collect::<Vec<_>>());
    let state = |id: &str| if open.contains(&id) { "PROVISIONAL" } else { "SETTLED" };
    let states = right.iter().map(|(id, _)| format!("{id},{}", state(id)));
    lake.shows("select community_id, state from month_states order by 1", &states.collect::<Vec<_>>());
}

/// Hours are split, five minutes are summed; where the revised half-hour is told before the hour or after it, the other
/// half of the hour is gone.
fn begin(lake: &Lake, villages: &Villages) {
    let Villages { coarser, doubled, finer, hourly, revision_first, revision_last } = villages;
    let hour = |v| vec![uses(v, 0, 60, &["0.8"])];
    let half = |v| vec![uses(v, 0, 30, &["0.3"]).revision(1)];
    let files = [
        villages.roofs(),
        vec![uses(coarser, 0, 15, &["0.1", "0.2", "0.3", "0.4"])],
        vec![uses_at_night(doubled, "00:00", 60, &["0.4", "0.8"])],
        vec![uses(finer, 0, 30, &["0.5", "0.3"])],
        vec![uses(hourly, 0, 5, &["0.05"; 12])],
        half(revision_first),
        hour(revision_first),
        hour(revision_last),
        half(revision_last),
    ];
    let right: [(&str, &[&str]); 6] = [
        ("coarser", &["8,0,0.1", "8,15,0.2", "8,30,0.3", "8,45,0.4"]),
        ("doubled", &["0,0,0.1", "0,15,0.1", "0,30,0.1", "0,45,0.1", "1,0,0.2", "1,15,0.2", "1,30,0.2", "1,45,0.2"]),
        ("finer", &["8,0,0.25", "8,15,0.25", "8,30,0.15", "8,45,0.15"]),
        ("hourly", &["8,0,0.6"]),
        ("revision-first", &["8,0,0.3"]),
        ("revision-last", &["8,0,0.3"]),
    ];
    round(lake, "begin", &files, &right, &["revision-first", "revision-last"]);
}

/// An hour over quarters, a half-hour over the second pass of an hour, a quarter over a half-hour, a quarter over three
/// times five minutes.
fn replace(lake: &Lake, villages: &Villages) {
    let Villages { coarser, doubled, finer, hourly, revision_first, revision_last } = villages;
    let files = [
        vec![uses(coarser, 0, 60, &["1.000002"])],
        vec![uses_at_night(doubled, "01:30", 30, &["0.3"])],
        vec![uses(finer, 15, 15, &["0.3"])],
        vec![uses(hourly, 0, 15, &["0.2"])],
        vec![uses(revision_first, 30, 30, &["0.16"]), uses(revision_last, 30, 30, &["0.16"])],
    ];
    let right: [(&str, &[&str]); 6] = [
        // The two odd millionths go to the earlier quarters.
        ("coarser", &["8,0,0.250001", "8,15,0.250001", "8,30,0.25", "8,45,0.25"]),
        ("doubled", &["0,0,0.1", "0,15,0.1", "0,30,0.1", "0,45,0.1", "1,30,0.15", "1,45,0.15"]),
        ("finer", &["8,15,0.3", "8,30,0.15", "8,45,0.15"]),
        // 0.2 + 9 x 0.05.
        ("hourly", &["8,0,0.65"]),
        ("revision-first", &["8,0,0.3", "8,30,0.16"]),
        ("revision-last", &["8,0,0.3", "8,30,0.16"]),
    ];
    round(lake, "replace", &files, &right, &["doubled", "finer"]);
}

/// What the replaced values left uncovered, and half-hours over the hour and over six times five minutes.
fn complete(lake: &Lake, villages: &Villages) {
    let Villages { coarser, doubled, finer, hourly, .. } = villages;
    let files = [
        vec![uses(coarser, 30, 30, &["0.4"]), uses(coarser, 0, 30, &["0.200001"])],
        vec![uses_at_night(doubled, "01:00", 30, &["0.110001"])],
        vec![uses(finer, 0, 15, &["0.1"])],
        vec![uses(hourly, 30, 30, &["0.1"])],
    ];
    let right: [(&str, &[&str]); 6] = [
        ("coarser", &["8,0,0.100001", "8,15,0.1", "8,30,0.2", "8,45,0.2"]),
        (
            "doubled",
            &["0,0,0.1", "0,15,0.1", "0,30,0.1", "0,45,0.1", "1,0,0.055001", "1,15,0.055", "1,30,0.15", "1,45,0.15"],
        ),
        ("finer", &["8,0,0.1", "8,15,0.3", "8,30,0.15", "8,45,0.15"]),
        // 0.2 + 3 x 0.05 + 0.1.
        ("hourly", &["8,0,0.45"]),
        ("revision-first", &["8,0,0.3", "8,30,0.16"]),
        ("revision-last", &["8,0,0.3", "8,30,0.16"]),
    ];
    round(lake, "complete", &files, &right, &[]);
}

/// Case 20. A later value of another length replaces what it overlaps as a whole: finer over coarser, coarser over
/// finer, in one pass of a doubled hour and not in the other, on every grid, and by the sender's revision where values
/// come in the wrong order.
#[test]
fn a_value_of_another_length_replaces_what_it_overlaps_as_a_whole() {
    let villages = Villages::new();
    let lake = Lake::of(villages.all());
    begin(&lake, &villages);
    replace(&lake, &villages);
    complete(&lake, &villages);
    lake.shows(BALANCE, &AT_THE_END);
}
