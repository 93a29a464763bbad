//! `ecoop lake info`: what came in, what did not, and up to when data are complete.

use engine::calendar::{SECOND, rfc3339};
use engine::ingest::Reason;
use engine::registry::Registry;
use engine::schema::Table;

use super::{Failure, print};
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::Reader;
use crate::read::rows::Rows;
use crate::worker::keep::RETENTION_DAYS;
use crate::worker::{self, Task};

#[derive(clap::Subcommand)]
pub enum Command {
    /// What came in, what did not, up to when data are complete
    Info,
    /// Make large files of small ones, and checkpoints of the logs
    Compact,
    /// Delete the files that nothing needs any more
    Vacuum {
        /// Files that were replaced within this time are kept, for looks back
        #[arg(long, value_name = "DAYS", default_value_t = RETENTION_DAYS)]
        retention_days: u32,
    },
}

/// Runs a subcommand.
pub async fn run(command: Command, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    match command {
        Command::Info => info(actor, installation).await,
        Command::Compact => {
            let done = worker::perform(installation, &Task::Compact).await?;
            let (small, large) = done.compacted;
            print(&format!("{small} small files are now in {large}; {} checkpoints\n", done.checkpoints))
        }
        Command::Vacuum { retention_days } => {
            let done = worker::perform(installation, &Task::Vacuum { retention_days }).await?;
            print(&format!("{} files deleted, {} bytes\n", done.deleted, done.deleted_bytes))
        }
    }
}

async fn info(actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    let lake = &installation.lake;
    let published = lake.published().await?;
    let session = Reader::of(actor, installation).await?.tables().await?;
    let mut text = format!("lake {}\n", lake.root());
    text += &match &published {
        None => "nothing computed yet; `ecoop run all` computes what is there\n".to_string(),
        Some(set) => format!("published: cycle {}, at {}\n", set.cycle, rfc3339(set.finished_at)),
    };
    text += &format!("registry: change {}\n", lake.registry_sequence().await?);
    if let Some(lease) = installation.store.lease().await? {
        text += &format!("worker: {} (epoch {}), until {}\n", lease.holder, lease.epoch.0, rfc3339(lease.expires_at));
    }
    if let Some(set) = &published {
        let behind = lake.snapshot(Table::ReadingsRaw).await?.version() - set.inputs.readings_raw;
        if behind > 0 {
            text += &format!("{behind} commits of readings are not computed yet; `ecoop run all` does it\n");
        }
    }
    text += &intake(&Rows::of(&session, queries::report::LAKE_INTAKE, &[]).await?)?;
    text += &quarantine(&Rows::of(&session, queries::report::LAKE_QUARANTINE, &[]).await?)?;
    let registry = lake.registry().await?;
    let communities = Rows::of(&session, queries::report::LAKE_COMMUNITIES, &[]).await?;
    text += "\nComplete until\n";
    for row in communities.iter() {
        let id = row.text("community_id")?;
        let until = match row.time("first_incomplete_start")? {
            Some(at) => at,
            None => row.time("last_start")?.unwrap_or_default() + grid(&registry, &id),
        };
        let (provisional, held) = (row.int("provisional_count")?, row.int("held_count")?);
        text += &format!("  {id}: {}, of {} intervals", rfc3339(until), row.int("interval_count")?);
        text += &format!(" {provisional} provisional and {held} held for missing production\n");
    }
    print(&text)
}

/// Length of a community's intervals.
fn grid(registry: &Registry, id: &str) -> i64 {
    registry.communities.get(id).map_or(0, |c| i64::from(c.interval_minutes) * 60 * SECOND)
}

fn intake(rows: &Rows) -> Result<String, engine::Error> {
    let mut text = String::from("\nCame in\n");
    if rows.is_empty() {
        text += "  nothing yet; `ecoop ingest FILE` or `ecoop serve` with Kafka brings readings\n";
    }
    for row in rows.iter() {
        let kind = match (row.flag("is_file")?, row.flag("is_replay")?) {
            (true, _) => "files",
            (_, true) => "points registered later",
            _ => "partitions of Kafka",
        };
        let first = row.time("first_start")?.map(rfc3339).unwrap_or_default();
        let last = row.time("last_start")?.map(rfc3339).unwrap_or_default();
        text += &format!(
            "  {} readings of {} metering points from {} {kind}, {first} to {last}\n",
            row.int("reading_count")?,
            row.int("point_count")?,
            row.int("source_count")?,
        );
    }
    Ok(text)
}

fn quarantine(rows: &Rows) -> Result<String, engine::Error> {
    let mut text = String::from("\nDid not come in\n");
    if rows.is_empty() {
        text += "  nothing\n";
    }
    for row in rows.iter() {
        let reason = row.text("reason")?;
        let cure = Reason::parse(&reason).map(Reason::cure).unwrap_or_default();
        let (open, released) = (row.int("open_count")?, row.int("released_count")?);
        let (field, example) = (row.text("field")?, row.text("example")?);
        text += &format!(
            "  {open} open, {released} released: {reason} ({}), {field} like `{example}`; {cure}\n",
            row.text("rule_id")?
        );
    }
    Ok(text)
}
