//! `GET /`: the list of communities, and how each does today.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Html;
use dashboards::figure::Period;
use dashboards::page::cooperative::index::{self, CommunityRow, IndexView};
use dashboards::urls::Urls;
use engine::Result;

use crate::http::community::asked::Asked;
use crate::http::community::view;
use crate::http::refusal::Refusal;
use crate::http::{Current, Site, language};

/// All communities of the installation.
pub async fn get(
    State(site): State<Site>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Html<String>, Refusal> {
    let locale = language::of(asked.lang.as_deref(), &headers);
    let current = Arc::clone(&site.current.borrow());
    let mut communities = Vec::new();
    for id in current.registry.communities.keys() {
        let row = row(&site, &current, id).await;
        communities.push(row.map_err(|e| Refusal::from(e).in_language(&locale))?);
    }
    let view = IndexView { communities, now_us: site.installation.clock.now(), origin: site.origin };
    Ok(Html(index::render(&view, &locale, &Urls::default())))
}

async fn row(site: &Site, current: &Current, id: &str) -> Result<CommunityRow> {
    let view = view::of(site, current, id, Period::Day).await?;
    Ok(CommunityRow {
        community_id: view.community_id,
        name: view.name,
        country: view.country,
        zone: view.zone,
        members: view.members,
        points: view.points,
        today: view.totals,
        complete_until_us: view.complete_until_us,
        held: view.held.is_some(),
    })
}
