//! `[[allocation_key]]`: how the shared energy is split.

use engine::registry::{AllocationKey, Dated, Registry, Row};
use engine::sharing::{KeyKind, Rule, Tie};

use super::Current;
use super::community::Place;
use super::document::Fields;
use super::versions::{Entry, Versions};

/// Kinds that are shared by.
const KINDS: [&str; 2] = ["static", "prorata"];
/// Kinds that are planned and not there yet.
const LATER: [&str; 4] = ["supplied", "priority", "equal", "shares"];

type Entries<'d> = Vec<Entry<'d, (), AllocationKey>>;

/// Reads `[[allocation_key]]`.
pub(super) fn read<'d>(tables: Vec<Fields<'d>>, place: &Place, current: &Current) -> Entries<'d> {
    let community = &place.community.community_id;
    let stored = current.rows().filter_map(|row| match row {
        Row::AllocationKeys(k) if k.community_id == *community => Some(((), k.clone())),
        _ => None,
    });
    let mut versions = Versions::new(stored);
    for fields in tables {
        let window = versions.window(&fields, &(), place.zone);
        let base = window.as_ref().and_then(|w| w.base.as_ref());
        let rule = read_rule(&fields, base.map(|b| &b.rule));
        let adopted_by = fields.name_of("adopted_by").or_else(|| base.and_then(|b| b.adopted_by.clone()));
        fields.no_more();
        let (Some(window), Some(rule)) = (window, rule) else { continue };
        let row = AllocationKey {
            community_id: community.clone(),
            rule,
            adopted_by,
            valid_from: window.from,
            valid_to: window.to,
        };
        versions.push(fields, (), &window, row);
    }
    versions.finish()
}

fn read_rule(fields: &Fields<'_>, base: Option<&Rule>) -> Option<Rule> {
    let rounds = match (fields.has("kind"), fields.has("rounds")) {
        (true, true) => {
            fields.problem("rounds", "stands beside kind: write one round as kind, or several as rounds");
            None
        }
        (true, false) => read_round(fields).map(|round| vec![round]),
        (false, true) => read_rounds(fields),
        (false, false) if fields.has("weights") || fields.has("unassigned") => {
            fields.required("kind", None, "weights and unassigned belong to kind = \"static\"")
        }
        (false, false) => {
            fields.required("kind", base.map(|b| b.rounds.clone()), "write kind = \"prorata\" or kind = \"static\"")
        }
    };
    let unit_mwh = match fields.whole("unit_mwh", 1, 1_000_000) {
        Some(unit) => i64::try_from(unit).ok(),
        None if fields.has("unit_mwh") => None,
        None => Some(base.map_or(1, |b| b.unit_mwh)),
    };
    let tie = match fields.word("tie", &["hash", "id"]) {
        Some("id") => Some(Tie::Id),
        Some(_) => Some(Tie::Hash),
        None if fields.has("tie") => None,
        None => Some(base.map_or(Tie::default(), |b| b.tie)),
    };
    let rule = Rule { rounds: rounds?, unit_mwh: unit_mwh?, tie: tie? };
    match rule.validate() {
        Ok(()) => Some(rule),
        Err(error) => {
            let message = error.to_string();
            let field = ["unit_mwh", "rounds", "weights"].into_iter().find(|f| fields.has(f) && message.contains(f));
            fields.problem(field.unwrap_or("kind"), message);
            None
        }
    }
}

fn read_rounds(fields: &Fields<'_>) -> Option<Vec<KeyKind>> {
    let tables = fields.tables("rounds");
    let count = tables.len();
    let rounds: Vec<KeyKind> = tables
        .into_iter()
        .filter_map(|round| {
            let kind = read_round(&round);
            round.no_more();
            kind
        })
        .collect();
    (rounds.len() == count).then_some(rounds)
}

/// One round: its kind, and what belongs to it.
fn read_round(fields: &Fields<'_>) -> Option<KeyKind> {
    let kind = fields.required("kind", fields.text("kind"), "write kind = \"prorata\" or kind = \"static\"")?;
    let (weights, unassigned) = (fields.wholes("weights"), fields.whole("unassigned", 0, i64::MAX as u64));
    match kind {
        "static" => {
            if fields.has("unassigned") && unassigned.is_none() {
                return None;
            }
            let weights = fields.required("weights", weights, "write weights = { \"FR-0001\" = 50 }")?;
            Some(KeyKind::Static { weights: weights.into_iter().collect(), unassigned: unassigned.unwrap_or(0) })
        }
        "prorata" => {
            for field in ["weights", "unassigned"].into_iter().filter(|f| fields.has(f)) {
                fields
                    .problem(field, "has no meaning with kind = \"prorata\": take it out, or write kind = \"static\"");
            }
            Some(KeyKind::Prorata)
        }
        other => {
            let known = super::document::quoted(&KINDS);
            fields.problem(
                "kind",
                if LATER.contains(&other) {
                    format!("cannot be shared by yet: write one of {known}, or several of them as rounds")
                } else {
                    format!("is not known: write one of {known}")
                },
            );
            None
        }
    }
}

/// Weights name points of the community that take part while the key counts.
pub(super) fn check(entries: &[Entry<'_, (), AllocationKey>], after: &Registry) {
    for entry in entries.iter().filter(|e| !e.row.validity().is_empty()) {
        let Some(counts) = counting(&entry.row, after) else { continue };
        let field = if entry.fields.has("rounds") { "rounds" } else { "weights" };
        let mut shared_by_all = false;
        let mut weighted = std::collections::BTreeSet::new();
        for round in &entry.row.rule.rounds {
            match round {
                KeyKind::Prorata => shared_by_all = true,
                KeyKind::Static { weights, .. } => weighted.extend(weights.keys().map(String::as_str)),
            }
        }
        let here = || after.participations_in(&entry.row.community_id, counts);
        let imports = |id: &str| after.metering_points.get(id).is_some_and(|p| p.import);
        for point in &weighted {
            if !here().any(|(p, _)| p.metering_point_id == *point) {
                entry.fields.problem(
                    field,
                    format!("{point} takes no part in this community while the key counts: write its [[metering_point]] or take its weight out"),
                );
            } else if !imports(point) {
                entry.fields.warning(field, format!("{point} only feeds in: its share always stays surplus"));
            }
        }
        for (p, _) in here().filter(|(p, _)| !shared_by_all && imports(&p.metering_point_id)) {
            if !weighted.contains(p.metering_point_id.as_str()) {
                let id = &p.metering_point_id;
                entry.fields.warning(field, format!("{id} has no weight: it gets nothing of the shared energy"));
            }
        }
    }
}

/// When the key counts in the end: a later one ends it.
fn counting(key: &AllocationKey, after: &Registry) -> Option<engine::calendar::Span> {
    let keys = after.allocation_keys.get(&key.community_id)?;
    keys.iter().map(|(_, k)| k.validity()).find(|span| span.start == key.valid_from)
}
