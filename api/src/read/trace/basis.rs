//! What decides a payout that no price does: the part of a fund with the weights of all who share it, or the capital
//! that bears interest.

use std::collections::BTreeMap;

use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use engine::amount::{TieBy, Weights, split};
use engine::calendar::{month_span, next_month, year_span, zone};
use engine::registry::members_of_part;
use engine::registry::{Fund, FundPart, InterestRule, Registry, Weight};
use engine::{Error, Result};

use super::traced::{CAPITAL_INTEREST, FUND_SHARE, TracedLine};
use crate::read::rows::{Rows, day};

/// What a line was split by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    Fund {
        fund: Fund,
        part: FundPart,
        /// 10^-6 of the currency.
        pot_micro: i128,
        part_micro: i128,
        /// Millionths of a kWh, of the currency times days, or of one.
        weights: Weights,
    },
    Interest {
        rule: InterestRule,
        /// Millionths of the currency, times days of the year.
        weights: Weights,
    },
}

impl Basis {
    /// The weights of all who share.
    pub fn weights(&self) -> &Weights {
        match self {
            Self::Fund { weights, .. } | Self::Interest { weights, .. } => weights,
        }
    }

    /// The item whose energy weighs.
    pub fn energy_item(&self) -> Option<&'static str> {
        match self {
            Self::Fund { part, .. } => part.by.and_then(Weight::item),
            Self::Interest { .. } => None,
        }
    }
}

/// Finds what a line was split by, and splits it again; nothing for lines that have a price.
///
/// # Errors
/// Internal, when splitting gives another amount than the line's.
pub async fn basis(
    session: &SessionContext,
    line: &TracedLine,
    registry: &Registry,
    digits: u32,
) -> Result<Option<Basis>> {
    let basis = match line.key.item.as_str() {
        FUND_SHARE => of_fund(session, line, registry).await?,
        CAPITAL_INTEREST => of_interest(line, registry)?,
        _ => return Ok(None),
    };
    let amount = amount(&basis, line, registry, digits)?;
    if amount != line.line.amount.micro {
        return Err(Error::internal(format!(
            "line {}: its weights give {amount} millionths, the line says {}",
            line.line.line_id, line.line.amount.micro
        )));
    }
    Ok(Some(basis))
}

fn lost(line: &TracedLine) -> Error {
    Error::internal(format!("line {}: its rule is not in the registry", line.line.line_id))
}

async fn of_fund(session: &SessionContext, line: &TracedLine, registry: &Registry) -> Result<Basis> {
    let key = &line.key;
    let span = month_span(zone(&registry.communities[&key.community_id].timezone)?, key.month);
    let funds = registry.funds_at(&key.community_id, span.start);
    let (_, fund) = funds.into_iter().find(|(version, _)| *version == key.price_segment).ok_or_else(|| lost(line))?;
    let number = usize::try_from(line.fund.fund_part - 1).map_err(|_| lost(line))?;
    let part = fund.parts.get(number).ok_or_else(|| lost(line))?;
    let parameters = [
        ("community", ScalarValue::from(key.community_id.as_str())),
        ("fund", ScalarValue::from(fund.fund_id.as_str())),
        ("version", ScalarValue::from(key.price_segment)),
        ("part", ScalarValue::from(line.fund.fund_part)),
        day("month", key.month),
    ];
    let pots = Rows::of(session, queries::report::TRACE_FUND, &parameters).await?;
    let pot = pots.iter().next().ok_or_else(|| lost(line))?;
    let members = members_of_part(registry, &key.community_id, span, part);
    let known = weights(session, line, registry, part.by).await?;
    let weight = |member: &str| match part.by {
        Some(Weight::Equal) => 1_000_000,
        _ => known.get(member).copied().unwrap_or(0),
    };
    Ok(Basis::Fund {
        pot_micro: pot.decimal("pot_amount", 6)?.unwrap_or(0),
        part_micro: pot.decimal("amount", 6)?.unwrap_or(0),
        weights: members.into_iter().map(|member| (member.to_owned(), weight(member))).collect(),
        fund: fund.clone(),
        part: part.clone(),
    })
}

/// What members weigh, where not all weigh the same.
async fn weights(
    session: &SessionContext,
    line: &TracedLine,
    registry: &Registry,
    by: Option<Weight>,
) -> Result<BTreeMap<String, i64>> {
    let key = &line.key;
    let narrow = |weight: i128| i64::try_from(weight).map_err(|_| Error::internal("a weight of more than 64 bits"));
    if let Some(item) = by.and_then(Weight::item) {
        let parameters = [
            ("community", ScalarValue::from(key.community_id.as_str())),
            ("item", ScalarValue::from(item)),
            day("from", key.month),
            day("to", next_month(key.month)),
        ];
        let rows = Rows::of(session, queries::report::TRACE_WEIGHTS, &parameters).await?;
        let weight = |row: crate::read::rows::Row<'_>| {
            Ok((row.text("member_id")?, narrow(row.energy_micro_kwh("energy_kwh")?.unwrap_or(0))?))
        };
        return rows.iter().map(weight).collect();
    }
    if by != Some(Weight::Capital) {
        return Ok(BTreeMap::new());
    }
    let zone = zone(&registry.communities[&key.community_id].timezone)?;
    let held = registry.capital_days(&key.community_id, zone, month_span(zone, key.month));
    held.into_iter().map(|(member, days)| Ok((member.to_owned(), narrow(days)?))).collect()
}

fn of_interest(line: &TracedLine, registry: &Registry) -> Result<Basis> {
    let key = &line.key;
    let rules = registry.interest_rules.get(&key.community_id).into_iter().flat_map(BTreeMap::values);
    let (_, rule) = rules.into_iter().find(|(version, _)| *version == key.price_segment).ok_or_else(|| lost(line))?;
    let zone = zone(&registry.communities[&key.community_id].timezone)?;
    let held = registry.capital_days(&key.community_id, zone, year_span(zone, rule.year));
    let narrow =
        |days: i128| i64::try_from(days).map_err(|_| Error::internal("capital times days of more than 64 bits"));
    let weights = held.into_iter().map(|(member, days)| Ok((member.to_owned(), narrow(days)?)));
    Ok(Basis::Interest { rule: rule.clone(), weights: weights.collect::<Result<_>>()? })
}

/// What the line's member gets, in 10^-6 of the currency.
fn amount(basis: &Basis, line: &TracedLine, registry: &Registry, digits: u32) -> Result<i128> {
    let weights = basis.weights();
    let mine = weights.iter().position(|(member, _)| *member == line.key.member_id);
    let (total, tie_by_id) = match basis {
        Basis::Fund { fund, part_micro, .. } => (*part_micro, fund.tie_by_id),
        Basis::Interest { rule, .. } => match (rule.rate_percent_e4, rule.budget_micro) {
            (Some(rate), _) => {
                let days = mine.map_or(0, |n| weights[n].1);
                return Ok(engine::amount::interest(days, rate.into(), rule.days_of_year.into(), digits));
            }
            (None, budget) => (i128::from(budget.unwrap_or(0)), rule.tie_by_id),
        },
    };
    let zone = zone(&registry.communities[&line.key.community_id].timezone)?;
    let ties = if tie_by_id { TieBy::Id } else { TieBy::Hash(month_span(zone, line.key.month).start) };
    let parts = split(total, digits, weights, ties)?;
    Ok(mine.and_then(|n| parts.get(n)).copied().unwrap_or(0))
}
