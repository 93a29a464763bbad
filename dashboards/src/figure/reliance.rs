//! How far the figures of a time can be relied on: its intervals by what they wait for, in words.

use crate::locale::Words;

/// The intervals of a time, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reliance {
    /// Those that have to be there by now: they are over, and points took part. Before its first value a community has
    /// none.
    pub due: u32,
    /// Nothing is waited for any more.
    pub settled: u32,
    /// Of the settled ones: what did not come by its deadline is estimated.
    pub estimated: u32,
    /// Of the settled ones: what did not come by its deadline counts as nothing.
    pub zeroed: u32,
    /// Shared out, and some consumption is not there yet.
    pub provisional: u32,
    /// Production is not there yet: nothing is shared out, and no sum has them.
    pub held: u32,
    /// Whether the time has not ended.
    pub runs: bool,
}

impl Reliance {
    /// Whether nothing was received of this time.
    pub fn is_empty(&self) -> bool {
        self.settled + self.provisional + self.held == 0
    }

    /// Whether some interval is in the sums.
    pub fn has_sums(&self) -> bool {
        self.settled + self.provisional > 0
    }

    /// Intervals of which nothing was received at all.
    pub fn absent(&self) -> u32 {
        self.due.saturating_sub(self.settled + self.provisional + self.held)
    }

    /// Intervals that are in no sum.
    pub fn left_out(&self) -> u32 {
        self.held + self.absent()
    }

    /// Whether there are figures that may still change by a reading that is awaited.
    pub fn is_open(&self) -> bool {
        !self.is_empty() && (self.runs || self.provisional + self.left_out() > 0)
    }

    /// Which intervals the sums leave out, and why.
    pub(crate) fn left_out_sentences(&self, words: &Words) -> Vec<String> {
        let said = [("reliance-held", self.held), ("reliance-absent", self.absent())];
        said.into_iter().filter(|(_, n)| *n > 0).map(|(key, n)| counted(key, n, words)).collect()
    }

    /// Which intervals are in the sums without all their readings.
    pub(crate) fn made_up_sentences(&self, words: &Words) -> Vec<String> {
        let said = [
            ("reliance-provisional", self.provisional),
            ("reliance-estimated", self.estimated),
            ("reliance-zeroed", self.zeroed),
        ];
        said.into_iter().filter(|(_, n)| *n > 0).map(|(key, n)| counted(key, n, words)).collect()
    }
}

fn counted(key: &str, n: u32, words: &Words) -> String {
    words.ta(key, [("count", n.into()), ("n", words.count(n.into()).into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn what_is_waited_for_keeps_a_time_open() {
        let day = Reliance { due: 96, settled: 96, ..Reliance::default() };
        assert!(!day.is_open() && !day.is_empty());
        for open in [
            Reliance { settled: 90, provisional: 6, ..day },
            Reliance { settled: 90, held: 6, ..day },
            Reliance { settled: 90, ..day },
            Reliance { runs: true, ..day },
        ] {
            assert!(open.is_open(), "{open:?}");
        }
        let nothing = Reliance { due: 96, ..Reliance::default() };
        assert!(nothing.is_empty() && !nothing.is_open());
    }

    #[test]
    fn what_sums_leave_out_is_counted_in_words() {
        let day = Reliance { due: 96, settled: 90, held: 5, ..Reliance::default() };
        let said = day.left_out_sentences(&Locale::english().words());
        assert!(said[0].starts_with("5 intervals are left out"), "{said:?}");
        assert!(said[1].starts_with("One interval"), "{said:?}");
        assert_eq!(Reliance { due: 96, settled: 96, ..Reliance::default() }.left_out(), 0);
    }
}
