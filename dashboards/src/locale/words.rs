//! Texts of one language by their keys.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::Loader;
use fluent_templates::fluent_bundle::FluentValue;
use icu_decimal::DecimalFormatter;

use super::language::{LOCALES, Locale};

/// A value for a sentence: text, or a number that chooses a plural.
pub type Value = FluentValue<'static>;

/// Words, numbers and dates of one language.
pub struct Words {
    locale: Locale,
    /// ICU has data for every language that can be named.
    pub(super) decimal: Option<DecimalFormatter>,
}

impl Words {
    fn new(locale: Locale) -> Self {
        Self { decimal: formatter(&locale), locale }
    }

    /// Whose words these are.
    pub fn locale(&self) -> &Locale {
        &self.locale
    }

    /// The text of a key.
    pub fn t(&self, key: &str) -> String {
        LOCALES.lookup(self.locale.id(), key)
    }

    /// The text of a key with its arguments.
    pub fn ta<const N: usize>(&self, key: &str, arguments: [(&'static str, Value); N]) -> String {
        let arguments: HashMap<Cow<'static, str>, Value> =
            arguments.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect();
        LOCALES.lookup_with_args(self.locale.id(), key, &arguments)
    }

    /// The text of a key with arguments that are known only when it is said.
    pub fn said(&self, key: &str, arguments: impl IntoIterator<Item = (&'static str, Value)>) -> String {
        let arguments: HashMap<Cow<'static, str>, Value> =
            arguments.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect();
        LOCALES.lookup_with_args(self.locale.id(), key, &arguments)
    }

    /// The text of a key that data choose, or `None` when no language has it.
    pub fn known(&self, key: &str) -> Option<String> {
        LOCALES.try_lookup(self.locale.id(), key)
    }

    /// The text of a number with a unit whose key data choose, or `None` when no language has it.
    pub fn known_unit(&self, key: &str, n: &str) -> Option<String> {
        let arguments = HashMap::from([(Cow::Borrowed("n"), Value::from(n.to_owned()))]);
        LOCALES.try_lookup_with_args(self.locale.id(), key, &arguments)
    }
}

impl Locale {
    /// The words and formats of this language.
    pub fn words(&self) -> Words {
        Words::new(self.clone())
    }
}

fn formatter(locale: &Locale) -> Option<DecimalFormatter> {
    let icu: icu_locale_core::Locale = locale.code().parse().ok()?;
    DecimalFormatter::try_new(icu.into(), Default::default()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_not_wrapped_in_marks() {
        let text = Locale::english().words().ta("unit-kwh", [("n", "7.4".into())]);
        assert_eq!(text, "7.4\u{a0}kWh");
    }
}
