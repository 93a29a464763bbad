//! Prices of a market: cases 13 (the doubled hour, with a hole) and 14 (surplus that was sold below nothing).

use super::{FINLAND, ITALY, Lake, SWEDEN, TURKEY, Village, backwards, csv, json};

/// Each village with its state, days without a price, and what its buyer paid for how much.
const BOUGHT: &str = "select s.community_id, s.state, s.unpriced_days, sum(l.energy_kwh), sum(l.amount) \
    from month_states s join statement_lines l on l.community_id = s.community_id and l.month = s.month \
    where l.document = 'invoice' and l.item = 'internal_energy' group by 1, 2, 3 order by 1";

/// Prices as Helsinki's clock tells them, where it shows three o'clock twice: an hour of two half-hours, the first
/// three o'clock without its third quarter, the second one with an empty one, and an hour in one row.
const SPOT: &str = "interval_start,interval_seconds,value\n\
    2025-10-26T02:00:00+03:00,1800,0.0600\n2025-10-26T02:30:00+03:00,1800,0.0300\n\
    2025-10-26T03:00:00+03:00,900,0.0500\n2025-10-26T03:15:00+03:00,900,0.0200\n\
    2025-10-26T03:45:00+03:00,900,-0.0100\n\
    2025-10-26T03:00:00+02:00,900,0.0400\n2025-10-26T03:15:00+02:00,900,0.0300\n\
    2025-10-26T03:30:00+02:00,900,\n2025-10-26T03:45:00+02:00,900,-0.0500\n\
    2025-10-26T04:00:00+02:00,3600,-0.0200\n";
const REST: &str = "interval_start,interval_seconds,value\n\
    2025-10-26T03:30:00+03:00,900,0.0040\n2025-10-26T03:30:00+02:00,900,0.0010\n";

/// 4 kWh in each of 16 quarter-hours from 23:00Z on, at the market's price and 0.02: one night on three clocks, of
/// which one goes back at three, one at four, and one never.
fn one_night() -> Lake {
    let countries = [("helsinki", FINLAND), ("istanbul", TURKEY), ("stockholm", SWEDEN)];
    let villages = countries.map(|(id, country)| {
        let village = Village::new(id, country).between("2025-10-25T23:00:00+00:00", "2025-10-26T03:00:00+00:00");
        village.home("bakery").plant("mill").with(
            "[[tariff]]\nitem = \"internal_energy\"\nvalid_from = \"2020-01-01\"\nprice_per_kwh = \"0.02\"\n\
             price_series = \"spot\"\nvat_percent = \"20\"",
        )
    });
    let lake = Lake::of(&villages);
    let curves = villages.each_ref().map(|village| {
        let (begins, kwh) = ("2025-10-25T23:00:00Z", ["4"; 16]);
        [village.uses("bakery", begins, 900, kwh), village.makes("mill", begins, 900, kwh)]
    });
    lake.ingest(&[("night.json", &json(&curves.concat()))]);
    lake
}

fn tell(lake: &Lake, name: &str, prices: &str) {
    lake.write(name, prices);
    lake.ecoop(&["apply", "--public", "--series", "spot", "--source", "made for this test", name]);
}

/// Each of the three villages in a state, and what it paid for its 64 kWh.
fn shows(lake: &Lake, state: &str, paid: &str) {
    let right = ["helsinki", "istanbul", "stockholm"].map(|id| format!("{id},{state},64,{paid}"));
    lake.shows(BOUGHT, &right);
}

/// Case 13. Prices are of instants, whatever the clock shows; a hole is no price, and a month with one is not billed.
#[test]
fn a_market_price_is_of_its_instant_and_a_hole_is_not_free() {
    let lake = one_night();
    tell(&lake, "spot.csv", SPOT);
    lake.run();
    // Per kWh 2 x 0.06 + 2 x 0.03, 0.06, 0.02 and 4 x -0.02 = 0.18, and 14 x 0.02; x 4 = 1.84.
    shows(&lake, "PROVISIONAL,1", "1.84");
    let said = lake.fails(&["bill", "--community", "istanbul", "--month", "2025-10"]);
    assert!(said.contains("cannot be billed yet"), "{said}");
    tell(&lake, "rest.csv", REST);
    lake.run();
    // 0.005 and 2 x 0.02 more: 0.505 x 4.
    shows(&lake, "SETTLED,0", "2.02");
}

