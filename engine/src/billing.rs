//! Bills: what the members of a community were charged for a month, line by line as it was told to them.
//!
//! A bill is master data: it is kept for ever, and a second bill of the same number changes nothing. What is computed
//! after it stands beside it, and the difference is drafted as lines of the next bill of the month.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, new_null_array};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::display::FormatOptions;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::field::bill_line_fields;

/// One bill of a month of a community: the documents of all its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billing {
    pub community_id: String,
    /// First local day of the month.
    pub month: NaiveDate,
    /// 1 is the bill of the month, those after it are corrections.
    pub number: u32,
    pub billed_at: Micros,
    /// The run of the statement that it is made from.
    pub statement_run_id: String,
    /// Its lines, see [`Lines::to_text`]. Who only looks up master data does not take them apart.
    pub text: String,
}

impl Billing {
    /// How many lines it has.
    pub fn line_count(&self) -> usize {
        self.text.lines().count().saturating_sub(1)
    }
}

/// Lines as texts, with the names of their columns: decimals keep all their digits, and a later version of the program
/// that knows more columns still reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    pub columns: Vec<String>,
    pub lines: Vec<Vec<Option<String>>>,
}

/// What stands for no value.
const NONE: &str = "\\N";

impl Lines {
    /// Takes the columns of a bill's lines out of rows that have them.
    ///
    /// # Errors
    /// Internal, when a column is not there.
    pub fn of(batches: &[RecordBatch]) -> Result<Self> {
        let fields = bill_line_fields();
        let columns: Vec<String> = fields.iter().map(|f| f.name().clone()).collect();
        let mut lines = Vec::new();
        for batch in batches {
            let texts = columns.iter().map(|name| texts(batch, name)).collect::<Result<Vec<_>>>()?;
            let cell = |column: &StringArray, row| (!column.is_null(row)).then(|| column.value(row).to_string());
            lines.extend((0..batch.num_rows()).map(|row| texts.iter().map(|column| cell(column, row)).collect()));
        }
        Ok(Self { columns, lines })
    }

    /// One text: the names of the columns, then line by line, values apart by tabs; `\\`, `\t`, `\n` and `\r` within a
    /// value are written with a backslash, and no value as `\N`.
    pub fn to_text(&self) -> String {
        let names = self.columns.iter().map(|c| Some(c.as_str())).collect::<Vec<_>>();
        let mut out = row(&names);
        for line in &self.lines {
            out += &row(&line.iter().map(Option::as_deref).collect::<Vec<_>>());
        }
        out
    }

    /// Reads what [`Lines::to_text`] gives.
    pub fn from_text(text: &str) -> Self {
        let mut lines = text.lines().map(|line| line.split('\t').map(value).collect::<Vec<_>>());
        let columns = lines.next().unwrap_or_default().into_iter().flatten().collect();
        Self { columns, lines: lines.collect() }
    }

    /// The lines as typed columns. A column that they were written without is empty, or 0.
    ///
    /// # Errors
    /// Internal, when a text is not of its column's type.
    pub fn batch(&self) -> Result<RecordBatch> {
        let fields = bill_line_fields();
        let columns = fields.iter().map(|field| self.column(field)).collect::<Result<Vec<_>>>()?;
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
    }

    fn column(&self, field: &Field) -> Result<ArrayRef> {
        let at = self.columns.iter().position(|c| c == field.name());
        let missing = match field.data_type() {
            DataType::Utf8 => "",
            _ => "0",
        };
        let texts: StringArray = match at {
            None if field.is_nullable() => return Ok(new_null_array(field.data_type(), self.lines.len())),
            None => self.lines.iter().map(|_| Some(missing)).collect(),
            Some(at) => self.lines.iter().map(|line| line.get(at).and_then(Option::as_deref)).collect(),
        };
        let exact = CastOptions { safe: false, format_options: FormatOptions::default() };
        cast_with_options(&texts, field.data_type(), &exact)
            .map_err(|e| Error::internal(format!("a bill's {}: {e}", field.name())))
    }
}

fn row(values: &[Option<&str>]) -> String {
    let escaped = |v: &Option<&str>| match v {
        None => NONE.to_string(),
        Some(v) => v.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r"),
    };
    values.iter().map(escaped).collect::<Vec<_>>().join("\t") + "\n"
}

