//! A card of sentences.

use askama::Template;

use super::sentence::Sentence;
use crate::figure::{Billing, Co2};
use crate::locale::Words;
use chrono_tz::Tz;

/// A title and what is said below it.
#[derive(Template)]
#[template(path = "part/card.html")]
pub(crate) struct Card<'a> {
    /// Unique in the page: what a reader opened in it stays open when its figures change.
    pub id: String,
    /// Of the style sheet, beside `card`.
    pub class: &'static str,
    pub title: String,
    pub lines: Vec<Sentence>,
    /// How it is computed; empty where nothing is.
    pub how: Vec<String>,
    pub words: &'a Words,
}

impl<'a> Card<'a> {
    /// Of sentences without amounts.
    pub fn plain(id: &str, class: &'static str, title: String, lines: Vec<String>, words: &'a Words) -> Self {
        let lines = lines.into_iter().map(Sentence::plain).collect();
        Self { id: id.to_owned(), class, title, lines, how: vec![], words }
    }

    /// What was avoided, what was caused, and how far that can be relied on; `n` tells the cards of a page apart.
    pub fn of_co2(n: usize, co2: &Co2, words: &'a Words) -> Self {
        let mut lines = vec![co2.inventory(words), co2.set(words)];
        lines.extend(co2.reliance(words));
        let card = Self::plain(&format!("co2-{n}"), "co2", co2.title(words), lines, words);
        Self { how: vec![words.t("co2-how")], ..card }
    }

    /// How far a month has come on its way to the bill; `amounts` is the address of what its amounts are made of.
    pub fn of_billing(billing: &Billing, zone: Tz, currency: &str, amounts: &str, words: &'a Words) -> Self {
        let (title, sentences) = (billing.title(zone, words), billing.sentences(zone, currency, words));
        let lines = sentences.into_iter().map(|said| match said.amount {
            Some(amount) => Sentence::linking(said.text, &amount, amounts),
            None => Sentence::plain(said.text),
        });
        Self { lines: lines.collect(), ..Self::plain("bill", "bill", title, vec![], words) }
    }

    /// That a file is not what was written.
    pub fn of_damaged(file: &str, words: &'a Words) -> Self {
        let lines = vec![words.ta("trust-damaged", [("file", file.to_owned().into())])];
        Self::plain("damaged", "notice", words.t("trust-damaged-title"), lines, words)
    }

    /// That a check holds the last computation back.
    pub fn of_held(check: &str, has_figures: bool, words: &'a Words) -> Self {
        let key = if has_figures { "trust-held" } else { "trust-held-nothing" };
        let lines = vec![words.ta(key, [("check", check.to_owned().into())])];
        Self::plain("held", "notice", words.t("trust-held-title"), lines, words)
    }
}
