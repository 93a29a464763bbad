//! Parts of a whole.

use crate::locale::Words;

/// So many of so many; neither is negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// How many.
    pub part: i64,
    /// Of how many.
    pub whole: i64,
}

impl Share {
    /// In percent, as people write it.
    pub(crate) fn percent(self, words: &Words) -> String {
        words.share(self.part, self.whole)
    }

    /// Whether it is at least as large as another, to the last digit. A share of nothing is as large as any.
    pub(crate) fn is_at_least(self, other: Self) -> bool {
        let crossed = |a: Self, b: Self| i128::from(a.part) * i128::from(b.whole);
        crossed(self, other) >= crossed(other, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn shares_are_compared_exactly() {
        let share = |part, whole| Share { part, whole };
        assert!(share(1, 3).is_at_least(share(2, 6)) && share(2, 6).is_at_least(share(1, 3)));
        assert!(!share(i64::MAX - 1, i64::MAX).is_at_least(share(1, 1)), "to the last digit");
        assert_eq!(share(37, 100).percent(&Locale::english().words()), "37\u{a0}%");
    }
}
