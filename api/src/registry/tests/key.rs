use engine::registry::AllocationKey;
use engine::sharing::{KeyKind, Round, Rounding};

use super::*;

fn keys(applied: &Applied) -> Vec<(i64, AllocationKey)> {
    applied.registry().allocation_keys["village"].clone()
}

fn key(fields: &str) -> String {
    format!("[[allocation_key]]\n{fields}\n")
}

const ADOPTED: &str = "adopted_by = \"assembly\"\n";

fn named(country: &str, fields: &str) -> AllocationKey {
    let applied = Applied::of(&village(country, &key(&format!("valid_from = \"2025-01-01\"\n{ADOPTED}{fields}"))));
    keys(&applied)[0].1.clone()
}

#[test]
fn a_name_of_the_country_stands_for_its_rule() {
    let key = named("FR", "regime = \"dynamique_par_defaut\"");
    assert_eq!((key.regime.as_deref(), key.rule.rounds), (Some("dynamique_par_defaut"), vec![KeyKind::Prorata.into()]));
    assert_eq!(key.rule.rounding, Rounding::LargestRemainder);
    let key = named("FR", "regime = \"statique\"\nweights = { A = 60, B = 30 }\nunassigned = 10");
    let weights = [("A".to_owned(), 60), ("B".to_owned(), 30)].into();
    assert_eq!(key.rule.rounds, [Round::from(KeyKind::Static { weights, unassigned: 10 })]);
    let supplied = |pairs| Round::from(KeyKind::Supplied { series: "ACC1".into(), pairs });
    assert_eq!(named("FR", "regime = \"dynamique_simple\"\nseries = \"ACC1\"").rule.rounds, [supplied(false)]);
    assert_eq!(named("FR", "regime = \"full_dynamique\"\nseries = \"ACC1\"").rule.rounds, [supplied(true)]);
    assert_eq!(named("AT", "regime = \"dynamic\"").rule.rounds, [KeyKind::Prorata.into()]);
    let agreed = named("SE", "regime = \"private_agreement\"\nkind = \"equal\"\nredistribute = true");
    assert_eq!(agreed.rule.rounds, [Round { redistribute: true, ..KeyKind::Equal.into() }]);
}

#[test]
fn a_name_that_does_not_fit_is_refused_with_a_cure() {
    let check = |country, fields: &str, parts: &[&str]| {
        let text = village(country, &key(&format!("valid_from = \"2025-01-01\"\n{ADOPTED}{fields}")));
        assert_names(&Applied::default().refusal(&text), parts);
    };
    check("FR", "regime = \"dynamic\"", &["allocation_key.regime", "no key of FR", "`statique`"]);
    check("IT", "regime = \"x\"", &["IT names no keys", "kind"]);
    check("FR", "regime = \"statique\"", &["allocation_key.weights", "is missing"]);
    check("FR", "regime = \"dynamique_simple\"", &["allocation_key.series", "is missing"]);
    check("FR", "regime = \"dynamique_simple\"\nseries = \"ACC1\"\npairs = true", &["pairs", "does not belong"]);
    check("FR", "regime = \"dynamique_par_defaut\"\nkind = \"static\"", &["allocation_key.kind", "\"prorata\""]);
    check("FR", "regime = \"dynamique_par_defaut\"\ncap_percent = 50", &["cap_percent", "does not belong"]);
    check("FR", "regime = \"statique\"\nrounds = [{ kind = \"prorata\" }]", &["rounds", "beside regime"]);
    check("SE", "regime = \"private_agreement\"", &["allocation_key.kind", "is missing"]);
}

#[test]
fn a_rule_that_the_country_does_not_know_is_said() {
    let warnings = |country, fields: &str| {
        let text = village(country, &key(&format!("valid_from = \"2025-01-01\"\n{ADOPTED}{fields}")));
        let all = Applied::default().apply(&text);
        all.into_iter().filter(|w| w.contains("none of the keys")).collect::<Vec<_>>()
    };
    let equal = "kind = \"equal\"";
    let french = warnings("FR", equal);
    assert_eq!(french.len(), 1, "{french:?}");
    assert_names(&french[0], &["allocation_key.kind", "FR", "`statique`", "ecoop export keys"]);
    assert_names(&warnings("AT", equal)[0], &["`dynamic`, `static`", "will not compute it"]);
    for (country, fields) in [("SE", equal), ("IT", equal), ("FR", "kind = \"prorata\""), ("AT", "kind = \"prorata\"")]
    {
        assert_eq!(warnings(country, fields), Vec::<String>::new(), "{country}");
    }
}

#[test]
fn who_adopted_a_version_is_kept_or_asked_for() {
    let mut applied = Applied { current: Current::default().applied_by("applied by anna, 2026-05-01".into()) };
    let asked = |w: &[String]| w.iter().any(|w| w.starts_with("allocation_key.adopted_by: is missing"));
    let first = village("SE", &key("valid_from = \"2025-01-01\"\nkind = \"prorata\""));
    assert!(asked(&applied.apply(&first)));
    assert_eq!(keys(&applied)[0].1.adopted_by.as_deref(), Some("applied by anna, 2026-05-01"));
    // The same file on another day changes nothing.
    applied.current = applied.current.clone().applied_by("applied by anna, 2026-06-01".into());
    assert!(!asked(&applied.apply(&first)));
    assert_eq!(keys(&applied)[0].1.adopted_by.as_deref(), Some("applied by anna, 2026-05-01"));
    // A new version was not adopted by those who adopted the one before.
    let second = key(&format!("valid_from = \"2025-06-01\"\nkind = \"equal\"\n{ADOPTED}"));
    assert!(!asked(&applied.apply(&again(&second))));
    assert!(asked(&applied.apply(&again(&key("valid_from = \"2025-09-01\"\nkind = \"prorata\"")))));
    let who: Vec<_> = keys(&applied).into_iter().map(|(_, k)| k.adopted_by.unwrap()).collect();
    assert_eq!(who, ["applied by anna, 2026-05-01", "assembly", "applied by anna, 2026-06-01"]);
}

