//! `ecoop report reconcile --community C --from D --to D`: where an operator's results differ from our own computation.

use dashboards::report::reconcile::{IntervalView, ReconcileView, ShareView, reconcile_text};
use engine::Error;
use engine::calendar::{Span, day_start, rfc3339};
use engine::units::{ENERGY_SCALE, format_decimal};
use serde_json::{Value, json};

use super::super::{Failure, print};
use super::{Days, Format, locale, quoted};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::reconcile::{self, CAUSES, Figure, Interval, Reconciliation};
use crate::read::{Reader, View};

#[derive(clap::Args)]
pub struct Args {
    /// The community
    #[arg(long, value_name = "ID")]
    community: String,
    #[command(flatten)]
    days: Days,
    /// For people, or for machines
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of the report for people
    #[arg(long, value_name = "CODE", default_value = "en")]
    lang: String,
}

/// Prints what differs.
pub async fn run(args: Args, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    args.days.check()?;
    let locale = locale(&args.lang)?;
    let reader = Reader::of(actor, installation).await?;
    let view = reader.community(&args.community).await?;
    reader.published()?;
    let span = Span { start: day_start(view.zone, args.days.from), end: day_start(view.zone, args.days.to) };
    if !view.operator_decides(span) {
        return Err(Error::user(format!(
            "no key of `{}` has mode = \"authoritative\" from {} to {}: nobody else's results count then",
            args.community, args.days.from, args.days.to
        ))
        .into());
    }
    let found = reconcile::of(&view, span).await?;
    print(&match args.format {
        Format::Text => {
            let names = installation.store.names().await?;
            let name = names.communities.get(&args.community).unwrap_or(&view.community.name).clone();
            reconcile_text(&for_people(&args, &view, name, &found), &locale)
        }
        Format::Csv => csv(&found),
        Format::Json => format!("{:#}\n", to_json(&args, &found)),
    })
}

fn for_people(args: &Args, view: &View, community: String, found: &Reconciliation) -> ReconcileView {
    let [not_closing, different_rule, rounding] = found.intervals.map(i64::unsigned_abs);
    let share = |f: &Figure| ShareView {
        metering_point_id: f.metering_point_id.clone(),
        operator_micro_kwh: f.operator_micro_kwh,
        computed_micro_kwh: f.computed_micro_kwh,
    };
    let interval = |i: &Interval| IntervalView {
        start_us: i.interval_start,
        closes: i.cause != "not_closing",
        difference_micro_kwh: i.difference_micro_kwh(),
        figures: i.figures.len(),
        largest: i.figures.iter().take(3).map(share).collect(),
    };
    ReconcileView {
        community,
        zone: view.zone,
        from: args.days.from,
        last: args.days.to.pred_opt().unwrap_or(args.days.to),
        not_closing,
        different_rule,
        rounding,
        waiting: found.waiting.unsigned_abs(),
        beyond: found.beyond.iter().map(interval).collect(),
    }
}

const COLUMNS: [&str; 9] = [
    "interval_start",
    "cause",
    "metering_point_id",
    "direction",
    "operator_kwh",
    "computed_kwh",
    "difference_kwh",
    "tolerance_kwh",
    "exceeds_tolerance",
];

fn kwh(micro_kwh: Option<i128>) -> String {
    micro_kwh.map_or_else(String::new, |micro_kwh| format_decimal(micro_kwh, ENERGY_SCALE))
}

fn csv(found: &Reconciliation) -> String {
    let mut out = COLUMNS.join(",") + "\n";
    for (i, f) in found.beyond.iter().flat_map(|i| i.figures.iter().map(move |f| (i, f))) {
        let cells = [
            rfc3339(i.interval_start),
            i.cause.clone(),
            quoted(&f.metering_point_id),
            f.direction.clone(),
            kwh(f.operator_micro_kwh),
            kwh(f.computed_micro_kwh),
            kwh(f.difference_micro_kwh),
            kwh(Some(f.tolerance_micro_kwh)),
            f.exceeds_tolerance.to_string(),
        ];
        out += &cells.join(",");
        out.push('\n');
    }
    out
}

/// Decimals as strings: a JSON number would go through a float in most readers.
fn to_json(args: &Args, found: &Reconciliation) -> Value {
    let text = |micro_kwh: Option<i128>| micro_kwh.map(|micro_kwh| format_decimal(micro_kwh, ENERGY_SCALE));
    let figure = |f: &Figure| {
        json!({
            "metering_point_id": f.metering_point_id, "direction": f.direction, "operator_kwh": text(f.operator_micro_kwh),
            "computed_kwh": text(f.computed_micro_kwh), "difference_kwh": text(f.difference_micro_kwh),
            "tolerance_kwh": text(Some(f.tolerance_micro_kwh)), "exceeds_tolerance": f.exceeds_tolerance,
        })
    };
    let interval = |i: &Interval| {
        json!({
            "interval_start": rfc3339(i.interval_start), "cause": i.cause, "difference_kwh": text(i.difference_micro_kwh()),
            "figures": i.figures.iter().map(figure).collect::<Vec<_>>(),
        })
    };
    let causes: serde_json::Map<String, Value> =
        CAUSES.iter().zip(found.intervals).map(|(cause, n)| ((*cause).to_owned(), json!(n))).collect();
    json!({
        "community_id": args.community, "from": args.days.from.to_string(), "to": args.days.to.to_string(),
        "intervals_by_cause": causes,
        "waiting_intervals": found.waiting,
        "intervals": found.beyond.iter().map(interval).collect::<Vec<_>>(),
    })
}
