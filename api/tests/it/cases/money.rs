//! Bills to the cent: cases 06 (a value is corrected after the bill) and 08 (VAT once per rate).

use super::{Country, ITALY, Lake, SWEDEN, TURKEY, Village, csv, json};

const ICELAND: Country = Country { code: "IS", zone: "Atlantic/Reykjavik", currency: "ISK" };
const TUNISIA: Country = Country { code: "TN", zone: "Africa/Tunis", currency: "TND" };

const BEGINS: &str = "2025-06-30T08:00:00Z";

/// Three homes of 0.6 kWh a quarter-hour and a plant of 1.2, for an hour.
fn three_homes(id: &str, country: Country, [energy, fee, month, vat]: [&str; 4]) -> Village {
    let village = Village::new(id, country).between(BEGINS, "2025-06-30T09:00:00Z");
    let village = village.home("a").home("b").home("c").plant("p").price("internal_energy", energy, vat);
    village.price("community_fee", fee, vat).price("monthly_fee", month, vat)
}

/// The lines of homes: kWh, then fee, energy, month, VAT.
fn owed(id: &str, homes: &[(&str, [&str; 5])]) -> Vec<String> {
    let of_home = homes.iter().map(|(home, [kwh, fee, energy, month, vat])| {
        let line = |item: &str, kwh: &str, amount: &str| format!("{id},{home},{item},{kwh},{amount}");
        [
            line("community_fee", kwh, fee),
            line("internal_energy", kwh, energy),
            line("monthly_fee", "0", month),
            line("vat", "0", vat),
        ]
    });
    of_home.flatten().collect()
}

/// Case 06. A value of a is put to nothing and back again. Where the bill is made before it, each step is a correction
/// of three homes; where it is made after it, there is nothing to correct.
#[test]
fn a_corrected_value_moves_the_shares_of_others_and_back_again() {
    let stockholm = three_homes("stockholm", SWEDEN, ["1.10", "0.05", "25.00", "25"]);
    let istanbul = three_homes("istanbul", TURKEY, ["2.20", "0.10", "40.00", "20"]);
    let lake = Lake::of([&stockholm, &istanbul]);
    let curves = [&stockholm, &istanbul].map(|v| {
        let [a, b, c] = ["a", "b", "c"].map(|home| v.uses(home, BEGINS, 900, ["0.6"; 4]));
        [a, b, c, v.makes("p", BEGINS, 900, ["1.2"; 4])]
    });
    lake.ingest(&[("june.json", &json(&curves.concat()))]);
    lake.run();
    // 0.4 x 4 each: 1.76, 0.08, 25.00 and 25 % of 26.84.
    let before = ["1.6", "0.08", "1.76", "25.00", "6.71"];
    let of_stockholm = super::OWED.replace("where ", "where community_id = 'stockholm' and ");
    lake.shows(&of_stockholm, &owed("stockholm", &[("a", before), ("b", before), ("c", before)]));
    let bill = |id: &str| lake.ecoop(&["bill", "--community", id, "--month", "2025-06"]);
    assert!(bill("stockholm").contains("bill 1"));

    let corrected =
        |v: &Village, kwh: &str, revision: u32| v.uses("a", "2025-06-30T08:15:00Z", 900, [kwh]).revision(revision);
    lake.ingest(&[("zero.csv", &csv(&[&stockholm, &istanbul].map(|v| corrected(v, "0", 1))))]);
    lake.run();
    // b and c use the 1.2 of that quarter: a 1.2, b and c 1.8. Stockholm, a 1.32 + 0.06 + 25.00 and 25 % = 6.595 away
    // from zero, b 1.98 + 0.09 + 25.00 and 6.7675. Istanbul, a 2.64 + 0.12 + 40.00 and 20 % = 8.552, b 3.96 + 0.18 +
    // 40.00.
    let (a, b) = (["1.2", "0.06", "1.32", "25.00", "6.60"], ["1.8", "0.09", "1.98", "25.00", "6.77"]);
    let after = owed("stockholm", &[("a", a), ("b", b), ("c", b)]);
    let (a, b) = (["1.2", "0.12", "2.64", "40.00", "8.55"], ["1.8", "0.18", "3.96", "40.00", "8.83"]);
    lake.shows(super::OWED, &[owed("istanbul", &[("a", a), ("b", b), ("c", b)]), after].concat());
    let charges = "select member_id, item, difference_kwh, difference_amount from corrections \
        where entry = 'charge' order by 1, 2";
    let of_b = |home: &str| {
        [
            format!("{home},community_fee,0.2,0.01"),
            format!("{home},internal_energy,0.2,0.22"),
            format!("{home},vat,0,0.06"),
        ]
    };
    let of_a = ["a,community_fee,-0.4,-0.02", "a,internal_energy,-0.4,-0.44", "a,vat,0,-0.11"].map(str::to_owned);
    lake.shows(charges, &[of_a, of_b("b"), of_b("c")].concat());
    // -0.57 of a, 0.29 of b and of c.
    let states = "select community_id, state, open_members, open_amount from month_states order by 1";
    lake.shows(states, &["istanbul,SETTLED,0,0", "stockholm,CORRECTED,3,0.01"]);
    assert!(bill("stockholm").contains("bill 2") && bill("istanbul").contains("bill 1"));
    assert!(bill("istanbul").contains("nothing to correct"));

    // The value of revision 1 that comes after revision 2 is late, and nothing more.
    let back = [corrected(&stockholm, "0.6", 2), corrected(&stockholm, "0.1", 1)];
    lake.ingest(&[("back.csv", &csv(&back))]);
    lake.run();
    lake.shows(&of_stockholm, &owed("stockholm", &[("a", before), ("b", before), ("c", before)]));
    lake.shows(states, &["istanbul,BILLED,0,0", "stockholm,CORRECTED,3,-0.01"]);
    assert!(bill("stockholm").contains("bill 3"));
    let billed = "select bill_number, member_id, sum(amount) from billed_lines where community_id = 'stockholm' \
        and document = 'invoice' group by 1, 2 order by 1, 2";
    let right = [
        ["1,a,33.55", "1,b,33.55", "1,c,33.55"],
        ["2,a,-0.57", "2,b,0.29", "2,c,0.29"],
        ["3,a,0.57", "3,b,-0.29", "3,c,-0.29"],
    ];
    lake.shows(billed, &right.concat());
}

