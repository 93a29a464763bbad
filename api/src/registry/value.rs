//! A document as a small tree of values with their places, whatever format it came in.

pub(super) mod form;
pub(super) mod json;
pub(super) mod toml;

use std::collections::BTreeMap;

use crate::problem::Message;
pub(super) use crate::problem::Place;

/// How deep tables and lists stand in each other at most.
pub(super) const DEPTH_MAX: usize = 16;
/// Bytes of a document at most.
pub(super) const BYTES_MAX: usize = 64 << 20;
/// Longest value that a message repeats.
const SHOWN_CHARS_MAX: usize = 60;

/// The tables of a document are by name; a name stands once in a table.
pub(super) type Table = BTreeMap<String, Value>;

/// Something in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub place: Place,
    /// As it stands in the document, cut to what a message repeats.
    pub written: String,
    pub kind: Kind,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Text(String),
    /// A number as it was written: it never becomes a float.
    Digits(String),
    Flag(bool),
    List(Vec<Value>),
    Table(Table),
}

impl Value {
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The digits of a number; a form has no other way to write one than as a text.
    pub fn as_digits(&self) -> Option<&str> {
        match (&self.kind, &self.place) {
            (Kind::Digits(digits), _) => Some(digits),
            (Kind::Text(text), Place::Field { .. }) => Some(text),
            _ => None,
        }
    }

    pub fn as_flag(&self) -> Option<bool> {
        match (&self.kind, &self.place) {
            (Kind::Flag(flag), _) => Some(*flag),
            (Kind::Text(text), Place::Field { .. }) => match text.as_str() {
                "true" | "on" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(list) => Some(list),
            _ => None,
        }
    }

    pub fn as_table(&self) -> Option<&Table> {
        match &self.kind {
            Kind::Table(table) => Some(table),
            _ => None,
        }
    }

    /// What its format calls it: `TOML integer`.
    pub fn said_kind(&self) -> &'static str {
        match (&self.place, &self.kind) {
            (Place::Line { .. }, Kind::Text(_)) if !self.written.starts_with(['"', '\'']) => "TOML datetime",
            (Place::Line { .. }, Kind::Text(_)) => "TOML string",
            (Place::Line { .. }, Kind::Digits(d)) if is_whole(d) => "TOML integer",
            (Place::Line { .. }, Kind::Digits(_)) => "TOML float",
            (Place::Line { .. }, Kind::Flag(_)) => "TOML boolean",
            (Place::Line { .. }, Kind::List(_)) => "TOML array",
            (Place::Line { .. }, Kind::Table(_)) => "TOML table",
            (Place::Pointer { .. }, Kind::Text(_)) => "JSON string",
            (Place::Pointer { .. }, Kind::Digits(_)) => "JSON number",
            (Place::Pointer { .. }, Kind::Flag(_)) => "JSON boolean",
            (Place::Pointer { .. }, Kind::List(_)) => "JSON array",
            (Place::Pointer { .. }, Kind::Table(_)) => "JSON object",
            (Place::Field { .. }, Kind::List(_)) => "list",
            (Place::Field { .. }, Kind::Table(_)) => "table",
            (Place::Field { .. }, _) => "text",
        }
    }
}

/// Whether digits are those of a whole number.
pub(super) fn is_whole(digits: &str) -> bool {
    let digits = digits.trim_start_matches(['+', '-']);
    let radix = ["0x", "0o", "0b"].iter().any(|start| digits.starts_with(start));
    radix || !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// What keeps a document from being read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    pub place: Place,
    /// `community.id`; `syntax` where there is none.
    pub field: String,
    pub message: Message,
}

/// A value as messages repeat it: its first line, not too long.
pub(super) fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let cut = line.char_indices().nth(SHOWN_CHARS_MAX).map(|(at, _)| at);
    match cut {
        Some(at) => format!("{}…", &line[..at]),
        None if line.len() < text.trim_end().len() => format!("{line}…"),
        None => line.to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests;
