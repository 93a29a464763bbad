//! The manual holds what it says: its examples are applied one after the other.

use super::*;

const MANUAL: &str = include_str!("../README.md");

/// Blocks of code with their language and the line on which they begin.
fn blocks() -> Vec<(&'static str, usize, String)> {
    let mut blocks = Vec::new();
    let mut lines = MANUAL.lines().enumerate();
    while let Some((n, line)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body = lines.by_ref().map(|(_, l)| l).take_while(|l| *l != "```");
            blocks.push((language, n + 2, body.map(|l| format!("{l}\n")).collect()));
        }
    }
    blocks
}

#[test]
fn every_example_of_the_manual_is_applied() {
    let mut applied = Applied::default();
    let mut counts = (0, 0, 0);
    for (language, line, text) in blocks() {
        let name = format!("README.md, line {line}");
        match language {
            "toml" => {
                counts.0 += 1;
                let text = if text.contains("[community]") { text } else { again(&text) };
                applied.apply(&text);
            }
            "json" => {
                counts.1 += 1;
                let parsed = parse_community(Document::Json(&text), &name, &applied.current);
                applied.take(parsed.unwrap_or_else(|p| panic!("{}", said(&p))).rows);
            }
            "csv" => {
                counts.2 += 1;
                let stated = series::Stated { series: Some("spot".into()), public: true, ..Default::default() };
                let (_, rows) = series::read("own.csv", &text, &stated, &applied.current).unwrap();
                applied.take(rows);
            }
            other => panic!("{name}: nobody reads {other}"),
        }
    }
    assert!(counts.0 >= 6 && counts.1 >= 1 && counts.2 >= 2, "{counts:?}");
}

#[test]
fn the_manual_has_an_example_of_every_table() {
    let root = Applied::default().refusal("[community]\nid = \"a\"\n[zzzzzzzzzzzz]\n");
    let known = root.lines().find(|l| l.contains("zzzz")).and_then(|l| l.split_once("write one of ")).unwrap().1;
    let tables: Vec<&str> = known.split(", ").map(|t| t.trim_matches('`')).collect();
    assert!(tables.len() >= 9, "{known}");
    let all: String = blocks().into_iter().map(|(.., text)| text).collect();
    for table in tables {
        assert!(all.contains(&format!("[{table}]")), "{table}");
    }
}
