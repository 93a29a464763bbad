//! The page of a request that cannot be answered: what it means and what to do, without what went wrong inside.

use askama::Template;

use crate::locale::{Locale, Words};
use crate::part::frame::{Frame, languages, rendered};
use crate::sample::Sample;
use crate::urls::Urls;

/// Statuses that have words of their own.
const KNOWN: [u16; 5] = [400, 403, 404, 500, 503];

/// Every status that has words, and one that has none.
pub const SAMPLES: &[Sample<u16>] =
    &[("400", || 400), ("403", || 403), ("404", || 404), ("418", || 418), ("500", || 500), ("503", || 503)];

#[derive(Template)]
#[template(path = "page/error.html")]
struct Body<'a> {
    number: String,
    title: String,
    text: String,
    words: &'a Words,
    urls: &'a Urls,
}

/// The page of what needs a file that is not what was written.
pub fn render_damaged(status: u16, file: &str, locale: &Locale, urls: &Urls) -> String {
    let words = locale.words();
    let text = words.ta("error-damaged-text", [("file", file.to_owned().into())]);
    page(status, (words.t("error-damaged-title"), text), locale, urls)
}

/// The page of an HTTP status.
pub fn render(status: u16, locale: &Locale, urls: &Urls) -> String {
    let words = locale.words();
    let worded = match status {
        status if KNOWN.contains(&status) => status,
        400..500 => 400,
        _ => 500,
    };
    let said = ["title", "text"].map(|part| words.t(&format!("error-{worded}-{part}")));
    let [title, text] = said;
    page(status, (title, text), locale, urls)
}

fn page(status: u16, (title, text): (String, String), locale: &Locale, urls: &Urls) -> String {
    let words = locale.words();
    let number = words.ta("error-number", [("status", status.to_string().into())]);
    let frame = Frame {
        lang: locale.code(),
        title: title.clone(),
        heading: words.t("site-name"),
        words: &words,
        urls,
        languages: languages(locale, |l| urls.index(l)),
        live: false,
        body: rendered(&Body { number, title, text, words: &words, urls }),
    };
    rendered(&frame)
}
