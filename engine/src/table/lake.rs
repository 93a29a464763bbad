//! The lake: one root URL, one folder per table.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Field};
use deltalake_core::kernel::{Action, DataType, MetadataExt, PrimitiveType, StructField, StructType, new_metadata};
use deltalake_core::table::state::DeltaTableState;
use deltalake_core::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use object_store::{ObjectStoreExt, PutMode};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::Url;

use super::entry::{entry, prove_entry};
use super::kept::Sets;
use super::log::{entry_damage, prepare, seal_checkpoint};
use super::proof::Proofs;
use super::readers::{Readers, Right};
use super::remove::Trail;
use super::snapshot::Snapshot;
use crate::error::{Error, Result};
use crate::registry::Registry;
use crate::schema::Table;

/// How long checkpoints say of a file that it was taken out. What removes files here reads it from the entries; a
/// checkpoint that says it for a week is as long as the week.
const TOMBSTONES: &str = "delta.deletedFileRetentionDuration";
const TOMBSTONES_KEPT: &str = "interval 1 hour";

/// The lake of one installation.
#[derive(Debug)]
pub struct Lake {
    root: Url,
    /// The folder of a `file://` root: its files and folders are synced before a commit is reported.
    folder: Option<PathBuf>,
    options: HashMap<String, String>,
    latest: Mutex<HashMap<Table, Snapshot>>,
    /// What is known of the files.
    pub(super) proofs: Arc<Proofs>,
    pub(super) resolved: Mutex<Option<Resolved>>,
    /// Who reads what.
    pub(super) readers: Arc<Readers>,
    /// The published sets that are kept, as they were known last.
    pub(super) sets: Mutex<Sets>,
    /// What was replaced, by table.
    pub(super) trails: Mutex<BTreeMap<Table, Trail>>,
}

impl Lake {
    /// Opens the lake at a `file://` or `s3://` URL and creates the tables that it lacks.
    ///
    /// # Errors
    /// User for a URL that cannot be one, environment when the store does not answer.
    pub async fn open(root: &Url, options: HashMap<String, String>) -> Result<Arc<Self>> {
        let lake = Self::attach(root, options)?;
        for table in Table::ALL {
            lake.create_if_absent(table).await?;
        }
        Ok(Arc::new(lake))
    }

