//! Money of a period, and how it came about.

use crate::locale::Words;

/// How an amount came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Energy of each interval x the tariff of that interval's date, net of VAT, not rounded.
    Tariff,
    /// Energy x one reference price in micro-units per kWh.
    ReferencePrice {
        /// 1e-6 of the currency for a kWh.
        price_micro: i64,
    },
}

/// An amount in 1e-6 of the community's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// 1e-6 of the currency.
    pub micro: i128,
    /// How it came about.
    pub basis: Basis,
}

/// Money of the period. What is `None` is shown as not known, with the reason: no price was given for some of the
/// energy. Where there is no energy no price is needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Money {
    /// What members pay each other for shared energy, net.
    pub shared: Option<Amount>,
    /// What the suppliers' part costs at the reference price.
    pub residual: Option<Amount>,
    /// What the surplus brings.
    pub surplus: Option<Amount>,
    /// Energy without a price.
    pub unpriced: Unpriced,
    /// What members saved against having bought the shared energy from their suppliers. May be negative.
    pub saved: Option<Amount>,
}

/// Energy that has no price in 1e-6 kWh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unpriced {
    pub shared_micro_kwh: i64,
    pub residual_micro_kwh: i64,
    pub surplus_micro_kwh: i64,
}

/// An amount that changes another one: what is added has a plus.
pub(crate) fn signed(micro: i128, currency: &str, words: &Words) -> String {
    let text = words.money(micro, currency);
    if micro > 0 { format!("+{text}") } else { text }
}
