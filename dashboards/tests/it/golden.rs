//! Whole pages beside the tests, for people to read. `ECOOP_GOLDEN=write` writes them anew.

use std::path::PathBuf;

use dashboards::locale::Locale;
use dashboards::page::cooperative::index;
use dashboards::page::energy::amounts;
use dashboards::page::energy::community::{self, series_csv, totals_csv};
use dashboards::page::error;
use dashboards::report::billed::billed_text;
use dashboards::report::month::month_text;
use dashboards::report::proposal::proposal_text;
use dashboards::urls::Urls;
use sha2::{Digest, Sha256};

use crate::sample::{billed, june, proposal};

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
    let day = crate::sample::community("day-with-a-gap");
    for code in ["en", "fr"] {
        let locale = Locale::parse(code).unwrap();
        check(&format!("community-{code}.html"), &community::render(&day, &locale, &Urls::default()));
        check(&format!("month-{code}.txt"), &month_text(&june(), &locale));
        check(&format!("billed-{code}.txt"), &billed_text(&billed(), &locale));
        check(&format!("proposal-{code}.txt"), &proposal_text(&proposal(true), &locale));
        check(&format!("proposal-unpriced-{code}.txt"), &proposal_text(&proposal(false), &locale));
        let missing = error::ErrorView::of(404);
        check(&format!("error-404-{code}.html"), &error::render(&missing, &locale, &Urls::default()));
    }
    check("series.csv", &series_csv(&day));
    check("totals.csv", &totals_csv(&day));
}

/// Every page in every state and language, by the digest of its bytes: `community/week fr 12345 1a2b...`.
#[test]
fn every_state_of_every_page_is_as_it_was() {
    let mut lines = String::new();
    for locale in Locale::all() {
        let urls = Urls::default();
        let of = |page: &str, name: &str, html: String| (format!("{page}/{name}"), html);
        let days = community::SAMPLES.iter().map(|(n, v)| of("community", n, community::render(&v(), &locale, &urls)));
        let lists = index::SAMPLES.iter().map(|(n, v)| of("index", n, index::render(&v(), &locale, &urls)));
        let errors = error::SAMPLES.iter().map(|(n, v)| of("error", n, error::render(&v(), &locale, &urls)));
        let amounts = amounts::SAMPLES.iter().map(|(n, v)| of("amounts", n, amounts::render(&v(), &locale, &urls)));
        for (name, page) in days.chain(lists).chain(errors).chain(amounts) {
            look(&name, &locale.code(), &page);
            let page = without_hashes(&page);
            let digest = Sha256::digest(&page).iter().take(16).fold(String::new(), |hex, b| hex + &format!("{b:02x}"));
            lines += &format!("{name} {} {} {digest}\n", locale.code(), page.len());
        }
    }
    check("pages.txt", &lines);
}

/// `ECOOP_LOOK=FOLDER` puts every page there, for a browser.
#[expect(clippy::disallowed_methods, reason = "whoever wants to see the pages says so by this variable")]
fn look(name: &str, language: &str, page: &str) {
    let Ok(folder) = std::env::var("ECOOP_LOOK") else { return };
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for asset in dashboards::assets::ASSETS {
        std::fs::write(folder.join("assets").join(asset.file), asset.bytes).unwrap();
    }
    let page = page.replace("\"/assets/", "\"assets/");
    std::fs::write(folder.join(format!("{}-{language}.html", name.replace('/', "-"))), page).unwrap();
}
