//! Things that change over time: which version a table of the file speaks of, and what that leaves as it was.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use engine::calendar::Span;
use engine::clock::Micros;
use engine::registry::{Dated, FOREVER};

use super::document::Fields;
use super::say;

/// The versions of things of one sort: what the store has, and what the file adds. `I` says which thing.
pub(super) struct Versions<'d, I, T> {
    known: BTreeMap<I, BTreeMap<Micros, T>>,
    entries: Vec<Entry<'d, I, T>>,
}

/// A version that the file speaks of.
pub(super) struct Entry<'d, I, T> {
    pub fields: Fields<'d>,
    pub thing: I,
    pub row: T,
    /// Whether the store had this version or one in force just before it.
    pub continues: bool,
    /// Whether the file states its end.
    ends: bool,
}

/// From when to when a table of the file counts, and what it leaves as it was.
pub(super) struct Window<T> {
    pub from: Micros,
    pub to: Micros,
    /// The version that starts at the same instant, else the one in force before: what the file leaves out is as there.
    pub base: Option<T>,
    ends: bool,
}

impl<T: Clone> Window<T> {
    /// The part of it from an instant on, which begins a version of its own.
    pub fn from(&self, from: Micros) -> Self {
        Self { from, to: self.to, base: self.base.clone(), ends: self.ends }
    }

    /// The same, for a version that others of the file follow within its time.
    #[must_use]
    pub fn followed(mut self) -> Self {
        self.ends = false;
        self
    }
}

impl<'d, I: Ord + Clone, T: Dated + Clone + PartialEq> Versions<'d, I, T> {
    pub fn new(stored: impl IntoIterator<Item = (I, T)>) -> Self {
        let mut known = BTreeMap::<I, BTreeMap<Micros, T>>::new();
        for (thing, row) in stored {
            known.entry(thing).or_default().insert(row.validity().start, row);
        }
        Self { known, entries: Vec::new() }
    }

    /// Reads `valid_from` and `valid_to`. Without a `valid_from` the table speaks of the last version that there is.
    pub fn window(&self, fields: &Fields<'d>, thing: &I, zone: Tz) -> Option<Window<T>> {
        let none = BTreeMap::new();
        let known = self.known.get(thing).unwrap_or(&none);
        let last = || known.values().rev().find(|v| !v.validity().is_empty()).map(|v| v.validity().start);
        let from = match fields.instant("valid_from", zone) {
            Some(from) => Some(from),
            None if fields.has("valid_from") => None,
            None => fields.required("valid_from", last(), say::valid_from_missing()),
        };
        let stated = fields.end("valid_to", zone);
        let from = from?;
        let same = known.get(&from);
        let before = || known.range(..from).rev().map(|(_, v)| v).find(|v| !v.validity().is_empty());
        let to = stated.or(same.map(|v| v.validity().end)).unwrap_or(FOREVER);
        if to < from {
            fields.problem("valid_to", say::valid_to_before_from());
            return None;
        }
        if stated.is_none() && same.is_some_and(|v| v.validity().is_empty()) {
            fields.warning("valid_from", say::stays_withdrawn());
        }
        let base = same.or_else(before).cloned();
        Some(Window { from, to, base, ends: stated.is_some_and(|t| t != FOREVER) })
    }

    /// The versions of a thing that begin after an instant, as the store and the file so far have them, by their start.
    pub fn after(&self, thing: &I, from: Micros) -> BTreeMap<Micros, T> {
        let after = (std::ops::Bound::Excluded(from), std::ops::Bound::Unbounded);
        self.known.get(thing).into_iter().flat_map(|all| all.range(after)).map(|(at, v)| (*at, v.clone())).collect()
    }

    /// What the file has spoken of so far, and from when.
    pub fn stated(&self) -> std::collections::BTreeSet<(I, Micros)> {
        self.entries.iter().map(|e| (e.thing.clone(), e.row.validity().start)).collect()
    }

    /// Adds a version of the file. The same version twice with different contents is a problem.
    pub fn push(&mut self, fields: Fields<'d>, thing: I, window: &Window<T>, row: T) {
        let same = |e: &&Entry<'d, I, T>| e.thing == thing && e.row.validity().start == window.from;
        let earlier = self.entries.iter().find(same);
        match earlier {
            Some(earlier) if earlier.row == row => return,
            Some(_) => {
                fields.problem("valid_from", say::stands_twice());
                return;
            }
            None => {}
        }
        let continues = window.base.is_some();
        self.known.entry(thing.clone()).or_default().insert(window.from, row.clone());
        self.entries.push(Entry { fields, thing, row, continues, ends: window.ends });
    }

    /// What the file adds, in its order. Two tables of the file that claim the same time, one of them with a stated
    /// end, contradict each other.
    pub fn finish(self) -> Vec<Entry<'d, I, T>> {
        for (n, entry) in self.entries.iter().enumerate().filter(|(_, e)| e.ends) {
            let span = entry.row.validity();
            let later = self.entries.iter().enumerate().find(|(m, other)| {
                let start = other.row.validity().start;
                *m != n && other.thing == entry.thing && is_inside(span, start) && !other.row.validity().is_empty()
            });
            if let Some((_, later)) = later {
                later.fields.problem("valid_from", say::version_overlaps());
            }
        }
        self.entries
    }
}

fn is_inside(span: Span, at: Micros) -> bool {
    span.start < at && at < span.end
}
