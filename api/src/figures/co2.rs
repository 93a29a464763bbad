//! CO2 of a time.

use engine::Result;
use engine::calendar::Span;

use super::View;
use super::rows::{Rows, instant};

/// What the energy of a time caused and avoided, by one factor set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Co2 {
    /// Named set of factors, with its source.
    pub factor_set: String,
    /// `life_cycle` or `direct`.
    pub scope: String,
    /// 10^-9 grams CO2e.
    pub avoided_ng: i128,
    /// 10^-9 grams CO2e.
    pub inventory_ng: i128,
    /// Intervals that it covers.
    pub intervals: i64,
}

/// By factor set; empty where the community has no factors.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn of(view: &View, span: Span) -> Result<Vec<Co2>> {
    let parameters = [instant("start", span.start), instant("end", span.end)];
    let rows = Rows::of(&view.session, queries::report::PERIOD_CO2, &parameters).await?;
    rows.iter()
        .map(|row| {
            Ok(Co2 {
                factor_set: row.text("factor_set")?,
                scope: row.text("scope")?,
                avoided_ng: row.decimal("avoided_g", 9)?.unwrap_or(0),
                inventory_ng: row.decimal("inventory_g", 9)?.unwrap_or(0),
                intervals: row.int("intervals")?,
            })
        })
        .collect()
}

/// As pages and reports show it: milligrams.
pub fn shown(co2: &Co2) -> dashboards::page::community::Co2 {
    use dashboards::page::community::Scope;
    use engine::units::round_half_up;
    dashboards::page::community::Co2 {
        avoided_mg: round_half_up(co2.avoided_ng, 9, 3),
        inventory_mg: round_half_up(co2.inventory_ng, 9, 3),
        factor_set: co2.factor_set.clone(),
        scope: if co2.scope == "direct" { Scope::Direct } else { Scope::LifeCycle },
    }
}
