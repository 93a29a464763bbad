//! The log of a table: each entry holds the digest of itself, each checkpoint has its digest beside it (`sha256sum -c`
//! reads it), and a log is proven before it is believed.
//!
//! What a crash can leave is put right when a lake is opened: an entry that was never acknowledged, a checkpoint that
//! the entries say again, a pointer to the last checkpoint. Everything else is a damage, and names its file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use super::begin;
use super::digest::of_bytes;
use super::entry::prove_entry;
use super::proof::named;
use crate::error::{Damage, Error, Result};
use crate::schema::Table;

const FOLDER: &str = "_delta_log";
const HINT: &str = "_last_checkpoint";

/// What mends a log that a checkpoint and its entries do not.
pub const RESTORE: &str =
    "put lake and store back from a copy of the installation's folder, both of the same moment, then `ecoop check`";

/// The files of a log.
#[derive(Debug, Default)]
pub struct Log {
    pub entries: BTreeMap<i64, u64>,
    pub checkpoints: BTreeMap<i64, u64>,
    /// Checkpoints with a digest beside them.
    sums: BTreeSet<i64>,
    has_hint: bool,
    /// The first entry that must be there, when those before were cleaned up.
    pub begin: Option<i64>,
    /// Whether the file that says it is there.
    has_begin: bool,
    /// Whether the table has data files.
    has_data: bool,
}

/// How much of a log is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What opening the latest version reads: the last checkpoint, and the entries after it.
    Latest,
    /// The same, and that the entries before are there.
    Present,
    /// Every entry and every checkpoint.
    Whole,
}

/// What of a log was proven, and what is wrong.
#[derive(Debug, Default)]
pub struct Proof {
    pub entries: usize,
    pub checkpoints: usize,
    /// Entries and checkpoints of older versions of the program, which have no digest.
    pub undigested: usize,
    pub damages: Vec<Damage>,
    /// Files that are given another name when the lake is opened: the others say what they said.
    aside: Vec<String>,
    /// The last checkpoint that is whole, when the pointer does not say so.
    hint: Option<Option<i64>>,
    /// What neither checkpoint nor entries mend.
    pub fatal: Option<Damage>,
}

impl Proof {
    /// Whether the latest version can be read as the files are.
    pub fn is_readable(&self) -> bool {
        self.fatal.is_none() && self.aside.is_empty() && self.hint.is_none()
    }

    fn found(&mut self, table: Table, file: &str, what: impl Into<String>, cure: &str) {
        self.damages.push(damage(table, file, what, cure));
    }
}

/// A checkpoint that is there.
struct Checkpoint {
    bytes: usize,
    rows: i64,
    /// Whether it has the digest beside it, when there is one.
    is_digested: bool,
}

pub fn path(file: &str) -> Path {
    Path::from(format!("{FOLDER}/{file}"))
}

pub fn entry_file(version: i64) -> String {
    format!("{version:020}.json")
}

pub fn checkpoint_file(version: i64) -> String {
    format!("{version:020}.checkpoint.parquet")
}

pub fn sum_file(version: i64) -> String {
    format!("{version:020}.checkpoint.sha256")
}

/// The damage of a file of a log.
pub fn damage(table: Table, file: &str, what: impl Into<String>, cure: &str) -> Damage {
    let file = if file.is_empty() { FOLDER.to_string() } else { format!("{FOLDER}/{file}") };
    Damage { table: table.name().into(), file, what: what.into(), cure: cure.into() }
}

/// An entry that cannot be believed.
pub fn entry_damage(table: Table, version: i64, what: impl Into<String>) -> Damage {
    damage(table, &entry_file(version), what, RESTORE)
}

