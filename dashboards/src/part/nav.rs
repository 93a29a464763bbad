//! From a period to its neighbours, and from a day to its week and month.

use askama::Template;

use crate::figure::{Curve, Period};
use crate::locale::{Words, local};

/// Where a reader can go from here.
#[derive(Template)]
#[template(path = "part/nav.html")]
pub(crate) struct Nav<'a> {
    tabs: Vec<Link>,
    previous: Option<Link>,
    next: Option<Link>,
    words: &'a Words,
}

struct Link {
    name: String,
    url: String,
    current: bool,
}

impl<'a> Nav<'a> {
    /// Links to other periods of the same page, whose addresses `url` gives: none before the first data, none ahead.
    pub fn new(curve: &Curve, words: &'a Words, url: &dyn Fn(Period) -> String) -> Self {
        let (period, span) = (curve.period, curve.period.span(curve.zone));
        let today = local(curve.zone, curve.now_us).date_naive();
        let names = ["period-day", "period-week", "period-month"];
        let tab = |(choice, key): (Period, &str)| Link {
            name: words.t(key),
            url: url(choice),
            current: choice.code() == period.code(),
        };
        let neighbour = |period: Period| Link { name: period.name(words), url: url(period), current: false };
        let has_earlier = curve.first_us.is_some_and(|first| first < span.start);
        Self {
            tabs: period.choices(today).into_iter().zip(names).map(tab).collect(),
            previous: has_earlier.then(|| neighbour(period.previous())),
            next: (span.end <= curve.now_us).then(|| neighbour(period.next())),
            words,
        }
    }
}
