//! The engine through what it offers to other crates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod calendar;
mod damage;
mod files;
mod functions;
mod intake;
mod lake;
mod place;
mod prices;
mod registry;
mod rows;
mod units;
