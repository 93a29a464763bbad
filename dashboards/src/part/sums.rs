//! The card that shows energy with what it is worth.

use askama::Template;
use engine::units::round_half_up;

use crate::figure::{Amount, Basis, Energy, Money, Rounded};
use crate::locale::{Words, minor_digits};

/// The five energies with what they are worth. Production is worth what its two parts are, and so is consumption: as
/// printed.
#[derive(Template)]
#[template(path = "part/sums.html")]
pub(crate) struct Sums<'a> {
    sums: Vec<Sum>,
    /// Address of what the amounts are made of.
    amounts: &'a str,
    id: &'static str,
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
    /// Of energy, exact and as it is printed.
    pub fn new(
        exact: &Energy,
        shown: &Rounded,
        money: &Money,
        currency: &str,
        amounts: &'a str,
        words: &'a Words,
    ) -> Self {
        Self {
            sums: sums(shown, money, currency, words),
            amounts,
            id: "sums",
            how: how(exact, money, currency, words),
            words,
        }
    }
}

fn sums(figures: &Rounded, money: &Money, currency: &str, words: &Words) -> Vec<Sum> {
    let printed = |amount: &Option<Amount>| amount.map(|a| round_half_up(a.micro, 6, minor_digits(currency)));
    let [shared, residual, surplus] = [&money.shared, &money.residual, &money.surplus].map(printed);
    let both = |a: Option<i128>, b: Option<i128>| Some(a? + b?);
    let line = |key: &str, class, figure, amount: Option<i128>| Sum {
        name: words.t(key),
        class,
        energy: figures.kwh(words, figure),
        amount: amount.map(|minor| words.minor(minor, currency)),
    };
    vec![
        line("sums-production", "whole", figures.production, both(shared, surplus)),
        line("sums-shared", "part shared", figures.shared, shared),
        line("sums-surplus", "part surplus", figures.surplus, surplus),
        line("sums-consumption", "whole", figures.consumption, both(shared, residual)),
        line("sums-shared", "part shared", figures.shared, shared),
        line("sums-residual", "part grid", figures.residual, residual),
    ]
}

/// How the amounts came about. Where there is no energy there is nothing to tell.
fn how(exact: &Energy, money: &Money, currency: &str, words: &Words) -> Vec<String> {
    let without = &money.unpriced;
    let named = [
        ("sums-shared", &money.shared, exact.shared_micro_kwh, without.shared_micro_kwh),
        ("sums-residual", &money.residual, exact.residual_micro_kwh, without.residual_micro_kwh),
        ("sums-surplus", &money.surplus, exact.surplus_micro_kwh, without.surplus_micro_kwh),
    ];
    let mut lines: Vec<String> = named
        .into_iter()
        .filter(|(_, _, energy, _)| *energy != 0)
        .map(|(key, amount, _, unpriced)| {
            let figure = words.t(key);
            match amount.map(|a| a.basis) {
                None => {
                    let energy = words.unit("unit-kwh", words.kwh_exact(unpriced));
                    words.ta("how-unknown", [("figure", figure.into()), ("energy", energy.into())])
                }
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
