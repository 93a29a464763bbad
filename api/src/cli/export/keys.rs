//! `ecoop export keys --community C --from D --to D`: the key files of French collective self-consumption.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use engine::Error;

use crate::act::export_keys::{Input, act};
use crate::auth::Actor;
use crate::cli::{Failure, print, say};
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
pub async fn run(args: Args, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    let Args { community, from, to, producer, operation, dir } = args;
    let done = act(actor, installation, Input { community, from, to, producer, operation }).await?;
    if done.missing_consumption > 0 {
        say(format_args!(
            "warning: {} values of consumption are missing and count as nothing in the keys",
            done.missing_consumption
        ));
    }
    for (producer, file) in done.files {
        let path = write(&dir, producer.as_deref(), &file.name(), &file.text(done.zone))?;
        let (steps, points) = (file.rows.len(), file.points.len());
        print(&format!("{}: {steps} steps for {points} points\n", path.display()))?;
    }
    Ok(())
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
