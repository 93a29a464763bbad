//! From records to rows: what a source and a decoder are, what is plausible, and what waits in quarantine.

mod closing;
mod columns;
pub mod door;
pub mod intake;
pub mod plausible;
mod rejected;
pub mod rejection;
pub mod replay;
pub mod source;

pub use crate::reading::{Direction, Kind, Quality, RawReading};
pub use closing::{Closing, Committed};
pub use door::Door;
pub use intake::{Intake, Limits};
pub use rejection::{Reason, Rejection};
pub use source::{Cut, Decoder, Frame, FrameBatch, Position, Positions, SourceEvent, Stopped};
