//! Who asks, and what that lets them see and do.

mod actor;

pub use actor::Actor;
