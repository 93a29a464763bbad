//! What a result is a function of, as a number: equal numbers mean equal results.
//!
//! Everything goes into a digest in one canonical form: texts with their length before them, rows of master data as
//! JSON in the order of their fields without those that have their default, numbers as eight bytes. So a field that a
//! later version of the program adds with a default changes no number of rows that do not have it.

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};

use super::community::{Community, Stocks};
use super::results::Figure;
use crate::billing::Billing;
use crate::calendar::Span;
use crate::error::{Error, Result};
use crate::hash::hex;
use crate::readings::{CurrentValue, Fit};

/// The number of the arithmetic. A change that may give other figures from the same inputs is a new number.
pub const ARITHMETIC_VERSION: u32 = 4;

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
    ///
    /// # Errors
    /// Internal, when a row has no canonical form.
    pub fn master_digest(&self, span: Span) -> Result<String> {
        let mut canon = Canon::default();
        for (table, rows) in self.registry.that_count(self.id, self.zone(), span)? {
            // A table that says nothing is as one that is not there yet.
            if !rows.is_empty() {
                canon.text(table).number(rows.len() as i64);
                for row in rows {
                    canon.text(&row);
                }
            }
        }
        Ok(canon.finish())
    }

    /// The id of the run of a day.
    pub(super) fn day_run_id(&self, inputs: &DayInputs<'_>) -> Result<String> {
        let mut canon = Canon::default();
        canon.text("day").text(self.graph_digest).number(ARITHMETIC_VERSION.into()).text(self.id);
        canon.text(&inputs.day.to_string()).number(inputs.closed.into());
        canon.text(&self.master_digest(inputs.span)?);
        canon.number(inputs.opening.len() as i64);
        for (point, held) in inputs.opening {
            canon.text(point).number(held.stock.community_micro_kwh).number(held.stock.grid_micro_kwh);
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
        Ok(canon.finish())
    }

    fn put(&self, canon: &mut Canon, value: &CurrentValue) {
        canon.text(&self.points[value.point as usize]).text(value.direction.as_str()).text(value.quality.as_str());
        canon.number(value.interval_start).number(value.energy_micro_kwh).number(value.revision);
        let fit = match value.fit {
            Fit::Whole => return,
            Fit::Summed => "summed",
            Fit::Split => "split",
            Fit::Partial => "partial",
        };
        canon.text(fit);
    }

    /// The id of the run of a month's statement, made from the runs of its days. `first` is the day that the month
    /// counts from, where that is not its first.
    pub(crate) fn month_run_id(
        &self,
        graph_digest: &str,
        (month, span): (NaiveDate, Span),
        first: Option<NaiveDate>,
        day_runs: &[String],
    ) -> Result<String> {
        let mut canon = Canon::default();
        canon.text("month").text(graph_digest).text(self.id).text(&month.to_string());
        canon.text(&first.map(|day| day.to_string()).unwrap_or_default());
        canon.text(&self.master_digest(span)?).number(day_runs.len() as i64);
        for run in day_runs {
            canon.text(run);
        }
        Ok(canon.finish())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::day_span;
    use crate::reading::{Direction, Quality};
    use crate::registry::{Registry, Row, SequencedRow};

    const DAY: &str = "2026-06-15";

    /// A consumer, a producer, a key and a price.
    fn registry(tariff: &str) -> Registry {
        let rows = [
            r#"{"table":"communities","community_id":"c","name":"C","country":"FR","timezone":"Europe/Paris","currency":"EUR","interval_minutes":15}"#,
            r#"{"table":"metering_points","metering_point_id":"p-1","holder":"h","import":true,"export":false,"valid_from":0,"valid_to":9223372036854775807}"#,
            r#"{"table":"metering_points","metering_point_id":"p-2","holder":"h","import":false,"export":true,"valid_from":0,"valid_to":9223372036854775807}"#,
            r#"{"table":"participations","community_id":"c","metering_point_id":"p-1","member_id":"m-1","factor_percent":100,"consent_id":null,"valid_from":0,"valid_to":9223372036854775807}"#,
            r#"{"table":"participations","community_id":"c","metering_point_id":"p-2","member_id":"m-2","factor_percent":100,"consent_id":null,"valid_from":0,"valid_to":9223372036854775807}"#,
            tariff,
        ];
        let rows = rows.iter().map(|row| serde_json::from_str::<Row>(row).unwrap());
        Registry::from_rows((1..).zip(rows).map(|(sequence, row)| SequencedRow { sequence, row }))
    }

    const TARIFF: &str = r#"{"table":"tariffs","community_id":"c","item":"internal_energy","producer":null,"price_micro_per_kwh":115000,"price_micro_per_month":null,"vat_basis_points":2000,"vat_category":"S","valid_from":0,"valid_to":9223372036854775807}"#;

    fn run_id(registry: &Registry, energy_micro_kwh: i64) -> String {
        let community = Community::new(registry, "c", "the digest of the SQL").unwrap();
        let day: NaiveDate = DAY.parse().unwrap();
        let value = CurrentValue {
            point: 0,
            direction: Direction::Import,
            interval_start: day_span(community.zone(), day).start,
            energy_micro_kwh,
            quality: Quality::Measured,
            revision: 0,
            fit: Fit::Whole,
        };
        community.settle(&[(day, false)], &[value]).unwrap().days[0].run_id.clone()
    }

    #[test]
    fn the_canonical_form_of_master_data_is_this() {
        let registry = registry(TARIFF);
        let span = day_span(chrono_tz::Europe::Paris, DAY.parse().unwrap());
        let tables = registry.that_count("c", chrono_tz::Europe::Paris, span).unwrap();
        let lines = tables.iter().flat_map(|(table, rows)| rows.iter().map(move |row| format!("{table} {row}\n")));
        assert_eq!(lines.collect::<String>(), include_str!("digest/canonical.txt"));
    }

    /// Published results keep their ids for ever: when this fails, results that are the same would get other ones.
    #[test]
    fn a_run_id_never_changes_by_accident() {
        assert_eq!(run_id(&registry(TARIFF), 250_000), include_str!("digest/run_id.txt").trim());
    }

    #[test]
    fn what_counts_changes_a_run_id_and_what_does_not_leaves_it() {
        let id = run_id(&registry(TARIFF), 250_000);
        assert_ne!(run_id(&registry(TARIFF), 250_001), id);
        assert_ne!(run_id(&registry(&TARIFF.replace("115000", "115001")), 250_000), id);
        // A field that somebody left at its default says nothing.
        let defaults =
            TARIFF.replace(r#""producer":null"#, r#""producer":null,"band":null,"series":null,"free_micro_kwh":null"#);
        assert_ne!(defaults, TARIFF);
        assert_eq!(run_id(&registry(&defaults), 250_000), id);
        // A price of another time is nothing to this day.
        let ended = TARIFF.replace("9223372036854775807", "1790000000000000");
        assert_ne!(ended, TARIFF);
        assert_eq!(run_id(&registry(&ended), 250_000), id);
    }
}
