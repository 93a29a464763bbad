//! `ecoop report --as-billed`: what was billed of a month beside what is known, now or at an instant.
//!
//! Bills are master data, so those of any instant are there; what was computed then is shown as long as its files are
//! kept.

use chrono::NaiveDate;
use dashboards::locale::Locale;
use dashboards::report::billed::{Bill, BilledMember, BilledView, DraftLine, billed_text};
use engine::Error;
use engine::billing::Billing;
use engine::calendar::rfc3339;
use engine::clock::Micros;
use engine::registry::{Registry, Row};
use engine::units::format_decimal;
use serde_json::{Value, json};

use super::{Format, MonthArgs, correction, kwh, money, quoted, state};
use crate::auth::Actor;
use crate::cli::{Failure, print};
use crate::installation::Installation;
use crate::read::billing::{self, BillLine, Both, Correction, MonthState};
use crate::read::{Reader, View};
use crate::store::Names;

/// A month as it was known at an instant.
struct Known<'a> {
    as_of: Option<Micros>,
    bills: Vec<&'a Billing>,
    /// Who made each of them.
    by: Vec<String>,
    lines: Vec<BillLine>,
    members: Vec<Both>,
    state: Option<MonthState>,
    corrections: Vec<Correction>,
    /// Whether what was computed at the instant is still kept.
    is_kept: bool,
}

/// Prints what was billed.
pub(super) async fn run(
    args: &MonthArgs,
    actor: &Actor,
    installation: &Installation,
    month: NaiveDate,
    locale: &Locale,
) -> Result<(), Failure> {
    let as_of = args.as_of.as_deref().map(instant).transpose()?;
    let reader = Reader::of(actor, installation).await?;
    let now = reader.community(&args.community).await?;
    let computed = match &args.as_of {
        Some(text) => then(actor, installation, text, &args.community).await,
        None => Some(reader.community(&args.community).await?),
    };
    let registry = Registry::from_rows(installation.lake.registry_rows().await?);
    let all = registry.bills_of(&args.community, month);
    let bills: Vec<&Billing> = all.filter(|b| as_of.is_none_or(|at| b.billed_at <= at)).collect();
    let mut by = Vec::new();
    for bill in &bills {
        by.push(installation.store.author_of(&Row::Billings((*bill).clone())).await?.unwrap_or_default());
    }
    let (state, corrections) = match &computed {
        Some(view) => (billing::state(view, month).await?, billing::corrections(view, month).await?),
        None => (None, vec![]),
    };
    let known = Known {
        as_of,
        lines: billing::lines(&bills).await?,
        members: billing::both(computed.as_ref(), &bills, month).await?,
        state,
        corrections,
        is_kept: computed.is_some(),
        bills,
        by,
    };
    print(&match args.format {
        Format::Text => {
            let names = installation.store.names().await?;
            billed_text(&for_people(&now, &known, month, &names)?, locale)
        }
        Format::Csv => csv(&now, &known, month),
        Format::Json => format!("{:#}\n", to_json(&now, &known, month)),
    })
}

fn instant(text: &str) -> Result<Micros, Error> {
    engine::calendar::parse_rfc3339(text)
        .ok_or_else(|| Error::user(format!("--as-of {text}: not an instant; write it like 2026-06-01T12:00:00Z")))
}

/// What was published then; nothing when nothing was, or when its files are no longer kept.
async fn then(actor: &Actor, installation: &Installation, text: &str, community: &str) -> Option<View> {
    Reader::at(actor, installation, text).await.ok()?.community(community).await.ok()
}

