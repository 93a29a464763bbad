//! The language of an answer: the one asked for, else the browser's, else English.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use dashboards::locale::Locale;

/// What `?lang=` and the browser say.
pub fn of(asked: Option<&str>, headers: &HeaderMap) -> Locale {
    Locale::negotiate(asked, headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()))
}
