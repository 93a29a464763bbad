//! Whose name a request uses. Without a proxy only the loopback is served, so a request that calls us by any other name
//! comes from a page of somebody else that had its name point at us, to read what a browser of ours may read.

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::language;
use super::refusal::Refusal;
use crate::http::Site;

const OURS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Lets through what calls us by a name of the loopback, or what a proxy sends.
pub async fn guard(State(site): State<Site>, request: Request, next: Next) -> Response {
    let named = request.headers().get(HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
    if site.installation.config.web.proxy.is_some() || is_ours(named) {
        return next.run(request).await;
    }
    let locale = language::of_query(request.uri().query(), request.headers());
    Refusal::unreadable().in_language(&locale).into_response()
}

fn is_ours(host: &str) -> bool {
    let name =
        host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(n, _)| n);
    OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_loopback_are_ours() {
        for (host, ours) in [
            ("localhost:8080", true),
            ("LocalHost", true),
            ("127.0.0.1:1", true),
            ("[::1]:8080", true),
            ("localhost.evil.example", false),
            ("evil.example:8080", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_ours(host), ours, "{host}");
        }
    }
}
