//! What the rules of countries say, as rows with validity and source: defaults, rates of VAT and excise, keys that a
//! country knows, limits.
//!
//! The program reads these bytes as it reads a file of an installation's own; nothing of them stands in code.

/// `country,key,value,valid_from,valid_to,source`, days half-open; a source ends the line and may hold commas. What
/// could not be checked says `[M] to confirm`.
pub const REGIMES: &str = include_str!("../data/regimes/regimes.csv");
