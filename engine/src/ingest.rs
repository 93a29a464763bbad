//! From records to rows: what a source and a decoder are, what is plausible, and what waits in quarantine.

mod columns;
pub mod door;
pub mod intake;
pub mod plausible;
pub mod rejection;
pub mod replay;
pub mod source;

pub use crate::reading::{Direction, Kind, Quality, RawReading};
pub use door::Door;
pub use intake::{Committed, Intake, Limits};
pub use rejection::{Reason, Rejection};
pub use source::{Decoder, Frame, FrameBatch, Position, Positions, SourceEvent};
