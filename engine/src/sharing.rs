//! Sharing kernels: who gets how much of the common production in one interval.
//!
//! The production of an interval is one pool. The rounds of a [`Rule`] offer it to the consumers one after the other,
//! nobody gets more than the interval's consumption, and what nobody took is surplus. Every amount is a whole number
//! of the rule's unit, so what is given, what is taken and what is left add up to the production exactly.
//!
//! # Where the rules come from
//! - *Static and dynamic keys*: France, Code de l'énergie L315-2, D315-4 (nobody gets more than the consumption, all
//!   together not more than the production) and D315-6 (per measurement step the coefficients that the organiser
//!   sends, else pro rata of the consumption): `statique` and `dynamique par défaut` of Enedis. Austria, ElWOG 2010
//!   § 16e: the same two, per quarter-hour, with the meter codes `1-1:2.9.0 G.02` (offered) and `G.03` (covered).
//!   Spain, RD 244/2019 Annex I: fixed betas.
//! - *Rounding to whole units*: largest remainder, the method of Hamilton (Balinski and Young, *Fair Representation*,
//!   1982). It gives every share its floor or its ceiling and the sum exactly. It is not house-monotone: one unit more
//!   to share can cost somebody one unit (weights 6, 6, 2: 10 is 4, 4, 2 and 11 is 5, 5, 1).
//! - *Equal remainders*: dealt by a hash of point and interval, so that the order of a list favours nobody for years.
//! - *Several producers*: what is shared is drawn from the producers in proportion to their production, as Austria
//!   splits the surplus over the plants of a community. The matrix of who got whose energy keeps both margins.
//!
//! # How to call it
//! [`CompiledRule`] binds a rule to the points of a time; [`Sharer`] holds the scratch memory and shares interval after
//! interval without allocating. Points are dense numbers: position in the ascending list of their ids.

mod authority;
mod coefficients;
mod compiled;
mod decompose;
mod general;
mod interval;
pub mod key;
mod percent;
pub mod rounding;
mod storage;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod vectors;

pub use authority::OperatorFigures;
pub use coefficients::{Coefficients, ONE_MICRO};
pub use compiled::{Binding, CompiledRule};
pub use interval::{Sharer, Shares};
pub use key::{Cap, KeyKind, Missing, MissingInput, Mode, Round, Rounding, Rule, SurplusSplit, Tie};
pub use percent::PERCENT_WHOLE;
pub use rounding::{LargestRemainder, Ties, floor_percent, split_part};
pub use storage::{Discharge, Stock};
