//! Who gets how much of whose energy: cases 07 (more plants than the buyers need) and 19 (a point in several
//! communities).

use super::{ITALY, Lake, SWEDEN, Village, backwards, csv};

const NOON: &str = "2025-06-30T10:00:00Z";
const AFTER: &str = "2025-06-30T10:15:00Z";

/// Three plants of 70, 50 and 20 kWh, a hall that uses 60 and a school that uses 40. The first two plants have prices
/// of their own.
fn three_plants(id: &str, country: super::Country, plants: [&str; 3], [prices, vat]: [&[&str]; 2]) -> Village {
    let mut village = Village::new(id, country).between(NOON, AFTER);
    let mut declared = plants;
    declared.sort_unstable();
    for plant in declared {
        village = village.plant(plant);
    }
    for (plant, price) in plants.iter().zip(prices).take(2) {
        village = village.with(&format!(
            "[[tariff]]\nitem = \"internal_energy\"\nproducer = \"{plant}\"\nvalid_from = \"2020-01-01\"\n\
             price_per_kwh = \"{price}\"\nvat_percent = \"{}\"",
            vat[0]
        ));
    }
    for buyer in ["hall", "school"] {
        village = village.member(buyer, "business").point(buyer, buyer, "import");
    }
    village.price("internal_energy", prices[2], vat[0]).with(&format!(
        "[[tariff]]\nitem = \"surplus_sale\"\nvalid_from = \"2020-01-01\"\nprice_per_kwh = \"{}\"",
        prices[3]
    ))
}

/// Case 07. What is bought is sold once, in proportion to what each plant made, to the millionth, and so is each
/// buyer's part of each plant; whichever of them is named, listed and sent first.
#[test]
fn plants_sell_no_more_than_is_bought_in_any_order() {
    // In the second village the plants' names have the opposite order, and so have the rows of its file.
    let rome = three_plants("rome", ITALY, ["z", "y", "x"], [&["0.14", "0.09", "0.12", "0.0731"], &["10"]]);
    let stockholm = three_plants("stockholm", SWEDEN, ["p", "q", "r"], [&["1.00", "0.90", "1.20", "0.4137"], &["25"]]);
    let lake = Lake::of([&rome, &stockholm]);
    let [of_rome, of_stockholm] = [(&rome, ["z", "y", "x"]), (&stockholm, ["p", "q", "r"])].map(|(v, plants)| {
        let made = plants.iter().zip(["70", "50", "20"]).map(|(plant, kwh)| v.makes(plant, NOON, 900, [kwh]));
        let used = [v.uses("hall", NOON, 900, ["60"]), v.uses("school", NOON, 900, ["40"])];
        csv(&made.chain(used).collect::<Vec<_>>())
    });
    lake.ingest(&[("b.csv", &of_stockholm), ("a.csv", &backwards(&of_rome))]);
    lake.run();
    // 100 in 7 : 5 : 2 is 50, 35.7142857.. and 14.2857142..: the last millionth goes to the second.
    let given = "select metering_point_id, allocated_kwh, rest_kwh from allocations order by 1";
    let given_right = [
        [
            "rome-hall,60,0",
            "rome-school,40,0",
            "rome-x,14.285714,5.714286",
            "rome-y,35.714286,14.285714",
            "rome-z,50,20",
        ],
        [
            "stockholm-hall,60,0",
            "stockholm-p,50,20",
            "stockholm-q,35.714286,14.285714",
            "stockholm-r,14.285714,5.714286",
            "stockholm-school,40,0",
        ],
    ];
    lake.shows(given, &given_right.concat());
    // Of the hall's 60: 30, 21.4285716, 8.5714284; of the school's 40 what is left of each. Rome: 4.20, 1.92857,
    // 1.02857, 10 % of 7.16; 2.80, 1.28571, 0.68571, 10 % of 4.78. Credits 7.00, 3.21429, 1.71429. Surplus 40 x 0.0731
    // = 2.924: 146, 104.3 and 41.7 cents. Stockholm: 30.00, 19.28571, 10.28571, 25 % of 59.58 = 14.895; 20.00,
    // 12.85714, 6.85714, 25 % of 39.72. Credits 50.00, 32.14286, 17.14286 and 25 % = 12.50, 8.035, 4.285. Surplus 40 x
    // 0.4137 = 16.548: 827.5, 591.07 and 236.43 cents.
    let lines = "select community_id, member_id, item, producer_id, energy_kwh, amount from statement_lines \
        order by 1, 2, 3, 4, 5";
    lake.shows(lines, &SOLD);
    // Paid are 3.22 and 1.72, 32.15 and 17.15: a cent more of two plants each.
    let rounding =
        "select community_id, sum(credit) - sum(debit) from postings where account = 'rounding' group by 1 order by 1";
    lake.shows(rounding, &["rome,0.02", "stockholm,0.02"]);
}

