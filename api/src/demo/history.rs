//! The past, taken in as files from the newest month to the oldest while the pages already answer.

use std::path::PathBuf;
use std::time::Duration;

use engine::Result;
use engine::schema::Table;
use tokio::sync::watch;

use crate::act::ingest;
use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::Failure;

/// How often it looks whether a month is computed.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Takes in month after month, each once the one before is computed, so that what streams in need not wait for all.
///
/// # Errors
/// As `ingest`.
pub async fn take_in(
    actor: &Actor,
    installation: &Installation,
    months: Vec<Vec<PathBuf>>,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), Failure> {
    for month in months {
        let mut new = false;
        for file in &month {
            new |= ingest::act(actor, installation, ingest::Input::of(file)).await?.brought_something();
        }
        let version = installation.lake.snapshot(Table::ReadingsRaw).await?.version();
        while new && !is_computed(installation, version).await? {
            if tokio::time::timeout(LOOK_EVERY, shutdown.wait_for(|stop| *stop)).await.is_ok() {
                return Ok(());
            }
        }
        if *shutdown.borrow() {
            return Ok(());
        }
    }
    Ok(())
}

async fn is_computed(installation: &Installation, version: i64) -> Result<bool> {
    let published = installation.lake.published().await?;
    Ok(published.is_some_and(|p| p.inputs.readings_raw >= version))
}
