//! What a month pays out, and its books.

use chrono::NaiveDate;
use engine::Result;
use serde::Serialize;

use super::View;
use super::decimal::{Money, Percent};
use super::rows::{Row, Rows, day};

/// Credit notes, pots and postings of a month.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Payouts {
    /// What every member is owed, the members in order.
    pub members: Vec<Owed>,
    pub credits: Vec<Credit>,
    pub pots: Vec<Pot>,
    /// What was collected for each producing member's energy beyond what it is credited with.
    pub rounding: Vec<Owed>,
    pub postings: Vec<Posting>,
}

/// What is a member's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Owed {
    pub member_id: String,
    pub amount: Money,
}

/// What a member is owed for one item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Credit {
    pub member_id: String,
    pub item: String,
    /// The fund of a share; empty for other items.
    pub fund_id: String,
    pub amount: Money,
}

/// A part of a pot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pot {
    pub pot_id: String,
    pub source: String,
    pub pot_amount: Money,
    pub part: i64,
    pub percent: Percent,
    pub beneficiary: String,
    pub weight_by: String,
    pub amount: Money,
    /// What members get of it.
    pub given_amount: Money,
}

/// A sum of postings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Posting {
    pub account: String,
    /// The producing member, for accounts that are kept by it.
    pub member_id: String,
    pub item: String,
    pub vat_category: String,
    pub vat_percent: Percent,
    pub debit: Money,
    pub credit: Money,
}

fn by_member(view: &View, credits: &[Credit]) -> Vec<Owed> {
    let mut sums = std::collections::BTreeMap::<&str, i128>::new();
    for credit in credits {
        *sums.entry(&credit.member_id).or_default() += credit.amount.micro;
    }
    sums.into_iter().map(|(member, sum)| Owed { member_id: member.to_owned(), amount: view.money(sum) }).collect()
}

fn rounding(view: &View, postings: &[Posting]) -> Vec<Owed> {
    let of = |p: &&Posting| p.account == "rounding";
    let owed = |p: &Posting| {
        let amount = view.money(p.credit.micro - p.debit.micro);
        Owed { member_id: p.member_id.clone(), amount }
    };
    postings.iter().filter(of).map(owed).collect()
}

/// Reads what a month pays out.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn of(view: &View, month: NaiveDate) -> Result<Payouts> {
    let bounds = [day("month", month)];
    let credits = Rows::of(&view.session, queries::report::MONTH_PAYOUTS, &bounds).await?;
    let pots = Rows::of(&view.session, queries::report::MONTH_POTS, &bounds).await?;
    let postings = Rows::of(&view.session, queries::report::MONTH_POSTINGS, &bounds).await?;
    let credits: Vec<Credit> = credits.iter().map(|row| credit(view, &row)).collect::<Result<_>>()?;
    let postings: Vec<Posting> = postings.iter().map(|row| posting(view, &row)).collect::<Result<_>>()?;
    Ok(Payouts {
        members: by_member(view, &credits),
        rounding: rounding(view, &postings),
        pots: pots.iter().map(|row| pot(view, &row)).collect::<Result<_>>()?,
        credits,
        postings,
    })
}

fn money(view: &View, row: &Row<'_>, name: &str) -> Result<Money> {
    Ok(view.money(row.decimal(name, 6)?.unwrap_or(0)))
}

fn credit(view: &View, row: &Row<'_>) -> Result<Credit> {
    Ok(Credit {
        member_id: row.text("member_id")?,
        item: row.text("item")?,
        fund_id: row.text("fund_id")?,
        amount: money(view, row, "amount")?,
    })
}

fn pot(view: &View, row: &Row<'_>) -> Result<Pot> {
    let source = row.text("source")?;
    let (pot_id, amount) = (row.text("pot_id")?, money(view, row, "amount")?);
    // The revenue of surplus that no fund takes goes to its producers whole.
    let given_amount = if pot_id == "surplus_sale" { amount } else { money(view, row, "given_amount")? };
    Ok(Pot {
        pot_id,
        source,
        pot_amount: money(view, row, "pot_amount")?,
        part: row.int("part")?,
        percent: Percent(row.decimal("percent", 2)?.unwrap_or(0)),
        beneficiary: row.text("beneficiary")?,
        weight_by: row.text("weight_by")?,
        amount,
        given_amount,
    })
}

fn posting(view: &View, row: &Row<'_>) -> Result<Posting> {
    Ok(Posting {
        account: row.text("account")?,
        member_id: row.text("member_id")?,
        item: row.text("item")?,
        vat_category: row.text("vat_category")?,
        vat_percent: Percent(row.decimal("vat_percent", 2)?.unwrap_or(0)),
        debit: money(view, row, "debit")?,
        credit: money(view, row, "credit")?,
    })
}
