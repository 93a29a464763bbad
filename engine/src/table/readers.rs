//! Who reads what. Files and log entries are removed within minutes, and a reader reads what it has opened to its end,
//! so readers are known and not guessed at by a time that the longest of them might outlast.
//!
//! In this process each snapshot and each published set holds its versions until it is dropped. For other processes
//! there is a lease: a file below `leases` that its process has locked, as long as it lives, whatever it does; the
//! system takes the lock back however it ends. A lease says below which version of each table nothing is read any more.
//! Until its process says so (services do, all the time; commands never) it holds everything that was there.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::schema::Table;

/// The folder of the leases, below that of the lake.
const FOLDER: &str = "leases";
/// The beginning of the name of a lease.
const LEASE: &str = "reader-";
/// Locked by who removes files, and shared by who writes files whose names may have been there before.
const REMOVAL: &str = "removal.lock";
/// How long a writer waits for a removal that another process has begun: it takes a moment, unless that one stands
/// still.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How often a lease is tried to be made.
const TRIES_MAX: u32 = 10;

/// By table the version below which nobody reads.
pub(super) type Floors = BTreeMap<Table, i64>;

/// What this process reads.
#[derive(Debug, Default)]
pub(super) struct Readers {
    folder: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many hold a version of a table.
    open: BTreeMap<(Table, i64), usize>,
    lease: Option<Lease>,
}

#[derive(Debug)]
struct Lease {
    file: File,
    path: PathBuf,
    /// What it says; nothing when it holds everything.
    floors: Option<Floors>,
}

/// Versions that are open for as long as this lives.
#[derive(Debug)]
pub(super) struct Hold {
    readers: Arc<Readers>,
    versions: Vec<(Table, i64)>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut state = self.readers.lock();
        for version in &self.versions {
            if let Some(open) = state.open.get_mut(version) {
                *open -= 1;
                if *open == 0 {
                    state.open.remove(version);
                }
            }
        }
    }
}

