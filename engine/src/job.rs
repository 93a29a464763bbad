//! Jobs: from what was received to what is owed, window by window.

pub mod bills;
pub mod cycle;
mod deal;
pub mod estimate;
pub mod figures;
pub mod graph;
pub mod inputs;
mod market;
pub mod opening;
pub mod operator;
pub mod past;
pub mod payouts;
pub mod pending;
pub mod segment;
pub(crate) mod segments;
pub mod settle;
pub mod storage;
pub mod trace;
pub mod unit;

pub use cycle::{CycleReport, VALUES_MAX, Worker};
pub use graph::{Check, Graph, Job};

#[cfg(test)]
mod properties;
