//! Versions: rows that count for a time, of which a later one ends an earlier.

use std::collections::BTreeMap;

use crate::calendar::Span;
use crate::clock::Micros;

/// The end of a validity that has none.
pub const FOREVER: Micros = i64::MAX;

/// Something that counts for a time.
pub trait Dated {
    /// First and last instant.
    fn validity(&self) -> Span;
    /// Ends it earlier.
    fn end_at(&mut self, end: Micros);
    /// What it says about a span, whatever it says about other times.
    fn within(&self, span: Span) -> Self;
}

/// Makes rows with `valid_from` and `valid_to` count from the one to the other.
macro_rules! dated {
    ($($t:ty),*) => {$(
        impl Dated for $t {
            fn validity(&self) -> Span {
                Span { start: self.valid_from, end: self.valid_to }
            }
            fn end_at(&mut self, end: Micros) {
                self.valid_to = self.valid_to.min(end);
            }
            fn within(&self, span: Span) -> Self {
                let part = self.validity().intersect(span);
                Self { valid_from: part.start, valid_to: part.end, ..self.clone() }
            }
        }
    )*};
}
pub(super) use dated;

/// Rows by community, each with its version: the sequence of its row.
pub type ByCommunity<T> = BTreeMap<String, Vec<(i64, T)>>;

/// Resolves versions, in the order of their sequence, by community and thing; things follow each other by their order.
pub(super) fn resolve_each<T: Dated, K: Ord>(rows: Vec<(i64, T)>, thing: impl Fn(&T) -> (&str, K)) -> ByCommunity<T> {
    let mut things = BTreeMap::<(String, K), Vec<(i64, T)>>::new();
    for (sequence, row) in rows {
        let (community, key) = thing(&row);
        things.entry((community.to_owned(), key)).or_default().push((sequence, row));
    }
    let mut all = ByCommunity::new();
    for ((community, _), mut versions) in things {
        resolve(&mut versions);
        all.entry(community).or_default().extend(versions);
    }
    all
}

/// Of versions of one thing, in the order of their sequence: of those from the same instant the last counts, and each
/// ends where the next begins.
pub(super) fn resolve<T: Dated>(versions: &mut Vec<(i64, T)>) {
    versions.sort_by_key(|(sequence, v)| (v.validity().start, -sequence));
    versions.dedup_by_key(|(_, v)| v.validity().start);
    let starts: Vec<Micros> = versions.iter().skip(1).map(|(_, v)| v.validity().start).collect();
    for ((_, version), next) in versions.iter_mut().zip(starts) {
        version.end_at(next);
    }
    versions.retain(|(_, v)| !v.validity().is_empty());
}
