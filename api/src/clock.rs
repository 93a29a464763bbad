//! The clock of the machine. The only place that asks it.

use std::time::{SystemTime, UNIX_EPOCH};

use engine::clock::{Clock, Micros};

/// What the machine's clock shows.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the machine's time comes in here")]
    fn now(&self) -> Micros {
        // Before 1970 only when the machine has lost its clock.
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX))
    }
}
