//! Languages: words by Fluent from `locales/`, numbers by ICU, dates by our own patterns in the same files.
//!
//! A language is one folder or file in `locales/`; nothing else names it. A test holds that all have the same keys with
//! the same variables.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::{LanguageIdentifier, Loader, fluent_bundle::FluentValue, static_loader};
use icu_decimal::DecimalFormatter;

mod date;
mod number;

pub use date::local;
pub use number::{energy_digits, minor_digits};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // No marks of direction around arguments: all languages here run from left to right, and the marks break
        // copied numbers.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A value for a sentence: text, or a number that chooses a plural.
pub type Value = FluentValue<'static>;

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

    /// The words and formats of this language.
    pub fn words(&self) -> Words {
        Words::new(self.clone())
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

/// Words, numbers and dates of one language.
pub struct Words {
    locale: Locale,
    decimal: Option<DecimalFormatter>,
}

impl Words {
    fn new(locale: Locale) -> Self {
        Self { decimal: number::formatter(&locale), locale }
    }

    /// Whose words these are.
    pub fn locale(&self) -> &Locale {
        &self.locale
    }

    /// The text of a key.
    pub fn t(&self, key: &str) -> String {
        LOCALES.lookup(&self.locale.0, key)
    }

    /// The text of a key with its arguments.
    pub fn ta<const N: usize>(&self, key: &str, arguments: [(&'static str, Value); N]) -> String {
        let arguments: HashMap<Cow<'static, str>, Value> =
            arguments.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect();
        LOCALES.lookup_with_args(&self.locale.0, key, &arguments)
    }

    /// The text of a key with arguments that are known only when it is said.
    pub fn said(&self, key: &str, arguments: impl IntoIterator<Item = (&'static str, Value)>) -> String {
        let arguments: HashMap<Cow<'static, str>, Value> =
            arguments.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect();
        LOCALES.lookup_with_args(&self.locale.0, key, &arguments)
    }

    /// The text of a key that data choose, or `None` when no language has it.
    pub fn known(&self, key: &str) -> Option<String> {
        LOCALES.try_lookup(&self.locale.0, key)
    }

    /// The text of a number with a unit whose key data choose, or `None` when no language has it.
    pub fn known_unit(&self, key: &str, n: &str) -> Option<String> {
        let arguments = HashMap::from([(Cow::Borrowed("n"), Value::from(n.to_owned()))]);
        LOCALES.try_lookup_with_args(&self.locale.0, key, &arguments)
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

    #[test]
    fn arguments_are_not_wrapped_in_marks() {
        let text = Locale::english().words().ta("unit-kwh", [("n", "7.4".into())]);
        assert_eq!(text, "7.4\u{a0}kWh");
    }
}
