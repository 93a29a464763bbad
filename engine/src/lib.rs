#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod amount;
pub mod billing;
pub mod calendar;
pub mod clock;
pub mod co2;
pub mod currency;
pub mod error;
pub mod ingest;
pub mod job;
pub mod price;
pub mod registry;
pub mod schema;
pub mod session;
pub mod settlement;
pub mod sharing;
pub mod table;
pub mod units;

pub use error::{Error, ErrorKind, Result};
