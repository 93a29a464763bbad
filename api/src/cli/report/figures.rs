//! `ecoop report figures --community C --from D --to D`: the figures of the Austrian market by their meter codes, as
//! CSV.

use engine::calendar::rfc3339;
use engine::job::again::meter_figures::meter_figures;
use engine::units::{ENERGY_SCALE, format_decimal};

use super::super::{Failure, print};
use super::asked::{Days, quoted};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::{Reader, registry_of};

#[derive(clap::Args)]
pub struct Args {
    /// The community
    #[arg(long, value_name = "ID")]
    community: String,
    #[command(flatten)]
    days: Days,
}

/// Prints every figure of the days.
pub async fn run(args: Args, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    args.days.check()?;
    let reader = Reader::of(actor, installation).await?;
    let published = reader.published()?;
    reader.registered(&args.community)?;
    let registry = registry_of(installation, published).await?;
    let days = args.days.from.iter_days().take_while(|d| *d < args.days.to).collect();
    let mut out = String::from("metering_point_id,meter_code,interval_start,energy_kwh\n");
    for f in meter_figures(&installation.lake, published, &registry, &args.community, &days).await? {
        let energy = format_decimal(i128::from(f.energy_micro_kwh), ENERGY_SCALE);
        let cells = [&*quoted(&f.metering_point_id), f.meter_code, &rfc3339(f.interval_start), &energy].join(",");
        out += &cells;
        out.push('\n');
    }
    print(&out)
}
