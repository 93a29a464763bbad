//! Where an operator's results differ from our own computation, in plain words.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::locale::{Locale, Words};

/// Intervals that are listed; machines get all of them.
const LISTED_MAX: usize = 200;

/// Everything that the text says.
#[derive(Debug, Clone)]
pub struct ReconcileView {
    /// Name of the community.
    pub community: String,
    /// Zone of its local days.
    pub zone: Tz,
    /// First local day.
    pub from: NaiveDate,
    /// Last local day.
    pub last: NaiveDate,
    /// Intervals whose figures do not add up or are not all there.
    pub not_closing: u64,
    /// Intervals that the operator shares by another rule.
    pub different_rule: u64,
    /// Intervals that differ by rounding alone.
    pub rounding: u64,
    /// Intervals of which nothing can be compared yet.
    pub waiting: u64,
    /// Those beyond rounding, in their order.
    pub beyond: Vec<IntervalView>,
}

/// One interval beyond rounding.
#[derive(Debug, Clone)]
pub struct IntervalView {
    /// Its first instant.
    pub start_us: i64,
    /// Whether its figures are all there and add up, so that another rule must be the cause.
    pub closes: bool,
    /// By how much more consumers got than the key gives; `None` while a figure is missing.
    pub difference_micro_kwh: Option<i128>,
    /// Figures that differ.
    pub figures: usize,
    /// Those that differ most.
    pub largest: Vec<ShareView>,
}

/// One figure.
#[derive(Debug, Clone)]
pub struct ShareView {
    /// The metering point.
    pub metering_point_id: String,
    /// What the operator says; `None` when it says nothing.
    pub operator_micro_kwh: Option<i128>,
    /// What the key gives; `None` while production is not known.
    pub computed_micro_kwh: Option<i128>,
}

/// The differences as text, lines ending with a line feed.
pub fn reconcile_text(view: &ReconcileView, locale: &Locale) -> String {
    let words = locale.words();
    let (from, last) = (words.long_day(view.from), words.long_day(view.last));
    let days = [("community", view.community.clone().into()), ("from", from.into()), ("to", last.into())];
    let mut out = words.ta("reconcile-title", days) + "\n\n";
    let causes = [
        ("reconcile-not-closing", view.not_closing),
        ("reconcile-different-rule", view.different_rule),
        ("reconcile-rounding", view.rounding),
        ("reconcile-waiting", view.waiting),
    ];
    if causes.iter().all(|(_, count)| *count == 0) {
        return out + &words.t("reconcile-none") + "\n";
    }
    for (key, count) in causes.into_iter().filter(|(_, count)| *count > 0) {
        out += &words.ta(key, [("count", count.into()), ("n", words.count(count).into())]);
        out.push('\n');
    }
    if view.beyond.is_empty() {
        return out;
    }
    out.push('\n');
    out += &list(view, &words);
    if view.beyond.len() > LISTED_MAX {
        let count = (view.beyond.len() - LISTED_MAX) as u64;
        out += &words.ta("reconcile-more", [("count", count.into()), ("n", words.count(count).into())]);
        out.push('\n');
    }
    out + "\n" + &words.t("reconcile-how") + "\n"
}

/// Two lines for each interval: when and why, and the figures that differ most.
fn list(view: &ReconcileView, words: &Words) -> String {
    let mut out = String::new();
    for interval in view.beyond.iter().take(LISTED_MAX) {
        let cause = if interval.closes { "reconcile-cause-rule" } else { "reconcile-cause-open" };
        let sum = interval
            .difference_micro_kwh
            .map_or_else(|| words.t("reconcile-unknown"), |micro_kwh| signed(words, micro_kwh));
        let mut largest: Vec<String> = interval.largest.iter().map(|s| share(words, s)).collect();
        let more = interval.figures.saturating_sub(largest.len()) as u64;
        if more > 0 {
            largest.push(words.ta("reconcile-others", [("count", more.into()), ("n", words.count(more).into())]));
        }
        let at = words.instant(view.zone, interval.start_us);
        let head = [("at", at.into()), ("cause", words.t(cause).into()), ("sum", sum.into())];
        out += &format!("{}\n    {}\n", words.ta("reconcile-interval", head), largest.join("; "));
    }
    out
}

fn share(words: &Words, share: &ShareView) -> String {
    let figure = |micro_kwh: Option<i128>| {
        micro_kwh.map_or_else(|| words.t("reconcile-unknown"), |micro_kwh| exact(words, micro_kwh))
    };
    let arguments = [
        ("point", share.metering_point_id.clone().into()),
        ("operator", figure(share.operator_micro_kwh).into()),
        ("computed", figure(share.computed_micro_kwh).into()),
    ];
    words.ta("reconcile-share", arguments)
}

/// To the last digit: a difference may be one micro-kWh.
fn exact(words: &Words, micro_kwh: i128) -> String {
    words.decimal(micro_kwh, 6)
}

fn signed(words: &Words, micro_kwh: i128) -> String {
    if micro_kwh > 0 { format!("+{}", exact(words, micro_kwh)) } else { exact(words, micro_kwh) }
}
