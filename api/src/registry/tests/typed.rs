//! What people type: what is refused, what is said aloud, and how.

use super::*;

fn tariff(currency: &str, fields: &str) -> String {
    let country = match currency {
        "SEK" => "SE",
        "TRY" => "TR",
        _ => "FR",
    };
    village(country, &format!("[[tariff]]\nvalid_from = \"2026-01-01\"\nvat_percent = \"20\"\n{fields}\n"))
}

fn per_kwh(price: &str) -> String {
    format!("item = \"internal_energy\"\nprice_per_kwh = \"{price}\"")
}

#[test]
fn a_price_per_mwh_or_in_cents_is_refused_in_each_currency() {
    for (currency, right, wrong) in [
        ("EUR", "0.115", "115"),
        ("EUR", "1.99", "11.5"),
        ("SEK", "1.20", "120"),
        ("TRY", "4.5", "450"),
        ("TRY", "45", "50.01"),
    ] {
        Applied::of(&tariff(currency, &per_kwh(right)));
        let said = Applied::default().refusal(&tariff(currency, &per_kwh(wrong)));
        assert_names(&said, &["tariff.price_per_kwh", wrong, currency, "unusual = true"]);
        Applied::of(&tariff(currency, &format!("{}\nunusual = true", per_kwh(wrong))));
    }
    // Free is plausible; a hundredth of a hundredth of a cent is not.
    Applied::of(&tariff("EUR", &per_kwh("0")));
    assert_names(&Applied::default().refusal(&tariff("EUR", &per_kwh("0.00001"))), &["0.000100 to 2.000000"]);
    let monthly = |price: &str| tariff("EUR", &format!("item = \"monthly_fee\"\nprice_per_month = \"{price}\""));
    Applied::of(&monthly("2.50"));
    assert_names(&Applied::default().refusal(&monthly("2500")), &["tariff.price_per_month", "500.000000"]);
}

#[test]
fn a_price_of_a_currency_that_no_row_knows_is_taken() {
    let text = format!(
        "[community]\nid = \"village\"\nname = \"V\"\ncountry = \"JP\"\ntimezone = \"Asia/Tokyo\"\n{VILLAGE}\
         [[tariff]]\nvalid_from = \"2026-01-01\"\nvat_percent = \"10\"\n{}\n",
        per_kwh("31")
    );
    let applied = Applied::of(&text);
    assert_eq!(applied.registry().communities["village"].currency, "JPY");
}

#[test]
fn a_rate_of_vat_below_one_percent_was_meant_as_a_fraction() {
    let of = |rate: &str| {
        let fields = format!("[[tariff]]\nvalid_from = \"2026-01-01\"\nvat_percent = {rate}\n{}\n", per_kwh("0.1"));
        village("FR", &fields)
    };
    for rate in ["\"0.2\"", "0.05", "\"0.99\""] {
        assert_names(&Applied::default().refusal(&of(rate)), &["tariff.vat_percent", "write \"20\" for 20 %"]);
    }
    for rate in ["\"0\"", "\"1\"", "20", "\"0.5\"\nunusual = true"] {
        Applied::of(&of(rate));
    }
}

#[test]
fn countries_and_currencies_are_those_that_there_are() {
    for country in ["XX", "EU", "UK", "ZZ"] {
        assert_names(&Applied::default().refusal(&community("c", country)), &["community.country", "ISO 3166"]);
    }
    let with = |currency: &str, more: &str| format!("{}currency = \"{currency}\"\n{more}", community("c", "SE"));
    assert_names(&Applied::default().refusal(&with("EUR", "")), &["community.currency", "SE", "unusual = true"]);
    Applied::of(&with("SEK", ""));
    let mut applied = Applied::of(&with("EUR", "unusual = true\n"));
    // What stands need not be said again.
    applied.apply("[community]\nid = \"c\"\nname = \"Another\"\n");
}

#[test]
fn what_a_community_lacks_is_said_aloud() {
    let said = Applied::default().apply(&community("c", "FR")).join("\n");
    assert_names(&said, &["member", "no members yet"]);
    let key = "[[allocation_key]]\nkind = \"prorata\"\nvalid_from = \"2026-01-01\"\n";
    let said = Applied::default().apply(&village("FR", key)).join("\n");
    assert_names(&said, &["allocation_key", "begins on 2026-01-01", "from 2025-01-01 on"]);
    let said = Applied::default().apply(&village("FR", &key.replace("2026-01-01", "2025-02-01"))).join("\n");
    assert!(!said.contains("begins on"), "{said}");
}

/// An unknown word is said once, with those that there are and the nearest; what follows from it is not said.
#[test]
fn an_unknown_word_is_said_once_with_the_nearest() {
    let check = |text: &str, names: &[&str]| {
        let said = Applied::default().refusal(text);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert_names(&said, names);
    };
    let member = VILLAGE.replace("\"farm\"", "\"fram\"");
    check(&format!("{}{member}", community("village", "FR")), &["member.kind", "is `farm` meant", "household"]);
    let tariff = "[[tariff]]\nitem = \"internal_enrgy\"\nvalid_from = \"2026-01-01\"\nprice_per_kwh = \"0.1\"\n\
                  vat_percent = \"20\"\nfree_kwh = \"3\"\n";
    check(&village("FR", tariff), &["tariff.item", "is `internal_energy` meant", "monthly_fee"]);
    let key = "[[allocation_key]]\nkind = \"statik\"\nvalid_from = \"2026-01-01\"\nunassigned = 3\n\
               weights = { A = 1 }\n";
    check(&village("FR", key), &["allocation_key.kind", "is `static` meant", "prorata"]);
    let one = village("FR", "").replacen("[[member]]\nid = \"m-1\"", "[member]\nid = \"m-1\"", 1);
    let one = one.replace("[[member]]\nid = \"m-2\"\nkind = \"farm\"\n", "").replace("m-2", "m-1");
    check(&one, &["member", "[[member]]"]);
}

#[test]
fn days_without_a_price_in_a_series_are_named() {
    let rows = |text: &str| {
        let stated = series::Stated { series: Some("spot".into()), public: true, ..Default::default() };
        series::read("spot.csv", text, &stated, &Current::default()).unwrap().1
    };
    let whole = "interval_start,interval_seconds,value\n2026-06-01T00:00:00Z,3600,0.1\n2026-06-01T01:00:00Z,3600,0.2\n";
    assert_eq!(series::gaps("spot.csv", &rows(whole)), None);
    let hole = format!("{whole}2026-06-03T01:00:00Z,3600,0.2\n");
    let said = series::gaps("spot.csv", &rows(&hole)).unwrap().to_string();
    assert_names(&said, &["spot.csv", "2026-06-01, 2026-06-02, 2026-06-03"]);
    let nameless = series::Stated { series: Some(" ".into()), public: true, ..Default::default() };
    assert!(series::read("spot.csv", whole, &nameless, &Current::default()).is_err());
}
