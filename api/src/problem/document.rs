//! What is wrong with a document, and where.

use std::fmt;

use dashboards::locale::{Locale, Words};

use super::Message;

/// Where something stands in a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a TOML file, both from 1.
    Line { line: usize, column: usize },
    /// In JSON (RFC 6901), with the byte at which it begins.
    Pointer { offset: usize, pointer: String },
    /// In a form, with its position among the fields.
    Field { number: usize, name: String },
}

impl Place {
    /// What problems are sorted by.
    pub fn order(&self) -> usize {
        match self {
            Self::Line { line, .. } => *line,
            Self::Pointer { offset, .. } => *offset,
            Self::Field { number, .. } => *number,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { line, .. } => line.fmt(f),
            Self::Pointer { pointer, .. } => f.write_str(pointer),
            Self::Field { name, .. } => f.write_str(name),
        }
    }
}

/// Something in a file that cannot be applied, or, as a warning, that is odd.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub file: String,
    pub place: Place,
    /// `tariff.vat_percent`
    pub field: String,
    /// As it stands in the file; empty when the field is missing.
    pub value: String,
    /// What is wrong and what would be right.
    pub message: Message,
}

impl Problem {
    /// In the words of a language.
    pub fn text(&self, words: &Words) -> String {
        let value = if self.value.is_empty() { String::new() } else { format!(" = {}", self.value) };
        format!("{}:{}: {}{value}: {}", self.file, self.place, self.field, self.message.text(words))
    }
}

/// In English.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(&Locale::english().words()))
    }
}
