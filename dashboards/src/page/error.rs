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

/// The page of an HTTP status.
pub fn render(status: u16, locale: &Locale, urls: &Urls) -> String {
    let words = locale.words();
    let worded = match status {
        status if KNOWN.contains(&status) => status,
        400..500 => 400,
        _ => 500,
    };
    let (title, text) = (format!("error-{worded}-title"), format!("error-{worded}-text"));
    let number = words.ta("error-number", [("status", status.to_string().into())]);
    let frame = Frame {
        lang: locale.code(),
        title: words.t(&title),
        heading: words.t("site-name"),
        words: &words,
        urls,
        languages: languages(locale, |l| urls.index(l)),
        live: false,
        body: rendered(&Body { number, title, text, words: &words, urls }),
    };
    rendered(&frame)
}
