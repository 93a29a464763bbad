#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod amount;
pub mod billing;
pub mod calendar;
pub mod catalog;
pub mod clock;
pub mod co2;
pub mod currency;
pub mod error;
pub mod factors;
pub mod field;
pub mod hash;
pub mod ingest;
pub mod item;
pub mod job;
pub mod price;
pub mod reading;
pub mod readings;
pub mod registry;
pub mod schema;
pub mod session;
pub mod settlement;
pub mod sharing;
pub mod status;
pub mod table;
pub mod units;

pub use error::{Error, ErrorKind, Result};
