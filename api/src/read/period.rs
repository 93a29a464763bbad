//! Figures of a time: energy, its worth, and the load curve.

use chrono::NaiveDate;
use engine::Result;
use engine::calendar::Span;
use engine::clock::Micros;
use serde::Serialize;

use super::View;
use super::decimal;
use super::rows::{Rows, day, instant};

/// Energy in micro-kWh. production + its rounding = shared + surplus + held production; consumption + its rounding =
/// shared + residual + held consumption.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Energy {
    #[serde(rename = "production_kwh", serialize_with = "decimal::kwh")]
    pub production_micro_kwh: i128,
    #[serde(rename = "consumption_kwh", serialize_with = "decimal::kwh")]
    pub consumption_micro_kwh: i128,
    #[serde(rename = "shared_kwh", serialize_with = "decimal::kwh")]
    pub shared_micro_kwh: i128,
    #[serde(rename = "residual_kwh", serialize_with = "decimal::kwh")]
    pub residual_micro_kwh: i128,
    #[serde(rename = "surplus_kwh", serialize_with = "decimal::kwh")]
    pub surplus_micro_kwh: i128,
    /// Of the shared energy: what went into storages, and what came out of them.
    #[serde(rename = "stored_kwh", serialize_with = "decimal::kwh")]
    pub stored_micro_kwh: i128,
    #[serde(rename = "released_kwh", serialize_with = "decimal::kwh")]
    pub released_micro_kwh: i128,
    #[serde(rename = "held_production_kwh", serialize_with = "decimal::kwh")]
    pub held_production_micro_kwh: i128,
    #[serde(rename = "held_consumption_kwh", serialize_with = "decimal::kwh")]
    pub held_consumption_micro_kwh: i128,
    /// By how much shares that are rounded each for itself sum to more than production and consumption.
    #[serde(skip)]
    pub production_rounding_micro_kwh: i128,
    #[serde(skip)]
    pub consumption_rounding_micro_kwh: i128,
}

/// Totals of a time and how far they can be relied on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    #[serde(flatten)]
    pub energy: Energy,
    pub intervals: i64,
    #[serde(skip)]
    pub complete_intervals: i64,
    /// Of the complete ones: those whose missing values are estimated, or count as nothing.
    #[serde(skip)]
    pub estimated_intervals: i64,
    #[serde(skip)]
    pub zeroed_intervals: i64,
    pub provisional_intervals: i64,
    pub held_intervals: i64,
    /// Most points that were missing in one interval.
    #[serde(skip)]
    pub missing_points: i64,
    #[serde(skip)]
    pub first_start: Option<Micros>,
    #[serde(skip)]
    pub last_start: Option<Micros>,
}

/// One interval of the load curve; energy in micro-kWh, `None` while it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    pub start: Micros,
    pub production_micro_kwh: i128,
    pub consumption_micro_kwh: i128,
    pub shared_micro_kwh: Option<i128>,
    pub residual_micro_kwh: Option<i128>,
    pub surplus_micro_kwh: Option<i128>,
    pub status: String,
    pub missing_points: i64,
    pub estimated_points: i64,
}

/// One local day; energy in micro-kWh, `None` where every interval is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub day: NaiveDate,
    pub production_micro_kwh: Option<i128>,
    pub consumption_micro_kwh: Option<i128>,
    pub shared_micro_kwh: Option<i128>,
    pub residual_micro_kwh: Option<i128>,
    pub surplus_micro_kwh: Option<i128>,
    /// Intervals that were computed, and those of them that are held.
    pub intervals: i64,
    pub held_intervals: i64,
    /// Intervals that may still change.
    pub open_intervals: i64,
    /// Most points in one interval.
    pub missing_points: i64,
    /// Most points in one interval.
    pub estimated_points: i64,
}

/// Worth before VAT in 10^-12 of the currency, not rounded; `None` where a price is missing for some of the energy. No
/// energy is worth nothing, whatever the price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worth {
    /// Shared energy at the community's own prices.
    pub internal: Option<i128>,
    /// The community's fee on it.
    pub fee: Option<i128>,
    /// Shared energy that was used, at the supplier's price: what it would have cost.
    pub shared_at_supply: Option<i128>,
    /// What was bought from the supplier.
    pub residual: Option<i128>,
    /// What surplus brought.
    pub surplus: Option<i128>,
    /// Shared energy at the supplier's price less what members pay for it here, fees included. May be negative.
    pub saved: Option<i128>,
    /// Energy without a price, in micro-kWh.
    pub unpriced_shared_micro_kwh: i128,
    pub unpriced_residual_micro_kwh: i128,
    pub unpriced_surplus_micro_kwh: i128,
}

/// Up to when data are complete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Completeness {
    /// `None` before the first value.
    pub until: Option<Micros>,
    /// Start of the first and end of the last interval with a value.
    pub first_start: Option<Micros>,
    pub last_end: Option<Micros>,
}

