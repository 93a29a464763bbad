//! `ecoop bill --community C --month YYYY-MM`: freezes a settled month as its bill, or bills its drafted corrections.

use engine::Error;
use engine::calendar::parse_month;

use super::{Failure, print};
use crate::act::bill::{Billed, Done, Input, act};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::billing::BilledMember;
use crate::read::decimal::Money;

#[derive(clap::Args)]
pub struct Args {
    /// The community
    #[arg(long, value_name = "ID")]
    community: String,
    /// The local month
    #[arg(long, value_name = "YYYY-MM")]
    month: String,
    /// Who bills; stands in the registry's chain of changes
    #[arg(long, value_name = "WHO", default_value = super::OPERATOR)]
    by: String,
    /// Only if the statement is still of this run, as --dry-run and `report --format json` show it
    #[arg(long, value_name = "RUN_ID")]
    run: Option<String>,
    /// Print what would be billed, as it is published now, and bill nothing
    #[arg(long)]
    dry_run: bool,
}

/// Bills the month, and returns when the lake has it and its state is published.
pub async fn run(args: Args, installation: &Installation) -> Result<(), Failure> {
    let month = parse_month(&args.month)
        .ok_or_else(|| Error::user(format!("--month {}: not a month; write it like 2026-06", args.month)))?;
    if args.by.trim().is_empty() {
        return Err(Error::user("--by: is empty; write who bills, or leave it out").into());
    }
    let Args { community, run, dry_run, .. } = args;
    let name = format!("{} of {community}", month.format("%Y-%m"));
    let input = Input { community, month, run, dry_run };
    match act(&Actor::operator(args.by), installation, input).await? {
        Done::Nothing => print(&format!("{name} is billed already, and there is nothing to correct\n")),
        Done::Bill(billed) => {
            let text = text_of(if dry_run { "would be" } else { "is" }, &billed);
            match &billed.held {
                Some(rows) => {
                    Err(Failure::Said(format!("{text}but a check failed, and its state is not shown yet:\n{rows}")))
                }
                None => print(&text),
            }
        }
    }
}

/// The bill for people: each member, and the run that it is made from.
fn text_of(is: &str, billed: &Billed) -> String {
    let Billed { bill, currency, members, .. } = billed;
    let money = |micro: i128| Money::new(micro, currency);
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
    for m in members {
        text += &format!(
            "  {}: {} net + {} VAT = {} {currency}\n",
            m.member_id,
            money(m.net_micro),
            money(m.vat_micro),
            money(m.total_micro)
        );
    }
    text + &format!("  statement of run {}\n", bill.statement_run_id)
}
