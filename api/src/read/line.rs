//! A statement line: of a statement, of a bill, drafted to correct one, or opened by a trace.

use engine::Result;
use serde::Serialize;

use super::decimal::{Exact, Kwh, Micro, Money, Percent};
use super::rows::Row;

/// What every line says. What else a line has by where it stands, is beside it there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    pub member_id: String,
    pub line_id: String,
    /// `net` or `vat`.
    pub kind: String,
    pub item: String,
    pub producer_id: String,
    /// `invoice` or `credit_note`.
    pub document: String,
    /// Per kWh or month; `None` where it varies from interval to interval.
    pub price: Option<Micro>,
    pub energy_kwh: Kwh,
    pub exact_amount: Exact,
    pub amount: Money,
    /// Drafts say no VAT: it is a line of its own.
    #[serde(flatten)]
    pub vat: Option<Vat>,
}

/// By which VAT a line is taxed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Vat {
    pub vat_category: String,
    pub vat_percent: Percent,
}

/// The fund of a share, and which of its parts; empty and 0 for other lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FundPart {
    pub fund_id: String,
    pub fund_part: i64,
}

impl Line {
    /// From a row of a report, without VAT.
    ///
    /// # Errors
    /// Internal, when the report lacks a column.
    pub fn of(row: &Row<'_>, currency: &str) -> Result<Self> {
        Ok(Self {
            member_id: row.text("member_id")?,
            line_id: row.text("line_id")?,
            kind: row.text("kind")?,
            item: row.text("item")?,
            producer_id: row.text("producer_id")?,
            document: row.text("document")?,
            price: row.decimal("price", 6)?.map(Micro),
            energy_kwh: Kwh(row.energy_micro_kwh("energy_kwh")?.unwrap_or(0)),
            exact_amount: Exact(row.decimal("exact_amount", 12)?.unwrap_or(0)),
            amount: Money::new(row.decimal("amount", 6)?.unwrap_or(0), currency),
            vat: None,
        })
    }

    /// The same with its VAT.
    ///
    /// # Errors
    /// Internal, when the report lacks a column.
    pub fn taxed(row: &Row<'_>, currency: &str) -> Result<Self> {
        let vat_percent = Percent(row.decimal("vat_percent", 2)?.unwrap_or(0));
        let vat = Some(Vat { vat_category: row.text("vat_category")?, vat_percent });
        Ok(Self { vat, ..Self::of(row, currency)? })
    }
}

impl FundPart {
    /// From a row of a report.
    ///
    /// # Errors
    /// Internal, when the report lacks a column.
    pub fn of(row: &Row<'_>) -> Result<Self> {
        Ok(Self { fund_id: row.text("fund_id")?, fund_part: row.int("fund_part")? })
    }
}
