//! `ecoop ingest FILE...`: files of readings into the lake, by the same way as messages.

use std::path::PathBuf;

use connectors::sources::file::FileFormat;
use engine::Error;

use super::{Failure, print, progress, say};
use crate::act::ingest::{Done, Input, act};
use crate::auth::Actor;
use crate::installation::Installation;

#[derive(clap::Args)]
pub struct Args {
    /// How the lines are to be read, when neither the extension nor the first bytes say so
    #[arg(long, value_name = "csv|jsonl")]
    format: Option<String>,
    /// Files of readings: canonical CSV or one JSON message a line
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Takes in every file. Ends well only when all of them are committed.
pub async fn run(args: Args, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    let format = match args.format.as_deref() {
        None => None,
        Some(name) => Some(
            FileFormat::parse(name)
                .ok_or_else(|| Error::user(format!("--format {name}: unknown; write csv or jsonl")))?,
        ),
    };
    let mut rejected = 0;
    for path in &args.files {
        let bar = progress::of_bytes(&path.display().to_string(), std::fs::metadata(path).map_or(0, |m| m.len()));
        let taken = act(actor, installation, Input { path, format, told: &|bytes| bar.set_position(bytes) }).await;
        bar.finish_and_clear();
        let taken = taken?;
        rejected += taken.rejected;
        let name = path.display();
        print(&match taken {
            Done { known: true, .. } => format!("{name}: already taken in, nothing added\n"),
            Done { accepted, rejected: 0, .. } => format!("{name}: {accepted} readings\n"),
            Done { accepted, rejected, .. } => format!("{name}: {accepted} readings, {rejected} in quarantine\n"),
        })?;
    }
    if rejected > 0 {
        say(format_args!(
            "{rejected} values could not be accepted and are kept; `ecoop lake info` tells why, and \
             `ecoop sql \"select reason, field, value, count(*) from quarantine group by 1, 2, 3\"` lists them"
        ));
    }
    Ok(())
}
