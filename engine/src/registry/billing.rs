//! Bills, as master data keep them.

use std::collections::BTreeMap;

use arrow::datatypes::Field;
use serde_json::{Value, json};

use super::master::{Master, instant};
use crate::billing::{Billing, Bills};
use crate::calendar::Span;
use crate::error::Result;
use crate::field::{count, day, text, time};

impl Master for Billing {
    const NAME: &'static str = "billings";
    type Resolved = BTreeMap<String, Bills>;

    fn key(&self) -> Value {
        json!([self.community_id, self.month, self.number])
    }

    fn community(&self) -> Option<&str> {
        Some(&self.community_id)
    }

    fn fields() -> Vec<Field> {
        vec![text("community_id"), day("month"), count("number"), time("billed_at"), text("statement_run_id")]
    }

    fn cells(&self) -> Value {
        json!({
            "community_id": self.community_id,
            "month": self.month,
            "number": self.number,
            "billed_at": instant(self.billed_at),
            "statement_run_id": self.statement_run_id,
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        let mut all = Self::Resolved::new();
        rows.into_iter().for_each(|(_, bill)| all.entry(bill.community_id.clone()).or_default().add(bill));
        all
    }

    fn counted(_: &Self::Resolved, _: &str, _: Span) -> Result<Vec<String>> {
        // A statement does not depend on its bill; what depends on both has a run of its own.
        Ok(vec![])
    }
}
