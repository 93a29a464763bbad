//! `ecoop check`: whether the service would find what it needs, before it is started.

use connectors::sources::kafka::{Found, look};
use engine::Error;
use engine::schema::Table;

use super::{Failure, print};
use crate::installation::Installation;
use crate::stream;

/// Looks at settings, lake, store and broker; fails at the first that does not work. (Settings that are wrong have
/// failed before, with exit code 78.)
pub async fn run(installation: &Installation) -> Result<(), Failure> {
    print("settings: ok\n")?;
    let (lake, registry) = (&installation.lake, installation.lake.registry().await?);
    for table in Table::ALL {
        lake.snapshot(table).await?.files()?;
    }
    print(&format!(
        "lake {}: {} tables, {} communities, {} metering points\n",
        lake.root(),
        Table::ALL.len(),
        registry.communities.len(),
        registry.metering_points.len()
    ))?;
    let audit = installation.store.audit_verify().await?;
    if !audit.problems.is_empty() {
        return Err(Failure::Said(format!("store: the chain of changes is broken:\n{}", audit.problems.join("\n"))));
    }
    print(&format!("store: {} changes, the chain fits\n", audit.head.sequence))?;
    let Some(kafka) = installation.config.kafka.clone() else {
        return print("Kafka: not configured; readings come by `ecoop ingest` only\n");
    };
    let settings = stream::settings(&kafka);
    let looked = tokio::task::spawn_blocking(move || look(&settings)).await;
    let Found { cluster, partitions } = looked.map_err(|e| Error::internal(format!("asking Kafka: {e}")))??;
    match partitions {
        Some(n) => print(&format!("Kafka: cluster {cluster}, topic {} with {n} partitions\n", kafka.topic)),
        None => Err(Error::user(format!(
            "Kafka: cluster {cluster} has no topic `{}`; create it, or correct `topic` under [kafka]",
            kafka.topic
        ))
        .into()),
    }
}
