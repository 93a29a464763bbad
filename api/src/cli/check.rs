//! `ecoop check`: whether lake, store and broker are as they should be.

use connectors::sources::kafka::look;
use engine::Error;
use engine::table::Depth;

use super::{Failure, print};
use crate::act::check::{self, Found};
use crate::config::Config;
use crate::stream;

#[derive(clap::Args)]
pub struct Args {
    /// Read every file, and prove each byte and each row
    #[arg(long)]
    deep: bool,
}

/// Looks at settings, lake, store and broker; names on a line of its own each file that is not what was written, with
/// what mends it. (Settings that are wrong have failed before, with exit code 78.)
pub async fn run(args: Args, config: Config) -> Result<(), Failure> {
    let kafka = config.kafka.clone();
    let depth = if args.deep { Depth::Rows } else { Depth::Presence };
    let found = check::act(config, depth, &|_| {}).await?;
    print(&text_of(&found, args.deep))?;
    if !found.damages.is_empty() {
        let n = found.damages.len();
        return Err(Failure::Said(format!("{n} {} not right", if n == 1 { "thing is" } else { "things are" })));
    }
    let Some(kafka) = kafka else {
        return print("Kafka: not configured; readings come by `ecoop ingest` only\n");
    };
    let settings = stream::settings(&kafka);
    let found = look(&settings).await?;
    let (cluster, topic) = (&found.cluster, &kafka.topic);
    let Some(n) = found.partitions else {
        let text =
            format!("Kafka: cluster {cluster} has no topic `{topic}`; create it, or correct `topic` under [kafka]");
        return Err(Error::user(text).into());
    };
    print(&format!("Kafka: cluster {cluster}, topic {topic} with {n} partitions\n"))?;
    if found.may_unfold() {
        print(
            "    it keeps messages packed as they were sent: a megabyte that unfolds to gigabytes fills the memory of \
             who reads it.\n    Where others than you can send, set compression.type=uncompressed on it: the broker \
             unpacks and refuses\n",
        )?;
    }
    Ok(())
}

fn text_of(found: &Found, deep: bool) -> String {
    let (lake, root) = (&found.lake, &found.root);
    let proven = if deep { "read, byte by byte and row by row" } else { "there, of their size; --deep reads them" };
    let mut text = match &found.settings {
        Some((file, digest)) => format!("settings: ok, {} with sha256 {digest}\n", file.display()),
        None => "settings: ok, there is no file of them\n".to_string(),
    };
    text += &format!(
        "lake {root}: {} tables, {} log entries, {} checkpoints; {} files of {} rows, {} bytes: {proven}\n",
        lake.tables, lake.entries, lake.checkpoints, lake.files, lake.rows, lake.bytes
    );
    if lake.undigested_files + lake.undigested_entries > 0 {
        text += &format!(
            "of an older version: {} files without a digest of their rows, {} log entries and checkpoints without \
             one; what is written from now on has them\n",
            lake.undigested_files, lake.undigested_entries
        );
    }
    for (table, n) in &lake.unnamed {
        text += &format!(
            "{table}: {n} files that no log entry names, as a crash leaves them; `ecoop lake vacuum` deletes them \
             after a day\n"
        );
    }
    if let Some(registry) = &found.registry {
        text += &format!(
            "registry: {} communities, {} metering points\n\
             store: whole; {} changes, the chain fits, the lake has all but {}\n",
            registry.communities, registry.metering_points, registry.changes, registry.waiting
        );
    }
    for damage in &found.damages {
        text += &format!("damaged: {damage}\n");
    }
    text
}
