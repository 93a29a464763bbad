//! Keys that a country knows by name: `regime = "dynamique_par_defaut"`.

use engine::calendar::local_day;
use engine::clock::Micros;
use engine::registry::{AllocationKey, Dated};
use engine::sharing::{Round, Rule};

use super::round::read_round;
use crate::registry::community::Place;
use crate::registry::current::Current;
use crate::registry::document::{Fields, quoted};
use crate::registry::regime::Preset;
use crate::registry::say;
use crate::registry::versions::Entry;

/// The name that a key has in its country, and what it stands for; `None` where the country has no such name.
#[expect(clippy::option_option, reason = "wrong, or not there, or there")]
pub(super) fn read_regime(
    fields: &Fields<'_>,
    place: &Place,
    current: &Current,
    from: Option<Micros>,
) -> Option<Option<(String, Preset)>> {
    if !fields.has("regime") {
        return Some(None);
    }
    let name = fields.text("regime")?;
    // A start that is wrong has its problem already.
    let day = local_day(place.zone, from?);
    let country = &place.community.country;
    let presets = current.regimes.presets(country, day);
    let found = presets.iter().find(|(known, _, _)| known == name);
    if found.is_none() {
        let names: Vec<&str> = presets.iter().map(|(name, _, _)| name.as_str()).collect();
        fields.problem(
            "regime",
            match names.is_empty() {
                true => say::regime_none(country, day),
                false => say::regime_unknown(country, day, quoted(&names)),
            },
        );
    }
    found.map(|(name, preset, _)| Some((name.clone(), *preset)))
}

/// The round that a name stands for.
pub(super) fn read_round_of(fields: &Fields<'_>, name: &str, preset: Preset) -> Option<Vec<Round>> {
    if fields.has("kind") && fields.text("kind") != Some(preset.kind) {
        fields.problem("kind", say::kind_not_of_regime(name, preset.kind));
        return None;
    }
    let rounds = vec![read_round(fields, Some(preset))?];
    if preset.is_rule(&Rule { rounds: rounds.clone(), ..Rule::of([]) }) {
        return Some(rounds);
    }
    let strays = ["pairs", "sources", "sinks", "cap", "cap_percent", "cap_kwh", "redistribute"];
    let stray = strays.into_iter().find(|f| fields.has(f)).unwrap_or("regime");
    fields.problem(stray, say::not_of_regime(name));
    None
}

/// Says which rules a country does not know by any name.
pub(in crate::registry) fn check_known(entries: &[Entry<'_, (), AllocationKey>], place: &Place, current: &Current) {
    let country = &place.community.country;
    for entry in entries.iter().filter(|e| !e.row.validity().is_empty() && e.row.regime.is_none()) {
        let presets = current.regimes.presets(country, local_day(place.zone, entry.row.valid_from));
        if presets.is_empty() || presets.iter().any(|(_, preset, _)| preset.is_rule(&entry.row.rule)) {
            continue;
        }
        let names: Vec<&str> = presets.iter().map(|(name, _, _)| name.as_str()).collect();
        let known = quoted(&names);
        let message = match presets.iter().find(|(_, preset, _)| preset.kind == "supplied") {
            Some((name, ..)) => say::key_takes_files(country, known, name),
            None => say::key_not_computed(country, known),
        };
        let field = if entry.fields.has("rounds") { "rounds" } else { "kind" };
        entry.fields.warning(field, message);
    }
}
