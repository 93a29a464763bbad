//! An opened line as it is written for machines.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use engine::clock::Micros;
use engine::job::again::trace::Step;
use engine::registry::Weight;
use engine::units::format_decimal;
use serde::Serialize;

use super::basis::Basis;
use super::{Billed, Opened, Reading, Received};
use crate::read::decimal::{self, Kwh, Micro, Money, Percent};
use crate::read::line::{FundPart, Line};

/// A line with what it was made from.
#[derive(Serialize)]
pub struct Answer<'a> {
    #[serde(flatten)]
    line: &'a Line,
    #[serde(flatten)]
    fund: &'a FundPart,
    community_id: &'a str,
    #[serde(serialize_with = "decimal::month")]
    month: NaiveDate,
    /// The change of the registry that set the price.
    price_version: i64,
    currency: &'a str,
    status: &'a str,
    run_id: &'a str,
    cycle: i64,
    sql_digest: &'a str,
    inputs: Inputs,
    basis: Option<Split<'a>>,
    billed: Option<Billed>,
    day_runs: &'a BTreeMap<NaiveDate, String>,
    intervals: Vec<Interval<'a>>,
}

/// What the cycle read.
#[derive(Serialize)]
struct Inputs {
    readings_raw: i64,
    registry: i64,
}

/// A share of an interval.
#[derive(Serialize)]
struct Interval<'a> {
    #[serde(serialize_with = "decimal::instant")]
    interval_start: Micros,
    energy_kwh: Kwh,
    price: Micro,
    key_version: Option<i64>,
    status: &'static str,
    /// `None` for surplus, which nobody here consumes.
    consumption: Option<End<'a>>,
    production: End<'a>,
}

/// One end of a share.
#[derive(Serialize)]
struct End<'a> {
    metering_point_id: &'a str,
    energy_kwh: Kwh,
    readings: &'a [Reading],
}

/// What a payout was split by.
#[derive(Serialize)]
#[serde(untagged)]
enum Split<'a> {
    Fund {
        source: &'static str,
        pot_amount: Money,
        percent: Percent,
        part_amount: Money,
        beneficiary: &'static str,
        weight_by: Option<&'static str>,
        weights: BTreeMap<&'a str, Micro>,
    },
    Interest {
        year: i32,
        rate_percent: Option<String>,
        budget: Option<Money>,
        days_of_year: u32,
        weight_by: &'static str,
        weights: BTreeMap<&'a str, Micro>,
    },
}

impl<'a> Answer<'a> {
    /// Of an opened line and the readings that its intervals were made from.
    pub fn of(opened: &'a Opened, received: &'a Received) -> Self {
        let (l, inputs) = (&opened.line, &opened.published.inputs);
        Self {
            line: &l.line,
            fund: &l.fund,
            community_id: &l.key.community_id,
            month: l.key.month,
            price_version: l.key.price_segment,
            currency: &opened.currency,
            status: &l.status,
            run_id: &l.run_id,
            cycle: opened.published.cycle,
            sql_digest: &opened.sql_digest,
            inputs: Inputs { readings_raw: inputs.readings_raw, registry: inputs.registry },
            basis: opened.basis.as_ref().map(|basis| split(basis, &opened.currency)),
            billed: opened.billed,
            day_runs: &opened.trace.runs,
            intervals: opened.trace.steps.iter().map(|step| interval(step, received)).collect(),
        }
    }
}

fn interval<'a>(s: &'a Step, received: &'a Received) -> Interval<'a> {
    let end = |point: &'a str, direction: &str, energy: i64| {
        let readings = received.get(&(point.to_owned(), direction.to_owned(), s.interval_start));
        let readings = readings.map(Vec::as_slice).unwrap_or_default();
        End { metering_point_id: point, energy_kwh: Kwh(energy.into()), readings }
    };
    Interval {
        interval_start: s.interval_start,
        energy_kwh: Kwh(s.energy_micro_kwh.into()),
        price: Micro(s.price_micro.into()),
        key_version: s.key_version,
        status: s.status.as_str(),
        consumption: (!s.consumer_point.is_empty()).then(|| end(&s.consumer_point, "import", s.consumption_micro_kwh)),
        production: end(&s.producer_point, "export", s.production_micro_kwh),
    }
}

fn split<'a>(basis: &'a Basis, currency: &str) -> Split<'a> {
    let money = |micro: i128| Money::new(micro, currency);
    let weights = basis.weights().iter().map(|(member, weight)| (member.as_str(), Micro((*weight).into()))).collect();
    match basis {
        Basis::Fund { fund, part, pot_micro, part_micro, .. } => Split::Fund {
            source: fund.source.as_str(),
            pot_amount: money(*pot_micro),
            percent: Percent(part.percent_basis_points.into()),
            part_amount: money(*part_micro),
            beneficiary: part.to.as_str(),
            weight_by: part.by.map(Weight::as_str),
            weights,
        },
        Basis::Interest { rule, .. } => Split::Interest {
            year: rule.year,
            rate_percent: rule.rate_percent_e4.map(|rate| format_decimal(rate.into(), 4)),
            budget: rule.budget_micro.map(|budget| money(budget.into())),
            days_of_year: rule.days_of_year,
            weight_by: "capital",
            weights,
        },
    }
}
