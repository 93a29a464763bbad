//! From records to rows: what a source and a decoder are, what is plausible, and what waits in quarantine.

mod columns;
pub(crate) use columns::times;
pub mod door;
pub mod intake;
pub mod reading;
pub mod rejection;
pub mod replay;
pub mod source;

pub use door::Door;
pub use intake::{Committed, Intake, Limits};
pub use reading::{Direction, Kind, Quality, RawReading};
pub use rejection::{Reason, Rejection};
pub use source::{Decoder, Frame, FrameBatch, Position, Positions, SourceEvent};
