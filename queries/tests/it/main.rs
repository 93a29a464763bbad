//! The jobs and checks on real lakes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod authority;
mod checks;
mod communities;
mod crash;
mod cycle;
mod jobs;
mod missing;
mod money;
mod older;
mod payouts;
mod proposal;
mod quantities;
mod reports;
mod same_bytes;
mod scan;
mod settlement;
mod silence;
mod states;
mod storage;
mod story;
mod truth;
mod upkeep;
mod village;
