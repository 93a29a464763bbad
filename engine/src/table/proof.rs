//! Files are proven before they are read: the first time that a process opens a data file, and whenever it has changed
//! since, its bytes must have the digest that its name holds. The writer of Parquet writes no checksums of pages, and
//! decodes a changed byte to another number without a word.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io::Read;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result as StoreResult,
};
use sha2::{Digest, Sha256};

use super::readers::Hold;
use crate::error::{Damage, Error, Result};
use crate::hash::hex;
use crate::schema::Table;

/// Hexadecimal digits of the digest in a file's name.
pub const NAMED: usize = 24;
/// Bytes that are read at a time.
const CHUNK: usize = 1 << 20;

/// The beginning of the digest that the name of a data file holds; files of other writers have none.
pub fn named(path: &str) -> Option<&str> {
    let digest = path.strip_suffix(".parquet")?.rsplit('_').next()?;
    let is_digest = digest.len() == NAMED && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    is_digest.then_some(digest)
}

/// What this process knows of the files of a lake.
#[derive(Debug, Default)]
pub struct Proofs {
    proven: Mutex<HashMap<Key, Stamp>>,
    damaged: Mutex<BTreeMap<Key, (Option<Stamp>, Damage)>>,
}

/// A file: its table, and its path below the table's folder.
type Key = (Table, String);

/// A damage of a file of the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub table: Table,
    /// Of a log that was read when the lake was opened: no figure is read from it now.
    pub is_history: bool,
    pub damage: Damage,
}

/// What changes when a file is written again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    size: u64,
    at: i64,
    tag: Option<String>,
}

impl Stamp {
    fn of(meta: &ObjectMeta) -> Self {
        Self { size: meta.size, at: meta.last_modified.timestamp_micros(), tag: meta.e_tag.clone() }
    }
}

impl Proofs {
    /// The files that were found not to be what was written.
    pub fn damaged(&self) -> Vec<Found> {
        let found = |((table, path), (_, damage)): (&Key, &(_, Damage))| Found {
            table: *table,
            is_history: path.starts_with("_delta_log"),
            damage: damage.clone(),
        };
        lock(&self.damaged).iter().map(found).collect()
    }

    /// Notes a damage of a file, or that it has none.
    pub fn note(&self, table: Table, path: &str, damage: Option<Damage>) {
        let key = (table, path.to_string());
        match damage {
            Some(damage) => {
                lock(&self.proven).remove(&key);
                lock(&self.damaged).insert(key, (None, damage));
            }
            None => drop(lock(&self.damaged).remove(&key)),
        }
    }

    /// Forgets the data files that a table has no more.
    pub fn keep_only(&self, table: Table, files: &BTreeSet<&str>) {
        let is_kept = |t: Table, path: &str| t != table || named(path).is_none() || files.contains(path);
        lock(&self.proven).retain(|(t, path), _| is_kept(*t, path));
        lock(&self.damaged).retain(|(t, path), _| is_kept(*t, path));
    }

    /// Forgets what was wrong with the log of a table.
    pub fn forget_log(&self, table: Table) {
        lock(&self.damaged).retain(|(t, path), _| *t != table || !path.starts_with("_delta_log"));
    }

    fn known(&self, key: &Key, stamp: &Stamp) -> Option<std::result::Result<(), Damage>> {
        if lock(&self.proven).get(key) == Some(stamp) {
            return Some(Ok(()));
        }
        let damaged = lock(&self.damaged);
        damaged.get(key).filter(|(at, _)| at.as_ref() == Some(stamp)).map(|(_, damage)| Err(damage.clone()))
    }

    fn learn(&self, key: Key, stamp: Stamp, found: &std::result::Result<(), Damage>) {
        match found {
            Ok(()) => {
                lock(&self.damaged).remove(&key);
                lock(&self.proven).insert(key, stamp);
            }
            Err(damage) => {
                metrics::counter!("ecoop_files_damaged_total", "table" => key.0.name()).increment(1);
                lock(&self.proven).remove(&key);
                lock(&self.damaged).insert(key, (Some(stamp), damage.clone()));
            }
        }
    }
}

