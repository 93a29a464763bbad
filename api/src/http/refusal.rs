//! What an endpoint answers when it cannot answer: a page in the reader's words. What went wrong inside stands in the
//! log only, because an error text may hold somebody's data.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use dashboards::locale::Locale;
use dashboards::page::error;
use dashboards::urls::Urls;
use engine::{Error, ErrorKind};

use crate::problem::{Failure, Kind};

/// A refusal; English until the language of the reader is known.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    locale: Locale,
    /// The file that is not what was written, when that is why.
    damaged: Option<String>,
}

impl Refusal {
    /// There is no such page or community.
    pub fn not_found() -> Self {
        Self { status: StatusCode::NOT_FOUND, locale: Locale::english(), damaged: None }
    }

    /// The request is not one that we answer.
    pub fn unreadable() -> Self {
        Self { status: StatusCode::BAD_REQUEST, locale: Locale::english(), damaged: None }
    }

    /// What was asked for needs a file that is known to be damaged.
    pub fn needing(self, damaged: Option<&String>) -> Self {
        let is_ours = self.status.is_server_error();
        Self { damaged: self.damaged.or_else(|| damaged.filter(|_| is_ours).cloned()), ..self }
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
        Self { status, locale: Locale::english(), damaged }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, urls) = (self.status.as_u16(), Urls::default());
        let html = match &self.damaged {
            Some(file) => error::render_damaged(status, file, &self.locale, &urls),
            None => error::render(status, &self.locale, &urls),
        };
        (self.status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
    }
}
