//! What the SQL of payouts reads: surplus priced interval by interval, funds with those who take part in them, and
//! capital times days.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::BooleanArray;
use chrono::NaiveDate;
use datafusion::prelude::SessionContext;

use crate::calendar::{Span, month_span, year_span};
use crate::error::{Error, Result};
use crate::registry::members_of_part;
use crate::registry::{Dated, Fund, FundPart, InterestRule, Registry};
use crate::session::columns::Columns;
use crate::settlement::community::Community;

/// Registers what is paid out with a month: `fund_parts`, `fund_members`, `interest_terms`, `capital_days` and
/// `capital_of_years`.
///
/// # Errors
/// Internal, when a column cannot be built.
pub(super) fn register_payouts(
    session: &SessionContext,
    registry: &Registry,
    community: &Community<'_>,
    month: NaiveDate,
) -> Result<()> {
    let span = month_span(community.zone(), month);
    let funds = registry.funds_at(community.id(), span.start);
    let parts: Vec<(i64, &Fund, usize, &FundPart)> = funds
        .iter()
        .flat_map(|(version, fund)| fund.parts.iter().enumerate().map(move |(n, part)| (*version, fund, n, part)))
        .collect();
    register_parts(session, &parts)?;
    register_members(session, registry, community, span, &parts)?;

    let rules = registry.interest_rules.get(community.id()).into_iter().flat_map(BTreeMap::values);
    let rules: Vec<&(i64, InterestRule)> = rules.filter(|(_, r)| r.validity().contains(span.start)).collect();
    Columns::new()
        .int("version", rules.iter().map(|(v, _)| *v))
        .decimal("rate_percent", 9, 4, rules.iter().map(|(_, r)| r.rate_percent_e4))?
        .decimal("budget", 18, 6, rules.iter().map(|(_, r)| r.budget_micro))?
        .int("days_of_year", rules.iter().map(|(_, r)| i64::from(r.days_of_year)))
        .with("tie_by_id", Arc::new(rules.iter().map(|(_, r)| Some(r.tie_by_id)).collect::<BooleanArray>()))
        .register(session, "interest_terms")?;
    let of_years = rules.iter().flat_map(|(version, rule)| {
        let year = year_span(community.zone(), rule.year);
        let held = registry.capital_days(community.id(), community.zone(), year);
        held.into_iter().map(move |(member, days)| (*version, member, days))
    });
    register_capital(session, "capital_of_years", &of_years.collect::<Vec<_>>())?;
    let of_month = registry.capital_days(community.id(), community.zone(), span);
    let of_month: Vec<_> = of_month.into_iter().map(|(member, days)| (0, member, days)).collect();
    register_capital(session, "capital_days", &of_month)
}

fn register_parts(session: &SessionContext, parts: &[(i64, &Fund, usize, &FundPart)]) -> Result<()> {
    let weight = |part: &FundPart| part.by.map_or("", |by| by.as_str());
    let by_id: BooleanArray = parts.iter().map(|(_, f, ..)| Some(f.tie_by_id)).collect();
    Columns::new()
        .text("fund_id", parts.iter().map(|(_, f, ..)| f.fund_id.as_str()))
        .int("version", parts.iter().map(|(v, ..)| *v))
        .text("source", parts.iter().map(|(_, f, ..)| f.source.as_str()))
        .decimal("fund_amount", 18, 6, parts.iter().map(|(_, f, ..)| f.amount_micro))?
        .with("tie_by_id", Arc::new(by_id))
        .count("part", parts.iter().map(|(_, _, n, _)| *n as u32 + 1))
        .decimal("percent", 5, 2, parts.iter().map(|(.., p)| Some(i64::from(p.percent_basis_points))))?
        .text("beneficiary", parts.iter().map(|(.., p)| p.to.as_str()))
        .text("weight_by", parts.iter().map(|(.., p)| weight(p)))
        .register(session, "fund_parts")
}

fn register_members(
    session: &SessionContext,
    registry: &Registry,
    community: &Community<'_>,
    span: Span,
    parts: &[(i64, &Fund, usize, &FundPart)],
) -> Result<()> {
    let mut rows = Vec::new();
    for (version, _, n, part) in parts {
        let members = members_of_part(registry, community.id(), span, part);
        rows.extend(members.into_iter().map(|member| (*version, *n as u32 + 1, member)));
    }
    Columns::new()
        .int("version", rows.iter().map(|(v, ..)| *v))
        .count("part", rows.iter().map(|(_, n, _)| *n))
        .text("member_id", rows.iter().map(|(.., m)| *m))
        .register(session, "fund_members")
}

fn register_capital(session: &SessionContext, name: &str, rows: &[(i64, &str, i128)]) -> Result<()> {
    let narrow = |days: i128| {
        i64::try_from(days).map_err(|_| Error::user("capital times days of a member is more than 64 bits hold"))
    };
    let days = rows.iter().map(|(.., days)| narrow(*days)).collect::<Result<Vec<_>>>()?;
    Columns::new()
        .int("version", rows.iter().map(|(v, ..)| *v))
        .text("member_id", rows.iter().map(|(_, m, _)| *m))
        .decimal("capital_days", 18, 6, days.into_iter().map(Some))?
        .register(session, name)
}
