//! One Parquet file: how it is written, named, counted and made durable.
//!
//! Nothing in a file depends on when, where or by whom it was written, and its name holds the digest of its bytes:
//! the same rows give the same file, so a cycle that is repeated after a crash finds its files already there.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType};
use bytes::Bytes;
use chrono::{Datelike, NaiveDate};
use deltalake_core::kernel::Add;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use serde_json::{Map, Value, json};

use super::digest::{Digests, of_bytes, of_columns, of_rows};
use super::proof::NAMED;
use crate::calendar::day_of_number;
use crate::calendar::rfc3339;
use crate::error::Result;
use crate::schema::Table;

/// The number of the file format. A change of any writer property is a new number.
pub const FILE_FORMAT: u32 = 2;
const ROW_GROUP_ROWS: usize = 1 << 20;
/// Rows that are in memory at once while files are joined: each may hold a payload.
const ROWS_JOINED_AT_ONCE: usize = 32;

/// A data file of a table: what the log knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Path below the table's folder.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Value of the partition column, in text; empty when the table has none.
    pub partition: String,
    /// Number of rows.
    pub rows: u64,
    /// Smallest and largest value per column, as the log holds them.
    pub bounds: BTreeMap<String, (Value, Value)>,
    /// When it was written, in milliseconds; 0 in files of jobs, whose log must not vary either.
    pub modified_ms: i64,
    /// Digests of its bytes and rows; none in the log of older versions of the program.
    pub digests: Option<Digests>,
    /// The version of the table in which its rows came, when they came together; of readings only.
    pub version: Option<i64>,
}

/// The column of readings with the version of the table in which a row came. Nothing in a file whose rows came together:
/// there the log says it of the file.
pub const VERSION: &str = "lake_version";

/// The tags of a file in the log.
const BYTES_TAG: &str = "sha256";
const ROWS_TAG: &str = "rows_sha256";

impl Digests {
    /// As the tags of a file in the log hold them.
    pub(super) fn of_tags(tags: &HashMap<String, Option<String>>) -> Option<Self> {
        let tag = |name: &str| tags.get(name).cloned().flatten();
        Some(Self { bytes: tag(BYTES_TAG)?, rows: tag(ROWS_TAG)? })
    }

    fn tags(&self) -> HashMap<String, Option<String>> {
        [(BYTES_TAG, &self.bytes), (ROWS_TAG, &self.rows)]
            .map(|(name, digest)| (name.to_string(), Some(digest.clone())))
            .into()
    }
}

impl DataFile {
    /// The part of the name before the digest: the window that the file holds.
    pub fn window(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.split('_').next().unwrap_or(name)
    }

    /// The first and the last version in which rows of it came; nothing in the log of older versions of the program.
    pub fn versions(&self) -> Option<(i64, i64)> {
        let of_rows = || self.bounds.get(VERSION).and_then(|(low, high)| Some((low.as_i64()?, high.as_i64()?)));
        self.version.map(|version| (version, version)).or_else(of_rows)
    }

    /// The tags in the log.
    fn tags(&self) -> Option<HashMap<String, Option<String>>> {
        let mut tags = self.digests.as_ref().map(Digests::tags).unwrap_or_default();
        tags.extend(self.version.map(|version| (VERSION.to_string(), Some(version.to_string()))));
        (!tags.is_empty()).then_some(tags)
    }

    /// The version that the tags in the log name.
    pub(super) fn version_of(tags: &HashMap<String, Option<String>>) -> Option<i64> {
        tags.get(VERSION)?.as_ref()?.parse().ok()
    }

    pub(super) fn add_action(&self, table: Table, data_change: bool) -> Add {
        let partition_values =
            table.partition_column().map(|c| (c.to_string(), Some(self.partition.clone()))).into_iter().collect();
        let (low, high): (Map<_, _>, Map<_, _>) =
            self.bounds.iter().map(|(c, (low, high))| ((c.clone(), low.clone()), (c.clone(), high.clone()))).unzip();
        let stats = json!({"numRecords": self.rows, "minValues": low, "maxValues": high, "nullCount": {}});
        Add {
            path: self.path.clone(),
            partition_values,
            size: self.size as i64,
            modification_time: self.modified_ms,
            data_change,
            stats: Some(stats.to_string()),
            tags: self.tags(),
            deletion_vector: None,
            base_row_id: None,
            default_row_commit_version: None,
            clustering_provider: None,
        }
    }
}

impl Table {
    /// The folder of the files of a partition, below that of the table.
    pub fn folder(self, partition: &str) -> String {
        match self.partition_column() {
            Some(column) => format!("{column}={}/", escape(partition)),
            None => String::new(),
        }
    }
}

