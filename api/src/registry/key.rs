//! `[[allocation_key]]`: how the shared energy is split.

mod known;
mod round;
mod unit;
mod used;

use std::collections::BTreeSet;

use engine::registry::{AllocationKey, Dated, Registry, Row};
use engine::sharing::{KeyKind, Missing, MissingInput, Mode, Rounding, Rule, SurplusSplit, Tie};

use super::community::Place;
use super::current::Current;
use super::document::Fields;
use super::regime::Preset;
use super::say;
use super::versions::{Entry, Versions};

pub(super) use known::check_known;
pub(super) use used::check_used;

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
        let Some(regime) = known::read_regime(&fields, place, current, window.as_ref().map(|w| w.from)) else {
            continue;
        };
        let rule = read_rule(&fields, base.map(|b| &b.rule), regime.as_ref());
        let same = base.filter(|b| window.as_ref().is_some_and(|w| w.from == b.valid_from));
        let adopted_by = read_adoption(&fields, same, current);
        let corrects = fields.whole("corrects", 1, i64::MAX as u64).and_then(|v| i64::try_from(v).ok());
        let corrects_wrong = fields.has("corrects") && corrects.is_none();
        let corrects = corrects.or(same.and_then(|s| s.corrects));
        // A rule that is as it stood keeps its name.
        let stood = base.filter(|b| Some(&b.rule) == rule.as_ref()).and_then(|b| b.regime.clone());
        fields.no_more();
        let (Some(window), Some(rule), Some(adopted_by), false) = (window, rule, adopted_by, corrects_wrong) else {
            continue;
        };
        let row = AllocationKey {
            community_id: community.clone(),
            regime: regime.map(|(name, _)| name).or(stood),
            corrects,
            rule,
            adopted_by,
            valid_from: window.from,
            valid_to: window.to,
        };
        versions.push(fields, (), &window, row);
    }
    versions.finish()
}

/// Who adopted a version: as the file says, or as the same version says already. Of a new one that says nothing it is
/// recorded who applied it, and when. `None` where the file has it wrong.
fn read_adoption(fields: &Fields<'_>, same: Option<&AllocationKey>, current: &Current) -> Option<Option<String>> {
    let stated = fields.name_of("adopted_by");
    match (stated, same) {
        (Some(who), _) => Some(Some(who)),
        (None, _) if fields.has("adopted_by") => None,
        (None, Some(same)) => Some(same.adopted_by.clone()),
        (None, None) => {
            fields.warning(
                "adopted_by",
                match &current.applied_by {
                    Some(text) => say::adopted_by_recorded(text),
                    None => say::adopted_by_missing(),
                },
            );
            Some(current.applied_by.clone())
        }
    }
}

fn read_rule(fields: &Fields<'_>, base: Option<&Rule>, regime: Option<&(String, Preset)>) -> Option<Rule> {
    let named = regime.filter(|(_, preset)| preset.kind != "any");
    let rounds = match (fields.has("kind"), fields.has("rounds")) {
        (_, true) if named.is_some() => {
            fields.problem("rounds", say::rounds_beside_regime());
            None
        }
        _ if named.is_some() => named.and_then(|(name, preset)| known::read_round_of(fields, name, *preset)),
        (true, true) => {
            fields.problem("rounds", say::rounds_beside_kind());
            None
        }
        (true, false) if fields.text("kind") == Some("priority") => round::read_priority(fields),
        (true, false) => round::read_round(fields, None).map(|round| vec![round]),
        (false, true) => round::read_rounds(fields),
        (false, false) if fields.has("weights") || fields.has("unassigned") => {
            fields.required("kind", None, say::weights_without_kind())
        }
        (false, false) => fields.required("kind", base.map(|b| b.rounds.clone()), say::key_kind_missing()),
    };
    let unit = unit::read(fields, "unit_kwh", "unit_mwh", base.map_or(1, |b| b.unit_micro_kwh));
    let tie = match fields.word("tie", &["hash", "id"]) {
        Some("id") => Some(Tie::Id),
        Some(_) => Some(Tie::Hash),
        None if fields.has("tie") => None,
        None => Some(base.map_or(Tie::default(), |b| b.tie)),
    };
    let rounding = match fields.word("rounding", &["largest_remainder", "half_up", "floor"]) {
        Some("half_up") => Some(Rounding::HalfUp),
        Some("floor") => Some(Rounding::Floor),
        Some(_) => Some(Rounding::LargestRemainder),
        None if fields.has("rounding") => None,
        None => Some(base.map_or(Rounding::default(), |b| b.rounding)),
    };
    let surplus_split = match fields.texts("surplus_order") {
        Some(order) => Some(SurplusSplit::Order(order.into_iter().map(str::to_owned).collect())),
        None if fields.has("surplus_order") => None,
        None => Some(base.map_or(SurplusSplit::default(), |b| b.surplus_split.clone())),
    };
    let missing = read_missing(fields, base);
    let (mode, operator_unit) = read_mode(fields, base);
    let rule = Rule {
        rounds: rounds?,
        unit_micro_kwh: unit?,
        tie: tie?,
        rounding: rounding?,
        surplus_split: surplus_split?,
        missing: missing?,
        mode: mode?,
        operator_unit_micro_kwh: operator_unit?,
    };
    match rule.validate() {
        Ok(()) => Some(rule),
        Err(error) => {
            let message = error.to_string();
            let known = ["cap_percent", "cap_kwh", "redistribute", "sources", "series", "rounds", "weights"];
            let field = known.into_iter().find(|f| fields.has(f) && message.contains(f));
            fields.problem(field.unwrap_or("kind"), say::rule_wrong(message));
            None
        }
    }
}

