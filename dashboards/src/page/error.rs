//! The page of a request that cannot be answered: what it means and what to do, without what went wrong inside.

use askama::Template;

use crate::locale::{Locale, Words};
use crate::part::frame::{Frame, languages, rendered};
use crate::sample::Sample;
use crate::urls::Urls;

/// Statuses that have words of their own.
const KNOWN: [u16; 6] = [400, 403, 404, 429, 500, 503];

/// What of an address is not what the page expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// `p` is no period.
    Period,
    /// `d` is no day.
    Day,
    /// `lang` is no language that there is.
    Language,
    /// `after` is no publication.
    Publication,
    /// A field that no page has, by its name.
    Field(String),
    /// A field that stands there twice.
    Twice(String),
}

/// What cannot be answered, and where a reader may go from there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorView {
    /// Of HTTP.
    pub status: u16,
    /// What is wrong with the address, when that is it.
    pub wrong: Option<Wrong>,
    /// The community of whose page the address speaks, when there is such a one.
    pub community: Option<String>,
    /// The file that is not what was written, when that is why.
    pub damaged: Option<String>,
}

impl ErrorView {
    /// Of a status alone.
    pub fn of(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

/// Every status that has words, and one that has none.
pub const SAMPLES: &[Sample<ErrorView>] = &[
    ("400", || ErrorView::of(400)),
    ("400-period", || wrong(Wrong::Period)),
    ("400-day", || wrong(Wrong::Day)),
    ("400-language", || wrong(Wrong::Language)),
    ("400-publication", || wrong(Wrong::Publication)),
    ("400-field", || wrong(Wrong::Field("date".into()))),
    ("400-twice", || wrong(Wrong::Twice("d".into()))),
    ("403", || ErrorView::of(403)),
    ("404", || ErrorView::of(404)),
    ("418", || ErrorView::of(418)),
    ("429", || ErrorView::of(429)),
    ("500", || ErrorView::of(500)),
    ("503", || ErrorView::of(503)),
    ("503-damaged", || ErrorView {
        damaged: Some("balances/community_id=village-fr/2026-06_0123456789ab.parquet".into()),
        ..ErrorView::of(503)
    }),
];

fn wrong(wrong: Wrong) -> ErrorView {
    ErrorView { wrong: Some(wrong), community: Some("village-fr".into()), ..ErrorView::of(400) }
}

#[derive(Template)]
#[template(path = "page/error.html")]
struct Body<'a> {
    number: String,
    title: String,
    wrong: Option<String>,
    text: String,
    /// The community as it is now.
    community: Option<String>,
    words: &'a Words,
    urls: &'a Urls,
}

/// The page of an error.
pub fn render(view: &ErrorView, locale: &Locale, urls: &Urls) -> String {
    let words = locale.words();
    let worded = match view.status {
        status if KNOWN.contains(&status) => status,
        400..500 => 400,
        _ => 500,
    };
    let (title, text) = match &view.damaged {
        Some(file) => {
            let text = words.ta("error-damaged-text", [("file", file.to_owned().into())]);
            (words.t("error-damaged-title"), text)
        }
        None => (words.t(&format!("error-{worded}-title")), words.t(&format!("error-{worded}-text"))),
    };
    let body = Body {
        number: words.ta("error-number", [("status", view.status.to_string().into())]),
        title: title.clone(),
        wrong: view.wrong.as_ref().map(|wrong| said(wrong, &words)),
        text,
        community: view.community.as_ref().map(|id| urls.community_now(id, locale)),
        words: &words,
        urls,
    };
    let frame = Frame {
        lang: locale.code(),
        title,
        heading: words.t("site-name"),
        words: &words,
        urls,
        languages: languages(locale, |l| urls.index(l)),
        live: false,
        body: rendered(&body),
    };
    rendered(&frame)
}

/// What is wrong, and how it is written.
fn said(wrong: &Wrong, words: &Words) -> String {
    match wrong {
        Wrong::Period => words.t("error-wrong-period"),
        Wrong::Day => words.t("error-wrong-day"),
        Wrong::Language => {
            let all: Vec<String> = Locale::all().iter().map(Locale::code).collect();
            words.ta("error-wrong-language", [("languages", all.join(", ").into())])
        }
        Wrong::Publication => words.t("error-wrong-publication"),
        Wrong::Field(name) => words.ta("error-wrong-field", [("field", name.clone().into())]),
        Wrong::Twice(name) => words.ta("error-wrong-twice", [("field", name.clone().into())]),
    }
}
