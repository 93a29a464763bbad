//! Days of other lengths than 24 hours: cases 01 (the autumn hour twice), 02 (the spring row twice) and 03 (a band
//! whose edge lies in the doubled hour).

use super::{AZORES, BALANCE, COVERAGE, Country, FINLAND, ITALY, Lake, OWED, SWEDEN, TURKEY, Village};
use super::{backwards, csv, csv_in, json, kwh};

/// Its clocks are put back by half an hour, in April.
const LORD_HOWE: Country = Country { code: "AU", zone: "Australia/Lord_Howe", currency: "AUD" };

/// A day on which clocks are put back.
struct Autumn {
    village: &'static str,
    country: Country,
    grid_minutes: u32,
    /// Its local day, the next one, and the instant at which it begins.
    day: [&'static str; 3],
    half_hours: i64,
    price: &'static str,
    vat_percent: &'static str,
    /// 0.2 kWh in the first half-hour and two thousandths and one millionth more in each: used; price and VAT of what
    /// the plant makes, which is 0.08 kWh a quarter-hour.
    used: &'static str,
    net: &'static str,
    vat: &'static str,
}

const OCTOBER: [&str; 2] = ["2025-10-26", "2025-10-27"];

/// n half-hours: n x 0.200001 + 0.002 x n (n - 1) / 2, so 9.600048 + 2.256 of 48, 9.800049 + 2.352 of 49, and
/// 10.000050 + 2.45 of 50; made are 0.16 x n = 7.68, 7.84, 8.00. Money: 8 x 0.25 and 16, 25.5, 10 % of 2.00;
/// 7.68 x 3.5 = 26.88, 20 % = 5.376; 7.84 x 0.3 = 2.352, 10 % of 2.35 = 0.235; 8 x 1.10 = 8.80, 25 % = 2.20.
const AUTUMNS: [Autumn; 6] = [
    autumn("azores", AZORES, 15, "2025-10-26T00:00:00Z", 50, ["0.25", "16", "12.45005", "2.00", "0.32"]),
    autumn("helsinki", FINLAND, 30, "2025-10-25T21:00:00Z", 50, ["0.25", "25.5", "12.45005", "2.00", "0.51"]),
    autumn("istanbul", TURKEY, 15, "2025-10-25T21:00:00Z", 48, ["3.50", "20", "11.856048", "26.88", "5.38"]),
    Autumn {
        day: ["2025-04-06", "2025-04-07", "2025-04-05T13:00:00Z"],
        ..autumn("lord-howe", LORD_HOWE, 15, "", 49, ["0.30", "10", "12.152049", "2.35", "0.24"])
    },
    autumn("rome", ITALY, 60, "2025-10-25T22:00:00Z", 50, ["0.25", "10", "12.45005", "2.00", "0.20"]),
    autumn("stockholm", SWEDEN, 15, "2025-10-25T22:00:00Z", 50, ["1.10", "25", "12.45005", "8.80", "2.20"]),
];

const fn autumn(
    village: &'static str,
    country: Country,
    grid_minutes: u32,
    begins: &'static str,
    half_hours: i64,
    [price, vat_percent, used, net, vat]: [&'static str; 5],
) -> Autumn {
    let day = [OCTOBER[0], OCTOBER[1], begins];
    Autumn { village, country, grid_minutes, day, half_hours, price, vat_percent, used, net, vat }
}

impl Autumn {
    fn village(&self, id: &str) -> Village {
        let village = Village::on_grid(id, self.country, self.grid_minutes).between(self.day[0], self.day[1]);
        village.home("home").plant("roof").price("internal_energy", self.price, self.vat_percent)
    }

    /// The home's day as a file with local times, the plant's as a message, and the first six hours of the home's once
    /// more in UTC, the change among them.
    fn files(&self, village: &Village) -> [String; 3] {
        let first_kwh = |n: i64| kwh(200_001 + 2_000 * n);
        let home = village.uses("home", self.day[2], 1800, (0..self.half_hours).map(first_kwh));
        let mut again = home.clone();
        again.kwh.truncate(12);
        let roof = village.makes("roof", self.day[2], 900, vec!["0.080"; self.half_hours as usize * 2]);
        [csv_in(self.country.zone, &[home]), json(&[roof]), csv(&[again])]
    }

    fn made_micro(&self) -> i64 {
        160_000 * self.half_hours
    }

    /// Everything made is shared: the home uses more in each interval.
    fn balance(&self, id: &str) -> String {
        let used: i64 = (0..self.half_hours).map(|n| 200_001 + 2_000 * n).sum();
        assert_eq!(kwh(used).trim_end_matches('0'), self.used);
        let (made, rest) = (kwh(self.made_micro()), kwh(used - self.made_micro()));
        format!("{id},{made},{},{made},{rest},0", self.used)
    }

    fn lines(&self, id: &str) -> [String; 2] {
        let Self { net, vat, .. } = self;
        [format!("{id},home,internal_energy,{},{net}", kwh(self.made_micro())), format!("{id},home,vat,0,{vat}")]
    }
}

/// Case 01. The day has as many intervals as its zone gives it, and both passes of the doubled hour count.
#[test]
fn an_autumn_day_is_as_long_as_its_zone_makes_it() {
    let villages: Vec<Village> = AUTUMNS.iter().map(|a| a.village(a.village)).collect();
    let lake = Lake::of(&villages);
    let files: Vec<[String; 3]> = AUTUMNS.iter().zip(&villages).map(|(a, v)| a.files(v)).collect();
    let of = |kind: usize| files.iter().map(|f| f[kind].clone()).collect::<Vec<_>>();
    // One file of all homes, one of all plants; the same values again change nothing.
    let homes = of(0).join("").replace(super::HEADER, "");
    let again = of(2).join("").replace(super::HEADER, "");
    let [homes, again] = [homes, again].map(|lines| super::HEADER.to_owned() + &lines);
    lake.ingest(&[("homes.csv", &homes), ("roofs.json", &of(1).concat()), ("again.csv", &again)]);
    lake.run();
    let lengths = "select community_id, min(local_day), max(local_day), min(expected), max(present), sum(missing) \
        from coverage where expected > 0 group by 1 order by 1";
    let lengths_right: Vec<String> = AUTUMNS
        .iter()
        .map(|a| {
            let intervals = a.half_hours * 30 / i64::from(a.grid_minutes);
            format!("{},{},{},{intervals},{intervals},0", a.village, a.day[0], a.day[0])
        })
        .collect();
    lake.shows(lengths, &lengths_right);
    lake.shows(BALANCE, &AUTUMNS.iter().map(|a| a.balance(a.village)).collect::<Vec<_>>());
    lake.shows(OWED, &AUTUMNS.iter().flat_map(|a| a.lines(a.village)).collect::<Vec<_>>());
    // Half-hours n and n + 1 since local midnight: 0.400002 + 0.002 x (2 n + 1), four thousandths more with each n. At
    // 00:00Z n is 0 on the Azores, 4 in Rome and Stockholm, 6 in Helsinki and Istanbul; an hour later two more.
    let passes = "select community_id, sum(case when interval_start < '2025-10-26T01:00:00Z' then energy_kwh end), \
        sum(case when interval_start >= '2025-10-26T01:00:00Z' then energy_kwh end) from readings \
        where metering_point_id like '%-home' and interval_start >= '2025-10-26T00:00:00Z' \
        and interval_start < '2025-10-26T02:00:00Z' group by 1 order by 1";
    let passes_right = [
        "azores,0.402002,0.410002",
        "helsinki,0.426002,0.434002",
        "istanbul,0.426002,0.434002",
        "rome,0.418002,0.426002",
        "stockholm,0.418002,0.426002",
    ];
    lake.shows(passes, &passes_right);
    let states = "select community_id, state from month_states where month in ('2025-04-01', '2025-10-01') order by 1";
    lake.shows(states, &AUTUMNS.map(|a| format!("{},SETTLED", a.village)));
}

/// Case 01. A value is told by its instant: whichever file comes first, and before or after a run, or all of it in one
/// file from its end.
#[test]
fn the_order_of_files_leaves_no_trace_in_a_doubled_hour() {
    let stockholm = AUTUMNS.last().unwrap();
    // Numbers of files that come before the first run and after it.
    let orders: [(&str, &[usize], &[usize]); 5] = [
        ("again-first", &[2, 1, 0], &[]),
        ("home-first", &[0, 1, 2], &[]),
        ("home-late", &[1, 2], &[0]),
        ("plant-late", &[0, 2], &[1]),
        ("then-again", &[1, 0], &[2]),
    ];
    let mut villages: Vec<Village> = orders.iter().map(|(id, ..)| stockholm.village(id)).collect();
    let one_file = stockholm.village("upside-down");
    villages.push(one_file.clone());
    let lake = Lake::of(&villages);
    for (round, round_name) in ["before", "after"].into_iter().enumerate() {
        let mut files = Vec::new();
        for ((id, before, after), village) in orders.iter().zip(&villages) {
            let texts = stockholm.files(village);
            let numbers = [before, after][round].iter();
            files.extend(numbers.map(|n| (format!("{id}-{round_name}-{n}"), texts[*n].clone())));
        }
        if round == 1 {
            let home =
                stockholm.files(&one_file)[0].clone() + stockholm.files(&one_file)[2].split_once('\n').unwrap().1;
            let roof = csv(&[one_file.makes("roof", stockholm.day[2], 900, ["0.080"; 100])]);
            files.push(("all.csv".to_owned(), backwards(&(home + roof.split_once('\n').unwrap().1))));
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        lake.ingest(&files);
        lake.run();
    }
    let ids = || orders.iter().map(|(id, ..)| *id).chain(["upside-down"]);
    lake.shows(BALANCE, &ids().map(|id| stockholm.balance(id)).collect::<Vec<_>>());
    lake.shows(OWED, &ids().flat_map(|id| stockholm.lines(id)).collect::<Vec<_>>());
}

/// A day on which clocks are put forward: what of it varies.
struct Spring {
    village: &'static str,
    country: Country,
    grid_minutes: u32,
    begins: &'static str,
    hours: usize,
    /// The local time of the hour before the change, and that by which the skipped hour would have begun: one instant.
    twice: Option<[&'static str; 2]>,
    energy_price: &'static str,
}

const SPRINGS: [Spring; 4] = [
    // Midnight is skipped: the day begins at one o'clock.
    spring("azores", AZORES, 30, "2025-03-30T01:00:00Z", None),
    spring("helsinki", FINLAND, 15, "2025-03-29T22:00:00Z", Some(["02:00:00+02:00", "03:00:00+03:00"])),
    Spring { hours: 24, energy_price: "2.50", ..spring("istanbul", TURKEY, 60, "2025-03-29T21:00:00Z", None) },
    spring("rome", ITALY, 60, "2025-03-29T23:00:00Z", Some(["01:00:00+01:00", "02:00:00+02:00"])),
];

const fn spring(
    village: &'static str,
    country: Country,
    grid_minutes: u32,
    begins: &'static str,
    twice: Option<[&'static str; 2]>,
) -> Spring {
    Spring { village, country, grid_minutes, begins, hours: 23, twice, energy_price: "0.30" }
}

impl Spring {
    fn village(&self) -> Village {
        let village = Village::on_grid(self.village, self.country, self.grid_minutes);
        let village = village.between("2025-03-30", "2025-03-31").home("home").plant("roof");
        village.price("internal_energy", self.energy_price, "10").price("community_fee", "0.05", "10")
    }

    /// Local times; at the end a row of the plant word for word, and of the home the hour before the change as if it
    /// were the skipped one.
    fn file(&self, village: &Village) -> String {
        let home =
            village.uses("home", self.begins, 3600, (0..self.hours as i64).map(|h| kwh(2_000_000 + 200_000 * h)));
        let roof = village.makes("roof", self.begins, 3600, vec!["0.7"; self.hours]);
        let mut text = csv_in(self.country.zone, &[home, roof]);
        let row = |point: &str, stamp: &str| {
            text.lines().find(|line| line.contains(point) && line.contains(stamp)).unwrap().to_owned()
        };
        let mut more = vec![row("roof", "T05:00:00")];
        more.extend(self.twice.map(|[before, skipped]| row("home", before).replace(before, skipped)));
        more.iter().for_each(|row| text += &format!("{row}\n"));
        text
    }
}

/// Case 02. The hour that a clock skips is filled by the hour before, or by its row once more: it counts once. In
/// Istanbul no hour is skipped, and each of 24 rows is a value of its own.
#[test]
fn a_row_twice_in_spring_counts_once_and_24_rows_are_24_hours_where_none_is_skipped() {
    let villages = SPRINGS.each_ref().map(Spring::village);
    let lake = Lake::of(&villages);
    let files: Vec<String> = SPRINGS.iter().zip(&villages).map(|(spring, village)| spring.file(village)).collect();
    let [azores, helsinki, istanbul, rome] = files.try_into().unwrap();
    let helsinki = backwards(&helsinki);
    let files = [("r.csv", rome), ("h.csv", helsinki), ("a.csv", azores), ("i.csv", istanbul)];
    let said = lake.ingest(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    // 23 rows of each point, one more of the plant's, one more of the home's where an hour is skipped.
    assert!(said.contains("r.csv: 48 readings") && said.contains("i.csv: 49 readings"), "{said}");
    lake.run();
    let counts = [("azores", 46), ("helsinki", 92), ("istanbul", 24), ("rome", 23)];
    let points = counts.iter().flat_map(|(id, n)| ["home", "roof"].map(|p| format!("{id}-{p},{n},{n},0")));
    lake.shows(COVERAGE, &points.collect::<Vec<_>>());
    // Used 2.0 + 0.2 h: of 23 hours 46 + 0.2 x 253 = 96.6, of 24 hours 48 + 0.2 x 276 = 103.2; made 0.7 an hour.
    // 16.1 x 0.30 = 4.83, 16.1 x 0.05 = 0.805 goes away from zero, VAT 10 % of 5.64 = 0.564; in Istanbul 16.8 x 2.50 =
    // 42.00, 0.84 and 4.284.
    let mut balances = Vec::new();
    let mut owed = Vec::new();
    for (id, _) in counts {
        let [made, used, rest, energy, fee, vat] = match id {
            "istanbul" => ["16.8", "103.2", "86.4", "42.00", "0.84", "4.28"],
            _ => ["16.1", "96.6", "80.5", "4.83", "0.81", "0.56"],
        };
        balances.push(format!("{id},{made},{used},{made},{rest},0"));
        owed.push(format!("{id},home,community_fee,{made},{fee}"));
        owed.push(format!("{id},home,internal_energy,{made},{energy}"));
        owed.push(format!("{id},home,vat,0,{vat}"));
    }
    lake.shows(BALANCE, &balances);
    lake.shows(OWED, &owed);
}

/// A village of case 03: 0.4 kWh are used and made in every quarter-hour of its window.
struct Banded {
    village: &'static str,
    country: Country,
    /// From and to with local offsets, and the first instant.
    window: [&'static str; 3],
    quarters: usize,
    /// What stands in `band = { ... }`, with its price.
    bands: &'static [(&'static str, &'static str)],
    day_price: &'static str,
    /// (price, kWh, amount)
    right: &'static [&'static str],
}

/// Prices without a band are 0.30, or 3.00; q stands for a quarter-hour.
const BANDED: [Banded; 6] = [
    // 23:00-00:30 6 q day, 00:30-01:00 2 q night, again 00:00-00:30 2 q day, 00:30-02:00 6 q night.
    Banded {
        village: "azores",
        country: AZORES,
        window: ["2025-10-25T23:00:00+00:00", "2025-10-26T02:00:00-01:00", "2025-10-25T23:00:00Z"],
        quarters: 16,
        bands: &[(r#"name = "night", from = "00:30", to = "06:00""#, "0.10")],
        day_price: "0.30",
        right: &["0.1,3.2,0.32", "0.3,3.2,0.96"],
    },
    // 23:00-24:00 of Saturday 4 q; midnight comes twice, Saturday does not: 12 q.
    Banded {
        village: "azores-saturday",
        country: AZORES,
        window: ["2025-10-25T23:00:00+00:00", "2025-10-26T02:00:00-01:00", "2025-10-25T23:00:00Z"],
        quarters: 16,
        bands: &[(r#"name = "saturday", weekdays = ["sat"]"#, "0.10")],
        day_price: "0.30",
        right: &["0.1,1.6,0.16", "0.3,4.8,1.44"],
    },
    // The night ends within the doubled hour: 02:00-03:30 6 q night, 03:30-04:00 2 q day, again 03:00-03:30 2 q night,
    // 03:30-06:00 10 q day.
    Banded {
        village: "helsinki",
        country: FINLAND,
        window: ["2025-10-26T02:00:00+03:00", "2025-10-26T06:00:00+02:00", "2025-10-25T23:00:00Z"],
        quarters: 20,
        bands: &[(r#"name = "night", from = "22:00", to = "03:30""#, "0.10")],
        day_price: "0.30",
        right: &["0.1,3.2,0.32", "0.3,4.8,1.44"],
    },
    // Nothing comes twice: 01:00-02:30 6 q day, 02:30-04:00 6 q night.
    Banded {
        village: "istanbul",
        country: TURKEY,
        window: ["2025-10-26T01:00:00+03:00", "2025-10-26T04:00:00+03:00", "2025-10-25T22:00:00Z"],
        quarters: 12,
        bands: &[(r#"name = "night", from = "02:30", to = "07:30""#, "1.00")],
        day_price: "3.00",
        right: &["1,2.4,2.4", "3,2.4,7.2"],
    },
    // Two bands with edges in it. Early 01:30-02:15 3 q, and 02:00-02:15 again 1 q; late 02:45-03:00 1 q, and
    // 02:45-03:30 again 3 q; the rest of 16 q is day.
    Banded {
        village: "rome",
        country: ITALY,
        window: ["2025-10-26T01:00:00+02:00", "2025-10-26T04:00:00+01:00", "2025-10-25T23:00:00Z"],
        quarters: 16,
        bands: &[
            (r#"name = "early", from = "01:30", to = "02:15""#, "0.10"),
            (r#"name = "late", from = "02:45", to = "03:30""#, "0.20"),
        ],
        day_price: "0.30",
        right: &["0.1,1.6,0.16", "0.2,1.6,0.32", "0.3,3.2,0.96"],
    },
    // In spring 02:00-03:00 is skipped, and a band within it with it: 01:00-02:00 4 q day, 03:00-03:30 2 q of the band
    // that should have begun at 02:30, 03:30-04:00 2 q day.
    Banded {
        village: "rome-spring",
        country: ITALY,
        window: ["2025-03-30T01:00:00+01:00", "2025-03-30T04:00:00+02:00", "2025-03-30T00:00:00Z"],
        quarters: 8,
        bands: &[
            (r#"name = "gone", from = "02:00", to = "02:30""#, "0.10"),
            (r#"name = "late", from = "02:30", to = "03:30""#, "0.20"),
        ],
        day_price: "0.30",
        right: &["0.2,0.8,0.16", "0.3,2.4,0.72"],
    },
];

/// Case 03. A band is what the clock on the wall shows, each time it shows it.
#[test]
fn a_band_begins_and_ends_as_often_as_the_clock_shows_its_edge() {
    let mut villages = Vec::new();
    let mut curves = Vec::new();
    for Banded { village: id, country, window: [from, to, begins], quarters, bands, day_price, .. } in BANDED {
        let mut village = Village::new(id, country).between(from, to).home("home").plant("mill");
        village = village.price("internal_energy", day_price, "20");
        for (band, price) in bands {
            let tariff = "[[tariff]]\nitem = \"internal_energy\"\nvalid_from = \"2020-01-01\"\nvat_percent = \"20\"";
            village = village.with(&format!("{tariff}\nprice_per_kwh = \"{price}\"\nband = {{ {band} }}"));
        }
        curves.push(village.uses("home", begins, 900, vec!["0.4"; quarters]));
        curves.push(village.makes("mill", begins, 900, vec!["0.4"; quarters]));
        villages.push(village);
    }
    let lake = Lake::of(&villages);
    lake.ingest(&[("all.json", &json(&curves))]);
    lake.run();
    let priced = "select community_id, price, sum(energy_kwh), sum(amount) from statement_lines \
        where document = 'invoice' and item = 'internal_energy' group by 1, 2 order by 1, 2";
    let right = BANDED.iter().flat_map(|b| b.right.iter().map(|row| format!("{},{row}", b.village)));
    lake.shows(priced, &right.collect::<Vec<_>>());
}
