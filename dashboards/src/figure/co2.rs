//! Carbon dioxide of a period, and how far its figures can be relied on.

use super::share::Share;
use crate::locale::Words;

/// What emission factors count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// From building the plant to its end.
    LifeCycle,
    /// Only what leaves the chimney.
    Direct,
}

impl Scope {
    /// As people say it.
    pub(crate) fn text(self, words: &Words) -> String {
        words.t(match self {
            Self::LifeCycle => "co2-life-cycle",
            Self::Direct => "co2-direct",
        })
    }
}

/// Carbon dioxide (equivalent) of the period in milligrams, exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Co2 {
    /// Shared energy x (grid factor - source factor) of each interval. May be negative; it is never cut at zero.
    pub avoided_mg: i128,
    /// What the community's consumption emitted: residual x grid factor + shared x source factor.
    pub inventory_mg: i128,
    /// Name of the factor set: `RTE 2026`.
    pub factor_set: String,
    /// What the factors count.
    pub scope: Scope,
    /// Intervals with factors and complete data, of all intervals of the period.
    pub intervals: Share,
    /// Hours whose every interval is covered, of all hours.
    pub hours: Share,
    /// Intervals with estimated data, of those with factors.
    pub estimated: Share,
    /// Plus or minus on the factors in percent, and whether their set names it or it is the default.
    pub uncertainty: Option<(u32, bool)>,
}

impl Co2 {
    /// What was avoided, or added, as a title.
    pub(crate) fn title(&self, words: &Words) -> String {
        let (key, mg) = match self.avoided_mg {
            mg if mg < 0 => ("co2-title-added", -mg),
            mg => ("co2-title-avoided", mg),
        };
        words.ta(key, [("amount", words.co2(mg).into())])
    }

    /// What the consumption caused, as a sentence.
    pub(crate) fn inventory(&self, words: &Words) -> String {
        let is_all = self.intervals.part == self.intervals.whole;
        let key = if is_all { "co2-inventory" } else { "co2-inventory-covered" };
        words.ta(key, [("amount", words.co2(self.inventory_mg).into())])
    }

    /// By which factors, as a sentence.
    pub(crate) fn set(&self, words: &Words) -> String {
        words.ta("co2-set", [("set", self.factor_set.clone().into()), ("scope", self.scope.text(words).into())])
    }

    /// How far the figures can be relied on, as sentences.
    pub(crate) fn reliance(&self, words: &Words) -> [String; 2] {
        let share = |share: Share| share.percent(words).into();
        let coverage =
            [("intervals", share(self.intervals)), ("hours", share(self.hours)), ("estimated", share(self.estimated))];
        let uncertainty = match self.uncertainty {
            Some((percent, is_default)) => {
                let key = if is_default { "co2-uncertainty-default" } else { "co2-uncertainty" };
                words.ta(key, [("percent", words.unit("percent", words.count(percent.into())).into())])
            }
            None => words.t("co2-uncertainty-none"),
        };
        [words.ta("co2-coverage", coverage), uncertainty]
    }
}

/// Whether figures count different things, so that nobody may add them up.
pub(crate) fn are_apart(all: &[Co2]) -> bool {
    all.windows(2).any(|pair| pair[0].scope != pair[1].scope)
}
