//! `ecoop report reconcile --community C --from D --to D`: where an operator's results differ from our own computation.

use dashboards::report::reconcile::{IntervalView, ReconcileView, ShareView, reconcile_text};
use engine::calendar::rfc3339;

use super::super::{Failure, json, print};
use super::asked::{Days, Format, locale, quoted};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem;
use crate::read::decimal::Kwh;
use crate::read::reconcile::{self, Figure, Interval, Reconciliation};
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
    let found = ask(&args, actor, installation).await;
    let (view, found) = found.map_err(|e| Failure::from(e).in_language(&locale))?;
    print(&match args.format {
        Format::Text => {
            let names = installation.store.names().await?;
            let name = names.communities.get(&args.community).unwrap_or(&view.community.name).clone();
            reconcile_text(&for_people(&args, &view, name, &found), &locale)
        }
        Format::Csv => csv(&found),
        Format::Json => json(&found),
    })
}

async fn ask(
    args: &Args,
    actor: &Actor,
    installation: &Installation,
) -> Result<(View, Reconciliation), problem::Failure> {
    let reader = Reader::of(actor, installation).await?;
    let view = reader.community(&args.community).await?;
    reader.published()?;
    let found = reconcile::of(&view, args.days.from, args.days.to).await?;
    Ok((view, found))
}

fn for_people(args: &Args, view: &View, community: String, found: &Reconciliation) -> ReconcileView {
    let [not_closing, different_rule, rounding] = found.intervals.map(i64::unsigned_abs);
    let share = |f: &Figure| ShareView {
        metering_point_id: f.metering_point_id.clone(),
        operator_micro_kwh: f.operator_kwh.map(|kwh| kwh.0),
        computed_micro_kwh: f.computed_kwh.map(|kwh| kwh.0),
    };
    let interval = |i: &Interval| IntervalView {
        start_us: i.interval_start,
        closes: i.cause != "not_closing",
        difference_micro_kwh: i.difference_kwh.map(|kwh| kwh.0),
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

fn text(kwh: Option<Kwh>) -> String {
    kwh.map(|kwh| kwh.to_string()).unwrap_or_default()
}

fn csv(found: &Reconciliation) -> String {
    let mut out = COLUMNS.join(",") + "\n";
    for (i, f) in found.beyond.iter().flat_map(|i| i.figures.iter().map(move |f| (i, f))) {
        let cells = [
            rfc3339(i.interval_start),
            i.cause.clone(),
            quoted(&f.metering_point_id),
            f.direction.clone(),
            text(f.operator_kwh),
            text(f.computed_kwh),
            text(f.difference_kwh),
            f.tolerance_kwh.to_string(),
            f.exceeds_tolerance.to_string(),
        ];
        out += &cells.join(",");
        out.push('\n');
    }
    out
}
