use super::*;

fn tariff(fields: &str) -> String {
    format!("[[tariff]]\n{fields}\n")
}

/// First local day, VAT in hundredths of a percent, price in millionths.
fn rows(applied: &Applied, item: &str) -> Vec<(String, u32, i64)> {
    let zone = engine::calendar::zone("Europe/Paris").unwrap();
    let all = applied.registry().tariffs["village"].iter().map(|(_, t)| t).filter(|t| t.item == item);
    let day = |at| engine::calendar::local_day(zone, at).to_string();
    let price = |t: &engine::registry::Tariff| t.price_micro_per_kwh.or(t.price_micro_per_month).unwrap();
    all.map(|t| (day(t.valid_from), t.vat_basis_points, price(t))).collect()
}

fn row(day: &str, vat: u32, price: i64) -> (String, u32, i64) {
    (day.to_owned(), vat, price)
}

const MONTHLY: &str = "item = \"monthly_fee\"\n";

#[test]
fn vat_that_is_left_out_follows_the_country_through_its_changes() {
    let first = tariff(&format!("{MONTHLY}valid_from = \"2025-01-01\"\nprice_per_month = \"2\""));
    let energy = tariff("item = \"internal_energy\"\nvalid_from = \"2025-01-01\"\nprice_per_kwh = \"0.12\"");
    let mut applied = Applied::default();
    let warnings = applied.apply(&village("FR", &(first.clone() + &energy)));
    let said = warnings.join("\n");
    assert_names(&said, &["5.5 % counts, from 2025-08-01 20 %", "vat_percent.general.subscription", "sicae-ely.fr"]);
    assert_names(&said, &["20 % counts (FR vat_percent.general.electricity"]);
    let split = [row("2025-01-01", 550, 2_000_000), row("2025-08-01", 2000, 2_000_000)];
    assert_eq!(rows(&applied, "monthly_fee"), split);
    assert_eq!(rows(&applied, "internal_energy"), [row("2025-01-01", 2000, 120_000)]);
    // The same file again changes nothing.
    let before = applied.current.sequence();
    applied.apply(&village("FR", &(first + &energy)));
    assert_eq!(applied.current.sequence(), before);
    // A new price within the time of the lower rate goes on with the higher one.
    applied.apply(&again(&tariff(&format!("{MONTHLY}valid_from = \"2025-05-01\"\nprice_per_month = \"3\""))));
    let wanted =
        [row("2025-01-01", 550, 2_000_000), row("2025-05-01", 550, 3_000_000), row("2025-08-01", 2000, 3_000_000)];
    assert_eq!(rows(&applied, "monthly_fee"), wanted);
    // The first price corrected: the later one that somebody stated stays.
    applied.apply(&again(&tariff(&format!("{MONTHLY}valid_from = \"2025-01-01\"\nprice_per_month = \"1\""))));
    assert_eq!(rows(&applied, "monthly_fee")[0], row("2025-01-01", 550, 1_000_000));
    assert_eq!(rows(&applied, "monthly_fee")[1..], wanted[1..]);
}

#[test]
fn a_price_that_somebody_stated_for_the_day_of_the_change_stays() {
    let at =
        |day: &str, price: &str| tariff(&format!("{MONTHLY}valid_from = \"{day}\"\nprice_per_month = \"{price}\""));
    let wanted = [row("2025-01-01", 550, 2_000_000), row("2025-08-01", 2000, 4_000_000)];
    for text in [at("2025-01-01", "2") + &at("2025-08-01", "4"), at("2025-08-01", "4") + &at("2025-01-01", "2")] {
        let mut applied = Applied::of(&village("FR", &text));
        assert_eq!(rows(&applied, "monthly_fee"), wanted);
        // The first alone once more.
        applied.apply(&again(&at("2025-01-01", "2")));
        assert_eq!(rows(&applied, "monthly_fee"), wanted);
    }
    // A price that ends before the change is not drawn beyond it.
    let ended =
        tariff(&format!("{MONTHLY}valid_from = \"2025-01-01\"\nvalid_to = \"2025-08-01\"\nprice_per_month = \"2\""));
    assert_eq!(rows(&Applied::of(&village("FR", &ended)), "monthly_fee"), wanted[..1]);
}

