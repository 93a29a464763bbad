//! What was received of the points of a community, and what of it counts.

pub mod raw;
pub mod truth;

pub use raw::RawValues;
pub use truth::{CurrentValue, Fit, RawValue};