/// A village whose first version has shared January to June.
fn used() -> Applied {
    let first = key(&format!("valid_from = \"2025-01-01\"\nkind = \"prorata\"\n{ADOPTED}"));
    let mut applied = Applied::of(&village("SE", &first));
    applied.share("2024-12-31T23:00:00Z", "2025-06-30T22:00:00Z");
    applied
}

#[test]
fn a_version_that_has_shared_energy_is_not_changed() {
    let applied = used();
    let version = keys(&applied)[0].0;
    let check = |fields: &str, parts: &[&str]| {
        assert_names(&applied.refusal(&again(&key(fields))), parts);
    };
    let corrects = format!("corrects = {version}");
    let cure = ["2025-06-30T22:00:00Z or later", corrects.as_str()];
    let equal = "kind = \"equal\"\nadopted_by = \"assembly\"\n";
    check(&format!("valid_from = \"2025-01-01\"\n{equal}"), &cure);
    check(&format!("valid_from = \"2025-03-01\"\n{equal}"), &["from 2025-02-28T23:00:00Z on", cure[0], cure[1]]);
    check(&format!("valid_from = \"2025-06-30T10:15:00+02:00\"\n{equal}"), &["2025-06-30T08:15:00Z", cure[0]]);
    // Before it, up to its time, in the middle, withdrawn, ended early, adopted by others.
    check(
        &format!(
            "valid_from = \"2024-06-01\"\nvalid_to = \"2025-07-01\"\n{equal}\n[[allocation_key]]\nvalid_from \
            = \"2025-01-01\"\nvalid_to = \"2025-01-01\""
        ),
        &cure,
    );
    check("valid_from = \"2025-01-01\"\nvalid_to = \"2025-01-01\"", &cure);
    check("valid_from = \"2025-01-01\"\nvalid_to = \"2025-05-01\"", &["from 2025-04-30T22:00:00Z on", cure[0]]);
    check("valid_from = \"2025-01-01\"\nadopted_by = \"others\"", &cure);
}

#[test]
fn what_counts_later_and_what_was_not_used_may_be_replaced() {
    let mut applied = used();
    let first = keys(&applied)[0].clone();
    let future = |kind: &str| again(&key(&format!("valid_from = \"2025-07-01\"\nkind = \"{kind}\"\n{ADOPTED}")));
    applied.apply(&future("equal"));
    applied.apply(&future("prorata_consumption"));
    let all = keys(&applied);
    assert_eq!((all.len(), all[0].0), (2, first.0), "the version that was used is as it was");
    assert_eq!(all[1].1.rule.rounds, [KeyKind::ProrataConsumption.into()]);
    // Ended where it has shared its last, and the same file once more.
    applied.apply(&again(&key("valid_from = \"2025-01-01\"\nvalid_to = \"2025-07-01\"")));
    let again_the_same = village("SE", &key(&format!("valid_from = \"2025-01-01\"\nkind = \"prorata\"\n{ADOPTED}")));
    applied.apply(&again_the_same);
    // A key for a time that had none changes nothing that was shared.
    let before = again(&key(&format!("valid_from = \"2024-06-01\"\nkind = \"equal\"\n{ADOPTED}")));
    applied.apply(&before);
    assert_eq!(keys(&applied).len(), 3);
}

fn warned_of_keys(applied: &mut Applied, text: &str) -> bool {
    applied.apply(text).into_iter().any(|w| w.starts_with("allocation_key"))
}

#[test]
fn a_correction_says_what_it_corrects_and_who_adopted_it() {
    let mut applied = used();
    let version = keys(&applied)[0].0;
    let corrects = format!("valid_from = \"2025-03-01\"\nkind = \"equal\"\ncorrects = {version}\n");
    assert_names(
        &applied.refusal(&again(&key(&corrects))),
        &["allocation_key.adopted_by", "who adopted this correction"],
    );
    let other = corrects.replace(&format!("corrects = {version}"), "corrects = 9999") + ADOPTED;
    assert_names(&applied.refusal(&again(&key(&other))), &[&format!("corrects = {version} and adopted_by")]);
    let whole = again(&key(&(corrects + ADOPTED)));
    assert!(!warned_of_keys(&mut applied, &whole));
    let all = keys(&applied);
    assert_eq!((all.len(), all[0].0, all[1].1.corrects), (2, version, Some(version)));
    // The same file once more corrects nothing more.
    assert!(!warned_of_keys(&mut applied, &whole));
    assert_eq!(keys(&applied), all);
    // The correction has shared that time now: it is corrected by its own number.
    let correction = all[1].0;
    let next = format!("valid_from = \"2025-03-01\"\nkind = \"prorata\"\ncorrects = {correction}\n{ADOPTED}");
    assert_names(
        &applied.refusal(&again(&key(&next.replace(&format!("corrects = {correction}"), "")))),
        &[&format!("version {correction}")],
    );
    applied.apply(&again(&key(&next)));
    assert_eq!(keys(&applied)[1].1.corrects, Some(correction));
}

#[test]
fn a_correction_of_nothing_is_said() {
    let mut applied = used();
    let version = keys(&applied)[0].0;
    let later = format!("valid_from = \"2025-07-01\"\nkind = \"equal\"\ncorrects = {version}\n{ADOPTED}");
    let warnings = applied.apply(&again(&key(&later)));
    assert!(warnings.iter().any(|w| w.contains("nothing is corrected")), "{warnings:?}");
}
