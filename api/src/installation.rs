//! An installation: a folder with the lake, the store and, in a demo, a clock of its own.

mod holder;
mod sessions;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use engine::clock::{Clock, ManualClock, Micros};
use engine::ingest::Door;
use engine::job::{VALUES_MAX, Worker};
use engine::registry::Registry;
use engine::schema::Table;
use engine::table::{Fence, Lake};
use engine::{Error, Result};
use tokio::sync::Notify;
use url::Url;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::registry::plausible::power_limits;
use crate::store::Store;
pub use holder::{Hold, Holder, Taken, is_served};
pub use sessions::Sessions;

/// Name and version, as `runs` records them.
pub const PROGRAM: &str = concat!("ecoop ", env!("CARGO_PKG_VERSION"));
/// The file by which a demo's folder is known, and in which it keeps its time.
const DEMO_CLOCK: &str = "demo-clock";
/// The file of the store, when it is not on a server.
const STORE: &str = "store.sqlite";
/// Under this name the store keeps how far the logs of the lake go.
const VERSIONS: &str = "lake_versions";
/// The folder of the lake.
const LAKE: &str = "lake";

/// Everything a command needs.
#[derive(Clone)]
pub struct Installation {
    pub config: Arc<Config>,
    pub folder: PathBuf,
    pub lake: Arc<Lake>,
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    /// Version of the quarantine and sequence of the registry at which this process last looked for readings to
    /// release.
    pub replayed: Arc<Mutex<Option<(i64, i64)>>>,
    pub news: Arc<News>,
    /// Sessions over what is published.
    pub sessions: Arc<Sessions>,
}

/// What the parts of a service tell each other, so that nobody waits for the next look. What another process did is
/// seen at the next look.
#[derive(Debug, Default)]
pub struct News {
    /// Readings were committed.
    pub taken: Notify,
    /// Results were published.
    pub published: Notify,
}

impl Installation {
    /// Opens the installation, and makes it where there is none.
    ///
    /// # Errors
    /// User, when the folder cannot be one; environment, when it cannot be opened.
    pub async fn open(config: Config) -> Result<Self> {
        let folder = folder(&config)?;
        let clock: Arc<dyn Clock> = match demo_time(&folder)? {
            Some(now) => Arc::new(ManualClock::at(now)),
            None => Arc::new(SystemClock),
        };
        Self::with_clock(config, clock).await
    }

    /// Opens an installation that must be there.
    ///
    /// # Errors
    /// User, when there is none; else as [`Installation::open`].
    pub async fn existing(config: Config) -> Result<Self> {
        places(&config)?;
        Self::open(config).await
    }

    /// Opens the installation under a given clock.
    ///
    /// # Errors
    /// As [`Installation::open`].
    pub async fn with_clock(config: Config, clock: Arc<dyn Clock>) -> Result<Self> {
        let folder = folder(&config)?;
        std::fs::create_dir_all(&folder)
            .map_err(|e| Error::environment(format!("cannot create {}", folder.display()), e))?;
        let folder = folder.canonicalize()?;
        let root = Url::from_directory_path(folder.join(LAKE))
            .map_err(|()| Error::user(format!("{} is not a folder", folder.display())))?;
        let lake = Lake::open(&root, HashMap::new()).await?;
        let store = open_store(&config, &folder, &lake).await?;
        Ok(Self {
            config: Arc::new(config),
            folder,
            lake,
            store,
            clock,
            replayed: Arc::default(),
            news: Arc::default(),
            sessions: Arc::default(),
        })
    }

    /// The versions of the tables that nothing else tells of, as the store has seen them.
    ///
    /// # Errors
    /// Environment, when the store does not answer.
    pub async fn seen_versions(&self) -> Result<BTreeMap<String, i64>> {
        let kept = self.store.remembered(VERSIONS).await?;
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default())
    }

    /// Has the store remember how far the logs go. `anew` also where they end before what it has seen.
    ///
    /// # Errors
    /// Environment, when lake or store do not answer.
    pub async fn note_versions(&self, anew: bool) -> Result<()> {
        let seen = self.seen_versions().await?;
        let mut now = if anew { BTreeMap::new() } else { seen.clone() };
        for table in [Table::ReadingsRaw, Table::Quarantine, Table::Runs] {
            let version = self.lake.snapshot(table).await?.version();
            let kept = now.entry(table.name().to_string()).or_insert(version);
            *kept = version.max(*kept);
        }
        if now == seen { Ok(()) } else { self.store.remember(VERSIONS, &serde_json::json!(now).to_string()).await }
    }

    /// What is known at the door now.
    ///
    /// # Errors
    /// Environment, when master data cannot be read.
    pub async fn door(&self) -> Result<Arc<Door>> {
        Ok(Arc::new(self.door_of(&*self.lake.registry().await?)))
    }

    /// What is known at the door by some master data.
    pub fn door_of(&self, registry: &Registry) -> Door {
        let today = engine::calendar::utc(self.clock.now()).date_naive();
        Door::new(registry, self.declared()).with_limits(power_limits(registry, today))
    }

    /// Which sources may write which points.
    pub fn declared(&self) -> BTreeMap<String, std::collections::BTreeSet<String>> {
        self.config.sources.clone()
    }

    /// Runs cycles whose commits the fence lets through.
    pub fn worker(&self, fence: Arc<dyn Fence>) -> Worker {
        Worker {
            lake: Arc::clone(&self.lake),
            clock: Arc::clone(&self.clock),
            graph: queries::graph(),
            fence,
            program: PROGRAM.to_string(),
            values_max: VALUES_MAX,
        }
    }
}

