//! The program as its users run it: the binary, on folders of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod broker;
mod demo;
mod five_members;
mod program;
mod sigkill;
mod tidy;
mod web;
