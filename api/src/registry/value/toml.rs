//! TOML as a tree of values, each with its line and column.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{BYTES_MAX, DEPTH_MAX, Flaw, Kind, Place, Table, Value, shown};
use crate::problem::Message;
use crate::registry::say;

/// Reads a file. What is wrong with it is said; it never panics.
pub(in crate::registry) fn read(text: &str) -> Result<Value, Vec<Flaw>> {
    let mut reader = Reader { text, lines: lines(text), flaws: Vec::new() };
    if text.len() > BYTES_MAX {
        reader.flaw(0..0, "syntax", say::too_large(BYTES_MAX >> 20));
        return Err(reader.flaws);
    }
    if let Some(offset) = dotted_too_deep(text) {
        reader.flaw(offset..offset, "syntax", say::too_deep(DEPTH_MAX));
        return Err(reader.flaws);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let message = say::not_toml(error.message().replace('\n', ", "));
        reader.flaw(error.span().unwrap_or(0..0), "syntax", message);
    }
    if !reader.flaws.is_empty() {
        return Err(reader.flaws);
    }
    let table = reader.table(table.get_ref(), "", 1);
    let root = Value { place: reader.place(0), written: String::new(), kind: Kind::Table(table) };
    if reader.flaws.is_empty() { Ok(root) } else { Err(reader.flaws) }
}

struct Reader<'t> {
    text: &'t str,
    /// The byte at which each line begins.
    lines: Vec<usize>,
    flaws: Vec<Flaw>,
}

impl Reader<'_> {
    fn place(&self, offset: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        Place::Line { line, column: before.chars().count() + 1 }
    }

    fn flaw(&mut self, span: Range<usize>, field: &str, message: Message) {
        let place = self.place(span.start);
        self.flaws.push(Flaw { place, field: field.to_owned(), message });
    }

    fn table(&mut self, table: &DeTable<'_>, field: &str, depth: usize) -> Table {
        let mut entries = Table::new();
        for (key, value) in table {
            let key = key.get_ref().to_string();
            let field = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
            if let Some(value) = self.value(value, &field, depth + 1) {
                entries.insert(key, value);
            }
        }
        entries
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, field: &str, depth: usize) -> Option<Value> {
        let span = value.span();
        if depth > DEPTH_MAX {
            self.flaw(span, field, say::too_deep(DEPTH_MAX));
            return None;
        }
        let kind = match value.get_ref() {
            DeValue::String(text) => Kind::Text(text.to_string()),
            DeValue::Datetime(datetime) => Kind::Text(datetime.to_string()),
            DeValue::Float(float) => Kind::Digits(float.as_str().to_owned()),
            DeValue::Integer(integer) => {
                let digits = integer.as_str();
                Kind::Digits(match integer.radix() {
                    2 => format!("0b{digits}"),
                    8 => format!("0o{digits}"),
                    16 => format!("0x{digits}"),
                    _ => digits.to_owned(),
                })
            }
            DeValue::Boolean(flag) => Kind::Flag(*flag),
            DeValue::Array(array) => {
                Kind::List(array.iter().filter_map(|value| self.value(value, field, depth + 1)).collect())
            }
            DeValue::Table(table) => Kind::Table(self.table(table, field, depth)),
        };
        let written = self.text.get(span.clone()).map(shown).unwrap_or_default();
        Some(Value { place: self.place(span.start), written, kind })
    }
}

/// Where a key has more points than tables may stand in each other: the parser would make a table of each, and has no
/// bound of its own for them.
fn dotted_too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut points) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => at = end_of_string(bytes, at),
            b'#' => at += bytes[at..].iter().take_while(|b| **b != b'\n').count().saturating_sub(1),
            b'.' => points += 1,
            b'\n' | b',' | b'=' | b'{' | b'}' | b'[' | b']' => points = 0,
            _ => {}
        }
        if points > DEPTH_MAX {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The last byte of a string that begins at `at`; one that does not end has its line, or the rest of the text.
fn end_of_string(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let lines = bytes[at..].starts_with(&[quote; 3]);
    let mut end = at + if lines { 3 } else { 1 };
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'\\' if quote == b'"' => end += 1,
            b'\n' if !lines => return end - 1,
            _ if *byte == quote && !lines => return end,
            _ if *byte == quote && bytes[end..].starts_with(&[quote; 3]) => return end + 2,
            _ => {}
        }
        end += 1;
    }
    bytes.len()
}

fn lines(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1)).collect()
}
