//! What the SQL of a cycle reads besides tables: results of the kernels and resolved master data, as tables in memory.

pub mod bills;
pub(super) mod energy;
pub mod items;
pub mod master;
pub mod month;
pub mod payouts;
mod quantities;
pub mod settled;
