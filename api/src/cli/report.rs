//! `ecoop report --community C --month YYYY-MM`: a month for people, or for machines; and reports of other kinds.

mod billed;
mod figures;
mod reconcile;

use chrono::NaiveDate;
use dashboards::figure::Energy;
use dashboards::locale::Locale;
use dashboards::report::month::{MemberMonth, MonthView, month_text};
use dashboards::report::payouts::{MemberPayout, PayoutsView, PotPart};
use engine::Error;
use engine::calendar::{parse_month, rfc3339};
use engine::currency::minor_digits;
use engine::units::{format_decimal, round_half_up};
use serde_json::{Value, json};

use super::{Failure, print};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::billing::{Correction, MonthState};
use crate::read::co2::Co2;
use crate::read::month::{self, Line, Member, Month};
use crate::read::payouts::{Credit, Payouts, Posting, Pot};
use crate::read::{Reader, View};
use crate::store::Names;

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

#[derive(clap::Args)]
struct MonthArgs {
    /// The community
    #[arg(long, value_name = "ID")]
    community: String,
    /// The local month
    #[arg(long, value_name = "YYYY-MM")]
    month: String,
    /// For people, or for machines: the members as CSV, everything as JSON
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of the report for people
    #[arg(long, value_name = "CODE", default_value = "en")]
    lang: String,
    /// The month as it was published at this instant
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<String>,
    /// What was billed beside what is known; with --as-of the bills of that time, however long ago
    #[arg(long)]
    as_billed: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Csv,
    Json,
}

/// Local days.
#[derive(clap::Args)]
struct Days {
    /// First local day
    #[arg(long, value_name = "DAY")]
    from: NaiveDate,
    /// The local day after the last
    #[arg(long, value_name = "DAY")]
    to: NaiveDate,
}

impl Days {
    fn check(&self) -> Result<(), Error> {
        if self.from < self.to {
            return Ok(());
        }
        Err(Error::user(format!("--to {}: not after --from {}; write the day after the last", self.to, self.from)))
    }
}

/// Prints the report.
pub async fn run(args: Args, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    match (args.other, args.month) {
        (Some(Other::Reconcile(args)), _) => reconcile::run(args, actor, installation).await,
        (Some(Other::Figures(args)), _) => figures::run(args, actor, installation).await,
        (None, Some(args)) => month(args, actor, installation).await,
        (None, None) => Err(Error::user("name a month: `ecoop report --community ID --month YYYY-MM`").into()),
    }
}

async fn month(args: MonthArgs, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    let month: NaiveDate = parse_month(&args.month)
        .ok_or_else(|| Error::user(format!("--month {}: not a month; write it like 2026-06", args.month)))?;
    let locale = locale(&args.lang)?;
    if args.as_billed {
        return billed::run(&args, actor, installation, month, &locale).await;
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
            month_text(&for_people(&view, &report, &names)?, &locale)
        }
        Format::Csv => csv(&view, &report),
        Format::Json => format!("{:#}\n", to_json(&view, &report)),
    })
}

/// The language of `--lang`.
///
/// # Errors
/// User, when there is none, with those that there are.
pub(super) fn locale(code: &str) -> Result<Locale, Error> {
    Locale::parse(code).ok_or_else(|| {
        let all: Vec<String> = Locale::all().iter().map(Locale::code).collect();
        Error::user(format!("--lang {code}: there are {}", all.join(", ")))
    })
}

fn kwh(micro_kwh: i128) -> String {
    format_decimal(micro_kwh, 6)
}

