//! CO2 of a time.

use engine::calendar::Span;
use engine::co2::Basis;
use engine::{Error, Result};
use serde::Serialize;

use super::View;
use super::decimal::Grams;
use super::rows::{Rows, instant};

/// What the energy of a time caused and avoided, by one factor set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Co2 {
    /// Named set of factors, with its source.
    pub factor_set: String,
    /// `life_cycle` or `direct`.
    pub scope: String,
    pub avoided_g: Grams,
    pub inventory_g: Grams,
    /// Market-based inventory, where every interval has factors for it.
    pub market_inventory_g: Option<Grams>,
    /// Intervals with factors; of them, those whose data and factors are complete, and those with estimated data.
    pub intervals: i64,
    pub covered_intervals: i64,
    pub estimated_intervals: i64,
    /// Intervals of the time in all.
    pub all_intervals: i64,
    /// Hours whose every interval is covered, and hours in all.
    pub covered_hours: i64,
    pub all_hours: i64,
    /// Plus or minus on the factors in percent, and whether that is the default.
    pub uncertainty_percent: Option<u32>,
    pub uncertainty_is_default: Option<bool>,
}

impl Co2 {
    fn basis(&self) -> Basis<'_> {
        Basis { factor_set: &self.factor_set, scope: &self.scope }
    }
}

/// What was avoided and caused by all sets together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Total {
    Sum {
        avoided_g: Grams,
        inventory_g: Grams,
    },
    /// Why there is none.
    Refused {
        refused: String,
    },
}

/// The sum of all sets; refused when they are of different scopes.
pub fn total(all: &[Co2]) -> Option<Total> {
    let sum = |of: fn(&Co2) -> Grams| engine::co2::sum(all.iter().map(|c| (c.basis(), of(c).0))).map(Grams);
    let total = match (sum(|c| c.avoided_g), sum(|c| c.inventory_g)) {
        (Ok(avoided_g), Ok(inventory_g)) => Total::Sum { avoided_g, inventory_g },
        (Err(e), _) | (_, Err(e)) => Total::Refused { refused: e.to_string() },
    };
    (!all.is_empty()).then_some(total)
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
            let percent = row.decimal("uncertainty_percent", 0)?.map(|percent| {
                u32::try_from(percent).map_err(|_| Error::internal(format!("{percent} % of uncertainty")))
            });
            let percent = percent.transpose()?;
            let is_default = percent.map(|_| row.flag("uncertainty_is_default")).transpose()?;
            Ok(Co2 {
                factor_set: row.text("factor_set")?,
                scope: row.text("scope")?,
                avoided_g: Grams(row.decimal("avoided_g", 9)?.unwrap_or(0)),
                inventory_g: Grams(row.decimal("inventory_g", 9)?.unwrap_or(0)),
                market_inventory_g: row.decimal("market_inventory_g", 9)?.map(Grams),
                intervals: row.int("intervals")?,
                covered_intervals: row.int("covered_intervals")?,
                estimated_intervals: row.int("estimated_intervals")?,
                all_intervals: row.int("all_intervals")?,
                covered_hours: row.int("covered_hours")?,
                all_hours: row.int("all_hours")?,
                uncertainty_percent: percent,
                uncertainty_is_default: is_default,
            })
        })
        .collect()
}

/// As pages and reports show it: milligrams.
pub fn shown(co2: &Co2) -> dashboards::figure::Co2 {
    use dashboards::figure::{Scope, Share};
    use engine::units::round_half_up;
    dashboards::figure::Co2 {
        avoided_mg: round_half_up(co2.avoided_g.0, 9, 3),
        inventory_mg: round_half_up(co2.inventory_g.0, 9, 3),
        factor_set: co2.factor_set.clone(),
        scope: if co2.scope == "direct" { Scope::Direct } else { Scope::LifeCycle },
        intervals: Share { part: co2.covered_intervals, whole: co2.all_intervals },
        hours: Share { part: co2.covered_hours, whole: co2.all_hours },
        estimated: Share { part: co2.estimated_intervals, whole: co2.intervals },
        uncertainty: co2.uncertainty_percent.zip(co2.uncertainty_is_default),
    }
}
