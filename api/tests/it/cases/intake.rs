//! Values that come in and that do not: cases 09 (a meter is exchanged), 11 (estimated, then measured) and 12 (zero is
//! not missing).

use super::{BALANCE, COVERAGE, Country, Curve, ITALY, Lake, OWED, SWEDEN, TURKEY, Village, backwards, csv, json};

/// Case 09. One meter follows the other within the hour that comes twice, at a quarter past nine, and after an hour
/// without any: each counts as long as it takes part, and the month has one fee.
#[test]
fn a_meter_counts_from_its_first_quarter_to_its_last() {
    let meters = |village: Village, old: [&str; 2], new: [&str; 2], names: [&str; 2]| {
        let village = village.plant("roof").member("a", "household");
        let village = village.between(old[0], old[1]).point("a", names[0], "import");
        village.between(new[0], new[1]).point("a", names[1], "import")
    };
    let rome = Village::new("rome", ITALY).between("2025-10-26T01:00:00+02:00", "2025-10-26T04:00:00+01:00");
    let old = ["2025-10-26T01:00:00+02:00", "2025-10-26T02:30:00+01:00"];
    let rome = meters(rome, old, ["2025-10-26T02:30:00+01:00", "2025-10-26T04:00:00+01:00"], ["old", "new"]);
    let rome = rome.price("internal_energy", "0.25", "10").price("monthly_fee", "2.00", "10");
    let istanbul = Village::new("istanbul", TURKEY).between("2025-06-30T08:00:00+03:00", "2025-06-30T10:00:00+03:00");
    let old = ["2025-06-30T08:00:00+03:00", "2025-06-30T09:15:00+03:00"];
    let istanbul = meters(istanbul, old, ["2025-06-30T09:15:00+03:00", "2025-06-30T10:00:00+03:00"], ["old", "new"]);
    let istanbul = istanbul.price("internal_energy", "2.50", "20").price("monthly_fee", "40.00", "20");
    // The same meter leaves for an hour, and sends on.
    let stockholm = Village::new("stockholm", SWEDEN).between("2025-06-30T09:00:00+02:00", "2025-06-30T12:00:00+02:00");
    let old = ["2025-06-30T09:00:00+02:00", "2025-06-30T10:00:00+02:00"];
    let stockholm = meters(stockholm, old, ["2025-06-30T11:00:00+02:00", "2025-06-30T12:00:00+02:00"], ["one", "one"]);
    let stockholm = stockholm.price("internal_energy", "0.62", "25").price("monthly_fee", "20.00", "25");
    let lake = Lake::of([&istanbul, &rome, &stockholm]);
    let register_difference = |village: &Village, at: &str| village.uses("new", at, 900, ["-4711.25"]);
    let (night, half_past, morning) = ("2025-10-25T23:00:00Z", "2025-10-26T01:30:00Z", "2025-06-30T05:00:00Z");
    let curves = [
        rome.uses("old", night, 900, ["0.5"; 16]),
        register_difference(&rome, half_past),
        rome.uses("new", half_past, 900, ["0.5"; 6]),
        rome.makes("roof", night, 900, ["0.2"; 16]),
        istanbul.makes("roof", morning, 900, ["1"; 8]),
        istanbul.uses("new", "2025-06-30T06:15:00Z", 900, ["0.9"; 3]),
        register_difference(&istanbul, "2025-06-30T06:15:00Z"),
        istanbul.uses("old", morning, 900, ["0.9"; 8]),
        stockholm.uses("one", "2025-06-30T07:00:00Z", 900, ["0.5"; 12]),
        stockholm.makes("roof", "2025-06-30T07:00:00Z", 900, ["0.2"; 12]),
    ];
    lake.ingest(&[("all.csv", &csv(&curves))]);
    lake.run();
    // Six quarters after the second half past two, three after a quarter past nine.
    let refused = "select reason, count(*) from quarantine where metering_point_id not like 'stockholm-%' \
        group by 1 order by 1";
    lake.shows(refused, &["negative,2", "outside_validity,9"]);
    let points = [
        ["istanbul-new,3,3,0", "istanbul-old,5,5,0", "istanbul-roof,8,8,0"],
        ["rome-new,6,6,0", "rome-old,10,10,0", "rome-roof,16,16,0"],
    ];
    lake.shows(COVERAGE, &[&points.concat()[..], &["stockholm-one,8,8,0", "stockholm-roof,12,12,0"]].concat());
    // 16 x 0.5 of 16 x 0.2; 8 x 0.9 of 8 x 1.0; 8 x 0.5 of 12 x 0.2, of which 4 x 0.2 find nobody.
    lake.shows(BALANCE, &["istanbul,8,7.2,7.2,0,0.8", "rome,3.2,8,3.2,4.8,0", "stockholm,2.4,4,1.6,2.4,0.8"]);
    // 7.2 x 2.50 = 18.00, 20 % of 58.00; 3.2 x 0.25 = 0.80, 10 % of 2.80; 1.6 x 0.62 = 0.992, 25 % of 20.99 = 5.2475.
    let owed = [
        ["istanbul,a,internal_energy,7.2,18.00", "istanbul,a,monthly_fee,0,40.00", "istanbul,a,vat,0,11.60"],
        ["rome,a,internal_energy,3.2,0.80", "rome,a,monthly_fee,0,2.00", "rome,a,vat,0,0.28"],
        ["stockholm,a,internal_energy,1.6,0.99", "stockholm,a,monthly_fee,0,20.00", "stockholm,a,vat,0,5.25"],
    ];
    lake.shows(OWED, &owed.concat());
}

