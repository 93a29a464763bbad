//! `ecoop trace LINE`: a statement line, opened down to its readings.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use engine::Error;
use engine::calendar::{local_day, parse_rfc3339, rfc3339, zone};
use engine::clock::Micros;
use engine::job::again::trace::Step;
use engine::registry::Weight;
use engine::units::{ENERGY_SCALE, format_decimal};
use serde_json::{Value, json};

use super::{Failure, print};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::Reader;
use crate::read::trace::basis::Basis;
use crate::read::trace::{Line, Opened, Reading, open, readings};

#[derive(clap::Args)]
pub struct Args {
    /// Id of the line, from `ecoop report --format json`
    line: String,
    /// Only this interval, with every reading that was received for it
    #[arg(long, value_name = "INSTANT")]
    at: Option<String>,
    /// Every interval in place of the sums of days
    #[arg(long)]
    all: bool,
    /// For people or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

type Received = BTreeMap<(String, String, Micros), Vec<Reading>>;

/// Opens the line; fails loudly when its intervals do not give its amount.
pub async fn run(args: Args, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    let reader = Reader::of(actor, installation).await?;
    let mut opened = open(&reader, &args.line).await?;
    if let Some(text) = &args.at {
        let at = parse_rfc3339(text)
            .ok_or_else(|| Error::user(format!("--at {text}: write an instant like 2026-06-15T10:00:00Z")))?;
        opened.trace.steps.retain(|s| s.interval_start == at);
        if opened.trace.steps.is_empty() {
            return Err(Error::user(format!("--at {text}: nothing of this line was shared then")).into());
        }
    }
    let received = match args.at.is_some() || args.format == Format::Json {
        true => readings(&reader, &opened, &opened.trace.steps).await?,
        false => Received::new(),
    };
    let zone = zone(&reader.registered(&opened.line.key.community_id)?.timezone)?;
    print(&match args.format {
        Format::Json => format!("{:#}\n", to_json(&opened, &received)),
        Format::Text if args.at.is_some() => head(&opened) + &intervals(&opened.trace.steps) + &list(&received),
        Format::Text if args.all => head(&opened) + &intervals(&opened.trace.steps),
        Format::Text => head(&opened) + &days(&opened.trace.steps, |at| local_day(zone, at)),
    })
}

fn kwh(micro_kwh: i128) -> String {
    format_decimal(micro_kwh, ENERGY_SCALE)
}

fn head(opened: &Opened) -> String {
    let Line { key, line_id, kind, .. } = &opened.line;
    let l = &opened.line;
    let mut text =
        format!("line {line_id} of {}, {}, {}\n", key.member_id, key.community_id, key.month.format("%Y-%m"));
    let producer = if key.producer_id.is_empty() { String::new() } else { format!(" from {}", key.producer_id) };
    text += &format!("  {kind} {}{producer}, {}\n", key.item, l.status);
    let (exact, amount) = (format_decimal(l.exact_pico, 12), format_decimal(l.amount_micro, 6));
    text += &match (l.has_energy(), kind.as_str()) {
        (true, _) if key.item == "surplus_revenue" => format!(
            "  {} kWh x {} = {exact}; its part of the revenue that was rounded once: {amount}\n",
            kwh(l.energy_micro_kwh),
            price(opened)
        ),
        (true, _) => {
            format!("  {} kWh x {} = {exact}, rounded once: {amount}\n", kwh(l.energy_micro_kwh), price(opened))
        }
        (_, "vat") => format!(
            "  {} % on the net lines of category {} = {exact}, rounded once: {amount}\n",
            format_decimal(l.vat_basis_points, 2),
            l.vat_category
        ),
        _ if key.item == "fund_share" => {
            format!("  its share of part {} of the fund {}: {amount}\n{}", l.fund_part, l.fund_id, shared_by(opened))
        }
        _ if key.item == "capital_interest" => {
            format!("  interest on capital held: {amount}\n{}", shared_by(opened))
        }
        _ => format!("  one month x {} = {amount}\n", price(opened)),
    };
    if let Some(tariff) = &opened.tariff {
        let until = if tariff.valid_to == engine::registry::FOREVER { "now".into() } else { rfc3339(tariff.valid_to) };
        let from = rfc3339(tariff.valid_from);
        text += &format!("  price: change {} of the registry, from {from} until {until}\n", key.price_segment);
    }
    if let Some(billed) = &opened.billed {
        text += &format!(
            "  billed on {}, with corrections: {} kWh, {}; drafted to correct it: {} kWh, {}\n",
            rfc3339(billed.billed_at),
            kwh(billed.energy_micro_kwh),
            format_decimal(billed.amount_micro, 6),
            kwh(billed.open_micro_kwh),
            format_decimal(billed.open_micro, 6)
        );
    }
    let inputs = &opened.published.inputs;
    text += &format!(
        "  run {}, published cycle {}: readings_raw version {}, registry change {}, SQL {}\n",
        l.run_id, opened.published.cycle, inputs.readings_raw, inputs.registry, opened.sql_digest
    );
    text
}

/// What a payout was split by, and what of it is the member's.
fn shared_by(opened: &Opened) -> String {
    let Some(basis) = &opened.basis else { return String::new() };
    let money = |micro: i128| format!("{} {}", format_decimal(micro, 6), opened.currency);
    let (key, weights) = (&opened.line.key, basis.weights());
    let total: i128 = weights.iter().map(|(_, weight)| i128::from(*weight)).sum();
    let mine = weights.iter().find(|(member, _)| *member == key.member_id).map_or(0, |(_, weight)| i128::from(*weight));
    let of_all = |unit: &str| format!("{} of {} {unit}", format_decimal(mine, 6), format_decimal(total, 6));
    match basis {
        Basis::Fund { part, pot_micro, part_micro, .. } => format!(
            "  the fund's rule: change {} of the registry; pot {}, {} % of it: {}\n  split by {} among {} {}: {}\n",
            key.price_segment,
            money(*pot_micro),
            format_decimal(part.percent_basis_points.into(), 2),
            money(*part_micro),
            part.by.map_or("", Weight::as_str),
            weights.len(),
            part.to.as_str(),
            match part.by {
                Some(Weight::Equal) => "one share each".to_owned(),
                Some(Weight::Capital) => of_all(&format!("{} x days", opened.currency)),
                _ => of_all("kWh"),
            }
        ),
        Basis::Interest { rule, .. } => {
            let days = format!("{} x days of {}", opened.currency, rule.year);
            let how = match (rule.rate_percent_e4, rule.budget_micro) {
                (Some(rate), _) => format!(
                    "{} {days} x {} % / {}",
                    format_decimal(mine, 6),
                    format_decimal(rate.into(), 4),
                    rule.days_of_year
                ),
                (None, budget) => format!("{} split by {}", money(budget.unwrap_or(0).into()), of_all(&days)),
            };
            format!("  the rule: change {} of the registry; {how}\n", key.price_segment)
        }
    }
}

fn price(opened: &Opened) -> String {
    match opened.line.price_micro {
        Some(micro) => format!("{} {}", format_decimal(micro, 6), opened.currency),
        None => format!("the price of each interval in {}", opened.currency),
    }
}

fn days(steps: &[Step], day_of: impl Fn(Micros) -> NaiveDate) -> String {
    let mut days = BTreeMap::<NaiveDate, (usize, i128)>::new();
    for s in steps {
        let day = days.entry(day_of(s.interval_start)).or_default();
        *day = (day.0 + 1, day.1 + i128::from(s.energy_micro_kwh));
    }
    if days.is_empty() {
        return String::new();
    }
    let row = |(day, (count, micro_kwh)): (&NaiveDate, &(usize, i128))| {
        format!("  {day}  {:>16}  {count} shares\n", kwh(*micro_kwh))
    };
    let rows: String = days.iter().map(row).collect();
    format!(
        "\n  local day          kWh\n{rows}\n  `--all` lists every interval, `--at INSTANT` opens one down to its readings\n"
    )
}

fn intervals(steps: &[Step]) -> String {
    let mut text = String::from(
        "\n  interval              share kWh  of consumption at          of production at           price      key\n",
    );
    for s in steps {
        let key = s.key_version.map(|v| format!("change {v}")).unwrap_or_default();
        text += &format!(
            "  {}  {:>10}  {:>10} {:<14}  {:>10} {:<14}  {:>9}  {key}, {}\n",
            rfc3339(s.interval_start),
            kwh(s.energy_micro_kwh.into()),
            kwh(s.consumption_micro_kwh.into()),
            s.consumer_point,
            kwh(s.production_micro_kwh.into()),
            s.producer_point,
            format_decimal(s.price_micro.into(), 6),
            s.status.as_str()
        );
    }
    text
}

fn list(received: &Received) -> String {
    let mut text = String::from("\n  received; of several values of an interval the last one counts\n");
    for r in received.values().flatten() {
        text += &format!(
            "  {} {}  {} + {} s  {:>12} kWh  {}, revision {}, received {}, {}\n",
            r.metering_point_id,
            r.direction,
            rfc3339(r.interval_start),
            r.interval_seconds,
            kwh(r.energy_micro_kwh),
            r.quality,
            r.revision,
            rfc3339(r.received_at),
            r.position
        );
    }
    text
}

fn to_json(opened: &Opened, received: &Received) -> Value {
    let l = &opened.line;
    let of = |point: &str, direction: &str, at| {
        let all = received.get(&(point.to_string(), direction.to_string(), at)).map(Vec::as_slice).unwrap_or_default();
        all.iter().map(reading_json).collect::<Vec<_>>()
    };
    let step = |s: &Step| {
        json!({
            "interval_start": rfc3339(s.interval_start), "energy_kwh": kwh(s.energy_micro_kwh.into()), "price": format_decimal(s.price_micro.into(), 6),
            "key_version": s.key_version, "status": s.status.as_str(),
            "consumption": (!s.consumer_point.is_empty()).then(|| json!({
                "metering_point_id": s.consumer_point, "energy_kwh": kwh(s.consumption_micro_kwh.into()),
                "readings": of(&s.consumer_point, "import", s.interval_start),
            })),
            "production": {
                "metering_point_id": s.producer_point, "energy_kwh": kwh(s.production_micro_kwh.into()),
                "readings": of(&s.producer_point, "export", s.interval_start),
            },
        })
    };
    json!({
        "line_id": l.line_id, "community_id": l.key.community_id, "month": l.key.month.format("%Y-%m").to_string(),
        "member_id": l.key.member_id, "kind": l.kind, "item": l.key.item, "producer_id": l.key.producer_id,
        "price": l.price_micro.map(|p| format_decimal(p, 6)), "price_version": l.key.price_segment, "currency": opened.currency,
        "document": l.document, "fund_id": l.fund_id, "fund_part": l.fund_part,
        "vat_category": l.vat_category, "vat_percent": format_decimal(l.vat_basis_points, 2),
        "energy_kwh": kwh(l.energy_micro_kwh), "exact_amount": format_decimal(l.exact_pico, 12),
        "amount": format_decimal(l.amount_micro, 6), "status": l.status, "run_id": l.run_id,
        "cycle": opened.published.cycle, "sql_digest": opened.sql_digest,
        "inputs": { "readings_raw": opened.published.inputs.readings_raw, "registry": opened.published.inputs.registry },
        "basis": opened.basis.as_ref().map(basis_json),
        "billed": opened.billed.map(|b| json!({
            "billed_at": rfc3339(b.billed_at), "energy_kwh": kwh(b.energy_micro_kwh), "amount": format_decimal(b.amount_micro, 6),
            "open_kwh": kwh(b.open_micro_kwh), "open_amount": format_decimal(b.open_micro, 6),
        })),
        "day_runs": opened.trace.runs.iter().map(|(d, r)| (d.to_string(), json!(r))).collect::<serde_json::Map<_, _>>(),
        "intervals": opened.trace.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn basis_json(basis: &Basis) -> Value {
    let weights: serde_json::Map<String, Value> = basis
        .weights()
        .iter()
        .map(|(member, weight)| (member.clone(), json!(format_decimal((*weight).into(), 6))))
        .collect();
    match basis {
        Basis::Fund { fund, part, pot_micro, part_micro, .. } => json!({
            "source": fund.source.as_str(), "pot_amount": format_decimal(*pot_micro, 6),
            "percent": format_decimal(part.percent_basis_points.into(), 2), "part_amount": format_decimal(*part_micro, 6),
            "beneficiary": part.to.as_str(), "weight_by": part.by.map(Weight::as_str), "weights": weights,
        }),
        Basis::Interest { rule, .. } => json!({
            "year": rule.year, "rate_percent": rule.rate_percent_e4.map(|r| format_decimal(r.into(), 4)),
            "budget": rule.budget_micro.map(|b| format_decimal(b.into(), 6)), "days_of_year": rule.days_of_year,
            "weight_by": "capital", "weights": weights,
        }),
    }
}

fn reading_json(r: &Reading) -> Value {
    json!({
        "interval_start": rfc3339(r.interval_start), "interval_seconds": r.interval_seconds, "energy_kwh": kwh(r.energy_micro_kwh),
        "quality": r.quality, "revision": r.revision, "received_at": rfc3339(r.received_at), "position": r.position,
    })
}
