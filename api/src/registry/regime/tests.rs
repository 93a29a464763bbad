use super::*;
use crate::registry::currency::minor_digits;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn every_shipped_row_can_be_read_and_has_its_source() {
    let rows = read("regimes.csv", datasets::regime::REGIMES).unwrap();
    assert!(rows.len() > 60, "{}", rows.len());
    assert!(rows.iter().all(|r| r.source.len() > 5), "{rows:?}");
    for country in ["FR", "IT", "SE", "TR", "AT", "ES"] {
        for key in ["timezone", "currency", "interval_minutes", "mode"] {
            assert!(Regimes::with([]).latest(country, key).is_some(), "{country} {key}");
        }
    }
}

/// A file of regimes with one row changed from what is right.
fn check(row: &str, parts: &[&str]) {
    let said = read("own.csv", &format!("{HEADER}\n{row}\n")).unwrap_err().to_string();
    assert!(parts.iter().all(|p| said.contains(p)), "{said} names {parts:?}");
}

#[test]
fn what_is_wrong_with_a_row_is_named_with_its_line() {
    assert!(read("own.csv", "country,key\n").unwrap_err().to_string().contains("own.csv:1"));
    check("FR,currency,EUR,,", &["own.csv:2", "5 fields"]);
    check("fr,currency,EUR,,,x", &["country", "`fr`"]);
    check("FR,colour,blue,,,x", &["`colour` is not known"]);
    check("FR,currency,XYZ,,,x", &["`XYZ`"]);
    check("FR,timezone,Europe/Nowhere,,,x", &["Europe/Nowhere"]);
    check("FR,interval_minutes,10,,,x", &["`10`", "15, 30, 60"]);
    check("FR,vat_percent.general.electricity,120,,,x", &["`120`", "from 0 to 100"]);
    check("FR,vat_percent.general.electricity,20.001,,,x", &["`20.001`"]);
    check("FR,vat_percent.nobody.electricity,20,,,x", &["`nobody`", "household"]);
    check("FR,vat_percent.general.steam,20,,,x", &["`steam`", "heat"]);
    check("FR,excise.general.electricity,-1,,,x", &["`-1`", "per kWh"]);
    check("FR,sharing.mine,kind=magic,,,x", &["sharing.mine", "names no kind"]);
    check("FR,sharing.mine,kind=static pairs=true,,,x", &["only kind=supplied"]);
    check("FR,currency,EUR,01/01/2026,,x", &["valid_from", "`01/01/2026`"]);
    check("FR,currency,EUR,2026-01-01,2025-01-01,x", &["valid_to", "before valid_from"]);
    check("FR,currency,EUR,,,", &["source", "missing"]);
    check("FR,currency,EUR,,2026-02-01,x\nFR,currency,USD,2026-01-01,,x", &["own.csv:3", "at the same time"]);
    // Half-open: one ends on the day on which the next begins.
    read("own.csv", &format!("{HEADER}\nFR,currency,EUR,,2026-01-01,x\nFR,currency,USD,2026-01-01,,x, and y\n"))
        .unwrap();
}

#[test]
fn a_row_counts_on_its_days_and_those_of_the_installation_go_before() {
    let key = "excise.general.electricity";
    let value = |regimes: &Regimes, on: &str| regimes.at("FR", key, day(on)).map(|r| r.value.clone());
    let shipped = Regimes::with([]);
    assert_eq!(value(&shipped, "2025-07-31").as_deref(), Some("0.03370"));
    assert_eq!(value(&shipped, "2025-08-01").as_deref(), Some("0.02998"));
    assert_eq!(value(&shipped, "2026-02-01"), None, "households and firms differ since");
    assert_eq!(
        shipped.changes("FR", &[key.to_owned()], day("2025-03-01"), None),
        [day("2025-08-01"), day("2026-02-01")]
    );
    assert_eq!(shipped.changes("FR", &[key.to_owned()], day("2025-08-01"), Some(day("2026-02-01"))), []);
    let own = read("own.csv", &format!("{HEADER}\nFR,{key},0.02500,2026-05-01,2027-01-01,our notary\n")).unwrap();
    let with_own = Regimes::with(own);
    assert_eq!(value(&with_own, "2026-05-01").as_deref(), Some("0.02500"));
    assert_eq!(value(&with_own, "2025-08-01").as_deref(), Some("0.02998"));
    assert_eq!(value(&with_own, "2027-01-01"), None);
}

#[test]
fn every_default_is_known() {
    assert_eq!((minor_digits("JPY"), minor_digits("TND"), minor_digits("eur")), (Some(0), Some(3), None));
}

#[test]
fn a_country_knows_its_keys_by_name() {
    let names = |country| -> Vec<String> {
        Regimes::with([]).presets(country, day("2026-06-01")).into_iter().map(|(name, ..)| name).collect()
    };
    assert_eq!(names("FR"), ["dynamique_par_defaut", "dynamique_simple", "full_dynamique", "statique"]);
    assert_eq!(names("AT"), ["dynamic", "static"]);
    assert_eq!(names("SE"), ["private_agreement"]);
    assert_eq!(names("IT"), Vec::<String>::new());
}
