//! Pages as their readers get them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod contrast;
mod golden;
mod numbers;
mod page;
mod sample;
mod sentences;
mod words;
