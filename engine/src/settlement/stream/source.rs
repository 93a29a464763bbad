//! What is settled: a table of readings and the master data by which it is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::TableProvider;

use super::columns::{Columns, Unit, directions};
use super::pass::Shared;
use crate::calendar::Span;
use crate::error::{Error, Result};
use crate::registry::Registry;
use crate::settlement::community::{Stocks, has_storages};

/// Readings and the master data by which they are settled.
#[derive(Debug)]
pub struct Settlement {
    pub(super) registry: Arc<Registry>,
    pub(super) columns: Columns,
    /// The time that the readings lie in.
    pub(super) span: Span,
    /// What storages hold before the span, by community.
    pub(super) openings: Arc<BTreeMap<String, Stocks>>,
    /// Whether an interval depends on those before it.
    pub(super) has_storages: bool,
    pub(super) input: Arc<dyn TableProvider>,
    pub(super) sharing: SchemaRef,
    /// Months of a pass over all rows of `sharing`, by partition: they come for nothing, so they are kept.
    kept: Mutex<BTreeMap<(usize, usize), Option<RecordBatch>>>,
}

impl Settlement {
    /// Over a table of readings that is sorted by (community, interval, metering point) and says so.
    ///
    /// # Errors
    /// User, when the table lacks a column.
    pub fn new(
        registry: Arc<Registry>,
        columns: Columns,
        span: Span,
        input: Arc<dyn TableProvider>,
    ) -> Result<Arc<Self>> {
        let schema = input.schema();
        let field = |name: &str| {
            let found = schema.field_with_name(name).cloned();
            found.map_err(|_| Error::user(format!("the table of readings has no column {name}")))
        };
        let energy = field(&columns.energy)?;
        let is_of_unit = match columns.unit {
            Unit::Kwh => *energy.data_type() == crate::field::decimal(),
            Unit::Whole(_) => *energy.data_type() == DataType::Int64,
        };
        if !is_of_unit {
            let (name, found) = (energy.name(), energy.data_type());
            return Err(Error::user(format!("column {name} is of type {found}, which is not that of its unit")));
        }
        let direction = match &columns.direction {
            Some(name) => field(name)?,
            None => {
                let words = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
                Field::new("direction", words, false)
            }
        };
        let suffix = columns.energy.strip_prefix("energy").unwrap_or_default();
        let derived = |name: &str| energy.clone().with_name(format!("{name}{suffix}")).with_nullable(true);
        let sharing = Arc::new(Schema::new(vec![
            field(&columns.community)?,
            field(&columns.interval_start)?,
            field(&columns.metering_point)?,
            direction,
            energy.clone(),
            derived("allocated"),
            derived("rest"),
        ]));
        let has_storages = registry.communities.keys().any(|id| has_storages(&registry, id));
        let (openings, kept) = (Arc::default(), Mutex::default());
        Ok(Arc::new(Self { registry, columns, span, openings, has_storages, input, sharing, kept }))
    }

    /// The same, with what storages hold before the span, by community; without it they begin empty.
    pub fn opening_with(self: Arc<Self>, openings: BTreeMap<String, Stocks>) -> Arc<Self> {
        let Self { registry, columns, span, has_storages, input, sharing, .. } = &*self;
        Arc::new(Self {
            registry: Arc::clone(registry),
            columns: columns.clone(),
            span: *span,
            openings: Arc::new(openings),
            has_storages: *has_storages,
            input: Arc::clone(input),
            sharing: Arc::clone(sharing),
            kept: Mutex::default(),
        })
    }

    /// A column of `sharing`.
    pub(super) fn column(&self, part: &Shared, number: usize) -> Result<ArrayRef> {
        let input = |n: usize| part.rows.columns().get(n).cloned();
        let column = match number {
            0..=2 => input(number),
            3 if self.columns.direction.is_some() => input(4),
            3 => Some(directions(part.exports.iter().copied(), &self.columns.direction_words)?),
            4 => input(3),
            5 => Some(Arc::clone(&part.allocated)),
            _ => Some(Arc::clone(&part.rest)),
        };
        column.ok_or_else(|| Error::internal(format!("column {number} of sharing")))
    }

    /// Keeps the months of one partition of a pass over everything.
    pub(super) fn keep(&self, place: (usize, usize), months: Option<RecordBatch>) {
        if let Ok(mut kept) = self.kept.lock() {
            // Of a pass that was cut otherwise, nothing fits.
            kept.retain(|(_, partitions), _| *partitions == place.1);
            kept.insert(place, months);
        }
    }

    /// The months, when a pass over everything has ended.
    pub(super) fn kept(&self) -> Option<Vec<RecordBatch>> {
        let kept = self.kept.lock().ok()?;
        let (_, partitions) = *kept.keys().next()?;
        (kept.len() == partitions).then(|| kept.values().flatten().cloned().collect())
    }
}