/// Where the parts of an installation are.
#[derive(Debug)]
pub struct Places {
    /// The lake.
    pub root: Url,
    /// The file of the store, when it is not on a server.
    pub store: Option<PathBuf>,
}

/// The places of an installation that must be there.
///
/// # Errors
/// User, when there is none.
pub fn places(config: &Config) -> Result<Places> {
    let folder = folder(config)?;
    if !folder.join(STORE).exists() && !folder.join(LAKE).exists() {
        return Err(Error::user(format!(
            "{} holds no installation; name its folder by --data, or begin with `ecoop apply FILE.toml`",
            folder.display()
        )));
    }
    let folder = folder.canonicalize()?;
    let root = Url::from_directory_path(folder.join(LAKE))
        .map_err(|()| Error::user(format!("{} is not a folder", folder.display())))?;
    let store = on_server(config, &folder)?.is_none().then(|| folder.join(STORE));
    Ok(Places { root, store })
}

/// The server of the store, when the settings name one. A demonstration is whole in its folder, whatever they say: its
/// communities have no place among real ones.
fn on_server<'a>(config: &'a Config, folder: &Path) -> Result<Option<&'a str>> {
    Ok(if demo_time(folder)?.is_some() { None } else { config.store.url.as_deref() })
}

/// Opens the store that belongs to a lake.
///
/// # Errors
/// User, when it is another store than the lake's; environment, when it cannot be opened.
async fn open_store(config: &Config, folder: &Path, lake: &Lake) -> Result<Store> {
    let (file, in_lake) = (folder.join(STORE), lake.registry_sequence().await?);
    // The store's clock is the machine's, also in a demo: leases of two processes are compared in real time.
    let clock = Arc::new(SystemClock);
    let store = match on_server(config, folder)? {
        Some(_) if file.exists() => {
            return Err(Error::user(format!(
                "{} is a store, and the setting [store] url (ECOOP_STORE__URL) names another one: take the setting \
                away, or begin another installation by --data",
                file.display()
            )));
        }
        Some(url) => Store::on_server(url, clock).await?,
        // Not made anew beside a lake that has one.
        None if in_lake > 0 && !file.exists() => {
            return Err(Error::user(format!(
                "{} is not there, and its lake knows {in_lake} changes: restore it, or name the server that has the \
                store by the setting [store] url (ECOOP_STORE__URL)",
                file.display()
            )));
        }
        None => Store::in_file(&file, clock).await?,
    };
    if store.lake(&lake.id().await?).await? != lake.id().await? {
        return Err(Error::user(format!(
            "the store belongs to the lake of another installation than {}: each needs a database of its own; name it \
             by the setting [store] url (ECOOP_STORE__URL). When the folder of the readings was lost and made anew, \
             put lake and store back from a copy of the same moment",
            folder.display()
        )));
    }
    let in_store = store.last_sequence().await?;
    if in_store < in_lake {
        return Err(Error::user(format!(
            "the store ends at change {in_store}, its lake knows {in_lake}: the store was restored from an older copy; \
             restore store and lake from the same moment"
        )));
    }
    Ok(store)
}

/// The folder of `--data`.
///
/// # Errors
/// User, when it is not a local one.
pub fn folder(config: &Config) -> Result<PathBuf> {
    let data = &config.data;
    if let Some((scheme, _)) = data.split_once("://") {
        if scheme == "file" {
            let url = Url::parse(data).map_err(|e| Error::user(format!("--data {data}: {e}")))?;
            return url.to_file_path().map_err(|()| Error::user(format!("--data {data}: not a local folder")));
        }
        return Err(Error::user(format!(
            "--data {data}: a lake on `{scheme}://` needs a program that reaches it, and this version does not yet; \
             name a local folder"
        )));
    }
    Ok(PathBuf::from(data))
}

/// The time of a demo's folder; `None` in any other.
///
/// # Errors
/// User, when the file holds no time.
pub fn demo_time(folder: &Path) -> Result<Option<Micros>> {
    let file = folder.join(DEMO_CLOCK);
    match std::fs::read_to_string(&file) {
        Ok(text) => {
            let time = engine::calendar::parse_rfc3339(text.trim());
            time.map(Some).ok_or_else(|| Error::user(format!("{} holds no instant: `{}`", file.display(), text.trim())))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Error::environment(format!("cannot read {}", file.display()), e)),
    }
}

/// Stores the time of a demo, whole or not at all.
///
/// # Errors
/// Environment, when the folder cannot be written.
pub fn store_demo_time(folder: &Path, now: Micros) -> Result<()> {
    let new = folder.join("demo-clock.new");
    std::fs::write(&new, engine::calendar::rfc3339(now))?;
    std::fs::rename(&new, folder.join(DEMO_CLOCK))?;
    Ok(())
}
