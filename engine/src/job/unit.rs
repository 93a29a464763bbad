//! One unit of a cycle: some local days of one community within one local month.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::util::display::FormatOptions;
use arrow::util::pretty::pretty_format_batches;
use chrono::NaiveDate;
use datafusion::prelude::SessionContext;

use super::files::sorted;
use super::graph::{Check, Graph, Job};
use super::inputs::bills::register_bills;
use super::inputs::items::register_items;
use super::inputs::master::register_days;
use super::inputs::master::register_master;
use super::inputs::month::register_month;
use super::inputs::settled::register_settled;
use crate::billing::Billing;
use crate::calendar::{SECOND, month_span};
use crate::error::{Error, Result};
use crate::factors::factor_periods;
use crate::price::PriceBook;
use crate::registry::Registry;
use crate::schema::Table;
use crate::session::columns::register_rows;
use crate::session::repeated;
use crate::settlement::community::Community;
use crate::settlement::results::Settled;

/// Most rows of a violation that are kept for the operator.
const VIOLATION_ROWS_MAX: usize = 20;
/// The check of storages: only communities that have one have the tables that it reads.
const STORAGE_CHECK: &str = "storage_adds_up";

/// Rows per table, without the partition column, in the order of the table.
pub type Rows = BTreeMap<Table, Vec<RecordBatch>>;

/// A check that gave rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub check: &'static str,
    /// The first rows, as a table a person can read.
    pub rows: String,
}

/// What the master data and the window say, for both stages of a unit.
pub struct Unit<'a> {
    pub graph: &'a Graph,
    pub registry: &'a Registry,
    pub community: &'a Community<'a>,
    pub month: NaiveDate,
    /// The local days of the window.
    pub days: &'a BTreeSet<NaiveDate>,
    /// The first local day that ever had a value: before it, silence is not a gap.
    pub first: Option<NaiveDate>,
    pub closed: &'a (dyn Fn(NaiveDate) -> bool + Sync),
}

impl Unit<'_> {
    /// Runs the jobs that read the days of the window, and their checks.
    ///
    /// # Errors
    /// Internal, when the SQL of a job does not fill its table.
    pub async fn run_days(&self, settled: &Settled) -> Result<(Rows, Vec<Violation>)> {
        let sessions = self.graph.sessions.take();
        let session = &sessions.days;
        let book = self.book();
        let (community, span) = (self.community, month_span(self.community.zone(), self.month));
        let grid = i64::from(community.grid_seconds()) * SECOND;
        let factors = factor_periods(self.registry, community.id(), grid, span);
        register_settled(session, community, self.registry, &book, &factors, settled)?;
        register_master(session, self.registry, self.community.id(), &book)?;
        register_days(session, settled, self.closed, self.community.grid_seconds())?;
        let mut rows = Rows::new();
        let has_storages = community.has_storages();
        let of_days = |j: &&Job| !j.table.is_of_month() && (has_storages || j.table != Table::Storage);
        for job in self.graph.jobs.iter().filter(of_days) {
            let batches = run(session, job.table, job.sql).await?;
            register_with_community(session, job.table, self.community.id(), &batches)?;
            rows.insert(job.table, batches);
        }
        let violations = self.check(session, false).await?;
        repeated::empty(session);
        self.graph.sessions.give(sessions);
        Ok((rows, violations))
    }

    /// Runs the jobs that read whole months, and their checks. `month_rows` holds all rows of the month.
    ///
    /// # Errors
    /// Internal, when the SQL of a job does not fill its table.
    pub async fn run_month(&self, month_rows: &Rows, day_runs: &[String]) -> Result<(Rows, Vec<Violation>)> {
        let sessions = self.graph.sessions.take();
        let session = &sessions.month;
        register_master(session, self.registry, self.community.id(), &self.book())?;
        let statement_run = register_month(
            session,
            self.registry,
            self.community,
            self.month,
            self.first,
            &self.graph.digest,
            day_runs,
        )?;
        let bills: Vec<&Billing> = self.registry.bills_of(self.community.id(), self.month).collect();
        register_bills(session, &statement_run, &bills)?;
        for (table, batches) in month_rows {
            register_with_community(session, *table, self.community.id(), batches)?;
        }
        register_items(session)?;
        for sums in &self.graph.sums {
            let queried = repeated::query(session, sums.sql, None).await;
            let (schema, rows) = queried.map_err(|e| wrong_sql(sums.name, &e))?;
            register_rows(session, sums.name, schema, rows)?;
        }
        let mut rows = Rows::new();
        for job in self.graph.jobs.iter().filter(|j| j.table.is_of_month()) {
            let batches = match job.table {
                // Without a bill there is nothing to tell and nothing to correct.
                Table::BilledLines | Table::Corrections if bills.is_empty() => vec![],
                _ => run(session, job.table, job.sql).await?,
            };
            register_with_community(session, job.table, self.community.id(), &batches)?;
            rows.insert(job.table, batches);
        }
        let violations = self.check(session, true).await?;
        repeated::empty(session);
        self.graph.sessions.give(sessions);
        Ok((rows, violations))
    }

    /// The prices of the month.
    pub(super) fn book(&self) -> PriceBook<'_> {
        let (community, zone) = (self.community, self.community.zone());
        let grid = i64::from(community.grid_seconds()) * SECOND;
        PriceBook::new(self.registry, community.id(), zone, grid, month_span(zone, self.month))
    }

    async fn check(&self, session: &SessionContext, of_month: bool) -> Result<Vec<Violation>> {
        let mut violations = Vec::new();
        let has_storages = self.community.has_storages();
        let wanted = |c: &&Check| c.of_month == of_month && (has_storages || c.name != STORAGE_CHECK);
        for check in self.graph.checks.iter().filter(wanted) {
            let batches = repeated::run(session, check.sql, Some(VIOLATION_ROWS_MAX)).await;
            let batches = batches.map_err(|e| wrong_sql(check.name, &e))?;
            if batches.iter().any(|b| b.num_rows() > 0) {
                violations.push(Violation { check: check.name, rows: pretty_format_batches(&batches)?.to_string() });
            }
        }
        Ok(violations)
    }
}

