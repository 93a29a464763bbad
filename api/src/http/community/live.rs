//! `GET /c/{community}/live`, same query: the part of the page that new figures replace.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Html;
use dashboards::page::{Urls, community};

use super::asked::Asked;
use super::view;
use crate::http::refusal::Refusal;
use crate::http::{Site, language};

/// Only the part that changes.
pub async fn get(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Html<String>, Refusal> {
    let locale = language::of(asked.lang.as_deref(), &headers);
    let current = Arc::clone(&site.current.borrow());
    let view = view::of(&site, &current, &id, |today| asked.period(today)).await;
    let view = view.map_err(|e| Refusal::from(e).in_language(&locale))?;
    Ok(Html(community::render_live(&view, &locale, &Urls::default())))
}
