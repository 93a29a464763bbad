//! The jobs and checks on real lakes.

mod crash;
mod cycle;
mod same_bytes;
mod scan;
mod truth;
mod upkeep;
mod village;
