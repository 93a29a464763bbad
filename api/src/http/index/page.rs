//! `GET /`: the list of communities, and how each does today.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use dashboards::locale::Locale;
use dashboards::page::cooperative::index::{self, CommunityRow, IndexView};
use dashboards::urls::Urls;
use engine::calendar::{day_span, local_day, zone};
use engine::clock::Micros;
use engine::{Error, Result};

use crate::http::body::Body;
use crate::http::community::asked::Asked;
use crate::http::community::view::points;
use crate::http::pages::{Key, MINUTE, Subject};
use crate::http::refusal::Refusal;
use crate::http::{Current, Site, language};
use crate::read::Reader;
use crate::read::today::{self, Today};

/// All communities that the reader may see.
pub async fn get(State(site): State<Site>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Refusal> {
    let locale = language::of_query(query.as_deref(), &headers);
    let asked = Asked::read(query.as_deref()).map_err(|wrong| Refusal::wrong(wrong, None));
    let made = match asked {
        Ok(_) => made(site, locale.clone()).await,
        Err(refusal) => Err(refusal),
    };
    made.map(|body| body.answer(&headers)).map_err(|refusal| refusal.in_language(&locale))
}

async fn made(site: Site, locale: Locale) -> Result<Body, Refusal> {
    let current = Arc::clone(&site.current.borrow());
    let now = site.installation.clock.now().div_euclid(MINUTE) * MINUTE;
    let key = Key { set: current.number, subject: Subject::List, locale: locale.clone(), at: Some(now) };
    let pages = Arc::clone(&site.pages);
    let make = || {
        Arc::clone(&site.pages).in_turn(async move {
            let view = view(&site, &current, now).await?;
            Ok(Body::page(index::render(&view, &locale, &Urls::default()))?)
        })
    };
    pages.page(key, make).await
}

async fn view(site: &Site, current: &Current, now_us: Micros) -> Result<IndexView> {
    let (registry, published) = (Arc::clone(&current.registry), current.published.clone());
    let today = today::of(&Reader::over(&current.visitor, &site.installation, registry, published), now_us).await?;
    let mut members = BTreeMap::<&str, usize>::new();
    for (community, _) in current.registry.members.keys() {
        *members.entry(community).or_default() += 1;
    }
    let rows = today.into_iter().map(|t| {
        let count = members.get(t.community_id.as_str()).copied().unwrap_or(0);
        row(current, t, count, now_us)
    });
    Ok(IndexView { communities: rows.collect::<Result<_>>()?, now_us, origin: site.origin })
}

fn row(current: &Current, today: Today, members: usize, now_us: Micros) -> Result<CommunityRow> {
    let id = &today.community_id;
    let unknown = || Error::internal(format!("community {id} is not registered"));
    let community = current.registry.communities.get(id).ok_or_else(unknown)?;
    let zone = zone(&community.timezone)?;
    Ok(CommunityRow {
        name: current.names.communities.get(id).unwrap_or(&community.name).clone(),
        country: community.country.clone(),
        zone,
        members: u32::try_from(members).map_err(|_| Error::internal("a count does not fit"))?,
        points: points(current, id, day_span(zone, local_day(zone, now_us)))?,
        today: today.energy,
        reliance: today.reliance,
        complete_until_us: today.complete_until,
        held: current.held.contains_key(id) || current.damaged.contains_key(id),
        community_id: today.community_id,
    })
}
