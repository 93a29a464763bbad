//! `ecoop lake`: what came in, what did not, and up to when data are complete; upkeep; what is given up or released.

use engine::calendar::rfc3339;
use engine::ingest::Reason;
use engine::units::format_decimal;

use super::{Failure, print};
use crate::act;
use crate::act::accept_loss::{self, Done};
use crate::act::repair;
use crate::auth::Actor;
use crate::installation::Installation;
use crate::read::Reader;
use crate::read::lake::{self, Intake, Lake, Quarantined, SourceKind, Stopped, Stored, Worker};
use crate::worker::{self, Task};

#[derive(clap::Subcommand)]
pub enum Command {
    /// What came in, what did not, up to when data are complete
    Info,
    /// Take the readings of a point in that were put aside as implausible: they are true
    Release {
        /// The metering point
        #[arg(value_name = "POINT")]
        point: String,
    },
    /// Make large files of small ones, and checkpoints of the logs
    Compact,
    /// Read every file, and put right what the readings and the store say again
    Repair,
    /// Delete the files that nothing needs any more, and clean up the logs
    Vacuum,
    /// Go on without what the broker deleted of a source before it was read; `info` names the source and the offsets
    AcceptLoss {
        /// The source, `CLUSTER/TOPIC/PARTITION` or the end of it
        source: String,
    },
}

/// Runs a subcommand.
pub async fn run(command: Command, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    match command {
        Command::Info => info(actor, installation).await,
        Command::Release { point } => {
            let done = act::release::act(actor, installation, &point).await?;
            let kw = format_decimal(done.power_w.into(), 3);
            print(&format!("{point}: readings are taken up to {kw} kW from now on\n"))?;
            for (point, count) in &worker::perform(installation, &Task::Copy).await?.replayed {
                print(&format!("{point}: {count} readings came out of quarantine\n"))?;
            }
            Ok(())
        }
        Command::Compact => {
            let done = worker::perform(installation, &Task::Compact).await?;
            let (small, large) = done.compacted;
            print(&format!("{small} small files are now in {large}; {} checkpoints\n", done.checkpoints))
        }
        Command::Repair => {
            let done = repair::act(actor, installation).await?;
            let mut text = format!("{} files read, {} put right\n", done.files, done.mended.len());
            text.extend(done.mended.iter().map(|file| format!("  {file}\n")));
            text.extend(done.damages.iter().map(|damage| format!("damaged: {damage}\n")));
            print(&text)?;
            match done.damages.len() {
                0 => Ok(()),
                n => Err(Failure::Said(format!("{n} files are not what was written"))),
            }
        }
        Command::Vacuum => {
            let done = worker::perform(installation, &Task::Vacuum).await?;
            let (files, bytes, entries) = (done.deleted, done.deleted_bytes, done.entries);
            print(&format!("{files} files deleted, {bytes} bytes; {entries} log entries cleaned up\n"))
        }
        Command::AcceptLoss { source } => {
            let done = accept_loss::act(actor, installation, accept_loss::Input { source }).await?;
            let Done { source, from, to } = done;
            print(&format!(
                "{source}: the offsets {from} to {} are given up ({}); reading goes on at {to}, where `ecoop serve` \
                runs within seconds\n",
                to - 1,
                to - from
            ))
        }
    }
}

async fn info(actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    let reader = Reader::of(actor, installation).await?;
    print(&text_of(&lake::of(&reader).await?))
}

fn text_of(lake: &Lake) -> String {
    let mut text = format!("lake {}\n", lake.root);
    text += &match &lake.published {
        None => "nothing computed yet; `ecoop run all` computes what is there\n".to_string(),
        Some(set) => format!("published: cycle {}, at {}\n", set.cycle, rfc3339(set.finished_at)),
    };
    text += &format!("registry: change {}\n", lake.registry_sequence);
    if let Some(Worker { holder, epoch, expires_at }) = &lake.worker {
        text += &format!("worker: {holder} (epoch {epoch}), until {}\n", rfc3339(*expires_at));
    }
    if lake.commits_behind > 0 {
        text += &format!("{} commits of readings are not computed yet; `ecoop run all` does it\n", lake.commits_behind);
    }
    text += &intake(&lake.intake);
    for (stored, how) in [(lake.compacted, "compacted"), (lake.committed, "as they were committed")] {
        if stored.reading_count > 0 {
            let Stored { file_count, reading_count, byte_count } = stored;
            let each = format_decimal(i128::from(byte_count) * 100 / i128::from(reading_count), 2);
            text += &format!("  {reading_count} readings in {file_count} files {how}: {each} bytes each\n");
        }
    }
    text += &stopped(&lake.stopped);
    text += &quarantine(&lake.quarantine);
    text += "\nComplete until\n";
    for c in &lake.communities {
        text += &format!(
            "  {}: {}, of {} intervals {} provisional and {} held for missing production\n",
            c.community_id,
            rfc3339(c.complete_until),
            c.interval_count,
            c.provisional_count,
            c.held_count
        );
    }
    text
}

fn intake(rows: &[Intake]) -> String {
    let mut text = String::from("\nCame in\n");
    if rows.is_empty() {
        text += "  nothing yet; `ecoop ingest FILE` or `ecoop serve` with Kafka brings readings\n";
    }
    for row in rows {
        let kind = match row.kind {
            SourceKind::File => "files",
            SourceKind::Replay => "points registered later",
            SourceKind::Kafka => "partitions of Kafka",
        };
        let [first, last] = [row.first_start, row.last_start].map(|at| at.map(rfc3339).unwrap_or_default());
        text += &format!(
            "  {} readings of {} metering points from {} {kind}, {first} to {last}\n",
            row.reading_count, row.point_count, row.source_count,
        );
    }
    text
}

fn stopped(rows: &[Stopped]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text = String::from("\nStand still\n");
    for Stopped { source, why, since } in rows {
        text += &format!("  {source} since {}: {why}\n", rfc3339(*since));
    }
    text
}

fn quarantine(rows: &[Quarantined]) -> String {
    let mut text = String::from("\nDid not come in\n");
    if rows.is_empty() {
        text += "  nothing\n";
    }
    for Quarantined { reason, rule_id, field, example, open_count, released_count } in rows {
        let cure = Reason::parse(reason).map(|reason| reason.cure(field, example)).unwrap_or_default();
        text += &format!(
            "  {open_count} open, {released_count} released: {reason} ({rule_id}), {field} like `{example}`; {cure}\n"
        );
    }
    text
}
