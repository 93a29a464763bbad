//! Takes a file of readings into the lake, by the same way as messages.

use std::path::Path;

use connectors::sources::file::{FileFormat, FileSource};
use engine::ingest::{Intake, Limits};
use engine::schema::Table;
use engine::{ErrorKind, Result};

use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::Failure;

/// A file of readings: canonical CSV or one JSON message a line.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub path: &'a Path,
    /// How its lines are to be read, when neither the extension nor the first bytes say so.
    pub format: Option<FileFormat>,
    /// Told how many bytes are taken in.
    pub told: &'a (dyn Fn(u64) + Sync),
}

impl<'a> Input<'a> {
    /// A file that says itself what it is.
    pub fn of(path: &'a Path) -> Self {
        Self { path, format: None, told: &|_| {} }
    }
}

/// What a file brought.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    pub accepted: usize,
    pub rejected: usize,
    /// The whole file was in the lake before.
    pub known: bool,
}

/// Takes the file in from where the lake stands with it.
///
/// # Errors
/// User, when the file cannot be read as it is; environment, when the lake cannot be written.
pub async fn act(actor: &Actor, place: &Installation, input: Input<'_>) -> Result<Done, Failure> {
    actor.must_operate()?;
    loop {
        match once(place, &input).await {
            // Somebody else takes in the same file: go on from where that one stands.
            Err(e) if e.kind() == ErrorKind::Conflict => {
                tracing::info!("{}: {e}; going on from there", input.path.display());
            }
            other => return Ok(other?),
        }
    }
}

async fn once(place: &Installation, input: &Input<'_>) -> Result<Done> {
    let mut file = FileSource::open(input.path, input.format, place.clock.now())?;
    let raw = place.lake.snapshot(Table::ReadingsRaw).await?;
    let stands = raw.position(file.source()).await?.unwrap_or(0);
    if stands >= file.lines() && file.lines() > 0 {
        return Ok(Done { known: true, ..Done::default() });
    }
    file.resume_at(stands)?;
    let config = &place.config.limits;
    let limits = Limits { age: i64::MAX, rows: config.commit_rows, bytes: config.commit_bytes };
    let mut intake = Intake::new(place.lake.clone(), place.clock.clone(), place.door().await?, limits);
    let mut decoder = file.decoder();
    let mut bytes = 0;
    let mut taken = Done::default();
    let mut add = |c: engine::ingest::Committed| {
        taken.accepted += c.accepted;
        taken.rejected += c.rejected;
    };
    while let Some(batch) = file.next_batch()? {
        intake.take(&batch, &mut *decoder).await?;
        bytes += batch.size_bytes() as u64;
        (input.told)(bytes);
        if intake.is_due() {
            add(intake.commit().await?);
        }
    }
    add(intake.commit().await?);
    place.note_versions(false).await?;
    Ok(taken)
}