const SOLD: [&str; 34] = [
    "rome,hall,internal_energy,x,8.571428,1.03",
    "rome,hall,internal_energy,y,21.428572,1.93",
    "rome,hall,internal_energy,z,30,4.20",
    "rome,hall,vat,,0,0.72",
    "rome,school,internal_energy,x,5.714286,0.69",
    "rome,school,internal_energy,y,14.285714,1.29",
    "rome,school,internal_energy,z,20,2.80",
    "rome,school,vat,,0,0.48",
    "rome,x,production_credit,x,14.285714,1.71",
    "rome,x,surplus_revenue,x,5.714286,0.42",
    "rome,x,vat,,0,0.17",
    "rome,y,production_credit,y,35.714286,3.21",
    "rome,y,surplus_revenue,y,14.285714,1.04",
    "rome,y,vat,,0,0.32",
    "rome,z,production_credit,z,50,7.00",
    "rome,z,surplus_revenue,z,20,1.46",
    "rome,z,vat,,0,0.70",
    "stockholm,hall,internal_energy,p,30,30.00",
    "stockholm,hall,internal_energy,q,21.428572,19.29",
    "stockholm,hall,internal_energy,r,8.571428,10.29",
    "stockholm,hall,vat,,0,14.90",
    "stockholm,p,production_credit,p,50,50.00",
    "stockholm,p,surplus_revenue,p,20,8.28",
    "stockholm,p,vat,,0,12.50",
    "stockholm,q,production_credit,q,35.714286,32.14",
    "stockholm,q,surplus_revenue,q,14.285714,5.91",
    "stockholm,q,vat,,0,8.04",
    "stockholm,r,production_credit,r,14.285714,17.14",
    "stockholm,r,surplus_revenue,r,5.714286,2.36",
    "stockholm,r,vat,,0,4.29",
    "stockholm,school,internal_energy,p,20,20.00",
    "stockholm,school,internal_energy,q,14.285714,12.86",
    "stockholm,school,internal_energy,r,5.714286,6.86",
    "stockholm,school,vat,,0,9.93",
];

/// A community of a plant and a neighbour in which a point of the family takes part with some percent.
fn part_of(order: &str, number: &str, percent: &str) -> Village {
    let village =
        Village::new(&format!("{order}-{number}"), SWEDEN).between(NOON, AFTER).plant("plant").home("neighbour");
    village.price("internal_energy", "1.00", "25").with(&format!(
        "[[member]]\nid = \"family\"\nname = \"Family\"\nkind = \"household\"\nholder = \"{order}-family\"\n\
         [[metering_point]]\nid = \"{order}-x\"\nmember = \"family\"\ndirections = [\"import\"]\n\
         valid_from = \"{NOON}\"\nvalid_to = \"{AFTER}\"\nparticipation_percent = {percent}\nconsent = \"of-june\""
    ))
}

/// Case 19. A point in three communities is given energy by each for its part, and what none of them gives is its
/// supplier's, whichever community was registered first; more than the whole of it takes part nowhere.
#[test]
fn a_point_in_three_communities_has_one_rest_from_the_grid() {
    let mut curves = Vec::new();
    let orders = ["down", "up"].map(|order| {
        let parts = [("1", "50"), ("2", "30"), ("3", "20")].map(|(number, percent)| part_of(order, number, percent));
        for (village, [made, used]) in parts.iter().zip([["0.03", "0.05"], ["0.5", "0.01"], ["0.01", "0.0213"]]) {
            curves.push(village.makes("plant", NOON, 900, [made]));
            curves.push(village.uses("neighbour", NOON, 900, [used]));
        }
        let mut family = parts[0].uses("x", NOON, 900, ["0.100003"]);
        family.point = format!("{order}-x");
        curves.push(family);
        parts
    });
    let [down, up] = &orders;
    let lake = Lake::of(up.iter().chain(down.iter().rev()));
    let said = lake.refuses(&part_of("up", "3", "21"));
    assert!(said.contains("participation_percent") && said.contains("101"), "{said}");
    lake.ingest(&[("noon.csv", &csv(&curves))]);
    lake.run();
    // 50, 30 and 20 % of 100,003 are 50,001.5, 30,000.9 and 20,000.6: two millionths take part nowhere. The first
    // shares 30,000 among 50,001 and 50,000: 15,000.15 and 14,999.85. The second has plenty. The third shares 10,000
    // among 20,000 and 21,300: 4,842.6 and 5,157.4.
    let given = "select community_id, metering_point_id, energy_kwh, allocated_kwh, rest_kwh from allocations \
        where direction = 'import' order by 1, 2";
    let right = ["down", "up"].map(|order| {
        let (neighbour, x) = (format!("{order}-1-neighbour"), format!("{order}-x"));
        let of = |number: &str| {
            [
                format!("{order}-{number},{}", neighbour.replace("-1-", &format!("-{number}-"))),
                format!("{order}-{number},{x}"),
            ]
        };
        let [[n1, x1], [n2, x2], [n3, x3]] = ["1", "2", "3"].map(of);
        [
            format!("{n1},0.05,0.015,0.035"),
            format!("{x1},0.050001,0.015,0.035001"),
            format!("{n2},0.01,0.01,0"),
            format!("{x2},0.03,0.03,0"),
            format!("{n3},0.0213,0.005157,0.016143"),
            format!("{x3},0.02,0.004843,0.015157"),
        ]
    });
    lake.shows(given, &right.concat());
    // 0.100003 less this is 0.05016, of which the communities know 0.050158.
    let together = "select metering_point_id, sum(allocated_kwh) from allocations where metering_point_id like '%-x' \
        group by 1 order by 1";
    lake.shows(together, &["down-x,0.049843", "up-x,0.049843"]);
    let sold = "select community_id, sum(surplus_kwh) from balances group by 1 order by 1";
    lake.shows(sold, &["down-1,0", "down-2,0.46", "down-3,0", "up-1,0", "up-2,0.46", "up-3,0"]);
}
