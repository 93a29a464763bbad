#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod assets;
pub mod billing;
pub mod chart;
pub mod locale;
pub mod page;
pub mod proposal;
pub mod report;
