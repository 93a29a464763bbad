//! A month of a community: totals, members, statement lines.

use chrono::NaiveDate;
use engine::Result;
use engine::billing::Billing;
use engine::calendar::month_span;
use engine::clock::Micros;
use serde::Serialize;

use super::View;
use super::billing::{self, Correction, MonthState};
use super::co2::{self, Co2};
use super::decimal::{self, Kwh, Money};
use super::line::{FundPart, Line};
use super::payouts::{self, Payouts};
use super::period::{self, Totals};
use super::rows::{Row, Rows, day, instant};

/// Everything that a month's report says.
#[derive(Debug, Clone, Serialize)]
pub struct Month {
    pub community_id: String,
    #[serde(serialize_with = "decimal::month")]
    pub month: NaiveDate,
    pub currency: String,
    /// The cycle that published it.
    pub cycle: Option<i64>,
    #[serde(flatten)]
    pub totals: Totals,
    pub co2: Vec<Co2>,
    pub co2_total: Option<co2::Total>,
    /// Up to when the community's data are complete; `None` before the first value.
    #[serde(serialize_with = "decimal::instant_or_null")]
    pub complete_until: Option<Micros>,
    pub members: Vec<Member>,
    pub lines: Vec<StatementLine>,
    /// `None` before the month was computed.
    pub state: Option<MonthState>,
    pub bills: Vec<Bill>,
    pub corrections: Vec<Correction>,
    pub payouts: Payouts,
}

/// A bill of the month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bill {
    pub number: u32,
    #[serde(serialize_with = "decimal::instant")]
    pub billed_at: Micros,
    pub statement_run_id: String,
    /// How many it has.
    pub lines: usize,
}

/// One member's month; amounts as statement lines round them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Member {
    pub member_id: String,
    pub consumption_kwh: Kwh,
    pub allocated_kwh: Kwh,
    pub residual_kwh: Kwh,
    pub production_kwh: Kwh,
    pub given_kwh: Kwh,
    pub surplus_kwh: Kwh,
    pub internal_amount: Money,
    pub fee_amount: Money,
    pub excise_amount: Money,
    pub monthly_fee_amount: Money,
    pub vat_amount: Money,
    pub total_amount: Money,
    /// `final` or `provisional`.
    pub status: &'static str,
}

/// One line of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StatementLine {
    pub line_number: i64,
    #[serde(flatten)]
    pub line: Line,
    #[serde(flatten)]
    pub fund: FundPart,
    /// `final` or `provisional`.
    pub status: &'static str,
    pub run_id: String,
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
    let co2 = co2::of(view, span).await?;
    let bill = |b: &Billing| Bill {
        number: b.number,
        billed_at: b.billed_at,
        statement_run_id: b.statement_run_id.clone(),
        lines: b.line_count(),
    };
    Ok(Month {
        community_id: view.community.community_id.clone(),
        month,
        currency: view.community.currency.clone(),
        cycle: view.published.as_ref().map(|p| p.cycle),
        totals: period::totals(view, span).await?,
        co2_total: co2::total(&co2),
        co2,
        complete_until: period::completeness(view).await?.until,
        members: members.iter().map(|row| member(view, &row)).collect::<Result<_>>()?,
        lines,
        bills: view.bills(month).into_iter().map(bill).collect(),
        state: billing::state(view, month).await?,
        corrections: billing::corrections(view, month).await?,
        payouts: payouts::of(view, month).await?,
    })
}

/// The statement lines of a month.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn lines(view: &View, month: NaiveDate) -> Result<Vec<StatementLine>> {
    let rows = Rows::of(&view.session, queries::report::MONTH_LINES, &[day("month", month)]).await?;
    rows.iter().map(|row| line(view, &row)).collect()
}

fn member(view: &View, row: &Row<'_>) -> Result<Member> {
    let kwh = |name| Ok::<_, engine::Error>(Kwh(row.energy_micro_kwh(name)?.unwrap_or(0)));
    let money = |name| Ok::<_, engine::Error>(view.money(row.decimal(name, 6)?.unwrap_or(0)));
    Ok(Member {
        member_id: row.text("member_id")?,
        consumption_kwh: kwh("consumption_kwh")?,
        allocated_kwh: kwh("allocated_kwh")?,
        residual_kwh: kwh("residual_kwh")?,
        production_kwh: kwh("production_kwh")?,
        given_kwh: kwh("given_kwh")?,
        surplus_kwh: kwh("surplus_kwh")?,
        internal_amount: money("internal_amount")?,
        fee_amount: money("fee_amount")?,
        excise_amount: money("excise_amount")?,
        monthly_fee_amount: money("monthly_fee_amount")?,
        vat_amount: money("vat_amount")?,
        total_amount: money("total_amount")?,
        status: super::status(row)?,
    })
}

fn line(view: &View, row: &Row<'_>) -> Result<StatementLine> {
    Ok(StatementLine {
        line_number: row.int("line_number")?,
        line: Line::taxed(row, &view.community.currency)?,
        fund: FundPart::of(row)?,
        status: super::status(row)?,
        run_id: row.text("run_id")?,
    })
}
