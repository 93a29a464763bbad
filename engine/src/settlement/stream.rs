//! Settlement as a table: `sharing` and `point_months` read `readings` once, in their order, one interval at a time.
//!
//! SQL engines settle by hashing and sorting every row. Readings that are stored in the order (community, interval,
//! metering point) need neither: all rows of an interval follow each other, so the plan node here shares each interval
//! as it passes and keeps only one interval and the sums of one community's points in memory. SQL names the tables and
//! does what it likes with the rows:
//!
//! ```sql
//! SELECT community_id, interval_start, metering_point_id, allocated_kwh FROM sharing
//! SELECT community_id, metering_point_id, month, allocated_kwh, internal_amount + rest_amount FROM point_months
//! ```
//!
//! What is shared is what is there: a value that is missing counts as nothing, and it is for the jobs to hold, replace
//! or mark such intervals. The arithmetic is that of [`crate::sharing`], the master data are those of the registry that
//! the tables are opened with, which may hold a proposal that nobody has adopted yet.

mod account;
mod columns;
mod exec;
mod pass;
mod published;
mod rates;
mod source;
mod table;

pub use columns::{Columns, Unit};
pub use published::settle_published;
pub use source::Settlement;
