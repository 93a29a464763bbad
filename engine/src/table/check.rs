//! Whether a lake is what was written: its logs, its files, and, when it is asked for, every byte and row of them.
//!
//! A lake is looked at without being opened: nothing is created, and nothing is put right.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use deltalake_core::DeltaTableBuilder;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use url::Url;

use super::digest::of_rows;
use super::file::{DataFile, bounds, read_file};
use super::lake::Lake;
use super::log::{self, Log, Proof, Scope};
use super::proof::{self, Found, Proofs, damage, named};
use super::readers::Readers;
use super::runs::newest_published;
use super::snapshot::Snapshot;
use crate::error::{Damage, Error, Result};
use crate::schema::Table;

/// Files that are proven at a time.
const AT_ONCE: usize = 4;

/// How closely files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// That they are there, and of the size that was written.
    Presence,
    /// Each byte.
    Bytes,
    /// Each byte and each row.
    Rows,
}

/// What a look at a lake found.
#[derive(Debug, Default, Clone)]
pub struct Survey {
    pub tables: usize,
    pub files: usize,
    pub bytes: u64,
    pub rows: u64,
    pub entries: usize,
    pub checkpoints: usize,
    /// Files, and entries and checkpoints, of older versions of the program: they hold no digest to be compared with.
    pub undigested_files: usize,
    pub undigested_entries: usize,
    /// Data files that no entry of a log names: what a crash left, or what an entry that is gone had named.
    pub unnamed: BTreeMap<String, usize>,
    /// Version of each table's log.
    pub versions: BTreeMap<String, i64>,
    pub damages: Vec<Damage>,
}

/// Looks at the lake at a URL. `told` hears of the bytes of each file.
///
/// # Errors
/// Environment, when the storage does not answer. What is wrong with the lake is in the survey.
pub async fn survey(
    root: &Url,
    options: &HashMap<String, String>,
    depth: Depth,
    told: &(dyn Fn(u64) + Sync),
) -> Result<Survey> {
    let mut survey = Survey::default();
    // What is there now stays until it was looked at.
    let folder = root.to_file_path().ok().filter(|folder| folder.is_dir());
    let _reading = Readers::begin(folder.as_deref())?;
    let mut runs = None;
    for table in Table::ALL {
        let url = root.join(&format!("{}/", table.name())).map_err(|e| Error::user(format!("lake URL: {e}")))?;
        if url.to_file_path().is_ok_and(|folder| !folder.is_dir()) {
            survey.absent(table);
            continue;
        }
        let place = Place { table, url, options };
        if let Some(snapshot) = survey.table(&place, depth, told).await?
            && table == Table::Runs
        {
            runs = Some(snapshot);
        }
    }
    if let Some(runs) = runs.filter(|_| !survey.damages.iter().any(|d| d.table == Table::Runs.name())) {
        survey.published(&runs).await?;
    }
    Ok(survey)
}

/// Where a table is.
struct Place<'a> {
    table: Table,
    url: Url,
    options: &'a HashMap<String, String>,
}

impl Place<'_> {
    fn builder(&self) -> Result<DeltaTableBuilder> {
        Ok(DeltaTableBuilder::from_url(self.url.clone())?.with_storage_options(self.options.clone()))
    }

    /// Paths of the files of a version that is kept by its checkpoint alone.
    async fn files_of(&self, version: i64) -> Result<Vec<String>> {
        let number = u64::try_from(version).map_err(|_| Error::internal("a table version is never negative"))?;
        let delta = self.builder()?.with_version(number).load().await?;
        let snapshot = Snapshot::new(self.table, delta, Arc::new(Proofs::default()));
        Ok(snapshot.files()?.iter().map(|f| f.path.clone()).collect())
    }
}

impl Survey {
    /// Tables that every lake has. Others may be younger than the lake, and are then made at the next start.
    fn absent(&mut self, table: Table) {
        if [Table::ReadingsRaw, Table::Quarantine, Table::Runs].contains(&table) {
            self.damages.push(log::damage(table, "", "is missing, with the whole folder of the table", log::RESTORE));
        }
    }

