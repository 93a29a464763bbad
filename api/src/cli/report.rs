//! `ecoop report --community C --month YYYY-MM`: a month for people, or for machines; and reports of other kinds.

mod asked;
mod billed;
mod figures;
mod reconcile;

use chrono::NaiveDate;
use dashboards::figure::{Energy, Reliance};
use dashboards::locale::Locale;
use dashboards::report::month::{MemberMonth, MonthView, month_text};
use dashboards::report::payouts::{MemberPayout, PayoutsView, PotPart};
use engine::Error;
use engine::calendar::parse_month;

use self::asked::{Format, MonthArgs, quoted};
use super::{Failure, print};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::billing::MonthState;
use crate::read::month::{self, Member, Month};
use crate::read::payouts::{Payouts, Pot};
use crate::read::{Reader, View};
use crate::store::Names;
pub(super) use asked::locale;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    month: Option<MonthArgs>,
}

#[derive(clap::Subcommand)]
enum Other {
    /// Where the operator's results differ from our own computation, and why
    Reconcile(reconcile::Args),
    /// Austrian meter figures: G.01, G.01T, G.02, G.03, P.01T of each point and interval, as CSV
    Figures(figures::Args),
}

/// Prints the report.
pub async fn run(args: Args, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    match (args.other, args.month) {
        (Some(Other::Reconcile(args)), _) => reconcile::run(args, actor, installation).await,
        (Some(Other::Figures(args)), _) => figures::run(args, actor, installation).await,
        (None, Some(args)) => {
            let locale = locale(&args.lang)?;
            month(args, actor, installation, &locale).await.map_err(|e| e.in_language(&locale))
        }
        (None, None) => Err(Error::user("name a month: `ecoop report --community ID --month YYYY-MM`").into()),
    }
}

async fn month(args: MonthArgs, actor: &Actor, installation: &Installation, locale: &Locale) -> Result<(), Failure> {
    let month: NaiveDate = parse_month(&args.month)
        .ok_or_else(|| Error::user(format!("--month {}: not a month; write it like 2026-06", args.month)))?;
    if args.as_billed {
        return billed::run(&args, actor, installation, month, locale).await;
    }
    let reader = match &args.as_of {
        None => Reader::of(actor, installation).await?,
        Some(text) => Reader::at(actor, installation, text).await?,
    };
    let view = reader.community(&args.community).await?;
    reader.published()?;
    let report = month::of(&view, month).await?;
    print(&match args.format {
        Format::Text => {
            let names = installation.store.names().await?;
            month_text(&for_people(&view, &report, &names)?, locale)
        }
        Format::Csv => csv(&report),
        Format::Json => super::json(&report),
    })
}

const COLUMNS: [&str; 12] = [
    "consumption_kwh",
    "allocated_kwh",
    "residual_kwh",
    "production_kwh",
    "given_kwh",
    "surplus_kwh",
    "internal_amount",
    "fee_amount",
    "monthly_fee_amount",
    "vat_amount",
    "total_amount",
    "status",
];

fn cells(m: &Member) -> [String; 12] {
    [
        m.consumption_kwh.to_string(),
        m.allocated_kwh.to_string(),
        m.residual_kwh.to_string(),
        m.production_kwh.to_string(),
        m.given_kwh.to_string(),
        m.surplus_kwh.to_string(),
        m.internal_amount.to_string(),
        m.fee_amount.to_string(),
        m.monthly_fee_amount.to_string(),
        m.vat_amount.to_string(),
        m.total_amount.to_string(),
        m.status.to_string(),
    ]
}

