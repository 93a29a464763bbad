//! The scan: a plain Parquet scan over the file list of a pinned version.
//!
//! It declares what delta-rs' own provider drops: the order of the rows, the bounds of each file and the partitioning
//! by community. It lists only the files of the communities that the session may see; what is not listed is never
//! opened. The partitioning is declared as a range: declared as a hash, partitioned joins would lose rows silently.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, DFSchema, Result as DfResult, ScalarValue, SplitPoint, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, Operator, TableProviderFilterPushDown};
use datafusion::physical_expr::expressions::{Column, binary, col, is_null, lit};
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalExpr, PhysicalSortExpr, RangePartitioning};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::prelude::SessionContext;
use serde_json::Value;

use super::file::{DataFile, VERSION};
use super::snapshot::Snapshot;
use crate::calendar::{Span, parse_rfc3339};
use crate::error::{Error, Result};
use crate::schema::Table;

/// Which files of a table a session may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    /// All: the operator, and jobs over tables without a community.
    All,
    /// The files of these communities; nothing of tables that have no community in their path.
    Communities(BTreeSet<String>),
}

/// A pinned version of a table as DataFusion sees it.
#[derive(Debug)]
pub struct LakeTable {
    table: Table,
    schema: SchemaRef,
    files: Vec<DataFile>,
    store_url: ObjectStoreUrl,
    store: Arc<dyn object_store::ObjectStore>,
    /// Only rows that had come by this version of the table: some of the files hold later ones too.
    rows_upto: Option<i64>,
}

impl LakeTable {
    /// The visible files of a pinned version.
    ///
    /// # Errors
    /// Internal, when the log cannot be read.
    pub fn new(snapshot: &Snapshot, visible: &Visible) -> Result<Self> {
        let by_community = snapshot.table.is_by_community();
        let files = snapshot.files()?.iter().filter(|f| match visible {
            Visible::All => true,
            Visible::Communities(communities) => by_community && communities.contains(&f.partition),
        });
        Self::over(snapshot, files.cloned().collect())
    }

    /// Some files of a pinned version.
    ///
    /// # Errors
    /// Internal, when the table has no name that a URL can hold.
    pub fn over(snapshot: &Snapshot, mut files: Vec<DataFile>) -> Result<Self> {
        let table = snapshot.table;
        files.sort_by(|a, b| (&a.partition, &a.path).cmp(&(&b.partition, &b.path)));
        let came_later = |upto: &i64| files.iter().any(|f| f.versions().is_some_and(|(_, last)| last > *upto));
        let rows_upto = snapshot.rows_upto().filter(came_later);
        Ok(Self {
            table,
            schema: table.schema(),
            files,
            store_url: ObjectStoreUrl::parse(format!("lake://{}", table.name().replace('_', "-")))?,
            store: snapshot.store(),
            rows_upto,
        })
    }

    /// Keeps only files that may hold rows of the span, by the bounds of a time column.
    pub fn within(mut self, column: &str, span: Span) -> Self {
        self.files.retain(|f| match f.bounds.get(column).and_then(|(l, h)| Some((micros(l)?, micros(h)?))) {
            Some((low, high)) => low < span.end && high >= span.start,
            None => true,
        });
        self
    }

    /// Makes the files of the table readable in a session, without giving it a name there.
    pub fn readable_in(self, session: &SessionContext) -> Arc<dyn TableProvider> {
        session.register_object_store(self.store_url.as_ref(), Arc::clone(&self.store));
        Arc::new(self)
    }

    /// Registers the table under its own name.
    ///
    /// # Errors
    /// Internal, when the session refuses the name.
    #[expect(clippy::disallowed_methods, reason = "this is the one door through which tables enter a session")]
    pub fn register(self, session: &SessionContext) -> Result<()> {
        let name = self.table.name();
        session.register_object_store(self.store_url.as_ref(), Arc::clone(&self.store));
        session.register_table(name, Arc::new(self))?;
        Ok(())
    }

    fn partition_value(&self, file: &DataFile) -> DfResult<Vec<ScalarValue>> {
        let Some(field) = self.table.partition_field() else { return Ok(vec![]) };
        let text = ScalarValue::Utf8(Some(file.partition.clone()));
        Ok(vec![text.cast_to(field.data_type())?])
    }

    fn partitioned_file(&self, file: &DataFile) -> DfResult<PartitionedFile> {
        let mut partitioned = PartitionedFile::new(file.path.clone(), file.size);
        partitioned.partition_values = self.partition_value(file)?;
        Ok(partitioned.with_statistics(Arc::new(self.statistics(file))))
    }

    fn statistics(&self, file: &DataFile) -> Statistics {
        let file_schema = self.table.file_schema();
        let column_statistics = file_schema
            .fields()
            .iter()
            .map(|field| {
                let bounds = file.bounds.get(field.name());
                match bounds.and_then(|(l, h)| Some((scalar(l, field.data_type())?, scalar(h, field.data_type())?))) {
                    Some((low, high)) => ColumnStatistics {
                        min_value: Precision::Exact(low),
                        max_value: Precision::Exact(high),
                        // Bounds say nothing of nulls. Told that there are none, a column of one value is taken for it.
                        null_count: if field.is_nullable() { Precision::Absent } else { Precision::Exact(0) },
                        ..ColumnStatistics::new_unknown()
                    },
                    None => ColumnStatistics::new_unknown(),
                }
            })
            .collect();
        Statistics {
            num_rows: Precision::Exact(usize::try_from(file.rows).unwrap_or(usize::MAX)),
            total_byte_size: Precision::Absent,
            column_statistics,
        }
    }

