//! Coefficients that an organiser supplies for every interval.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::clock::Micros;

/// One in millionths: the precision in which coefficients are kept.
pub const ONE_MICRO: i64 = 1_000_000;

/// Coefficients of a series: per interval, one per consuming point or per pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coefficients {
    /// Consuming point, and the producing one where the key is per pair.
    pub columns: Vec<(String, Option<String>)>,
    /// By start of the interval, in millionths of the production; a column without a value has 0.
    pub rows: BTreeMap<Micros, Vec<i64>>,
}

/// Coefficients whose columns are numbers of points.
#[derive(Debug, Clone)]
pub(super) struct BoundCoefficients {
    source: Arc<Coefficients>,
    /// (consumer, producer, column); the producer is 0 where the key is not per pair.
    pub places: Vec<(usize, usize, usize)>,
}

impl BoundCoefficients {
    /// Binds the columns whose points are there. Without producers, columns per consumer; with them, per pair.
    pub fn new(source: &Arc<Coefficients>, consumers: &[String], producers: &[String], sinks: &[usize]) -> Self {
        let place = |(column, (consumer, producer)): (usize, &(String, Option<String>))| {
            let consumer = consumers.binary_search(consumer).ok().filter(|n| sinks.binary_search(n).is_ok())?;
            let producer = match (producer, producers) {
                (None, []) => 0,
                (Some(id), [_, ..]) => producers.binary_search(id).ok()?,
                // One file for all plants of a key per pair, or the other way round, names nobody.
                _ => return None,
            };
            Some((consumer, producer, column))
        };
        let mut places: Vec<_> = source.columns.iter().enumerate().filter_map(place).collect();
        places.sort_unstable();
        Self { source: Arc::clone(source), places }
    }

    /// The coefficients of an interval, by column.
    pub fn at(&self, start: Micros) -> Option<&[i64]> {
        self.source.rows.get(&start).map(Vec::as_slice)
    }
}