    fn attach(root: &Url, options: HashMap<String, String>) -> Result<Self> {
        let mut root = root.clone();
        if !root.path().ends_with('/') {
            root.set_path(&format!("{}/", root.path()));
        }
        let folder = match root.scheme() {
            "file" => Some(root.to_file_path().map_err(|()| Error::user(format!("`{root}` is not a folder")))?),
            _ => None,
        };
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder)
                .map_err(|e| Error::environment(format!("cannot create {}", folder.display()), e))?;
        }
        let readers = Readers::begin(folder.as_deref())?;
        let (latest, proofs, resolved, sets, trails) = Default::default();
        Ok(Self { root, folder, options, latest, proofs, resolved, readers, sets, trails })
    }

    /// The folder of a local lake.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The root URL.
    pub fn root(&self) -> &Url {
        &self.root
    }

    /// The id that the lake got when it was made.
    ///
    /// # Errors
    /// Environment, when a log cannot be read.
    pub async fn id(&self) -> Result<String> {
        Ok(self.snapshot(Table::ReadingsRaw).await?.delta.snapshot()?.metadata().id().to_string())
    }

    fn builder(&self, table: Table) -> Result<DeltaTableBuilder> {
        let url = self.root.join(&format!("{}/", table.name())).map_err(|e| Error::user(format!("lake URL: {e}")))?;
        if let Some(folder) = &self.folder {
            std::fs::create_dir_all(folder.join(table.name()))?;
        }
        Ok(DeltaTableBuilder::from_url(url)?.with_storage_options(self.options.clone()))
    }

    async fn create_if_absent(&self, table: Table) -> Result<()> {
        let mut delta = self.builder(table)?.build()?;
        let store = delta.log_store().object_store(None);
        if prepare(table, &store).await? {
            delta.load().await?;
            delta = self.with_new_columns(table, delta).await?;
        } else {
            self.create(table, &delta).await?;
            delta.load().await?;
        }
        self.latest.lock().await.insert(table, Snapshot::new(table, delta, Arc::clone(&self.proofs)));
        Ok(())
    }

    async fn create(&self, table: Table, delta: &DeltaTable) -> Result<()> {
        let columns = table.schema().fields().iter().map(|f| delta_field(f)).collect::<Result<Vec<_>>>()?;
        let schema = StructType::try_new(columns).map_err(|e| Error::internal(format!("{}: {e}", table.name())))?;
        let partition = table.partition_column().map(str::to_string);
        let metadata = new_metadata(&schema, partition, [(TOMBSTONES, TOMBSTONES_KEPT)]);
        let metadata = metadata.map_err(DeltaTableError::from)?;
        let protocol = json!({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}});
        let bytes = entry(0, 0, "CREATE TABLE", vec![protocol, line(&Action::Metadata(metadata))?]);
        self.write_entry(table, delta, 0, bytes).await
    }

    /// Writes an entry, when nobody else wrote one of its version a moment ago.
    async fn write_entry(&self, table: Table, delta: &DeltaTable, version: i64, bytes: Vec<u8>) -> Result<()> {
        let path = object_store::path::Path::from(format!("_delta_log/{version:020}.json"));
        let store = delta.log_store().object_store(None);
        match store.put_opts(&path, bytes.into(), PutMode::Create.into()).await {
            Ok(_) => self.make_durable(table, false, version),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }

    /// A table of an older version of the program gets the columns and the settings that came later: rows that lack a
    /// column hold nothing there.
    async fn with_new_columns(&self, table: Table, mut delta: DeltaTable) -> Result<DeltaTable> {
        let schema = table.schema();
        let missing = |delta: &DeltaTable| -> Result<Vec<Arc<Field>>> {
            let known: BTreeSet<String> = delta.snapshot()?.schema().fields().map(|f| f.name().to_string()).collect();
            Ok(schema.fields().iter().filter(|f| !known.contains(f.name())).cloned().collect())
        };
        // Another process may add them at the same moment: then they are there at the second look.
        for _ in 0..2 {
            let missing = missing(&delta)?;
            let is_brief = delta.snapshot()?.metadata().configuration().contains_key(TOMBSTONES);
            if missing.is_empty() && is_brief {
                return Ok(delta);
            }
            if let Some(field) = missing.iter().find(|f| !f.is_nullable()) {
                return Err(Error::user(format!(
                    "{} of {} was written by an older version and has no column {}: begin an installation in another \
                    folder and take the files of readings in again",
                    table.name(),
                    self.root,
                    field.name()
                )));
            }
            let fields = missing.iter().map(|f| delta_field(f)).collect::<Result<Vec<_>>>()?;
            let state = delta.snapshot()?;
            let all = StructType::try_new(state.schema().fields().cloned().chain(fields))
                .map_err(|e| Error::internal(format!("{}: {e}", table.name())))?;
            let metadata = state.metadata().clone().with_schema(&all).map_err(DeltaTableError::from)?;
            let metadata = metadata.add_config_key(TOMBSTONES.into(), TOMBSTONES_KEPT.into());
            let metadata = metadata.map_err(DeltaTableError::from)?;
            let version = i64::try_from(state.version() + 1).unwrap_or(i64::MAX);
            let bytes = entry(version, 0, "ADD COLUMN", vec![line(&Action::Metadata(metadata))?]);
            self.write_entry(table, &delta, version, bytes).await?;
            delta = self.builder(table)?.load().await?;
        }
        Ok(delta)
    }

    /// The latest version of a table.
    ///
    /// # Errors
    /// Environment, when the log cannot be read.
    pub async fn snapshot(&self, table: Table) -> Result<Snapshot> {
        let mut latest = self.latest.lock().await;
        let known =
            latest.get_mut(&table).ok_or_else(|| Error::internal(format!("{} was not opened", table.name())))?;
        if !self.readers.has_lease() && is_cut_off(&known.delta).await? {
            *known = known.at(self.builder(table)?.load().await?);
        }
        if goes_on(&known.delta).await? {
            let mut delta = known.delta.clone();
            prove_news(table, &delta).await?;
            delta.update_state().await?;
            *known = known.at(delta);
        }
        Ok(known.held(&self.readers))
    }

    /// The readings that had come by a version of their table, in the files in which they are now: what was computed
    /// from them is computed again from the same rows, long after their files were made larger ones.
    ///
    /// # Errors
    /// User, when the version was never there; environment, when the log cannot be read.
    pub async fn readings_by(&self, version: i64) -> Result<Snapshot> {
        let latest = self.snapshot(Table::ReadingsRaw).await?;
        match latest.version().cmp(&version) {
            std::cmp::Ordering::Less => {
                Err(Error::user(format!("{} has no version {version}", Table::ReadingsRaw.name())))
            }
            std::cmp::Ordering::Equal => Ok(latest),
            std::cmp::Ordering::Greater => Ok(latest.rows_by(version)),
        }
    }

    /// Says to other processes that nothing older is read here than what is held. Services say so all the time; what
    /// does not say it holds everything that was there when it began.
    ///
    /// # Errors
    /// Environment, when a log cannot be read.
    pub async fn let_go(&self) -> Result<()> {
        let published = self.published().await?;
        let mut known = BTreeMap::new();
        for table in Table::ALL {
            // Looked at, so that the log is followed here before anybody cleans it up.
            let latest = self.snapshot(table).await?.version();
            let version = published.as_ref().and_then(|set| set.versions.get(table.name()).copied());
            known.insert(table, version.map_or(latest, |version| version.min(latest)));
        }
        self.readers.let_go(known);
        Ok(())
    }

    /// Keeps what a commit has made of a table, so that nobody reads its log entry again.
    pub(super) async fn keep(&self, table: Table, state: DeltaTableState) {
        if let Some(known) = self.latest.lock().await.get_mut(&table)
            && known.delta.version() < Some(state.version())
        {
            let mut delta = known.delta.clone();
            delta.state = Some(state);
            *known = known.at(delta);
        }
    }

    /// A given version of a table.
    ///
    /// # Errors
    /// User, when the version was never there or is no longer kept.
    pub async fn snapshot_at(&self, table: Table, version: i64) -> Result<Snapshot> {
        let latest = self.snapshot(table).await?;
        if latest.version() == version {
            return Ok(latest);
        }
        let number = u64::try_from(version).map_err(|_| Error::user(format!("version {version} is negative")))?;
        let delta = self
            .builder(table)?
            .with_version(number)
            .load()
            .await
            .map_err(|e| Error::environment(format!("{} has no version {version}", table.name()), e))?;
        Ok(latest.at(delta).held(&self.readers))
    }

    /// Writes a checkpoint of the log, so that opening the table reads one file instead of every entry.
    ///
    /// # Errors
    /// Environment, when the store refuses it.
    pub async fn checkpoint(&self, table: Table) -> Result<()> {
        let snapshot = self.snapshot(table).await?;
        deltalake_core::checkpoints::create_checkpoint(&snapshot.delta, None).await?;
        let version = snapshot.version();
        let written = seal_checkpoint(&snapshot.unproven_store(), version, version).await?;
        self.sync_log(table, &written)
    }

    /// Syncs files of a log of a local lake, and their folder.
    pub(super) fn sync_log(&self, table: Table, files: &[String]) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let log = folder.join(table.name()).join("_delta_log");
        files.iter().try_for_each(|file| sync(&log.join(file)))?;
        sync(&log)
    }

    /// The right to write files of results, whose names are those of their rows: until it is dropped nobody removes
    /// files.
    ///
    /// # Errors
    /// Conflict, when another process has begun to remove files and does not go on.
    pub async fn writing(&self) -> Result<Right> {
        self.readers.writing().await
    }

    /// Syncs the new files, the log entry and their folders of a local lake.
    pub(super) fn make_durable(&self, table: Table, adds_files: bool, version: i64) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let folder = folder.join(table.name());
        let log = folder.join("_delta_log");
        sync(&log.join(format!("{version:020}.json")))?;
        sync(&log)?;
        if adds_files {
            sync(&folder)?;
        }
        Ok(())
    }

    /// Syncs data files before a commit names them.
    ///
    /// # Errors
    /// Environment, when the disk refuses.
    pub fn sync_files(&self, table: Table, paths: impl IntoIterator<Item = String>) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let folder = folder.join(table.name());
        let mut parents = BTreeSet::new();
        for path in paths {
            let file = folder.join(&path);
            sync(&file)?;
            parents.extend(file.parent().map(Path::to_path_buf));
        }
        parents.iter().try_for_each(|p| sync(p))
    }
}

