//! `ecoop run all|JOB`: computes what is pending, or a time anew.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use engine::Error;
use engine::schema::Table;
use engine::table::{Lake, NoFence};

use super::{Failure, print, progress};
use crate::installation::Installation;
use crate::worker::{self, Done, Task};

#[derive(clap::Args)]
pub struct Args {
    /// `all`, or a table; what depends on it is computed with it
    #[arg(value_name = "JOB", default_value = "all")]
    job: String,
    /// Only this community
    #[arg(long, value_name = "ID")]
    community: Option<String>,
    /// First local day to compute anew
    #[arg(long, value_name = "YYYY-MM-DD", requires = "to")]
    from: Option<NaiveDate>,
    /// Day after the last
    #[arg(long, value_name = "YYYY-MM-DD", requires = "from")]
    to: Option<NaiveDate>,
    /// Compute whole months as they were published at this instant, into the folder of --out; nothing is published
    #[arg(long, value_name = "INSTANT", requires = "out")]
    as_of: Option<String>,
    /// An empty folder for the tables of --as-of
    #[arg(long, value_name = "DIR", requires = "as_of")]
    out: Option<PathBuf>,
}

/// Computes and says what was done. Fails when a community is held, after all others were published.
pub async fn run(args: Args, installation: &Installation) -> Result<(), Failure> {
    check_job(&args.job)?;
    if let (Some(as_of), Some(out)) = (&args.as_of, &args.out) {
        return look_back(&args, installation, as_of, out).await;
    }
    let task = match (args.from, args.to) {
        (Some(from), Some(to)) if from < to => Task::Range { community: args.community.clone(), from, to },
        (Some(from), Some(to)) => {
            return Err(Error::user(format!("--from {from} --to {to}: no day lies between; --to is exclusive")).into());
        }
        _ => Task::Pending,
    };
    let step = progress::of_step("computing");
    let done = worker::perform(installation, &task).await;
    step.finish_and_clear();
    let done = done?;
    print(&summary(&done))?;
    if done.held.is_empty() {
        return Ok(());
    }
    Err(Failure::Said(held(&done.held)))
}

/// Tables as they were published, computed again from the rows below them.
async fn look_back(args: &Args, installation: &Installation, as_of: &str, out: &Path) -> Result<(), Failure> {
    let published = crate::read::published_at(installation, as_of).await?;
    std::fs::create_dir_all(out).map_err(|e| Error::environment(format!("--out {}", out.display()), e))?;
    let root = url::Url::from_directory_path(out.canonicalize()?)
        .map_err(|()| Error::user(format!("--out {}: not a folder", out.display())))?;
    let lake = Lake::open(&root, HashMap::new()).await?;
    let worker = engine::job::Worker { lake, ..installation.worker(Arc::new(NoFence)) };
    let step = progress::of_step("computing");
    let range = args.from.zip(args.to);
    let report = worker.recompute(&installation.lake, &published, args.community.as_deref(), range).await;
    step.finish_and_clear();
    let report = report?;
    for (id, days) in &report.computed {
        if let (Some(first), Some(last)) = (days.first(), days.last()) {
            print(&format!("{id}: {} days, {first} to {last}\n", days.len()))?;
        }
    }
    let digest = match published.matches(&installation.lake, &worker.lake).await? {
        (same, 0) => format!("all {same} files are those of cycle {}, byte for byte\n", published.cycle),
        (same, other) => {
            return Err(Failure::Said(format!(
                "{same} files are those of cycle {}, {other} differ: another version of the program computed them",
                published.cycle
            )));
        }
    };
    print(&digest)
}

/// Every job reads what the ones before it wrote in the same cycle, so each of them computes its window whole.
fn check_job(job: &str) -> Result<(), Error> {
    if job == "all" || Table::parse(job).is_some_and(|t| Table::RESULTS.contains(&t)) {
        return Ok(());
    }
    let names: Vec<&str> = Table::RESULTS.iter().map(|t| t.name()).collect();
    Err(Error::user(format!("`{job}` is no job; write `all` or one of {}", names.join(", "))))
}

fn summary(done: &Done) -> String {
    let mut text = String::new();
    let replayed: usize = done.replayed.values().sum();
    if replayed > 0 {
        text += &format!("{replayed} readings came out of quarantine\n");
    }
    match done.cycle {
        None => text += "nothing to do\n",
        Some(cycle) => {
            for (id, days) in &done.computed {
                if let (Some(first), Some(last)) = (days.first(), days.last()) {
                    text += &format!("{id}: {} days, {first} to {last}\n", days.len());
                }
            }
            text +=
                &format!("published cycle {cycle}, {} files new, {} replaced\n", done.files_added, done.files_removed);
        }
    }
    text
}

fn held(held: &BTreeMap<String, String>) -> String {
    let mut text = String::from("a check failed, and what was published before stays:\n");
    for (id, rows) in held {
        text += &format!("{id}:\n{rows}\n");
    }
    text.trim_end().to_string()
}
