//! What is claimed of Kafka, on a real one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod broker;
mod formats;
mod source;