/// Whether the log holds a version after the known one. Versions follow each other without gaps: asking for one name
/// takes the place of listing the log.
async fn goes_on(delta: &DeltaTable) -> Result<bool> {
    let Some(version) = delta.version() else { return Ok(true) };
    let next = object_store::path::Path::from(format!("_delta_log/{:020}.json", version + 1));
    match delta.log_store().object_store(None).head(&next).await {
        Ok(_) => Ok(true),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Whether the log was cleaned up beyond the known version. Who has a lease keeps others from it.
async fn is_cut_off(delta: &DeltaTable) -> Result<bool> {
    let Some(version) = delta.version() else { return Ok(false) };
    let own = object_store::path::Path::from(format!("_delta_log/{version:020}.json"));
    match delta.log_store().object_store(None).head(&own).await {
        Ok(_) => Ok(false),
        Err(object_store::Error::NotFound { .. }) => Ok(true),
        Err(e) => Err(e.into()),
    }
}

/// Proves the entries that came after the known version, before they are believed.
async fn prove_news(table: Table, delta: &DeltaTable) -> Result<()> {
    let (log, mut version) = (delta.log_store(), delta.version().map_or(0, |v| v + 1));
    while let Some(bytes) = log.read_commit_entry(version).await? {
        let number = i64::try_from(version).unwrap_or(i64::MAX);
        prove_entry(number, &bytes).map_err(|what| entry_damage(table, number, what))?;
        version += 1;
    }
    Ok(())
}

fn line(action: &Action) -> Result<Value> {
    serde_json::to_value(action).map_err(|e| Error::internal(format!("a log entry: {e}")))
}

fn sync(path: &Path) -> Result<()> {
    std::fs::File::open(path)
        .and_then(|f| f.sync_all())
        .map_err(|e| Error::environment(format!("cannot make {} durable", path.display()), e))
}

fn delta_field(field: &Field) -> Result<StructField> {
    let primitive = match field.data_type() {
        ArrowType::Utf8 => PrimitiveType::String,
        ArrowType::Int64 => PrimitiveType::Long,
        ArrowType::Int32 => PrimitiveType::Integer,
        ArrowType::Boolean => PrimitiveType::Boolean,
        ArrowType::Binary => PrimitiveType::Binary,
        ArrowType::Date32 => PrimitiveType::Date,
        ArrowType::Timestamp(..) => PrimitiveType::Timestamp,
        ArrowType::Decimal128(precision, scale) => PrimitiveType::decimal(*precision, scale.unsigned_abs())
            .map_err(|e| Error::internal(format!("column {}: {e}", field.name())))?,
        other => return Err(Error::internal(format!("column {} has type {other}", field.name()))),
    };
    Ok(StructField::new(field.name(), DataType::Primitive(primitive), field.is_nullable()))
}

/// The master data that were resolved last, and the versions of the tables that they came from.
#[derive(Debug)]
pub(super) struct Resolved {
    pub versions: Vec<i64>,
    pub registry: Arc<Registry>,
}