/// Case 11. The sender's revision says what counts, not the order in which it comes: estimates first or last, in one go
/// or over two runs, sent again or not.
#[test]
fn a_measured_value_stands_whenever_the_estimate_comes() {
    let orders = [("in-order", SWEDEN), ("in-one-go", ITALY), ("measured-first", TURKEY), ("sent-again", SWEDEN)];
    let villages = orders.map(|(id, country)| {
        let village = Village::new(id, country).between("2025-09-30T08:00:00Z", "2025-09-30T09:30:00Z");
        village.home("home").plant("roof").price("internal_energy", "0.12", "20")
    });
    let lake = Lake::of(&villages);
    let begins = "2025-09-30T08:00:00Z";
    let estimated = |v: &Village| v.uses("home", begins, 900, ["0.2", "0.3", "0.4", "0.5", "0.6", "0.7"]).estimated();
    // A null, a number with the noise of binary fractions, and one with an exponent, as numbers and not as texts.
    let measured_kwh = ["0.25", "", "0.45", "0.30000000000000004", "5e-1", "0.65"];
    let measured = |v: &Village| {
        let text = json(&[v.uses("home", begins, 900, measured_kwh).revision(1)]);
        measured_kwh
            .iter()
            .filter(|kwh| !kwh.is_empty())
            .fold(text, |text, kwh| text.replace(&format!("\"{kwh}\""), kwh))
    };
    let [in_order, in_one_go, measured_first, sent_again] = &villages;
    let roofs = villages.each_ref().map(|v| v.makes("roof", begins, 900, ["0.1"; 6]));
    let states = "select community_id, state from month_states order by 1";
    lake.ingest(&[
        ("roofs.json", &json(&roofs)),
        ("1.json", &json(&[estimated(in_order)])),
        ("2.json", &json(&[estimated(in_one_go)])),
        ("3.json", &measured(in_one_go)),
        ("4.json", &measured(measured_first)),
        ("5.json", &measured(sent_again)),
        ("6.csv", &csv(&[estimated(sent_again)])),
    ]);
    lake.run();
    let early = ["in-one-go,SETTLED", "in-order,SETTLED", "measured-first,PROVISIONAL", "sent-again,SETTLED"];
    lake.shows(states, &early);
    lake.ingest(&[
        ("7.json", &measured(in_order)),
        ("8.csv", &backwards(&csv(&[estimated(measured_first)]))),
        ("9.json", &json(&[estimated(sent_again)])),
    ]);
    lake.run();
    // Measured are 0.25 + 0.45 + 0.5 + 0.65; the null and the number with too many digits leave 0.3 and 0.5.
    let ids = ["in-one-go", "in-order", "measured-first", "sent-again"];
    let counts = "select community_id, quality, count(*), sum(energy_kwh) from readings \
        where metering_point_id like '%-home' group by 1, 2 order by 1, 2";
    let right = ids.map(|id| [format!("{id},estimated,2,0.8"), format!("{id},measured,4,1.85")]);
    lake.shows(counts, &right.concat());
    lake.shows(BALANCE, &ids.map(|id| format!("{id},0.6,2.65,0.6,2.05,0")));
    lake.shows(states, &ids.map(|id| format!("{id},SETTLED")));
    let noise = "select reason, field, value, count(*) from quarantine group by 1, 2, 3";
    lake.shows(noise, &["too_many_digits,energy_kwh,0.30000000000000004,4"]);
}

