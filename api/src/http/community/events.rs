//! `GET /c/{community}/events?after=7`: server-sent events; `committed` when figures of the community are published
//! that the page, which shows those of publication 7, does not have.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream::unfold;
use tokio::sync::watch;

use super::address::Address;
use crate::http::refusal::Refusal;
use crate::http::serve::Peer;
use crate::http::streams::Seat;
use crate::http::{Current, Site};

/// Proxies close what is silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// A stream that ends with the service. One address holds only so many.
pub async fn get(
    State(site): State<Site>,
    Extension(Peer(peer)): Extension<Peer>,
    address: Address,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    let from = match site.installation.config.web.proxy {
        Some(_) => forwarded_for(&headers).unwrap_or(peer.ip()),
        None => peer.ip(),
    };
    let seat = site.streams.seat(from).ok_or_else(|| Refusal::too_many().in_language(&address.locale))?;
    let id = address.community;
    // A browser that lost its connection says what it saw last.
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok()?.parse().ok());
    let seen = last.or(address.asked.after).unwrap_or_else(|| stamp(&site.current, &id));
    let events = events(site.current, site.shutdown, id, seen, seat);
    Ok(([(CACHE_CONTROL, "no-store")], Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

fn events(
    current: watch::Receiver<std::sync::Arc<Current>>,
    shutdown: watch::Receiver<bool>,
    id: String,
    seen: i64,
    seat: Seat,
) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold((current, shutdown, id, seen, seat), |(mut current, mut shutdown, id, seen, seat)| async move {
        loop {
            current.mark_unchanged();
            let now = stamp(&current, &id);
            if now > seen {
                let event = Event::default().event("committed").id(now.to_string()).data(now.to_string());
                return Some((Ok(event), (current, shutdown, id, now, seat)));
            }
            tokio::select! {
                () = ended(&mut shutdown) => return None,
                changed = current.changed() => changed.ok()?,
            }
        }
    })
}

/// Whom our proxy speaks for: the last address that it names is the one that it saw itself.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

async fn ended(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

/// The published cycle that last brought something for a community.
fn stamp(current: &watch::Receiver<std::sync::Arc<Current>>, id: &str) -> i64 {
    current.borrow().changed_in.get(id).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_others_claim_is_not_believed() {
        let check = |header: &'static str, want: Option<&str>| {
            let headers =
                HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), HeaderValue::from_static(header))]);
            assert_eq!(forwarded_for(&headers), want.map(|ip| ip.parse().unwrap()), "{header}");
        };
        check("192.0.2.9, 198.51.100.7", Some("198.51.100.7"));
        check("2001:db8::1", Some("2001:db8::1"));
        check("unknown", None);
        assert_eq!(forwarded_for(&HeaderMap::new()), None);
    }
}
