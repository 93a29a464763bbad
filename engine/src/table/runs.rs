//! What readers open: the set of table versions that the last cycle published.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::{Span, parse_rfc3339};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::schema::Table;
use crate::table::readers::Hold;
use crate::table::scan::read_files;
use crate::table::{DataFile, Lake, Snapshot};

/// A published set of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Number of the cycle, from 1.
    pub cycle: i64,
    /// Version per table of results.
    pub versions: BTreeMap<String, i64>,
    /// What went in.
    pub inputs: Inputs,
    /// When it was published.
    pub finished_at: Micros,
    /// Keeps its files where they are.
    held: Held,
}

/// What keeps the files of a set for as long as somebody has it. It says nothing of the set.
#[derive(Debug, Clone, Default)]
struct Held(Option<Arc<Hold>>);

impl PartialEq for Held {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Held {}

/// What a cycle read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Version of `readings_raw`.
    pub readings_raw: i64,
    /// Sequence of the registry.
    pub registry: i64,
    /// Deadlines up to this instant have passed.
    pub deadline: Micros,
    /// Per community the first local day that has a value: before it, silence is not a gap.
    #[serde(default)]
    pub first_days: BTreeMap<String, NaiveDate>,
}

/// One row of `runs`.
#[derive(Debug, Clone)]
pub struct RunRow {
    pub cycle: i64,
    /// `published`, `done` or `held`.
    pub state: &'static str,
    pub community_id: Option<String>,
    pub window: Option<String>,
    pub started_at: Micros,
    pub finished_at: Micros,
    pub program: String,
    pub versions: String,
    pub inputs: String,
    pub runs: String,
    pub detail: String,
}

/// Rows of `runs` as a batch.
///
/// # Errors
/// Internal, when the columns do not fit.
pub fn to_batch(rows: &[RunRow]) -> Result<RecordBatch> {
    let text =
        |f: &dyn Fn(&RunRow) -> &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(rows.iter().map(f))) };
    let optional =
        |f: &dyn Fn(&RunRow) -> Option<&str>| -> ArrayRef { Arc::new(rows.iter().map(f).collect::<StringArray>()) };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.cycle))),
        text(&|r| r.state),
        optional(&|r| r.community_id.as_deref()),
        optional(&|r| r.window.as_deref()),
        crate::schema::arrays::times(rows.iter().map(|r| r.started_at)),
        crate::schema::arrays::times(rows.iter().map(|r| r.finished_at)),
        text(&|r| &r.program),
        text(&|r| &r.versions),
        text(&|r| &r.inputs),
        text(&|r| &r.runs),
        text(&|r| &r.detail),
    ];
    Ok(RecordBatch::try_new(Table::Runs.file_schema(), columns)?)
}

impl Lake {
    /// The set published last, if any cycle has published.
    ///
    /// # Errors
    /// Environment, when the table cannot be read.
    pub async fn published(&self) -> Result<Option<Published>> {
        Ok(newest_published(&self.snapshot(Table::Runs).await?).await?.map(|set| self.held(set)))
    }

    fn held(&self, set: Published) -> Published {
        let versions = set.versions.iter().filter_map(|(name, version)| Some((Table::parse(name)?, *version)));
        let hold = self.readers.hold(versions.collect());
        Published { held: Held(Some(Arc::new(hold))), ..set }
    }

    /// The set that was published last at an instant, whether or not it is kept ([`Lake::is_kept`]).
    ///
    /// # Errors
    /// Environment, when the table cannot be read.
    pub async fn published_at(&self, at: Micros) -> Result<Option<Published>> {
        let snapshot = self.snapshot(Table::Runs).await?;
        let all = read_published(&snapshot, snapshot.files()?.to_vec()).await?;
        Ok(all.into_iter().rfind(|p| p.finished_at <= at).map(|set| self.held(set)))
    }

    /// A table as a published set holds it.
    ///
    /// # Errors
    /// User, when the set does not hold the table or its version is no longer kept.
    pub async fn published_snapshot(&self, published: &Published, table: Table) -> Result<Snapshot> {
        let version = match published.versions.get(table.name()) {
            Some(version) => *version,
            // A table that is younger than the set was empty then, as it is created.
            None if Table::RESULTS.contains(&table) => 0,
            None => return Err(Error::user(format!("`{}` is not published", table.name()))),
        };
        self.snapshot_at(table, version).await
    }
}

impl Lake {
    /// The start of the newest interval that a published set holds, by community.
    ///
    /// # Errors
    /// Environment, when the log cannot be read.
    pub async fn newest_intervals(&self, published: &Published) -> Result<BTreeMap<String, Micros>> {
        let mut newest = BTreeMap::new();
        for file in self.published_snapshot(published, Table::Balances).await?.files()? {
            let high = file.bounds.get("interval_start").and_then(|(_, high)| parse_rfc3339(high.as_str()?));
            if let Some(high) = high {
                let of_community = newest.entry(file.partition.clone()).or_insert(high);
                *of_community = high.max(*of_community);
            }
        }
        Ok(newest)
    }
}

