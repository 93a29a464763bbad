//! Jobs: from what was received to what is owed, window by window.

pub mod again;
pub mod cycle;
mod files;
pub mod graph;
pub mod inputs;
mod partition;
mod pending;
mod pin;
mod publish;
mod run;
pub mod settled;
pub mod unit;
mod windows;
pub mod worker;

pub use graph::{Check, Graph, Job, Sums};
pub use worker::{CycleReport, VALUES_MAX, Worker};
