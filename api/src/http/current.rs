//! What is published now, read once for all pages.

use std::sync::Arc;
use std::time::Duration;

use engine::Result;
use engine::job::Published;
use engine::registry::Registry;
use engine::schema::Table;
use tokio::sync::watch;

use crate::installation::Installation;
use crate::store::Names;

/// How often the lake is asked for news; another process may be the worker.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What pages are made from.
#[derive(Debug, Clone)]
pub struct Current {
    pub published: Option<Published>,
    pub registry: Registry,
    pub names: Names,
    /// Versions of `runs` and of the registry that this was read at.
    at: (i64, i64),
}

impl Current {
    /// Reads it.
    ///
    /// # Errors
    /// Environment, when lake or store do not answer.
    pub async fn read(installation: &Installation) -> Result<Self> {
        let at = versions(installation).await?;
        Ok(Self {
            published: installation.lake.published().await?,
            registry: installation.lake.registry().await?,
            names: installation.store.names().await?,
            at,
        })
    }

    /// Number of the published cycle, 0 before the first.
    pub fn cycle(&self) -> i64 {
        self.published.as_ref().map_or(0, |p| p.cycle)
    }
}

async fn versions(installation: &Installation) -> Result<(i64, i64)> {
    let runs = installation.lake.snapshot(Table::Runs).await?.version();
    Ok((runs, installation.lake.registry_sequence().await?))
}

/// Reads it again whenever something was published, until the service ends.
pub async fn follow(
    installation: Installation,
    current: watch::Sender<Arc<Current>>,
    mut shutdown: watch::Receiver<bool>,
) {
    loop {
        let at = current.borrow().at;
        let fresh = async {
            if versions(&installation).await? == at { Ok(None) } else { Current::read(&installation).await.map(Some) }
        };
        match fresh.await {
            Ok(Some(fresh)) => drop(current.send_replace(Arc::new(fresh))),
            Ok(None) => {}
            Err(e) => tracing::error!("what is published cannot be read; pages show what they had: {e}"),
        }
        if tokio::time::timeout(LOOK_EVERY, shutdown.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}
