//! A document as TOML, as JSON and as a form.

use super::super::value::tests::{as_json, to_form};
use super::super::value::toml;
use super::*;

const SAMPLE: &str = include_str!("../samples/five-members.toml");

#[test]
fn the_same_community_gives_the_same_rows_in_three_formats() {
    let tree = toml::read(SAMPLE).unwrap();
    let (json, form) = (as_json(&tree), to_form(&tree));
    let read = |document| {
        let parsed = parse_community(document, "x", &Current::default()).unwrap_or_else(|p| panic!("{}", said(&p)));
        (parsed.rows, parsed.name, parsed.member_names)
    };
    let want = read(Document::Toml(SAMPLE));
    assert_eq!(read(Document::Json(&json)), want);
    assert_eq!(read(Document::Form(&form)), want);
}

/// The same mistake, told at its place in each format.
fn check(toml: &str, json: &str, form: &[(&str, &str)], want: [&str; 3]) {
    let form: Vec<(String, String)> = form.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let documents = [Document::Toml(toml), Document::Json(json), Document::Form(&form)];
    for (document, want) in documents.into_iter().zip(want) {
        let said = said(&parse_community(document, "x", &Current::default()).unwrap_err());
        assert!(said.contains(want), "{said}\nsays {want}");
    }
}

#[test]
fn a_problem_stands_at_its_line_its_pointer_or_its_field() {
    check(
        "[community]\nid = \"a\"\nname = \"A\"\ncountry = \"fr\"\n",
        r#"{"community": {"id": "a", "name": "A", "country": "fr"}}"#,
        &[("community.id", "a"), ("community.name", "A"), ("community.country", "fr")],
        [
            "x:4: community.country = \"fr\": is not a country code",
            "x:/community/country: community.country = \"fr\": is not a country code",
            "x:community.country: community.country = fr: is not a country code",
        ],
    );
    check(
        "[community]\nid = \"a\"\nname = \"A\"\ncountry = \"FR\"\n[[member]]\nid = \"m\"\nkind = \"x\"\n",
        r#"{"community": {"id": "a", "name": "A", "country": "FR"}, "member": [{"id": "m", "kind": "x"}]}"#,
        &[
            ("community.id", "a"),
            ("community.name", "A"),
            ("community.country", "FR"),
            ("member.0.id", "m"),
            ("member.0.kind", "x"),
        ],
        ["x:7: member.kind", "x:/member/0/kind: member.kind", "x:member.0.kind: member.kind"],
    );
    let countries = "[community]\nid = \"a\"\nname = \"A\"\ncountry = 1\n";
    check(
        countries,
        r#"{"community": {"id": "a", "name": "A", "country": 1}}"#,
        &[("community.id", "a"), ("community.name", "A"), ("community.country.x", "1")],
        ["is a TOML integer here", "is a JSON number here", "is a table here"],
    );
}

#[test]
fn an_unknown_field_is_refused_with_the_nearest_known_word() {
    let said = Applied::default().refusal("[community]\nid = \"a\"\nnaem = \"A\"\ncountry = \"FR\"\n");
    assert_names(&said, &["file.toml:3: community.naem", "is not a field here", "is `name` meant?"]);
    let said = Applied::default().refusal("[community]\nid = \"a\"\nname = \"A\"\ncountry = \"FR\"\nzzzz = 1\n");
    assert_names(&said, &["file.toml:5: community.zzzz", "is not a field here: write one of"]);
}

#[test]
fn a_unit_of_the_old_name_is_refused_with_the_new_one() {
    let applied = Applied::default();
    let key = |line: &str| {
        village("FR", &format!("[[allocation_key]]\nvalid_from = \"2025-01-01\"\nkind = \"prorata\"\n{line}\n"))
    };
    for (old, new) in [("1", "0.000001"), ("1000", "0.001"), ("1000000", "1")] {
        let said = applied.refusal(&key(&format!("unit_mwh = {old}")));
        assert_names(&said, &["file.toml:30: allocation_key.unit_mwh", &format!("write unit_kwh = \"{new}\"")]);
        let said = applied.refusal(&key(&format!("mode = \"authoritative\"\noperator_unit_mwh = {old}")));
        assert_names(&said, &["allocation_key.operator_unit_mwh", &format!("write operator_unit_kwh = \"{new}\"")]);
    }
    assert_names(&applied.refusal(&key("unit_kwh = \"0.01\"")), &["unit_kwh = \"0.01\"", "is not a unit of energy"]);
    for unit in ["\"0.000001\"", "\"0.001\"", "0.001", "1", "\"1\""] {
        Applied::of(&key(&format!("unit_kwh = {unit}")));
    }
}
