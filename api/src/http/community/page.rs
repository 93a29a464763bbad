//! `GET /c/{community}?p=day|week|month&d=2026-06-01&lang=fr`: the page of a community.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Html;
use dashboards::page::energy::community;
use dashboards::urls::Urls;

use super::asked::Asked;
use super::view;
use crate::http::Site;
use crate::http::refusal::Refusal;

/// The whole page.
pub async fn get(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Html<String>, Refusal> {
    let (view, locale) = view::asked_for(&site, &id, &asked, &headers).await?;
    Ok(Html(community::render(&view, &locale, &Urls::default())))
}