fn lock<T>(what: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What mends a data file.
pub fn cure(table: Table) -> String {
    if Table::RESULTS.contains(&table) {
        "`ecoop lake repair` computes it again from the readings".into()
    } else if Table::MASTER.contains(&table) {
        "`ecoop lake repair` writes it again from the store".into()
    } else {
        "put the file back from a copy of the installation's folder, then `ecoop check --deep`".into()
    }
}

/// The damage of a data file.
pub fn damage(table: Table, path: &str, what: impl Into<String>) -> Damage {
    Damage { table: table.name().into(), file: path.into(), what: what.into(), cure: cure(table) }
}

/// The store of a table whose data files are proven before their bytes are given away.
#[derive(Debug)]
pub struct Proven {
    table: Table,
    inner: Arc<dyn ObjectStore>,
    proofs: Arc<Proofs>,
    /// As long as somebody can read from it, its files stay.
    _hold: Option<Arc<Hold>>,
}

impl fmt::Display for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Proven {
    /// The files of a table below its folder.
    pub(super) fn new(table: Table, inner: Arc<dyn ObjectStore>, proofs: Arc<Proofs>, hold: Option<Arc<Hold>>) -> Self {
        Self { table, inner, proofs, _hold: hold }
    }

    async fn prove(&self, path: &Path, stamp: Stamp) -> StoreResult<()> {
        let Some(wanted) = named(path.as_ref()) else { return Ok(()) };
        let key = (self.table, path.to_string());
        if let Some(known) = self.proofs.known(&key, &stamp) {
            return known.map_err(refused);
        }
        let found = match digest(&self.inner, path).await? {
            found if found.starts_with(wanted) => Ok(()),
            found => Err(damage(self.table, path.as_ref(), format!("has other bytes than were written ({found})"))),
        };
        self.proofs.learn(key, stamp, &found);
        found.map_err(refused)
    }

    async fn missing(&self, path: &Path, error: object_store::Error) -> object_store::Error {
        if matches!(error, object_store::Error::NotFound { .. }) && named(path.as_ref()).is_some() {
            let gone = damage(self.table, path.as_ref(), "is missing");
            self.proofs.note(self.table, path.as_ref(), Some(gone.clone()));
            return refused(gone);
        }
        error
    }
}

fn refused(damage: Damage) -> object_store::Error {
    object_store::Error::Generic { store: Damage::STORE, source: Box::new(damage) }
}

/// SHA-256 of an object, hexadecimal, without holding it in memory.
///
/// # Errors
/// As the store.
pub async fn digest(store: &Arc<dyn ObjectStore>, path: &Path) -> StoreResult<String> {
    match store.get(path).await?.payload {
        GetResultPayload::File(mut file, _) => {
            let failed = |source| object_store::Error::Generic { store: "lake", source };
            let digested = tokio::task::spawn_blocking(move || {
                let (mut digest, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
                loop {
                    match file.read(&mut chunk)? {
                        0 => return Ok::<_, std::io::Error>(hex(&digest.finalize())),
                        n => digest.update(&chunk[..n]),
                    }
                }
            });
            digested.await.map_err(|e| failed(e.into()))?.map_err(|e| failed(e.into()))
        }
        GetResultPayload::Stream(mut stream) => {
            let mut digest = Sha256::new();
            while let Some(bytes) = stream.try_next().await? {
                digest.update(&bytes);
            }
            Ok(hex(&digest.finalize()))
        }
    }
}

/// The size of an object, or why it cannot be known.
///
/// # Errors
/// Environment, when the store does not answer; `None` when there is none.
pub async fn size(store: &Arc<dyn ObjectStore>, path: &Path) -> Result<Option<u64>> {
    match store.head(path).await {
        Ok(meta) => Ok(Some(meta.size)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(e) => Err(Error::from(e)),
    }
}

#[async_trait]
impl ObjectStore for Proven {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> StoreResult<PutResult> {
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> StoreResult<GetResult> {
        let head = options.head;
        match self.inner.get_opts(path, options).await {
            Ok(found) if head => Ok(found),
            Ok(found) => {
                self.prove(path, Stamp::of(&found.meta)).await?;
                Ok(found)
            }
            Err(e) => Err(self.missing(path, e).await),
        }
    }

    async fn get_ranges(&self, path: &Path, ranges: &[Range<u64>]) -> StoreResult<Vec<Bytes>> {
        if named(path.as_ref()).is_some() {
            match self.inner.head(path).await {
                Ok(meta) => self.prove(path, Stamp::of(&meta)).await?,
                Err(e) => return Err(self.missing(path, e).await),
            }
        }
        self.inner.get_ranges(path, ranges).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.inner.list(prefix).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> StoreResult<()> {
        self.inner.rename_opts(from, to, options).await
    }
}
