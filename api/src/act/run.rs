//! Computes what is pending, or a time anew, or the past once more into a folder of its own.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use engine::Error;
use engine::schema::Table;
use engine::table::{Lake, NoFence};

use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::{Failure, Message, refused};
use crate::read::{Reader, published_at};
use crate::worker::{self, Task};

/// What is to be computed.
#[derive(Debug, Clone)]
pub struct Input {
    /// `all`, or a table of results.
    pub job: String,
    /// Only this community.
    pub community: Option<String>,
    /// Local days to compute anew, the second one exclusive; without them what is pending.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// Whole months as they were published at an instant, into an empty folder; nothing is published.
    pub past: Option<(String, PathBuf)>,
}

/// What was computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    Cycle(Box<worker::Done>),
    Past(Past),
}

/// A published result once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The cycle that published it.
    pub cycle: i64,
    /// Local days per community.
    pub computed: BTreeMap<String, BTreeSet<NaiveDate>>,
    /// Files that are byte for byte those of the cycle, and files that are not; nothing when its files are no longer
    /// kept.
    pub compared: Option<(usize, usize)>,
}

/// Computes. A community that a check holds is in the answer, after all others were published.
///
/// # Errors
/// User, for a job, community or time that is not there; environment, when lake or store fail.
pub async fn act(actor: &Actor, place: &Installation, input: Input) -> Result<Done, Failure> {
    actor.must_operate()?;
    check_job(&input.job)?;
    if let Some(community) = &input.community {
        Reader::of(actor, place).await?.registered(community)?;
    }
    if let Some((as_of, out)) = &input.past {
        return look_back(place, &input, as_of, out).await.map(Done::Past);
    }
    let task = match input.days {
        Some((from, to)) if from < to => Task::Range { community: input.community, from, to },
        Some((from, to)) => {
            return Err(refused::days_empty(from, to).into());
        }
        None => Task::Pending,
    };
    Ok(Done::Cycle(Box::new(worker::perform(place, &task).await?)))
}

/// Tables as they were published, computed again from the rows below them.
async fn look_back(place: &Installation, input: &Input, as_of: &str, out: &Path) -> Result<Past, Failure> {
    let published = published_at(place, as_of).await?;
    std::fs::create_dir_all(out).map_err(|e| Error::environment(format!("--out {}", out.display()), e))?;
    let root = url::Url::from_directory_path(out.canonicalize()?).map_err(|()| refused::folder_wrong(out.display()))?;
    let lake = Lake::open(&root, HashMap::new()).await?;
    let worker = engine::job::Worker { lake, ..place.worker(Arc::new(NoFence)) };
    let report = worker.recompute(&place.lake, &published, input.community.as_deref(), input.days).await?;
    let compared = match place.lake.is_kept(&published, place.clock.now()).await? {
        true => Some(published.matches(&place.lake, &worker.lake).await?),
        false => None,
    };
    Ok(Past { cycle: published.cycle, computed: report.computed, compared })
}

/// Every job reads what the ones before it wrote in the same cycle, so each of them computes its window whole.
fn check_job(job: &str) -> Result<(), Message> {
    if job == "all" || Table::parse(job).is_some_and(|t| Table::RESULTS.contains(&t)) {
        return Ok(());
    }
    let names: Vec<&str> = Table::RESULTS.iter().map(|t| t.name()).collect();
    Err(refused::job_unknown(job, names.join(", ")))
}
