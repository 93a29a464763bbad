//! `ecoop ingest FILE...`: files of readings into the lake, by the same way as messages.

use std::path::{Path, PathBuf};

use connectors::sources::file::{FileFormat, FileSource};
use engine::ingest::{Intake, Limits};
use engine::schema::Table;
use engine::{Error, ErrorKind};

use super::{Failure, print, progress};
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

/// What a file brought.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub accepted: usize,
    pub rejected: usize,
    /// The whole file was in the lake before.
    pub known: bool,
}

/// Takes in every file. Ends well only when all of them are committed.
pub async fn run(args: Args, installation: &Installation) -> Result<(), Failure> {
    let format = match args.format.as_deref() {
        None => None,
        Some(name) => Some(
            FileFormat::parse(name)
                .ok_or_else(|| Error::user(format!("--format {name}: unknown; write csv or jsonl")))?,
        ),
    };
    let mut rejected = 0;
    for path in &args.files {
        let taken = take_file(installation, path, format).await?;
        rejected += taken.rejected;
        let name = path.display();
        print(&match taken {
            Taken { known: true, .. } => format!("{name}: already taken in, nothing added\n"),
            Taken { accepted, rejected: 0, .. } => format!("{name}: {accepted} readings\n"),
            Taken { accepted, rejected, .. } => format!("{name}: {accepted} readings, {rejected} in quarantine\n"),
        })?;
    }
    if rejected > 0 {
        eprintln!(
            "{rejected} values could not be accepted and are kept; `ecoop lake info` tells why, and \
             `ecoop sql \"select reason, field, value, count(*) from quarantine group by 1, 2, 3\"` lists them"
        );
    }
    Ok(())
}

/// Takes one file in from where the lake stands with it.
///
/// # Errors
/// User, when the file cannot be read as it is; environment, when the lake cannot be written.
pub async fn take_file(installation: &Installation, path: &Path, format: Option<FileFormat>) -> Result<Taken, Error> {
    loop {
        match take_once(installation, path, format).await {
            // Somebody else takes in the same file: go on from where that one stands.
            Err(e) if e.kind() == ErrorKind::Conflict => tracing::info!("{}: {e}; going on from there", path.display()),
            other => return other,
        }
    }
}

async fn take_once(installation: &Installation, path: &Path, format: Option<FileFormat>) -> Result<Taken, Error> {
    let mut file = FileSource::open(path, format, installation.clock.now())?;
    let raw = installation.lake.snapshot(Table::ReadingsRaw).await?;
    let stands = raw.position(file.source()).await?.unwrap_or(0);
    if stands >= file.lines() && file.lines() > 0 {
        return Ok(Taken { known: true, ..Taken::default() });
    }
    file.resume_at(stands)?;
    let config = &installation.config.limits;
    let limits = Limits { age: i64::MAX, rows: config.commit_rows, bytes: config.commit_bytes };
    let mut intake =
        Intake::new(installation.lake.clone(), installation.clock.clone(), installation.door().await?, limits);
    let mut decoder = file.decoder();
    let bar = progress::of_bytes(&path.display().to_string(), std::fs::metadata(path).map_or(0, |m| m.len()));
    let mut taken = Taken::default();
    let mut add = |c: engine::ingest::Committed| {
        taken.accepted += c.accepted;
        taken.rejected += c.rejected;
    };
    while let Some(batch) = file.next_batch()? {
        intake.take(&batch, &mut *decoder).await?;
        bar.inc(batch.size_bytes() as u64);
        if intake.is_due() {
            add(intake.commit().await?);
        }
    }
    add(intake.commit().await?);
    bar.finish_and_clear();
    Ok(taken)
}
