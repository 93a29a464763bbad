//! The card that shows energy with what it is worth.

use askama::Template;

use crate::figure::{Amount, Basis, Money, Rounded};
use crate::locale::Words;

/// The five energies with what they are worth. Production is worth what its two parts are, and so is consumption.
#[derive(Template)]
#[template(path = "part/sums.html")]
pub(crate) struct Sums<'a> {
    sums: Vec<Sum>,
    how: Vec<String>,
    words: &'a Words,
}

/// One line of energy and money.
struct Sum {
    name: String,
    class: &'static str,
    energy: String,
    amount: Option<String>,
}

impl<'a> Sums<'a> {
    /// Of energy as it is printed.
    pub fn new(figures: &Rounded, money: &Money, currency: &str, words: &'a Words) -> Self {
        Self { sums: sums(figures, money, currency, words), how: how(money, currency, words), words }
    }
}

fn sums(figures: &Rounded, money: &Money, currency: &str, words: &Words) -> Vec<Sum> {
    let Money { shared, residual, surplus, .. } = money;
    let micro = |amount: &Option<Amount>| amount.map(|a| a.micro);
    let both = |a: &Option<Amount>, b: &Option<Amount>| Some(micro(a)? + micro(b)?);
    let line = |key: &str, class, figure, amount: Option<i128>| Sum {
        name: words.t(key),
        class,
        energy: figures.kwh(words, figure),
        amount: amount.map(|micro| words.money(micro, currency)),
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
fn how(money: &Money, currency: &str, words: &Words) -> Vec<String> {
    let named = [("sums-shared", &money.shared), ("sums-residual", &money.residual), ("sums-surplus", &money.surplus)];
    let mut lines: Vec<String> = named
        .into_iter()
        .map(|(key, amount)| {
            let figure = words.t(key);
            match amount.map(|a| a.basis) {
                None => words.ta("how-unknown", [("figure", figure.into())]),
                Some(Basis::Tariff) => words.ta("how-tariff", [("figure", figure.into())]),
                Some(Basis::ReferencePrice { price_micro }) => {
                    let price = format!("{} {currency}", words.price(price_micro));
                    words.ta("how-price", [("figure", figure.into()), ("price", price.into())])
                }
            }
        })
        .collect();
    lines.push(words.t("how-derived"));
    lines
}