fn wrong_sql(name: &str, e: &datafusion::error::DataFusionError) -> Error {
    Error::internal(format!("{name}.sql: {}", e.strip_backtrace()))
}

async fn run(session: &SessionContext, table: Table, sql: &'static str) -> Result<Vec<RecordBatch>> {
    let batches = repeated::run(session, sql, None).await.map_err(|e| wrong_sql(table.name(), &e))?;
    let batches = batches.iter().filter(|b| b.num_rows() > 0).map(|b| conform(table, b)).collect::<Result<Vec<_>>>()?;
    Ok(sorted(table, &batches)?.into_iter().collect())
}

/// Brings rows to the columns of the files of a table, and refuses what would lose a digit.
fn conform(table: Table, batch: &RecordBatch) -> Result<RecordBatch> {
    let schema = table.file_schema();
    let exact = CastOptions { safe: false, format_options: FormatOptions::default() };
    let columns = schema
        .fields()
        .iter()
        .map(|field| {
            let column = batch
                .column_by_name(field.name())
                .ok_or_else(|| Error::internal(format!("{}.sql has no column {}", table.name(), field.name())))?;
            cast_with_options(column, field.data_type(), &exact)
                .map_err(|e| Error::internal(format!("{}.sql, column {}: {e}", table.name(), field.name())))
        })
        .collect::<Result<Vec<_>>>()?;
    if let (Some("community_id"), Some(column)) = (table.partition_column(), batch.column_by_name("community_id")) {
        let column = arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8)?;
        let distinct: BTreeSet<_> = column.as_string::<i32>().iter().collect();
        if distinct.len() > 1 {
            return Err(Error::internal(format!("{}.sql mixes communities: {distinct:?}", table.name())));
        }
    }
    RecordBatch::try_new(schema, columns).map_err(|e| Error::internal(format!("{}.sql: {e}", table.name())))
}

fn register_with_community(
    session: &SessionContext,
    table: Table,
    community: &str,
    batches: &[RecordBatch],
) -> Result<()> {
    let with = with_community(table, community, batches)?;
    repeated::register_sorted(session, table.name(), table.schema(), table.order(), with)
}

/// Rows of a table of results with the column that its files do not have.
pub(super) fn with_community(table: Table, community: &str, batches: &[RecordBatch]) -> Result<Vec<RecordBatch>> {
    let schema = table.schema();
    batches
        .iter()
        .map(|b| {
            let mut columns = b.columns().to_vec();
            let ids = std::iter::repeat_n(community, b.num_rows());
            columns.push(Arc::new(arrow::array::StringArray::from_iter_values(ids)));
            Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?)
        })
        .collect()
}