/// Whose figures are the shares, and how the operator rounds them.
fn read_mode(fields: &Fields<'_>, base: Option<&Rule>) -> (Option<Mode>, Option<i64>) {
    let mode = match fields.word("mode", &["computed", "authoritative"]) {
        Some("authoritative") => Some(Mode::Authoritative),
        Some(_) => Some(Mode::Computed),
        None => (!fields.has("mode")).then(|| base.map_or(Mode::default(), |b| b.mode)),
    };
    let stands = base.map_or(1, |b| b.operator_unit_micro_kwh);
    let unit = unit::read(fields, "operator_unit_kwh", "operator_unit_mwh", stands);
    if mode == Some(Mode::Computed) && fields.has("operator_unit_kwh") {
        fields.problem("operator_unit_kwh", say::operator_unit_stray());
        return (mode, None);
    }
    (mode, unit)
}

/// What counts for a value that has not come when its deadline passes.
fn read_missing(fields: &Fields<'_>, base: Option<&Rule>) -> Option<Missing> {
    let stands = base.map_or(Missing::default(), |b| b.missing);
    let policy = |key: &'static str, stands: MissingInput| match fields.word(key, &["hold", "zero", "estimate"]) {
        Some("zero") => Some(MissingInput::Zero),
        Some("estimate") => Some(MissingInput::Estimate),
        Some(_) => Some(MissingInput::Hold),
        None => (!fields.has(key)).then_some(stands),
    };
    let production = policy("missing_production", stands.production);
    let consumption = policy("missing_consumption", stands.consumption);
    Some(Missing { production: production?, consumption: consumption? })
}

/// Weights name points of the community that take part while the key counts.
pub(super) fn check(entries: &[Entry<'_, (), AllocationKey>], after: &Registry) {
    for entry in entries.iter().filter(|e| !e.row.validity().is_empty()) {
        let Some(counts) = counting(&entry.row, after) else { continue };
        let field = if entry.fields.has("rounds") { "rounds" } else { "weights" };
        let (mut shared_by_all, mut weighted, mut named) = (false, BTreeSet::new(), BTreeSet::new());
        for round in &entry.row.rule.rounds {
            named.extend(round.sinks.iter().chain(&round.sources).map(String::as_str));
            match &round.key {
                KeyKind::Static { weights, .. } => weighted.extend(weights.keys().map(String::as_str)),
                KeyKind::CustomWeight { weights, .. } => {
                    named.extend(weights.keys().map(String::as_str));
                    shared_by_all |= round.sinks.is_empty();
                }
                _ => {
                    shared_by_all |= round.sinks.is_empty();
                    weighted.extend(round.sinks.iter().map(String::as_str));
                }
            }
        }
        check_named(entry, &named, counts, after);
        for (series, pairs) in entry.row.rule.rounds.iter().filter_map(|r| match &r.key {
            KeyKind::Supplied { series, pairs } => Some((series, *pairs)),
            _ => None,
        }) {
            let columns = after.series_in(&entry.row.community_id, series, counts);
            if columns.iter().any(|((_, producer), _)| producer.is_some() != pairs) {
                entry.fields.problem(
                    "series",
                    if pairs { say::series_without_pairs(series) } else { say::series_of_pairs(series) },
                );
            } else if columns.is_empty() {
                entry.fields.warning("series", say::series_empty(series));
            }
        }
        let here = || after.participations_in(&entry.row.community_id, counts);
        let imports = |id: &str| after.metering_points.get(id).is_some_and(|p| p.import);
        for point in &weighted {
            if !here().any(|(p, _)| p.metering_point_id == *point) {
                entry.fields.problem(field, say::weighted_point_absent(point));
            } else if !imports(point) {
                entry.fields.warning(field, say::only_feeds_in(point));
            }
        }
        for (p, _) in here().filter(|(p, _)| !shared_by_all && imports(&p.metering_point_id)) {
            if !weighted.contains(p.metering_point_id.as_str()) {
                let id = &p.metering_point_id;
                entry.fields.warning(field, say::no_weight(id));
            }
        }
    }
}

/// Points that a key names take part while it counts.
fn check_named(
    entry: &Entry<'_, (), AllocationKey>,
    named: &BTreeSet<&str>,
    counts: engine::calendar::Span,
    after: &Registry,
) {
    let field = ["rounds", "sinks", "sources", "order", "weights"].into_iter().find(|f| entry.fields.has(f));
    for point in named {
        let mut here = after.participations_in(&entry.row.community_id, counts);
        if !here.any(|(p, _)| p.metering_point_id == *point) {
            entry.fields.problem(field.unwrap_or("kind"), say::named_point_absent(point));
        }
    }
}

/// When the key counts in the end: a later one ends it.
fn counting(key: &AllocationKey, after: &Registry) -> Option<engine::calendar::Span> {
    let keys = after.allocation_keys.get(&key.community_id)?;
    keys.iter().map(|(_, k)| k.validity()).find(|span| span.start == key.valid_from)
}
