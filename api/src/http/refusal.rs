//! What an endpoint answers when it cannot answer: a page in the reader's words. What went wrong inside stands in the
//! log only, because an error text may hold somebody's data.

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use dashboards::locale::Locale;
use dashboards::page::error::{self, ErrorView, Wrong};
use dashboards::urls::Urls;
use engine::{Error, ErrorKind};

use crate::problem::{Failure, Kind};

/// After how many seconds who was one too many may ask again.
const AGAIN_AFTER: &str = "60";

/// A refusal; English until the language of the reader is known.
#[derive(Debug, Clone)]
pub struct Refusal {
    view: ErrorView,
    locale: Locale,
}

impl Refusal {
    fn of(status: StatusCode) -> Self {
        Self { view: ErrorView::of(status.as_u16()), locale: Locale::english() }
    }

    /// There is no such page or community.
    pub fn not_found() -> Self {
        Self::of(StatusCode::NOT_FOUND)
    }

    /// The request is not one that we answer.
    pub fn unreadable() -> Self {
        Self::of(StatusCode::BAD_REQUEST)
    }

    /// Something of the address is not what the page expects; `community` is the one of whose page it speaks, when
    /// there is such a one.
    pub fn wrong(wrong: Wrong, community: Option<&str>) -> Self {
        let refusal = Self::unreadable();
        let (wrong, community) = (Some(wrong), community.map(str::to_owned));
        Self { view: ErrorView { wrong, community, ..refusal.view }, ..refusal }
    }

    /// Pages are read, not written.
    pub fn not_so() -> Self {
        Self::of(StatusCode::METHOD_NOT_ALLOWED)
    }

    /// There is no room for one more.
    pub fn too_many() -> Self {
        Self::of(StatusCode::TOO_MANY_REQUESTS)
    }

    /// It took too long.
    pub fn busy() -> Self {
        Self::of(StatusCode::SERVICE_UNAVAILABLE)
    }

    /// What was asked for needs a file that is known to be damaged.
    #[must_use]
    pub fn needing(self, damaged: Option<&String>) -> Self {
        let is_ours = self.view.status >= 500;
        let damaged = self.view.damaged.clone().or_else(|| damaged.filter(|_| is_ours).cloned());
        Self { view: ErrorView { damaged, ..self.view }, ..self }
    }

    /// In the reader's language.
    pub fn in_language(self, locale: &Locale) -> Self {
        Self { locale: locale.clone(), ..self }
    }
}

impl From<Failure> for Refusal {
    fn from(e: Failure) -> Self {
        match e {
            Failure::Other(e) => e.into(),
            // Endpoints ask for nothing but communities and times: what cannot be found is not there.
            Failure::Refused(..) | Failure::Document(_) => Self::not_found(),
        }
    }
}

impl From<Error> for Refusal {
    fn from(e: Error) -> Self {
        let kind = match e.kind() {
            // Endpoints ask for nothing but communities and times: what cannot be found is not there.
            ErrorKind::User => Kind::NotFound,
            ErrorKind::Environment | ErrorKind::Conflict | ErrorKind::Damaged => Kind::Unavailable,
            ErrorKind::Internal => Kind::Internal,
        };
        let status = StatusCode::from_u16(kind.answer().http_status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // A damaged file is told once by who looks after the lake, and not for each who asks.
        if status != StatusCode::NOT_FOUND && e.kind() != ErrorKind::Damaged {
            tracing::error!("a page could not be made: {e}");
        }
        let damaged = e.damage().map(|d| format!("{}/{}", d.table, d.file));
        let refusal = Self::of(status);
        Self { view: ErrorView { damaged, ..refusal.view }, ..refusal }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.view.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let html = error::render(&self.view, &self.locale, &Urls::default());
        let page = [(CONTENT_TYPE, "text/html; charset=utf-8")];
        match status {
            StatusCode::TOO_MANY_REQUESTS => (status, page, [(RETRY_AFTER, AGAIN_AFTER)], html).into_response(),
            _ => (status, page, html).into_response(),
        }
    }
}
