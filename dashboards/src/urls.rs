//! The addresses that pages link to. The service answers exactly these; the tests of both sides meet here.

use crate::figure::Period;
use crate::locale::Locale;

/// Builds addresses below a prefix (`""`, or `/ecoop` behind a proxy). Every address carries the language.
#[derive(Debug, Clone, Default)]
pub struct Urls {
    prefix: String,
}

impl Urls {
    /// Addresses below `prefix`, which is empty or starts with a slash and does not end with one.
    pub fn below(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into() }
    }

    /// `/?lang=fr`
    pub fn index(&self, locale: &Locale) -> String {
        format!("{}/?lang={}", self.prefix, locale.code())
    }

    /// `/c/village-fr?p=week&d=2026-06-01&lang=fr`
    pub fn community(&self, community_id: &str, period: Period, locale: &Locale) -> String {
        self.page(community_id, "", period, locale)
    }

    /// What the amounts of that page are made of.
    pub fn amounts(&self, community_id: &str, period: Period, locale: &Locale) -> String {
        self.page(community_id, "/amounts", period, locale)
    }

    /// The community as it is now: `/c/village-fr?lang=fr`
    pub fn community_now(&self, community_id: &str, locale: &Locale) -> String {
        format!("{}/c/{}?lang={}", self.prefix, escape(community_id), locale.code())
    }

    /// The fragment that replaces `#live` of that page.
    pub fn live(&self, community_id: &str, period: Period, locale: &Locale) -> String {
        self.page(community_id, "/live", period, locale)
    }

    /// The rows of the picture as CSV.
    pub fn series_csv(&self, community_id: &str, period: Period, locale: &Locale) -> String {
        self.page(community_id, "/series.csv", period, locale)
    }

    /// The figures of the flow as CSV.
    pub fn totals_csv(&self, community_id: &str, period: Period, locale: &Locale) -> String {
        self.page(community_id, "/totals.csv", period, locale)
    }

    /// Server-sent events: `committed`, with the number of the publication as id and data, when something of the
    /// community is published after `version`.
    pub fn events(&self, community_id: &str, version: i64) -> String {
        format!("{}/c/{}/events?after={version}", self.prefix, escape(community_id))
    }

    /// An embedded file by its plain name.
    pub fn asset(&self, name: &str) -> String {
        format!("{}{}", self.prefix, crate::assets::url(name))
    }

    fn page(&self, community_id: &str, tail: &str, period: Period, locale: &Locale) -> String {
        let (prefix, id, p, d) = (&self.prefix, escape(community_id), period.code(), period.first());
        format!("{prefix}/c/{id}{tail}?p={p}&d={d}&lang={}", locale.code())
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn escape(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_escaped_and_carry_period_and_language() {
        let urls = Urls::below("/energy");
        let fr = Locale::parse("fr").unwrap();
        let week = Period::Week("2026-06-01".parse().unwrap());
        assert_eq!(urls.community("village-fr", week, &fr), "/energy/c/village-fr?p=week&d=2026-06-01&lang=fr");
        assert_eq!(urls.live("a/b\"é", week, &fr), "/energy/c/a%2Fb%22%C3%A9/live?p=week&d=2026-06-01&lang=fr");
        assert_eq!(Urls::default().events("x", 7), "/c/x/events?after=7");
    }
}
