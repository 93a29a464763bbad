//! A form as a tree of values: pairs of a name and a value, as `rounds.0.kind=prorata`.
//!
//! A point parts the names of tables and fields; one that belongs to a name is written `\.`, and a backslash `\\`.
//! Names of at most four digits number a list, in their order, with gaps where a row was taken out of the page. A
//! field that was left empty is not there.

use std::collections::BTreeMap;

use super::{BYTES_MAX, DEPTH_MAX, Flaw, Kind, Place, Table, Value, shown};
use crate::problem::Message;
use crate::registry::say;

/// Digits of a number in a list at most: longer ones are names, as metering points have them.
const INDEX_DIGITS_MAX: usize = 4;

/// Reads the fields of a form. What is wrong with it is said; it never panics.
pub(in crate::registry) fn read<'t>(pairs: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Value, Vec<Flaw>> {
    let mut root = Branch { number: 0, name: String::new(), nodes: BTreeMap::new() };
    let (mut flaws, mut bytes) = (Vec::new(), 0);
    for (number, (name, value)) in pairs.into_iter().enumerate() {
        let mut flaw = |message: Message| {
            let place = Place::Field { number, name: name.to_owned() };
            flaws.push(Flaw { place, field: name.to_owned(), message });
        };
        bytes += name.len() + value.len();
        if bytes > BYTES_MAX {
            flaw(say::too_large(BYTES_MAX >> 20));
            break;
        }
        let path = path(name);
        if path.len() >= DEPTH_MAX {
            flaw(say::too_deep(DEPTH_MAX));
        } else if path.iter().any(String::is_empty) {
            flaw(say::name_empty());
        } else if !value.trim().is_empty()
            && let Err(message) = root.add(&path, number, value)
        {
            flaw(message);
        }
    }
    if flaws.is_empty() { Ok(root.value()) } else { Err(flaws) }
}

/// The parts of a name.
fn path(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in name.chars() {
        match (c, parts.last_mut()) {
            ('\\', _) if !escaped => escaped = true,
            ('.', _) if !escaped => parts.push(String::new()),
            (c, Some(part)) => {
                part.push(c);
                escaped = false;
            }
            _ => {}
        }
    }
    parts
}

enum Node {
    Leaf(Value),
    Branch(Branch),
}

/// Fields whose names begin alike.
struct Branch {
    /// Of the first of them.
    number: usize,
    name: String,
    nodes: BTreeMap<String, Node>,
}

impl Branch {
    fn add(&mut self, path: &[String], number: usize, text: &str) -> Result<(), Message> {
        let [key, rest @ ..] = path else { return Ok(()) };
        let escaped = key.replace('\\', "\\\\").replace('.', "\\.");
        let name = if self.name.is_empty() { escaped } else { format!("{}.{escaped}", self.name) };
        if rest.is_empty() {
            let place = Place::Field { number, name };
            let leaf = Value { place, written: shown(text), kind: Kind::Text(text.to_owned()) };
            return match self.nodes.insert(key.clone(), Node::Leaf(leaf)) {
                None => Ok(()),
                Some(_) => Err(say::twice_here()),
            };
        }
        let node = self
            .nodes
            .entry(key.clone())
            .or_insert_with(|| Node::Branch(Branch { number, name, nodes: BTreeMap::new() }));
        match node {
            Node::Branch(branch) => branch.add(rest, number, text),
            Node::Leaf(_) => Err(say::below_a_value(key)),
        }
    }

    fn value(self) -> Value {
        let place = Place::Field { number: self.number, name: self.name };
        let of = |node| match node {
            Node::Leaf(value) => value,
            Node::Branch(branch) => branch.value(),
        };
        let index = |key: &str| key.parse::<usize>().ok().filter(|n| n.to_string() == key);
        let short = |key: &String| key.len() <= INDEX_DIGITS_MAX && index(key).is_some();
        let kind = if !self.nodes.is_empty() && self.nodes.keys().all(short) {
            let items: BTreeMap<usize, Node> =
                self.nodes.into_iter().filter_map(|(key, node)| Some((index(&key)?, node))).collect();
            Kind::List(items.into_values().map(of).collect())
        } else {
            Kind::Table(self.nodes.into_iter().map(|(key, node)| (key, of(node))).collect::<Table>())
        };
        Value { place, written: String::new(), kind }
    }
}
