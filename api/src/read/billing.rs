//! How far a month has come on its way to the bill, what was billed, and what is drafted to correct it.

use chrono::NaiveDate;
use dashboards::figure::month_state as words;
use engine::billing::{Billing, Lines};
use engine::calendar::{day_span, month_span, next_month};
use engine::clock::Micros;
use engine::job::inputs::bills::register_bills;
use engine::{Error, Result};
use serde::Serialize;

use super::View;
use super::decimal::{self, Exact, Kwh, Money};
use super::line::Line;
use super::rows::{Row, Rows, day, instant};
use crate::problem::{Arg, Message, refused};

/// How far a month has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MonthState {
    /// `RAW`, `PROVISIONAL`, `SETTLED`, `BILLED` or `CORRECTED`.
    pub state: String,
    #[serde(rename = "intervals_of_month")]
    pub interval_count: i64,
    pub complete_intervals: i64,
    pub estimated_intervals: i64,
    pub zeroed_intervals: i64,
    pub provisional_intervals: i64,
    pub held_intervals: i64,
    /// Days whose intervals are settled and that wait for a price.
    pub unpriced_days: i64,
    pub bills: i64,
    #[serde(serialize_with = "decimal::instant_or_null")]
    pub billed_at: Option<Micros>,
    #[serde(serialize_with = "decimal::instant_or_null")]
    pub corrected_at: Option<Micros>,
    pub billed_amount: Money,
    /// Lines that differ from what was billed, and members that have such lines.
    pub open_corrections: i64,
    pub open_members: i64,
    pub open_amount: Money,
    /// The run of the statement.
    pub statement_run_id: String,
    pub run_id: String,
}

impl MonthState {
    /// Intervals whose figures change by a correction only.
    pub fn settled_intervals(&self) -> i64 {
        self.complete_intervals + self.estimated_intervals + self.zeroed_intervals
    }

    /// Whether it may be billed.
    pub fn is_settled(&self) -> bool {
        self.settled_intervals() == self.interval_count && self.unpriced_days == 0
    }

    /// For people.
    pub fn shown(&self) -> Option<words::Billing> {
        Some(words::Billing {
            state: words::MonthState::parse(&self.state)?,
            billed_us: self.billed_at,
            corrected_us: self.corrected_at,
            billed_micro: self.billed_amount.micro,
            open_members: u32::try_from(self.open_members).unwrap_or(u32::MAX),
            open_micro: self.open_amount.micro,
            estimated: u32::try_from(self.estimated_intervals).unwrap_or(u32::MAX),
            zeroed: u32::try_from(self.zeroed_intervals).unwrap_or(u32::MAX),
        })
    }
}

/// A drafted line of a month's next bill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Correction {
    #[serde(flatten)]
    pub line: Line,
    /// `credit` or `charge`.
    pub entry: String,
    /// By which the line differs, once per line.
    pub difference_kwh: Option<Kwh>,
    pub difference_exact: Option<Exact>,
    pub difference_amount: Option<Money>,
    /// `final` or `provisional`.
    pub status: &'static str,
}

/// A line of a bill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BillLine {
    #[serde(serialize_with = "decimal::text")]
    pub bill_number: i64,
    #[serde(serialize_with = "decimal::instant")]
    pub billed_at: Micros,
    /// `charge` or `credit`.
    pub entry: String,
    #[serde(flatten)]
    pub line: Line,
}

/// What a member was billed by all bills, and what its statement says; nothing where that is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Both {
    pub member_id: String,
    pub billed_amount: Money,
    pub known_amount: Option<Money>,
    pub difference_amount: Option<Money>,
}

/// What a member was billed by one bill, in 10^-6 of the currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BilledMember {
    pub bill_number: i64,
    pub member_id: String,
    pub net_micro: i128,
    pub vat_micro: i128,
    pub total_micro: i128,
}

