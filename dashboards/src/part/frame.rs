//! What surrounds every page.

use askama::Template;

use crate::locale::{Locale, Words};
use crate::urls::Urls;

/// The page around a body.
#[derive(Template)]
#[template(path = "part/frame.html")]
pub(crate) struct Frame<'a> {
    pub lang: String,
    /// Of the window.
    pub title: String,
    /// At the top of the page.
    pub heading: String,
    pub words: &'a Words,
    pub urls: &'a Urls,
    pub languages: Vec<Language>,
    /// Whether the page renews itself.
    pub live: bool,
    pub body: String,
}

/// The same page in another language.
pub(crate) struct Language {
    code: String,
    name: String,
    url: String,
    current: bool,
}

/// Links to all languages; `url` gives the address of this page in each.
pub(crate) fn languages(current: &Locale, url: impl Fn(&Locale) -> String) -> Vec<Language> {
    let link = |locale: Locale| Language {
        code: locale.code(),
        name: locale.words().t("language-name"),
        url: url(&locale),
        current: locale == *current,
    };
    Locale::all().into_iter().map(link).collect()
}

/// A template as text. Writing into a string cannot fail, and a template has no other errors.
pub(crate) fn rendered(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}
