//! What a month pays out, and its books.

use chrono::NaiveDate;
use engine::Result;

use super::View;
use super::rows::{Row, Rows, day};

/// Credit notes, pots and postings of a month.
#[derive(Debug, Clone, Default)]
pub struct Payouts {
    pub credits: Vec<Credit>,
    pub pots: Vec<Pot>,
    pub postings: Vec<Posting>,
}

/// What a member is owed for one item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credit {
    pub member_id: String,
    pub item: String,
    /// The fund of a share; empty for other items.
    pub fund_id: String,
    /// 10^-6 of the currency.
    pub amount_micro: i128,
}

/// A part of a pot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pot {
    pub pot_id: String,
    pub source: String,
    pub pot_micro: i128,
    pub part: i64,
    /// Hundredths of a percent.
    pub percent_basis_points: i128,
    pub beneficiary: String,
    pub weight_by: String,
    pub amount_micro: i128,
    /// What members get of it.
    pub given_micro: i128,
}

/// A sum of postings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Posting {
    pub account: String,
    /// The producing member, for accounts that are kept by it.
    pub member_id: String,
    pub item: String,
    pub vat_category: String,
    /// Hundredths of a percent.
    pub vat_basis_points: i128,
    pub debit_micro: i128,
    pub credit_micro: i128,
}

impl Payouts {
    /// What every member is owed, the members in order.
    pub fn by_member(&self) -> Vec<(String, i128)> {
        let mut sums = std::collections::BTreeMap::<&str, i128>::new();
        for credit in &self.credits {
            *sums.entry(&credit.member_id).or_default() += credit.amount_micro;
        }
        sums.into_iter().map(|(member, sum)| (member.to_owned(), sum)).collect()
    }

    /// What was collected for each producing member's energy beyond what it is credited with.
    pub fn rounding(&self) -> Vec<(String, i128)> {
        let of = |p: &&Posting| p.account == "rounding";
        let credit = |p: &Posting| (p.member_id.clone(), p.credit_micro - p.debit_micro);
        self.postings.iter().filter(of).map(credit).collect()
    }
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
    Ok(Payouts {
        credits: credits.iter().map(|row| credit(&row)).collect::<Result<_>>()?,
        pots: pots.iter().map(|row| pot(&row)).collect::<Result<_>>()?,
        postings: postings.iter().map(|row| posting(&row)).collect::<Result<_>>()?,
    })
}

fn micro(row: &Row<'_>, name: &str) -> Result<i128> {
    Ok(row.decimal(name, 6)?.unwrap_or(0))
}

fn credit(row: &Row<'_>) -> Result<Credit> {
    Ok(Credit {
        member_id: row.text("member_id")?,
        item: row.text("item")?,
        fund_id: row.text("fund_id")?,
        amount_micro: micro(row, "amount")?,
    })
}

fn pot(row: &Row<'_>) -> Result<Pot> {
    let source = row.text("source")?;
    let (pot_id, amount_micro) = (row.text("pot_id")?, micro(row, "amount")?);
    // The revenue of surplus that no fund takes goes to its producers whole.
    let given_micro = if pot_id == "surplus_sale" { amount_micro } else { micro(row, "given_amount")? };
    Ok(Pot {
        pot_id,
        source,
        pot_micro: micro(row, "pot_amount")?,
        part: row.int("part")?,
        percent_basis_points: row.decimal("percent", 2)?.unwrap_or(0),
        beneficiary: row.text("beneficiary")?,
        weight_by: row.text("weight_by")?,
        amount_micro,
        given_micro,
    })
}

fn posting(row: &Row<'_>) -> Result<Posting> {
    Ok(Posting {
        account: row.text("account")?,
        member_id: row.text("member_id")?,
        item: row.text("item")?,
        vat_category: row.text("vat_category")?,
        vat_basis_points: row.decimal("vat_percent", 2)?.unwrap_or(0),
        debit_micro: micro(row, "debit")?,
        credit_micro: micro(row, "credit")?,
    })
}
