#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod country;
pub mod demo;
pub mod profile;
pub mod regime;
pub mod simulate;
mod source_year;
mod wire;

pub use wire::{CSV_HEADER, Message, MessageKind};

/// What keeps shipped data or a simulation from being used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The shipped bytes are not what the program was built for.
    #[error("the shipped data {file} cannot be read: {what}")]
    Shipped {
        /// File under `datasets/data`.
        file: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// A rate or a count that makes no stream.
    #[error("{field} = {value}: {cure}")]
    Config {
        /// Field of the configuration.
        field: &'static str,
        /// As it was given.
        value: String,
        /// What would be right.
        cure: &'static str,
    },
}
