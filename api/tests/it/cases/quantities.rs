//! Quantities of a month whose price changes within it: case 16.

use super::{Lake, TURKEY, Village, json};

/// Prices of energy and of the fee, and the day from which each counts.
const FROM: [(&str, &str, &str); 3] =
    [("2025-06-01", "0.80", "0.05"), ("2025-06-11", "0.90", "0.06"), ("2025-06-21", "1.00", "0.07")];

/// A village whose versions of both prices say something more each, or nothing.
fn village(id: &str, versions: &[(&str, &str)]) -> Village {
    let village = Village::on_grid(id, TURKEY, 60).between("2025-06-01", "2025-07-01");
    let mut village = village.home("a").home("b").home("c").plant("mill");
    for ((from, energy, fee), (minimum, free)) in FROM.into_iter().zip(versions) {
        for (item, price, more) in [("internal_energy", energy, minimum), ("community_fee", fee, free)] {
            village = village.with(&format!(
                "[[tariff]]\nitem = \"{item}\"\nvalid_from = \"{from}\"\nprice_per_kwh = \"{price}\"\n\
                 vat_percent = \"20\"\n{more}"
            ));
        }
    }
    village
}

/// A month of hours with energy at three noons, one in the time of each price.
fn month(noons_kwh: [&str; 3]) -> Vec<&str> {
    let mut hours = vec!["0"; 30 * 24];
    for (day, kwh) in [5, 15, 25].into_iter().zip(noons_kwh) {
        hours[(day - 1) * 24 + 12] = kwh;
    }
    hours
}

/// Case 16. What is free, or paid for in any case, is of the month, over three prices of it: as the last one says, as a
/// later one says anew, by days where it is prorated, and the same when later prices are told after a run.
#[test]
fn a_minimum_and_a_free_quantity_are_of_the_month_whatever_the_price_does() {
    let nothing = ("", "");
    let stated = ("minimum_kwh = \"50\"", "free_kwh = \"12\"");
    let anew = ("minimum_kwh = \"40\"", "free_kwh = \"5\"");
    let by_days = [
        ("minimum_kwh = \"30\"\nprorated = true", "free_kwh = \"6\"\nprorated = true"),
        ("minimum_kwh = \"60\"", "free_kwh = \"12\""),
        ("minimum_kwh = \"90\"", "free_kwh = \"18\""),
    ];
    let of_last = village("of-last", &[stated, nothing, nothing]);
    let prorated = village("prorated", &by_days);
    let stated_anew = village("stated-anew", &[stated, anew, nothing]);
    let told_late = village("told-late", &[stated, nothing, nothing]);
    let lake = Lake::of([&of_last, &prorated, &stated_anew, &village("told-late", &[stated])]);
    let curves = [&of_last, &prorated, &stated_anew, &told_late].map(|v| {
        let begins = "2025-05-31T21:00:00Z";
        let used = [("a", ["20", "15", "10"]), ("b", ["8", "3", "2"]), ("c", ["30", "20", "10"])];
        let [a, b, c] = used.map(|(home, noons_kwh)| v.uses(home, begins, 3600, month(noons_kwh)));
        [a, b, c, v.makes("mill", begins, 3600, month(["58", "38", "22"]))]
    });
    lake.ingest(&[("june.json", &json(&curves.concat()))]);
    lake.run();
    lake.apply([&told_late]);
    lake.run();
    // Energy: a 20 x 0.80 + 15 x 0.90 + 10 x 1.00 = 39.50, b 6.40 + 2.70 + 2.00, c 24 + 18 + 10. Fees: a 1.00 + 0.90 +
    // 0.70, b 0.40 + 0.18 + 0.14, c 1.50 + 1.20 + 0.70. Free are the first kWh: 12 x 0.05 of a and c; of b 8 x 0.05,
    // 3 x 0.06 and 1 x 0.07. To the minimum of 50 a lacks 5 and b 37, at the last price; c used 60.
    let used = ["a,community_fee,45,2.60", "b,community_fee,13,0.72", "c,community_fee,60,3.40"];
    let energy = ["a,internal_energy,45,39.50", "b,internal_energy,13,11.10", "c,internal_energy,60,52.00"];
    let free = ["a,free_energy,-12,-0.60", "b,free_energy,-12,-0.65", "c,free_energy,-12,-0.60"];
    let lacking = ["a,minimum_energy,5,5.00", "b,minimum_energy,37,37.00"];
    let mut right = Vec::new();
    for id in ["of-last", "prorated", "stated-anew", "told-late"] {
        let (free, lacking): (_, &[&str]) = match id {
            // 10 of 30 days each: 10 + 20 + 30 = 60 to pay, 2 + 4 + 6 = 12 free.
            "prorated" => (free, &["a,minimum_energy,15,15.00", "b,minimum_energy,47,47.00"]),
            // The version from the 11th says 40 and 5 for the whole month.
            "stated-anew" => (
                ["a,free_energy,-5,-0.25", "b,free_energy,-5,-0.25", "c,free_energy,-5,-0.25"],
                &["b,minimum_energy,27,27.00"],
            ),
            _ => (free, &lacking),
        };
        right.extend([&used, &energy, &free, lacking].concat().iter().map(|row| format!("{id},{row}")));
    }
    right.sort();
    let lines = "select community_id, member_id, item, sum(energy_kwh), sum(amount) from statement_lines \
        where document = 'invoice' and item <> 'vat' group by 1, 2, 3 order by 1, 2, 3";
    lake.shows(lines, &right);
}
