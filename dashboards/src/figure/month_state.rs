//! How far a month has come on its way to the bill, in words: for its page and for its report.

use chrono_tz::Tz;

use super::money::signed;
use crate::locale::{Words, local};

/// How far a month has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthState {
    /// Nothing could be shared out yet.
    Raw,
    /// An interval or a price is still open.
    Provisional,
    /// Closed: nothing is open, and nothing is billed.
    Settled,
    /// Billed, and nothing is known otherwise since.
    Billed,
    /// Since the bill a correction was drafted or billed.
    Corrected,
}

impl MonthState {
    /// The state of its word in tables: `SETTLED`.
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Raw, Self::Provisional, Self::Settled, Self::Billed, Self::Corrected];
        all.into_iter().find(|state| state.word() == word)
    }

    /// Its word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Raw => "RAW",
            Self::Provisional => "PROVISIONAL",
            Self::Settled => "SETTLED",
            Self::Billed => "BILLED",
            Self::Corrected => "CORRECTED",
        }
    }

    /// The key of its word for people.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Raw => "state-raw",
            Self::Provisional => "state-provisional",
            Self::Settled => "state-closed",
            Self::Billed => "state-billed",
            Self::Corrected => "state-corrected",
        }
    }
}

/// What was billed of a month, and what is drafted to correct it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Billing {
    /// How far the month has come.
    pub state: MonthState,
    /// When it was billed.
    pub billed_us: Option<i64>,
    /// When a correction was billed last.
    pub corrected_us: Option<i64>,
    /// The lines of all its bills together, in 1e-6 of the currency.
    pub billed_micro: i128,
    /// Members with drafted corrections.
    pub open_members: u32,
    /// The drafted corrections of all of them together; may be negative or zero.
    pub open_micro: i128,
    /// Intervals of which what did not come by its deadline is estimated, or counts as nothing.
    pub estimated: u32,
    pub zeroed: u32,
}

/// A sentence, and the amount that it names.
pub(crate) struct Said {
    pub text: String,
    pub amount: Option<String>,
}

impl Said {
    fn plain(text: String) -> Self {
        Self { text, amount: None }
    }
}

impl Billing {
    /// What is to be said first.
    pub(crate) fn title(&self, zone: Tz, words: &Words) -> String {
        match self.billed_us {
            Some(at) => words.ta("billing-billed", [("day", day(zone, at, words).into())]),
            None => words.t("billing-not-billed"),
        }
    }

    /// What follows it.
    pub(crate) fn sentences(&self, zone: Tz, currency: &str, words: &Words) -> Vec<Said> {
        if self.billed_us.is_none() {
            return self.on_its_way(words).into_iter().map(Said::plain).collect();
        }
        let amount = words.money(self.billed_micro, currency);
        let text = match self.corrected_us {
            None => words.ta("billing-amount", [("amount", amount.clone().into())]),
            Some(at) => {
                let day = day(zone, at, words).into();
                words.ta("billing-corrected", [("day", day), ("amount", amount.clone().into())])
            }
        };
        let open = match self.open_members {
            0 => Said::plain(words.t("billing-nothing-open")),
            n => {
                let amount = signed(self.open_micro, currency, words);
                let count = words.count(n.into()).into();
                let arguments = [("count", n.into()), ("n", count), ("amount", amount.clone().into())];
                Said { text: words.ta("billing-open", arguments), amount: Some(amount) }
            }
        };
        vec![Said { text, amount: Some(amount) }, open]
    }

    /// What is to be said of a month that is not billed.
    fn on_its_way(&self, words: &Words) -> Vec<String> {
        let key = match self.state {
            MonthState::Raw => "billing-raw",
            MonthState::Provisional => "billing-provisional",
            _ if self.estimated + self.zeroed > 0 => "billing-closed-by-rule",
            _ => "billing-closed",
        };
        let mut lines = vec![words.t(key)];
        if self.state == MonthState::Settled {
            lines.push(words.t("billing-until-billed"));
        }
        lines
    }
}

/// A local day with its year: bills are looked at years later.
pub(crate) fn day(zone: Tz, at: i64, words: &Words) -> String {
    words.long_day(local(zone, at).date_naive())
}
