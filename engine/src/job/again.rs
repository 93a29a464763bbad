//! A published result once more: worked out again from the inputs of its publication.

pub mod meter_figures;
pub mod past;
pub mod proposal;
pub mod trace;
