//! One round of a key, or several: their kind, who takes part, and up to how much.

use engine::sharing::{Cap, KeyKind, Round};

use crate::registry::document::{Fields, quoted};
use crate::registry::regime::Preset;
use crate::registry::say;

/// Kinds that are shared by.
const KINDS: [&str; 8] =
    ["static", "prorata", "prorata_consumption", "supplied", "priority", "equal", "shares", "custom_weight"];

/// Groups of points that are served one after the other, each in proportion to its consumption.
pub(super) fn read_priority(fields: &Fields<'_>) -> Option<Vec<Round>> {
    fields.text("kind");
    let groups = fields.required("order", fields.lists("order"), say::order_missing())?;
    let round = |(tier, sinks): (u32, Vec<&str>)| Round {
        tier,
        sinks: sinks.into_iter().map(str::to_owned).collect(),
        ..Round::from(KeyKind::Prorata)
    };
    Some((0..).zip(groups).map(round).collect())
}

pub(super) fn read_rounds(fields: &Fields<'_>) -> Option<Vec<Round>> {
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
pub(super) fn read_round(fields: &Fields<'_>, preset: Option<Preset>) -> Option<Round> {
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
        fields.problem("cap", say::caps_several());
        return None;
    }
    if fields.has("cap_percent") {
        let percent = fields.whole("cap_percent", 1, 100)?;
        return u32::try_from(percent).ok().map(Cap::PercentOfConsumption);
    }
    if fields.has("cap_kwh") {
        let caps = fields.decimals("cap_kwh", 6)?;
        let whole = |(id, micro_kwh): (String, i64)| u64::try_from(micro_kwh).ok().map(|micro_kwh| (id, micro_kwh));
        let caps: Option<_> = caps.into_iter().map(whole).collect();
        if caps.is_none() {
            fields.problem("cap_kwh", say::cap_negative());
        }
        return caps.map(Cap::EnergyMicroKwh);
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
        None => fields.required("kind", fields.word("kind", &KINDS), say::key_kind_missing())?,
    };
    let weights = || fields.required("weights", fields.wholes("weights"), say::weights_missing());
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
            fields.problem(field, say::stray_of_kind(kind));
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
            let series = fields.required("series", fields.id("series"), say::key_series_missing())?;
            let pairs = fields.flag("pairs")? || preset.is_some_and(|p| p.pairs);
            Some(KeyKind::Supplied { series, pairs })
        }
        _ => {
            let known = quoted(&KINDS);
            fields.problem("kind", say::key_kind_unknown(known));
            None
        }
    }
}
