//! The bills of a month as the SQL of a cycle and of reports reads them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::Schema;
use datafusion::prelude::SessionContext;

use crate::billing::{Billing, Lines};
use crate::error::Result;
use crate::session::columns::Columns;
use crate::session::columns::register_rows;
use crate::settlement::digest::billing_run_id;

/// Registers `bills`, `bill_lines` (in their order, by `position`), and `billing_run`: one row with the run of the
/// statement and that of what is made from it and the bills.
///
/// # Errors
/// Internal, when a bill cannot be read.
pub fn register_bills(session: &SessionContext, statement_run_id: &str, bills: &[&Billing]) -> Result<()> {
    let run_id = billing_run_id(statement_run_id, bills)?;
    Columns::new()
        .text("statement_run_id", std::iter::once(statement_run_id))
        .text("run_id", std::iter::once(run_id.as_str()))
        .register(session, "billing_run")?;
    Columns::new()
        .count("bill_number", bills.iter().map(|b| b.number))
        .time("billed_at", bills.iter().map(|b| b.billed_at))
        .text("statement_run_id", bills.iter().map(|b| b.statement_run_id.as_str()))
        .register(session, "bills")?;
    let batches = bills.iter().map(|b| lines(b)).collect::<Result<Vec<_>>>()?;
    let schema = match batches.first() {
        Some(batch) => batch.schema(),
        None => lines(&Billing::none())?.schema(),
    };
    let all = concat_batches(&schema, &batches)?;
    register_rows(session, "bill_lines", schema, vec![all])
}

/// The lines of a bill, each with what the bill says of itself.
fn lines(bill: &Billing) -> Result<RecordBatch> {
    let lines = Lines::from_text(&bill.text).batch()?;
    let each = || 0..lines.num_rows();
    let own = Columns::new()
        .count("bill_number", each().map(|_| bill.number))
        .time("billed_at", each().map(|_| bill.billed_at))
        .text("statement_run_id", each().map(|_| bill.statement_run_id.as_str()))
        .int("position", each().map(|n| n as i64))
        .batch()?;
    let fields = own.schema().fields().iter().chain(lines.schema().fields()).cloned().collect::<Vec<_>>();
    let columns = own.columns().iter().chain(lines.columns()).cloned().collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

impl Billing {
    fn none() -> Self {
        Self {
            community_id: String::new(),
            month: chrono::NaiveDate::MIN,
            number: 0,
            billed_at: 0,
            statement_run_id: String::new(),
            text: String::new(),
        }
    }
}
