//! The demonstration: four communities with 13 months of history, and a clock of its own that runs a quarter-hour every
//! few seconds until it meets the real time.
//!
//! Only inputs are prepared, as files that anyone can read; every result is computed.

mod history;
mod inputs;
mod ticker;

pub use inputs::Inputs;
pub use ticker::{Ticker, Watermark};
pub use {history::take_in, ticker::TOPIC};