#[test]
fn vat_that_is_stated_stays_as_it_is_stated() {
    let fields = format!("{MONTHLY}valid_from = \"2025-01-01\"\nprice_per_month = \"2\"\nvat_percent = \"20\"");
    let mut applied = Applied::of(&village("FR", &tariff(&fields)));
    assert_eq!(rows(&applied, "monthly_fee"), [row("2025-01-01", 2000, 2_000_000)]);
    applied.apply(&again(&tariff(&format!("{MONTHLY}valid_from = \"2025-02-01\"\nprice_per_month = \"3\""))));
    assert_eq!(rows(&applied, "monthly_fee")[1], row("2025-02-01", 2000, 3_000_000));
    let standard =
        "item = \"internal_energy\"\nvalid_from = \"2025-01-01\"\nprice_per_kwh = \"0.12\"\nvat_category = \"S\"";
    assert_eq!(rows(&Applied::of(&village("SE", &tariff(standard))), "internal_energy")[0].1, 2500);
    let italian = Applied::default().refusal(&village("IT", &tariff(&standard.replace("vat_category = \"S\"", ""))));
    assert_names(&italian, &["tariff.vat_percent", "write the rate of VAT"]);
}

#[test]
fn a_price_with_an_end_follows_every_change_until_then() {
    let mut applied = Applied::default();
    let rate = |value, from, to| format!("SE,vat_percent.general.electricity,{value},{from},{to},ours\n");
    let own = [rate("25", "", "2026-03-01"), rate("20", "2026-03-01", "2026-06-01"), rate("15", "2026-06-01", "")];
    applied.regimes(&own.concat());
    let fields = "item = \"internal_energy\"\nvalid_from = \"2026-01-01\"\nprice_per_kwh = \"0.12\"\n";
    applied.apply(&village("SE", &tariff(&format!("{fields}valid_to = \"2026-09-01\""))));
    let wanted = [("2026-01-01", 2500), ("2026-03-01", 2000), ("2026-06-01", 1500)];
    assert_eq!(rows(&applied, "internal_energy"), wanted.map(|(day, vat)| row(day, vat, 120_000)));
    let ends: Vec<i64> = applied.registry().tariffs["village"].iter().map(|(_, t)| t.valid_to).collect();
    assert_eq!(ends[2], micros("2026-08-31T22:00:00Z"));
    // Another table within the stated time contradicts it.
    let other = tariff("item = \"internal_energy\"\nvalid_from = \"2026-07-01\"\nprice_per_kwh = \"0.10\"");
    let both = village("SE", &(tariff(&format!("{fields}valid_to = \"2026-09-01\"")) + &other));
    assert_names(&applied.refusal(&both), &["lies before the valid_to"]);
}

const EXCISE: &str = "item = \"excise\"\nvalid_from = \"2025-01-01\"\n";

#[test]
fn the_excise_is_that_of_the_country_and_its_time() {
    // Shared energy is exempt in France, from a day on; before, the rate of electricity counted, from a day on.
    let mut applied = Applied::default();
    let excise = EXCISE.replace("2025-01-01", "2025-02-01");
    let said = applied.apply(&village("FR", &tariff(&excise))).join("\n");
    assert_names(&said, &["0.03370 per kWh counts, from 2025-02-16 0 per kWh", "LF 2025 art. 21"]);
    assert_eq!(rows(&applied, "excise"), [row("2025-02-01", 2000, 33_700), row("2025-02-16", 2000, 0)]);
    let none = Applied::default().refusal(&village("FR", &tariff(EXCISE)));
    assert_names(&none, &["tariff.price_per_kwh", "no row of FR", "2025-01-01"]);
    let swedish = Applied::of(&village("SE", &tariff(&EXCISE.replace("2025", "2026"))));
    assert_eq!(rows(&swedish, "excise"), [row("2026-01-01", 2500, 360_000)]);
    let turkish = Applied::default().refusal(&village("TR", &tariff(EXCISE)));
    assert_names(&turkish, &["1 % of the energy price", "[M] to confirm", "write price_per_kwh"]);
    let stated = Applied::of(&village("TR", &tariff(&format!("{EXCISE}price_per_kwh = \"0.10\""))));
    assert_eq!(rows(&stated, "excise")[0].2, 100_000);
}

