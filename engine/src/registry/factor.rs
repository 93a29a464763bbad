//! Emission factors: dated sets with their scope, source and uncertainty.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use arrow::datatypes::Field;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::dated::{ByCommunity, Dated, dated, resolve_each};
use super::master::{Master, counted_within, fixed, instant};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::error::Result;
use crate::field::text;

/// Emission factors of one zone for one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridFactor {
    pub community_id: String,
    /// Names set, version and source, for instance `entsoe-2019-tranberg`.
    pub factor_set: String,
    /// `life_cycle` or `direct`.
    pub scope: String,
    /// Thousandths of a gram CO2e per kWh drawn from the grid.
    pub grid_mg_per_kwh: i64,
    /// Thousandths of a gram CO2e per kWh from the community's own plants, in the same scope.
    pub source_mg_per_kwh: i64,
    #[serde(flatten)]
    pub more: FactorTerms,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

/// What a factor set says beyond its two factors.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FactorTerms {
    /// A series in g/kWh whose value of the interval takes the place of the grid's factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Market-based: thousandths of a gram per kWh of the supply that members buy (supplier mix, else residual mix).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_mg_per_kwh: Option<i64>,
    /// Market-based: of the shared energy. Zero can be claimed only with cancelled guarantees of origin; without them
    /// shared energy counts as the residual mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_source_mg_per_kwh: Option<i64>,
    /// Market-based, where members buy from suppliers of their own: thousandths of a gram per kWh by member, in the
    /// place of `market_mg_per_kwh` for what they do not get from the community.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub market_by_member: BTreeMap<String, i64>,
    /// Plus or minus, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncertainty_percent: Option<u32>,
}

/// Plus or minus on factors of the whole life cycle, in percent, where their set names nothing. A convention, not a
/// measurement: it is always shown as a default, never as the set's own.
pub const LIFE_CYCLE_UNCERTAINTY_PERCENT: u32 = 30;

impl GridFactor {
    /// Plus or minus in percent, and whether it is the default; nothing for direct factors that name none.
    pub fn uncertainty(&self) -> Option<(u32, bool)> {
        let stated = self.more.uncertainty_percent.map(|percent| (percent, false));
        stated.or((self.scope == "life_cycle").then_some((LIFE_CYCLE_UNCERTAINTY_PERCENT, true)))
    }
}

dated!(GridFactor);

impl Master for GridFactor {
    const NAME: &'static str = "grid_factors";
    /// By community, sorted by valid_from.
    type Resolved = ByCommunity<Self>;

    fn key(&self) -> Value {
        json!([self.community_id, self.valid_from])
    }

    fn community(&self) -> Option<&str> {
        Some(&self.community_id)
    }

    fn fields() -> Vec<Field> {
        vec![
            text("community_id"),
            text("factor_set"),
            text("scope"),
            Field::new("grid_g_per_kwh", DataType::Decimal128(18, 3), false),
            Field::new("source_g_per_kwh", DataType::Decimal128(18, 3), false),
        ]
    }

    fn cells(&self) -> Value {
        json!({
            "community_id": self.community_id,
            "factor_set": self.factor_set,
            "scope": self.scope,
            "grid_g_per_kwh": fixed(self.grid_mg_per_kwh, 3),
            "source_g_per_kwh": fixed(self.source_mg_per_kwh, 3),
            "valid_from": instant(self.valid_from),
            "valid_to": instant(self.valid_to),
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        resolve_each(rows, |f| (&f.community_id, ()))
    }

    fn counted(resolved: &Self::Resolved, community: &str, span: Span) -> Result<Vec<String>> {
        counted_within(resolved, community, span, |factor: Self| factor)
    }
}
