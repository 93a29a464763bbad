#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod assets;
pub mod chart;
pub mod figure;
pub mod locale;
pub mod page;
mod part;
pub mod report;
pub mod sample;
pub mod urls;