/// How far a month has come; nothing before it was computed.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn state(view: &View, month: NaiveDate) -> Result<Option<MonthState>> {
    let rows = Rows::of(&view.session, queries::report::MONTH_STATE, &[day("month", month)]).await?;
    let Some(row) = rows.iter().next() else { return Ok(None) };
    let money = |name| Ok::<_, Error>(view.money(row.decimal(name, 6)?.unwrap_or(0)));
    Ok(Some(MonthState {
        state: row.text("state")?,
        interval_count: row.int("interval_count")?,
        complete_intervals: row.int("complete_intervals")?,
        estimated_intervals: row.int("estimated_intervals")?,
        zeroed_intervals: row.int("zeroed_intervals")?,
        provisional_intervals: row.int("provisional_intervals")?,
        held_intervals: row.int("held_intervals")?,
        unpriced_days: row.int("unpriced_days")?,
        bills: row.int("bills")?,
        billed_at: row.time("billed_at")?,
        corrected_at: row.time("corrected_at")?,
        billed_amount: money("billed_amount")?,
        open_corrections: row.int("open_corrections")?,
        open_members: row.int("open_members")?,
        open_amount: money("open_amount")?,
        statement_run_id: row.text("statement_run_id")?,
        run_id: row.text("run_id")?,
    }))
}

/// The drafted corrections of a month.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn corrections(view: &View, month: NaiveDate) -> Result<Vec<Correction>> {
    let rows = Rows::of(&view.session, queries::report::MONTH_CORRECTIONS, &[day("month", month)]).await?;
    rows.iter().map(|row| correction(view, &row)).collect()
}

fn correction(view: &View, row: &Row<'_>) -> Result<Correction> {
    let difference = [("difference_kwh", 6), ("difference_exact", 12), ("difference_amount", 6)];
    let [kwh, exact, amount] = difference.map(|(name, scale)| row.decimal(name, scale));
    let difference = match (kwh?, exact?, amount?) {
        (Some(kwh), Some(exact), Some(amount)) => Some((kwh, exact, amount)),
        _ => None,
    };
    Ok(Correction {
        line: Line::of(row, &view.community.currency)?,
        entry: row.text("entry")?,
        difference_kwh: difference.map(|(kwh, _, _)| Kwh(kwh)),
        difference_exact: difference.map(|(_, exact, _)| Exact(exact)),
        difference_amount: difference.map(|(_, _, amount)| view.money(amount)),
        status: super::status(row)?,
    })
}

/// The lines of a month's next bill: those of its statement, after the first bill its drafted corrections.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn next_lines(view: &View, month: NaiveDate) -> Result<Lines> {
    let rows = Rows::of(&view.session, queries::report::BILL_LINES, &[day("month", month)]).await?;
    Lines::of(&[rows.into_batch()])
}

/// What bills say member by member.
///
/// # Errors
/// Internal, when a bill cannot be read.
pub async fn members(bills: &[&Billing]) -> Result<Vec<BilledMember>> {
    let session = engine::session::plain();
    register_bills(&session, "", bills)?;
    let rows = Rows::of(&session, queries::report::BILL_MEMBERS, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(BilledMember {
                bill_number: row.int("bill_number")?,
                member_id: row.text("member_id")?,
                net_micro: row.decimal("net_amount", 6)?.unwrap_or(0),
                vat_micro: row.decimal("vat_amount", 6)?.unwrap_or(0),
                total_micro: row.decimal("total_amount", 6)?.unwrap_or(0),
            })
        })
        .collect()
}

/// The lines of bills.
///
/// # Errors
/// Internal, when a bill cannot be read.
pub async fn lines(bills: &[&Billing], currency: &str) -> Result<Vec<BillLine>> {
    let session = engine::session::plain();
    register_bills(&session, "", bills)?;
    let rows = Rows::of(&session, queries::report::BILL_TEXT, &[]).await?;
    let line = |row: Row<'_>| {
        Ok(BillLine {
            bill_number: row.int("bill_number")?,
            billed_at: row.time("billed_at")?.unwrap_or_default(),
            entry: row.text("entry")?,
            line: Line::taxed(&row, currency)?,
        })
    };
    rows.iter().map(line).collect()
}

/// What members were billed beside the statements of a view; without a view beside nothing.
///
/// # Errors
/// Internal, when a bill cannot be read; environment, when files cannot be read.
pub async fn both(view: Option<&View>, bills: &[&Billing], month: NaiveDate, currency: &str) -> Result<Vec<Both>> {
    let lake = engine::session::plain();
    let session = match view {
        Some(view) => &view.session,
        None => {
            let schema = engine::schema::Table::StatementLines.schema();
            engine::session::register_rows(&lake, "statement_lines", schema, vec![])?;
            &lake
        }
    };
    register_bills(session, "", bills)?;
    let rows = Rows::of(session, queries::report::BILLED_AND_KNOWN, &[day("month", month)]).await?;
    rows.iter()
        .map(|row| {
            let money = |name| Ok::<_, Error>(Money::new(row.decimal(name, 6)?.unwrap_or(0), currency));
            let known = |name| view.is_some().then(|| money(name)).transpose();
            Ok(Both {
                member_id: row.text("member_id")?,
                billed_amount: money("billed_amount")?,
                known_amount: known("known_amount")?,
                difference_amount: known("difference_amount")?,
            })
        })
        .collect()
}

