//! `GET /c/{community}/amounts`, same query: what the amounts of its page are made of.

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
    answer::with(site, address, Part::Amounts, &headers).await
}
