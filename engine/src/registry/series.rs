//! Values that change by the interval: coefficients of a key, prices of a market, intensity of a grid.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::Span;
use crate::clock::Micros;

/// Values of a series on a grid for a stretch of time: coefficients of a key, prices of a market, intensity of a grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesBlock {
    /// Whose it is; [`PUBLIC`] for everybody's.
    pub community_id: String,
    /// Names the series.
    pub series: String,
    /// The consuming point that a column of coefficients is about; empty where the series has one column.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub point: String,
    /// The producing point, where coefficients are per pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<String>,
    pub start: Micros,
    pub step_seconds: u32,
    /// Millionths of the unit; nothing where the series has no value.
    pub values_micro: Vec<Option<i64>>,
    /// Where it comes from.
    pub source: String,
    /// Whether final values are still to come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
}

impl SeriesBlock {
    /// The time that it covers.
    pub fn span(&self) -> Span {
        let length = i64::from(self.step_seconds) * crate::calendar::SECOND * self.values_micro.len() as i64;
        Span { start: self.start, end: self.start + length }
    }

    /// The value in force in the interval of a grid that begins at an instant. Values of shorter intervals than the grid's
    /// are none of its: which of them would count?
    pub fn at(&self, instant: Micros, grid: Micros) -> Option<i64> {
        let step = i64::from(self.step_seconds) * crate::calendar::SECOND;
        if step < grid {
            return None;
        }
        let index = usize::try_from((instant - self.start).div_euclid(step.max(1))).ok()?;
        self.values_micro.get(index).copied().flatten()
    }
}

/// The owner of series that belong to no community: a market's prices, a grid's intensity.
pub const PUBLIC: &str = "";

/// A column of a series: consuming point and producing point; both empty where there is one column.
pub type Column = (String, Option<String>);

/// The blocks of a series by column, each with its sequence.
pub type SeriesColumns = BTreeMap<Column, Vec<(i64, SeriesBlock)>>;
