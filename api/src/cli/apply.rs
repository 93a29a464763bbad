//! `ecoop apply FILE`: a community as one file, or values that its rules and prices read.

use std::path::{Path, PathBuf};

use engine::error::Error;

use super::{Failure, print, say};
use crate::act::{apply, apply_series};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::registry::series::{Stated, is_series};
use crate::store::Applied;
use crate::worker::{self, Task};

#[derive(clap::Args)]
pub struct Args {
    /// Files of communities (.toml, .json), key files of an operator (ACC..._15_....txt), series of values and rows
    /// of regimes (.csv)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The community that key files and series are for, and that files of communities must be of
    #[arg(long, value_name = "ID")]
    community: Option<String>,
    /// The producing point that a key file is for, where every plant has its own
    #[arg(long, value_name = "POINT")]
    producer: Option<String>,
    /// What the series of a .csv is called: prices per kWh, or grams per kWh
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// Where a series comes from, with its licence
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// The series is everybody's: a market, a grid
    #[arg(long, conflicts_with = "community")]
    public: bool,
    /// Language of what is said about the files
    #[arg(long, value_name = "CODE", default_value = "en")]
    lang: String,
}

/// Applies every file, and returns when the lake has what is new.
pub async fn run(args: Args, installation: &Installation) -> Result<(), Failure> {
    let locale = super::report::locale(&args.lang)?;
    let words = locale.words();
    let operator = Actor::operator("command line");
    for path in &args.files {
        let text = text_of(path)?;
        let file_name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let (what, applied) = if is_series(file_name) {
            let input = apply_series::Input { name: file_name.to_owned(), text, stated: args.stated() };
            let done = apply_series::apply_series(&operator, installation, input).await;
            let done = done.map_err(|e| Failure::from(e).in_language(&locale))?;
            done.warnings.iter().for_each(|w| say(format_args!("warning: {}", w.text(&words))));
            (done.name, done.applied)
        } else {
            let name = path.display().to_string();
            let input = apply::Input { name, text, community: args.community.clone(), settled: apply::Settled::Stays };
            let done = apply::apply(&operator, installation, input).await;
            let done = done.map_err(|e| Failure::from(e).in_language(&locale))?;
            done.warnings.iter().for_each(|w| say(format_args!("warning: {}", w.text(&words))));
            (done.community_id, done.applied)
        };
        let Applied { changed, unchanged, .. } = applied;
        print(&format!("{what}: {changed} changed, {unchanged} as they were\n"))?;
    }
    let done = worker::perform(installation, &Task::Copy).await?;
    for (point, count) in &done.replayed {
        print(&format!("{point}: {count} readings came out of quarantine\n"))?;
    }
    Ok(())
}

impl Args {
    fn stated(&self) -> Stated {
        Stated {
            community: self.community.clone(),
            producer: self.producer.clone(),
            series: self.series.clone(),
            source: self.source.clone(),
            public: self.public,
        }
    }
}

/// The text of a file.
///
/// # Errors
/// User, when it cannot be read.
pub fn text_of(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|e| Error::user(format!("cannot read {}: {e}", path.display())))
}
