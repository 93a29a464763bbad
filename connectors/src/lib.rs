#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod decoders;
pub mod sinks;
pub mod sources;