    async fn table(
        &mut self,
        place: &Place<'_>,
        depth: Depth,
        told: &(dyn Fn(u64) + Sync),
    ) -> Result<Option<Snapshot>> {
        let (table, mut delta) = (place.table, place.builder()?.build()?);
        let store = delta.log_store().object_store(None);
        let scope = if depth == Depth::Presence { Scope::Present } else { Scope::Whole };
        let proof = prove_twice(table, &store, scope).await?;
        self.tables += 1;
        self.entries += proof.entries;
        self.checkpoints += proof.checkpoints;
        self.undigested_entries += proof.undigested;
        let is_empty = proof.entries + proof.checkpoints == 0;
        let (is_readable, whole) = (proof.is_readable(), proof.damages.is_empty());
        self.damages.extend(proof.damages);
        if is_empty && is_readable {
            self.absent(table);
        }
        if is_empty || !is_readable {
            return Ok(None);
        }
        if let Err(e) = delta.load().await {
            self.damages.push(log::damage(table, "", format!("cannot be read: {e}"), log::RESTORE));
            return Ok(None);
        }
        let snapshot = Snapshot::new(table, delta, Arc::new(Proofs::default()));
        self.versions.insert(table.name().into(), snapshot.version());
        self.files(&snapshot, depth, told).await?;
        // The whole log says which files were ever named: too much for a short look.
        if depth != Depth::Presence && whole {
            self.strangers(place, &snapshot, &store).await?;
        }
        Ok(Some(snapshot))
    }

    async fn files(&mut self, snapshot: &Snapshot, depth: Depth, told: &(dyn Fn(u64) + Sync)) -> Result<()> {
        let (table, store) = (snapshot.table, snapshot.unproven_store());
        let files = snapshot.files()?;
        let proofs = files.iter().map(|file| prove_file(table, &store, file, depth));
        let mut proofs = futures::stream::iter(proofs).buffered(AT_ONCE);
        let mut n = 0;
        while let Some(found) = proofs.next().await {
            let file = &files[n];
            n += 1;
            told(file.size);
            self.damages.extend(found?);
            self.files += 1;
            self.bytes += file.size;
            self.rows += file.rows;
            self.undigested_files += usize::from(file.digests.is_none());
        }
        Ok(())
    }

    /// Data files that no entry names.
    async fn strangers(&mut self, place: &Place<'_>, snapshot: &Snapshot, store: &Arc<dyn ObjectStore>) -> Result<()> {
        let mut unnamed: BTreeSet<String> = BTreeSet::new();
        let mut objects = store.list(None);
        while let Some(object) = objects.try_next().await? {
            let path = object.location.to_string();
            if named(&path).is_some() {
                unnamed.insert(path);
            }
        }
        for file in snapshot.files()? {
            unnamed.remove(&file.path);
        }
        if !unnamed.is_empty() {
            let known = snapshot.named_files().await?;
            unnamed.retain(|path| !known.contains(path));
        }
        if !unnamed.is_empty() {
            let log = Log::list(store).await?;
            let first = log.entries.keys().next().copied().unwrap_or(0);
            for version in log.checkpoints.keys().filter(|version| **version < first) {
                place.files_of(*version).await?.iter().for_each(|path| drop(unnamed.remove(path)));
            }
        }
        if !unnamed.is_empty() {
            self.unnamed.insert(snapshot.table.name().into(), unnamed.len());
        }
        Ok(())
    }

