#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod federation;
pub mod kafka;
pub mod lake;
pub mod measure;
pub mod meters;
pub mod peers;
pub mod soak;
