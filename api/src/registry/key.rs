//! `[[allocation_key]]`: how the shared energy is split.

mod known;
mod used;

use std::collections::BTreeSet;

use engine::registry::{AllocationKey, Dated, Registry, Row};
use engine::sharing::{Cap, KeyKind, Missing, MissingInput, Mode, Round, Rounding, Rule, SurplusSplit, Tie};

use super::community::Place;
use super::current::Current;
use super::document::Fields;
use super::regime::Preset;
use super::versions::{Entry, Versions};

pub(super) use known::check_known;
pub(super) use used::check_used;

/// Kinds that are shared by.
const KINDS: [&str; 8] =
    ["static", "prorata", "prorata_consumption", "supplied", "priority", "equal", "shares", "custom_weight"];

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
            let kept = current.applied_by.as_ref().map(|text| format!("; \"{text}\" is recorded")).unwrap_or_default();
            fields.warning(
                "adopted_by",
                format!("is missing: say who adopted this version, adopted_by = \"assembly of 2026-05-01\"{kept}"),
            );
            Some(current.applied_by.clone())
        }
    }
}

fn read_rule(fields: &Fields<'_>, base: Option<&Rule>, regime: Option<&(String, Preset)>) -> Option<Rule> {
    let named = regime.filter(|(_, preset)| preset.kind != "any");
    let rounds = match (fields.has("kind"), fields.has("rounds")) {
        (_, true) if named.is_some() => {
            fields.problem("rounds", "stands beside regime, which is one round: take one of them out");
            None
        }
        _ if named.is_some() => named.and_then(|(name, preset)| known::read_round_of(fields, name, *preset)),
        (true, true) => {
            fields.problem("rounds", "stands beside kind: write one round as kind, or several as rounds");
            None
        }
        (true, false) if fields.text("kind") == Some("priority") => read_priority(fields),
        (true, false) => read_round(fields, None).map(|round| vec![round]),
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
    let (mode, operator_unit_mwh) = read_mode(fields, base);
    let rule = Rule {
        rounds: rounds?,
        unit_mwh: unit_mwh?,
        tie: tie?,
        rounding: rounding?,
        surplus_split: surplus_split?,
        missing: missing?,
        mode: mode?,
        operator_unit_mwh: operator_unit_mwh?,
    };
    match rule.validate() {
        Ok(()) => Some(rule),
        Err(error) => {
            let message = error.to_string();
            let known = [
                "operator_unit_mwh",
                "unit_mwh",
                "cap_percent",
                "cap_kwh",
                "redistribute",
                "sources",
                "series",
                "rounds",
                "weights",
            ];
            let field = known.into_iter().find(|f| fields.has(f) && message.contains(f));
            fields.problem(field.unwrap_or("kind"), message);
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
    let unit = match fields.whole("operator_unit_mwh", 1, 1_000_000) {
        Some(unit) => i64::try_from(unit).ok(),
        None => (!fields.has("operator_unit_mwh")).then(|| base.map_or(1, |b| b.operator_unit_mwh)),
    };
    if mode == Some(Mode::Computed) && fields.has("operator_unit_mwh") {
        fields.problem(
            "operator_unit_mwh",
            "has no meaning without mode = \"authoritative\": write it, or take the unit out",
        );
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

/// Groups of points that are served one after the other, each in proportion to its consumption.
fn read_priority(fields: &Fields<'_>) -> Option<Vec<Round>> {
    fields.text("kind");
    let cure = "write who comes first, order = [[\"FR-0001\"], [\"FR-0002\", \"FR-0003\"]]";
    let groups = fields.required("order", fields.lists("order"), cure)?;
    let round = |(tier, sinks): (u32, Vec<&str>)| Round {
        tier,
        sinks: sinks.into_iter().map(str::to_owned).collect(),
        ..Round::from(KeyKind::Prorata)
    };
    Some((0..).zip(groups).map(round).collect())
}

fn read_rounds(fields: &Fields<'_>) -> Option<Vec<Round>> {
    let tables = fields.tables("rounds");
    let count = tables.len();
    let rounds: Vec<Round> = tables
        .into_iter()
        .filter_map(|fields| {
            let round = read_round(&fields, None);
            fields.no_more();
            round
        })
        .collect();
    (rounds.len() == count).then_some(rounds)
}

/// One round: its kind, who takes part, and up to how much.
fn read_round(fields: &Fields<'_>, preset: Option<Preset>) -> Option<Round> {
    let key = read_kind(fields, preset);
    let names = |list: Option<Vec<&str>>| list.unwrap_or_default().into_iter().map(str::to_owned).collect();
    let round = Round {
        key: key?,
        tier: fields.whole("tier", 0, 1000).and_then(|t| u32::try_from(t).ok()).unwrap_or(0),
        sources: names(fields.texts("sources")),
        sinks: names(fields.texts("sinks")),
        cap: read_cap(fields)?,
        redistribute: fields.flag("redistribute")?,
    };
    let wrong = |key: &'static str, is_wrong: bool| is_wrong && fields.has(key);
    let bad = wrong("tier", fields.whole("tier", 0, 1000).is_none());
    (!bad && !wrong("sources", fields.texts("sources").is_none()) && !wrong("sinks", fields.texts("sinks").is_none()))
        .then_some(round)
}

fn read_cap(fields: &Fields<'_>) -> Option<Cap> {
    let stated = ["cap", "cap_percent", "cap_kwh"].into_iter().filter(|key| fields.has(key)).count();
    if stated > 1 {
        fields.problem("cap", "a round has one cap: write cap, cap_percent or cap_kwh");
        return None;
    }
    if fields.has("cap_percent") {
        let percent = fields.whole("cap_percent", 1, 100)?;
        return u32::try_from(percent).ok().map(Cap::PercentOfConsumption);
    }
    if fields.has("cap_kwh") {
        let caps = fields.decimals("cap_kwh", 6)?;
        let whole = |(id, mwh): (String, i64)| u64::try_from(mwh).ok().map(|mwh| (id, mwh));
        let caps: Option<_> = caps.into_iter().map(whole).collect();
        if caps.is_none() {
            fields.problem("cap_kwh", "is negative: a cap is 0 kWh or more");
        }
        return caps.map(Cap::EnergyMwh);
    }
    match fields.word("cap", &["consumption", "contract"]) {
        Some("contract") => Some(Cap::Contract),
        Some(_) => Some(Cap::Consumption),
        None => (!fields.has("cap")).then_some(Cap::Consumption),
    }
}

/// The kind of a round, and what belongs to it: as the file says, or as a name of the country stands for.
fn read_kind(fields: &Fields<'_>, preset: Option<Preset>) -> Option<KeyKind> {
    let kind = match preset {
        Some(preset) => preset.kind,
        None => fields.required("kind", fields.text("kind"), "write kind = \"prorata\" or kind = \"static\"")?,
    };
    let weights = || fields.required("weights", fields.wholes("weights"), "write weights = { \"FR-0001\" = 50 }");
    let unassigned = || match fields.whole("unassigned", 0, i64::MAX as u64) {
        None if fields.has("unassigned") => None,
        weight => Some(weight.unwrap_or(0)),
    };
    let belongs: &[&'static str] = match kind {
        "static" => &["weights", "unassigned"],
        "shares" => &["unassigned"],
        "custom_weight" => &["weights", "others"],
        "supplied" => &["series", "pairs"],
        _ => &[],
    };
    let mut strays = false;
    for field in ["weights", "unassigned", "others", "series", "pairs"] {
        if !belongs.contains(&field) && fields.has(field) {
            fields.problem(field, format!("has no meaning with kind = \"{kind}\": take it out, or write another kind"));
            strays = true;
        }
    }
    if strays {
        return None;
    }
    match kind {
        "static" => {
            let unassigned = unassigned();
            Some(KeyKind::Static { weights: weights()?.into_iter().collect(), unassigned: unassigned? })
        }
        "prorata" => Some(KeyKind::Prorata),
        "prorata_consumption" => Some(KeyKind::ProrataConsumption),
        "equal" => Some(KeyKind::Equal),
        "shares" => unassigned().map(|unassigned| KeyKind::Shares { unassigned }),
        "custom_weight" => {
            let others = fields.whole("others", 0, 10_000);
            if others.is_none() && fields.has("others") {
                return None;
            }
            Some(KeyKind::CustomWeight { weights: weights()?.into_iter().collect(), others: others.unwrap_or(1) })
        }
        "supplied" => {
            let series = fields.required("series", fields.id("series"), "name the imported key, series = \"acc\"")?;
            let pairs = fields.flag("pairs")? || preset.is_some_and(|p| p.pairs);
            Some(KeyKind::Supplied { series, pairs })
        }
        _ => {
            let known = super::document::quoted(&KINDS);
            fields.problem("kind", format!("is not known: write one of {known}, or several of them as rounds"));
            None
        }
    }
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
                let cure = if pairs { "take pairs out" } else { "write pairs = true" };
                let what = if pairs { "one file for all plants" } else { "a file for each plant" };
                entry.fields.problem("series", format!("{series} has {what}: {cure}"));
            } else if columns.is_empty() {
                let cure = "`ecoop apply --community ID ACC..._15_....txt` brings its file; until then the consumption decides";
                entry.fields.warning("series", format!("{series} holds no coefficients while the key counts: {cure}"));
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
            entry.fields.problem(
                field.unwrap_or("kind"),
                format!("{point} takes no part in this community while the key counts: write its [[metering_point]] or take it out"),
            );
        }
    }
}

/// When the key counts in the end: a later one ends it.
fn counting(key: &AllocationKey, after: &Registry) -> Option<engine::calendar::Span> {
    let keys = after.allocation_keys.get(&key.community_id)?;
    keys.iter().map(|(_, k)| k.validity()).find(|span| span.start == key.valid_from)
}
