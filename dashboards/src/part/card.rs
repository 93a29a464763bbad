//! A card of sentences.

use askama::Template;

use crate::figure::{Billing, Co2};
use crate::locale::Words;
use chrono_tz::Tz;

/// A title and what is said below it.
#[derive(Template)]
#[template(path = "part/card.html")]
pub(crate) struct Card<'a> {
    /// Of the style sheet, beside `card`.
    pub class: &'static str,
    pub title: String,
    pub lines: Vec<String>,
    /// How it is computed; empty where nothing is.
    pub how: Vec<String>,
    pub words: &'a Words,
}

impl<'a> Card<'a> {
    /// What was avoided, what was caused, and how far that can be relied on.
    pub fn of_co2(co2: &Co2, words: &'a Words) -> Self {
        let mut lines = vec![co2.inventory(words), co2.set(words)];
        lines.extend(co2.reliance(words));
        Self { class: "co2", title: co2.title(words), lines, how: vec![words.t("co2-how")], words }
    }

    /// How far a month has come on its way to the bill.
    pub fn of_billing(billing: &Billing, zone: Tz, currency: &str, words: &'a Words) -> Self {
        let (title, lines) = (billing.title(zone, words), billing.sentences(zone, currency, words));
        Self { class: "bill", title, lines, how: vec![], words }
    }

    /// That a file is not what was written.
    pub fn of_damaged(file: &str, words: &'a Words) -> Self {
        let lines = vec![words.ta("trust-damaged", [("file", file.to_owned().into())])];
        Self { class: "notice", title: words.t("trust-damaged-title"), lines, how: vec![], words }
    }

    /// That a check holds the last computation back.
    pub fn of_held(check: &str, words: &'a Words) -> Self {
        let lines = vec![words.ta("trust-held", [("check", check.to_owned().into())])];
        Self { class: "notice", title: words.t("trust-held-title"), lines, how: vec![], words }
    }
}
