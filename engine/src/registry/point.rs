//! Metering points, and which of them take part where.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;
use arrow::datatypes::Field;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::master::{Master, instant};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::error::Result;
use crate::field::text;
use crate::reading::Direction;

/// A metering point. Global: it has one holder, whatever communities it takes part in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeteringPoint {
    pub metering_point_id: String,
    pub holder: String,
    pub import: bool,
    pub export: bool,
    #[serde(flatten)]
    pub plant: Plant,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

/// What stands behind a metering point, as far as it matters to sharing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plant {
    /// Contracted power in W: the most that an interval can carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_power_w: Option<i64>,
    /// Power in W up to which somebody has said that readings are true, whatever is plausible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_power_w: Option<i64>,
    /// A storage gives back so many permille of what it took in; `None` for everything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_efficiency_permille: Option<u32>,
}

impl MeteringPoint {
    /// Whether the point measures this direction.
    pub fn measures(&self, direction: Direction) -> bool {
        match direction {
            Direction::Import => self.import,
            Direction::Export => self.export,
        }
    }

    /// The time in which it measures.
    pub fn span(&self) -> Span {
        Span { start: self.valid_from, end: self.valid_to }
    }
}

impl Master for MeteringPoint {
    const NAME: &'static str = "metering_points";
    type Resolved = BTreeMap<String, Self>;

    fn key(&self) -> Value {
        json!([self.metering_point_id])
    }

    fn community(&self) -> Option<&str> {
        None
    }

    fn fields() -> Vec<Field> {
        let flag = |name: &str| Field::new(name, DataType::Boolean, false);
        vec![text("metering_point_id"), text("holder"), flag("import"), flag("export")]
    }

    fn cells(&self) -> Value {
        json!({
            "metering_point_id": self.metering_point_id,
            "holder": self.holder,
            "import": self.import,
            "export": self.export,
            "valid_from": instant(self.valid_from),
            "valid_to": instant(self.valid_to),
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        rows.into_iter().map(|(_, p)| (p.metering_point_id.clone(), p)).collect()
    }

    fn counted(_: &Self::Resolved, _: &str, _: Span) -> Result<Vec<String>> {
        // Points count by their participations: see [`super::Registry::participations_that_count`].
        Ok(vec![])
    }
}