impl Published {
    /// How many files of another lake's results are, byte for byte, files of this set in `lake`, and how many are not:
    /// the name of a file holds the digest of its bytes.
    ///
    /// # Errors
    /// Environment, when a log cannot be read.
    pub async fn matches(&self, lake: &Lake, other: &Lake) -> Result<(usize, usize)> {
        let (mut same, mut different) = (0, 0);
        // Tables that came later are not in a set of an older version of the program.
        for table in Table::RESULTS.into_iter().filter(|t| self.versions.contains_key(t.name())) {
            let (here, there) = (lake.published_snapshot(self, table).await?, other.snapshot(table).await?);
            let own: std::collections::BTreeSet<&str> = here.files()?.iter().map(|f| f.path.as_str()).collect();
            for file in there.files()? {
                if own.contains(file.path.as_str()) {
                    same += 1;
                } else {
                    different += 1;
                }
            }
        }
        Ok((same, different))
    }
}

impl Lake {
    /// The times of a community whose energy a published set has shared, in order: without the intervals that are held,
    /// and those in which nobody took part.
    ///
    /// # Errors
    /// Environment, when the table cannot be read.
    pub async fn shared_spans(&self, published: &Published, community: &str, grid: Micros) -> Result<Vec<Span>> {
        let snapshot = self.published_snapshot(published, Table::Balances).await?;
        let files = snapshot.files()?.iter().filter(|f| f.partition == community).cloned().collect();
        let mut starts = Vec::new();
        for batch in read_files(&snapshot, files, &["interval_start", "status", "expected_points"]).await? {
            let times = batch.column(0).as_primitive::<TimestampMicrosecondType>().values();
            let statuses = cast(batch.column(1), &DataType::Utf8)?;
            let expected = cast(batch.column(2), &DataType::Int64)?;
            let expected = expected.as_primitive::<Int64Type>().values();
            let rows = times.iter().zip(statuses.as_string::<i32>()).zip(expected);
            let shared = rows.filter(|((_, status), expected)| *status != Some("held") && **expected > 0);
            starts.extend(shared.map(|((start, _), _)| *start));
        }
        starts.sort_unstable();
        let mut spans: Vec<Span> = Vec::new();
        for start in starts {
            match spans.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(start + grid),
                _ => spans.push(Span { start, end: start + grid }),
            }
        }
        Ok(spans)
    }
}

/// What a cycle did for one community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub cycle: i64,
    pub community_id: String,
    /// Local days, apart by blanks.
    pub window: String,
    /// The rows that broke a check, when one did: the community then keeps what it had.
    pub held: Option<String>,
}

impl Lake {
    /// What the cycles after a given one did, by community, the oldest first.
    ///
    /// # Errors
    /// Environment, when the table cannot be read.
    pub async fn outcomes_after(&self, cycle: i64) -> Result<Vec<Outcome>> {
        let snapshot = self.snapshot(Table::Runs).await?;
        let files = snapshot.files()?.iter().filter(|f| newest_cycle(f) > cycle).cloned().collect();
        let mut all = Vec::new();
        for batch in read_files(&snapshot, files, &["cycle", "state", "community_id", "detail", "window"]).await? {
            let cycles = batch.column(0).as_primitive::<Int64Type>();
            let text = |i: usize| -> Result<StringArray> {
                Ok(cast(batch.column(i), &DataType::Utf8)?.as_string::<i32>().clone())
            };
            let (states, communities, details, windows) = (text(1)?, text(2)?, text(3)?, text(4)?);
            for i in (0..batch.num_rows()).filter(|i| cycles.value(*i) > cycle && !communities.is_null(*i)) {
                all.push(Outcome {
                    cycle: cycles.value(i),
                    community_id: communities.value(i).to_string(),
                    window: windows.value(i).to_string(),
                    held: (states.value(i) == "held").then(|| details.value(i).to_string()),
                });
            }
        }
        all.sort_by_key(|o| o.cycle);
        Ok(all)
    }
}

/// The set that a version of `runs` has published last.
pub(super) async fn newest_published(snapshot: &Snapshot) -> Result<Option<Published>> {
    let newest = snapshot.files()?.iter().max_by_key(|f| newest_cycle(f)).cloned();
    let Some(newest) = newest else { return Ok(None) };
    Ok(read_published(snapshot, vec![newest]).await?.pop())
}

pub(super) fn newest_cycle(file: &DataFile) -> i64 {
    file.bounds.get("cycle").and_then(|(_, high)| high.as_i64()).unwrap_or(0)
}

async fn read_published(snapshot: &Snapshot, files: Vec<DataFile>) -> Result<Vec<Published>> {
    let columns = ["cycle", "state", "versions", "inputs", "finished_at"];
    let mut all = Vec::new();
    for batch in read_files(snapshot, files, &columns).await? {
        let cycles = batch.column(0).as_primitive::<Int64Type>();
        let text = |i: usize| -> Result<StringArray> {
            Ok(cast(batch.column(i), &DataType::Utf8)?.as_string::<i32>().clone())
        };
        let (states, versions, inputs) = (text(1)?, text(2)?, text(3)?);
        let finished = batch.column(4).as_primitive::<TimestampMicrosecondType>();
        for i in (0..batch.num_rows()).filter(|i| states.value(*i) == "published") {
            let bad = |e: serde_json::Error| Error::internal(format!("runs, cycle {}: {e}", cycles.value(i)));
            all.push(Published {
                cycle: cycles.value(i),
                versions: serde_json::from_str(versions.value(i)).map_err(bad)?,
                inputs: serde_json::from_str(inputs.value(i)).map_err(bad)?,
                finished_at: finished.value(i),
                held: Held::default(),
            });
        }
    }
    all.sort_by_key(|p| p.cycle);
    Ok(all)
}
