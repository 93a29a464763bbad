//! A CSV file as an answer.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use dashboards::page::energy::community::CommunityView;

/// Named by community, period and kind. Identifiers hold nothing that a header could not.
pub fn file(view: &CommunityView, kind: &str, text: String) -> Response {
    let (id, period, first) = (&view.community_id, view.period.code(), view.period.first());
    let name = format!("attachment; filename=\"{id}-{period}-{first}-{kind}.csv\"");
    ([(CONTENT_TYPE, "text/csv; charset=utf-8".to_string()), (CONTENT_DISPOSITION, name)], text).into_response()
}
