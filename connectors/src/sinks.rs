//! Transports in the other direction: what sends readings.

pub mod kafka;
pub mod mock;
