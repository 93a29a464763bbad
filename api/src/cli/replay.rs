//! `ecoop replay --community C --key FILE --from D --to D`: a proposal over past days. Nothing is stored.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use dashboards::report::proposal::{MemberCost, MemberProposal, ProposalView, proposal_text};
use engine::Error;
use engine::units::{format_decimal, round_half_up};
use serde_json::{Value, json};

use super::{Failure, print};
use crate::act::replay::{Done, File, Input, act};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::replay::{Compared, Comparison, Side};
use crate::store::Names;

#[derive(clap::Args)]
pub struct Args {
    /// The community
    #[arg(long, value_name = "ID")]
    community: String,
    /// A file with [community] and the proposed [[allocation_key]]
    #[arg(long, value_name = "FILE", required_unless_present = "tariff")]
    key: Option<PathBuf>,
    /// A file with [community] and the proposed [[tariff]]
    #[arg(long, value_name = "FILE")]
    tariff: Option<PathBuf>,
    /// First local day
    #[arg(long, value_name = "DAY")]
    from: NaiveDate,
    /// The local day after the last
    #[arg(long, value_name = "DAY")]
    to: NaiveDate,
    /// For people, or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of the text for people
    #[arg(long, value_name = "CODE", default_value = "en")]
    lang: String,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Csv,
    Json,
}

/// Compares, and prints who would gain and who would lose.
pub async fn run(args: Args, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    let locale = super::report::locale(&args.lang)?;
    let (key, tariff) = (args.key.as_deref().map(file).transpose()?, args.tariff.as_deref().map(file).transpose()?);
    let input = Input { community: args.community.clone(), key, tariff, from: args.from, to: args.to };
    let Done { currency, comparison, .. } = act(actor, installation, input).await?;
    print(&match args.format {
        Format::Text => {
            let names = installation.store.names().await?;
            proposal_text(&for_people(&args, &currency, &comparison, &names)?, &locale)
        }
        Format::Csv => csv(&comparison),
        Format::Json => format!("{:#}\n", to_json(&args, &currency, &comparison)),
    })
}

fn file(path: &Path) -> Result<File, Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| Error::user(format!("cannot read {name}: {e}")))?;
    Ok(File { name, text })
}

fn kwh(micro_kwh: i128) -> String {
    format_decimal(micro_kwh, 6)
}

/// How much less a member would pay, or how much more it would get.
fn gain(m: &Compared) -> i128 {
    m.before.cost - m.after.cost
}

/// What the text for people says.
fn for_people(args: &Args, currency: &str, comparison: &Comparison, names: &Names) -> Result<ProposalView, Error> {
    let priced = comparison.unpriced == 0;
    let shared = |s: &Side| s.received_micro_kwh + s.given_micro_kwh;
    let cents = |cost: i128| round_half_up(cost, 12, 2) * 10_000;
    let member = |m: &Compared| {
        let name = names.members.get(&(args.community.clone(), m.member_id.clone()));
        MemberProposal {
            name: name.map_or(m.member_id.clone(), |n| format!("{n} ({})", m.member_id)),
            shared_before_micro_kwh: shared(&m.before),
            shared_after_micro_kwh: shared(&m.after),
            money: priced.then(|| MemberCost {
                before_micro: cents(m.before.cost),
                after_micro: cents(m.after.cost),
                gain_micro: cents(gain(m)),
                sign: gain(m).signum(),
            }),
        }
    };
    let received =
        |side: fn(&Compared) -> Side| comparison.members.iter().map(|m| side(m).received_micro_kwh).sum::<i128>();
    Ok(ProposalView {
        community: names.communities.get(&args.community).unwrap_or(&args.community).clone(),
        currency: currency.to_owned(),
        from: args.from,
        last: args.to.pred_opt().ok_or_else(|| Error::user(format!("--to {}: no day lies before it", args.to)))?,
        received_before_micro_kwh: received(|m| m.before),
        received_after_micro_kwh: received(|m| m.after),
        is_priced: priced,
        members: comparison.members.iter().map(member).collect(),
    })
}

fn csv(comparison: &Comparison) -> String {
    let mut out = String::from(
        "member_id,received_kwh,received_after_kwh,residual_kwh,residual_after_kwh,given_kwh,given_after_kwh,\
         surplus_kwh,surplus_after_kwh,cost_amount,cost_after_amount\n",
    );
    let priced = comparison.unpriced == 0;
    let cost = |cost: i128| if priced { format_decimal(cost, 12) } else { String::new() };
    for m in &comparison.members {
        let (b, a) = (&m.before, &m.after);
        let cells = [
            m.member_id.clone(),
            kwh(b.received_micro_kwh),
            kwh(a.received_micro_kwh),
            kwh(b.residual_micro_kwh),
            kwh(a.residual_micro_kwh),
            kwh(b.given_micro_kwh),
            kwh(a.given_micro_kwh),
            kwh(b.surplus_micro_kwh),
            kwh(a.surplus_micro_kwh),
            cost(b.cost),
            cost(a.cost),
        ];
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

fn to_json(args: &Args, currency: &str, comparison: &Comparison) -> Value {
    let priced = comparison.unpriced == 0;
    let side = |s: &Side| {
        json!({
            "received_kwh": kwh(s.received_micro_kwh),
            "residual_kwh": kwh(s.residual_micro_kwh),
            "given_kwh": kwh(s.given_micro_kwh),
            "surplus_kwh": kwh(s.surplus_micro_kwh),
            "cost_amount": priced.then(|| format_decimal(s.cost, 12)),
        })
    };
    let members: Vec<Value> = comparison
        .members
        .iter()
        .map(|m| json!({"member_id": m.member_id, "before": side(&m.before), "after": side(&m.after)}))
        .collect();
    json!({
        "community_id": args.community,
        "from": args.from.to_string(),
        "to": args.to.to_string(),
        "currency": currency,
        "unpriced_intervals": comparison.unpriced,
        "members": members,
    })
}
