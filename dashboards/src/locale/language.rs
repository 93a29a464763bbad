//! Which languages there are, and which one a reader gets.

use fluent_templates::{LanguageIdentifier, Loader, static_loader};

static_loader! {
    pub(super) static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // No marks of direction around arguments: all languages here run from left to right, and the marks break
        // copied numbers.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// One of the languages that have a folder in `locales/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Locale(LanguageIdentifier);

impl Locale {
    /// English, the language that every other falls back to.
    pub fn english() -> Self {
        Self(LanguageIdentifier::default_english())
    }

    /// All languages, sorted by their code.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = LOCALES.locales().map(|l| Self(l.clone())).collect();
        all.sort_by_key(Self::code);
        all
    }

    /// The language of a code such as `fr` or `fr-FR`, when there is one.
    pub fn parse(code: &str) -> Option<Self> {
        let wanted: LanguageIdentifier = code.parse().ok()?;
        LOCALES.locales().find(|l| l.language == wanted.language).map(|l| Self(l.clone()))
    }

    /// The language of a page: the one asked for (`?lang=`), else the first of the browser's `Accept-Language` that we
    /// have, by its weights, else English.
    pub fn negotiate(asked: Option<&str>, accept_language: Option<&str>) -> Self {
        if let Some(locale) = asked.and_then(Self::parse) {
            return locale;
        }
        let mut offers: Vec<(u32, &str)> = accept_language
            .unwrap_or_default()
            .split(',')
            .filter_map(|part| {
                let mut fields = part.split(';').map(str::trim);
                let code = fields.next()?;
                let weight = fields.find_map(|f| f.strip_prefix("q=")).map_or(Some(1000), thousandths)?;
                (weight > 0).then_some((weight, code))
            })
            .collect();
        // A stable sort: among equal weights the browser's own order holds.
        offers.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        offers.into_iter().find_map(|(_, code)| Self::parse(code)).unwrap_or_else(Self::english)
    }

    /// Its code, `en`.
    pub fn code(&self) -> String {
        self.0.to_string()
    }

    /// Its identifier, by which texts are looked up.
    pub(super) fn id(&self) -> &LanguageIdentifier {
        &self.0
    }
}

/// Reads a quality weight `0.8` as 800.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 {
        return None;
    }
    format!("{whole}{part:0<3}").parse().ok()
}

trait DefaultEnglish {
    fn default_english() -> Self;
}

impl DefaultEnglish for LanguageIdentifier {
    fn default_english() -> Self {
        fluent_templates::langid!("en")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_chosen_by_wish_then_by_browser() {
        let check = |asked, header, want: &str| assert_eq!(Locale::negotiate(asked, header).code(), want);
        check(Some("fr"), Some("en"), "fr");
        check(Some("xx"), Some("fr-FR,fr;q=0.9"), "fr");
        check(None, Some("de, fr;q=0.5, en;q=0.8"), "en");
        check(None, Some("en;q=0, fr;q=0.1"), "fr");
        check(None, Some("tlh;q=abc"), "en");
        check(None, None, "en");
    }
}
