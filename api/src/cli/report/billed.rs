//! `ecoop report --as-billed`: what was billed of a month beside what is known, now or at an instant.

use chrono::NaiveDate;
use dashboards::locale::Locale;
use dashboards::report::billed::{Bill, BilledMember, BilledView, DraftLine, billed_text};
use engine::Error;
use engine::calendar::rfc3339;

use super::asked::{Format, MonthArgs, quoted};
use crate::auth::Actor;
use crate::cli::{Failure, json, print};
use crate::installation::Installation;
use crate::read::View;
use crate::read::billed::{self, AsBilled};
use crate::read::billing::{BillLine, Both, Correction, MonthState};
use crate::store::Names;

/// Prints what was billed.
pub(super) async fn run(
    args: &MonthArgs,
    actor: &Actor,
    installation: &Installation,
    month: NaiveDate,
    locale: &Locale,
) -> Result<(), Failure> {
    let (now, known) = billed::of(actor, installation, &args.community, month, args.as_of.as_deref()).await?;
    print(&match args.format {
        Format::Text => {
            let names = installation.store.names().await?;
            billed_text(&for_people(&now, &known, &names)?, locale)
        }
        Format::Csv => csv(&known),
        Format::Json => json(&known),
    })
}

fn for_people(view: &View, known: &AsBilled, names: &Names) -> Result<BilledView, Error> {
    let id = &view.community.community_id;
    let name = |member: &str| {
        let name = names.members.get(&(id.clone(), member.to_string()));
        name.map_or(member.to_string(), |n| format!("{n} ({member})"))
    };
    let whole = |v: i128| i64::try_from(v).map_err(|_| Error::internal(format!("{v} does not fit")));
    let bill = |b: &billed::Bill| Bill {
        number: b.number,
        billed_us: b.billed_at,
        total_micro: b.lines.iter().filter(|l| l.line.document == "invoice").map(|l| l.line.amount.micro).sum(),
    };
    let draft = |c: &Correction| {
        let l = &c.line;
        Ok(DraftLine {
            member: name(&l.member_id),
            is_credit: c.entry == "credit",
            item: l.item.clone(),
            producer: (!l.producer_id.is_empty() && l.producer_id != l.member_id).then(|| name(&l.producer_id)),
            is_credit_note: l.document == "credit_note",
            price_micro: l.price.map(|p| whole(p.0)).transpose()?,
            energy_micro_kwh: whole(l.energy_kwh.0)?,
            amount_micro: l.amount.micro,
            difference_micro: c.difference_amount.map(|amount| amount.micro),
        })
    };
    let member = |m: &Both| BilledMember {
        name: name(&m.member_id),
        billed_micro: m.billed_amount.micro,
        known_micro: m.known_amount.map(|amount| amount.micro),
    };
    Ok(BilledView {
        community: names.communities.get(id).unwrap_or(&view.community.name).clone(),
        currency: view.community.currency.clone(),
        zone: view.zone,
        month: known.month,
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

fn cells(b: &BillLine) -> [String; 15] {
    let l = &b.line;
    let vat = l.vat.clone().unwrap_or_default();
    [
        b.bill_number.to_string(),
        rfc3339(b.billed_at),
        l.member_id.clone(),
        l.line_id.clone(),
        b.entry.clone(),
        l.document.clone(),
        l.kind.clone(),
        l.item.clone(),
        l.producer_id.clone(),
        l.price.map_or_else(String::new, |p| p.to_string()),
        vat.vat_category,
        vat.vat_percent.to_string(),
        l.energy_kwh.to_string(),
        l.exact_amount.to_string(),
        l.amount.to_string(),
    ]
}

/// The lines of the bills.
fn csv(known: &AsBilled) -> String {
    let mut out = format!("community_id,month,currency,{}\n", COLUMNS.join(","));
    for line in known.bills.iter().flat_map(|b| &b.lines) {
        let place = [known.community_id.clone(), known.month.format("%Y-%m").to_string(), known.currency.clone()];
        let row: Vec<String> = place.into_iter().chain(cells(line)).map(|v| quoted(&v)).collect();
        out += &row.join(",");
        out.push('\n');
    }
    out
}
