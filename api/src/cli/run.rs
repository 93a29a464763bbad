//! `ecoop run all|JOB`: computes what is pending, or a time anew.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;

use super::{Failure, print, progress};
use crate::act::run::{Done, Input, Past, act};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::worker;

#[derive(clap::Args)]
pub struct Args {
    /// `all`, or a table; what depends on it is computed with it
    #[arg(value_name = "JOB", default_value = "all")]
    job: String,
    /// Only this community, of the days of --from and --to; what is pending is computed of all
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
pub async fn run(args: Args, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    let Args { job, community, from, to, as_of, out } = args;
    let step = progress::of_step("computing");
    let input = Input { job, community, days: from.zip(to), past: as_of.zip(out) };
    let done = act(actor, installation, input).await;
    step.finish_and_clear();
    match done? {
        Done::Past(past) => looked_back(&past),
        Done::Cycle(done) => {
            print(&summary(&done))?;
            if done.held.is_empty() { Ok(()) } else { Err(Failure::Said(held(&done.held))) }
        }
    }
}

fn looked_back(past: &Past) -> Result<(), Failure> {
    for (id, days) in &past.computed {
        if let (Some(first), Some(last)) = (days.first(), days.last()) {
            print(&format!("{id}: {} days, {first} to {last}\n", days.len()))?;
        }
    }
    let Past { cycle, compared, .. } = past;
    match *compared {
        None => print(&format!("as in cycle {cycle}, whose files are no longer kept to be compared with\n")),
        Some((same, 0)) => print(&format!("all {same} files are those of cycle {cycle}, byte for byte\n")),
        Some((same, other)) => Err(Failure::Said(format!(
            "{same} files are those of cycle {cycle}, {other} differ: another version of the program computed them"
        ))),
    }
}

fn summary(done: &worker::Done) -> String {
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