impl Log {
    /// Lists it.
    ///
    /// # Errors
    /// Environment, when the store does not answer.
    pub async fn list(store: &Arc<dyn ObjectStore>) -> Result<Self> {
        let mut log = Self::default();
        let mut files = store.list(Some(&Path::from(FOLDER)));
        while let Some(meta) = files.try_next().await? {
            let Some(file) = meta.location.as_ref().strip_prefix("_delta_log/") else { continue };
            let (number, rest) = file.split_once('.').unwrap_or((file, ""));
            let version = number.parse::<i64>().ok().filter(|_| number.len() == 20);
            match (version, rest) {
                (Some(version), "json") => drop(log.entries.insert(version, meta.size)),
                (Some(version), "checkpoint.parquet") => drop(log.checkpoints.insert(version, meta.size)),
                (Some(version), "checkpoint.sha256") => drop(log.sums.insert(version)),
                (None, "") if file == HINT => log.has_hint = true,
                (None, "") if file == begin::FILE => log.has_begin = true,
                _ => {}
            }
        }
        if log.has_begin {
            log.begin = begin::parse(&store.get(&path(begin::FILE)).await?.bytes().await?);
        }
        if log.is_empty() {
            let mut files = store.list(None);
            while let Some(meta) = files.try_next().await? {
                log.has_data |= named(meta.location.as_ref()).is_some();
            }
        }
        Ok(log)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.checkpoints.is_empty()
    }

    /// Whether there is a checkpoint of a version with its digest beside it.
    pub fn is_sealed(&self, version: i64) -> bool {
        self.checkpoints.contains_key(&version) && self.sums.contains(&version)
    }

    /// Proves it.
    ///
    /// # Errors
    /// Environment, when the store does not answer. What is wrong is in the proof.
    pub async fn prove(&self, table: Table, store: &Arc<dyn ObjectStore>, scope: Scope) -> Result<Proof> {
        let mut proof = Proof::default();
        if self.is_empty() {
            if self.has_data {
                let gone = damage(table, "", "is missing, and there are data files", RESTORE);
                proof.damages.push(gone.clone());
                proof.fatal = Some(gone);
            }
            return Ok(proof);
        }
        let mut base: Option<(i64, Checkpoint)> = None;
        for version in self.checkpoints.keys().rev().copied() {
            if base.is_some() && scope != Scope::Whole {
                break;
            }
            match self.checkpoint(store, version).await? {
                Ok(found) => {
                    if !found.is_digested && scope != Scope::Latest && self.is_ours(store, version).await? {
                        let cure = "the next checkpoint has one; until then the entries say what it says";
                        proof.found(table, &sum_file(version), "is missing", cure);
                    }
                    proof.checkpoints += 1;
                    proof.undigested += usize::from(!found.is_digested);
                    base.get_or_insert((version, found));
                }
                Err(what) => {
                    let (file, cure) = (checkpoint_file(version), "the next start sets it aside and reads the entries");
                    proof.aside.extend([file.clone(), sum_file(version)]);
                    proof.found(table, &file, what, cure);
                }
            }
        }
        for version in self.sums.iter().filter(|v| !self.checkpoints.contains_key(v)) {
            let cure = "the entries before it say the same; the next start sets its digest aside";
            proof.aside.push(sum_file(*version));
            proof.found(table, &checkpoint_file(*version), "is missing, and its digest is there", cure);
        }
        self.prove_hint(table, store, base.as_ref(), &mut proof).await?;
        self.prove_entries(table, store, (base.map(|(version, _)| version), scope), &mut proof).await?;
        Ok(proof)
    }