    fn ordering(&self) -> DfResult<Option<LexOrdering>> {
        if !self.table.is_by_community() {
            return Ok(None);
        }
        let columns = std::iter::once("community_id").chain(self.table.order().iter().copied());
        let sort = columns
            .map(|c| Ok(PhysicalSortExpr::new_default(col(c, &self.schema)?).asc().nulls_last()))
            .collect::<DfResult<Vec<_>>>()?;
        Ok(LexOrdering::new(sort))
    }

    /// Files of whole communities in at most `groups` groups of about the same number of bytes, and the community that
    /// starts each group after the first.
    fn groups(&self, groups: usize) -> DfResult<(Vec<FileGroup>, Vec<String>)> {
        let total: u64 = self.files.iter().map(|f| f.size.max(1)).sum();
        let target = (total / groups.max(1) as u64).max(1);
        let mut out: Vec<Vec<PartitionedFile>> = vec![vec![]];
        let (mut splits, mut filled, mut last) = (vec![], 0, None::<&str>);
        for file in &self.files {
            if filled >= target && out.len() < groups && last != Some(file.partition.as_str()) {
                out.push(vec![]);
                splits.push(file.partition.clone());
                filled = 0;
            }
            filled += file.size.max(1);
            last = Some(&file.partition);
            if let Some(group) = out.last_mut() {
                group.push(self.partitioned_file(file)?);
            }
        }
        Ok((out.into_iter().map(FileGroup::new).collect(), splits))
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let Some(upto) = self.rows_upto else { return self.plan(state, projection, filters, limit) };
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let wanted = projection.unwrap_or(&all);
        let column = self.schema.index_of(VERSION)?;
        let mut with_version = wanted.clone();
        let place = wanted.iter().position(|n| *n == column).unwrap_or(wanted.len());
        if place == wanted.len() {
            with_version.push(column);
        }
        let rows = self.plan(state, Some(&with_version), filters, None)?;
        let version: Arc<dyn PhysicalExpr> = Arc::new(Column::new(VERSION, place));
        let by_then = binary(Arc::clone(&version), Operator::LtEq, lit(upto), &rows.schema())?;
        let kept = binary(is_null(version)?, Operator::Or, by_then, &rows.schema())?;
        let wanted = (0..wanted.len()).map(|n| {
            let name = rows.schema().field(n).name().clone();
            (Arc::new(Column::new(&name, n)) as Arc<dyn PhysicalExpr>, name)
        });
        let wanted: Vec<_> = wanted.collect();
        Ok(Arc::new(ProjectionExec::try_new(wanted, Arc::new(FilterExec::try_new(kept, rows)?))?))
    }
}

impl LakeTable {
    fn plan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let partition_fields: Vec<_> = self.table.partition_field().map(Arc::new).into_iter().collect();
        let table_schema =
            TableSchema::builder(self.table.file_schema()).with_table_partition_cols(partition_fields).build();
        let mut source = ParquetSource::new(table_schema);
        if let Some(filter) = conjunction(filters.to_vec()) {
            let schema = DFSchema::try_from(Arc::clone(&self.schema))?;
            source = source.with_predicate(state.create_physical_expr(filter, &schema)?);
        }
        let by_community = self.table.is_by_community();
        let (groups, splits) = self.groups(if by_community { state.config().target_partitions() } else { 1 })?;
        let mut config = FileScanConfigBuilder::new(self.store_url.clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_limit(limit)
            .with_projection_indices(projection.cloned())?;
        if let Some(ordering) = self.ordering()? {
            let community = LexOrdering::new(vec![ordering.first().clone()]);
            config = config.with_output_ordering(vec![ordering]);
            if let Some(community) = community {
                let splits = splits.into_iter().map(|s| SplitPoint::new(vec![ScalarValue::Utf8(Some(s))])).collect();
                let range = RangePartitioning::try_new(community, splits)?;
                config = config.with_output_partitioning(Some(Partitioning::Range(range)));
            }
        }
        Ok(DataSourceExec::from_data_source(config.build()))
    }
}

fn micros(value: &Value) -> Option<i64> {
    parse_rfc3339(value.as_str()?)
}

/// A bound of the log as a value of the column.
fn scalar(value: &Value, data_type: &DataType) -> Option<ScalarValue> {
    match data_type {
        DataType::Utf8 => Some(ScalarValue::Utf8(Some(value.as_str()?.to_string()))),
        DataType::Int64 => Some(ScalarValue::Int64(Some(value.as_i64()?))),
        DataType::Int32 => Some(ScalarValue::Int32(Some(i32::try_from(value.as_i64()?).ok()?))),
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            Some(ScalarValue::TimestampMicrosecond(Some(micros(value)?), zone.clone()))
        }
        DataType::Date32 => {
            let day: chrono::NaiveDate = value.as_str()?.parse().ok()?;
            let days = day.signed_duration_since(chrono::NaiveDate::default()).num_days();
            Some(ScalarValue::Date32(Some(i32::try_from(days).ok()?)))
        }
        _ => None,
    }
}

impl From<LakeTable> for Arc<dyn TableProvider> {
    fn from(table: LakeTable) -> Self {
        Arc::new(table)
    }
}

/// Reads rows of some files, one after the other, with all columns of the table.
///
/// # Errors
/// Environment, when a file cannot be read.
pub async fn read_files(
    snapshot: &Snapshot,
    files: Vec<DataFile>,
    columns: &[&str],
) -> Result<Vec<arrow::array::RecordBatch>> {
    let session = crate::session::plain();
    let table = LakeTable::over(snapshot, files)?;
    session.register_object_store(table.store_url.as_ref(), Arc::clone(&table.store));
    let frame = session.read_table(Arc::new(table))?;
    let frame = if columns.is_empty() { frame } else { frame.select_columns(columns)? };
    frame.collect().await.map_err(Error::from)
}
