//! Whether figures are of real meters.

/// Where the figures of a community come from, when they are not real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The demo: SimBench profiles and the CityLearn homes, laid on today's calendar.
    Demo,
    /// `ecoop simulate`: telemetry sent by a generator.
    Simulated,
}

impl Origin {
    /// The key of the sentence that says so.
    pub fn key(self) -> &'static str {
        match self {
            Self::Demo => "origin-demo",
            Self::Simulated => "origin-simulated",
        }
    }
}