fn value(text: &str) -> Option<String> {
    if text == NONE {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        out.push(match c {
            '\\' => match characters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some(other) => other,
                None => '\\',
            },
            c => c,
        });
    }
    Some(out)
}

fn texts(batch: &RecordBatch, name: &str) -> Result<StringArray> {
    let column = batch.column_by_name(name);
    let column = column.ok_or_else(|| Error::internal(format!("lines of a bill need the column {name}")))?;
    Ok(cast(column, &DataType::Utf8)?.as_string::<i32>().clone())
}

/// The bills of one community, by month and number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bills(BTreeMap<NaiveDate, BTreeMap<u32, Billing>>);

impl Bills {
    /// Adds a bill; one that is there already stays as it is.
    pub(crate) fn add(&mut self, bill: Billing) {
        self.0.entry(bill.month).or_default().entry(bill.number).or_insert(bill);
    }

    /// The bills of a month, the first one first.
    pub fn of(&self, month: NaiveDate) -> impl Iterator<Item = &Billing> {
        self.0.get(&month).into_iter().flat_map(BTreeMap::values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{Registry, Row, SequencedRow};

    fn lines(amount: &str) -> Lines {
        let columns = bill_line_fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>();
        let cell = |name: &String| match name.as_str() {
            "price" => None,
            "amount" | "exact_amount" | "energy_kwh" => Some(amount.to_string()),
            "vat_percent" => Some("20.00".to_string()),
            "line_number" | "price_segment" | "fund_part" => Some("7".to_string()),
            text => Some(format!("{text} of a line")),
        };
        Lines { lines: vec![columns.iter().map(cell).collect()], columns }
    }

    #[test]
    fn lines_come_back_as_they_were_kept() {
        let kept = Lines { lines: vec![], ..lines("0") };
        assert_eq!(kept.batch().unwrap().num_rows(), 0);
        let batch = lines("-123456789.123456").batch().unwrap();
        let again = Lines::of(&[batch]).unwrap();
        let at = |name: &str| again.lines[0][again.columns.iter().position(|c| c == name).unwrap()].clone();
        assert_eq!(at("amount").as_deref(), Some("-123456789.123456"));
        assert_eq!(at("exact_amount").as_deref(), Some("-123456789.123456000000"));
        assert_eq!((at("price"), at("kind").as_deref()), (None, Some("kind of a line")));
        assert_eq!(Lines::of(&[again.batch().unwrap()]).unwrap(), again);
        assert!(lines("12,5").batch().unwrap_err().to_string().contains("energy_kwh"));
    }

    #[test]
    fn texts_keep_every_character_and_what_is_no_value() {
        let columns = vec!["a".to_string(), "b".to_string()];
        let odd = ["", "\\", "\\N", "a\tb", "a\nb\r", "é ü", "N", "\\t"];
        let lines = odd.iter().map(|v| vec![Some((*v).to_string()), None]).collect();
        let kept = Lines { columns, lines };
        assert_eq!(Lines::from_text(&kept.to_text()), kept);
        assert_eq!(kept.to_text().lines().count(), 1 + odd.len());
        assert_eq!(Lines::from_text(""), Lines::default());
    }

    #[test]
    fn a_column_that_a_bill_was_written_without_is_empty() {
        let mut kept = lines("1");
        let at = kept.columns.iter().position(|c| c == "producer_id").unwrap();
        kept.columns.remove(at);
        kept.lines[0].remove(at);
        let batch = kept.batch().unwrap();
        let producer: &StringArray = batch.column_by_name("producer_id").unwrap().as_string();
        assert_eq!(producer.value(0), "");
    }

    #[test]
    fn a_bill_of_the_same_number_changes_nothing() {
        let month = NaiveDate::from_ymd_opt(2026, 6, 1).unwrap();
        let bill = |number, billed_at| {
            Row::Billings(Billing {
                community_id: "c".into(),
                month,
                number,
                billed_at,
                statement_run_id: "r".into(),
                text: String::new(),
            })
        };
        let rows = [bill(2, 20), bill(1, 10), bill(2, 30)];
        let rows = rows.into_iter().enumerate().map(|(n, row)| SequencedRow { sequence: n as i64 + 1, row });
        let registry = Registry::from_rows(rows);
        let seen: Vec<_> = registry.bills_of("c", month).map(|b| (b.number, b.billed_at)).collect();
        assert_eq!(seen, [(1, 10), (2, 20)]);
        assert_eq!(registry.bills_of("d", month).count(), 0);
    }
}