/// Two hours of the villages of case 12.
const TWO_HOURS: [&str; 2] = ["2025-09-30T08:00:00Z", "2025-09-30T10:00:00Z"];

/// An empty flat, two homes and a plant.
fn with_an_empty_flat(id: &str, country: Country, [energy, fee, vat]: [&str; 3]) -> Village {
    let village = Village::new(id, country).between(TWO_HOURS[0], TWO_HOURS[1]);
    let village = village.home("empty").home("b").home("c").plant("roof");
    village.price("internal_energy", energy, vat).price("monthly_fee", fee, vat)
}

/// 0, 0.8 and 0.4 kWh in each quarter-hour, of which three of b are missing, and 0.9 of the plant.
fn with_gaps(village: &Village) -> Vec<Curve> {
    let begins = TWO_HOURS[0];
    let b = village.uses("b", begins, 900, ["0.8", "", "0.8", "0.8", "", "0.8", "", "0.8"]);
    let [empty, c] = [("empty", "0"), ("c", "0.4")].map(|(home, kwh)| village.uses(home, begins, 900, [kwh; 8]));
    vec![empty, b, c, village.makes("roof", begins, 900, ["0.9"; 8])]
}

/// What the homes of one of them owe once it is complete: energy and VAT of b, of c, and fee and VAT of the empty flat.
fn owed_without_gaps(id: &str, b: [&str; 2], c: [&str; 2], [fee, empty_vat]: [&str; 2]) -> Vec<String> {
    let mut lines = Vec::new();
    for (home, kwh, [energy, vat]) in [("b", "4.8", b), ("c", "2.4", c), ("empty", "", ["", empty_vat])] {
        if !kwh.is_empty() {
            lines.push(format!("{id},{home},internal_energy,{kwh},{energy}"));
        }
        lines.push(format!("{id},{home},monthly_fee,0,{fee}"));
        lines.push(format!("{id},{home},vat,0,{vat}"));
    }
    lines
}

