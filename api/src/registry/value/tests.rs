//! Three formats, one tree.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// What every format can say: names begin with a letter, and nothing is empty.
fn any(rng: &mut ChaCha8Rng, depth: usize) -> Kind {
    let place = || Place::Line { line: 1, column: 1 };
    let of = |kind| Value { place: place(), written: String::new(), kind };
    match rng.random_range(0..if depth < 5 { 6 } else { 4 }) {
        0 => Kind::Text(word(rng)),
        1 => Kind::Digits(rng.random_range(-5_000_000i64..5_000_000_000).to_string()),
        2 => Kind::Digits(format!("{}.{:03}", rng.random_range(0..1000), rng.random_range(0..1000))),
        3 => Kind::Flag(rng.random()),
        4 => Kind::List((0..rng.random_range(1..12)).map(|_| of(any(rng, depth + 1))).collect()),
        _ => Kind::Table((0..rng.random_range(1..5)).map(|_| (name(rng), of(any(rng, depth + 1)))).collect()),
    }
}

fn name(rng: &mut ChaCha8Rng) -> String {
    let letters = ["a", "kind", ".", "é", "-", "\"", "/", "~", "~1", "\\", " ", "[", "=", "0", "1"];
    let rest: String = (0..rng.random_range(0..4)).filter_map(|_| letters.choose(rng)).copied().collect();
    format!("k{rest}")
}

