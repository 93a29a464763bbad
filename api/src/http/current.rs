//! What is published now, read once for all pages.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use engine::Result;
use engine::registry::Registry;
use engine::schema::Table;
use engine::table::{Found, Published};
use tokio::sync::watch;

use crate::auth::Actor;
use crate::health::{Backoff, Health, one_line};
use crate::installation::Installation;
use crate::metric;
use crate::store::Names;

/// How often the lake is asked for news; another process may be the worker.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long it waits after many failures.
const LOOK_MOST: Duration = Duration::from_secs(30);

/// What changes when pages have to be made anew.
type At = (i64, i64, Vec<Found>);

/// What pages are made from.
#[derive(Debug, Clone)]
pub struct Current {
    /// Counts what was read one after the other: pages of one number say the same.
    pub number: u64,
    pub published: Option<Published>,
    pub registry: Arc<Registry>,
    /// Who looks at pages without saying who they are: pages of all communities are open.
    pub visitor: Actor,
    pub names: Names,
    /// The cycle that last computed something of a community.
    pub changed_in: BTreeMap<String, i64>,
    /// Name of the check that holds a community back.
    pub held: BTreeMap<String, String>,
    /// The file that was found not to be what was written, by the communities whose figures need it.
    pub damaged: BTreeMap<String, String>,
    /// Versions of `runs` and of the registry that this was read at, and the damages that were known.
    at: At,
}

impl Current {
    /// Reads it.
    ///
    /// # Errors
    /// Environment, when lake or store do not answer.
    pub async fn read(installation: &Installation) -> Result<Self> {
        Self::after(installation, 1, BTreeMap::new(), BTreeMap::new()).await
    }

    /// Reads it again, and of what the cycles did only what is new.
    async fn again(&self, installation: &Installation) -> Result<Self> {
        Self::after(installation, self.number + 1, self.changed_in.clone(), self.held.clone()).await
    }

    async fn after(
        installation: &Installation,
        number: u64,
        mut changed_in: BTreeMap<String, i64>,
        mut held: BTreeMap<String, String>,
    ) -> Result<Self> {
        let at = versions(installation).await?;
        let known = changed_in.values().copied().max().unwrap_or(0);
        for outcome in installation.lake.outcomes_after(known).await? {
            match outcome.held {
                Some(detail) => drop(held.insert(outcome.community_id.clone(), check_of(&detail))),
                None => drop(held.remove(&outcome.community_id)),
            }
            changed_in.insert(outcome.community_id, outcome.cycle);
        }
        let registry = installation.lake.registry().await?;
        Ok(Self {
            number,
            changed_in,
            held,
            published: installation.lake.published().await?,
            visitor: Actor::visitor(registry.communities.keys()),
            damaged: damaged(&at.2, &registry),
            registry,
            names: installation.store.names().await?,
            at,
        })
    }
}

/// A run's detail begins with the name of the check; the rows after it are the operator's.
fn check_of(detail: &str) -> String {
    detail.lines().next().unwrap_or_default().to_string()
}

async fn versions(installation: &Installation) -> Result<At> {
    let lake = &installation.lake;
    Ok((lake.snapshot(Table::Runs).await?.version(), lake.registry_sequence().await?, lake.damages()))
}

/// A file of results concerns its community, and what everything is computed from concerns all.
fn damaged(damages: &[Found], registry: &Registry) -> BTreeMap<String, String> {
    let mut by_community = BTreeMap::new();
    let of_figures = damages.iter().filter(|found| !found.is_history && found.table != Table::Quarantine);
    for Found { table, damage, .. } in of_figures {
        for id in registry.communities.keys() {
            if !damage.file.contains('=') || !table.is_by_community() || damage.file.starts_with(&table.folder(id)) {
                by_community.entry(id.clone()).or_insert_with(|| format!("{}/{}", damage.table, damage.file));
            }
        }
    }
    by_community
}

/// Reads it again whenever something was published, until the service ends.
pub async fn follow(
    installation: Installation,
    health: Arc<Health>,
    current: watch::Sender<Arc<Current>>,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut backoff = Backoff::new("reading what is published", LOOK_EVERY, LOOK_MOST);
    loop {
        let seen = Arc::clone(&current.borrow());
        let fresh = async {
            if versions(&installation).await? == seen.at { Ok(None) } else { seen.again(&installation).await.map(Some) }
        };
        let wait = match fresh.await {
            Ok(fresh) => {
                if let Some(fresh) = fresh {
                    if let Some(newest) = &fresh.published {
                        installation.sessions.only(newest);
                    }
                    current.send_replace(Arc::new(fresh));
                }
                backoff.works();
                health.set("pages", None);
                LOOK_EVERY
            }
            Err(e) => {
                health.set("pages", Some(format!("they show what they had: {}", one_line(&e))));
                backoff.failed(&e)
            }
        };
        let held: std::collections::BTreeSet<_> = seen.held.keys().chain(seen.damaged.keys()).collect();
        metrics::gauge!(metric::HELD).set(held.len() as f64);
        tokio::select! {
            _ = shutdown.wait_for(|stop| *stop) => return,
            () = installation.news.published.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}
