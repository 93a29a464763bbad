//! Values that change by the interval: coefficients of a key, prices of a market, intensity of a grid.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use arrow::datatypes::Field;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::master::{Master, instant};
use crate::calendar::{SECOND, Span};
use crate::clock::Micros;
use crate::error::Result;
use crate::field::{count, text, time};

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
        let length = i64::from(self.step_seconds) * SECOND * self.values_micro.len() as i64;
        Span { start: self.start, end: self.start + length }
    }

    /// The value in force in the interval of a grid that begins at an instant. Values of shorter intervals than the
    /// grid's are none of its: which of them would count?
    pub fn at(&self, instant: Micros, grid: Micros) -> Option<i64> {
        let step = i64::from(self.step_seconds) * SECOND;
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

impl Master for SeriesBlock {
    const NAME: &'static str = "series";
    /// By community, series and column; the later sequence goes before the earlier.
    type Resolved = BTreeMap<String, BTreeMap<String, SeriesColumns>>;

    fn key(&self) -> Value {
        json!([self.community_id, self.series, self.point, self.producer, self.start])
    }

    fn community(&self) -> Option<&str> {
        Some(&self.community_id)
    }

    fn fields() -> Vec<Field> {
        vec![
            text("community_id"),
            text("series"),
            text("point").with_nullable(true),
            text("producer").with_nullable(true),
            time("start"),
            count("step_seconds"),
            text("source"),
            Field::new("provisional", DataType::Boolean, true),
        ]
    }

    fn cells(&self) -> Value {
        json!({
            "community_id": self.community_id,
            "series": self.series,
            "point": Some(&self.point).filter(|point| !point.is_empty()),
            "producer": self.producer,
            "start": instant(self.start),
            "step_seconds": self.step_seconds,
            "source": self.source,
            "provisional": self.provisional.then_some(true),
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        let mut all = Self::Resolved::new();
        for (sequence, block) in rows.into_iter().rev() {
            let columns = all.entry(block.community_id.clone()).or_default().entry(block.series.clone()).or_default();
            let column = (block.point.clone(), block.producer.clone());
            columns.entry(column).or_default().push((sequence, block));
        }
        all
    }

    fn counted(_: &Self::Resolved, _: &str, _: Span) -> Result<Vec<String>> {
        // Those that a key, a price or a factor names count: see [`super::Registry::series_that_count`].
        Ok(vec![])
    }
}
