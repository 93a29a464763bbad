//! `[[grid_factor]]`: what a kWh from the grid and one from the community's own plants emit.

use engine::registry::{FactorTerms, GridFactor, Row};

use super::community::{Members, Place};
use super::current::Current;
use super::document::Fields;
use super::say;
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
        let set = fields.required("factor_set", set, say::factor_set_missing());
        let scope = fields.word("scope", &["life_cycle", "direct"]).map(str::to_owned);
        let scope = scope.or_else(|| base.map(|b| b.scope.clone()));
        // Factors of different scopes mixed give nonsense, so the scope is never guessed.
        let scope = fields.required("scope", scope, say::scope_missing());
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
            fields.warning("source_g_per_kwh", say::source_above_grid());
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
        fields.problem("source_scope", say::scope_differs(source, scope));
    }
}

/// The series, the market-based factors and the uncertainty.
fn read_more(fields: &Fields<'_>, members: &Members, base: Option<&FactorTerms>) -> FactorTerms {
    let stands = base.cloned().unwrap_or_default();
    let optional = |key: &'static str, stands: Option<i64>| match fields.decimal(key, SCALE) {
        Some(mg) if mg < 0 => {
            fields.problem(key, say::factor_negative());
            None
        }
        stated => stated.or(stands),
    };
    let market_mg_per_kwh = optional("market_g_per_kwh", stands.market_mg_per_kwh);
    let market_source_mg_per_kwh = optional("market_source_g_per_kwh", stands.market_source_mg_per_kwh);
    if market_source_mg_per_kwh.is_some() && market_mg_per_kwh.is_none() {
        fields.problem("market_source_g_per_kwh", say::market_source_alone());
    }
    let market_by_member = match fields.decimals("market_by_member", SCALE) {
        Some(all) => {
            if all.iter().any(|(_, mg)| *mg < 0) {
                fields.problem("market_by_member", say::market_negative());
            }
            let unknown = all.iter().find(|(id, _)| !members.all.contains_key(id));
            if let Some((id, _)) = unknown {
                fields.problem("market_by_member", say::market_member_unknown(id));
            }
            all.into_iter().collect()
        }
        None => stands.market_by_member,
    };
    if !market_by_member.is_empty() && market_mg_per_kwh.is_none() {
        fields.problem("market_by_member", say::market_members_alone());
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
        fields.problem(key, say::factor_negative());
        return None;
    }
    if stated.is_none() && fields.has(key) {
        return None;
    }
    fields.required(key, stated.or(stands), say::factor_missing(key))
}