/// An amount in 10^-6 with the digits of its currency: statement lines are rounded to them.
fn money(view: &View, micro: i128) -> String {
    let digits = minor_digits(&view.community.currency);
    format_decimal(round_half_up(micro, 6, digits), digits)
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

fn cells(view: &View, m: &Member) -> [String; 12] {
    let money = |micro| money(view, micro);
    [
        kwh(m.consumption_micro_kwh),
        kwh(m.allocated_micro_kwh),
        kwh(m.residual_micro_kwh),
        kwh(m.production_micro_kwh),
        kwh(m.given_micro_kwh),
        kwh(m.surplus_micro_kwh),
        money(m.internal_micro),
        money(m.fee_micro),
        money(m.monthly_fee_micro),
        money(m.vat_micro),
        money(m.total_micro),
        if m.is_final { "final" } else { "provisional" }.to_string(),
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
                production_micro_kwh: micro_kwh(m.production_micro_kwh)?,
                consumption_micro_kwh: micro_kwh(m.consumption_micro_kwh)?,
                shared_micro_kwh: micro_kwh(m.allocated_micro_kwh)?,
                residual_micro_kwh: micro_kwh(m.residual_micro_kwh)?,
                surplus_micro_kwh: micro_kwh(m.surplus_micro_kwh)?,
            },
            net_micro: m.total_micro - m.vat_micro,
            vat_micro: m.vat_micro,
            total_micro: m.total_micro,
            is_final: m.is_final,
        })
    });
    Ok(MonthView {
        community: names.communities.get(id).unwrap_or(&view.community.name).clone(),
        currency: view.community.currency.clone(),
        zone: view.zone,
        month: report.month,
        complete_until_us: report.completeness.until,
        missing_points: u32::try_from(report.totals.missing_points).unwrap_or(u32::MAX),
        energy: Energy {
            production_micro_kwh: micro_kwh(e.production_micro_kwh)?,
            consumption_micro_kwh: micro_kwh(e.consumption_micro_kwh)?,
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

fn payouts_for_people(id: &str, payouts: &Payouts, names: &Names) -> PayoutsView {
    let name = |member: &str| {
        let name = names.members.get(&(id.to_owned(), member.to_owned()));
        name.map_or(member.to_owned(), |n| format!("{n} ({member})"))
    };
    let member = |member: &str| {
        let sum = |items: &[&str]| {
            let of = payouts.credits.iter().filter(|c| c.member_id == member && items.contains(&c.item.as_str()));
            of.map(|c| c.amount_micro).sum()
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
        percent_basis_points: p.percent_basis_points,
        beneficiary: p.beneficiary.clone(),
        weight_by: p.weight_by.clone(),
        amount_micro: p.amount_micro,
        given_micro: p.given_micro,
    };
    PayoutsView {
        members: payouts.by_member().iter().map(|(m, _)| member(m)).collect(),
        parts: payouts.pots.iter().map(part).collect(),
        rounding: payouts.rounding().iter().map(|(m, micro)| (name(m), *micro)).collect(),
        books: (
            payouts.postings.iter().map(|p| p.debit_micro).sum(),
            payouts.postings.iter().map(|p| p.credit_micro).sum(),
        ),
    }
}

fn csv(view: &View, report: &Month) -> String {
    let mut out = format!("community_id,month,currency,member_id,{}\n", COLUMNS.join(","));
    for m in &report.members {
        let c = &view.community;
        let place =
            [c.community_id.clone(), report.month.format("%Y-%m").to_string(), c.currency.clone(), m.member_id.clone()];
        let row: Vec<String> = place.into_iter().chain(cells(view, m)).map(|v| quoted(&v)).collect();
        out += &row.join(",");
        out.push('\n');
    }
    out
}

fn quoted(value: &str) -> String {
    if value.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_string()
    }
}

/// Decimals as strings: a JSON number would go through a float in most readers.
fn to_json(view: &View, report: &Month) -> Value {
    let e = &report.totals.energy;
    let member = |m: &Member| {
        let fields = COLUMNS.iter().zip(cells(view, m)).map(|(name, value)| (name.to_string(), Value::String(value)));
        let mut row: serde_json::Map<String, Value> = fields.collect();
        row.insert("member_id".into(), json!(m.member_id));
        row.insert("excise_amount".into(), json!(money(view, m.excise_micro)));
        Value::Object(row)
    };
    json!({
        "community_id": view.community.community_id,
        "month": report.month.format("%Y-%m").to_string(),
        "currency": view.community.currency,
        "cycle": view.published.as_ref().map(|p| p.cycle),
        "state": report.state.as_ref().map(|s| state(view, s)),
        "bills": view.bills(report.month).iter().map(|b| json!({
            "number": b.number, "billed_at": rfc3339(b.billed_at), "statement_run_id": b.statement_run_id,
            "lines": b.line_count(),
        })).collect::<Vec<_>>(),
        "corrections": report.corrections.iter().map(|c| correction(view, c)).collect::<Vec<_>>(),
        "complete_until": report.completeness.until.map(rfc3339),
        "intervals": report.totals.intervals,
        "provisional_intervals": report.totals.provisional_intervals,
        "held_intervals": report.totals.held_intervals,
        "production_kwh": kwh(e.production_micro_kwh),
        "consumption_kwh": kwh(e.consumption_micro_kwh),
        "shared_kwh": kwh(e.shared_micro_kwh),
        "residual_kwh": kwh(e.residual_micro_kwh),
        "surplus_kwh": kwh(e.surplus_micro_kwh),
        "stored_kwh": kwh(e.stored_micro_kwh),
        "released_kwh": kwh(e.released_micro_kwh),
        "held_production_kwh": kwh(e.held_production_micro_kwh),
        "held_consumption_kwh": kwh(e.held_consumption_micro_kwh),
        "co2": report.co2.iter().map(co2).collect::<Vec<_>>(),
        "co2_total": co2_total(&report.co2),
        "members": report.members.iter().map(member).collect::<Vec<_>>(),
        "lines": report.lines.iter().map(|l| line(view, l)).collect::<Vec<_>>(),
        "payouts": payouts_json(view, &report.payouts),
    })
}

/// CO2 by one factor set, and how far it can be relied on.
fn co2(c: &Co2) -> Value {
    json!({
        "factor_set": c.factor_set, "scope": c.scope,
        "avoided_g": format_decimal(c.avoided_ng, 9), "inventory_g": format_decimal(c.inventory_ng, 9),
        "market_inventory_g": c.market_inventory_ng.map(|ng| format_decimal(ng, 9)),
        "intervals": c.intervals, "covered_intervals": c.covered_intervals, "all_intervals": c.all_intervals,
        "estimated_intervals": c.estimated_intervals, "covered_hours": c.covered_hours, "all_hours": c.all_hours,
        "uncertainty_percent": c.uncertainty.map(|(percent, _)| percent),
        "uncertainty_is_default": c.uncertainty.map(|(_, is_default)| is_default),
    })
}

/// The sum over factor sets, or why there is none.
fn co2_total(all: &[Co2]) -> Value {
    match crate::read::co2::total(all) {
        Ok(None) => Value::Null,
        Ok(Some((avoided, inventory))) => {
            json!({ "avoided_g": format_decimal(avoided, 9), "inventory_g": format_decimal(inventory, 9) })
        }
        Err(refused) => json!({ "refused": refused.to_string() }),
    }
}

fn state(view: &View, s: &MonthState) -> Value {
    json!({
        "state": s.state, "intervals_of_month": s.interval_count, "complete_intervals": s.complete_intervals,
        "estimated_intervals": s.estimated_intervals, "zeroed_intervals": s.zeroed_intervals,
        "provisional_intervals": s.provisional_intervals, "held_intervals": s.held_intervals,
        "unpriced_days": s.unpriced_days, "bills": s.bills, "billed_at": s.billed_at.map(rfc3339),
        "corrected_at": s.corrected_at.map(rfc3339), "billed_amount": money(view, s.billed_micro),
        "open_corrections": s.open_corrections, "open_members": s.open_members, "open_amount": money(view, s.open_micro),
        "statement_run_id": s.statement_run_id, "run_id": s.run_id,
    })
}

fn correction(view: &View, c: &Correction) -> Value {
    let money = |micro| money(view, micro);
    let of = |part: fn((i128, i128, i128)) -> i128| c.difference.map(part);
    let (energy, exact, amount) = (of(|d| d.0), of(|d| d.1), of(|d| d.2));
    json!({
        "member_id": c.member_id, "line_id": c.line_id, "entry": c.entry, "document": c.document, "kind": c.kind, "item": c.item,
        "producer_id": c.producer_id, "price": c.price_micro.map(|p| format_decimal(p, 6)),
        "energy_kwh": kwh(c.energy_micro_kwh), "exact_amount": format_decimal(c.exact_pico, 12),
        "amount": money(c.amount_micro), "difference_kwh": energy.map(kwh),
        "difference_exact": exact.map(|e| format_decimal(e, 12)), "difference_amount": amount.map(money),
        "status": if c.is_final { "final" } else { "provisional" },
    })
}

fn payouts_json(view: &View, payouts: &Payouts) -> Value {
    let money = |micro| money(view, micro);
    let credit = |c: &Credit| json!({ "member_id": c.member_id, "item": c.item, "fund_id": c.fund_id, "amount": money(c.amount_micro) });
    let pot = |p: &Pot| {
        json!({
            "pot_id": p.pot_id, "source": p.source, "pot_amount": money(p.pot_micro), "part": p.part,
            "percent": format_decimal(p.percent_basis_points, 2), "beneficiary": p.beneficiary, "weight_by": p.weight_by,
            "amount": money(p.amount_micro), "given_amount": money(p.given_micro),
        })
    };
    let posting = |p: &Posting| {
        json!({
            "account": p.account, "member_id": p.member_id, "item": p.item, "vat_category": p.vat_category,
            "vat_percent": format_decimal(p.vat_basis_points, 2), "debit": money(p.debit_micro),
            "credit": money(p.credit_micro),
        })
    };
    let rounding = payouts.rounding();
    json!({
        "members": payouts.by_member().iter()
            .map(|(member, micro)| json!({ "member_id": member, "amount": money(*micro) })).collect::<Vec<_>>(),
        "credits": payouts.credits.iter().map(credit).collect::<Vec<_>>(),
        "pots": payouts.pots.iter().map(pot).collect::<Vec<_>>(),
        "rounding": rounding.iter()
            .map(|(member, micro)| json!({ "member_id": member, "amount": money(*micro) })).collect::<Vec<_>>(),
        "postings": payouts.postings.iter().map(posting).collect::<Vec<_>>(),
    })
}

fn line(view: &View, l: &Line) -> Value {
    json!({
        "member_id": l.member_id, "line_number": l.line_number, "line_id": l.line_id, "kind": l.kind, "item": l.item,
        "producer_id": l.producer_id, "price": l.price_micro.map(|p| format_decimal(p, 6)), "vat_category": l.vat_category,
        "vat_percent": format_decimal(l.vat_basis_points, 2), "energy_kwh": kwh(l.energy_micro_kwh),
        "exact_amount": format_decimal(l.exact_pico, 12), "amount": money(view, l.amount_micro),
        "document": l.document, "fund_id": l.fund_id, "fund_part": l.fund_part,
        "status": if l.is_final { "final" } else { "provisional" }, "run_id": l.run_id,
    })
}
