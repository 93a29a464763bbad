//! What is simulated.

/// Whose meters are simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Points {
    /// Those of the demonstration.
    Demo,
    /// As many as wanted, `SIM-000000` and so on: copies of those of the demonstration, moved along the year.
    Synthetic(usize),
}

/// What is simulated. Rates go from 0 to 1 and are counted per reading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimulationConfig {
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// Whose meters.
    pub points: Points,
    /// First instant, in microseconds since 1970 UTC, a multiple of a quarter-hour.
    pub from: i64,
    /// How many quarter-hours.
    pub quarters: u32,
    /// Readings that come up to two days after their time.
    pub late: f64,
    /// Readings of which a message comes twice, to the byte.
    pub doubled: f64,
    /// Readings that get another value afterwards, some by a revision, some by a later message, some and back again.
    pub corrected: f64,
    /// Messages that no reading can be made of, beside the readings.
    pub broken: f64,
}
