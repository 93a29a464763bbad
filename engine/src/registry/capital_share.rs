//! Capital that members hold.

use arrow::datatypes::Field;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::dated::{ByCommunity, Dated, dated, resolve_each};
use super::master::{Master, counted_within, fixed, instant};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::error::Result;
use crate::field::{kwh, text};

/// Capital that a member holds: what keys by shares share by, and what earns interest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapitalShare {
    pub community_id: String,
    pub member_id: String,
    /// Millionths of the currency.
    pub capital_micro: i64,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

dated!(CapitalShare);

impl Master for CapitalShare {
    const NAME: &'static str = "capital_shares";
    /// By community, sorted by (member, valid_from).
    type Resolved = ByCommunity<Self>;

    fn key(&self) -> Value {
        json!([self.community_id, self.member_id, self.valid_from])
    }

    fn community(&self) -> Option<&str> {
        Some(&self.community_id)
    }

    fn fields() -> Vec<Field> {
        vec![text("community_id"), text("member_id"), kwh("capital")]
    }

    fn cells(&self) -> Value {
        json!({
            "community_id": self.community_id,
            "member_id": self.member_id,
            "capital": fixed(self.capital_micro, 6),
            "valid_from": instant(self.valid_from),
            "valid_to": instant(self.valid_to),
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        resolve_each(rows, |c| (&c.community_id, c.member_id.clone()))
    }

    fn counted(resolved: &Self::Resolved, community: &str, span: Span) -> Result<Vec<String>> {
        counted_within(resolved, community, span, |share: Self| share)
    }
}
