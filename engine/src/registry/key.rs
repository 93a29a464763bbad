//! How the shared energy is split.

use arrow::datatypes::Field;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::dated::{ByCommunity, Dated, dated, resolve_each};
use super::master::{Master, counted_within, instant};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::error::Result;
use crate::field::{int, text};
use crate::sharing::Rule;

/// How the shared energy is split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationKey {
    pub community_id: String,
    pub rule: Rule,
    /// Who adopted it.
    pub adopted_by: Option<String>,
    /// The country's name for it, where it has one: `statique`, `dynamic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regime: Option<String>,
    /// The version that had shared this time before, and that this one corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<i64>,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

dated!(AllocationKey);

impl Master for AllocationKey {
    const NAME: &'static str = "allocation_keys";
    /// By community, sorted by valid_from; no two overlap.
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
            text("rule"),
            text("adopted_by").with_nullable(true),
            text("regime").with_nullable(true),
            int("corrects").with_nullable(true),
        ]
    }

    fn cells(&self) -> Value {
        json!({
            "community_id": self.community_id,
            "rule": json!(self.rule).to_string(),
            "adopted_by": self.adopted_by,
            "regime": self.regime,
            "corrects": self.corrects,
            "valid_from": instant(self.valid_from),
            "valid_to": instant(self.valid_to),
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        resolve_each(rows, |k| (&k.community_id, ()))
    }

    fn counted(resolved: &Self::Resolved, community: &str, span: Span) -> Result<Vec<String>> {
        // Who adopted it, and what it is called, is nothing to the figures.
        counted_within(resolved, community, span, |k: Self| (k.rule, k.valid_from, k.valid_to))
    }
}
