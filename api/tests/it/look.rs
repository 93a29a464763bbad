//! Pages as a browser shows them, at the width of a phone: in every state, with everything open, with large text and
//! long names.

use std::path::Path;

use dashboards::locale::Locale;
use dashboards::page::cooperative::index;
use dashboards::page::energy::{amounts, community};
use dashboards::page::error;
use dashboards::urls::Urls;
use serde_json::Value;

use crate::browser::Browser;

/// As long as a name may be thought of: in words, and without a place to break it.
const LONG: [&str; 2] = ["Village on the river with a long name ", "Sonnenenergiegemeinschaft"];
/// On a phone.
const WIDTH: u32 = 390;

fn long(part: &str) -> String {
    part.chars().cycle().take(200).collect()
}

/// Every page in every state and language, with its name; those of communities also with long names, and of one whose
/// money has a sign of its own.
fn pages() -> Vec<(String, String)> {
    let mut pages = vec![];
    for locale in Locale::all() {
        let (urls, code) = (Urls::default(), locale.code());
        for (name, sample) in community::SAMPLES {
            pages.push((format!("{name}-{code}"), community::render(&sample(), &locale, &urls)));
        }
        for (name, sample) in index::SAMPLES {
            pages.push((format!("list-{name}-{code}"), index::render(&sample(), &locale, &urls)));
        }
        for (name, sample) in error::SAMPLES {
            pages.push((format!("error-{name}-{code}"), error::render(&sample(), &locale, &urls)));
        }
        for (name, sample) in amounts::SAMPLES {
            pages.push((format!("amounts-{name}-{code}"), amounts::render(&sample(), &locale, &urls)));
        }
        for (n, part) in LONG.iter().enumerate() {
            let mut view = community::SAMPLES.iter().find(|(n, _)| *n == "month-billed").unwrap().1();
            (view.name, view.currency) = (long(part), "TRY".into());
            pages.push((format!("long-{n}-{code}"), community::render(&view, &locale, &urls)));
            let mut list = index::SAMPLES.iter().find(|(n, _)| *n == "several").unwrap().1();
            list.communities.iter_mut().for_each(|c| c.name = long(part));
            pages.push((format!("list-long-{n}-{code}"), index::render(&list, &locale, &urls)));
        }
    }
    pages
}

/// Puts pages and what they load into a folder.
fn written(folder: &Path) -> Vec<(String, String)> {
    std::fs::create_dir(folder.join("assets")).unwrap();
    for asset in dashboards::assets::ASSETS {
        std::fs::write(folder.join("assets").join(asset.file), asset.bytes).unwrap();
    }
    let all = pages().into_iter().map(|(name, page)| {
        let file = folder.join(format!("{name}.html"));
        std::fs::write(&file, page.replace("\"/assets/", "\"assets/")).unwrap();
        (name, format!("file://{}", file.display()))
    });
    all.collect()
}

/// Opens everything that opens.
const OPEN: &str = "document.querySelectorAll('details').forEach((d) => { d.open = true }); true";
/// By how much the page is wider than the screen, and what of it is.
const TOO_WIDE: &str = "(() => { const w = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= w) return '';
    const inside = (e) => e.closest('.scroll') && e !== e.closest('.scroll');
    const out = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > w + 1);
    return out.filter((e) => !inside(e)).map((e) => e.outerHTML.slice(0, 100)).join('\\n') || 'the page'; })()";
/// What a finger touches and is too small for it.
const TOO_SMALL: &str = "(() => [...document.querySelectorAll('a, button, summary, input, select')]
    .map((e) => [e, e.getBoundingClientRect()])
    .filter(([e, r]) => r.width > 0 && r.right > 0 && (r.width < 43.9 || r.height < 43.9))
    .map(([e, r]) => `${r.width.toFixed(1)} x ${r.height.toFixed(1)} ${e.outerHTML.slice(0, 120)}`).join('\\n'))()";

fn said(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn every_page_fits_a_phone_and_a_finger() {
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start();
    let mut wrong = vec![];
    for (name, url) in written(folder.path()) {
        for text_percent in [100, 200] {
            browser.size(WIDTH, text_percent);
            browser.open(&url);
            browser.run(OPEN);
            let wide = browser.run(TOO_WIDE);
            if !said(&wide).is_empty() {
                wrong.push(format!("{name} at {text_percent} % is too wide:\n{}", said(&wide)));
            }
            let small = browser.run(TOO_SMALL);
            if !said(&small).is_empty() {
                wrong.push(format!("{name} at {text_percent} % has small targets:\n{}", said(&small)));
            }
            let fonts = browser.loaded.iter().filter(|(url, _)| url.contains("inter-latin-ext"));
            if fonts.count() > 0 {
                wrong.push(format!("{name} loads a font for a sign"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Letters that only the larger font has are a reason to load it.
#[test]
fn names_of_all_languages_have_their_letters() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path());
    let page = std::fs::read_to_string(folder.path().join("day-with-a-gap-en.html")).unwrap();
    std::fs::write(folder.path().join("turkish.html"), page.replace("Village", "Işığın köyü")).unwrap();
    let mut browser = Browser::start();
    browser.open(&format!("file://{}", folder.path().join("turkish.html").display()));
    assert!(browser.loaded.iter().any(|(url, _)| url.contains("inter-latin-ext")), "{:?}", browser.loaded);
}

/// `ECOOP_LOOK=FOLDER` puts pictures of all pages there.
#[test]
#[expect(clippy::disallowed_methods, reason = "whoever wants to see the pages says so by this variable")]
fn pictures_for_people() {
    let Ok(look) = std::env::var("ECOOP_LOOK") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start();
    std::fs::create_dir_all(&look).unwrap();
    for (name, url) in written(folder.path()) {
        for width in [WIDTH, 1280] {
            browser.size(width, 100);
            browser.open(&url);
            browser.picture(&Path::new(&look).join(format!("{name}-{width}.png")));
        }
    }
}