/// Case 13. What fills the holes may come first, all prices after the run; a price that is corrected later replaces
/// that of its own time and no other.
#[test]
fn market_prices_come_in_any_order_and_a_corrected_one_replaces_itself_alone() {
    let lake = one_night();
    lake.run();
    tell(&lake, "rest.csv", REST);
    tell(&lake, "spot.csv", &SPOT.replace("2025-10-26T03:30:00+02:00,900,\n", ""));
    lake.run();
    shows(&lake, "SETTLED,0", "2.02");
    // 0.04 more in the first half-hour of the file: 2 x 0.04 x 4 = 0.32.
    let header = SPOT.lines().next().unwrap();
    tell(&lake, "half.csv", &format!("{header}\n2025-10-26T01:00:00+02:00,1800,0.1000\n"));
    lake.run();
    shows(&lake, "SETTLED,0", "2.34");
    // And 0.03 more in the first quarter of the hour that one row told: 0.03 x 4 = 0.12.
    tell(&lake, "quarter.csv", &format!("{header}\n2025-10-26T02:00:00Z,900,0.0100\n"));
    lake.run();
    shows(&lake, "SETTLED,0", "2.46");
}

/// Case 14. What is sold below nothing costs those whose it was, in a pot of its own, to the cent.
#[test]
fn surplus_that_was_sold_below_nothing_costs_whose_it_was() {
    // What a producer gets beside the market's price.
    let villages = [("istanbul", TURKEY, "0.02"), ("rome", ITALY, "0"), ("stockholm", SWEDEN, "0")];
    let villages = villages.map(|(id, country, price)| {
        let village = Village::new(id, country).between("2025-05-31T10:00:00+00:00", "2025-05-31T10:30:00+00:00");
        let village = village.home("empty").member("farm", "farm").point("farm", "farm", "export").plant("roof");
        village.plant("tip").price("internal_energy", "0.10", "20").with(&format!(
            "[[tariff]]\nitem = \"surplus_sale\"\nvalid_from = \"2020-01-01\"\nprice_per_kwh = \"{price}\"\n\
             price_series = \"spot\""
        ))
    });
    let lake = Lake::of(&villages);
    let begins = "2025-05-31T10:00:00Z";
    let curves = |village: &Village| {
        let empty = village.uses("empty", begins, 900, ["0", "0"]);
        let made = [("farm", ["1.35", "0"]), ("roof", ["1", "2"]), ("tip", ["2", "0"])];
        let made = made.map(|(point, kwh)| village.makes(point, begins, 900, kwh));
        [vec![empty], made.to_vec()].concat()
    };
    let [istanbul, rome, stockholm] = villages.each_ref().map(curves);
    let files = [("a.csv", backwards(&csv(&rome))), ("b.csv", csv(&stockholm)), ("c.json", json(&istanbul))];
    lake.ingest(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    let header = SPOT.lines().next().unwrap();
    tell(&lake, "spot.csv", &format!("{header}\n{begins},900,-0.3000\n2025-05-31T10:15:00Z,900,0.4125\n"));
    lake.run();
    // Farm 1.35 x -0.30 = -0.405, tip 2 x -0.30 = -0.60: together -1.005, so -1.01, of which 40.7 and 60.3 cents are
    // theirs: 41 and 60. Roof -0.30 + 2 x 0.4125 = 0.525, so 0.53. With 0.02 more: -0.378 and -0.56 are -0.938, so
    // -0.94 and 37.9 to 56.1 cents; -0.28 + 0.865 = 0.585, so 0.59.
    let sold =
        "select community_id, member_id, item, energy_kwh, exact_amount, amount from statement_lines order by 1, 2";
    let of_spot = |id: &str| {
        let lines = ["farm,surplus_revenue,1.35,-0.405,-0.41", "roof,surplus_revenue,3,0.525,0.53"];
        [lines[0], lines[1], "tip,surplus_revenue,2,-0.6,-0.60"].map(|line| format!("{id},{line}"))
    };
    let mut sold_right = vec!["istanbul,farm,surplus_revenue,1.35,-0.378,-0.38".to_owned()];
    sold_right.push("istanbul,roof,surplus_revenue,3,0.585,0.59".to_owned());
    sold_right.push("istanbul,tip,surplus_revenue,2,-0.56,-0.56".to_owned());
    sold_right.extend(of_spot("rome").into_iter().chain(of_spot("stockholm")));
    lake.shows(sold, &sold_right);
    let pots = "select community_id, part, pot_amount, amount from pots order by 1, 2";
    let pots_right = [
        ["istanbul,1,-0.35,0.59", "istanbul,2,-0.35,-0.94"],
        ["rome,1,-0.48,0.53", "rome,2,-0.48,-1.01"],
        ["stockholm,1,-0.48,0.53", "stockholm,2,-0.48,-1.01"],
    ];
    lake.shows(pots, &pots_right.concat());
    let books = "select community_id, sum(debit) - sum(credit) from postings group by 1 order by 1";
    lake.shows(books, &["istanbul,0.00", "rome,0.00", "stockholm,0.00"]);
}
