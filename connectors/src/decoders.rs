//! Payloads into readings, one format a file. What a field may hold is said once, in `field`.

pub mod acc_key;
pub mod csv;
mod field;
pub mod json;
mod kind;
pub mod series;
pub mod stored;

pub use csv::CsvDecoder;
pub use field::Digits;
pub use json::JsonDecoder;
pub use stored::{CANONICAL_HEADER, StoredDecoder};

/// Largest payload that a decoder takes, in bytes, where nothing else is configured: what a Kafka broker takes by
/// default, and a year of quarter-hours with room to spare.
pub const MAX_PAYLOAD_BYTES: usize = 1 << 20;
/// Most values of one message, missing ones included: a year of five-minute values has 105,408. What each of them takes
/// in memory when it is refused bounds what a message can take.
pub const MAX_VALUES: usize = 110_000;