impl Readers {
    /// Begins to read a lake, with a lease that holds everything. Who may not write there has none, and is told apart
    /// from who removes files by that alone: nobody who computes can be kept from writing.
    ///
    /// # Errors
    /// Environment, when the folder can be written and knows no locks.
    pub fn begin(folder: Option<&Path>) -> Result<Arc<Self>> {
        let Some(folder) = folder else { return Ok(Arc::default()) };
        let leases = folder.join(FOLDER);
        let lease = match lease(&leases) {
            Ok(lease) => Some(lease),
            Err(e)
                if matches!(
                    e.kind(),
                    std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem
                ) =>
            {
                tracing::debug!("{} cannot be written: no lease", leases.display());
                None
            }
            Err(e) => return Err(Error::environment(format!("cannot lock a file in {}", leases.display()), e)),
        };
        let state = Mutex::new(State { lease, ..State::default() });
        Ok(Arc::new(Self { folder: Some(leases), state }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether others know of this process.
    pub fn has_lease(&self) -> bool {
        self.lock().lease.is_some()
    }

    /// Holds versions. Older ones than the lease says are put into it before they are read.
    pub fn hold(self: &Arc<Self>, versions: Vec<(Table, i64)>) -> Hold {
        let mut state = self.lock();
        for version in &versions {
            *state.open.entry(*version).or_default() += 1;
        }
        if let Some(lease) = &mut state.lease
            && let Some(floors) = &lease.floors
        {
            let mut lower = floors.clone();
            for (table, version) in &versions {
                lower.entry(*table).and_modify(|floor| *floor = (*floor).min(*version));
            }
            if lower != *floors {
                lease.say(lower);
            }
        }
        Hold { readers: Arc::clone(self), versions }
    }

    /// By table the oldest version that this process reads; nothing where it reads none.
    pub fn here(&self) -> Floors {
        let mut floors = Floors::new();
        for (table, version) in self.lock().open.keys() {
            floors.entry(*table).or_insert(*version);
        }
        floors
    }

    /// Says that nothing older is read than what is held, and what is `known` where nothing is.
    pub fn let_go(&self, mut known: Floors) {
        let mut state = self.lock();
        for (table, version) in state.open.keys() {
            known.entry(*table).and_modify(|floor| *floor = (*floor).min(*version));
        }
        if let Some(lease) = state.lease.as_mut().filter(|lease| lease.floors.as_ref() != Some(&known)) {
            lease.say(known);
        }
    }

    /// What other processes read; `None` when one of them holds everything. Leases whose process has ended go.
    ///
    /// # Errors
    /// Environment, when the leases cannot be read.
    pub fn elsewhere(&self) -> Result<Option<Floors>> {
        let Some(folder) = &self.folder else { return Ok(Some(Floors::new())) };
        let own = self.lock().lease.as_ref().map(|lease| lease.path.clone());
        let mut floors = Floors::new();
        let files = std::fs::read_dir(folder);
        for file in files.map_err(|e| Error::environment(format!("cannot read {}", folder.display()), e))? {
            let path = file?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !name.starts_with(LEASE) || own.as_ref() == Some(&path) {
                continue;
            }
            match said(&path) {
                Said::Nobody => drop(std::fs::remove_file(&path)),
                Said::Everything => return Ok(None),
                Said::From(of_one) => {
                    for (table, version) in of_one {
                        floors.entry(table).and_modify(|floor| *floor = version.min(*floor)).or_insert(version);
                    }
                }
            }
        }
        Ok(Some(floors))
    }

    /// The right to remove files, unless somebody writes files whose names may be among them.
    ///
    /// # Errors
    /// Environment, when the lock cannot be asked for.
    pub fn removing(&self) -> Result<Option<Right>> {
        let Some(file) = self.removal()? else { return Ok(Some(Right(None))) };
        match file.try_lock() {
            Ok(()) => Ok(Some(Right(Some(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(Error::environment("cannot lock the removal of files", e)),
        }
    }

    /// The right to write files whose names may have been there before: a file is the same where its rows are.
    ///
    /// # Errors
    /// Conflict, when another process has begun to remove files and does not go on.
    pub async fn writing(&self) -> Result<Right> {
        let Some(file) = self.removal()? else { return Ok(Right(None)) };
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock_shared() {
                Ok(()) => return Ok(Right(Some(file))),
                Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                    tokio::time::sleep(LOOK_EVERY).await;
                    waited += LOOK_EVERY;
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::conflict(
                        "another process removes files of the lake and does not go on: let it go on, or end it",
                    ));
                }
                Err(TryLockError::Error(e)) => return Err(Error::environment("cannot lock the removal of files", e)),
            }
        }
    }

    fn removal(&self) -> Result<Option<File>> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let path = folder.join(REMOVAL);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        file.map(Some).map_err(|e| Error::environment(format!("cannot open {}", path.display()), e))
    }
}

/// A right that ends when it is dropped, or when its process does.
#[derive(Debug)]
pub struct Right(#[expect(dead_code, reason = "the lock is held as long as the file is open")] Option<File>);

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        // A folder of results that was made for once keeps nothing else.
        self.path.parent().map(std::fs::remove_dir);
    }
}

impl Lease {
    /// A lease that cannot be written holds everything.
    fn say(&mut self, floors: Floors) {
        let text = serde_json::json!(floors.iter().map(|(table, v)| (table.name(), v)).collect::<BTreeMap<_, _>>());
        let written = self.file.set_len(0).and_then(|()| self.file.rewind());
        match written.and_then(|()| self.file.write_all(text.to_string().as_bytes())) {
            Ok(()) => self.floors = Some(floors),
            Err(e) => {
                tracing::warn!("{} cannot be written: {e}", self.path.display());
                let _ = self.file.set_len(0);
                self.floors = None;
            }
        }
    }
}

/// Makes a lease: nobody finds it before it is locked. Who lets the last one go takes the folder away.
fn lease(folder: &Path) -> std::io::Result<Lease> {
    for _ in 0..TRIES_MAX {
        match try_lease(folder) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            done => return done,
        }
    }
    try_lease(folder)
}

fn try_lease(folder: &Path) -> std::io::Result<Lease> {
    std::fs::create_dir_all(folder)?;
    let new = tempfile::Builder::new().prefix("new-").rand_bytes(16).tempfile_in(folder)?;
    new.as_file().try_lock().map_err(std::io::Error::from)?;
    let name = new.path().file_name().unwrap_or_default().to_string_lossy().replacen("new-", LEASE, 1);
    let path = folder.join(name);
    let file = new.persist_noclobber(&path).map_err(|e| e.error)?;
    Ok(Lease { file, path, floors: None })
}

/// What a lease of another process says.
enum Said {
    /// Its process has ended.
    Nobody,
    Everything,
    From(Floors),
}

fn said(path: &Path) -> Said {
    let Ok(mut file) = OpenOptions::new().read(true).write(true).open(path) else {
        return if path.exists() { Said::Everything } else { Said::Nobody };
    };
    if file.try_lock().is_ok() {
        return Said::Nobody;
    }
    let mut text = String::new();
    // One that is being written says nothing yet.
    let floors = file.read_to_string(&mut text).ok().and_then(|_| {
        let named: BTreeMap<String, i64> = serde_json::from_str(&text).ok()?;
        named.into_iter().map(|(name, version)| Some((Table::parse(&name)?, version))).collect::<Option<Floors>>()
    });
    floors.map_or(Said::Everything, Said::From)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table::Balances;

    #[test]
    fn others_are_known_as_long_as_they_live() {
        let folder = tempfile::tempdir().unwrap();
        let here = Readers::begin(Some(folder.path())).unwrap();
        assert_eq!(here.elsewhere().unwrap(), Some(Floors::new()));
        let other = Readers::begin(Some(folder.path())).unwrap();
        assert_eq!(here.elsewhere().unwrap(), None, "who has just begun holds everything");
        other.let_go([(TABLE, 7)].into());
        assert_eq!(here.elsewhere().unwrap(), Some([(TABLE, 7)].into()));
        let older = other.hold(vec![(TABLE, 4), (Table::Runs, 3)]);
        assert_eq!(here.elsewhere().unwrap(), Some([(TABLE, 4)].into()));
        other.let_go([(TABLE, 9)].into());
        assert_eq!(here.elsewhere().unwrap(), Some([(TABLE, 4)].into()), "what is held stays");
        assert_eq!(other.here(), [(TABLE, 4), (Table::Runs, 3)].into());
        drop(older);
        other.let_go([(TABLE, 9)].into());
        assert_eq!((here.elsewhere().unwrap(), other.here()), (Some([(TABLE, 9)].into()), Floors::new()));
        drop(other);
        // A process that was killed leaves its file, and no lock.
        std::fs::write(folder.path().join(FOLDER).join(format!("{LEASE}left")), "").unwrap();
        assert_eq!(here.elsewhere().unwrap(), Some(Floors::new()));
        assert_eq!(std::fs::read_dir(folder.path().join(FOLDER)).unwrap().count(), 1, "its own lease");
    }

    #[tokio::test]
    async fn nobody_removes_while_somebody_writes() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = [0; 2].map(|_| Readers::begin(Some(folder.path())).unwrap());
        let writes = (one.writing().await.unwrap(), two.writing().await.unwrap());
        assert!(two.removing().unwrap().is_none());
        drop(writes);
        let removes = two.removing().unwrap();
        assert!(removes.is_some());
        drop(removes);
        one.writing().await.unwrap();
    }
}
