//! HTTP: one endpoint, one file, as `http/<thing>/<verb>.rs`. All routes stand here.
//!
//! Two listeners: pages for people, and figures of the machine for its operator, which are never public.

mod asset {
    pub mod get;
}
mod body;
mod community {
    pub mod address;
    pub mod amounts;
    mod answer;
    pub mod asked;
    pub mod events;
    pub mod live;
    pub mod page;
    pub mod series_csv;
    pub mod totals_csv;
    pub mod view;
}
mod current;
mod headers;
mod host;
mod health {
    pub mod livez;
    pub mod readyz;
}
mod index {
    pub mod page;
}
mod language;
mod metrics {
    pub mod get;
}
mod once;
mod pages;
mod patience;
mod refusal;
mod serve;
mod site;
mod streams;
mod timed;

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::compression::CompressionLayer;

pub use current::{Current, follow};
pub use pages::Pages;
use refusal::Refusal;
pub use serve::serve;
pub use site::Site;
pub use streams::Streams;

/// How long an answer may take; streams of events are not answers that end.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The pages.
pub fn public(site: Site) -> Router {
    let answers = Router::new()
        .route("/", get(index::page::get))
        .route("/c/{community}", get(community::page::get))
        .route("/c/{community}/live", get(community::live::get))
        .route("/c/{community}/amounts", get(community::amounts::get))
        .route("/c/{community}/series.csv", get(community::series_csv::get))
        .route("/c/{community}/totals.csv", get(community::totals_csv::get))
        .route("/assets/{file}", get(asset::get::get))
        .route("/livez", get(health::livez::get))
        .route("/readyz", get(health::readyz::get))
        .route_layer(middleware::from_fn(timed::measure))
        .layer(middleware::from_fn(in_time));
    let streams = Router::new().route("/c/{community}/events", get(community::events::get));
    let all = answers.merge(streams).fallback(missing).method_not_allowed_fallback(not_so);
    let all = all.layer(CompressionLayer::new());
    let all = all.layer(middleware::from_fn_with_state(site.clone(), host::guard));
    headers::on(all).with_state(site)
}

async fn missing(uri: Uri, headers: HeaderMap) -> Refusal {
    Refusal::not_found().in_language(&language::of_query(uri.query(), &headers))
}

async fn not_so(uri: Uri, headers: HeaderMap) -> Refusal {
    Refusal::not_so().in_language(&language::of_query(uri.query(), &headers))
}

/// An answer, or that it takes too long.
async fn in_time(request: Request, next: Next) -> Response {
    let locale = language::of_query(request.uri().query(), request.headers());
    let answer = tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await;
    answer.unwrap_or_else(|_| Refusal::busy().in_language(&locale).into_response())
}

/// The operator's side.
pub fn admin(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(metrics::get::get)).with_state(handle)
}
