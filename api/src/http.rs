//! HTTP: one endpoint, one file, as `http/<thing>/<verb>.rs`. All routes stand here.
//!
//! Two listeners: pages for people, and figures of the machine for its operator, which are never public.

mod current;
mod headers;
mod health {
    pub mod livez;
    pub mod readyz;
}
mod metrics {
    pub mod get;
}

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

pub use current::{Current, follow};

use crate::installation::Installation;
use crate::service::Health;

/// How long an answer may take; streams of events are not answers that end.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What every endpoint can ask.
#[derive(Clone)]
pub struct Site {
    pub installation: Installation,
    /// What is published now.
    pub current: watch::Receiver<Arc<Current>>,
    pub health: Arc<Health>,
    /// Turns true when the service ends: streams of events end then.
    pub shutdown: watch::Receiver<bool>,
}

/// The pages.
pub fn public(site: Site) -> Router {
    let answers = Router::new()
        .route("/livez", get(health::livez::get))
        .route("/readyz", get(health::readyz::get))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_WITHIN));
    headers::on(answers.layer(CompressionLayer::new())).with_state(site)
}

/// The operator's side.
pub fn admin(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(metrics::get::get)).with_state(handle)
}
