//! `ecoop bill --community C --month YYYY-MM`: freezes a settled month as its bill, or bills its drafted corrections.
//!
//! A bill is master data: written once, never changed. It is made from what is published, so everything that is known is
//! computed first; then the change of the registry is taken only if nothing else of it has changed meanwhile.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use engine::billing::Billing;
use engine::calendar::parse_month;
use engine::job::Outcome;
use engine::registry::Row;
use engine::units::{format_decimal, round_half_up};
use engine::{Error, ErrorKind};

use super::{Failure, print};
use crate::installation::Installation;
use crate::read::View;
use crate::read::billing::{self, BilledMember, MonthState};
use crate::store::Names;
use crate::worker::{self, Task};

#[derive(clap::Args)]
pub struct Args {
    /// The community
    #[arg(long, value_name = "ID")]
    community: String,
    /// The local month
    #[arg(long, value_name = "YYYY-MM")]
    month: String,
    /// Who bills; stands in the registry's chain of changes
    #[arg(long, value_name = "WHO", default_value = "command line")]
    by: String,
    /// Only if the statement is still of this run, as --dry-run and `report --format json` show it
    #[arg(long, value_name = "RUN_ID")]
    run: Option<String>,
    /// Print what would be billed, as it is published now, and bill nothing
    #[arg(long)]
    dry_run: bool,
}

/// How often it begins again because somebody else changed the registry meanwhile.
const ATTEMPTS_MAX: usize = 10;

/// Bills the month, and returns when the lake has it and its state is published.
pub async fn run(args: Args, installation: &Installation) -> Result<(), Failure> {
    let month = parse_month(&args.month)
        .ok_or_else(|| Error::user(format!("--month {}: not a month; write it like 2026-06", args.month)))?;
    if args.by.trim().is_empty() {
        return Err(Error::user("--by: is empty; write who bills, or leave it out").into());
    }
    if args.dry_run {
        let view = View::open(installation, &args.community).await?;
        return print(&match due(installation, &args, &view, month).await? {
            Due::Nothing(text) => text,
            Due::Bill(bill) => text_of("would be", &view, &bill).await?,
        });
    }
    for _ in 0..ATTEMPTS_MAX {
        if let Some(text) = attempt(installation, &args, month).await? {
            return print(&text);
        }
    }
    Err(Error::conflict(format!("the registry changed {ATTEMPTS_MAX} times while the bill was made")).into())
}

/// What there is to do for a month.
enum Due {
    /// Says why there is nothing.
    Nothing(String),
    Bill(Box<Billing>),
}

/// Bills once; gives nothing when the registry has changed meanwhile.
async fn attempt(installation: &Installation, args: &Args, month: NaiveDate) -> Result<Option<String>, Failure> {
    let based_on = installation.store.last_sequence().await?;
    worker::perform(installation, &Task::Pending).await?;
    let view = View::open(installation, &args.community).await?;
    if view.published.as_ref().is_some_and(|p| p.inputs.registry != based_on) {
        return Ok(None);
    }
    let bill = match due(installation, args, &view, month).await? {
        Due::Nothing(text) => return Ok(Some(text)),
        Due::Bill(bill) => *bill,
    };
    let text = text_of("is", &view, &bill).await?;
    match installation.store.apply_rows(&args.by, &[Row::Billings(bill)], &Names::default(), based_on).await {
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::Conflict => return Ok(None),
        Err(e) => return Err(e.into()),
    }
    let done = worker::perform(installation, &Task::Pending).await?;
    match done.held.get(&args.community) {
        Some(rows) => Err(Failure::Said(format!("{text}but a check failed, and its state is not shown yet:\n{rows}"))),
        None => Ok(Some(text)),
    }
}

/// What there is to bill of a month as it is published.
async fn due(installation: &Installation, args: &Args, view: &View, month: NaiveDate) -> Result<Due, Error> {
    let (id, name) = (&args.community, month.format("%Y-%m"));
    if view.published.is_none() {
        return Err(Error::user("nothing is computed yet; `ecoop run all` does it"));
    }
    if let Some((day, rows)) = held(installation, id, &name.to_string()).await? {
        return Err(Error::user(format!(
            "the last figures of {day} of `{id}` are held back by a check, so {name} is not billed; correct what it shows, then \
             compute the day anew by `ecoop run all --community {id} --from {day} --to` the day after:\n{rows}"
        )));
    }
    let state = billing::state(view, month).await?.ok_or_else(|| {
        Error::user(format!(
            "{name} of `{id}` is not computed: there are no readings of it, or an earlier version of the program computed \
             it; take readings in by `ecoop ingest`, or compute it anew by `ecoop run all --from --to`"
        ))
    })?;
    if let Some(run) = args.run.as_ref().filter(|run| **run != state.statement_run_id) {
        return Err(Error::user(format!(
            "--run {run}: the statement of {name} is of run {} now; look at it again by `--dry-run`",
            state.statement_run_id
        )));
    }
    if state.bills > 0 && state.open_corrections == 0 {
        return Ok(Due::Nothing(format!("{name} of {id} is billed already, and there is nothing to correct\n")));
    }
    if !state.is_settled() {
        return Err(billing::refusal(view, month, &state).await?);
    }
    let bill = next(installation, view, month, &state).await?;
    if bill.line_count() == 0 {
        return Err(Error::user(format!(
            "{name} of `{id}` has no statement lines: no price was in force and no fee; write a [[tariff]] first"
        )));
    }
    Ok(Due::Bill(Box::new(bill)))
}

async fn next(
    installation: &Installation,
    view: &View,
    month: NaiveDate,
    state: &MonthState,
) -> Result<Billing, Error> {
    Ok(Billing {
        community_id: view.community.community_id.clone(),
        month,
        number: u32::try_from(state.bills + 1).map_err(|_| Error::internal("a number of a bill does not fit"))?,
        billed_at: installation.clock.now(),
        statement_run_id: state.statement_run_id.clone(),
        text: billing::next_lines(view, month).await?.to_text(),
    })
}

/// The first day of a month whose last figures a check holds back, and the rows by which it does.
async fn held(installation: &Installation, id: &str, month: &str) -> Result<Option<(String, String)>, Error> {
    let outcomes = installation.lake.outcomes_after(0).await?;
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

/// The bill for people: each member, and the run that it is made from.
async fn text_of(is: &str, view: &View, bill: &Billing) -> Result<String, Error> {
    let currency = &view.community.currency;
    let money = |micro: i128| format_decimal(round_half_up(micro, 6, 2), 2);
    let members = billing::members(&[bill]).await?;
    let name = match bill.number {
        1 => "bill 1".to_string(),
        n => format!("bill {n}, a correction"),
    };
    let sum = |of: fn(&BilledMember) -> i128| members.iter().map(of).sum::<i128>();
    let mut text = format!(
        "{} of {} {is} billed: {name}, {} lines of {} members, {} {currency}\n",
        bill.month.format("%Y-%m"),
        bill.community_id,
        bill.line_count(),
        members.len(),
        money(sum(|m| m.total_micro)),
    );
    for m in &members {
        text += &format!(
            "  {}: {} net + {} VAT = {} {currency}\n",
            m.member_id,
            money(m.net_micro),
            money(m.vat_micro),
            money(m.total_micro)
        );
    }
    Ok(text + &format!("  statement of run {}\n", bill.statement_run_id))
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
