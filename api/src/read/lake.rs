//! How the lake stands: what came in, what did not, and up to when data are complete.

use engine::Result;
use engine::calendar::SECOND;
use engine::clock::Micros;
use engine::registry::Registry;
use engine::schema::Table;
use serde::Serialize;

use super::Reader;
use super::decimal;
use super::rows::Rows;

/// The lake of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lake {
    pub root: String,
    pub published: Option<Cycle>,
    /// The last change of the registry that it knows.
    pub registry_sequence: i64,
    pub worker: Option<Worker>,
    /// Commits of readings that no published cycle has read.
    pub commits_behind: i64,
    pub intake: Vec<Intake>,
    /// The files of the readings: as they were committed, and those that were made of several.
    pub committed: Stored,
    pub compacted: Stored,
    /// Sources that stand still.
    pub stopped: Vec<Stopped>,
    pub quarantine: Vec<Quarantined>,
    pub communities: Vec<Completeness>,
}

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cycle {
    pub cycle: i64,
    #[serde(serialize_with = "decimal::instant")]
    pub finished_at: Micros,
}

/// Who computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Worker {
    pub holder: String,
    pub epoch: i64,
    #[serde(serialize_with = "decimal::instant")]
    pub expires_at: Micros,
}

/// What came in by one kind of source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Intake {
    pub kind: SourceKind,
    pub reading_count: i64,
    pub point_count: i64,
    pub source_count: i64,
    #[serde(serialize_with = "decimal::instant_or_null")]
    pub first_start: Option<Micros>,
    #[serde(serialize_with = "decimal::instant_or_null")]
    pub last_start: Option<Micros>,
}

/// Files of readings.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stored {
    pub file_count: u64,
    pub reading_count: u64,
    pub byte_count: u64,
}

/// A source that stands still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stopped {
    pub source: String,
    pub why: String,
    #[serde(serialize_with = "decimal::instant")]
    pub since: Micros,
}

/// How readings came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    File,
    /// From quarantine, when their points were registered.
    Replay,
    Kafka,
}

/// What did not come in for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    pub reason: String,
    pub rule_id: String,
    pub field: String,
    /// A value that it was said of.
    pub example: String,
    pub open_count: i64,
    /// Those that came in later.
    pub released_count: i64,
}

/// Up to when the data of a community are complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Completeness {
    pub community_id: String,
    #[serde(serialize_with = "decimal::instant")]
    pub complete_until: Micros,
    pub interval_count: i64,
    pub provisional_count: i64,
    pub held_count: i64,
}

/// Looks at the lake.
///
/// # Errors
/// Environment, when lake or store cannot be read.
pub async fn of(reader: &Reader<'_>) -> Result<Lake> {
    let place = reader.place();
    let lake = &place.lake;
    let published = lake.published().await?;
    let session = reader.tables().await?;
    let raw = lake.snapshot(Table::ReadingsRaw).await?;
    let commits_behind = published.as_ref().map_or(0, |set| raw.version() - set.inputs.readings_raw);
    let (mut committed, mut compacted) = (Stored::default(), Stored::default());
    for file in raw.files()? {
        let stored = if file.version.is_some() { &mut committed } else { &mut compacted };
        stored.file_count += 1;
        stored.reading_count += file.rows;
        stored.byte_count += file.size;
    }
    let lease = place.store.lease().await?;
    let stopped = place.store.stopped_sources().await?.into_iter();
    Ok(Lake {
        root: lake.root().to_string(),
        published: published.map(|set| Cycle { cycle: set.cycle, finished_at: set.finished_at }),
        registry_sequence: lake.registry_sequence().await?,
        worker: lease.map(|l| Worker { holder: l.holder, epoch: l.epoch.0, expires_at: l.expires_at }),
        commits_behind,
        committed,
        compacted,
        stopped: stopped.map(|s| Stopped { source: s.source, why: s.why, since: s.since }).collect(),
        intake: intake(&Rows::of(&session, queries::report::LAKE_INTAKE, &[]).await?)?,
        quarantine: quarantine(&Rows::of(&session, queries::report::LAKE_QUARANTINE, &[]).await?)?,
        communities: communities(
            &Rows::of(&session, queries::report::LAKE_COMMUNITIES, &[]).await?,
            &*lake.registry().await?,
        )?,
    })
}

fn intake(rows: &Rows) -> Result<Vec<Intake>> {
    rows.iter()
        .map(|row| {
            Ok(Intake {
                kind: match (row.flag("is_file")?, row.flag("is_replay")?) {
                    (true, _) => SourceKind::File,
                    (_, true) => SourceKind::Replay,
                    _ => SourceKind::Kafka,
                },
                reading_count: row.int("reading_count")?,
                point_count: row.int("point_count")?,
                source_count: row.int("source_count")?,
                first_start: row.time("first_start")?,
                last_start: row.time("last_start")?,
            })
        })
        .collect()
}

fn quarantine(rows: &Rows) -> Result<Vec<Quarantined>> {
    rows.iter()
        .map(|row| {
            Ok(Quarantined {
                reason: row.text("reason")?,
                rule_id: row.text("rule_id")?,
                field: row.text("field")?,
                example: row.text("example")?,
                open_count: row.int("open_count")?,
                released_count: row.int("released_count")?,
            })
        })
        .collect()
}

fn communities(rows: &Rows, registry: &Registry) -> Result<Vec<Completeness>> {
    let grid = |id: &str| registry.communities.get(id).map_or(0, |c| i64::from(c.interval_minutes) * 60 * SECOND);
    rows.iter()
        .map(|row| {
            let community_id = row.text("community_id")?;
            Ok(Completeness {
                complete_until: match row.time("first_incomplete_start")? {
                    Some(at) => at,
                    None => row.time("last_start")?.unwrap_or_default() + grid(&community_id),
                },
                community_id,
                interval_count: row.int("interval_count")?,
                provisional_count: row.int("provisional_count")?,
                held_count: row.int("held_count")?,
            })
        })
        .collect()
}
