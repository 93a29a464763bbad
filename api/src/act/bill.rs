//! Freezes a settled month as its bill, or bills its drafted corrections.
//!
//! A bill is master data: written once, never changed. It is made from what is published, so everything that is known
//! is computed first; then the change of the registry is taken only if nothing else of it has changed meanwhile.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use engine::billing::Billing;
use engine::registry::Row;
use engine::table::Outcome;
use engine::{Error, ErrorKind, Result};

use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::{Failure, refused};
use crate::read::billing::{self, BilledMember, MonthState};
use crate::read::{Reader, View};
use crate::store::Names;
use crate::worker::{self, Task};

/// What is to be billed.
#[derive(Debug, Clone)]
pub struct Input {
    pub community: String,
    /// First local day of the month.
    pub month: NaiveDate,
    /// Only if the statement is still of this run.
    pub run: Option<String>,
    /// Make the bill as it would be of what is published now, and store nothing.
    pub dry_run: bool,
}

/// What was billed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It is billed already, and there is nothing to correct.
    Nothing,
    Bill(Box<Billed>),
}

/// A bill with its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Billed {
    pub bill: Billing,
    pub currency: String,
    pub members: Vec<BilledMember>,
    /// The rows by which a check holds the bill's state back, if one does.
    pub held: Option<String>,
}

/// How often it begins again because somebody else changed the registry meanwhile.
const ATTEMPTS_MAX: usize = 10;

/// Bills the month, and returns when the lake has it and its state is published.
///
/// # Errors
/// User, when the month cannot be billed as it stands; conflict, when others change the registry all the time.
pub async fn act(actor: &Actor, place: &Installation, input: Input) -> Result<Done, Failure> {
    if input.dry_run {
        let view = Reader::of(actor, place).await?.community(&input.community).await?;
        return match due(place, &input, &view).await? {
            Due::Nothing => Ok(Done::Nothing),
            Due::Bill(bill) => Ok(Done::Bill(Box::new(billed(&view, *bill).await?))),
        };
    }
    actor.must_operate()?;
    for _ in 0..ATTEMPTS_MAX {
        if let Some(done) = attempt(actor, place, &input).await? {
            return Ok(done);
        }
    }
    Err(Error::conflict(format!("the registry changed {ATTEMPTS_MAX} times while the bill was made")).into())
}

async fn billed(view: &View, bill: Billing) -> Result<Billed> {
    let members = billing::members(&[&bill]).await?;
    Ok(Billed { bill, currency: view.community.currency.clone(), members, held: None })
}

/// What there is to do for a month.
enum Due {
    Nothing,
    Bill(Box<Billing>),
}

/// Bills once; gives nothing when the registry has changed meanwhile.
async fn attempt(actor: &Actor, place: &Installation, input: &Input) -> Result<Option<Done>, Failure> {
    let based_on = place.store.last_sequence().await?;
    worker::perform(place, &Task::Pending).await?;
    let view = Reader::of(actor, place).await?.community(&input.community).await?;
    if view.published.as_ref().is_some_and(|p| p.inputs.registry != based_on) {
        return Ok(None);
    }
    let mut billed = match due(place, input, &view).await? {
        Due::Nothing => return Ok(Some(Done::Nothing)),
        Due::Bill(bill) => billed(&view, *bill).await?,
    };
    let row = Row::Billings(billed.bill.clone());
    match place.store.apply_rows(actor.name(), &[row], &Names::default(), based_on).await {
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::Conflict => return Ok(None),
        Err(e) => return Err(e.into()),
    }
    let mut done = worker::perform(place, &Task::Pending).await?;
    billed.held = done.held.remove(&input.community);
    Ok(Some(Done::Bill(Box::new(billed))))
}

/// What there is to bill of a month as it is published.
async fn due(place: &Installation, input: &Input, view: &View) -> Result<Due, Failure> {
    let (id, month, name) = (&input.community, input.month, input.month.format("%Y-%m").to_string());
    if view.published.is_none() {
        return Err(refused::nothing_computed().into());
    }
    if let Some((day, rows)) = held(place, id, &name).await? {
        return Err(refused::day_not_bill_held(day, id, name, format!("\n{rows}")).into());
    }
    let state = billing::state(view, month).await?.ok_or_else(|| refused::month_not_computed(&name, id))?;
    if let Some(run) = input.run.as_ref().filter(|run| **run != state.statement_run_id) {
        return Err(refused::run_is_another(run, name, &state.statement_run_id).into());
    }
    if state.bills > 0 && state.open_corrections == 0 {
        return Ok(Due::Nothing);
    }
    if !state.is_settled() {
        return Err(billing::refusal(view, month, &state).await?.into());
    }
    let bill = next(place, view, month, &state).await?;
    if bill.line_count() == 0 {
        return Err(refused::bill_without_lines(name, id).into());
    }
    Ok(Due::Bill(Box::new(bill)))
}

async fn next(place: &Installation, view: &View, month: NaiveDate, state: &MonthState) -> Result<Billing> {
    Ok(Billing {
        community_id: view.community.community_id.clone(),
        month,
        number: u32::try_from(state.bills + 1).map_err(|_| Error::internal("a number of a bill does not fit"))?,
        billed_at: place.clock.now(),
        statement_run_id: state.statement_run_id.clone(),
        text: billing::next_lines(view, month).await?.to_text(),
    })
}

/// The first day of a month whose last figures a check holds back, and the rows by which it does.
async fn held(place: &Installation, id: &str, month: &str) -> Result<Option<(String, String)>> {
    let outcomes = place.lake.outcomes_after(0).await?;
    Ok(held_days(&outcomes, id, month).into_iter().next())
}

/// A day is held until a later cycle has computed it.
fn held_days(outcomes: &[Outcome], id: &str, month: &str) -> BTreeMap<String, String> {
    let mut held = BTreeMap::new();
    for outcome in outcomes.iter().filter(|o| o.community_id == id) {
        for day in outcome.window.split(' ').filter(|day| day.starts_with(month)) {
            match &outcome.held {
                Some(rows) => drop(held.insert(day.to_string(), rows.clone())),
                None => drop(held.remove(day)),
            }
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_day_stays_held_until_it_is_computed_again() {
        let outcome = |cycle, id: &str, window: &str, held: Option<&str>| Outcome {
            cycle,
            community_id: id.into(),
            window: window.into(),
            held: held.map(str::to_string),
        };
        let mut outcomes = vec![
            outcome(1, "a", "2026-06-14 2026-06-15", None),
            outcome(2, "a", "2026-06-15", Some("energy_adds_up")),
            outcome(2, "a", "2026-07-01", Some("flows_add_up")),
            outcome(3, "a", "2026-06-16", None),
            outcome(3, "b", "2026-06-15", None),
        ];
        let held = |outcomes: &[Outcome]| held_days(outcomes, "a", "2026-06").into_keys().collect::<Vec<_>>();
        assert_eq!(held(&outcomes), ["2026-06-15"]);
        assert!(held_days(&outcomes, "b", "2026-06").is_empty());
        outcomes.push(outcome(4, "a", "2026-06-15 2026-06-16", None));
        assert_eq!(held(&outcomes), Vec::<String>::new());
    }
}
