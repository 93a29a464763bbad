//! What counts from a day on: cases 04 (a price), 05 (a rate of VAT) and 10 (a tenant).

use super::{AZORES, Country, ITALY, Lake, SWEDEN, TURKEY, Village, backwards, csv, json};

const MARTINIQUE: Country = Country { code: "FR", zone: "America/Martinique", currency: "EUR" };
const REUNION: Country = Country { code: "FR", zone: "Indian/Reunion", currency: "EUR" };

/// A local midnight at which a price changes: 0.45 kWh in each quarter-hour on both sides of it.
struct Midnight {
    village: &'static str,
    country: Country,
    /// The day of the new price, the first instant of the window, that midnight, and the end.
    day: &'static str,
    window: [&'static str; 3],
    quarters: [usize; 2],
    prices: [&'static str; 2],
    vat_percent: &'static str,
    /// kWh and amount at each price, and VAT of both.
    right: [&'static str; 2],
    vat: &'static str,
}

const MIDNIGHTS: [Midnight; 4] = [
    // Midnight comes twice; the new day begins with the first: 8 quarters before it, 12 after it. 3.6 x 0.18 = 0.648,
    // 5.4 x 0.2412 = 1.30248, 16 % of 1.95 = 0.312.
    Midnight {
        village: "azores-autumn",
        country: AZORES,
        day: "2025-10-26",
        window: ["2025-10-25T22:00:00Z", "2025-10-26T00:00:00Z", "2025-10-26T03:00:00Z"],
        quarters: [8, 12],
        prices: ["0.18", "0.2412"],
        vat_percent: "16",
        right: ["3.6,0.65", "5.4,1.30"],
        vat: "0.31",
    },
    // Midnight is left out; the new day begins at one. 3.6 x 0.2412 = 0.86832, 16 % of 1.52 = 0.2432.
    Midnight {
        village: "azores-spring",
        country: AZORES,
        day: "2025-03-30",
        window: ["2025-03-29T23:00:00Z", "2025-03-30T01:00:00Z", "2025-03-30T03:00:00Z"],
        quarters: [8, 8],
        prices: ["0.18", "0.2412"],
        vat_percent: "16",
        right: ["3.6,0.65", "3.6,0.87"],
        vat: "0.24",
    },
    // 3.6 x 2.10 = 7.56, 3.6 x 2.735 = 9.846, 20 % of 17.41 = 3.482.
    Midnight {
        village: "istanbul",
        country: TURKEY,
        day: "2025-06-30",
        window: ["2025-06-29T19:00:00Z", "2025-06-29T21:00:00Z", "2025-06-29T23:00:00Z"],
        quarters: [8, 8],
        prices: ["2.1", "2.735"],
        vat_percent: "20",
        right: ["3.6,7.56", "3.6,9.85"],
        vat: "3.48",
    },
    // 3.6 x 0.62 = 2.232, 3.6 x 0.7125 = 2.565 away from zero, 25 % of 4.80.
    Midnight {
        village: "stockholm",
        country: SWEDEN,
        day: "2025-01-31",
        window: ["2025-01-30T21:00:00Z", "2025-01-30T23:00:00Z", "2025-01-31T01:00:00Z"],
        quarters: [8, 8],
        prices: ["0.62", "0.7125"],
        vat_percent: "25",
        right: ["3.6,2.23", "3.6,2.57"],
        vat: "1.20",
    },
];

/// Which side of midnight comes in which of two rounds.
const ORDERS: [(&str, [&[usize]; 2]); 3] =
    [("at-once", [&[], &[0, 1]]), ("new-late", [&[0], &[1]]), ("old-late", [&[1], &[0]])];

impl Midnight {
    fn village(&self, order: &str) -> Village {
        let village = Village::new(&format!("{}-{order}", self.village), self.country);
        let village = village.between(self.window[0], self.window[2]).home("home").plant("roof");
        village.price("internal_energy", self.prices[0], self.vat_percent).with(&format!(
            "[[tariff]]\nitem = \"internal_energy\"\nvalid_from = \"{}\"\nprice_per_kwh = \"{}\"",
            self.day, self.prices[1]
        ))
    }

    /// One side of midnight; the later round's rows stand in their file from the end.
    fn file(&self, village: &Village, side: usize, round: usize) -> (String, String) {
        let (begins, kwh) = (self.window[side], vec!["0.45"; self.quarters[side]]);
        let curves = [village.uses("home", begins, 900, kwh.clone()), village.makes("roof", begins, 900, kwh)];
        let text = if round == 0 { json(&curves) } else { backwards(&csv(&curves)) };
        (format!("{}-{side}", village.id), text)
    }
}

/// Case 04. A price is that of the day of delivery, whenever values come; a day begins where its zone lets it begin.
#[test]
fn a_price_is_of_the_day_of_delivery_in_every_order() {
    let all = || MIDNIGHTS.iter().flat_map(|midnight| ORDERS.map(|order| (midnight, order)));
    let villages: Vec<Village> = all().map(|(midnight, (order, _))| midnight.village(order)).collect();
    let lake = Lake::of(&villages);
    let priced = "select community_id, price, sum(energy_kwh), sum(amount) from statement_lines \
        where document = 'invoice' and item = 'internal_energy' group by 1, 2 order by 1, 2";
    let line = |village: &Village, midnight: &Midnight, side: usize| {
        format!("{},{},{}", village.id, midnight.prices[side], midnight.right[side])
    };
    let mut right = Vec::new();
    for round in [0, 1] {
        let mut files = Vec::new();
        for ((midnight, (_, sides)), village) in all().zip(&villages) {
            files.extend(sides[round].iter().map(|side| midnight.file(village, *side, round)));
            right.extend(sides[round].iter().map(|side| line(village, midnight, *side)));
        }
        lake.ingest(&files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>());
        lake.run();
        right.sort();
        lake.shows(priced, &right);
    }
    let vat = "select community_id, sum(amount) from statement_lines where document = 'invoice' and item = 'vat' \
        group by 1 order by 1";
    let vat_right = all().zip(&villages).map(|((midnight, _), village)| format!("{},{}", village.id, midnight.vat));
    lake.shows(vat, &vat_right.collect::<Vec<_>>());
    lake.shows("select distinct state from month_states", &["SETTLED"]);
}

const BY_MONTH: &str = "select community_id, month, member_id, item, vat_percent, sum(energy_kwh), sum(amount) \
    from statement_lines where document = 'invoice' group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5";

/// Case 05. The month of delivery is a local one, far from Paris too: 5.5 % until July 2025, 20 % from August on.
#[test]
fn a_rate_of_vat_is_of_the_local_month_of_delivery() {
    // Around the last midnight of July, and half of it on either side: 8 quarters of 0.7 kWh.
    let islands = [("martinique", MARTINIQUE, ["02", "06"]), ("reunion", REUNION, ["18", "22"])];
    let mut curves = Vec::new();
    let villages = islands.map(|(id, country, hours)| {
        let day = if id == "reunion" { "2025-07-31" } else { "2025-08-01" };
        let [from, to] = hours.map(|hour| format!("{day}T{hour}:00:00Z"));
        let village = Village::new(id, country).between(&from, &to).home("home").plant("roof");
        curves.extend([village.uses("home", &from, 900, ["0.7"; 16]), village.makes("roof", &from, 900, ["0.7"; 16])]);
        village
            .price("internal_energy", "0.125", "20")
            .with("[[tariff]]\nitem = \"monthly_fee\"\nvalid_from = \"2025-01-01\"\nprice_per_month = \"3.00\"")
    });
    let lake = Lake::of(&villages);
    lake.ingest(&[("all.json", &json(&curves))]);
    lake.run();
    // 5.6 x 0.125 = 0.70, of which 20 % are 0.14. July: 5.5 % of 3.00 = 0.165 away from zero; August: 20 % of 3.70.
    let right = ["martinique", "reunion"].map(|id| {
        let (july, august) = (format!("{id},2025-07-01,home"), format!("{id},2025-08-01,home"));
        [
            format!("{july},internal_energy,20.00,5.6,0.70"),
            format!("{july},monthly_fee,5.50,0,3.00"),
            format!("{july},vat,5.50,0,0.17"),
            format!("{july},vat,20.00,0,0.14"),
            format!("{august},internal_energy,20.00,5.6,0.70"),
            format!("{august},monthly_fee,20.00,0,3.00"),
            format!("{august},vat,20.00,0,0.74"),
        ]
    });
    lake.shows(BY_MONTH, &right.concat());
}

/// Case 05. Rates of Italy differ by who pays, and an installation's own row lowers that of Sweden for one month.
#[test]
fn a_rate_of_vat_that_no_price_names_is_that_of_the_country_its_people_and_its_month() {
    let tariff = |item: &str, per: &str, kind: &str| {
        let kind = if kind.is_empty() { String::new() } else { format!("member_kind = \"{kind}\"\n") };
        format!("[[tariff]]\nitem = \"{item}\"\nvalid_from = \"2020-01-01\"\nprice_per_{per}\"\n{kind}")
    };
    let rome = Village::new("rome", ITALY).between("2025-06-30T10:00:00+02:00", "2025-06-30T12:00:00+02:00");
    let mut rome = rome.home("home").member("shop", "business").point("shop", "shop", "import").plant("roof");
    for kind in ["household", "business"] {
        rome = rome.with(&tariff("internal_energy", "kwh = \"0.20", kind));
        rome = rome.with(&tariff("monthly_fee", "month = \"2.50", kind));
    }
    // Two windows of four hours: over the first midnight of November, and over its last.
    let stockholm = Village::new("stockholm", SWEDEN).between("2025-10-31T22:00:00+01:00", "2025-11-01T02:00:00+01:00");
    let stockholm =
        stockholm.home("home").plant("roof").between("2025-11-30T22:00:00+01:00", "2025-12-01T02:00:00+01:00");
    let stockholm = stockholm.point("home", "home", "import").point("roof", "roof", "export");
    let stockholm = stockholm.with(&tariff("internal_energy", "kwh = \"0.70", ""));
    let stockholm = stockholm.with(&tariff("monthly_fee", "month = \"39.00", ""));
    let lake = Lake::of([]);
    let row = "SE,vat_percent.general.electricity,12.5,2025-11-01,2025-12-01,made for this test";
    lake.write("own.csv", format!("country,key,value,valid_from,valid_to,source\n{row}\n"));
    lake.ecoop(&["apply", "own.csv"]);
    lake.apply([&rome, &stockholm]);
    let mut curves = ["home", "shop"].map(|m| rome.uses(m, "2025-06-30T08:00:00Z", 900, ["0.5"; 8])).to_vec();
    curves.push(rome.makes("roof", "2025-06-30T08:00:00Z", 900, ["1"; 8]));
    for begins in ["2025-11-30T21:00:00Z", "2025-10-31T21:00:00Z"] {
        curves.push(stockholm.uses("home", begins, 900, ["0.5"; 16]));
        curves.push(stockholm.makes("roof", begins, 900, ["0.5"; 16]));
    }
    lake.ingest(&[("all.json", &json(&curves))]);
    lake.run();
    // Rome, 4 x 0.20 + 2.50 = 3.30 each: 10 % of it, and 22 % = 0.726. Stockholm, 4 x 0.70 + 39.00 = 41.80 and 25 %;
    // in November 8 x 0.70 + 39.00 = 44.60 and 12.5 % = 5.575 away from zero.
    let right = [
        month_of("rome,2025-06-01,home", "10.00", ["4", "0.80", "2.50", "0.33"]),
        month_of("rome,2025-06-01,shop", "22.00", ["4", "0.80", "2.50", "0.73"]),
        month_of("stockholm,2025-10-01,home", "25.00", ["4", "2.80", "39.00", "10.45"]),
        month_of("stockholm,2025-11-01,home", "12.50", ["8", "5.60", "39.00", "5.58"]),
        month_of("stockholm,2025-12-01,home", "25.00", ["4", "2.80", "39.00", "10.45"]),
    ];
    lake.shows(BY_MONTH, &right.concat());
}

/// A tenant of the flat.
fn flat(village: Village, tenant: &str, from: &str, to: &str) -> Village {
    village.member(tenant, "household").between(from, to).point(tenant, "flat", "import")
}

fn priced(village: Village, [energy, fee, vat]: [&str; 3]) -> Village {
    village.price("internal_energy", energy, vat).price("monthly_fee", fee, vat)
}

/// What a tenant owes for a month: kWh, price of them, fee, VAT.
fn month_of(who: &str, vat: &str, [kwh, energy, fee, tax]: [&str; 4]) -> [String; 3] {
    [
        format!("{who},internal_energy,{vat},{kwh},{energy}"),
        format!("{who},monthly_fee,{vat},0,{fee}"),
        format!("{who},vat,{vat},0,{tax}"),
    ]
}

/// Case 10. A flat goes from one tenant to the next at a local midnight: of a leap day, of a year, and of a day within
/// a month, for which both owe a fee then.
#[test]
fn a_flat_goes_from_tenant_to_tenant_at_local_midnight() {
    let istanbul = Village::new("istanbul", TURKEY).between("2024-02-29T22:00:00+03:00", "2024-03-01T02:00:00+03:00");
    let istanbul = flat(istanbul.plant("roof"), "old", "2024-02-29T22:00:00+03:00", "forever");
    let istanbul = flat(istanbul, "new", "2024-03-01", "2024-03-01T02:00:00+03:00");
    let istanbul = priced(istanbul, ["2.25", "30.00", "20"]);
    // By the hour, and the later tenant stands first in the file.
    let rome = Village::on_grid("rome", ITALY, 60).between("2024-12-31T22:00:00+01:00", "2025-01-01T02:00:00+01:00");
    let rome = flat(rome.plant("roof"), "new", "2025-01-01", "2025-01-01T02:00:00+01:00");
    let rome = priced(flat(rome, "old", "2024-12-31T22:00:00+01:00", "2025-01-01"), ["0.115", "1.50", "10"]);
    let stockholm = Village::new("stockholm", SWEDEN).between("2025-06-28T22:00:00+02:00", "2025-06-29T02:00:00+02:00");
    let stockholm = flat(stockholm.plant("roof"), "old", "2025-06-28T22:00:00+02:00", "2025-06-29");
    let stockholm = flat(stockholm, "new", "2025-06-29", "2025-06-29T02:00:00+02:00");
    let stockholm = priced(stockholm, ["0.62", "20.00", "25"]);
    let lake = Lake::of([&istanbul, &rome, &stockholm]);
    let mut curves = Vec::new();
    for (village, begins) in [(&istanbul, "2024-02-29T19:00:00Z"), (&stockholm, "2025-06-28T20:00:00Z")] {
        curves.push(village.uses("flat", begins, 900, ["0.6"; 16]));
        curves.push(village.makes("roof", begins, 900, ["0.5"; 16]));
    }
    curves.push(rome.uses("flat", "2024-12-31T21:00:00Z", 3600, ["2.0"; 4]));
    curves.push(rome.makes("roof", "2024-12-31T21:00:00Z", 3600, ["1.5"; 4]));
    lake.ingest(&[("all.csv", &csv(&curves))]);
    lake.run();
    // 4 x 2.25 = 9.00, 20 % of 39.00; 3 x 0.115 = 0.345 away from zero, 10 % of 1.85 = 0.185 away from zero;
    // 4 x 0.62 = 2.48, 25 % of 22.48.
    let right = [
        month_of("istanbul,2024-02-01,old", "20.00", ["4", "9.00", "30.00", "7.80"]),
        month_of("istanbul,2024-03-01,new", "20.00", ["4", "9.00", "30.00", "7.80"]),
        month_of("rome,2024-12-01,old", "10.00", ["3", "0.35", "1.50", "0.19"]),
        month_of("rome,2025-01-01,new", "10.00", ["3", "0.35", "1.50", "0.19"]),
        month_of("stockholm,2025-06-01,new", "25.00", ["4", "2.48", "20.00", "5.62"]),
        month_of("stockholm,2025-06-01,old", "25.00", ["4", "2.48", "20.00", "5.62"]),
    ];
    lake.shows(BY_MONTH, &right.concat());
    let days = "select metering_point_id, local_day, expected, missing from coverage where direction = 'import' \
        and expected > 0 order by 1, 2";
    let days_right = [
        ["istanbul-flat,2024-02-29,8,0", "istanbul-flat,2024-03-01,8,0"],
        ["rome-flat,2024-12-31,2,0", "rome-flat,2025-01-01,2,0"],
        ["stockholm-flat,2025-06-28,8,0", "stockholm-flat,2025-06-29,8,0"],
    ];
    lake.shows(days, &days_right.concat());
    let months = "select community_id, month, state from month_states order by 1, 2";
    let months_right =
        ["istanbul,2024-02-01", "istanbul,2024-03-01", "rome,2024-12-01", "rome,2025-01-01", "stockholm,2025-06-01"];
    lake.shows(months, &months_right.map(|month| format!("{month},SETTLED")));
}

/// Case 10. The program hears of the next tenant after it has computed the silence of the month after: the energy of
/// the last day is his, and the one who left owes nothing for that month.
#[test]
fn a_tenant_whose_leaving_is_told_late_owes_nothing_for_the_silence_after_it() {
    let village = Village::new("village", SWEDEN).between("2025-06-29T22:00:00+02:00", "2025-06-30T02:00:00+02:00");
    let village = flat(village.plant("roof"), "old", "2025-06-29T22:00:00+02:00", "forever");
    let village = priced(village, ["0.62", "20.00", "25"]);
    let lake = Lake::of([&village]);
    let begins = "2025-06-29T20:00:00Z";
    let curves = [village.uses("flat", begins, 900, ["0.6"; 16]), village.makes("roof", begins, 900, ["0.5"; 16])];
    lake.ingest(&[("june.csv", &csv(&curves))]);
    lake.run();
    // Who follows in a flat that is registered already does so with a recorded consent.
    let told = village.member("new", "household").with(
        "[[metering_point]]\nid = \"village-flat\"\nmember = \"new\"\nvalid_from = \"2025-06-30\"\n\
         valid_to = \"2025-06-30T02:00:00+02:00\"\nconsent = \"of-june\"",
    );
    lake.apply([&told]);
    lake.run();
    // 4 x 0.62 = 2.48, 25 % of 22.48, of each.
    let right = ["new", "old"]
        .map(|tenant| month_of(&format!("village,2025-06-01,{tenant}"), "25.00", ["4", "2.48", "20.00", "5.62"]));
    lake.shows(BY_MONTH, &right.concat());
}
