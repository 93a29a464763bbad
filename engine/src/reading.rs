//! One measured value as a decoder hands it over, borrowed from the message it came in.

use crate::clock::Micros;

/// Which way the energy flowed at the meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Fed in (OBIS 2.8.0).
    Export,
    /// Drawn (OBIS 1.8.0).
    Import,
}

impl Direction {
    /// The word in messages and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Import => "import",
        }
    }

    /// Reads the word of messages and tables.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "export" => Some(Self::Export),
            "import" => Some(Self::Import),
            _ => None,
        }
    }
}

/// What a value says: what a meter counted, or what an operator worked out from it for a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A reading: consumption or production.
    Measured,
    /// The part of a reading that takes part in the community (Austria `G.01T`).
    Participating,
    /// What the community offers a consuming point, which may be more than it used (Austria `G.02`).
    Offered,
    /// Energy that a consuming point got from the community (`G.03`, French ACC); of direction export what a plant
    /// gave.
    Shared,
    /// What a consuming point still bought from its supplier (French COMPL).
    Residual,
    /// What a plant made and nobody of the community took (`P.01T`, SURPLUS).
    Surplus,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Measured, Self::Participating, Self::Offered, Self::Shared, Self::Residual, Self::Surplus];

    /// The word in messages and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Participating => "participating",
            Self::Offered => "offered",
            Self::Shared => "shared",
            Self::Residual => "residual",
            Self::Surplus => "surplus",
        }
    }

    /// Reads the word of tables.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }

    /// Whether an operator worked it out for one community, instead of a meter that counted it for all.
    pub fn is_of_operator(self) -> bool {
        self != Self::Measured
    }
}

/// How a value came to be. Ordered from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// Read off the meter.
    Measured,
    /// Measured and checked by the operator.
    Validated,
    /// Worked out exactly from other measured values, for instance split to a finer grid.
    Derived,
    /// Changed by hand.
    Edited,
    /// Replaced by the operator.
    Substituted,
    /// Estimated.
    Estimated,
    /// Expected to be replaced.
    Provisional,
    /// Known to be missing.
    Missing,
}

impl Quality {
    /// All, from the best to the worst.
    pub const ALL: [Self; 8] = [
        Self::Measured,
        Self::Validated,
        Self::Derived,
        Self::Edited,
        Self::Substituted,
        Self::Estimated,
        Self::Provisional,
        Self::Missing,
    ];

    /// The word in messages and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Validated => "validated",
            Self::Derived => "derived",
            Self::Edited => "edited",
            Self::Substituted => "substituted",
            Self::Estimated => "estimated",
            Self::Provisional => "provisional",
            Self::Missing => "missing",
        }
    }

    /// Reads the word of messages and tables.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|q| q.as_str() == text)
    }
}

/// A value as it was sent: syntax is right and digits are exact, but nothing is judged yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawReading<'a> {
    /// The metering point, as the operator writes it.
    pub metering_point_id: &'a str,
    /// A reading, or a result of the operator.
    pub kind: Kind,
    /// The community of a result, when the sender names it; the door finds it where there is only one. Readings have
    /// none.
    pub community_id: Option<&'a str>,
    /// Drawn or fed in.
    pub direction: Direction,
    /// First instant of the interval.
    pub interval_start: Micros,
    /// Length of the interval in seconds.
    pub interval_seconds: u32,
    /// Energy in micro-kWh (1e-6 kWh). Negative values are refused by plausibility, not by the decoder.
    pub energy_micro_kwh: i64,
    /// How the value came to be.
    pub quality: Quality,
    /// The sender's revision, 0 when it sends none.
    pub revision: i64,
}