    async fn prove_entries(
        &self,
        table: Table,
        store: &Arc<dyn ObjectStore>,
        (base, scope): (Option<i64>, Scope),
        proof: &mut Proof,
    ) -> Result<()> {
        let last = self.entries.keys().chain(self.checkpoints.keys()).max().copied().unwrap_or(0);
        let begin = if self.has_begin { self.begin.or_else(|| self.entries.keys().next().copied()) } else { None };
        let first = match base {
            Some(base) if scope == Scope::Latest => base + 1,
            Some(base) => begin.unwrap_or(0).min(base + 1),
            // The first that is missing says it all.
            None if begin.is_some_and(|begin| begin > 0) && !self.entries.contains_key(&0) => {
                let damage = entry_damage(table, 0, "was cleaned up, and no checkpoint is whole");
                proof.damages.push(damage.clone());
                proof.fatal.get_or_insert(damage);
                return Ok(());
            }
            None => 0,
        };
        if self.has_begin && self.begin.is_none() && scope != Scope::Latest {
            let cure = "the next clean-up of the log writes it again; nothing is read from it";
            proof.found(table, begin::FILE, "does not say where the log begins", cure);
        }
        let mut missing = None;
        for version in first..=last {
            let (file, is_needed) = (entry_file(version), base.is_none_or(|base| version > base));
            let (what, holds_nothing) = if self.entries.contains_key(&version) {
                if !is_needed && scope != Scope::Whole {
                    continue;
                }
                let bytes = store.get(&path(&entry_file(version))).await?.bytes().await?;
                match prove_entry(version, &bytes) {
                    Ok(is_digested) => {
                        proof.entries += 1;
                        proof.undigested += usize::from(!is_digested);
                        continue;
                    }
                    Err(what) => (what, bytes.iter().all(|b| *b == 0)),
                }
            } else {
                ("is missing".to_string(), false)
            };
            if !is_needed {
                // Of several that are gone one after the other the first is told.
                let was_told = missing == Some(version - 1) && !self.entries.contains_key(&version);
                missing = (!self.entries.contains_key(&version)).then_some(version);
                let cure = "a checkpoint after it says what it did; looks back to before that need a copy of the file";
                if !was_told {
                    proof.found(table, &file, what, cure);
                }
            } else if holds_nothing && version == last && version > 0 {
                proof.aside.push(file.clone());
                proof.found(table, &file, what, "it was never acknowledged; the next start sets it aside");
            } else {
                let damage = entry_damage(table, version, what);
                proof.damages.push(damage.clone());
                proof.fatal.get_or_insert(damage);
            }
        }
        Ok(())
    }

    /// Whether an entry holds a digest: then the checkpoint of its version has one too.
    async fn is_ours(&self, store: &Arc<dyn ObjectStore>, version: i64) -> Result<bool> {
        if !self.entries.contains_key(&version) {
            return Ok(false);
        }
        let bytes = store.get(&path(&entry_file(version))).await?.bytes().await?;
        Ok(prove_entry(version, &bytes) == Ok(true))
    }

    /// A checkpoint, when it has the digest beside it; without one, when it can be read.
    async fn checkpoint(
        &self,
        store: &Arc<dyn ObjectStore>,
        version: i64,
    ) -> Result<std::result::Result<Checkpoint, String>> {
        let file = checkpoint_file(version);
        let bytes = store.get(&path(&file)).await?.bytes().await?;
        let is_digested = self.sums.contains(&version);
        if is_digested {
            let sum = store.get(&path(&sum_file(version))).await?.bytes().await?;
            if sum.as_ref() != sum_text(&of_bytes(&bytes), &file).as_bytes() {
                return Ok(Err("does not have the digest beside it".into()));
            }
        }
        let size = bytes.len();
        Ok(match rows_of(bytes, !is_digested) {
            Ok(rows) => Ok(Checkpoint { bytes: size, rows, is_digested }),
            Err(_) => Err("cannot be read".into()),
        })
    }

    /// The pointer to the last checkpoint: it must name one, and say of it what is so.
    async fn prove_hint(
        &self,
        table: Table,
        store: &Arc<dyn ObjectStore>,
        last: Option<&(i64, Checkpoint)>,
        proof: &mut Proof,
    ) -> Result<()> {
        let what = if self.has_hint {
            let bytes = store.get(&path(HINT)).await?.bytes().await?;
            match last {
                Some((version, checkpoint)) if says(&bytes, *version, checkpoint) => return Ok(()),
                _ => "does not say what the last checkpoint is",
            }
        } else if last.is_some() {
            "is missing"
        } else {
            return Ok(());
        };
        proof.hint = Some(last.map(|(version, _)| *version));
        proof.found(table, HINT, what, "the next start writes it again");
        Ok(())
    }
}

