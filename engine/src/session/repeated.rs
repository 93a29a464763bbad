//! Sessions in which the same SQL runs for one community after the other: a statement is planned once, and only the
//! rows behind its tables change.
//!
//! Planning a job costs more than running it over a small community. A table of such a session is a [`Slot`]: it keeps
//! its columns and its order, its rows are those that were put into it last, and a plan reads them when it runs.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result as DfResult, project_schema};
use datafusion::datasource::{MemTable, TableType};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, reset_plan_states};
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, collect};
use datafusion::prelude::SessionContext;

use crate::error::{Error, Result};

/// The tables of a session and the plans over them.
#[derive(Debug, Default)]
pub(crate) struct Repeated {
    slots: Mutex<BTreeMap<String, Arc<Slot>>>,
    plans: Mutex<HashMap<&'static str, Arc<dyn ExecutionPlan>>>,
}

/// Takes a lock; what a panicking thread left in it is only ever replaced as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Repeated {
    fn of(session: &SessionContext) -> Option<Arc<Self>> {
        session.state_ref().read().config().get_extension::<Self>()
    }

    /// Puts rows into a table. A table with other columns or another order is a new one, and what was planned over the
    /// old one is forgotten.
    #[expect(clippy::disallowed_methods, reason = "inputs of jobs are not tables of the lake")]
    fn fill(&self, session: &SessionContext, name: &str, order: &[&str], batches: Vec<RecordBatch>) -> Result<()> {
        let Some(first) = batches.first() else { return Err(Error::internal(format!("{name}: a table of no batch"))) };
        let fields = first.schema().fields().iter().map(|f| f.as_ref().clone().with_nullable(true)).collect::<Vec<_>>();
        let schema = Arc::new(Schema::new(fields));
        let rows = batches
            .into_iter()
            .map(|b| RecordBatch::try_new(Arc::clone(&schema), b.columns().to_vec()))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.get(name).filter(|s| s.schema == schema && s.order == order) {
            *lock(&slot.rows) = rows;
            return Ok(());
        }
        let order = order.iter().map(|c| (*c).to_owned()).collect();
        let slot = Arc::new(Slot { schema, order, rows: Arc::new(Mutex::new(rows)) });
        session.deregister_table(name)?;
        session.register_table(name, Arc::clone(&slot) as Arc<dyn TableProvider>)?;
        // No plan knows a table that was not there when it was made.
        if slots.insert(name.to_owned(), slot).is_some() {
            lock(&self.plans).clear();
        }
        Ok(())
    }

    fn plan(&self, sql: &'static str) -> Option<Arc<dyn ExecutionPlan>> {
        lock(&self.plans).get(sql).cloned()
    }
}

/// Registers rows under a name, sorted by the columns of `order`. In a session of its own a table is what it is; in one
/// that repeats its SQL the rows take the place of those before.
///
/// # Errors
/// Internal, when the batches do not have the schema.
#[expect(clippy::disallowed_methods, reason = "inputs of jobs are not tables of the lake")]
pub fn register_sorted(
    session: &SessionContext,
    name: &str,
    schema: SchemaRef,
    order: &[&str],
    mut batches: Vec<RecordBatch>,
) -> Result<()> {
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(Arc::clone(&schema)));
    }
    match Repeated::of(session) {
        Some(repeated) => repeated.fill(session, name, order, batches),
        None => {
            session.deregister_table(name)?;
            session.register_table(name, Arc::new(MemTable::try_new(schema, vec![batches])?))?;
            Ok(())
        }
    }
}

/// Runs a statement over the rows that are in the tables now, at most `limit` rows of it.
///
/// # Errors
/// Those of the statement.
pub(crate) async fn run(
    session: &SessionContext,
    sql: &'static str,
    limit: Option<usize>,
) -> DfResult<Vec<RecordBatch>> {
    Ok(query(session, sql, limit).await?.1)
}

/// The same, with the columns of the statement.
///
/// # Errors
/// Those of the statement.
pub(crate) async fn query(
    session: &SessionContext,
    sql: &'static str,
    limit: Option<usize>,
) -> DfResult<(SchemaRef, Vec<RecordBatch>)> {
    let repeated = Repeated::of(session);
    let planned = repeated.as_ref().and_then(|r| r.plan(sql));
    let plan = match planned {
        Some(plan) => reset_plan_states(plan)?,
        None => {
            let plan = session.sql(sql).await?.limit(0, limit)?.create_physical_plan().await?;
            if let Some(repeated) = &repeated {
                lock(&repeated.plans).insert(sql, Arc::clone(&plan));
            }
            plan
        }
    };
    Ok((plan.schema(), collect(plan, session.task_ctx()).await?))
}

