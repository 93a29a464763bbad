//! Languages: words by Fluent from `locales/`, numbers by ICU, dates by our own patterns in the same files.
//!
//! A language is one folder in `locales/`, with a file for each subject; nothing else names it. A test holds that all
//! have the same keys with the same variables.

mod date;
mod language;
mod number;
mod words;

pub use date::local;
pub use language::Locale;
pub use number::{digits_together, energy_digits, minor_digits};
pub use words::{Value, Words};
