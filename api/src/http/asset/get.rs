//! `GET /assets/{file}`: what is embedded. Names carry the hash of their content, so they may be kept for ever.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use dashboards::assets;

use crate::http::language;
use crate::http::refusal::Refusal;

const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The file, or 304 when the browser has it.
pub async fn get(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, Refusal> {
    let (bytes, mime, etag) =
        assets::get(&file).ok_or_else(|| Refusal::not_found().in_language(&language::of(None, &headers)))?;
    let known = headers.get(IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == etag.as_bytes());
    let headers = [(CONTENT_TYPE, mime), (ETAG, etag), (CACHE_CONTROL, FOR_EVER)];
    Ok(if known { (StatusCode::NOT_MODIFIED, headers).into_response() } else { (headers, bytes).into_response() })
}
