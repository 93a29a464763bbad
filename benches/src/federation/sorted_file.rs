//! A Parquet file that is sorted by community first, as a table that says so.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{Result as DfResult, ScalarValue, SplitPoint};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::datasource::{TableProvider, TableType};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr, RangePartitioning};
use datafusion::physical_plan::{ExecutionPlan, Partitioning};
use datafusion::prelude::SessionContext;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::statistics::Statistics;

/// A sorted file, cut between communities.
pub struct SortedFile {
    path: PathBuf,
    size: u64,
    schema: SchemaRef,
    order: Vec<String>,
    /// Byte ranges, and the community that begins each one after the first.
    parts: Vec<(i64, i64)>,
    splits: Vec<i32>,
}

impl fmt::Debug for SortedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SortedFile({}, {} parts)", self.path.display(), self.parts.len())
    }
}

impl SortedFile {
    /// Opens a file and cuts it into at most `parts` parts, at row groups that begin another community than the one
    /// before.
    ///
    /// # Errors
    /// When it is not Parquet.
    pub fn open(path: &Path, order: &[&str], parts: usize) -> Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default())?;
        let groups = metadata.metadata().row_groups();
        let bounds = |n: usize| match groups.get(n).and_then(|g| g.column(0).statistics()) {
            Some(Statistics::Int32(s)) => Some((*s.min_opt()?, *s.max_opt()?)),
            _ => None,
        };
        let total: i64 = groups.iter().map(|g| g.num_rows()).sum();
        let (mut cuts, mut splits, mut rows) = (vec![0], vec![], 0);
        for (n, group) in groups.iter().enumerate() {
            let begins = n > 0 && bounds(n).zip(bounds(n - 1)).is_some_and(|((low, _), (_, high))| low > high);
            if begins && rows * i64::try_from(parts)? >= total * i64::try_from(cuts.len())? {
                // A row group belongs to the range that holds its middle.
                let first = group.columns().iter().map(|c| c.byte_range().0).min().context("a column")?;
                cuts.push(i64::try_from(first)?);
                splits.push(bounds(n).context("bounds")?.0);
            }
            rows += group.num_rows();
        }
        let ends = cuts.iter().skip(1).copied().chain([i64::try_from(size)?]);
        Ok(Self {
            path: path.canonicalize()?,
            size,
            schema: Arc::clone(metadata.schema()),
            order: order.iter().map(ToString::to_string).collect(),
            parts: cuts.iter().copied().zip(ends).collect(),
            splits,
        })
    }

    /// Makes it a table of a session.
    ///
    /// # Errors
    /// When the session refuses the name.
    #[expect(clippy::disallowed_methods, reason = "the peers' file is no table of a lake")]
    pub fn register(self: &Arc<Self>, session: &SessionContext, name: &str) -> Result<()> {
        session.register_table(name, Arc::clone(self) as _)?;
        Ok(())
    }
}

#[async_trait]
impl TableProvider for SortedFile {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let path = self.path.to_string_lossy().trim_start_matches('/').to_string();
        let group = |(start, end): &(i64, i64)| {
            FileGroup::new(vec![PartitionedFile::new_with_range(path.clone(), self.size, *start, *end)])
        };
        let schema = TableSchema::builder(Arc::clone(&self.schema)).build();
        let order =
            self.order.iter().map(|c| Ok(PhysicalSortExpr::new_default(col(c, &self.schema)?).asc().nulls_last()));
        let order = LexOrdering::new(order.collect::<DfResult<Vec<_>>>()?);
        let mut config =
            FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(ParquetSource::new(schema)))
                .with_file_groups(self.parts.iter().map(group).collect())
                .with_limit(limit)
                .with_projection_indices(projection.cloned())?;
        if let Some(order) = order {
            let community = LexOrdering::new(vec![order.first().clone()]);
            config = config.with_output_ordering(vec![order]);
            if let Some(community) = community {
                let splits = self.splits.iter().map(|s| SplitPoint::new(vec![ScalarValue::Int32(Some(*s))])).collect();
                let range = RangePartitioning::try_new(community, splits)?;
                config = config.with_output_partitioning(Some(Partitioning::Range(range)));
            }
        }
        Ok(DataSourceExec::from_data_source(config.build()))
    }
}
