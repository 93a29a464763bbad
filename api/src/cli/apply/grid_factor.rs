//! `[[grid_factor]]`: what a kWh from the grid and one from the community's own plants emit.

use engine::registry::{GridFactor, Row};

use super::Current;
use super::community::Place;
use super::document::Fields;
use super::versions::{Entry, Versions};

/// Factors are thousandths of a gram.
const SCALE: u32 = 3;

type Entries<'d> = Vec<Entry<'d, (), GridFactor>>;

/// Reads `[[grid_factor]]`.
pub(super) fn read<'d>(tables: Vec<Fields<'d>>, place: &Place, current: &Current) -> Entries<'d> {
    let community = &place.community.community_id;
    let stored = current.rows().filter_map(|row| match row {
        Row::GridFactors(f) if f.community_id == *community => Some(((), f.clone())),
        _ => None,
    });
    let mut versions = Versions::new(stored);
    for fields in tables {
        let window = versions.window(&fields, &(), place.zone);
        let base = window.as_ref().and_then(|w| w.base.as_ref());
        let set = fields.name_of("factor_set").or_else(|| base.map(|b| b.factor_set.clone()));
        let set = fields.required("factor_set", set, "name set, version and source, factor_set = \"entsoe-2019\"");
        let scope = fields.word("scope", &["life_cycle", "direct"]).map(str::to_owned);
        let scope = scope.or_else(|| base.map(|b| b.scope.clone()));
        // Factors of different scopes mixed give nonsense, so the scope is never guessed.
        let scope = fields.required("scope", scope, "write scope = \"life_cycle\" or scope = \"direct\"");
        let grid = factor(&fields, "grid_g_per_kwh", base.map(|b| b.grid_mg_per_kwh));
        let source = factor(&fields, "source_g_per_kwh", base.map(|b| b.source_mg_per_kwh));
        fields.no_more();
        let (Some(window), Some(factor_set), Some(scope), Some(grid), Some(source)) =
            (window, set, scope, grid, source)
        else {
            continue;
        };
        if source > grid {
            fields.warning("source_g_per_kwh", "is above the grid's: sharing would be shown as causing emissions");
        }
        let row = GridFactor {
            community_id: community.clone(),
            factor_set,
            scope,
            grid_mg_per_kwh: grid,
            source_mg_per_kwh: source,
            valid_from: window.from,
            valid_to: window.to,
        };
        versions.push(fields, (), &window, row);
    }
    versions.finish()
}

fn factor(fields: &Fields<'_>, key: &'static str, stands: Option<i64>) -> Option<i64> {
    let stated = fields.decimal(key, SCALE);
    if stated.is_some_and(|f| f < 0) {
        fields.problem(key, "is negative: write grams of CO2e per kWh, 0 or more");
        return None;
    }
    if stated.is_none() && fields.has(key) {
        return None;
    }
    fields.required(key, stated.or(stands), &format!("write grams of CO2e per kWh, {key} = \"56.2\""))
}
