//! A proposal over the past: what each member would have had.

use std::collections::BTreeMap;

use engine::calendar::Span;
use engine::registry::{Dated, Registry, Row, SequencedRow};
use engine::settlement::settle_published;
use engine::table::Lake;
use engine::table::Published;
use engine::{Error, Result};
use serde::Serialize;

use super::Reader;
use super::decimal::{Exact, Kwh};
use super::rows::Rows;
use crate::problem::Failure;

/// One member's energy and cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Side {
    pub received_kwh: Kwh,
    pub residual_kwh: Kwh,
    pub given_kwh: Kwh,
    pub surplus_kwh: Kwh,
    /// `None` while anybody's energy has no price: money is not comparable then.
    pub cost_amount: Option<Exact>,
}

/// A member before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    pub member_id: String,
    pub before: Side,
    pub after: Side,
}

impl Compared {
    /// How much less a member would pay, or how much more it would get, in 10^-12 of the currency.
    pub fn gain(&self) -> Option<i128> {
        Some(self.before.cost_amount?.0 - self.after.cost_amount?.0)
    }
}

/// What a proposal would have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Whoever gains most comes first.
    pub members: Vec<Compared>,
    /// Intervals of points whose energy has no price: with any, money is not comparable.
    #[serde(rename = "unpriced_intervals")]
    pub unpriced: i64,
}

/// Settles a time as it was and as the rows of a proposal would have it. Nothing is stored.
///
/// # Errors
/// User, when there is no such community for who asks, or a rule cannot share what was there; environment, when files
/// cannot be read.
pub async fn compare(
    reader: &Reader<'_>,
    community: &str,
    span: Span,
    proposal: &[Row],
) -> Result<Comparison, Failure> {
    reader.registered(community)?;
    let (lake, published) = (&reader.place().lake, reader.published()?);
    let rows = lake.registry_rows().await?;
    let adopted = Registry::from_rows(rows.iter().cloned());
    let proposed = with_proposal(rows, community, span, proposal);
    let (before, lacks) = settled(lake, published, adopted, community, span).await?;
    let (after, lacks_after) = settled(lake, published, proposed, community, span).await?;
    let ids: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let unpriced = lacks.max(lacks_after);
    let side = |side: Option<&Side>| {
        let side = side.copied().unwrap_or(Side { cost_amount: Some(Exact(0)), ..Side::default() });
        Side { cost_amount: side.cost_amount.filter(|_| unpriced == 0), ..side }
    };
    let compared =
        |id: &String| Compared { member_id: id.clone(), before: side(before.get(id)), after: side(after.get(id)) };
    let mut members: Vec<Compared> = ids.into_iter().map(compared).collect();
    let gain = |m: &Compared| m.gain().unwrap_or(m.after.received_kwh.0 - m.before.received_kwh.0);
    members.sort_by_key(|m| (-gain(m), m.member_id.clone()));
    Ok(Comparison { members, unpriced })
}

async fn settled(
    lake: &Lake,
    published: &Published,
    registry: Registry,
    community: &str,
    span: Span,
) -> Result<(BTreeMap<String, Side>, i64)> {
    let session = settle_published(lake, published, registry.into(), community, span).await?;
    let rows = Rows::of(&session, queries::report::SETTLED_MEMBERS, &[]).await?;
    let (mut members, mut unpriced) = (BTreeMap::new(), 0);
    for row in rows.iter() {
        let energy = |name| Ok::<_, Error>(Kwh(row.energy_micro_kwh(name)?.unwrap_or(0)));
        let side = Side {
            received_kwh: energy("received_kwh")?,
            residual_kwh: energy("residual_kwh")?,
            given_kwh: energy("given_kwh")?,
            surplus_kwh: energy("surplus_kwh")?,
            cost_amount: Some(Exact(row.decimal("cost_amount", 12)?.unwrap_or(0))),
        };
        unpriced += row.int("unpriced")?;
        members.insert(row.text("member_id")?, side);
    }
    Ok((members, unpriced))
}

/// The registry in which the rows of a proposal count for a span instead of what counts there.
fn with_proposal(rows: Vec<SequencedRow>, community: &str, span: Span, proposal: &[Row]) -> Registry {
    let replaced = |row: &Row| {
        proposal.iter().any(|p| match (p, row) {
            (Row::AllocationKeys(_), Row::AllocationKeys(k)) => {
                k.community_id == community && span.contains(k.valid_from)
            }
            (Row::Tariffs(p), Row::Tariffs(t)) => {
                let same = (&p.item, &p.producer, p.variant()) == (&t.item, &t.producer, t.variant());
                same && t.community_id == community && span.contains(t.valid_from)
            }
            _ => false,
        })
    };
    let mut rows: Vec<SequencedRow> = rows.into_iter().filter(|r| !replaced(&r.row)).collect();
    let next = rows.last().map_or(1, |r| r.sequence + 1);
    for (sequence, row) in (next..).zip(proposal) {
        let row = match row.clone() {
            Row::AllocationKeys(mut key) => {
                (key.valid_from, key.valid_to) = (span.start, key.valid_to.max(span.end));
                key.end_at(span.end);
                Row::AllocationKeys(key)
            }
            Row::Tariffs(mut tariff) => {
                (tariff.valid_from, tariff.valid_to) = (span.start, tariff.valid_to.max(span.end));
                tariff.end_at(span.end);
                Row::Tariffs(tariff)
            }
            other => other,
        };
        rows.push(SequencedRow { sequence, row });
    }
    Registry::from_rows(rows)
}
