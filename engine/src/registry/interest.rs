//! Interest on the capital of members.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use arrow::datatypes::Field;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::dated::{Dated, dated};
use super::master::{Master, canonical, fixed, instant};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::error::Result;
use crate::field::{count, kwh, text};

/// Interest on the capital of one calendar year, paid with the statements of one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterestRule {
    pub community_id: String,
    pub year: i32,
    /// Ten-thousandths of a percent: 2.75 % is 27500. None where a budget was voted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_percent_e4: Option<i64>,
    /// Millionths of the currency, split by capital and days. None where there is a rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_micro: Option<i64>,
    /// Days by which a day's interest is a part of the year's.
    pub days_of_year: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tie_by_id: bool,
    /// The local month in which it is paid.
    pub valid_from: Micros,
    pub valid_to: Micros,
}

dated!(InterestRule);

impl Master for InterestRule {
    const NAME: &'static str = "interest_rules";
    /// By community and year; the last row of a year counts.
    type Resolved = BTreeMap<String, BTreeMap<i32, (i64, Self)>>;

    fn key(&self) -> Value {
        json!([self.community_id, self.year])
    }

    fn community(&self) -> Option<&str> {
        Some(&self.community_id)
    }

    fn fields() -> Vec<Field> {
        let rate = Field::new("rate_percent", DataType::Decimal128(9, 4), true);
        vec![text("community_id"), count("year"), rate, kwh("budget").with_nullable(true)]
    }

    fn cells(&self) -> Value {
        json!({
            "community_id": self.community_id,
            "year": self.year,
            "rate_percent": fixed(self.rate_percent_e4, 4),
            "budget": fixed(self.budget_micro, 6),
            "valid_from": instant(self.valid_from),
            "valid_to": instant(self.valid_to),
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        let mut all = Self::Resolved::new();
        for (sequence, rule) in rows {
            all.entry(rule.community_id.clone()).or_default().insert(rule.year, (sequence, rule));
        }
        all
    }

    fn counted(resolved: &Self::Resolved, community: &str, span: Span) -> Result<Vec<String>> {
        let rules = resolved.get(community).into_iter().flat_map(BTreeMap::values);
        let here = rules.filter(|(_, rule)| rule.validity().overlaps(span));
        here.map(|(version, rule)| Ok(format!("{version} {}", canonical(&rule.within(span))?))).collect()
    }
}