/// What a bill of case 08 says of a member: (document, item, VAT in percent, kWh, amount).
type Line = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// Case 08. VAT is of the sum of rounded lines, once per rate, in the digits of the currency: two, none and three; with
/// two rates, and with a fee that is exempt.
#[test]
fn vat_is_once_per_rate_of_rounded_lines_in_the_digits_of_the_currency() {
    let village = |id: &str, country| {
        let village = Village::new(id, country).between("2025-06-30T10:00:00Z", "2025-06-30T10:15:00Z");
        village.home("a").home("b").plant("p")
    };
    let iceland = village("iceland", ICELAND).price("internal_energy", "15.5", "24");
    let iceland = iceland.price("community_fee", "1.5", "24").price("monthly_fee", "990", "24");
    let italy = village("italy", ITALY).price("internal_energy", "0.1505", "10");
    let italy = italy.price("community_fee", "0.0105", "22").price("monthly_fee", "2.00", "22");
    let tunisia = village("tunisia", TUNISIA).price("internal_energy", "0.2005", "19");
    let tunisia = tunisia.price("community_fee", "0.0155", "19").price("monthly_fee", "1.25", "19");
    let turkey = village("turkey", TURKEY).price("internal_energy", "2.135", "20").price("monthly_fee", "45.50", "20");
    let turkey = turkey.with(
        "[[tariff]]\nitem = \"community_fee\"\nvalid_from = \"2020-01-01\"\nprice_per_kwh = \"0.115\"\n\
         vat_category = \"E\"",
    );
    let villages = [iceland, italy, tunisia, turkey];
    let lake = Lake::of(&villages);
    let noon = "2025-06-30T10:00:00Z";
    let curves = villages
        .each_ref()
        .map(|v| [v.uses("a", noon, 900, ["33"]), v.uses("b", noon, 900, ["11"]), v.makes("p", noon, 900, ["44"])]);
    lake.ingest(&[("noon.csv", &csv(&curves.concat()))]);
    lake.run();
    let lines = "select community_id, member_id, document, item, vat_percent, sum(energy_kwh), sum(amount) \
        from statement_lines group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5";
    let right = VAT_LINES.iter().flat_map(|(who, lines)| {
        lines
            .iter()
            .map(move |(document, item, vat, kwh, amount)| format!("{who},{document},{item},{vat},{kwh},{amount}"))
    });
    lake.shows(lines, &right.collect::<Vec<_>>());
    // What a and b pay for the plant's energy beyond what it is credited with: 683 and 682, 6.63 and 6.62, 8.823 and
    // 8.822, 93.95 and 93.94.
    let rounding =
        "select community_id, sum(credit) - sum(debit) from postings where account = 'rounding' group by 1 order by 1";
    lake.shows(rounding, &["iceland,1", "italy,0.01", "tunisia,0.001", "turkey,0.01"]);
}

