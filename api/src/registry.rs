//! What master data may say. Pure: text and the current registry in, rows or all problems out; no HTTP, no command
//! line, no store and no file system.
//!
//! What a file leaves out stays as it is; an end is a `valid_to`; a later row of the same thing ends the earlier one; a
//! `valid_to` equal to `valid_from` withdraws a row.

mod capital_share;
mod community;
mod currency;
mod current;
mod document;
mod fund;
mod grid_factor;
mod interest;
mod key;
mod parse;
pub mod plausible;
mod point;
pub mod regime;
pub mod say;
pub mod series;
mod tariff;
mod value;
mod versions;

pub use current::Current;
pub use parse::{Document, ParsedFile, community_of, parse_community};

#[cfg(test)]
mod tests;
