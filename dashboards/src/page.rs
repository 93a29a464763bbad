//! Pages: a view (figures of one question, already read) and a language in, HTML out. No page reads a clock, a file or
//! a table; what it does not get, it says it does not know.

pub mod community;
pub mod error;
mod frame;
pub mod index;
pub mod period;
pub mod urls;

pub use period::Period;
pub use urls::Urls;

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
