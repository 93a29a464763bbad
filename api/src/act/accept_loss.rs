//! Gives up what was deleted of a source before it was read, so that reading goes on behind it.
//!
//! The chain of changes says first who gives up what; then the position of the source moves, alone in a commit. When
//! the second step fails, the first may be done again.

use engine::ErrorKind;
use engine::schema::Table;
use engine::table::commit::Move;
use engine::table::{Commit, NoFence};

use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::{Failure, Kind, refused};
use crate::store::StoppedSource;

/// What is given up.
#[derive(Debug, Clone)]
pub struct Input {
    /// The source, as its position calls it, or its end: `topic/3`.
    pub source: String,
}

/// What was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub source: String,
    /// The first offset that was given up, and the one at which reading goes on.
    pub from: i64,
    pub to: i64,
}

/// Gives up the offsets that a source has lost.
///
/// # Errors
/// User, when no such source stands still or it lost nothing; environment, when lake or store cannot be written.
pub async fn act(actor: &Actor, place: &Installation, input: Input) -> Result<Done, Failure> {
    actor.must_operate()?;
    let stopped = place.store.stopped_sources().await?;
    let StoppedSource { source, why, lost, .. } = named(stopped, &input.source)?;
    let Some((from, to)) = lost else {
        return Err(Failure::Refused(Kind::Invalid, refused::nothing_is_lost(&source, &why)));
    };
    place.store.loss_accepted(actor.name(), &source, (from, to)).await?;
    let position = Move { application: source.clone(), from: Some(from), to };
    let commit = Commit { positions: vec![position], now_ms: place.clock.now() / 1000, ..Commit::default() };
    match place.lake.commit(Table::ReadingsRaw, &commit, &NoFence).await {
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::Conflict => {
            let raw = place.lake.snapshot(Table::ReadingsRaw).await?;
            if raw.position(&source).await?.is_none_or(|at| at < to) {
                return Err(e.into());
            }
        }
        Err(e) => return Err(e.into()),
    }
    tracing::warn!("{source}: the offsets {from} to {} are given up by {}", to - 1, actor.name());
    Ok(Done { source, from, to })
}

/// The one source that is meant.
fn named(stopped: Vec<StoppedSource>, name: &str) -> Result<StoppedSource, Failure> {
    let end = format!("/{name}");
    let all: Vec<String> = stopped.iter().map(|s| s.source.clone()).collect();
    let mut meant = stopped.into_iter().filter(|s| s.source == name || s.source.ends_with(&end));
    match (meant.next(), meant.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(Failure::Refused(Kind::Invalid, refused::source_ambiguous(name, all.join(", ")))),
        (None, _) if all.is_empty() => Err(Failure::Refused(Kind::NotFound, refused::no_source_stopped(name))),
        (None, _) => Err(Failure::Refused(Kind::NotFound, refused::source_not_stopped(name, all.join(", ")))),
    }
}
