//! What the addresses of a community's pages ask for.

use dashboards::figure::Period;
use serde::Deserialize;

/// Unknown fields are of no concern: mail programs lengthen links.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// `day`, `week` or `month`.
    pub p: Option<String>,
    /// Any day of it.
    pub d: Option<String>,
    /// Language.
    pub lang: Option<String>,
}

impl Asked {
    /// The period that holds the day.
    pub fn period(&self, today: chrono::NaiveDate) -> Period {
        Period::parse(self.p.as_deref(), self.d.as_deref(), today)
    }
}
