//! A version that has shared energy is not changed: a file may only add what counts later, or say what it corrects.

use std::collections::BTreeSet;

use engine::calendar::{Span, rfc3339};
use engine::clock::Micros;
use engine::registry::{AllocationKey, Dated, Registry};

use crate::registry::community::Place;
use crate::registry::current::Current;
use crate::registry::document::Fields;
use crate::registry::say;
use crate::registry::versions::Entry;

type Keys<'a> = &'a [(i64, AllocationKey)];

/// Refuses what would change the key of a time that published runs have shared, unless it is said to correct it.
pub(in crate::registry) fn check_used(
    root: &Fields<'_>,
    entries: &[Entry<'_, (), AllocationKey>],
    place: &Place,
    current: &Current,
    after: &Registry,
) {
    let id = &place.community.community_id;
    let keys = |registry: &'_ Registry| registry.allocation_keys.get(id).cloned().unwrap_or_default();
    let (before, now) = (keys(&current.registry), keys(after));
    let settled = current.settled.get(id).map(Vec::as_slice).unwrap_or_default();
    let mut corrected = BTreeSet::new();
    for (version, key) in &before {
        let used: Vec<Span> = settled.iter().map(|s| s.intersect(key.validity())).filter(|s| !s.is_empty()).collect();
        let Some(last) = used.last().map(|s| s.end) else { continue };
        for (at, by) in used.iter().flat_map(|span| displaced(key, *span, &now)) {
            // Withdrawn or ended, a version leaves its time to none.
            let entry = entries.iter().find(|e| by.is_some_and(|by| e.row.valid_from == by.valid_from));
            let entry = entry.or_else(|| entries.iter().find(|e| e.row.valid_from == key.valid_from));
            let says_so = entry.is_some_and(|e| e.row.corrects == Some(*version) && e.fields.has("corrects"));
            match entry {
                Some(entry) if says_so && entry.fields.has("adopted_by") => _ = corrected.insert(entry.row.valid_from),
                Some(entry) if says_so => {
                    entry.fields.problem("adopted_by", say::correction_adopted_by_missing());
                    break;
                }
                entry => {
                    let fields = entry.map_or(root, |e| &e.fields);
                    fields.problem(field(fields), say::shared_already(version, rfc3339(at), rfc3339(last)));
                    break;
                }
            }
        }
    }
    check_corrections(entries, &before, &corrected);
}

/// Where something else counts now than a version that had shared: instants, and what counts.
fn displaced<'k>(key: &AllocationKey, used: Span, now: Keys<'k>) -> Vec<(Micros, Option<&'k AllocationKey>)> {
    let mut all = Vec::new();
    let mut at = used.start;
    while at < used.end {
        let in_force = now.iter().map(|(_, k)| k).find(|k| k.validity().contains(at));
        if in_force.is_none_or(|k| !says_the_same(k, key)) {
            all.push((at, in_force));
        }
        let next = now.iter().map(|(_, k)| k.valid_from).filter(|from| *from > at).min().unwrap_or(used.end);
        at = in_force.map_or(next, |k| k.valid_to);
    }
    all
}

/// Equal but for the time in which they count.
fn says_the_same(a: &AllocationKey, b: &AllocationKey) -> bool {
    AllocationKey { valid_from: b.valid_from, valid_to: b.valid_to, ..a.clone() } == *b
}

fn field(fields: &Fields<'_>) -> &'static str {
    ["valid_from", "valid_to", "kind", "rounds", "regime"]
        .into_iter()
        .find(|f| fields.has(f))
        .unwrap_or("allocation_key")
}

/// Says where a correction corrects nothing.
fn check_corrections(entries: &[Entry<'_, (), AllocationKey>], before: Keys<'_>, corrected: &BTreeSet<Micros>) {
    for entry in entries.iter().filter(|e| e.fields.has("corrects") && !corrected.contains(&e.row.valid_from)) {
        let stands = before.iter().any(|(_, k)| k.valid_from == entry.row.valid_from && says_the_same(k, &entry.row));
        if !stands {
            entry.fields.warning("corrects", say::corrects_nothing());
        }
    }
}
