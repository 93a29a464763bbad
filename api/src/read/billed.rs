//! What was billed of a month beside what is known, now or at an instant.
//!
//! Bills are master data, so those of any instant are there; what was computed then is shown as long as its files are
//! kept.

use chrono::NaiveDate;
use engine::Result;
use engine::billing::Billing;
use engine::clock::Micros;
use engine::registry::{Registry, Row};
use serde::Serialize;

use super::billing::{self, BillLine, Both, Correction, MonthState};
use super::{Reader, View, decimal};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::{Failure, refused};

/// A month as it was known.
#[derive(Debug, Clone, Serialize)]
pub struct AsBilled {
    pub community_id: String,
    #[serde(serialize_with = "decimal::month")]
    pub month: NaiveDate,
    pub currency: String,
    #[serde(serialize_with = "decimal::instant_or_null")]
    pub as_of: Option<Micros>,
    pub state: Option<MonthState>,
    pub bills: Vec<Bill>,
    pub members: Vec<Both>,
    pub corrections: Vec<Correction>,
}

/// A bill with its lines.
#[derive(Debug, Clone, Serialize)]
pub struct Bill {
    pub number: u32,
    #[serde(serialize_with = "decimal::instant")]
    pub billed_at: Micros,
    /// Who made it.
    pub billed_by: String,
    pub statement_run_id: String,
    pub lines: Vec<BillLine>,
}

/// Reads a month as it is known now, or was at an instant; and the community as it is now.
///
/// # Errors
/// User, when there is no such community for who asks, or `as_of` is no instant; environment, when files cannot be
/// read.
pub async fn of(
    actor: &Actor,
    place: &Installation,
    id: &str,
    month: NaiveDate,
    as_of: Option<&str>,
) -> Result<(View, AsBilled), Failure> {
    let at = as_of.map(instant).transpose()?;
    let reader = Reader::of(actor, place).await?;
    let now = reader.community(id).await?;
    let computed = match as_of {
        Some(text) => then(actor, place, text, id).await,
        None => Some(reader.community(id).await?),
    };
    let registry = Registry::from_rows(place.lake.registry_rows().await?);
    let known: Vec<&Billing> = registry.bills_of(id, month).filter(|b| at.is_none_or(|at| b.billed_at <= at)).collect();
    let currency = now.community.currency.clone();
    let lines = billing::lines(&known, &currency).await?;
    let mut bills = Vec::new();
    for bill in &known {
        let row = Row::Billings((*bill).clone());
        let number = i64::from(bill.number);
        bills.push(Bill {
            number: bill.number,
            billed_at: bill.billed_at,
            billed_by: place.store.author_of(&row).await?.unwrap_or_default(),
            statement_run_id: bill.statement_run_id.clone(),
            lines: lines.iter().filter(|l| l.bill_number == number).cloned().collect(),
        });
    }
    let (state, corrections) = match &computed {
        Some(view) => (billing::state(view, month).await?, billing::corrections(view, month).await?),
        None => (None, vec![]),
    };
    let members = billing::both(computed.as_ref(), &known, month, &currency).await?;
    Ok((now, AsBilled { community_id: id.to_owned(), month, currency, as_of: at, state, bills, members, corrections }))
}

fn instant(text: &str) -> Result<Micros, Failure> {
    engine::calendar::parse_rfc3339(text).ok_or_else(|| refused::as_of_not_an_instant(text).into())
}

/// What was published then; nothing when nothing was, or when its files are no longer kept.
async fn then(actor: &Actor, place: &Installation, text: &str, id: &str) -> Option<View> {
    Reader::at(actor, place, text).await.ok()?.community(id).await.ok()
}
