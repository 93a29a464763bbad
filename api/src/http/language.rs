//! The language of an answer: the one asked for, else the browser's, else English.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use dashboards::locale::Locale;

/// What `?lang=` and the browser say.
pub fn of(asked: Option<&str>, headers: &HeaderMap) -> Locale {
    Locale::negotiate(asked, headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()))
}

/// The same of a query that may say other things besides.
pub fn of_query(query: Option<&str>, headers: &HeaderMap) -> Locale {
    let fields = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let asked = fields.into_iter().find(|(name, _)| name == "lang").map(|(_, value)| value.into_owned());
    of(asked.as_deref(), headers)
}
