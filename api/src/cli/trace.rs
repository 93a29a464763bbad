//! `ecoop trace LINE`: a statement line, opened down to its readings.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use engine::Error;
use engine::calendar::{local_day, parse_rfc3339, rfc3339, zone};
use engine::clock::Micros;
use engine::job::again::trace::Step;
use engine::registry::Weight;
use engine::units::{ENERGY_SCALE, format_decimal};

use super::{Failure, json, print};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::Reader;
use crate::read::line::Line;
use crate::read::trace::basis::Basis;
use crate::read::trace::{Answer, Opened, Received, TracedLine, open, readings};

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
        Format::Json => json(&Answer::of(&opened, &received)),
        Format::Text if args.at.is_some() => head(&opened) + &intervals(&opened.trace.steps) + &list(&received),
        Format::Text if args.all => head(&opened) + &intervals(&opened.trace.steps),
        Format::Text => head(&opened) + &days(&opened.trace.steps, |at| local_day(zone, at)),
    })
}

fn kwh(micro_kwh: i128) -> String {
    format_decimal(micro_kwh, ENERGY_SCALE)
}

fn head(opened: &Opened) -> String {
    let TracedLine { key, line, fund, status, run_id } = &opened.line;
    let Line { line_id, kind, .. } = line;
    let vat = line.vat.clone().unwrap_or_default();
    let mut text =
        format!("line {line_id} of {}, {}, {}\n", key.member_id, key.community_id, key.month.format("%Y-%m"));
    let producer = if key.producer_id.is_empty() { String::new() } else { format!(" from {}", key.producer_id) };
    text += &format!("  {kind} {}{producer}, {status}\n", key.item);
    let (exact, amount) = (line.exact_amount, line.amount);
    text += &match (opened.line.has_energy(), kind.as_str()) {
        (true, _) if key.item == "surplus_revenue" => format!(
            "  {} kWh x {} = {exact}; its part of the revenue that was rounded once: {amount}\n",
            line.energy_kwh,
            price(opened)
        ),
        (true, _) => format!("  {} kWh x {} = {exact}, rounded once: {amount}\n", line.energy_kwh, price(opened)),
        (_, "vat") => format!(
            "  {} % on the net lines of category {} = {exact}, rounded once: {amount}\n",
            vat.vat_percent, vat.vat_category
        ),
        _ if key.item == "fund_share" => {
            format!(
                "  its share of part {} of the fund {}: {amount}\n{}",
                fund.fund_part,
                fund.fund_id,
                shared_by(opened)
            )
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
            billed.energy_kwh,
            billed.amount,
            billed.open_kwh,
            billed.open_amount
        );
    }
    let inputs = &opened.published.inputs;
    text += &format!(
        "  run {run_id}, published cycle {}: readings_raw version {}, registry change {}, SQL {}\n",
        opened.published.cycle, inputs.readings_raw, inputs.registry, opened.sql_digest
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
    match opened.line.line.price {
        Some(price) => format!("{price} {}", opened.currency),
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
        "\n  local day          kWh\n{rows}\n  `--all` lists every interval, `--at INSTANT` opens one down to its \
        readings\n"
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
            r.energy_kwh.to_string(),
            r.quality,
            r.revision,
            rfc3339(r.received_at),
            r.position
        );
    }
    text
}
