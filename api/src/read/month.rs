//! A month of a community: totals, members, statement lines.

use chrono::NaiveDate;
use engine::Result;
use engine::calendar::month_span;

use super::View;
use super::billing::{self, Correction, MonthState};
use super::co2::{self, Co2};
use super::payouts::{self, Payouts};
use super::period::{self, Completeness, Totals};
use super::rows::{Row, Rows, day, instant};

/// Everything that a month's report says.
#[derive(Debug, Clone)]
pub struct Month {
    pub month: NaiveDate,
    pub totals: Totals,
    pub co2: Vec<Co2>,
    pub completeness: Completeness,
    pub members: Vec<Member>,
    pub lines: Vec<Line>,
    /// `None` before the month was computed.
    pub state: Option<MonthState>,
    pub corrections: Vec<Correction>,
    pub payouts: Payouts,
}

/// One member's month: energy in micro-kWh, amounts in 10^-6 of the currency as statement lines round them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    pub member_id: String,
    pub consumption_micro_kwh: i128,
    pub allocated_micro_kwh: i128,
    pub residual_micro_kwh: i128,
    pub production_micro_kwh: i128,
    pub given_micro_kwh: i128,
    pub surplus_micro_kwh: i128,
    pub internal_micro: i128,
    pub fee_micro: i128,
    pub excise_micro: i128,
    pub monthly_fee_micro: i128,
    pub vat_micro: i128,
    pub total_micro: i128,
    pub is_final: bool,
}

/// One statement line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    pub member_id: String,
    pub line_number: i64,
    pub line_id: String,
    /// `net` or `vat`.
    pub kind: String,
    pub item: String,
    pub producer_id: String,
    /// 10^-6 of the currency per kWh or month; `None` where it varies from interval to interval.
    pub price_micro: Option<i128>,
    pub vat_category: String,
    /// Hundredths of a percent.
    pub vat_basis_points: i128,
    pub energy_micro_kwh: i128,
    /// 10^-12 of the currency.
    pub exact_pico: i128,
    /// 10^-6 of the currency.
    pub amount_micro: i128,
    pub is_final: bool,
    pub run_id: String,
    /// `invoice` or `credit_note`.
    pub document: String,
    /// The fund of a share, and which of its parts; empty and 0 for other lines.
    pub fund_id: String,
    pub fund_part: i64,
}

/// Reads a month.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn of(view: &View, month: NaiveDate) -> Result<Month> {
    let span = month_span(view.zone, month);
    let bounds = [day("month", month), instant("start", span.start), instant("end", span.end)];
    let members = Rows::of(&view.session, queries::report::MONTH_MEMBERS, &bounds).await?;
    let lines = lines(view, month).await?;
    Ok(Month {
        month,
        totals: period::totals(view, span).await?,
        co2: co2::of(view, span).await?,
        completeness: period::completeness(view).await?,
        members: members.iter().map(|row| member(&row)).collect::<Result<_>>()?,
        lines,
        state: billing::state(view, month).await?,
        corrections: billing::corrections(view, month).await?,
        payouts: payouts::of(view, month).await?,
    })
}

/// The statement lines of a month.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn lines(view: &View, month: NaiveDate) -> Result<Vec<Line>> {
    let rows = Rows::of(&view.session, queries::report::MONTH_LINES, &[day("month", month)]).await?;
    rows.iter().map(|row| line(&row)).collect()
}

fn member(row: &Row<'_>) -> Result<Member> {
    let micro_kwh = |name| Ok::<_, engine::Error>(row.energy_micro_kwh(name)?.unwrap_or(0));
    let micro = |name| Ok::<_, engine::Error>(row.decimal(name, 6)?.unwrap_or(0));
    Ok(Member {
        member_id: row.text("member_id")?,
        consumption_micro_kwh: micro_kwh("consumption_kwh")?,
        allocated_micro_kwh: micro_kwh("allocated_kwh")?,
        residual_micro_kwh: micro_kwh("residual_kwh")?,
        production_micro_kwh: micro_kwh("production_kwh")?,
        given_micro_kwh: micro_kwh("given_kwh")?,
        surplus_micro_kwh: micro_kwh("surplus_kwh")?,
        internal_micro: micro("internal_amount")?,
        fee_micro: micro("fee_amount")?,
        excise_micro: micro("excise_amount")?,
        monthly_fee_micro: micro("monthly_fee_amount")?,
        vat_micro: micro("vat_amount")?,
        total_micro: micro("total_amount")?,
        is_final: row.text("status")? == "final",
    })
}

fn line(row: &Row<'_>) -> Result<Line> {
    Ok(Line {
        member_id: row.text("member_id")?,
        line_number: row.int("line_number")?,
        line_id: row.text("line_id")?,
        kind: row.text("kind")?,
        item: row.text("item")?,
        producer_id: row.text("producer_id")?,
        price_micro: row.decimal("price", 6)?,
        vat_category: row.text("vat_category")?,
        vat_basis_points: row.decimal("vat_percent", 2)?.unwrap_or(0),
        energy_micro_kwh: row.energy_micro_kwh("energy_kwh")?.unwrap_or(0),
        exact_pico: row.decimal("exact_amount", 12)?.unwrap_or(0),
        amount_micro: row.decimal("amount", 6)?.unwrap_or(0),
        is_final: row.text("status")? == "final",
        run_id: row.text("run_id")?,
        document: row.text("document")?,
        fund_id: row.text("fund_id")?,
        fund_part: row.int("fund_part")?,
    })
}
