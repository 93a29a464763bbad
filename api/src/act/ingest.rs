//! Takes a file of readings into the lake, by the same way as messages.

use std::path::Path;
use std::sync::Arc;

use connectors::decoders::Digits;
use connectors::sources::file::{FileFormat, FileSource};
use datafusion::scalar::ScalarValue;
use engine::catalog::Principal;
use engine::ingest::plausible::DaySums;
use engine::ingest::{Intake, Limits, Reason, Rejection};
use engine::schema::Table;
use engine::{Error, ErrorKind, Result};

use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::Failure;
use crate::read::rows::{Row, Rows};

/// A file of readings: canonical CSV or JSON messages.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub path: &'a Path,
    /// How its records are to be read, when neither the extension nor the first bytes say so.
    pub format: Option<FileFormat>,
    /// What becomes of digits that the unit does not hold.
    pub digits: Digits,
    /// Told how many bytes are taken in.
    pub told: &'a (dyn Fn(u64) + Sync),
}

impl<'a> Input<'a> {
    /// A file that says itself what it is.
    pub fn of(path: &'a Path) -> Self {
        Self { path, format: None, digits: Digits::Exact, told: &|_| {} }
    }
}

/// What a file brought: each of its values is counted once.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Done {
    pub accepted: usize,
    /// Values that wait in quarantine.
    pub rejected: usize,
    /// Values that were taken in or put aside before, with the same file.
    pub same: usize,
    /// Values that are named and not there: an empty cell, a `null`.
    pub missing: usize,
    /// Why values were put aside now, with an example and how many there are.
    pub refused: Vec<Refused>,
}

/// Values of a file that were put aside for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub example: Rejection,
    /// Line or message of the example, counted from 1.
    pub line: i64,
    pub count: i64,
}

impl Done {
    /// How many values the file has.
    pub fn read(&self) -> usize {
        self.accepted + self.rejected + self.same + self.missing
    }

    /// Whether anything of it was not in the lake before.
    pub fn brought_something(&self) -> bool {
        self.same < self.read()
    }
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
    let open =
        || Ok::<_, Error>(FileSource::open(input.path, input.format, place.clock.now())?.with_digits(input.digits));
    let mut file = open()?;
    let raw = place.lake.snapshot(Table::ReadingsRaw).await?;
    let stands = raw.position(file.source()).await?.unwrap_or(0);
    let mut taken = Done { same: values_before(open()?, stands)?, ..Done::default() };
    if stands >= file.lines() && file.lines() > 0 {
        return Ok(taken);
    }
    file.resume_at(stands)?;
    let config = &place.config.limits;
    let limits = Limits { age: i64::MAX, rows: config.commit_rows, bytes: config.commit_bytes };
    let door = Arc::new(place.door().await?.of_file(day_sums(open()?)?));
    let mut intake = Intake::new(place.lake.clone(), place.clock.clone(), door, limits);
    let mut decoder = file.decoder();
    let mut bytes = 0;
    let mut add = |c: engine::ingest::Committed| {
        taken.accepted += c.accepted;
        taken.rejected += c.rejected;
        taken.missing += c.missing;
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
    if taken.rejected > 0 {
        taken.refused = refused(place, file.source(), stands).await?;
    }
    Ok(taken)
}

/// What a file holds of each day: Wh read as kWh are told by their sum.
fn day_sums(mut file: FileSource) -> Result<DaySums> {
    let (mut decoder, mut sums) = (file.decoder(), DaySums::default());
    while let Some(batch) = file.next_batch()? {
        for frame in batch.frames() {
            decoder.decode(frame.payload, &mut |_, value| {
                if let Ok(reading) = value {
                    sums.add(&reading);
                }
            });
        }
    }
    Ok(sums)
}

/// How many values the records of a file before one of them have.
fn values_before(mut file: FileSource, stands: i64) -> Result<usize> {
    let (mut decoder, mut values) = (file.decoder(), 0);
    if stands <= 0 {
        return Ok(0);
    }
    while let Some(batch) = file.next_batch()? {
        for frame in batch.frames().take_while(|frame| frame.offset < stands) {
            values += decoder.decode(frame.payload, &mut |_, _| values += 1);
        }
        if batch.next >= stands {
            break;
        }
    }
    Ok(values)
}

/// Why values of a source were put aside from a position on.
async fn refused(place: &Installation, source: &str, from: i64) -> Result<Vec<Refused>> {
    let session = engine::catalog::open(&place.lake, None, &Principal::Operator).await?;
    let source = ("source", ScalarValue::Utf8(Some(source.to_owned())));
    let parameters = [source, ("from", ScalarValue::Int64(Some(from)))];
    let rows = Rows::of(&session, queries::report::SOURCE_QUARANTINE, &parameters).await?;
    let of = |row: Row<'_>| {
        let reason = Reason::parse(&row.text("reason")?).ok_or_else(|| Error::internal("an unknown reason"))?;
        let example = Rejection::new(reason, row.text("field")?, row.text("example")?);
        Ok(Refused { example, line: row.int("first_position")? + 1, count: row.int("value_count")? })
    };
    rows.iter().map(of).collect()
}
