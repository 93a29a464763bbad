//! HTTP: one endpoint, one file, as `http/<thing>/<verb>.rs`. All routes stand here.
//!
//! Two listeners: pages for people, and figures of the machine for its operator, which are never public.

mod asset {
    pub mod get;
}
mod community {
    pub mod asked;
    mod csv;
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
mod refusal;
mod site;
mod timed;

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

pub use current::{Current, follow};
use refusal::Refusal;
pub use site::Site;

/// How long an answer may take; streams of events are not answers that end.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The pages.
pub fn public(site: Site) -> Router {
    let answers = Router::new()
        .route("/", get(index::page::get))
        .route("/c/{community}", get(community::page::get))
        .route("/c/{community}/live", get(community::live::get))
        .route("/c/{community}/series.csv", get(community::series_csv::get))
        .route("/c/{community}/totals.csv", get(community::totals_csv::get))
        .route("/assets/{file}", get(asset::get::get))
        .route("/livez", get(health::livez::get))
        .route("/readyz", get(health::readyz::get))
        .route_layer(middleware::from_fn(timed::measure))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN));
    let streams = Router::new().route("/c/{community}/events", get(community::events::get));
    let all = answers.merge(streams).fallback(missing).layer(CompressionLayer::new());
    let all = all.layer(middleware::from_fn_with_state(site.clone(), host::guard));
    headers::on(all).with_state(site)
}

async fn missing(headers: HeaderMap) -> Refusal {
    Refusal::not_found().in_language(&language::of(None, &headers))
}

/// The operator's side.
pub fn admin(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(metrics::get::get)).with_state(handle)
}
