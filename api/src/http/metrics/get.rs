//! `GET /metrics` of the operator's listener: Prometheus' text format.

use axum::extract::State;
use metrics_exporter_prometheus::PrometheusHandle;

/// All metrics of the process.
pub async fn get(State(handle): State<PrometheusHandle>) -> String {
    handle.render()
}