/// Rows of a checkpoint; `whole` reads them.
fn rows_of(bytes: bytes::Bytes, whole: bool) -> Result<i64> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let rows = reader.metadata().file_metadata().num_rows();
    if whole {
        reader.build()?.collect::<std::result::Result<Vec<_>, _>>()?;
    }
    Ok(rows)
}

/// Whether the pointer says what is so, in our words or in those of the library, which counts files too.
fn says(bytes: &[u8], version: i64, checkpoint: &Checkpoint) -> bool {
    let Ok(Value::Object(said)) = serde_json::from_slice::<Value>(bytes) else { return false };
    let is_so = |(name, value): (&String, &Value)| match name.as_str() {
        "version" => value.as_i64() == Some(version),
        "size" => value.as_i64() == Some(checkpoint.rows),
        "sizeInBytes" => value.as_u64() == u64::try_from(checkpoint.bytes).ok(),
        "numOfAddFiles" => value.is_u64(),
        _ => false,
    };
    said.contains_key("version") && said.contains_key("size") && said.iter().all(is_so)
}

fn sum_text(digest: &str, file: &str) -> String {
    format!("{digest}  {file}\n")
}

/// What the pointer to a checkpoint says.
async fn hint(store: &Arc<dyn ObjectStore>, version: i64) -> Result<String> {
    let bytes = store.get(&path(&checkpoint_file(version))).await?.bytes().await?;
    let size = bytes.len();
    let rows = rows_of(bytes, false)?;
    Ok(serde_json::json!({"version": version, "size": rows, "sizeInBytes": size}).to_string())
}

/// Writes the digest of a new checkpoint beside it, and the pointer to the last one. Gives the names of what was written.
///
/// # Errors
/// Environment, when the store refuses.
pub async fn seal_checkpoint(store: &Arc<dyn ObjectStore>, version: i64, last: i64) -> Result<[String; 3]> {
    let (file, sum) = (checkpoint_file(version), sum_file(version));
    let bytes = store.get(&path(&file)).await?.bytes().await?;
    store.put(&path(&sum), PutPayload::from(sum_text(&of_bytes(&bytes), &file))).await?;
    store.put(&path(HINT), PutPayload::from(hint(store, last).await?)).await?;
    Ok([file, sum, HINT.to_string()])
}

/// Proves what opening a table reads, and puts right what a crash can leave. `false` when there is no table.
///
/// # Errors
/// Damaged, when neither checkpoint nor entries say what the table holds; environment, when the store does not answer.
pub async fn prepare(table: Table, store: &Arc<dyn ObjectStore>) -> Result<bool> {
    let log = Log::list(store).await?;
    let proof = log.prove(table, store, Scope::Latest).await?;
    if let Some(damage) = proof.fatal {
        return Err(damage.into());
    }
    for file in &proof.aside {
        set_aside(table, store, file).await?;
    }
    if let Some(last) = proof.hint {
        write_hint(table, store, last).await?;
    }
    Ok(!log.is_empty())
}

async fn write_hint(table: Table, store: &Arc<dyn ObjectStore>, last: Option<i64>) -> Result<()> {
    match last {
        Some(version) => drop(store.put(&path(HINT), PutPayload::from(hint(store, version).await?)).await?),
        None => match store.delete(&path(HINT)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(e) => return Err(e.into()),
        },
    }
    tracing::warn!("{}: {FOLDER}/{HINT} did not say what the last checkpoint is and was put right", table.name());
    Ok(())
}

/// Gives a file a name that no reader looks at. Another process may have done so a moment ago.
async fn set_aside(table: Table, store: &Arc<dyn ObjectStore>, file: &str) -> Result<()> {
    match store.rename(&path(file), &path(&format!("{file}.damaged"))).await {
        Ok(()) => tracing::warn!("{}: {FOLDER}/{file} is damaged and set aside as {file}.damaged", table.name()),
        Err(object_store::Error::NotFound { .. }) => {}
        Err(e) => return Err(Error::from(e)),
    }
    Ok(())
}