/// What the report for people says.
fn for_people(view: &View, report: &Month, names: &Names) -> Result<MonthView, Error> {
    let id = &view.community.community_id;
    let micro_kwh = |v: i128| i64::try_from(v).map_err(|_| Error::internal(format!("{v} micro-kWh do not fit")));
    let e = &report.totals.energy;
    let members = report.members.iter().map(|m| {
        let name = names.members.get(&(id.clone(), m.member_id.clone()));
        Ok(MemberMonth {
            name: name.map_or(m.member_id.clone(), |n| format!("{n} ({})", m.member_id)),
            energy: Energy {
                production_micro_kwh: micro_kwh(m.production_kwh.0)?,
                consumption_micro_kwh: micro_kwh(m.consumption_kwh.0)?,
                shared_micro_kwh: micro_kwh(m.allocated_kwh.0)?,
                residual_micro_kwh: micro_kwh(m.residual_kwh.0)?,
                surplus_micro_kwh: micro_kwh(m.surplus_kwh.0)?,
            },
            net_micro: m.total_amount.micro - m.vat_amount.micro,
            vat_micro: m.vat_amount.micro,
            total_micro: m.total_amount.micro,
            is_final: m.status == "final",
        })
    });
    Ok(MonthView {
        community: names.communities.get(id).unwrap_or(&view.community.name).clone(),
        currency: view.community.currency.clone(),
        zone: view.zone,
        month: report.month,
        complete_until_us: report.complete_until,
        missing_points: u32::try_from(report.totals.missing_points).unwrap_or(u32::MAX),
        reliance: reliance(report),
        // Of held intervals nothing is shared out; the report says how many there are.
        energy: Energy {
            production_micro_kwh: micro_kwh(e.production_micro_kwh - e.held_production_micro_kwh)?,
            consumption_micro_kwh: micro_kwh(e.consumption_micro_kwh - e.held_consumption_micro_kwh)?,
            shared_micro_kwh: micro_kwh(e.shared_micro_kwh)?,
            residual_micro_kwh: micro_kwh(e.residual_micro_kwh)?,
            surplus_micro_kwh: micro_kwh(e.surplus_micro_kwh)?,
        },
        billing: report.state.as_ref().and_then(MonthState::shown),
        co2: report.co2.iter().map(crate::read::co2::shown).collect(),
        members: members.collect::<Result<_, Error>>()?,
        payouts: payouts_for_people(id, &report.payouts, names),
    })
}

/// The intervals of the month by what they wait for. Which of them are not there at all it does not say.
fn reliance(report: &Month) -> Reliance {
    let totals = &report.totals;
    let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    Reliance {
        settled: count(totals.complete_intervals),
        provisional: count(totals.provisional_intervals),
        held: count(totals.held_intervals),
        ..Reliance::default()
    }
}

fn payouts_for_people(id: &str, payouts: &Payouts, names: &Names) -> PayoutsView {
    let name = |member: &str| {
        let name = names.members.get(&(id.to_owned(), member.to_owned()));
        name.map_or(member.to_owned(), |n| format!("{n} ({member})"))
    };
    let member = |member: &str| {
        let sum = |items: &[&str]| {
            let of = payouts.credits.iter().filter(|c| c.member_id == member && items.contains(&c.item.as_str()));
            of.map(|c| c.amount.micro).sum()
        };
        MemberPayout {
            name: name(member),
            production_micro: sum(&["production_credit"]),
            surplus_micro: sum(&["surplus_revenue", "grid_benefit"]),
            funds_micro: sum(&["fund_share"]),
            interest_micro: sum(&["capital_interest"]),
            vat_micro: sum(&["vat"]),
        }
    };
    let part = |p: &Pot| PotPart {
        pot: p.pot_id.clone(),
        percent_basis_points: p.percent.0,
        beneficiary: p.beneficiary.clone(),
        weight_by: p.weight_by.clone(),
        amount_micro: p.amount.micro,
        given_micro: p.given_amount.micro,
    };
    PayoutsView {
        members: payouts.members.iter().map(|m| member(&m.member_id)).collect(),
        parts: payouts.pots.iter().map(part).collect(),
        rounding: payouts.rounding.iter().map(|m| (name(&m.member_id), m.amount.micro)).collect(),
        books: (
            payouts.postings.iter().map(|p| p.debit.micro).sum(),
            payouts.postings.iter().map(|p| p.credit.micro).sum(),
        ),
    }
}

fn csv(report: &Month) -> String {
    let mut out = format!("community_id,month,currency,member_id,{}\n", COLUMNS.join(","));
    for m in &report.members {
        let month = report.month.format("%Y-%m").to_string();
        let place = [report.community_id.clone(), month, report.currency.clone(), m.member_id.clone()];
        let row: Vec<String> = place.into_iter().chain(cells(m)).map(|v| quoted(&v)).collect();
        out += &row.join(",");
        out.push('\n');
    }
    out
}