fn word(rng: &mut ChaCha8Rng) -> String {
    let letters = ["a", "\n", ".", "é", "#", "\"", "'", "\\", " ", "\u{1f33b}", "0", "\t", "true"];
    let rest: String = (0..rng.random_range(0..9)).filter_map(|_| letters.choose(rng)).copied().collect();
    format!("w{rest}")
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn to_json(kind: &Kind) -> String {
    match kind {
        Kind::Text(text) => quoted(text),
        Kind::Digits(digits) => digits.clone(),
        Kind::Flag(flag) => flag.to_string(),
        Kind::List(list) => format!("[{}]", list.iter().map(|v| to_json(&v.kind)).collect::<Vec<_>>().join(", ")),
        Kind::Table(table) => {
            let entries: Vec<String> =
                table.iter().map(|(k, v)| format!("{}: {}", quoted(k), to_json(&v.kind))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// Strings of JSON are strings of TOML too.
fn to_toml(kind: &Kind) -> String {
    match kind {
        Kind::List(list) => format!("[{}]", list.iter().map(|v| to_toml(&v.kind)).collect::<Vec<_>>().join(", ")),
        Kind::Table(table) => {
            let entries: Vec<String> =
                table.iter().map(|(k, v)| format!("{} = {}", quoted(k), to_toml(&v.kind))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => to_json(other),
    }
}

pub(in crate::registry) fn to_form(value: &Value) -> Vec<(String, String)> {
    fn add(pairs: &mut Vec<(String, String)>, name: &str, kind: &Kind) {
        let below = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
        match kind {
            Kind::Text(text) | Kind::Digits(text) => pairs.push((name.to_owned(), text.clone())),
            Kind::Flag(flag) => pairs.push((name.to_owned(), flag.to_string())),
            Kind::List(list) => {
                list.iter().enumerate().for_each(|(n, v)| add(pairs, &below(&n.to_string()), &v.kind));
            }
            Kind::Table(table) => table.iter().for_each(|(key, v)| {
                add(pairs, &below(&key.replace('\\', "\\\\").replace('.', "\\.")), &v.kind);
            }),
        }
    }
    let mut pairs = Vec::new();
    add(&mut pairs, "", &value.kind);
    pairs
}

pub(in crate::registry) fn as_json(value: &Value) -> String {
    to_json(&value.kind)
}

/// What it says, without places; as texts where a form cannot tell them from numbers and flags.
fn plain(kind: &Kind, texts: bool) -> String {
    match kind {
        Kind::Digits(text) if texts => quoted(text),
        Kind::Flag(flag) if texts => quoted(&flag.to_string()),
        Kind::List(list) => list.iter().map(|v| plain(&v.kind, texts)).collect::<Vec<_>>().join(",") + "]",
        Kind::Table(table) => {
            let entries = table.iter().map(|(k, v)| format!("{}:{}", quoted(k), plain(&v.kind, texts)));
            entries.collect::<Vec<_>>().join(",") + "}"
        }
        other => to_json(other),
    }
}

fn form_of(pairs: &[(String, String)]) -> Result<Value, Vec<Flaw>> {
    form::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

#[test]
fn the_same_document_is_the_same_tree_in_three_formats() {
    let mut rng = ChaCha8Rng::seed_from_u64(14);
    for _ in 0..500 {
        let place = Place::Line { line: 1, column: 1 };
        let table = (0..rng.random_range(1..5))
            .map(|_| {
                let value = Value { place: place.clone(), written: String::new(), kind: any(&mut rng, 1) };
                (name(&mut rng), value)
            })
            .collect();
        let root = Value { place, written: String::new(), kind: Kind::Table(table) };
        let text: String = root
            .as_table()
            .unwrap()
            .iter()
            .map(|(key, value)| format!("{} = {}\n", quoted(key), to_toml(&value.kind)))
            .collect();
        let want = plain(&root.kind, false);
        let toml = toml::read(&text).unwrap_or_else(|f| panic!("{f:?}\n{text}"));
        assert_eq!(plain(&toml.kind, false), want);
        let text = as_json(&root);
        let json = json::read(&text).unwrap_or_else(|f| panic!("{f:?}\n{text}"));
        assert_eq!(plain(&json.kind, false), want);
        let pairs = to_form(&root);
        let form = form_of(&pairs).unwrap_or_else(|f| panic!("{f:?}\n{pairs:?}"));
        assert_eq!(plain(&form.kind, true), plain(&root.kind, true));
    }
}

#[test]
fn no_input_makes_a_reader_panic() {
    let sample = include_str!("../samples/five-members.toml");
    let tree = toml::read(sample).unwrap();
    let json_text = as_json(&tree);
    let pieces =
        ["{", "}", "[", "]", "\"", "\\", "\\u", "\\ud800", ",", ":", "=", ".", "1e999", "-", "\n", "é", "null", "'''"];
    let mut rng = ChaCha8Rng::seed_from_u64(41);
    for _ in 0..2000 {
        for text in [sample, json_text.as_str()] {
            let mut text: Vec<char> = text.chars().take(rng.random_range(1..3000)).collect();
            for _ in 0..rng.random_range(1..6) {
                let at = rng.random_range(0..text.len());
                let piece = pieces.choose(&mut rng).copied().unwrap_or_default();
                text.splice(at..(at + rng.random_range(0..4)).min(text.len()), piece.chars());
                if text.is_empty() {
                    break;
                }
            }
            let text: String = text.into_iter().collect();
            let _ = toml::read(&text);
            let _ = json::read(&text);
            let pairs: Vec<(String, String)> = text
                .lines()
                .map(|line| line.split_once('=').unwrap_or((line, "x")))
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect();
            let _ = form_of(&pairs);
        }
    }
}

#[test]
fn depth_is_bounded_in_each_format() {
    let deep = |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    for n in [20, 1000, 100_000] {
        assert!(toml::read(&format!("a = {}", deep("[", "]", n))).is_err());
        assert!(toml::read(&format!("{}a = 1", "a.".repeat(n))).is_err());
        assert!(json::read(&format!("{{\"a\": {}}}", deep("[", "]", n))).is_err());
        assert!(json::read(&deep("{\"a\":", "}", n)).is_err());
        assert!(form_of(&[(format!("{}a", "a.".repeat(n)), "1".into())]).is_err());
    }
    assert!(toml::read(&format!("a = {}", deep("[", "]", 10))).is_ok());
}

fn said(flaws: &[Flaw]) -> String {
    flaws.iter().map(|f| format!("{}: {}: {}", f.place, f.field, f.message)).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_stands_twice_is_refused_where_it_stands() {
    let json = said(&json::read(r#"{"community": {"id": "a", "id": "b"}}"#).unwrap_err());
    assert!(json.starts_with("/community/id: community.id: stands twice"), "{json}");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let form = said(&form_of(&[pair("a.b", "1"), pair("a.b", "2"), pair("a.b.c", "3")]).unwrap_err());
    assert!(form.contains("a.b: a.b: stands twice") && form.contains("a.b.c: a.b.c: stands below `b`"), "{form}");
    let toml = said(&toml::read("a = 1\na = 2\n").unwrap_err());
    assert!(toml.contains("duplicate") && toml.starts_with('2'), "{toml}");
    let null = said(&json::read(r#"{"community": {"id": null}}"#).unwrap_err());
    assert!(null.starts_with("/community/id: community.id: is null"), "{null}");
    for text in ["", "[]", "1", "{\"a\": 01}", "{\"a\": \"\\ud800\"}"] {
        assert!(said(&json::read(text).unwrap_err()).contains("syntax") || text.contains("ud800"), "{text}");
    }
}

#[test]
fn numbers_keep_their_digits_and_long_numbers_are_names() {
    let json = json::read(r#"{"a": 0.10000000000000000000000000000001, "b": 12345678901234567890123}"#).unwrap();
    let table = json.as_table().unwrap();
    assert_eq!(table["a"].as_digits(), Some("0.10000000000000000000000000000001"));
    assert_eq!(table["b"].as_digits(), Some("12345678901234567890123"));
    let pairs = [
        ("w.30001234567890".to_owned(), "5".to_owned()),
        ("l.3".to_owned(), "x".to_owned()),
        ("l.10".to_owned(), "y".to_owned()),
    ];
    let form = form_of(&pairs).unwrap();
    let table = form.as_table().unwrap();
    assert!(table["w"].as_table().is_some());
    let list = table["l"].as_list().unwrap();
    assert_eq!(list.iter().filter_map(Value::as_text).collect::<Vec<_>>(), ["x", "y"]);
}
