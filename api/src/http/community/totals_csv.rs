//! `GET /c/{community}/totals.csv`, same query: the sums of the period as CSV, exact, in UTC.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use dashboards::page::community;

use super::asked::Asked;
use super::{csv, view};
use crate::http::Site;
use crate::http::refusal::Refusal;

/// The file.
pub async fn get(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let current = Arc::clone(&site.current.borrow());
    let view = view::of(&site, &current, &id, |today| asked.period(today)).await?;
    Ok(csv::file(&view, "totals", community::totals_csv(&view)))
}