/// The writer properties of the file format.
pub fn properties(schema: &Schema) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by(format!("ecoop file format {FILE_FORMAT}"))
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for field in schema.fields() {
        let path = ColumnPath::from(field.name().as_str());
        // Sorted times and counters repeat: zstd folds their plain bytes faster than a dictionary is looked up.
        let encoding = match field.data_type() {
            DataType::Timestamp(..) | DataType::Date32 | DataType::Int32 => Encoding::PLAIN,
            DataType::Int64 => Encoding::DELTA_BINARY_PACKED,
            _ => continue,
        };
        builder = builder.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, encoding);
    }
    builder.build()
}

/// Encodes rows as one Parquet file of the table.
pub fn encode(table: Table, batches: &[RecordBatch]) -> Result<Vec<u8>> {
    let mut writer = ArrowWriter::try_new(Vec::new(), table.file_schema(), Some(properties(&table.file_schema())))?;
    for batch in batches {
        writer.write(batch)?;
    }
    Ok(writer.into_inner()?)
}

/// Writes rows as one file of the table and makes it durable. `window` starts the name; `modified_ms` is for the log.
///
/// # Errors
/// Environment, when the store refuses the file.
pub async fn write_file(
    store: &Arc<dyn ObjectStore>,
    table: Table,
    partition: &str,
    window: &str,
    batches: &[RecordBatch],
    modified_ms: i64,
) -> Result<DataFile> {
    let bytes = encode(table, batches)?;
    let rows = batches.iter().map(|b| b.num_rows() as u64).sum();
    let encoded = Encoded { bytes, rows, bounds: bounds(batches), row_digest: of_rows(batches)? };
    put(store, table, partition, window, encoded, modified_ms).await
}

/// Writes the rows of some files of one partition, file by file, as one file, and makes it durable. Few rows at a time
/// are in memory, however large what they hold.
///
/// # Errors
/// Environment, when the store does not give the files or refuses the new one.
pub async fn write_joined(
    store: &Arc<dyn ObjectStore>,
    table: Table,
    window: &str,
    files: &[DataFile],
    modified_ms: i64,
) -> Result<DataFile> {
    let schema = table.file_schema();
    let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let mut writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties(&schema)))?;
    for file in files {
        for_each_batch(store, file, &columns, ROWS_JOINED_AT_ONCE, |batch| {
            Ok(writer.write(&with_schema(table, &batch)?)?)
        })
        .await?;
    }
    let mut bounds = files.first().map(|f| f.bounds.clone()).unwrap_or_default();
    for file in files.iter().skip(1) {
        bounds.retain(|column, _| file.bounds.contains_key(column));
        for (column, (low, high)) in &mut bounds {
            let Some((l, h)) = file.bounds.get(column) else { continue };
            if less(l, low) {
                *low = l.clone();
            }
            if less(high, h) {
                *high = h.clone();
            }
        }
    }
    let bytes = writer.into_inner()?;
    let row_digest = of_file(&schema, &Bytes::copy_from_slice(&bytes))?;
    let encoded = Encoded { bytes, rows: files.iter().map(|f| f.rows).sum(), bounds, row_digest };
    let partition = files.first().map(|f| f.partition.as_str()).unwrap_or_default();
    put(store, table, partition, window, encoded, modified_ms).await
}

/// A file that is not in the store yet.
struct Encoded {
    bytes: Vec<u8>,
    rows: u64,
    bounds: BTreeMap<String, (Value, Value)>,
    row_digest: String,
}

/// The digest of the rows of a file, one column after the other in memory.
fn of_file(schema: &Schema, bytes: &Bytes) -> Result<String> {
    of_columns(schema, |n| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone())?;
        let mask = ProjectionMask::leaves(reader.parquet_schema(), [n]);
        let batches = reader.with_projection(mask).build()?;
        batches.map(|batch| Ok(Arc::clone(batch?.column(0)))).collect()
    })
}

async fn put(
    store: &Arc<dyn ObjectStore>,
    table: Table,
    partition: &str,
    window: &str,
    encoded: Encoded,
    modified_ms: i64,
) -> Result<DataFile> {
    let Encoded { bytes, rows, bounds, row_digest } = encoded;
    let digests = Digests { bytes: of_bytes(&bytes), rows: row_digest };
    let (folder, digest) = (table.folder(partition), &digests.bytes[..NAMED]);
    let path = format!("{folder}{window}_{digest}.parquet");
    let size = bytes.len() as u64;
    store.put(&Path::parse(&path).map_err(object_store::Error::from)?, bytes.into()).await?;
    let (partition, digests) = (partition.to_string(), Some(digests));
    Ok(DataFile { path, size, partition, rows, bounds, modified_ms, digests, version: None })
}

