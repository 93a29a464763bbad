//! What the rules of countries say, as this installation knows it.

use std::collections::BTreeMap;

use arrow::datatypes::Field;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::master::Master;
use crate::calendar::Span;
use crate::error::Result;
use crate::field::text;

/// What the rules of a country say about one thing for a time: a rate, a limit, a sharing that it knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regime {
    /// ISO 3166 alpha-2.
    pub country: String,
    /// `vat_percent.household.electricity`, `sharing.statique`, ...
    pub key: String,
    /// As the key asks for it.
    pub value: String,
    /// First day; nothing where it always was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    /// The day after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<NaiveDate>,
    /// Where it stands.
    pub source: String,
}

impl Master for Regime {
    const NAME: &'static str = "regimes";
    /// By (country, key, first day).
    type Resolved = BTreeMap<(String, String, Option<NaiveDate>), Self>;

    fn key(&self) -> Value {
        json!([self.country, self.key, self.valid_from])
    }

    fn community(&self) -> Option<&str> {
        None
    }

    fn fields() -> Vec<Field> {
        vec![text("country"), text("key"), text("value"), text("source")]
    }

    fn cells(&self) -> Value {
        json!({
            "country": self.country,
            "key": self.key,
            "value": self.value,
            "source": self.source,
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        rows.into_iter().map(|(_, r)| ((r.country.clone(), r.key.clone(), r.valid_from), r)).collect()
    }

    fn counted(_: &Self::Resolved, _: &str, _: Span) -> Result<Vec<String>> {
        // Rates and limits are written into a community's own rows when its file is applied.
        Ok(vec![])
    }
}
