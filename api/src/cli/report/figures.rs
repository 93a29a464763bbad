//! `ecoop report figures --community C --from D --to D`: the figures of the Austrian market by their meter codes, as
//! CSV.

use engine::calendar::rfc3339;

use super::super::{Failure, print};
use super::asked::{Days, quoted};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::{Reader, meter_figures};

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
    let mut out = String::from("metering_point_id,meter_code,interval_start,energy_kwh\n");
    for f in meter_figures::of(&reader, &args.community, args.days.from, args.days.to).await? {
        let (start, energy) = (rfc3339(f.interval_start), f.energy_kwh.to_string());
        out += &[&*quoted(&f.metering_point_id), f.meter_code, &start, &energy].join(",");
        out.push('\n');
    }
    print(&out)
}