    /// What is published must be in the logs: an entry that is gone at the end of a log leaves no other trace.
    async fn published(&mut self, runs: &Snapshot) -> Result<()> {
        let Some(published) = newest_published(runs).await? else { return Ok(()) };
        let raw = (Table::ReadingsRaw.name().to_string(), published.inputs.readings_raw);
        for (name, version) in published.versions.into_iter().chain([raw]) {
            let Some(table) = Table::parse(&name) else { continue };
            match self.versions.get(&name) {
                Some(last) if *last < version => {
                    self.damages.push(log::entry_damage(
                        table,
                        version,
                        format!("is missing: cycle {} read version {version}, the log ends at {last}", published.cycle),
                    ));
                }
                None if version > 0 && !self.damages.iter().any(|d| d.table == name) => {
                    let what = format!("is missing, with the whole folder, and cycle {} read it", published.cycle);
                    self.damages.push(log::damage(table, "", what, log::RESTORE));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Proves one file of a table.
///
/// # Errors
/// Environment, when the storage does not answer.
async fn prove_file(
    table: Table,
    store: &Arc<dyn ObjectStore>,
    file: &DataFile,
    depth: Depth,
) -> Result<Option<Damage>> {
    let path = Path::parse(&file.path).map_err(object_store::Error::from)?;
    let found = |what: String| Ok(Some(damage(table, &file.path, what)));
    match proof::size(store, &path).await? {
        None => return found("is missing".into()),
        Some(size) if size != file.size => return found(format!("has {size} bytes, {} were written", file.size)),
        Some(_) => {}
    }
    if depth == Depth::Presence {
        return Ok(None);
    }
    let bytes = proof::digest(store, &path).await?;
    let is_other = match (&file.digests, named(&file.path)) {
        (Some(digests), named) => digests.bytes != bytes || named.is_some_and(|name| !bytes.starts_with(name)),
        (None, Some(name)) => !bytes.starts_with(name),
        (None, None) => false,
    };
    if is_other {
        return found("has other bytes than were written".into());
    }
    if depth == Depth::Bytes {
        return Ok(None);
    }
    let batch = match read_file(store, table, file).await {
        Ok(batch) => batch,
        Err(e) => return found(format!("cannot be read: {e}")),
    };
    let batch = [batch];
    if batch[0].num_rows() as u64 != file.rows {
        return found(format!("has {} rows, {} were written", batch[0].num_rows(), file.rows));
    }
    if file.digests.as_ref().is_some_and(|d| of_rows(&batch).is_ok_and(|rows| rows != d.rows)) {
        return found("has other rows than were written".into());
    }
    let now = bounds(&batch);
    if file.bounds.iter().any(|(column, bounds)| now.get(column) != Some(bounds)) {
        return found("has other bounds than its log entry says".into());
    }
    Ok(None)
}

/// A service may be writing at this moment: what is wrong is so at a second look too.
async fn prove_twice(table: Table, store: &Arc<dyn ObjectStore>, scope: Scope) -> Result<Proof> {
    let proof = Log::list(store).await?.prove(table, store, scope).await?;
    if proof.damages.is_empty() {
        return Ok(proof);
    }
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    Log::list(store).await?.prove(table, store, scope).await
}

impl Lake {
    /// The files of what is current, in the order of their tables and names.
    ///
    /// # Errors
    /// Environment, when a log cannot be read.
    pub async fn current_files(&self) -> Result<Vec<(Table, DataFile)>> {
        let mut all = Vec::new();
        for table in Table::ALL {
            let snapshot = self.snapshot(table).await?;
            let files = snapshot.files()?;
            let paths: BTreeSet<&str> = files.iter().map(|f| f.path.as_str()).collect();
            self.proofs.keep_only(table, &paths);
            all.extend(files.iter().map(|f| (table, f.clone())));
        }
        Ok(all)
    }

    /// Reads a file once more, whatever is known of it, and notes what is found.
    ///
    /// # Errors
    /// Environment, when the storage does not answer.
    pub async fn scrub(&self, table: Table, file: &DataFile) -> Result<Option<Damage>> {
        let store = self.snapshot(table).await?.unproven_store();
        let found = prove_file(table, &store, file, Depth::Bytes).await?;
        if found.is_some() && !self.snapshot(table).await?.files()?.iter().any(|f| f.path == file.path) {
            // It was replaced meanwhile, and is gone rightly.
            return Ok(None);
        }
        self.proofs.note(table, &file.path, found.clone());
        Ok(found)
    }

    /// Reads the log of a table once more, all of it or what opening reads, and notes what would keep it from being
    /// opened again.
    ///
    /// # Errors
    /// Environment, when the storage does not answer.
    pub async fn scrub_log(&self, table: Table, whole: bool) -> Result<Vec<Damage>> {
        let store = self.snapshot(table).await?.unproven_store();
        let scope = if whole { Scope::Whole } else { Scope::Present };
        let proof = prove_twice(table, &store, scope).await?;
        self.proofs.forget_log(table);
        if let Some(damage) = &proof.fatal {
            self.proofs.note(table, &damage.file, Some(damage.clone()));
        }
        Ok(proof.damages)
    }

    /// Notes that the end of a log is missing.
    pub fn note_end(&self, table: Table, damage: Damage) {
        self.proofs.note(table, "the end of the log", Some(damage));
    }

    /// Takes a file from another lake that has it too: the same name is the same bytes.
    ///
    /// # Errors
    /// Environment, when a storage does not answer.
    pub async fn put_back(&self, table: Table, file: &DataFile, other: &Self) -> Result<bool> {
        let path = Path::parse(&file.path).map_err(object_store::Error::from)?;
        let bytes = match other.snapshot(table).await?.store().get(&path).await {
            Ok(found) => found.bytes().await?,
            Err(_) => return Ok(false),
        };
        self.snapshot(table).await?.unproven_store().put(&path, bytes.into()).await?;
        self.sync_files(table, [file.path.clone()])?;
        Ok(true)
    }

    /// The files that were found not to be what was written.
    pub fn damages(&self) -> Vec<Found> {
        self.proofs.damaged()
    }
}
