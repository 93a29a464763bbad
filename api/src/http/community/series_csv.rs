//! `GET /c/{community}/series.csv`, same query: the rows of the picture as CSV, exact, in UTC.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use dashboards::page::energy::community;

use super::asked::Asked;
use super::{csv, view};
use crate::http::Site;
use crate::http::refusal::Refusal;

/// The file.
pub async fn get(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (view, _) = view::asked_for(&site, &id, &asked, &headers).await?;
    Ok(csv::file(&view, "series", community::series_csv(&view)))
}
