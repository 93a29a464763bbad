//! Which published sets are kept: every one that could be seen in the last quarter-hour, and the one of each midnight
//! (UTC) of a week. `--as-of` opens those; what was published at any other instant is computed again from its inputs.

use std::collections::BTreeMap;

use arrow::array::{AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};

use super::runs::newest_cycle;
use super::scan::read_files;
use super::{Lake, Published};
use crate::calendar::SECOND;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::schema::Table;

/// For so long everything that was published can be opened.
const ALL_OF: Micros = 900 * SECOND;
const DAY: Micros = 86_400 * SECOND;
/// For as many days one set of each can.
const DAYS: i64 = 7;

/// A published set, by its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    pub cycle: i64,
    pub finished_at: Micros,
    /// When the next one took its place.
    pub replaced_at: Option<Micros>,
    pub versions: BTreeMap<String, i64>,
}

impl Set {
    /// Whether it could be seen in the last quarter-hour, or can be.
    pub fn is_recent(&self, now: Micros) -> bool {
        self.replaced_at.is_none_or(|at| at > now - ALL_OF)
    }

    /// The last midnight of a week at which it was what was published.
    pub fn midnight(&self, now: Micros) -> Option<Micros> {
        let last = self.replaced_at.unwrap_or(Micros::MAX).saturating_sub(1).min(now).div_euclid(DAY) * DAY;
        (last >= self.finished_at && last > now - DAYS * DAY).then_some(last)
    }

    fn is_kept(&self, now: Micros) -> bool {
        self.is_recent(now) || self.midnight(now).is_some()
    }
}

/// The sets that are kept, in their order, as they were known last.
#[derive(Debug, Default)]
pub(super) struct Sets(Vec<Set>);

impl Sets {
    fn add(&mut self, set: Set) {
        if let Some(before) = self.0.last_mut() {
            before.replaced_at = Some(set.finished_at);
        }
        self.0.push(set);
    }
}

impl Lake {
    /// The sets that are kept, the oldest first.
    ///
    /// # Errors
    /// Environment, when `runs` cannot be read.
    pub async fn kept_sets(&self, now: Micros) -> Result<Vec<Set>> {
        let mut known = self.sets.lock().await;
        let last = known.0.last().map_or(0, |set| set.cycle);
        let snapshot = self.snapshot(Table::Runs).await?;
        let mut files: Vec<_> = snapshot.files()?.iter().filter(|f| newest_cycle(f) > last).cloned().collect();
        files.sort_by_key(newest_cycle);
        for file in files {
            for batch in read_files(&snapshot, vec![file], &["cycle", "state", "finished_at", "versions"]).await? {
                let cycles = batch.column(0).as_primitive::<Int64Type>();
                let text = |i: usize| -> Result<StringArray> {
                    Ok(cast(batch.column(i), &DataType::Utf8)?.as_string::<i32>().clone())
                };
                let (states, versions) = (text(1)?, text(3)?);
                let finished = batch.column(2).as_primitive::<TimestampMicrosecondType>();
                let mut new: Vec<usize> = (0..batch.num_rows()).filter(|i| cycles.value(*i) > last).collect();
                new.sort_by_key(|i| cycles.value(*i));
                for i in new.into_iter().filter(|i| states.value(*i) == "published") {
                    let (cycle, finished_at) = (cycles.value(i), finished.value(i));
                    let bad = |e: serde_json::Error| Error::internal(format!("runs, cycle {cycle}: {e}"));
                    let versions = serde_json::from_str(versions.value(i)).map_err(bad)?;
                    known.add(Set { cycle, finished_at, replaced_at: None, versions });
                }
            }
            // Of years of sets only those that are kept stay in memory.
            known.0.retain(|set| set.is_kept(now));
        }
        known.0.retain(|set| set.is_kept(now));
        Ok(known.0.clone())
    }

    /// Whether a set can still be opened.
    ///
    /// # Errors
    /// As [`Lake::kept_sets`].
    pub async fn is_kept(&self, published: &Published, now: Micros) -> Result<bool> {
        Ok(self.kept_sets(now).await?.iter().any(|set| set.cycle == published.cycle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_rfc3339;

    fn at(text: &str) -> Micros {
        parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_quarter_hour_of_sets_and_a_week_of_midnights() {
        let now = at("2026-06-20T10:07:00Z");
        let mut sets = Sets::default();
        // Every quarter-hour for nine days, with a gap of a day and a half.
        let mut finished_at = at("2026-06-11T10:00:30Z");
        while finished_at <= now {
            if !(at("2026-06-16T12:00:00Z")..at("2026-06-18T00:00:10Z")).contains(&finished_at) {
                let cycle = sets.0.len() as i64 + 1;
                sets.add(Set { cycle, finished_at, replaced_at: None, versions: BTreeMap::new() });
            }
            finished_at += ALL_OF;
        }
        let kept: Vec<&Set> = sets.0.iter().filter(|set| set.is_kept(now)).collect();
        let shown: Vec<String> = kept.iter().map(|set| crate::calendar::rfc3339(set.finished_at)).collect();
        assert_eq!(
            shown.iter().map(|text| &text[5..16]).collect::<Vec<_>>(),
            // The set of the 16th was what was published at two midnights.
            [
                "06-13T23:45",
                "06-14T23:45",
                "06-15T23:45",
                "06-16T11:45",
                "06-18T23:45",
                "06-19T23:45",
                "06-20T09:45",
                "06-20T10:00"
            ]
        );
        assert_eq!(kept[3].midnight(now), Some(at("2026-06-18T00:00:00Z")));
        // What was published can be seen until something takes its place, however old it is.
        let later = now + 30 * DAY;
        assert_eq!(sets.0.iter().filter(|set| set.is_kept(later)).count(), 1);
        assert!(sets.0.last().unwrap().is_recent(later));
    }
}
