//! `ecoop replay --community C --key FILE --from D --to D`: a proposal over past days. Nothing is stored.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use dashboards::report::proposal::{MemberCost, MemberProposal, ProposalView, proposal_text};
use engine::Error;
use engine::amount::rounded;
use engine::currency::minor_digits;

use super::{Failure, json, print};
use crate::act::replay::{Done, File, Input, act};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::decimal::Kwh;
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
    let done = act(actor, installation, input).await.map_err(|e| Failure::from(e).in_language(&locale))?;
    print(&match args.format {
        Format::Text => {
            let names = installation.store.names().await?;
            proposal_text(&for_people(&args, &done, &names)?, &locale)
        }
        Format::Csv => csv(&done.comparison),
        Format::Json => json(&done),
    })
}

fn file(path: &Path) -> Result<File, Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| Error::user(format!("cannot read {name}: {e}")))?;
    Ok(File { name, text })
}

/// What the text for people says.
fn for_people(args: &Args, done: &Done, names: &Names) -> Result<ProposalView, Error> {
    let Done { currency, comparison, .. } = done;
    let shared = |s: &Side| s.received_kwh.0 + s.given_kwh.0;
    let rounded = |cost: i128| rounded(cost, minor_digits(currency));
    let money = |m: &Compared| {
        let (before, after, gain) = (m.before.exact_cost_amount?.0, m.after.exact_cost_amount?.0, m.gain()?);
        Some(MemberCost {
            before_micro: rounded(before),
            after_micro: rounded(after),
            gain_micro: rounded(gain),
            sign: gain.signum(),
        })
    };
    let member = |m: &Compared| {
        let name = names.members.get(&(args.community.clone(), m.member_id.clone()));
        MemberProposal {
            name: name.map_or(m.member_id.clone(), |n| format!("{n} ({})", m.member_id)),
            shared_before_micro_kwh: shared(&m.before),
            shared_after_micro_kwh: shared(&m.after),
            money: money(m),
        }
    };
    let received =
        |side: fn(&Compared) -> &Side| comparison.members.iter().map(|m| side(m).received_kwh.0).sum::<i128>();
    Ok(ProposalView {
        community: names.communities.get(&args.community).unwrap_or(&args.community).clone(),
        currency: currency.clone(),
        from: args.from,
        last: args.to.pred_opt().ok_or_else(|| Error::user(format!("--to {}: no day lies before it", args.to)))?,
        received_before_micro_kwh: received(|m| &m.before),
        received_after_micro_kwh: received(|m| &m.after),
        is_priced: comparison.unpriced_kwh == Kwh(0),
        members: comparison.members.iter().map(member).collect(),
    })
}

fn csv(comparison: &Comparison) -> String {
    let mut out = String::from(
        "member_id,received_kwh,received_after_kwh,residual_kwh,residual_after_kwh,given_kwh,given_after_kwh,\
         surplus_kwh,surplus_after_kwh,exact_cost_amount,exact_cost_after_amount\n",
    );
    let cost = |side: &Side| side.exact_cost_amount.map(|cost| cost.to_string()).unwrap_or_default();
    for m in &comparison.members {
        let (b, a) = (&m.before, &m.after);
        let cells = [
            m.member_id.clone(),
            b.received_kwh.to_string(),
            a.received_kwh.to_string(),
            b.residual_kwh.to_string(),
            a.residual_kwh.to_string(),
            b.given_kwh.to_string(),
            a.given_kwh.to_string(),
            b.surplus_kwh.to_string(),
            a.surplus_kwh.to_string(),
            cost(b),
            cost(a),
        ];
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}
