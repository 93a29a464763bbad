//! How the energy of a period went by, row by row.

use chrono_tz::Tz;
use engine::calendar::{SECOND, Span};

use super::energy::Energy;
use super::period::Period;

/// One row of the picture: an interval of a day, or a local day of a week or month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// First instant, microseconds UTC.
    pub start_us: i64,
    /// `None` while nothing can be computed, as when a plant's reading is missing: drawn as a gap, never as zero.
    pub energy: Option<Energy>,
    /// Whether the figures may still change.
    pub provisional: bool,
    /// Metering points without a reading in it (at most over its intervals).
    pub missing_points: u32,
    /// Metering points whose reading is estimated or substituted.
    pub estimated_points: u32,
    /// Of a day: its intervals that `energy` leaves out.
    pub left_out: u32,
    /// Whether all of it is there and nothing is waited for: only then it may be compared with others.
    pub is_whole: bool,
}

/// A place, in 1e-6 degrees, north and east positive; for the sun's rise and setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// -90,000,000 to 90,000,000
    pub latitude_micro: i32,
    /// -180,000,000 to 180,000,000
    pub longitude_micro: i32,
}

/// The rows of a period, and what has to be known to tell a gap from what is yet to come.
#[derive(Debug, Clone, Copy)]
pub struct Curve<'a> {
    /// What is shown.
    pub period: Period,
    /// Zone of its local days.
    pub zone: Tz,
    /// Where the community lies, when known.
    pub place: Option<Place>,
    /// Length of an interval in seconds: 900.
    pub slot_seconds: u32,
    /// The present, by the clock of the lake.
    pub now_us: i64,
    /// Start of the first interval with data.
    pub first_us: Option<i64>,
    /// Rows by ascending start. Rows of the grid that are not here are gaps.
    pub series: &'a [Slot],
}

impl<'a> Curve<'a> {
    /// Whether the present lies in the period.
    pub fn is_current(&self) -> bool {
        self.period.span(self.zone).contains(self.now_us)
    }

    /// Whether figures of a span have to be there by now: it has ended an interval ago, and there were meters. Readings
    /// take some time to come.
    pub fn is_due(&self, span: Span) -> bool {
        let grace = i64::from(self.slot_seconds) * SECOND;
        span.end + grace <= self.now_us && self.first_us.is_none_or(|first| first < span.end)
    }

    /// The rows of the picture: every span of the grid with its row, when there is one.
    pub fn rows(&self) -> Vec<(Span, Option<&'a Slot>)> {
        let find = |start| self.series.binary_search_by_key(&start, |slot| slot.start_us).ok();
        let grid = self.period.grid(self.zone, self.slot_seconds);
        grid.into_iter().map(|span| (span, find(span.start).and_then(|i| self.series.get(i)))).collect()
    }

    /// How many rows lack readings that have to be there by now.
    pub fn lacking(&self) -> usize {
        self.rows().iter().filter(|(span, slot)| self.lacks(*span, *slot)).count()
    }

    /// Whether a row lacks readings that have to be there by now.
    pub fn lacks(&self, span: Span, slot: Option<&Slot>) -> bool {
        let due = self.is_due(span);
        slot.map_or(due, |s| s.missing_points > 0 || (s.energy.is_none() && due))
    }
}
