//! A proposal over the past: what each member would have had.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use engine::Result;
use engine::calendar::Span;
use engine::job::again::proposal::{Proposed, propose};
use engine::registry::{Dated, Registry, Row, SequencedRow};
use serde::Serialize;

use super::Reader;
use super::decimal::{Exact, Kwh, Money};
use super::rows::Rows;
use crate::problem::Failure;

/// What an item comes to on the statements of a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemAmount {
    /// `invoice`: what it owes; `credit_note`: what it is owed.
    pub document: String,
    pub item: String,
    pub amount: Money,
}

/// One member's energy and cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Side {
    pub received_kwh: Kwh,
    pub residual_kwh: Kwh,
    pub given_kwh: Kwh,
    pub surplus_kwh: Kwh,
    /// Its statements, item by item, with VAT as an item.
    pub items: Vec<ItemAmount>,
    /// What a supplier takes for the residual, before VAT.
    pub exact_supplier_amount: Exact,
    /// What it owes less what it is owed, with what its supplier takes, before VAT and before its lines are rounded:
    /// what one gains another loses. `None` while anybody's energy has no price: money is not comparable then.
    pub exact_cost_amount: Option<Exact>,
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
        Some(self.before.exact_cost_amount?.0 - self.after.exact_cost_amount?.0)
    }
}

/// What a proposal would have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Whoever gains most comes first.
    pub members: Vec<Compared>,
    /// Energy that has no price, the larger of before and after: with any, money is not comparable.
    pub unpriced_kwh: Kwh,
}

/// The days that a proposal is tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// First local day.
    pub from: NaiveDate,
    /// The local day after the last.
    pub to: NaiveDate,
    /// Their time.
    pub span: Span,
}

/// Settles days as they were and as the rows of a proposal would have it. Nothing is stored.
///
/// # Errors
/// User, when there is no such community for who asks, or a rule cannot share what was there; environment, when files
/// cannot be read.
pub async fn compare(
    reader: &Reader<'_>,
    community: &str,
    days: Days,
    proposal: &[Row],
) -> Result<Comparison, Failure> {
    let currency = reader.registered(community)?.currency.clone();
    let inputs = &reader.published()?.inputs;
    let mut rows = reader.place().lake.registry_rows().await?;
    // By what is published; bills are of what was, and decide nothing here.
    rows.retain(|r| r.sequence <= inputs.registry && !matches!(r.row, Row::Billings(_)));
    let in_force = Registry::from_rows(rows.iter().cloned());
    let proposed = with_proposal(rows, community, days.span, proposal);
    let (before, lacks) = settled(reader, &in_force, (community, &currency), days).await?;
    let (after, lacks_after) = settled(reader, &proposed, (community, &currency), days).await?;
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let unpriced_kwh = lacks.max(lacks_after);
    let side = |side: Option<&Side>| {
        let side = side.cloned().unwrap_or(Side { exact_cost_amount: Some(Exact(0)), ..Side::default() });
        Side { exact_cost_amount: side.exact_cost_amount.filter(|_| unpriced_kwh == Kwh(0)), ..side }
    };
    let compared =
        |id: &String| Compared { member_id: id.clone(), before: side(before.get(id)), after: side(after.get(id)) };
    let mut members: Vec<Compared> = ids.into_iter().map(compared).collect();
    let gain = |m: &Compared| m.gain().unwrap_or(m.after.received_kwh.0 - m.before.received_kwh.0);
    members.sort_by_key(|m| (-gain(m), m.member_id.clone()));
    Ok(Comparison { members, unpriced_kwh })
}

/// Every member by master data, and the energy that has no price.
async fn settled(
    reader: &Reader<'_>,
    registry: &Registry,
    (community, currency): (&str, &str),
    days: Days,
) -> Result<(BTreeMap<String, Side>, Kwh), Failure> {
    let wanted = days.from.iter_days().take_while(|day| *day < days.to).collect();
    let place = reader.place();
    let made = propose(&place.lake, reader.published()?, &queries::graph(), (registry, community), &wanted).await?;
    let Proposed { session, unpriced_micro_kwh } = made;
    let rows = Rows::of(&session, queries::report::PROPOSAL_MEMBERS, &[]).await?;
    let (mut members, mut unpriced) = (BTreeMap::<String, Side>::new(), i128::from(unpriced_micro_kwh));
    for row in rows.iter() {
        let energy = |name| Ok::<_, engine::Error>(Kwh(row.energy_micro_kwh(name)?.unwrap_or(0)));
        let supplier_amount = Exact(row.decimal("supplier_amount", 12)?.unwrap_or(0));
        let side = Side {
            received_kwh: energy("received_kwh")?,
            residual_kwh: energy("residual_kwh")?,
            given_kwh: energy("given_kwh")?,
            surplus_kwh: energy("surplus_kwh")?,
            items: vec![],
            exact_supplier_amount: supplier_amount,
            exact_cost_amount: Some(supplier_amount),
        };
        unpriced += energy("unpriced_kwh")?.0;
        members.insert(row.text("member_id")?, side);
    }
    for row in Rows::of(&session, queries::report::PROPOSAL_LINES, &[]).await?.iter() {
        let free = || Side { exact_cost_amount: Some(Exact(0)), ..Side::default() };
        let side = members.entry(row.text("member_id")?).or_insert_with(free);
        let amount = Money::new(row.decimal("amount", 6)?.unwrap_or(0), currency);
        let (document, item) = (row.text("document")?, row.text("item")?);
        let exact = row.decimal("exact_amount", 12)?.unwrap_or(0);
        let owed = if document == "invoice" { exact } else { -exact };
        if row.text("kind")? == "net" {
            side.exact_cost_amount = side.exact_cost_amount.map(|cost| Exact(cost.0 + owed));
        }
        side.items.push(ItemAmount { document, item, amount });
    }
    Ok((members, Kwh(unpriced)))
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