const VAT_LINES: [(&str, &[Line]); 12] = [
    // 511.5, 49.5 and 990: 24 % of 1552 = 372.48 (per line it would be 373).
    (
        "iceland,a",
        &[
            ("invoice", "community_fee", "24.00", "33", "50"),
            ("invoice", "internal_energy", "24.00", "33", "512"),
            ("invoice", "monthly_fee", "24.00", "0", "990"),
            ("invoice", "vat", "24.00", "0", "372"),
        ],
    ),
    // 170.5 and 16.5: 24 % of 1178 = 282.72 (of unrounded lines 282).
    (
        "iceland,b",
        &[
            ("invoice", "community_fee", "24.00", "11", "17"),
            ("invoice", "internal_energy", "24.00", "11", "171"),
            ("invoice", "monthly_fee", "24.00", "0", "990"),
            ("invoice", "vat", "24.00", "0", "283"),
        ],
    ),
    // 44 x 15.5 and 24 % = 163.68.
    (
        "iceland,p",
        &[("credit_note", "production_credit", "24.00", "44", "682"), ("credit_note", "vat", "24.00", "0", "164")],
    ),
    // 4.9665, 0.3465: 10 % of 4.97 = 0.497, 22 % of 2.35 = 0.517.
    (
        "italy,a",
        &[
            ("invoice", "community_fee", "22.00", "33", "0.35"),
            ("invoice", "internal_energy", "10.00", "33", "4.97"),
            ("invoice", "monthly_fee", "22.00", "0", "2.00"),
            ("invoice", "vat", "10.00", "0", "0.50"),
            ("invoice", "vat", "22.00", "0", "0.52"),
        ],
    ),
    // 1.6555, 0.1155: 10 % of 1.66 = 0.166, 22 % of 2.12 = 0.4664.
    (
        "italy,b",
        &[
            ("invoice", "community_fee", "22.00", "11", "0.12"),
            ("invoice", "internal_energy", "10.00", "11", "1.66"),
            ("invoice", "monthly_fee", "22.00", "0", "2.00"),
            ("invoice", "vat", "10.00", "0", "0.17"),
            ("invoice", "vat", "22.00", "0", "0.47"),
        ],
    ),
    // 44 x 0.1505 = 6.622 and 10 % = 0.662.
    (
        "italy,p",
        &[("credit_note", "production_credit", "10.00", "44", "6.62"), ("credit_note", "vat", "10.00", "0", "0.66")],
    ),
    // 6.6165 and 0.5115 away from zero, 1.25: 19 % of 8.379 = 1.59201.
    (
        "tunisia,a",
        &[
            ("invoice", "community_fee", "19.00", "33", "0.512"),
            ("invoice", "internal_energy", "19.00", "33", "6.617"),
            ("invoice", "monthly_fee", "19.00", "0", "1.250"),
            ("invoice", "vat", "19.00", "0", "1.592"),
        ],
    ),
    // 2.2055 and 0.1705 away from zero: 19 % of 3.627 = 0.68913.
    (
        "tunisia,b",
        &[
            ("invoice", "community_fee", "19.00", "11", "0.171"),
            ("invoice", "internal_energy", "19.00", "11", "2.206"),
            ("invoice", "monthly_fee", "19.00", "0", "1.250"),
            ("invoice", "vat", "19.00", "0", "0.689"),
        ],
    ),
    // 44 x 0.2005 = 8.822 and 19 % = 1.67618.
    (
        "tunisia,p",
        &[("credit_note", "production_credit", "19.00", "44", "8.822"), ("credit_note", "vat", "19.00", "0", "1.676")],
    ),
    // 70.455, 3.795 exempt, 45.50: 20 % of 115.96 = 23.192.
    (
        "turkey,a",
        &[
            ("invoice", "community_fee", "0.00", "33", "3.80"),
            ("invoice", "internal_energy", "20.00", "33", "70.46"),
            ("invoice", "monthly_fee", "20.00", "0", "45.50"),
            ("invoice", "vat", "20.00", "0", "23.19"),
        ],
    ),
    // 23.485, 1.265 exempt: 20 % of 68.99 = 13.798.
    (
        "turkey,b",
        &[
            ("invoice", "community_fee", "0.00", "11", "1.27"),
            ("invoice", "internal_energy", "20.00", "11", "23.49"),
            ("invoice", "monthly_fee", "20.00", "0", "45.50"),
            ("invoice", "vat", "20.00", "0", "13.80"),
        ],
    ),
    // 44 x 2.135 = 93.94 and 20 % = 18.788.
    (
        "turkey,p",
        &[("credit_note", "production_credit", "20.00", "44", "93.94"), ("credit_note", "vat", "20.00", "0", "18.79")],
    ),
];
