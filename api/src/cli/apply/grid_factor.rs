//! `[[grid_factor]]`: what a kWh from the grid and one from the community's own plants emit.

use engine::registry::{FactorTerms, GridFactor, Row};

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
        let more = read_more(&fields, base.map(|b| &b.more));
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
            more,
            valid_from: window.from,
            valid_to: window.to,
        };
        versions.push(fields, (), &window, row);
    }
    versions.finish()
}

/// The series, the market-based factors and the uncertainty.
fn read_more(fields: &Fields<'_>, base: Option<&FactorTerms>) -> FactorTerms {
    let stands = base.cloned().unwrap_or_default();
    let optional = |key: &'static str, stands: Option<i64>| match fields.decimal(key, SCALE) {
        Some(mg) if mg < 0 => {
            fields.problem(key, "is negative: write grams of CO2e per kWh, 0 or more");
            None
        }
        stated => stated.or(stands),
    };
    let market_mg_per_kwh = optional("market_g_per_kwh", stands.market_mg_per_kwh);
    let market_source_mg_per_kwh = optional("market_source_g_per_kwh", stands.market_source_mg_per_kwh);
    if market_source_mg_per_kwh.is_some() && market_mg_per_kwh.is_none() {
        fields.problem(
            "market_source_g_per_kwh",
            "stands alone: write market_g_per_kwh, the factor of the supply that members buy, beside it",
        );
    }
    let uncertainty = fields.whole("uncertainty_percent", 0, 100).and_then(|p| u32::try_from(p).ok());
    FactorTerms {
        series: fields.id("grid_series").or(stands.series),
        market_mg_per_kwh,
        market_source_mg_per_kwh,
        uncertainty_percent: uncertainty.or(stands.uncertainty_percent),
    }
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
