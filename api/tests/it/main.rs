//! The program as its users run it: the binary, on folders of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod answers;
mod apply;
mod billing;
// The same real broker as the tests of the transport have.
mod authority;
#[path = "../../../connectors/tests/it/broker.rs"]
#[allow(dead_code, reason = "not every test kills brokers")]
mod broker;
mod browser;
mod cases;
mod demo;
mod five_members;
mod health;
mod hostile;
mod key_files;
mod live;
mod load;
mod look;
mod lost;
mod postgres;
mod program;
mod real_data;
mod sigkill;
mod standby;
mod storage;
mod tidy;
mod torture;
mod typed;
mod web;