fn for_people(view: &View, known: &Known<'_>, month: NaiveDate, names: &Names) -> Result<BilledView, Error> {
    let id = &view.community.community_id;
    let name = |member: &str| {
        let name = names.members.get(&(id.clone(), member.to_string()));
        name.map_or(member.to_string(), |n| format!("{n} ({member})"))
    };
    let whole = |v: i128| i64::try_from(v).map_err(|_| Error::internal(format!("{v} does not fit")));
    let bill = |b: &&Billing| Bill {
        number: b.number,
        billed_us: b.billed_at,
        total_micro: known
            .lines
            .iter()
            .filter(|l| l.bill_number == i64::from(b.number) && l.document == "invoice")
            .map(|l| l.amount_micro)
            .sum(),
    };
    let draft = |c: &Correction| {
        Ok(DraftLine {
            member: name(&c.member_id),
            is_credit: c.entry == "credit",
            item: c.item.clone(),
            producer: (!c.producer_id.is_empty() && c.producer_id != c.member_id).then(|| name(&c.producer_id)),
            is_credit_note: c.document == "credit_note",
            price_micro: c.price_micro.map(whole).transpose()?,
            energy_micro_kwh: whole(c.energy_micro_kwh)?,
            amount_micro: c.amount_micro,
            difference_micro: c.difference.map(|(_, _, amount)| amount),
        })
    };
    let member = |m: &Both| BilledMember {
        name: name(&m.member_id),
        billed_micro: m.billed_micro,
        known_micro: known.is_kept.then_some(m.known_micro),
    };
    Ok(BilledView {
        community: names.communities.get(id).unwrap_or(&view.community.name).clone(),
        currency: view.community.currency.clone(),
        zone: view.zone,
        month,
        as_of_us: known.as_of,
        billing: known.state.as_ref().and_then(MonthState::shown),
        bills: known.bills.iter().map(bill).collect(),
        members: known.members.iter().map(member).collect(),
        drafts: known.corrections.iter().map(draft).collect::<Result<_, Error>>()?,
    })
}

/// Columns of a bill's lines.
const COLUMNS: [&str; 15] = [
    "bill_number",
    "billed_at",
    "member_id",
    "line_id",
    "entry",
    "document",
    "kind",
    "item",
    "producer_id",
    "price",
    "vat_category",
    "vat_percent",
    "energy_kwh",
    "exact_amount",
    "amount",
];

fn cells(view: &View, l: &BillLine) -> [String; 15] {
    [
        l.bill_number.to_string(),
        rfc3339(l.billed_at),
        l.member_id.clone(),
        l.line_id.clone(),
        l.entry.clone(),
        l.document.clone(),
        l.kind.clone(),
        l.item.clone(),
        l.producer_id.clone(),
        l.price_micro.map_or_else(String::new, |p| format_decimal(p, 6)),
        l.vat_category.clone(),
        format_decimal(l.vat_basis_points, 2),
        kwh(l.energy_micro_kwh),
        format_decimal(l.exact_pico, 12),
        money(view, l.amount_micro),
    ]
}

/// The lines of the bills.
fn csv(view: &View, known: &Known<'_>, month: NaiveDate) -> String {
    let mut out = format!("community_id,month,currency,{}\n", COLUMNS.join(","));
    for line in &known.lines {
        let c = &view.community;
        let place = [c.community_id.clone(), month.format("%Y-%m").to_string(), c.currency.clone()];
        let row: Vec<String> = place.into_iter().chain(cells(view, line)).map(|v| quoted(&v)).collect();
        out += &row.join(",");
        out.push('\n');
    }
    out
}

fn to_json(view: &View, known: &Known<'_>, month: NaiveDate) -> Value {
    let line = |l: &BillLine| {
        let fields = COLUMNS.iter().zip(cells(view, l)).map(|(name, value)| (name.to_string(), Value::String(value)));
        Value::Object(fields.collect())
    };
    let bill = |(b, by): (&&Billing, &String)| {
        let lines = known.lines.iter().filter(|l| l.bill_number == i64::from(b.number));
        json!({
            "number": b.number, "billed_at": rfc3339(b.billed_at), "billed_by": by,
            "statement_run_id": b.statement_run_id, "lines": lines.map(line).collect::<Vec<_>>(),
        })
    };
    let member = |m: &Both| {
        let kept = |micro| known.is_kept.then(|| money(view, micro));
        json!({
            "member_id": m.member_id, "billed_amount": money(view, m.billed_micro), "known_amount": kept(m.known_micro),
            "difference_amount": kept(m.difference_micro),
        })
    };
    json!({
        "community_id": view.community.community_id,
        "month": month.format("%Y-%m").to_string(),
        "currency": view.community.currency,
        "as_of": known.as_of.map(rfc3339),
        "state": known.state.as_ref().map(|s| state(view, s)),
        "bills": known.bills.iter().zip(&known.by).map(bill).collect::<Vec<_>>(),
        "members": known.members.iter().map(member).collect::<Vec<_>>(),
        "corrections": known.corrections.iter().map(|c| correction(view, c)).collect::<Vec<_>>(),
    })
}
