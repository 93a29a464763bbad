#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod act;
mod auth;
mod cli;
mod clock;
mod config;
mod demo;
mod health;
mod http;
mod installation;
mod metric;
mod problem;
mod read;
mod registry;
mod service;
mod store;
mod stream;
mod watch;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
