//! `GET /readyz`: whether every part of the service does its work.

use axum::extract::State;
use axum::http::StatusCode;

use crate::http::Site;

/// 200, or 503 with one line per part that does not work.
pub async fn get(State(site): State<Site>) -> (StatusCode, String) {
    let troubles = site.health.troubles();
    metrics::gauge!(crate::metric::READY).set(if troubles.is_empty() { 1.0 } else { 0.0 });
    match troubles.is_empty() {
        true => (StatusCode::OK, "ok\n".into()),
        false => (StatusCode::SERVICE_UNAVAILABLE, troubles.join("\n") + "\n"),
    }
}
