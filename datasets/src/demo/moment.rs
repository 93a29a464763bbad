//! Which rows of the profiles belong to an instant at a place.

use super::place::Community;
use crate::source_year::{LocalQuarter, sun_row};

/// A quarter-hour as the people and the sun of one place see it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub local: LocalQuarter,
    /// The row of the PV profiles.
    pub sun: usize,
}

impl Moment {
    pub fn of(community: &Community, interval_start: i64) -> Self {
        Self {
            local: LocalQuarter::at(community.timezone, interval_start),
            sun: sun_row(interval_start, community.sun_quarters),
        }
    }
}
