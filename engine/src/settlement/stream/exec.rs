//! The plan node.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::common::Result as DfResult;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::{Column, col};
use datafusion::physical_expr::{
    Distribution, EquivalenceProperties, LexOrdering, LexRequirement, OrderingRequirements, PhysicalExpr,
    PhysicalSortExpr,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use futures::{StreamExt, stream};

use super::pass::{Pass, Shared};
use super::source::Settlement;
use crate::error::Result;

/// What a node gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Output {
    /// Rows of `sharing`, these columns of it; and whether they are all rows.
    Rows { columns: Vec<usize>, is_all: bool },
    /// Rows of `point_months`, these columns of it.
    Months(Vec<usize>),
}

/// Shares the intervals of its input, which comes in the order (community, interval, metering point) and with all rows
/// of a community in one partition.
#[derive(Debug)]
pub(super) struct SettlementExec {
    settlement: Arc<Settlement>,
    input: Arc<dyn ExecutionPlan>,
    output: Output,
    properties: Arc<PlanProperties>,
}

impl SettlementExec {
    pub fn try_new(
        settlement: Arc<Settlement>,
        input: Arc<dyn ExecutionPlan>,
        output: Output,
        schema: &SchemaRef,
    ) -> DfResult<Self> {
        let partitions = input.output_partitioning().partition_count();
        let mut equivalences = EquivalenceProperties::new(Arc::clone(schema));
        if matches!(output, Output::Rows { .. }) {
            // The leading columns of the input's order that are still there: rows leave as they came.
            let order = input.output_ordering().map(|o| o.iter().cloned().collect::<Vec<_>>()).unwrap_or_default();
            let kept = order.into_iter().map_while(|key| {
                let column = key.expr.downcast_ref::<Column>()?;
                let expr = col(column.name(), schema).ok()?;
                Some(PhysicalSortExpr { expr, options: key.options })
            });
            if let Some(order) = LexOrdering::new(kept.collect::<Vec<_>>()) {
                equivalences.add_ordering(order);
            }
        }
        let properties = PlanProperties::new(
            equivalences,
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self { settlement, input, output, properties: Arc::new(properties) })
    }

    fn order(&self) -> DfResult<Vec<PhysicalSortExpr>> {
        let schema = self.input.schema();
        let names = self.settlement.columns.names();
        names.iter().take(3).map(|c| Ok(PhysicalSortExpr::new_default(col(c, &schema)?).asc().nulls_last())).collect()
    }
}

impl DisplayAs for SettlementExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.output {
            Output::Rows { .. } => write!(f, "SettlementExec: rows"),
            Output::Months(_) => write!(f, "SettlementExec: months"),
        }
    }
}

#[async_trait]
impl ExecutionPlan for SettlementExec {
    fn name(&self) -> &'static str {
        "SettlementExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DfResult<TreeNodeRecursion>,
    ) -> DfResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        // A community that is cut in two would be settled twice, wrongly and without an error: so it is required.
        let community = self.settlement.columns.community.as_str();
        match col(community, &self.input.schema()) {
            Ok(community) => vec![Distribution::KeyPartitioned(vec![community])],
            Err(_) => vec![Distribution::SinglePartition],
        }
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let order = self.order().ok().and_then(LexOrdering::new);
        vec![order.map(|o| OrderingRequirements::new(LexRequirement::from(o)))]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        // It does, but its columns are not at the places of the input's, and planners that push a sort below a node
        // that says so carry the places over. The order of the output stands in its properties.
        vec![false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let schema = Arc::clone(self.properties.eq_properties.schema());
        let input = children.swap_remove(0);
        Ok(Arc::new(Self::try_new(Arc::clone(&self.settlement), input, self.output.clone(), &schema)?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> DfResult<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let partitions = self.input.output_partitioning().partition_count();
        let wants_rows = matches!(self.output, Output::Rows { .. });
        let settlement = Arc::clone(&self.settlement);
        let state = State {
            pass: Pass::new(
                Arc::clone(&settlement.registry),
                settlement.columns.clone(),
                settlement.span,
                wants_rows,
                Arc::clone(&settlement.openings),
            ),
            input,
            settlement,
            output: self.output.clone(),
            schema: Arc::clone(self.properties.eq_properties.schema()),
            place: (partition, partitions),
            ready: vec![],
            is_done: false,
        };
        let schema = Arc::clone(self.properties.eq_properties.schema());
        let batches = stream::try_unfold(state, |mut state| async move {
            Ok::<_, DataFusionError>(state.next().await?.map(|batch| (batch, state)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, batches)))
    }
}

/// A partition that is being settled.
struct State {
    settlement: Arc<Settlement>,
    pass: Pass,
    input: SendableRecordBatchStream,
    output: Output,
    schema: SchemaRef,
    place: (usize, usize),
    /// Batches to give, the next one last.
    ready: Vec<RecordBatch>,
    is_done: bool,
}

impl State {
    async fn next(&mut self) -> DfResult<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.ready.pop() {
                return Ok(Some(batch));
            }
            if self.is_done {
                return Ok(None);
            }
            let mut shared = Vec::new();
            match self.input.next().await {
                Some(batch) => self.pass.push(&batch?, &mut shared).map_err(external)?,
                None => {
                    self.pass.finish(&mut shared).map_err(external)?;
                    self.is_done = true;
                }
            }
            self.take(shared).map_err(external)?;
        }
    }

    fn take(&mut self, shared: Vec<Shared>) -> Result<()> {
        let (columns, is_all) = match &self.output {
            Output::Months(columns) => {
                if let Some(months) = self.pass.months()? {
                    self.ready.push(months.project(columns)?);
                }
                return Ok(());
            }
            Output::Rows { columns, is_all } => (columns, *is_all),
        };
        for part in shared.into_iter().rev() {
            let columns = columns.iter().map(|n| self.settlement.column(&part, *n)).collect::<Result<Vec<_>>>()?;
            let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(part.rows.num_rows()));
            self.ready.push(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?);
        }
        if self.is_done && is_all {
            self.settlement.keep(self.place, self.pass.months()?);
        }
        Ok(())
    }
}

fn external(e: crate::Error) -> DataFusionError {
    DataFusionError::External(Box::new(e))
}