/// Case 12. Zero is a value; an empty cell, a null and a row that is not there are none. A plant that makes nothing is
/// not waited for, one that sends nothing is.
#[test]
fn zero_is_a_value_and_nothing_is_none_however_it_is_written() {
    let istanbul = with_an_empty_flat("istanbul", TURKEY, ["2.50", "30.00", "20"]);
    let night = Village::new("night", TURKEY).between(TWO_HOURS[0], TWO_HOURS[1]).home("b").plant("roof");
    let night = night.price("internal_energy", "2.50", "20");
    let rome = with_an_empty_flat("rome", ITALY, ["0.115", "1.00", "10"]);
    let stockholm = with_an_empty_flat("stockholm", SWEDEN, ["0.62", "10.00", "25"]);
    let lake = Lake::of([&istanbul, &night, &rome, &stockholm]);
    let absent = csv(&with_gaps(&stockholm));
    let absent: String = absent.split_inclusive('\n').filter(|row| !row.contains(",,")).collect();
    let night_curves = [
        night.uses("b", TWO_HOURS[0], 900, ["0.5"; 8]),
        night.makes("roof", TWO_HOURS[0], 900, ["0", "0", "0", "0.000000", "0.5", "", "0.5", "0.5"]),
    ];
    let said = lake.ingest(&[
        ("cells.csv", &csv(&with_gaps(&istanbul))),
        ("nulls.json", &json(&with_gaps(&rome))),
        ("rows.csv", &absent),
        ("night.json", &json(&night_curves)),
    ]);
    assert!(said.contains("cells.csv: 29 readings, 3 without a value"), "{said}");
    assert!(said.contains("rows.csv: 29 readings\n"), "{said}");
    lake.run();
    let gaps = "select metering_point_id, sum(present), sum(missing) from coverage group by 1 \
        having sum(missing) > 0 order by 1";
    lake.shows(gaps, &["istanbul-b,5,3", "night-roof,7,1", "rome-b,5,3", "stockholm-b,5,3"]);
    let statuses = "select community_id, status, count(*) from balances where expected_points > 0 group by 1, 2 \
        order by 1, 2";
    let status = |id: &str| [format!("{id},complete,5"), format!("{id},provisional,3")];
    let night_status = ["night,complete,7", "night,held,1"].map(str::to_owned);
    lake.shows(statuses, &[status("istanbul"), night_status, status("rome"), status("stockholm")].concat());
    lake.shows("select distinct state from month_states", &["PROVISIONAL"]);
    let said = lake.fails(&["bill", "--community", "rome", "--month", "2025-09"]);
    assert!(said.contains("cannot be billed yet") && said.contains("rome-b, import: 3 values missing"), "{said}");
    fill_the_gaps(&lake, &istanbul, &night, &rome, &stockholm);
    lake.shows("select distinct state from month_states", &["SETTLED"]);
    // 0.9 for 0.8 and 0.4: 0.6 and 0.3. By night 4 x 0.5 of the 8 x 0.5 that are used.
    let [of_istanbul, of_rome, of_stockholm] =
        ["istanbul", "rome", "stockholm"].map(|id| format!("{id},7.2,9.6,7.2,2.4,0"));
    lake.shows(BALANCE, &[of_istanbul.as_str(), "night,2,4,2,2,0", &of_rome, &of_stockholm]);
    // b 4.8, c 2.4 kWh: 12.00, 6.00 and 20 % of 42.00, 36.00; 0.552, 0.276 and 10 % of 1.55, 1.28 = 0.155, 0.128;
    // 2.976, 1.488 and 25 % of 12.98, 11.49 = 3.245, 2.8725. The empty flat owes its fee, and VAT of it.
    let of_istanbul = owed_without_gaps("istanbul", ["12.00", "8.40"], ["6.00", "7.20"], ["30.00", "6.00"]);
    let of_night = ["night,b,internal_energy,2,5.00", "night,b,vat,0,1.00"].map(str::to_owned).to_vec();
    let of_rome = owed_without_gaps("rome", ["0.55", "0.16"], ["0.28", "0.13"], ["1.00", "0.10"]);
    let of_stockholm = owed_without_gaps("stockholm", ["2.98", "3.25"], ["1.49", "2.87"], ["10.00", "2.50"]);
    lake.shows(OWED, &[of_istanbul, of_night, of_rome, of_stockholm].concat());
}

/// The missing values come, of each village in another order: together and apart.
fn fill_the_gaps(lake: &Lake, istanbul: &Village, night: &Village, rome: &Village, stockholm: &Village) {
    let late = |v: &Village, times: &[&str]| {
        let curve = |time: &&str| v.uses("b", &format!("2025-09-30T{time}:00Z"), 900, ["0.8"]);
        times.iter().map(curve).collect::<Vec<Curve>>()
    };
    lake.ingest(&[
        ("late-1.csv", &backwards(&csv(&late(istanbul, &["08:15", "09:00", "09:30"])))),
        ("late-2.json", &json(&late(rome, &["09:30", "08:15", "09:00"]))),
        ("late-3.csv", &csv(&late(stockholm, &["09:30"]))),
        ("late-4.json", &json(&late(stockholm, &["08:15", "09:00"]))),
        ("late-5.csv", &csv(&[night.makes("roof", "2025-09-30T09:15:00Z", 900, ["0.5"])])),
    ]);
    lake.run();
}
