//! `GET /c/{community}/live`, same query: the part of the page that new figures replace.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::address::Address;
use super::answer;
use crate::http::Site;
use crate::http::pages::Part;
use crate::http::refusal::Refusal;

/// Made once for all who ask.
pub async fn get(State(site): State<Site>, address: Address, headers: HeaderMap) -> Result<Response, Refusal> {
    answer::with(site, address, Part::Live, &headers).await
}
