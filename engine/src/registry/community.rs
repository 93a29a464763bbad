//! Energy communities.

use std::collections::BTreeMap;

use arrow::datatypes::Field;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::master::{Master, canonical};
use crate::calendar::{SECOND, Span};
use crate::clock::Micros;
use crate::error::Result;
use crate::field::{count, text};

/// An energy community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Community {
    pub community_id: String,
    pub name: String,
    /// ISO 3166 alpha-2. Picks the regime.
    pub country: String,
    /// IANA zone.
    pub timezone: String,
    /// ISO 4217.
    pub currency: String,
    /// The grid of the sharing: 15, 30 or 60.
    pub interval_minutes: u32,
    /// How many hours after the end of a local day it waits for readings before what is missing is dealt with as
    /// missing; the default is [`DEADLINE_HOURS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_hours: Option<u32>,
    /// Where it lies, in 1e-6 degrees north and east: for the sun on its pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place_micro: Option<(i32, i32)>,
}

/// Two days.
pub const DEADLINE_HOURS: u32 = 48;

impl Community {
    /// How long after the end of a local day readings are waited for.
    pub fn deadline(&self) -> Micros {
        i64::from(self.deadline_hours.unwrap_or(DEADLINE_HOURS)) * 3600 * SECOND
    }
}

impl Master for Community {
    const NAME: &'static str = "communities";
    type Resolved = BTreeMap<String, Self>;

    fn key(&self) -> Value {
        json!([self.community_id])
    }

    fn community(&self) -> Option<&str> {
        Some(&self.community_id)
    }

    fn fields() -> Vec<Field> {
        vec![text("community_id"), text("country"), text("timezone"), text("currency"), count("interval_minutes")]
    }

    fn cells(&self) -> Value {
        json!({
            "community_id": self.community_id,
            "country": self.country,
            "timezone": self.timezone,
            "currency": self.currency,
            "interval_minutes": self.interval_minutes,
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        rows.into_iter().map(|(_, c)| (c.community_id.clone(), c)).collect()
    }

    fn counted(resolved: &Self::Resolved, community: &str, _: Span) -> Result<Vec<String>> {
        // What it is called, where it lies and which country it is in is nothing to its figures.
        let says = |c: &Self| canonical(&(&c.timezone, c.interval_minutes, &c.currency, c.deadline()));
        resolved.get(community).map(says).into_iter().collect()
    }
}
