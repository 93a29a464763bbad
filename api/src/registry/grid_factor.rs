//! `[[grid_factor]]`: what a kWh from the grid and one from the community's own plants emit.

use engine::registry::{FactorTerms, GridFactor, Row};

use super::community::{Members, Place};
use super::current::Current;
use super::document::Fields;
use super::versions::{Entry, Versions};

/// Factors are thousandths of a gram.
const SCALE: u32 = 3;

type Entries<'d> = Vec<Entry<'d, (), GridFactor>>;

/// Reads `[[grid_factor]]`.
pub(super) fn read<'d>(tables: Vec<Fields<'d>>, place: &Place, members: &Members, current: &Current) -> Entries<'d> {
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
        refuse_other_scope(&fields, scope.as_deref());
        let grid = factor(&fields, "grid_g_per_kwh", base.map(|b| b.grid_mg_per_kwh));
        let source = factor(&fields, "source_g_per_kwh", base.map(|b| b.source_mg_per_kwh));
        let more = read_more(&fields, members, base.map(|b| &b.more));
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

/// A row has one scope for both of its factors. Who writes one for the source says so in words that can only agree.
fn refuse_other_scope(fields: &Fields<'_>, scope: Option<&str>) {
    let source = fields.word("source_scope", &["life_cycle", "direct"]);
    if let (Some(source), Some(scope)) = (source, scope)
        && source != scope
    {
        let reason = format!(
            "is {source} where the grid's factor is {scope}: they count different things, and their difference would be no \
             figure of avoided CO2; write factors of one scope, or leave out source_scope"
        );
        fields.problem("source_scope", reason);
    }
}

/// The series, the market-based factors and the uncertainty.
fn read_more(fields: &Fields<'_>, members: &Members, base: Option<&FactorTerms>) -> FactorTerms {
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
    let market_by_member = match fields.decimals("market_by_member", SCALE) {
        Some(all) => {
            if all.iter().any(|(_, mg)| *mg < 0) {
                fields.problem("market_by_member", "has a negative factor: write grams of CO2e per kWh, 0 or more");
            }
            let unknown = all.iter().find(|(id, _)| !members.all.contains_key(id));
            if let Some((id, _)) = unknown {
                let problem = format!("names `{id}`, who is not a member: write the id of a [[member]]");
                fields.problem("market_by_member", problem);
            }
            all.into_iter().collect()
        }
        None => stands.market_by_member,
    };
    if !market_by_member.is_empty() && market_mg_per_kwh.is_none() {
        fields.problem(
            "market_by_member",
            "stands alone: write market_g_per_kwh, the factor of all other members' supply, beside it",
        );
    }
    let uncertainty = fields.whole("uncertainty_percent", 0, 100).and_then(|p| u32::try_from(p).ok());
    FactorTerms {
        series: fields.id("grid_series").or(stands.series),
        market_mg_per_kwh,
        market_source_mg_per_kwh,
        market_by_member,
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
