//! Jobs: from what was received to what is owed, window by window.

pub mod cycle;
pub mod estimate;
pub mod graph;
pub mod inputs;
pub mod past;
pub mod payouts;
pub mod pending;
pub mod publication;
pub mod raw;
pub mod segment;
pub(crate) mod segments;
pub mod settle;
pub mod trace;
pub mod truth;
pub mod unit;

pub use cycle::{CycleReport, Worker};
pub use graph::{Check, Graph, Job};
pub use publication::{Outcome, Published};

#[cfg(test)]
mod properties;
