//! Whole pages beside the tests, for people to read. `ECOOP_GOLDEN=write` writes them anew.

use std::path::PathBuf;

use dashboards::locale::Locale;
use dashboards::page::community::{render, series_csv, totals_csv};
use dashboards::page::{Urls, error};
use dashboards::proposal::proposal_text;
use dashboards::report::billed::billed_text;
use dashboards::report::month_text;

use crate::sample::{billed, june, proposal, summer};

#[expect(clippy::disallowed_methods, reason = "whoever changes a page says so by this variable")]
fn check(name: &str, text: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    // Names of assets carry the hash of their content, which is not what is looked at here.
    let text = without_hashes(text);
    if std::env::var("ECOOP_GOLDEN").is_ok_and(|v| v == "write") {
        return std::fs::write(file, text).unwrap();
    }
    let wanted = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = wanted.lines().zip(text.lines()).position(|(a, b)| a != b);
    assert!(wanted == text, "{name} differs, first in line {differs:?}; if that is right, ECOOP_GOLDEN=write");
}

fn without_hashes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("/assets/") {
        let (before, after) = rest.split_at(at + "/assets/".len());
        let end = after.find('"').unwrap_or(after.len());
        let (name, extension) = after[..end].rsplit_once('.').unwrap_or((&after[..end], ""));
        let stem = name.rsplit_once('-').map_or(name, |(stem, _)| stem);
        out += &format!("{before}{stem}.{extension}");
        rest = &after[end..];
    }
    out + rest
}

#[test]
fn pages_are_as_they_were() {
    for code in ["en", "fr"] {
        let locale = Locale::parse(code).unwrap();
        check(&format!("community-{code}.html"), &render(&summer(), &locale, &Urls::default()));
        check(&format!("month-{code}.txt"), &month_text(&june(), &locale));
        check(&format!("billed-{code}.txt"), &billed_text(&billed(), &locale));
        check(&format!("proposal-{code}.txt"), &proposal_text(&proposal(true), &locale));
        check(&format!("proposal-unpriced-{code}.txt"), &proposal_text(&proposal(false), &locale));
        check(&format!("error-404-{code}.html"), &error::render(404, &locale, &Urls::default()));
    }
    check("series.csv", &series_csv(&summer()));
    check("totals.csv", &totals_csv(&summer()));
}
