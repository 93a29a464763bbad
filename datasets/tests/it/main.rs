//! What the shipped data are made from, and what becomes of them at the door.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod door;
mod reduce;
