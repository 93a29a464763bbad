//! JSON as a tree of values, each with its pointer (RFC 6901).
//!
//! Every level is read from the text of its own: so numbers keep their digits, a name that stands twice is seen, and
//! how deep a document is does not decide how deep this reads.

use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{BYTES_MAX, DEPTH_MAX, Flaw, Kind, Place, Table, Value, shown};
use crate::problem::Message;
use crate::registry::say;

/// Reads a document. What is wrong with it is said; it never panics.
pub(in crate::registry) fn read(text: &str) -> Result<Value, Vec<Flaw>> {
    let mut reader = Reader { start: text.as_ptr() as usize, flaws: Vec::new() };
    let syntax = |message: Message, line, column| {
        vec![Flaw { place: Place::Line { line, column }, field: "syntax".into(), message }]
    };
    if text.len() > BYTES_MAX {
        return Err(syntax(say::too_large(BYTES_MAX >> 20), 1, 1));
    }
    let text = text.trim_start_matches('\u{feff}');
    let raw: &RawValue = serde_json::from_str(text).map_err(|e| syntax(say::not_json(&e), e.line(), e.column()))?;
    let root = reader.value(raw, &At { pointer: String::new(), field: String::new(), depth: 1 });
    match root {
        Some(root) if reader.flaws.is_empty() && root.as_table().is_some() => Ok(root),
        Some(root) if reader.flaws.is_empty() => {
            let message = say::not_an_object(root.said_kind());
            Err(vec![Flaw { place: root.place, field: "syntax".into(), message }])
        }
        _ => Err(reader.flaws),
    }
}

/// Where a value stands.
struct At {
    pointer: String,
    field: String,
    depth: usize,
}

impl At {
    fn entry(&self, key: &str) -> Self {
        let field = if self.field.is_empty() { key.to_owned() } else { format!("{}.{key}", self.field) };
        let key = key.replace('~', "~0").replace('/', "~1");
        Self { pointer: format!("{}/{key}", self.pointer), field, depth: self.depth + 1 }
    }

    fn item(&self, n: usize) -> Self {
        Self { pointer: format!("{}/{n}", self.pointer), field: self.field.clone(), depth: self.depth + 1 }
    }
}

struct Reader {
    /// The address at which the text begins: places are told from it.
    start: usize,
    flaws: Vec<Flaw>,
}

impl Reader {
    fn place(&self, raw: &RawValue, at: &At) -> Place {
        let offset = (raw.get().as_ptr() as usize).saturating_sub(self.start);
        Place::Pointer { offset, pointer: at.pointer.clone() }
    }

    fn flaw(&mut self, raw: &RawValue, at: &At, message: Message) {
        let field = if at.field.is_empty() { "syntax".to_owned() } else { at.field.clone() };
        let place = self.place(raw, at);
        self.flaws.push(Flaw { place, field, message });
    }

    /// What a part of the text holds.
    fn part<'t, T: Deserialize<'t>>(&mut self, raw: &'t RawValue, at: &At) -> Option<T> {
        match serde_json::from_str(raw.get()) {
            Ok(part) => Some(part),
            Err(error) => {
                self.flaw(raw, at, say::not_json(error));
                None
            }
        }
    }

    fn value(&mut self, raw: &RawValue, at: &At) -> Option<Value> {
        if at.depth > DEPTH_MAX {
            self.flaw(raw, at, say::too_deep(DEPTH_MAX));
            return None;
        }
        let kind = match raw.get().as_bytes().first() {
            Some(b'{') => Kind::Table(self.table(raw, at)?),
            Some(b'[') => {
                let items: Vec<&RawValue> = self.part(raw, at)?;
                Kind::List(items.into_iter().enumerate().filter_map(|(n, v)| self.value(v, &at.item(n))).collect())
            }
            Some(b'"') => Kind::Text(self.part(raw, at)?),
            Some(b't' | b'f') => Kind::Flag(self.part(raw, at)?),
            Some(b'n') => {
                self.flaw(raw, at, say::is_null());
                return None;
            }
            _ => Kind::Digits(raw.get().to_owned()),
        };
        Some(Value { place: self.place(raw, at), written: shown(raw.get()), kind })
    }

    fn table(&mut self, raw: &RawValue, at: &At) -> Option<Table> {
        let Entries(entries) = self.part(raw, at)?;
        let mut table = Table::new();
        for (key, raw) in entries {
            let at = at.entry(&key);
            match table.entry(key) {
                Entry::Occupied(_) => self.flaw(raw, &at, say::twice_here()),
                Entry::Vacant(free) => drop(self.value(raw, &at).map(|value| free.insert(value))),
            }
        }
        Some(table)
    }
}

/// The entries of an object in their order, those that stand twice included.
struct Entries<'t>(Vec<(String, &'t RawValue)>);

impl<'t> Deserialize<'t> for Entries<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'t> Visitor<'t> for Object {
            type Value = Entries<'t>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Entries<'t>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Object)
    }
}