/// Gives the memory of the rows back.
pub(crate) fn empty(session: &SessionContext) {
    if let Some(repeated) = Repeated::of(session) {
        lock(&repeated.slots).values().for_each(|slot| lock(&slot.rows).clear());
    }
}

/// Rows that change between runs of a plan.
type Held = Arc<Mutex<Vec<RecordBatch>>>;

/// A table whose rows change between runs of a plan.
#[derive(Debug)]
struct Slot {
    schema: SchemaRef,
    order: Vec<String>,
    rows: Held,
}

#[async_trait]
impl TableProvider for Slot {
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
        _: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let schema = project_schema(&self.schema, projection)?;
        let kept = self.order.iter().map_while(|name| col(name, &schema).ok());
        let order: Vec<_> = kept.map(|c| PhysicalSortExpr::new_default(c).asc().nulls_last()).collect();
        let equivalences = EquivalenceProperties::new_with_orderings(Arc::clone(&schema), LexOrdering::new(order));
        let (once, bounded) = (Partitioning::UnknownPartitioning(1), Boundedness::Bounded);
        let properties = Arc::new(PlanProperties::new(equivalences, once, EmissionType::Incremental, bounded));
        Ok(Arc::new(SlotExec { rows: Arc::clone(&self.rows), schema, projection: projection.cloned(), properties }))
    }
}

/// Reads a slot when it runs.
#[derive(Debug)]
struct SlotExec {
    rows: Held,
    schema: SchemaRef,
    projection: Option<Vec<usize>>,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for SlotExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SlotExec: {}", self.schema.fields().iter().map(|c| c.name().as_str()).collect::<Vec<_>>().join(", "))
    }
}

impl ExecutionPlan for SlotExec {
    fn name(&self) -> &'static str {
        "SlotExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DfResult<TreeNodeRecursion>,
    ) -> DfResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> DfResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> DfResult<SendableRecordBatchStream> {
        let rows = lock(&self.rows).clone();
        Ok(Box::pin(MemoryStream::try_new(rows, Arc::clone(&self.schema), self.projection.clone())?))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array};
    use arrow::util::pretty::pretty_format_batches;

    use super::*;

    fn batch(values: &[i64]) -> RecordBatch {
        let array: ArrayRef = Arc::new(Int64Array::from(values.to_vec()));
        RecordBatch::try_from_iter([("n", array)]).unwrap()
    }

    async fn ask(session: &SessionContext, sql: &'static str) -> String {
        pretty_format_batches(&run(session, sql, None).await.unwrap()).unwrap().to_string()
    }

    const JOIN: &str = "select a.n, count(b.n) as found, row_number() over (order by a.n) as place from a left join b \
    on a.n = b.n \
        group by a.n order by a.n";

    #[tokio::test]
    async fn a_plan_that_is_kept_reads_the_rows_of_now() {
        let (kept, fresh) = (crate::session::repeated(), || crate::session::plain());
        for (a, b) in [(&[1, 2, 3][..], &[2, 2][..]), (&[2], &[]), (&[], &[7]), (&[2, 9], &[9, 2, 2])] {
            let once = fresh();
            for session in [&kept, &once] {
                let (a, b) = (batch(a), batch(b));
                register_sorted(session, "a", a.schema(), &["n"], vec![a]).unwrap();
                register_sorted(session, "b", b.schema(), &[], vec![b]).unwrap();
            }
            assert_eq!(ask(&kept, JOIN).await, ask(&once, JOIN).await);
        }
        let count = || lock(&Repeated::of(&kept).unwrap().plans).len();
        assert_eq!(count(), 1);
        // Other columns are another table.
        let other: ArrayRef = Arc::new(arrow::array::Int32Array::from(vec![5]));
        let other = RecordBatch::try_from_iter([("n", other)]).unwrap();
        register_sorted(&kept, "a", other.schema(), &[], vec![other]).unwrap();
        assert_eq!(count(), 0);
        assert!(ask(&kept, JOIN).await.contains("| 5 | 0     | 1     |"));
    }

    #[tokio::test]
    async fn rows_that_come_sorted_are_not_sorted_again() {
        let session = crate::session::repeated();
        let rows = batch(&[1, 2]);
        register_sorted(&session, "a", rows.schema(), &["n"], vec![rows]).unwrap();
        let plan = session.sql("select n from a order by n").await.unwrap().create_physical_plan().await.unwrap();
        let text = datafusion::physical_plan::displayable(plan.as_ref()).indent(false).to_string();
        assert!(!text.contains("SortExec"), "{text}");
    }
}
