//! Energy with its worth, figures in large print, and what to say about them.

use super::{Amount, Basis, Co2, CommunityView, Figures, Money, Part, Scope};
use crate::locale::Words;

/// One line of energy and money.
pub(super) struct Sum {
    pub name: String,
    pub class: &'static str,
    pub energy: String,
    pub amount: Option<String>,
}

/// A figure in large print.
pub(super) struct Fact {
    pub name: String,
    pub value: String,
    pub note: String,
}

/// The five energies with what they are worth. Production is worth what its two parts are, and so is consumption.
pub(super) fn sums(view: &CommunityView, figures: &Figures, words: &Words) -> Vec<Sum> {
    let Money { shared, residual, surplus, .. } = &view.money;
    let micro = |amount: &Option<Amount>| amount.map(|a| a.micro);
    let both = |a: &Option<Amount>, b: &Option<Amount>| Some(micro(a)? + micro(b)?);
    let line = |key: &str, class, figure, amount: Option<i128>| Sum {
        name: words.t(key),
        class,
        energy: figures.kwh(words, figure),
        amount: amount.map(|micro| words.money(micro, &view.currency)),
    };
    vec![
        line("sums-production", "whole", figures.production, both(shared, surplus)),
        line("sums-shared", "part shared", figures.shared, micro(shared)),
        line("sums-surplus", "part surplus", figures.surplus, micro(surplus)),
        line("sums-consumption", "whole", figures.consumption, both(shared, residual)),
        line("sums-shared", "part shared", figures.shared, micro(shared)),
        line("sums-residual", "part grid", figures.residual, micro(residual)),
    ]
}

/// How the amounts came about.
pub(super) fn how_money(view: &CommunityView, words: &Words) -> Vec<String> {
    let named = [
        ("sums-shared", &view.money.shared),
        ("sums-residual", &view.money.residual),
        ("sums-surplus", &view.money.surplus),
    ];
    let mut lines: Vec<String> = named
        .into_iter()
        .map(|(key, amount)| {
            let figure = words.t(key);
            match amount.map(|a| a.basis) {
                None => words.ta("how-unknown", [("figure", figure.into())]),
                Some(Basis::Tariff) => words.ta("how-tariff", [("figure", figure.into())]),
                Some(Basis::ReferencePrice { price_micro }) => {
                    let price = format!("{} {}", words.price(price_micro), view.currency);
                    words.ta("how-price", [("figure", figure.into()), ("price", price.into())])
                }
            }
        })
        .collect();
    lines.push(words.t("how-derived"));
    lines
}

/// What the community gets out of it, and how large it is.
pub(super) fn facts(view: &CommunityView, words: &Words) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(saved) = view.money.saved {
        let (key, micro) = if saved.micro < 0 { ("fact-cost", -saved.micro) } else { ("fact-saved", saved.micro) };
        let value = words.money(micro, &view.currency);
        facts.push(Fact { name: words.t(key), value, note: words.t("fact-saved-note") });
    }
    // Figures of several sets stand apart, each on its card.
    if let [co2] = view.co2.as_slice() {
        let (key, mg) = match co2.avoided_mg {
            mg if mg < 0 => ("fact-co2-negative", -mg),
            mg => ("fact-co2", mg),
        };
        facts.push(Fact { name: words.t(key), value: words.co2(mg), note: scope(co2.scope, words) });
    }
    let plain = |key, n: u32| Fact { name: words.t(key), value: words.count(n.into()), note: String::new() };
    facts.extend([plain("fact-members", view.members), plain("fact-points", view.points)]);
    facts
}

/// What is said of carbon dioxide: a title and sentences.
pub(super) fn co2(co2: &Co2, words: &Words) -> (String, Vec<String>) {
    let (key, mg) = match co2.avoided_mg {
        mg if mg < 0 => ("co2-title-added", -mg),
        mg => ("co2-title-avoided", mg),
    };
    let title = words.ta(key, [("amount", words.co2(mg).into())]);
    let mut lines = vec![
        words.ta("co2-inventory", [("amount", words.co2(co2.inventory_mg).into())]),
        words.ta("co2-set", [("set", co2.factor_set.clone().into()), ("scope", scope(co2.scope, words).into())]),
    ];
    lines.extend(reliance(co2, words));
    (title, lines)
}

/// How far figures of CO2 can be relied on, as sentences.
pub(crate) fn reliance(co2: &Co2, words: &Words) -> [String; 2] {
    let share = |part: Part| words.share(part.part, part.whole).into();
    let coverage =
        [("intervals", share(co2.intervals)), ("hours", share(co2.hours)), ("estimated", share(co2.estimated))];
    let uncertainty = match co2.uncertainty {
        Some((percent, is_default)) => {
            let key = if is_default { "co2-uncertainty-default" } else { "co2-uncertainty" };
            words.ta(key, [("percent", words.unit("percent", words.count(percent.into())).into())])
        }
        None => words.t("co2-uncertainty-none"),
    };
    [words.ta("co2-coverage", coverage), uncertainty]
}

/// Whether figures count different things, so that nobody may add them up.
pub(crate) fn are_apart(all: &[Co2]) -> bool {
    all.iter().any(|co2| co2.scope != all[0].scope)
}

pub(crate) fn scope(scope: Scope, words: &Words) -> String {
    words.t(match scope {
        Scope::LifeCycle => "co2-life-cycle",
        Scope::Direct => "co2-direct",
    })
}

/// What was billed of a month: a title and sentences.
pub(super) fn bill(view: &CommunityView, words: &Words) -> Option<(String, Vec<String>)> {
    let billing = view.billing.as_ref()?;
    Some((billing.title(view.zone, words), billing.sentences(view.zone, &view.currency, words)))
}

/// How far the figures can be relied upon: a title and sentences.
pub(super) fn trust(view: &CommunityView, words: &Words) -> (String, Vec<String>) {
    let title = match view.complete_until_us {
        Some(at) => words.ta("trust-title-complete", [("until", words.instant(view.zone, at).into())]),
        None => words.t("trust-title-unknown"),
    };
    let missing = match view.missing_points {
        0 => words.t("trust-missing-none"),
        n => words.ta("trust-missing", [("count", n.into()), ("n", words.count(n.into()).into())]),
    };
    let state = words.t(if view.provisional { "trust-provisional" } else { "trust-final" });
    (title, vec![state, missing])
}
