//! `ecoop export keys --community C --from D --to D`: the key files of French collective self-consumption.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use connectors::decoders::acc_key::KeyFile;
use engine::Error;
use engine::calendar::{Span, day_start, zone};
use engine::registry::Registry;
use engine::settlement::{PercentKey, percent_keys};

use crate::cli::{Failure, print};
use crate::installation::Installation;

#[derive(clap::Args)]
pub struct Args {
    /// The community
    #[arg(long, value_name = "ID")]
    community: String,
    /// First local day
    #[arg(long, value_name = "DAY")]
    from: NaiveDate,
    /// The local day after the last
    #[arg(long, value_name = "DAY")]
    to: NaiveDate,
    /// Only the key of this producing point, of its own production
    #[arg(long, value_name = "POINT")]
    producer: Option<String>,
    /// The operator's name of the operation, ACC and digits [default: the series that the key reads]
    #[arg(long, value_name = "ACC...")]
    operation: Option<String>,
    /// Where the files go; a key per producing point goes into a folder of its own
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

/// Writes one file for all plants, or one for each where the rule tells them apart.
pub async fn run(args: Args, installation: &Installation) -> Result<(), Failure> {
    if args.from >= args.to {
        let (from, to) = (args.from, args.to);
        return Err(Error::user(format!("--to {to}: not after --from {from}; write the day after the last")).into());
    }
    let lake = &installation.lake;
    let published = lake.published().await?;
    let published = published.ok_or_else(|| Error::user("nothing is computed yet; `ecoop run all` does it"))?;
    let registry = lake.registry().await?;
    let community = registry.communities.get(&args.community).ok_or_else(|| {
        Error::user(format!(
            "community `{}` is not registered; `ecoop sql \"select community_id from communities\"` lists them",
            args.community
        ))
    })?;
    let minutes = community.interval_minutes;
    if !matches!(minutes, 15 | 30) {
        return Err(Error::user(format!(
            "`{}` shares in intervals of {minutes} minutes, and key files have steps of 15 or 30",
            args.community
        ))
        .into());
    }
    let operation = operation(&args, &registry)?;
    let zone = zone(&community.timezone)?;
    let span = Span { start: day_start(zone, args.from), end: day_start(zone, args.to) };
    let keys = percent_keys(lake, &published, &registry, &args.community, span, args.producer.as_deref()).await?;
    if keys.missing_consumption > 0 {
        eprintln!(
            "warning: {} values of consumption are missing and count as nothing in the keys",
            keys.missing_consumption
        );
    }
    let last_day = args.to.pred_opt().unwrap_or(args.from);
    for PercentKey { producer, rows } in keys.keys {
        let file = KeyFile {
            operation: operation.clone(),
            step_minutes: minutes,
            first_day: args.from,
            last_day,
            points: keys.points.clone(),
            rows,
        };
        let path = write(&args.dir, producer.as_deref(), &file.name(), &file.text(zone))?;
        let (steps, points) = (file.rows.len(), file.points.len());
        print(&format!("{}: {steps} steps for {points} points\n", path.display()))?;
    }
    Ok(())
}

/// What the operation is called: as asked for, else as the series of the community's keys.
fn operation(args: &Args, registry: &Registry) -> Result<String, Error> {
    let fits =
        |name: &str| name.strip_prefix("ACC").is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()));
    if let Some(name) = &args.operation {
        return match fits(name) {
            true => Ok(name.clone()),
            false => Err(Error::user(format!("--operation {name}: it is ACC and digits, such as ACC00000001"))),
        };
    }
    let keys = registry.allocation_keys.get(&args.community).into_iter().flatten();
    let named = keys.flat_map(|(_, k)| k.rule.series()).filter(|name| fits(name)).last();
    let named = named.map(str::to_owned);
    named.ok_or_else(|| Error::user("what does the operator call the operation? write --operation ACC00000001"))
}

fn write(dir: &Path, producer: Option<&str>, name: &str, text: &str) -> Result<PathBuf, Error> {
    // Ids of others may hold what a path gives a meaning.
    let folder = producer.map_or(dir.to_path_buf(), |id| dir.join(id.replace(['/', ':'], "_")));
    std::fs::create_dir_all(&folder)
        .map_err(|e| Error::environment(format!("cannot create {}", folder.display()), e))?;
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(|e| Error::environment(format!("cannot write {}", path.display()), e))?;
    Ok(path)
}
