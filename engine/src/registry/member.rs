//! Members of communities.

use std::collections::BTreeMap;

use arrow::datatypes::Field;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::master::Master;
use crate::calendar::Span;
use crate::error::Result;
use crate::field::text;

/// A member of one community. The lake knows ids only; names are people's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub community_id: String,
    pub member_id: String,
    /// Global id of the person or body behind the member.
    pub holder: String,
    /// `household`, `business`, `farm`, `commune` or `producer`.
    pub kind: String,
}

impl Master for Member {
    const NAME: &'static str = "members";
    /// By (community, member).
    type Resolved = BTreeMap<(String, String), Self>;

    fn key(&self) -> Value {
        json!([self.community_id, self.member_id])
    }

    fn community(&self) -> Option<&str> {
        Some(&self.community_id)
    }

    fn fields() -> Vec<Field> {
        vec![text("community_id"), text("member_id"), text("holder"), text("kind")]
    }

    fn cells(&self) -> Value {
        json!({
            "community_id": self.community_id,
            "member_id": self.member_id,
            "holder": self.holder,
            "kind": self.kind,
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        rows.into_iter().map(|(_, m)| ((m.community_id.clone(), m.member_id.clone()), m)).collect()
    }

    fn counted(_: &Self::Resolved, _: &str, _: Span) -> Result<Vec<String>> {
        // Kinds count where a price or a fund asks for them: see [`super::Registry::kinds_that_count`].
        Ok(vec![])
    }
}
