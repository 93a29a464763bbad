//! Which metering points take part in a community, for whom.

use std::collections::BTreeMap;

use arrow::datatypes::Field;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::dated::{Dated, dated, resolve_each};
use super::master::{Master, instant};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::error::Result;
use crate::field::{count, text};

/// A metering point taking part in a community for a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participation {
    pub community_id: String,
    pub metering_point_id: String,
    pub member_id: String,
    /// 1 to 100.
    pub factor_percent: u32,
    pub consent_id: Option<String>,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

dated!(Participation);

impl Master for Participation {
    const NAME: &'static str = "participations";
    /// By community, sorted by (metering point, valid_from); no two overlap for the same point.
    type Resolved = BTreeMap<String, Vec<Self>>;

    fn key(&self) -> Value {
        json!([self.community_id, self.metering_point_id, self.valid_from])
    }

    fn community(&self) -> Option<&str> {
        Some(&self.community_id)
    }

    fn fields() -> Vec<Field> {
        vec![
            text("community_id"),
            text("metering_point_id"),
            text("member_id"),
            count("factor_percent"),
            text("consent_id").with_nullable(true),
        ]
    }

    fn cells(&self) -> Value {
        json!({
            "community_id": self.community_id,
            "metering_point_id": self.metering_point_id,
            "member_id": self.member_id,
            "factor_percent": self.factor_percent,
            "consent_id": self.consent_id,
            "valid_from": instant(self.valid_from),
            "valid_to": instant(self.valid_to),
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        let versions = resolve_each(rows, |p| (&p.community_id, p.metering_point_id.clone()));
        versions.into_iter().map(|(id, all)| (id, all.into_iter().map(|(_, p)| p).collect())).collect()
    }

    fn counted(_: &Self::Resolved, _: &str, _: Span) -> Result<Vec<String>> {
        // They count with what their points measure: see [`super::Registry::participations_that_count`].
        Ok(vec![])
    }
}
