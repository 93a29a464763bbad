//! Texts for a terminal or a mail: a month, what of it was billed, a proposal, where an operator differs.

pub mod billed;
mod columns;
pub mod month;
pub mod payouts;
pub mod proposal;
pub mod reconcile;
