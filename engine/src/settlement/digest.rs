//! What a result is a function of, as a number: equal numbers mean equal results.
//!
//! Everything goes into a digest in one canonical form: texts with their length before them, rows of master data as JSON
//! in the order of their fields without those that have their default, numbers as eight bytes. So a field that a later
//! version of the program adds with a default changes no number of rows that do not have it.

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};

use super::community::{Community, Stocks};
use super::results::Figure;
use crate::billing::Billing;
use crate::calendar::Span;
use crate::error::{Error, Result};
use crate::hash::hex;
use crate::readings::CurrentValue;

/// The number of the arithmetic. A change that may give other figures from the same inputs is a new number.
pub const ARITHMETIC_VERSION: u32 = 3;

/// A digest in the making.
#[derive(Default)]
pub(crate) struct Canon(Sha256);

impl Canon {
    /// Adds a text; its length tells where it ends.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
        self
    }

    /// Adds a number.
    pub fn number(&mut self, number: i64) -> &mut Self {
        self.0.update(number.to_be_bytes());
        self
    }

    /// The digest as 32 hex digits.
    pub fn finish(self) -> String {
        hex(&self.0.finalize()[..16])
    }
}

/// The inputs of a settled day, besides the community's master data.
pub(super) struct DayInputs<'a> {
    pub day: NaiveDate,
    pub span: Span,
    /// Whether its deadline has passed.
    pub closed: bool,
    /// What storages held before it.
    pub opening: &'a Stocks,
    pub values: &'a [CurrentValue],
    pub estimates: &'a [CurrentValue],
    /// What an operator says of it.
    pub figures: &'a [Figure],
}

impl Community<'_> {
    /// What the master data say about a span, digested: equal digests give equal results from equal readings.
    pub fn master_digest(&self, span: Span) -> String {
        let mut canon = Canon::default();
        for (table, rows) in self.registry.that_count(self.id, self.zone(), span) {
            // A table that says nothing is as one that is not there yet.
            if !rows.is_empty() {
                canon.text(table).number(rows.len() as i64);
                for row in rows {
                    canon.text(&row);
                }
            }
        }
        canon.finish()
    }

    /// The id of the run of a day.
    pub(super) fn day_run_id(&self, inputs: &DayInputs<'_>) -> String {
        let mut canon = Canon::default();
        canon.text("day").text(self.graph_digest).number(ARITHMETIC_VERSION.into()).text(self.id);
        canon.text(&inputs.day.to_string()).number(inputs.closed.into());
        canon.text(&self.master_digest(inputs.span));
        canon.number(inputs.opening.len() as i64);
        for (point, held) in inputs.opening {
            canon.text(point).number(held.stock.community_mwh).number(held.stock.grid_mwh);
        }
        for values in [inputs.values, inputs.estimates] {
            canon.number(values.len() as i64);
            values.iter().for_each(|value| self.put(&mut canon, value));
        }
        canon.number(inputs.figures.len() as i64);
        for figure in inputs.figures {
            canon.text(figure.kind.as_str());
            self.put(&mut canon, &figure.value);
        }
        canon.finish()
    }

    fn put(&self, canon: &mut Canon, value: &CurrentValue) {
        canon.text(&self.points[value.point as usize]).text(value.direction.as_str()).text(value.quality.as_str());
        canon.number(value.interval_start).number(value.energy_mwh).number(value.revision);
    }

    /// The id of the run of a month's statement, made from the runs of its days. `first` is the day that the month counts
    /// from, where that is not its first.
    pub(crate) fn month_run_id(
        &self,
        graph_digest: &str,
        (month, span): (NaiveDate, Span),
        first: Option<NaiveDate>,
        day_runs: &[String],
    ) -> String {
        let mut canon = Canon::default();
        canon.text("month").text(graph_digest).text(self.id).text(&month.to_string());
        canon.text(&first.map(|day| day.to_string()).unwrap_or_default());
        canon.text(&self.master_digest(span)).number(day_runs.len() as i64);
        for run in day_runs {
            canon.text(run);
        }
        canon.finish()
    }
}

/// The id of the run of what is made from a statement and its bills.
///
/// # Errors
/// Internal, when a bill is not JSON.
pub(crate) fn billing_run_id(statement_run_id: &str, bills: &[&Billing]) -> Result<String> {
    let mut canon = Canon::default();
    canon.text("billing").text(statement_run_id).number(bills.len() as i64);
    for bill in bills {
        let text = serde_json::to_string(bill).map_err(|e| Error::internal(format!("a bill as JSON: {e}")))?;
        canon.text(&text);
    }
    Ok(canon.finish())
}
