//! `ecoop ingest FILE...`: files of readings into the lake, by the same way as messages.

use std::io::Read;
use std::path::{Path, PathBuf};

use connectors::decoders::Digits;
use connectors::sources::file::FileFormat;
use engine::Error;
use tempfile::NamedTempFile;

use super::{Failure, print, progress, say};
use crate::act::ingest::{Done, Input, act};
use crate::auth::Actor;
use crate::installation::Installation;

/// The name of what comes through a pipe.
const STDIN: &str = "-";
/// Most reasons that are told of one file; the others are in quarantine with them.
const REASONS_MAX: usize = 12;

#[derive(clap::Args)]
pub struct Args {
    /// How the file is to be read, when neither the extension nor the first bytes say so
    #[arg(long, value_name = "csv|jsonl")]
    format: Option<String>,
    /// Round energies with more than six decimals, half to even, instead of putting them aside
    #[arg(long)]
    round: bool,
    /// Files of readings: canonical CSV, or JSON messages; `-` is what comes through a pipe
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Takes in every file. Ends well only when all of them are committed and not one is refused whole.
pub async fn run(args: Args, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    let format = match args.format.as_deref() {
        None => None,
        Some(name) => Some(
            FileFormat::parse(name)
                .ok_or_else(|| Error::user(format!("--format {name}: unknown; write csv or jsonl")))?,
        ),
    };
    let digits = if args.round { Digits::Rounded } else { Digits::Exact };
    let (mut rejected, mut failed) = (0, Vec::new());
    for path in &args.files {
        // What is wrong with one file does not keep the others out.
        match one(path, format, digits, (actor, installation)).await {
            Ok(taken) => {
                rejected += taken.rejected;
                print(&text_of(path, &taken))?;
                if taken.rejected > 0 && taken.rejected == taken.read() {
                    failed.push(format!("{}: every value was put aside", path.display()));
                }
            }
            Err(e) => failed.push(e.to_string()),
        }
    }
    if rejected > 0 {
        say(format_args!(
            "{rejected} values could not be accepted and are kept; `ecoop lake info` tells why, and \
             `ecoop sql \"select reason, field, value, count(*) from quarantine group by 1, 2, 3\"` lists them"
        ));
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Error::user(failed.join("\n")).into()),
    }
}

async fn one(
    path: &Path,
    format: Option<FileFormat>,
    digits: Digits,
    (actor, installation): (&Actor, &Installation),
) -> Result<Done, Failure> {
    let piped = piped(path)?;
    let file = piped.as_ref().map_or(path, NamedTempFile::path);
    let bar = progress::of_bytes(&path.display().to_string(), std::fs::metadata(file).map_or(0, |m| m.len()));
    let input = Input { path: file, format, digits, told: &|bytes| bar.set_position(bytes) };
    let taken = act(actor, installation, input).await;
    bar.finish_and_clear();
    taken.map_err(|e| match &piped {
        // The name of the copy says nothing to whoever wrote into the pipe.
        Some(copy) => Failure::Said(e.to_string().replace(&copy.path().display().to_string(), &name_of(path))),
        None => e.into(),
    })
}

/// A copy of what comes through a pipe: it is read twice, first for what it is.
fn piped(path: &Path) -> Result<Option<NamedTempFile>, Error> {
    let failed = |e| Error::environment(format!("cannot read {}", name_of(path)), e);
    let mut reader: Box<dyn Read> = match path.as_os_str() == STDIN {
        true => Box::new(std::io::stdin().lock()),
        false => match std::fs::metadata(path) {
            // What is not there is said by whoever opens it.
            Err(_) => return Ok(None),
            Ok(meta) if meta.is_file() => return Ok(None),
            Ok(meta) if meta.is_dir() => {
                return Err(Error::user(format!("{} is a folder; name the files in it", path.display())));
            }
            Ok(_) => Box::new(std::fs::File::open(path).map_err(failed)?),
        },
    };
    let mut copy = NamedTempFile::new().map_err(failed)?;
    std::io::copy(&mut reader, &mut copy).map_err(failed)?;
    Ok(Some(copy))
}

fn name_of(path: &Path) -> String {
    if path.as_os_str() == STDIN { "standard input".to_owned() } else { path.display().to_string() }
}

/// What a file brought, every value of it once, and why values were put aside.
fn text_of(path: &Path, taken: &Done) -> String {
    let name = name_of(path);
    let mut text = match taken {
        Done { accepted: 0, rejected: 0, missing: 0, same, .. } if *same > 0 => {
            format!("{name}: already taken in, nothing added ({same} values read)\n")
        }
        // Every value is a reading.
        Done { accepted, rejected: 0, missing: 0, same: 0, .. } => format!("{name}: {accepted} readings\n"),
        Done { accepted, rejected, same, missing, .. } => {
            let mut text = format!("{name}: {accepted} readings");
            for (count, what) in [(rejected, "in quarantine"), (missing, "without a value"), (same, "as before")] {
                if *count > 0 {
                    text += &format!(", {count} {what}");
                }
            }
            text + &format!("\n  {} values read\n", taken.read())
        }
    };
    for refused in taken.refused.iter().take(REASONS_MAX) {
        text += &format!("  {} from line {} on: {}\n", refused.count, refused.line, refused.example.sentence());
    }
    if taken.refused.len() > REASONS_MAX {
        text += &format!("  and for {} more reasons\n", taken.refused.len() - REASONS_MAX);
    }
    text
}
