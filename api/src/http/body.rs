//! An answer as it is kept: its bytes, and the same packed for those who take it packed.

use std::io::Write;

use axum::body::Bytes;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use engine::{Error, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::once::Weight;

/// A page or a file.
#[derive(Debug, Clone)]
pub struct Body {
    mime: &'static str,
    /// Name under which it is saved, when it is a file.
    name: Option<String>,
    plain: Bytes,
    packed: Bytes,
}

impl Body {
    /// A page.
    ///
    /// # Errors
    /// Internal, when it cannot be packed.
    pub fn page(html: String) -> Result<Self> {
        Self::of("text/html; charset=utf-8", None, html)
    }

    /// A table to be saved.
    ///
    /// # Errors
    /// Internal, when it cannot be packed.
    pub fn csv(name: String, text: String) -> Result<Self> {
        Self::of("text/csv; charset=utf-8", Some(name), text)
    }

    fn of(mime: &'static str, name: Option<String>, text: String) -> Result<Self> {
        let packing = |e| Error::internal(format!("an answer cannot be packed: {e}"));
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(text.as_bytes()).map_err(packing)?;
        let packed = packer.finish().map_err(packing)?;
        Ok(Self { mime, name, plain: text.into(), packed: packed.into() })
    }

    /// The answer to a request.
    pub fn answer(self, request: &HeaderMap) -> Response {
        let is_packed = takes_gzip(request);
        let bytes = if is_packed { self.packed } else { self.plain };
        let mut answer = ([(CONTENT_TYPE, self.mime), (VARY, "accept-encoding")], bytes).into_response();
        if is_packed {
            answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        // Identifiers hold nothing that a header could not.
        let name = self.name.map(|name| HeaderValue::try_from(format!("attachment; filename=\"{name}\"")));
        if let Some(Ok(name)) = name {
            answer.headers_mut().insert(CONTENT_DISPOSITION, name);
        }
        answer
    }
}

impl Weight for Body {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.plain.len() + self.packed.len()
    }
}

/// Whether a reader says that it takes gzip.
fn takes_gzip(request: &HeaderMap) -> bool {
    let offered = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    offered.flat_map(|value| value.split(',')).any(|offer| {
        let (coding, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
        coding.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn who_takes_gzip_gets_the_same_packed() {
        let check = |offer: &str, want: bool| {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::try_from(offer).unwrap())]);
            assert_eq!(takes_gzip(&headers), want, "{offer}");
        };
        check("gzip, deflate, br, zstd", true);
        check("br;q=1.0, GZIP;q=0.5", true);
        check("br", false);
        check("gzip;q=0", false);
        check("gzip;q=0.000, br", false);
        check("", false);
        assert!(!takes_gzip(&HeaderMap::new()));
        let body = Body::page("<p>Village</p>".repeat(1000)).unwrap();
        let mut text = String::new();
        GzDecoder::new(body.packed.as_ref()).read_to_string(&mut text).unwrap();
        assert_eq!(text.as_bytes(), body.plain.as_ref());
        assert!(body.packed.len() * 10 < body.plain.len());
    }
}
