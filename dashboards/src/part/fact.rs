//! A figure in large print.

use askama::Template;

use super::sentence::Sentence;
use crate::figure::{Co2, Money};
use crate::locale::Words;

/// A figure with its name and what is to be said about it, if anything is.
#[derive(Template)]
#[template(path = "part/fact.html")]
pub(crate) struct Fact {
    pub name: String,
    pub value: Sentence,
    pub note: String,
}

impl Fact {
    /// What members saved, or paid more; `None` where that is not known. `amounts` is the address of what it is made
    /// of.
    pub fn of_savings(money: &Money, currency: &str, amounts: &str, words: &Words) -> Option<Self> {
        let saved = money.saved?;
        let (key, micro) = if saved.micro < 0 { ("fact-cost", -saved.micro) } else { ("fact-saved", saved.micro) };
        let value = Sentence::amount(words.money(micro, currency), amounts);
        Some(Self { name: words.t(key), value, note: words.t("fact-saved-note") })
    }

    /// What was avoided, or added.
    pub fn of_co2(co2: &Co2, words: &Words) -> Self {
        let (key, mg) = match co2.avoided_mg {
            mg if mg < 0 => ("fact-co2-negative", -mg),
            mg => ("fact-co2", mg),
        };
        Self { name: words.t(key), value: Sentence::plain(words.co2(mg)), note: co2.scope.text(words) }
    }

    /// How many there are.
    pub fn of_count(key: &str, n: u32, words: &Words) -> Self {
        Self { name: words.t(key), value: Sentence::plain(words.count(n.into())), note: String::new() }
    }
}
