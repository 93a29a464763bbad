//! The address of a page of a community: which one, what of it, in which language.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use dashboards::locale::Locale;

use super::asked::Asked;
use crate::http::refusal::Refusal;
use crate::http::{Site, language};

/// An address that is understood, of a community that there is.
#[derive(Debug)]
pub struct Address {
    pub community: String,
    pub asked: Asked,
    pub locale: Locale,
}

impl FromRequestParts<Site> for Address {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Refusal> {
        let locale = language::of_query(parts.uri.query(), &parts.headers);
        let no_text = |_| Refusal::not_found().in_language(&locale);
        let Path(community) = Path::<String>::from_request_parts(parts, site).await.map_err(no_text)?;
        if !site.has(&community) {
            return Err(Refusal::not_found().in_language(&locale));
        }
        match Asked::read(parts.uri.query()) {
            Ok(asked) => Ok(Self { community, asked, locale }),
            Err(wrong) => Err(Refusal::wrong(wrong, Some(&community)).in_language(&locale)),
        }
    }
}