/// Totals of a time.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn totals(view: &View, span: Span) -> Result<Totals> {
    let rows = Rows::of(&view.session, queries::report::PERIOD_TOTALS, &bounds(span)).await?;
    let row = rows.only()?;
    let micro_kwh = |name| Ok::<_, engine::Error>(row.energy_micro_kwh(name)?.unwrap_or(0));
    Ok(Totals {
        energy: Energy {
            production_micro_kwh: micro_kwh("production_kwh")?,
            consumption_micro_kwh: micro_kwh("consumption_kwh")?,
            shared_micro_kwh: micro_kwh("shared_kwh")?,
            residual_micro_kwh: micro_kwh("residual_kwh")?,
            surplus_micro_kwh: micro_kwh("surplus_kwh")?,
            stored_micro_kwh: micro_kwh("stored_kwh")?,
            released_micro_kwh: micro_kwh("released_kwh")?,
            held_production_micro_kwh: micro_kwh("held_production_kwh")?,
            held_consumption_micro_kwh: micro_kwh("held_consumption_kwh")?,
            production_rounding_micro_kwh: micro_kwh("production_rounding_kwh")?,
            consumption_rounding_micro_kwh: micro_kwh("consumption_rounding_kwh")?,
        },
        intervals: row.int("intervals")?,
        complete_intervals: row.int("complete_intervals")?,
        estimated_intervals: row.int("estimated_intervals")?,
        zeroed_intervals: row.int("zeroed_intervals")?,
        provisional_intervals: row.int("provisional_intervals")?,
        held_intervals: row.int("held_intervals")?,
        missing_points: row.int("missing_points")?,
        first_start: row.time("first_interval_start")?,
        last_start: row.time("last_interval_start")?,
    })
}

/// The load curve of a time.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn load(view: &View, span: Span) -> Result<Vec<Load>> {
    let rows = Rows::of(&view.session, queries::report::PERIOD_LOAD, &bounds(span)).await?;
    rows.iter()
        .map(|row| {
            Ok(Load {
                start: row.time("interval_start")?.unwrap_or_default(),
                production_micro_kwh: row.energy_micro_kwh("production_kwh")?.unwrap_or(0),
                consumption_micro_kwh: row.energy_micro_kwh("consumption_kwh")?.unwrap_or(0),
                shared_micro_kwh: row.energy_micro_kwh("shared_kwh")?,
                residual_micro_kwh: row.energy_micro_kwh("residual_kwh")?,
                surplus_micro_kwh: row.energy_micro_kwh("surplus_kwh")?,
                status: row.text("status")?,
                missing_points: row.int("missing_points")?,
                estimated_points: row.int("estimated_points")?,
            })
        })
        .collect()
}

/// The local days of a time.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn days(view: &View, span: Span) -> Result<Vec<Day>> {
    let [from, to] = bounds(span);
    let zone = ("zone", datafusion::scalar::ScalarValue::from(view.zone.name()));
    let rows = Rows::of(&view.session, queries::report::PERIOD_DAYS, &[from, to, zone]).await?;
    rows.iter()
        .map(|row| {
            Ok(Day {
                day: row.day("local_day")?.unwrap_or_default(),
                production_micro_kwh: row.energy_micro_kwh("production_kwh")?,
                consumption_micro_kwh: row.energy_micro_kwh("consumption_kwh")?,
                shared_micro_kwh: row.energy_micro_kwh("shared_kwh")?,
                residual_micro_kwh: row.energy_micro_kwh("residual_kwh")?,
                surplus_micro_kwh: row.energy_micro_kwh("surplus_kwh")?,
                intervals: row.int("intervals")?,
                held_intervals: row.int("held_intervals")?,
                open_intervals: row.int("open_intervals")?,
                missing_points: row.int("missing_points")?,
                estimated_points: row.int("estimated_points")?,
            })
        })
        .collect()
}

/// What the energy of local days `first` to `end` (exclusive) is worth.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn worth(view: &View, span: Span, first: NaiveDate, end: NaiveDate) -> Result<Worth> {
    let [from, to] = bounds(span);
    let parameters = [from, to, day("first_day", first), day("end_day", end)];
    view.price(span)?;
    let rows = Rows::of(&view.session, queries::report::PERIOD_MONEY, &parameters).await?;
    let row = rows.only()?;
    let without = |name: &str| Ok::<_, engine::Error>(row.energy_micro_kwh(name)?.unwrap_or(0));
    let complete = |name: &str, unpriced: i128| {
        let amount = row.decimal(name, 12)?.unwrap_or(0);
        Ok::<_, engine::Error>((unpriced == 0).then_some(amount))
    };
    let [shared, residual, surplus, used] =
        ["unpriced_shared_kwh", "unpriced_residual_kwh", "unpriced_surplus_kwh", "unpriced_used_kwh"].map(without);
    let (shared, residual, surplus, used) = (shared?, residual?, surplus?, used?);
    Ok(Worth {
        internal: complete("internal_amount", shared)?,
        fee: row.decimal("fee_amount", 12)?,
        shared_at_supply: row.decimal("shared_at_supply_amount", 12)?,
        residual: complete("residual_amount", residual)?,
        surplus: complete("surplus_amount", surplus)?,
        saved: complete("saved_amount", shared.abs() + used.abs())?,
        unpriced_shared_micro_kwh: shared,
        unpriced_residual_micro_kwh: residual,
        unpriced_surplus_micro_kwh: surplus,
    })
}

/// Up to when the community's data are complete.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn completeness(view: &View) -> Result<Completeness> {
    let seconds = ("grid_seconds", datafusion::scalar::ScalarValue::from(view.grid() / engine::calendar::SECOND));
    let rows = Rows::of(&view.session, queries::report::COMPLETE_UNTIL, &[seconds]).await?;
    let row = rows.only()?;
    let end = |name| Ok::<_, engine::Error>(row.time(name)?.map(|at| at + view.grid()));
    let (first_start, last_end) = (row.time("first_start")?, end("last_start")?);
    let ends = [row.time("first_incomplete_start")?, end("last_start_before_hole")?, last_end];
    let until = ends.into_iter().flatten().min();
    // Where the first interval is waited for, nothing is complete.
    Ok(Completeness { until: until.filter(|until| Some(*until) != first_start), first_start, last_end })
}

fn bounds(span: Span) -> [(&'static str, datafusion::scalar::ScalarValue); 2] {
    [instant("start", span.start), instant("end", span.end)]
}
