//! The jobs and checks on real lakes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod crash;
mod cycle;
mod jobs;
mod missing;
mod money;
mod payouts;
mod same_bytes;
mod scan;
mod settlement;
mod story;
mod truth;
mod upkeep;
mod village;
