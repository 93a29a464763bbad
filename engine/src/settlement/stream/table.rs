//! The tables `sharing` and `point_months`.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Result as DfResult;
use datafusion::datasource::{MemTable, TableProvider, TableType};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use super::account;
use super::exec::{Output, SettlementExec};
use super::source::Settlement;
use crate::error::Result;

impl Settlement {
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

    /// Whether a condition leaves intervals whole: it asks for communities or times. What a storage gives in an
    /// interval depends on all before it, so with storages no time is left out.
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
