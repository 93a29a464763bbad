//! `GET /`: the list of communities, and how each does today.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Html;
use dashboards::page::cooperative::index::{self, CommunityRow, IndexView};
use dashboards::urls::Urls;
use engine::{Error, Result};

use crate::http::community::asked::Asked;
use crate::http::refusal::Refusal;
use crate::http::{Current, Site, language};
use crate::read::Reader;
use crate::read::today::{self, Today};

/// All communities that the reader may see.
pub async fn get(
    State(site): State<Site>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Html<String>, Refusal> {
    let locale = language::of(asked.lang.as_deref(), &headers);
    let current = Arc::clone(&site.current.borrow());
    match view(&site, &current).await {
        Ok(view) => Ok(Html(index::render(&view, &locale, &Urls::default()))),
        Err(e) => Err(Refusal::from(e).in_language(&locale)),
    }
}

async fn view(site: &Site, current: &Current) -> Result<IndexView> {
    let now_us = site.installation.clock.now();
    let (registry, published) = (Arc::clone(&current.registry), current.published.clone());
    let today = today::of(&Reader::over(&current.visitor, &site.installation, registry, published), now_us).await?;
    let mut members = BTreeMap::<&str, usize>::new();
    for (community, _) in current.registry.members.keys() {
        *members.entry(community).or_default() += 1;
    }
    let rows = today.into_iter().map(|t| {
        let count = members.get(t.community_id.as_str()).copied().unwrap_or(0);
        row(current, t, count)
    });
    Ok(IndexView { communities: rows.collect::<Result<_>>()?, now_us, origin: site.origin })
}

fn row(current: &Current, today: Today, members: usize) -> Result<CommunityRow> {
    let id = &today.community_id;
    let unknown = || Error::internal(format!("community {id} is not registered"));
    let community = current.registry.communities.get(id).ok_or_else(unknown)?;
    let participations = current.registry.participations.get(id).map(Vec::as_slice).unwrap_or_default();
    let points: BTreeSet<&str> = participations.iter().map(|p| p.metering_point_id.as_str()).collect();
    let count = |n: usize| u32::try_from(n).map_err(|_| Error::internal("a count does not fit"));
    Ok(CommunityRow {
        name: current.names.communities.get(id).unwrap_or(&community.name).clone(),
        country: community.country.clone(),
        zone: engine::calendar::zone(&community.timezone)?,
        members: count(members)?,
        points: count(points.len())?,
        today: today.energy,
        complete_until_us: today.complete_until,
        held: current.held.contains_key(id) || current.damaged.contains_key(id),
        community_id: today.community_id,
    })
}