/// Most days and points that a refusal lists.
const LISTED_MAX: usize = 10;

/// Why a month cannot be billed yet, with what is missing and the cure.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn refusal(view: &View, month: NaiveDate, state: &MonthState) -> Result<Message> {
    let id = &view.community.community_id;
    let name = month.format("%Y-%m");
    let open = state.interval_count - state.settled_intervals();
    if open == 0 {
        return Ok(refused::month_unpriced(name, id, state.unpriced_days));
    }
    let (mut days, mut missing) = (unsettled_days(view, month).await?, missing_values(view, month).await?);
    let more = days.len().saturating_sub(LISTED_MAX) + missing.len().saturating_sub(LISTED_MAX);
    days.truncate(LISTED_MAX);
    missing.truncate(LISTED_MAX);
    days.append(&mut missing);
    if more > 0 {
        days.push(refused::lines_more(more));
    }
    Ok(refused::month_open(name, id, open, state.interval_count, Arg::Lines(days)))
}

/// Days of a month with open intervals; days without any figure that follow each other are one line.
async fn unsettled_days(view: &View, month: NaiveDate) -> Result<Vec<Message>> {
    let span = month_span(view.zone, month);
    let zone = ("zone", datafusion::scalar::ScalarValue::from(view.zone.name()));
    let bounds = [instant("start", span.start), instant("end", span.end), zone];
    let rows = Rows::of(&view.session, queries::report::UNSETTLED_DAYS, &bounds).await?;
    let mut known = std::collections::BTreeMap::new();
    for row in rows.iter() {
        let counts = ["settled_intervals", "provisional_intervals", "held_intervals"].map(|name| row.int(name));
        let [settled, provisional, held] = counts;
        known.insert(row.day("local_day")?.unwrap_or_default(), (settled?, provisional?, held?));
    }
    let mut lines = Vec::new();
    let mut empty: Option<(NaiveDate, NaiveDate)> = None;
    let told = |(first, last): (NaiveDate, NaiveDate)| match first == last {
        true => refused::day_nothing_computed(first),
        false => refused::days_nothing_computed(first, last),
    };
    // Before the first value ever, silence is not a gap.
    let id = &view.community.community_id;
    let begins = view.published.as_ref().and_then(|p| p.inputs.first_days.get(id)).copied().unwrap_or(month);
    for date in begins.max(month).iter_days().take_while(|d| *d < next_month(month)) {
        let Some((settled, provisional, held)) = known.get(&date) else {
            empty = Some((empty.map_or(date, |(first, _)| first), date));
            continue;
        };
        lines.extend(empty.take().map(told));
        let day = day_span(view.zone, date);
        let absent = (day.end - day.start) / view.grid() - settled - provisional - held;
        let parts = [
            (*provisional, refused::intervals_provisional(provisional)),
            (*held, refused::intervals_held(held)),
            (absent, refused::intervals_absent(absent)),
        ];
        let mut said = Vec::new();
        for (_, part) in parts.into_iter().filter(|(n, _)| *n > 0) {
            if !said.is_empty() {
                said.push(refused::list_next());
            }
            said.push(part);
        }
        if !said.is_empty() {
            lines.push(refused::day_open(date, Arg::Said(said)));
        }
    }
    lines.extend(empty.map(told));
    Ok(lines)
}

/// Points of a month that lack values.
async fn missing_values(view: &View, month: NaiveDate) -> Result<Vec<Message>> {
    let bounds = [day("first_day", month), day("end_day", next_month(month))];
    let rows = Rows::of(&view.session, queries::report::MISSING_VALUES, &bounds).await?;
    rows.iter()
        .map(|row| {
            let (first, last) = (row.day("first_day")?.unwrap_or_default(), row.day("last_day")?.unwrap_or_default());
            let (point, direction) = (row.text("metering_point_id")?, row.text("direction")?);
            let missing = row.int("missing")?;
            Ok(match first == last {
                true => refused::values_missing_on(point, direction, missing, first),
                false => refused::values_missing_from_to(point, direction, missing, first, last),
            })
        })
        .collect()
}
