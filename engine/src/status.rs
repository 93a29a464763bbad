//! How far the figures of an interval can be relied on.

/// How far an interval's figures can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Every expected value is there.
    Complete,
    /// Its deadline has passed, and what is missing is estimated, as the rule says.
    Estimated,
    /// Its deadline has passed, and what is missing counts as nothing, as the rule says.
    Zeroed,
    /// Production is there, some consumption is missing.
    Provisional,
    /// Production is missing: nothing is shared until it comes.
    Held,
}

impl Status {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Estimated => "estimated",
            Self::Zeroed => "zeroed",
            Self::Provisional => "provisional",
            Self::Held => "held",
        }
    }

    /// The status of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Every status, the best first.
    pub const ALL: [Self; 5] = [Self::Complete, Self::Estimated, Self::Zeroed, Self::Provisional, Self::Held];

    /// Whether nothing is waited for any more: what is missing was dealt with as the rule says.
    pub fn is_settled(self) -> bool {
        matches!(self, Self::Complete | Self::Estimated | Self::Zeroed)
    }
}