/// Reads a file of the table whole. Columns that are younger than the file hold nothing.
///
/// # Errors
/// Environment, when the store does not give the file; internal, when it is not what this program writes.
pub async fn read_file(store: &Arc<dyn ObjectStore>, table: Table, file: &DataFile) -> Result<RecordBatch> {
    let path = Path::parse(&file.path).map_err(object_store::Error::from)?;
    let bytes = store.get(&path).await?.bytes().await?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let rows = usize::try_from(file.rows).unwrap_or(usize::MAX).max(1);
    let batches = reader.with_batch_size(rows).build()?.collect::<std::result::Result<Vec<_>, _>>()?;
    let whole = batches.iter().map(|batch| with_schema(table, batch)).collect::<Result<Vec<_>>>()?;
    Ok(concat_batches(&table.file_schema(), &whole)?)
}

/// The columns of the table in their order. Those that are younger than the rows hold nothing.
fn with_schema(table: Table, batch: &RecordBatch) -> Result<RecordBatch> {
    let schema = table.file_schema();
    let columns = schema.fields().iter().map(|field| match batch.column_by_name(field.name()) {
        Some(column) => Arc::clone(column),
        None => new_null_array(field.data_type(), batch.num_rows()),
    });
    let columns = columns.collect();
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// Reads some columns of a file, so many rows at a time: a column of payloads may be larger than memory as a whole.
///
/// # Errors
/// As [`read_file`], and those of `each`.
pub async fn for_each_batch(
    store: &Arc<dyn ObjectStore>,
    file: &DataFile,
    columns: &[&str],
    rows: usize,
    mut each: impl FnMut(RecordBatch) -> Result<()>,
) -> Result<()> {
    let path = Path::parse(&file.path).map_err(object_store::Error::from)?;
    let bytes = store.get(&path).await?.bytes().await?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?.with_batch_size(rows);
    let mask = ProjectionMask::columns(reader.parquet_schema(), columns.iter().copied());
    for batch in reader.with_projection(mask).build()? {
        each(batch?)?;
    }
    Ok(())
}

/// Characters that a folder name holds as they are; others are written as `-` and two hex digits, so that the name
/// needs no escaping in any store or log.
fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for b in value.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(char::from(b)),
            _ => out.push_str(&format!("~{b:02x}")),
        }
    }
    out
}

pub(super) fn bounds(batches: &[RecordBatch]) -> BTreeMap<String, (Value, Value)> {
    let mut all = BTreeMap::<String, (Value, Value)>::new();
    for batch in batches {
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let Some((low, high)) = column_bounds(column) else { continue };
            match all.get_mut(field.name()) {
                Some((l, h)) => {
                    if less(&low, l) {
                        *l = low;
                    }
                    if less(h, &high) {
                        *h = high;
                    }
                }
                None => {
                    all.insert(field.name().clone(), (low, high));
                }
            }
        }
    }
    all
}

fn less(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_i64() < b.as_i64(),
        (Value::String(a), Value::String(b)) => a < b,
        _ => false,
    }
}

/// Bounds of the columns by which files are found: times, days, counters and short texts.
fn column_bounds(column: &ArrayRef) -> Option<(Value, Value)> {
    use arrow::compute::{max, max_string, min, min_string};
    match column.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let values = column.as_primitive::<TimestampMicrosecondType>();
            Some((json!(stamp(min(values)?)), json!(stamp(max(values)?))))
        }
        DataType::Date32 => {
            let values = column.as_primitive::<Date32Type>();
            Some((json!(date(min(values)?)), json!(date(max(values)?))))
        }
        DataType::Int64 => {
            let values = column.as_primitive::<Int64Type>();
            Some((json!(min(values)?), json!(max(values)?)))
        }
        DataType::Int32 => {
            let values = column.as_primitive::<Int32Type>();
            Some((json!(min(values)?), json!(max(values)?)))
        }
        DataType::Utf8 => {
            let values = column.as_string::<i32>();
            let (low, high) = (min_string(values)?, max_string(values)?);
            (high.len() <= 64 && low.len() <= 64).then(|| (json!(low), json!(high)))
        }
        _ => None,
    }
}

/// The log holds milliseconds; a bound between two of them would be wrong, so it is then left out by rounding outwards
/// being impossible: microseconds are written.
fn stamp(at: i64) -> String {
    rfc3339(at)
}

/// `2026-06-01`
pub fn date(days: i32) -> String {
    day_of_number(days).to_string()
}

/// The name of a month in file names.
pub fn month_name(month: NaiveDate) -> String {
    format!("{:04}-{:02}", month.year(), month.month())
}