#[test]
fn rates_are_those_of_the_kind_of_member() {
    let energy = "item = \"internal_energy\"\nvalid_from = \"2026-03-01\"\nprice_per_kwh = \"0.12\"\n";
    let of_kind = |fields: &str, kind: &str| tariff(&format!("{fields}member_kind = \"{kind}\""));
    let vat = |country: &str, kind: &str| {
        rows(&Applied::of(&village(country, &of_kind(energy, kind))), "internal_energy")[0].1
    };
    let kinds = ["household", "business", "farm", "commune", "producer"];
    assert_eq!(kinds.map(|kind| vat("IT", kind)), [1000, 2200, 2200, 2200, 2200]);
    assert_eq!(kinds.map(|kind| vat("TR", kind)), [1000, 2000, 2000, 2000, 2000]);
    assert_eq!(kinds.map(|kind| vat("FR", kind)), [2000; 5]);
    // The excise; a row for a kind goes before the one for all.
    let excise = EXCISE.replace("2025-01-01", "2026-03-01");
    let mut applied = Applied::default();
    applied.regimes("SE,excise.farm.electricity,0.006,2026-01-01,,ours\n");
    applied.apply(&village("SE", &kinds.map(|kind| of_kind(&excise, kind)).concat()));
    let zone_of = |kind: &str| {
        let all = &applied.registry().tariffs["village"];
        let of = all.iter().find(|(_, t)| t.item == "excise" && t.terms.member_kind.as_deref() == Some(kind));
        of.unwrap().1.price_micro_per_kwh.unwrap()
    };
    assert_eq!(kinds.map(zone_of), [360_000, 360_000, 6_000, 360_000, 360_000]);
    // What is shared is exempt in France, whoever gets it.
    let french = Applied::of(&village("FR", &of_kind(&excise, "household")));
    assert_eq!(rows(&french, "excise"), [row("2026-03-01", 2000, 0)]);
    // A percentage of the price is that of the kind.
    let turkish = |kind| Applied::default().refusal(&village("TR", &of_kind(&excise, kind)));
    assert_names(&turkish("household"), &["5 % of the energy price"]);
    assert_names(&turkish("business"), &["1 % of the energy price"]);
}

#[test]
fn heat_has_rates_of_its_own() {
    let heat = |word: &str| {
        let fields = "item = \"internal_energy\"\nvalid_from = \"2026-03-01\"\nprice_per_kwh = \"0.08\"\n";
        tariff(&format!("{fields}energy_kind = \"{word}\""))
    };
    let renewable = Applied::of(&village("FR", &heat("renewable_heat")));
    assert_eq!(rows(&renewable, "internal_energy"), [row("2026-03-01", 550, 80_000)]);
    assert_names(&Applied::default().refusal(&village("FR", &heat("heat"))), &["tariff.vat_percent"]);
    let mut applied = Applied::default();
    applied.regimes("FR,vat_percent.general.heat,20,,,ours\n");
    applied.apply(&village("FR", &heat("heat")));
    assert_eq!(rows(&applied, "internal_energy"), [row("2026-03-01", 2000, 80_000)]);
}

#[test]
fn quantities_are_of_what_members_are_billed_per_kwh() {
    let with = |item: &str, field: &str| {
        let price = if item == "monthly_fee" { "price_per_month" } else { "price_per_kwh" };
        let fields = format!("item = \"{item}\"\nvalid_from = \"2026-03-01\"\n{price} = \"0.08\"\n{field}\n");
        village("FR", &tariff(&format!("{fields}vat_percent = \"20\"")))
    };
    for item in ["internal_energy", "community_fee", "excise"] {
        let applied = Applied::of(&with(item, "free_kwh = \"5\"\nprorated = true"));
        let terms = &applied.registry().tariffs["village"][0].1.terms;
        assert_eq!((terms.free_micro_kwh, terms.prorated), (Some(5_000_000), true));
    }
    for item in ["surplus_sale", "grid_benefit", "supplier_energy", "monthly_fee"] {
        for field in ["free_kwh = \"5\"", "minimum_kwh = \"5\"", "prorated = true"] {
            let name = field.split(' ').next().unwrap();
            assert_names(&Applied::default().refusal(&with(item, field)), &[&format!("tariff.{name}")]);
        }
    }
}

#[test]
fn a_country_that_says_nothing_any_more_has_to_be_answered() {
    let mut applied = Applied::default();
    applied.regimes("SE,vat_percent.general.electricity,25,,2026-07-01,ours until then\n");
    // The row that comes with the program counts again from the day on which that of the installation ends.
    let energy = tariff("item = \"internal_energy\"\nvalid_from = \"2026-01-01\"\nprice_per_kwh = \"0.12\"");
    applied.apply(&village("SE", &energy));
    assert_eq!(rows(&applied, "internal_energy").len(), 1);
    let mut other = Applied::default();
    other.regimes(
        "NO,timezone,Europe/Oslo,,,ours\nNO,currency,NOK,,,ours\n\
         NO,vat_percent.general.electricity,25,,2026-07-01,ours\n",
    );
    let said = other.refusal(&village("NO", &energy));
    assert_names(&said, &["tariff.vat_percent", "NO has no row for it from 2026-07-01", "valid_to"]);
}
