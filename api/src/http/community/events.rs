//! `GET /c/{community}/events?after=7`: server-sent events; `committed` when figures of the community are published
//! that the page, which shows those of publication 7, does not have.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream::unfold;
use serde::Deserialize;
use tokio::sync::watch;

use crate::http::refusal::Refusal;
use crate::http::{Current, Site};

/// Proxies close what is silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// What the page has.
#[derive(Debug, Deserialize)]
pub struct Asked {
    /// The publication that it shows.
    after: Option<i64>,
}

/// A stream that ends with the service.
pub async fn get(
    State(site): State<Site>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    if !site.current.borrow().registry.communities.contains_key(&id) {
        return Err(Refusal::not_found());
    }
    // A browser that lost its connection says what it saw last.
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()?.parse().ok());
    let seen = last.or(asked.after).unwrap_or_else(|| stamp(&site.current, &id));
    let events = events(site.current, site.shutdown, id, seen);
    Ok(([(CACHE_CONTROL, "no-store")], Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

fn events(
    current: watch::Receiver<std::sync::Arc<Current>>,
    shutdown: watch::Receiver<bool>,
    id: String,
    seen: i64,
) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold((current, shutdown, id, seen), |(mut current, mut shutdown, id, seen)| async move {
        loop {
            current.mark_unchanged();
            let now = stamp(&current, &id);
            if now > seen {
                let event = Event::default().event("committed").id(now.to_string()).data(now.to_string());
                return Some((Ok(event), (current, shutdown, id, now)));
            }
            tokio::select! {
                () = ended(&mut shutdown) => return None,
                changed = current.changed() => changed.ok()?,
            }
        }
    })
}

async fn ended(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

/// The published cycle that last brought something for a community.
fn stamp(current: &watch::Receiver<std::sync::Arc<Current>>, id: &str) -> i64 {
    current.borrow().changed_in.get(id).copied().unwrap_or(0)
}
