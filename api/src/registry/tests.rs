//! Files read against a registry, without a store.

use engine::calendar::{Span, parse_rfc3339};
use engine::registry::{Registry, Row, SequencedRow};

use super::*;
use crate::problem::Problem;

mod country;
mod format;
mod key;
mod manual;
mod participation;
mod tariff;
mod typed;

/// A community with two consumers and a plant.
const VILLAGE: &str = r#"
[[member]]
id = "m-1"
kind = "household"
[[member]]
id = "m-2"
kind = "farm"
[[metering_point]]
id = "A"
member = "m-1"
directions = ["import"]
valid_from = "2025-01-01"
[[metering_point]]
id = "B"
member = "m-2"
directions = ["import"]
valid_from = "2025-01-01"
[[metering_point]]
id = "P"
member = "m-2"
directions = ["export"]
valid_from = "2025-01-01"
"#;

fn community(id: &str, country: &str) -> String {
    format!("[community]\nid = \"{id}\"\nname = \"{id}\"\ncountry = \"{country}\"\n")
}

/// A village of a country with more of its file.
fn village(country: &str, more: &str) -> String {
    format!("{}{VILLAGE}{more}", community("village", country))
}

/// What is to be said about the village once it is registered.
fn again(more: &str) -> String {
    format!("[community]\nid = \"village\"\n{more}")
}

fn micros(text: &str) -> i64 {
    parse_rfc3339(text).unwrap()
}

/// A registry that files are applied to.
#[derive(Default)]
struct Applied {
    current: Current,
}

impl Applied {
    fn of(text: &str) -> Self {
        let mut applied = Self::default();
        applied.apply(text);
        applied
    }

    /// Applies a file that is right; gives its warnings as `field: message`.
    fn apply(&mut self, text: &str) -> Vec<String> {
        let parsed = parse_community(Document::Toml(text), "file.toml", &self.current)
            .unwrap_or_else(|p| panic!("{}", said(&p)));
        self.take(parsed.rows);
        parsed.warnings.iter().map(|w| format!("{}: {}", w.field, w.message)).collect()
    }

    /// Keeps rows as the store would.
    fn take(&mut self, new: Vec<Row>) {
        let Current { mut rows, settled, applied_by, .. } = self.current.clone();
        for row in new {
            if !rows.iter().any(|r| r.row == row) {
                rows.push(SequencedRow { sequence: rows.len() as i64 + 1, row });
            }
        }
        self.current = Current { settled, applied_by, ..Current::new(rows) };
    }

    /// What is said about a file that is wrong.
    fn refusal(&self, text: &str) -> String {
        said(&parse_community(Document::Toml(text), "file.toml", &self.current).unwrap_err())
    }

    fn registry(&self) -> &Registry {
        &self.current.registry
    }

    /// Rows of an installation's own.
    fn regimes(&mut self, rows: &str) {
        let own = regime::read("own.csv", &format!("{}\n{rows}", regime::HEADER)).unwrap();
        let mut all = self.current.rows.clone();
        all.extend(
            (all.len() as i64 + 1..).zip(own).map(|(sequence, r)| SequencedRow { sequence, row: Row::Regimes(r) }),
        );
        self.current = Current { settled: self.current.settled.clone(), ..Current::new(all) };
    }

    /// Published runs have shared the village's energy between two instants.
    fn share(&mut self, from: &str, to: &str) {
        let span = Span { start: micros(from), end: micros(to) };
        self.current = self.current.clone().with_settled("village".into(), vec![span]);
    }
}

fn said(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

fn assert_names(said: &str, parts: &[&str]) {
    assert!(parts.iter().all(|p| said.contains(p)), "{said}\nnames {parts:?}");
}
