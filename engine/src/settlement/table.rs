//! The tables `sharing` and `point_months`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result as DfResult;
use datafusion::datasource::{MemTable, TableProvider, TableType};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use super::account;
use super::columns::{Columns, Unit};
use super::exec::{Output, SettlementExec, directions};
use super::pass::Shared;
use crate::calendar::Span;
use crate::error::{Error, Result};
use crate::job::storage::{Stocks, has_storages};
use crate::registry::Registry;

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
    has_storages: bool,
    input: Arc<dyn TableProvider>,
    sharing: SchemaRef,
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
            Unit::Kwh => *energy.data_type() == crate::schema::decimal(),
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

    /// Registers `sharing` and `point_months`.
    ///
    /// # Errors
    /// Internal, when the session refuses a name.
    #[expect(clippy::disallowed_methods, reason = "these tables read through one that was let into the session")]
    pub fn register(self: &Arc<Self>, session: &SessionContext) -> Result<()> {
        session.register_table("sharing", Arc::new(Sharing(Arc::clone(self))))?;
        session.register_table("point_months", Arc::new(PointMonths(Arc::clone(self))))?;
        Ok(())
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
    fn kept(&self) -> Option<Vec<RecordBatch>> {
        let kept = self.kept.lock().ok()?;
        let (_, partitions) = *kept.keys().next()?;
        (kept.len() == partitions).then(|| kept.values().flatten().cloned().collect())
    }

    async fn plan(
        self: &Arc<Self>,
        state: &dyn Session,
        filters: &[Expr],
        output: Output,
        schema: SchemaRef,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let source = self.input.schema();
        let projection =
            self.columns.names().iter().map(|name| source.index_of(name)).collect::<Result<Vec<_>, _>>()?;
        let input = self.input.scan(state, Some(&projection), filters, None).await?;
        Ok(Arc::new(SettlementExec::try_new(Arc::clone(self), input, output, &schema)?))
    }

    /// Whether a condition leaves intervals whole: it asks for communities or times. What a storage gives in an interval
    /// depends on all before it, so with storages no time is left out.
    fn keeps_intervals(&self, filter: &Expr) -> bool {
        let known = [&self.columns.community, &self.columns.interval_start];
        let known = &known[..if self.has_storages { 1 } else { 2 }];
        filter.column_refs().iter().all(|c| known.contains(&&c.name))
    }
}

/// One row per reading: what it was given, and what is left.
#[derive(Debug)]
struct Sharing(Arc<Settlement>);

#[async_trait]
impl TableProvider for Sharing {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.sharing)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        let support = |f: &&Expr| match self.0.keeps_intervals(f) {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.0.sharing.fields().len()).collect());
        let schema = Arc::new(self.0.sharing.project(&columns)?);
        let output = Output::Rows { columns, is_all: filters.is_empty() };
        self.0.plan(state, filters, output, schema).await
    }
}

/// One row per metering point, direction and month: energies, amounts at each interval's own prices, avoided CO2e.
#[derive(Debug)]
struct PointMonths(Arc<Settlement>);

#[async_trait]
impl TableProvider for PointMonths {
    fn schema(&self) -> SchemaRef {
        account::schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        if let Some(months) = self.0.kept() {
            let table = MemTable::try_new(account::schema(), vec![months])?;
            return table.scan(state, projection, filters, limit).await;
        }
        let schema = account::schema();
        let columns = projection.cloned().unwrap_or_else(|| (0..schema.fields().len()).collect());
        let projected = Arc::new(schema.project(&columns)?);
        self.0.plan(state, &[], Output::Months(columns), projected).await
    }
}
