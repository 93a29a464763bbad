//! The page of a community for a day, a week or a month: the answer in a sentence, where the power came from and where
//! it went, how the time went by, money, carbon dioxide, and how far all this can be relied upon.

use askama::Template;

mod samples;
mod sentence;
mod view;

pub use samples::SAMPLES;
pub use view::CommunityView;

use crate::chart::csv;
use crate::figure::{Rounded, co2};
use crate::locale::{Locale, Words};
use crate::part::card::Card;
use crate::part::fact::Fact;
use crate::part::flow::Flow;
use crate::part::frame::{Frame, languages, rendered};
use crate::part::load::Load;
use crate::part::nav::Nav;
use crate::part::sentence::Sentence;
use crate::part::sums::Sums;
use crate::urls::Urls;

#[derive(Template)]
#[template(path = "page/energy/community.html")]
struct Body {
    /// Where changes are told, while the period runs or may still change.
    events: Option<String>,
    live: String,
    content: String,
}

#[derive(Template)]
#[template(path = "page/energy/community_live.html")]
struct Content<'a> {
    view: &'a CommunityView,
    words: &'a Words,
    when: String,
    headline: String,
    lead: Vec<Sentence>,
    status: Option<Status>,
    held: Option<Card<'a>>,
    nav: Nav<'a>,
    /// Without any figure there is nothing to draw and nothing to add up.
    flow: Option<Flow<'a>>,
    load: Option<Load<'a>>,
    sums: Option<Sums<'a>>,
    facts: Vec<Fact>,
    co2: Vec<Card<'a>>,
    co2_apart: bool,
    trust: Card<'a>,
    bill: Option<Card<'a>>,
}

/// How far what is said can be relied on, in a word.
struct Status {
    word: String,
    is_open: bool,
}

/// The whole page. Without scripts it is complete and shows what was published when it was asked for; with them it asks
/// for [`render_live`] whenever the events of [`Urls::events`] say `committed`.
pub fn render(view: &CommunityView, locale: &Locale, urls: &Urls) -> String {
    let words = locale.words();
    let body = Body {
        events: view.is_live().then(|| urls.events(&view.community_id, view.version)),
        live: urls.live(&view.community_id, view.period, locale),
        content: content(view, &words, urls),
    };
    let frame = Frame {
        lang: locale.code(),
        title: format!("{} · {}", view.name, sentence::period(view, &words)),
        heading: view.name.clone(),
        languages: languages(locale, |l| urls.community(&view.community_id, view.period, l)),
        live: view.is_live(),
        body: rendered(&body),
        words: &words,
        urls,
    };
    rendered(&frame)
}

/// The part of the page that changes: the inside of its element `live`.
pub fn render_live(view: &CommunityView, locale: &Locale, urls: &Urls) -> String {
    content(view, &locale.words(), urls)
}

/// The rows of the picture as CSV.
pub fn series_csv(view: &CommunityView) -> String {
    csv::series(&view.curve())
}

/// The sums of the period as CSV, in one row.
pub fn totals_csv(view: &CommunityView) -> String {
    csv::totals(&view.totals, view.period.span(view.zone), &view.reliance)
}

fn content(view: &CommunityView, words: &Words, urls: &Urls) -> String {
    let locale = words.locale();
    let (curve, parts) = (view.curve(), view.totals.in_parts(view.rounding));
    let (off, shown) = (Rounded::new(&parts).err(), view.shown());
    let address = |period| urls.community(&view.community_id, period, locale);
    let (totals, series) = (
        urls.totals_csv(&view.community_id, view.period, locale),
        urls.series_csv(&view.community_id, view.period, locale),
    );
    let amounts = urls.amounts(&view.community_id, view.period, locale);
    let has_sums = view.reliance.has_sums();
    let bill = |b| Card::of_billing(b, view.zone, &view.currency, &amounts, words);
    rendered(&Content {
        when: sentence::when(view, words),
        headline: sentence::headline(view, words),
        lead: sentence::lead(view, words, &amounts),
        status: status(view, words),
        held: match (&view.damaged, &view.held) {
            (Some(file), _) => Some(Card::of_damaged(file, words)),
            (None, held) => held.as_ref().map(|check| Card::of_held(check, view.first_us.is_some(), words)),
        },
        nav: Nav::new(&curve, words, &address),
        flow: has_sums.then(|| Flow::new(&parts, &shown, off, totals, words)),
        load: has_sums.then(|| Load::new(sentence::chart_title(view, words), &curve, series, words, &address)),
        sums: has_sums.then(|| Sums::new(&parts, &shown, &view.money, &view.currency, &amounts, words)),
        facts: facts(view, &amounts, words),
        co2: view.co2.iter().enumerate().map(|(n, co2)| Card::of_co2(n, co2, words)).collect(),
        co2_apart: co2::are_apart(&view.co2),
        trust: trust(view, words),
        bill: view.billing.as_ref().map(bill),
        view,
        words,
    })
}

/// The word beside the answer; of nothing there is none.
fn status(view: &CommunityView, words: &Words) -> Option<Status> {
    let is_open = view.reliance.is_open();
    let key = match &view.billing {
        Some(billing) => billing.state.key(),
        None if view.reliance.is_empty() => return None,
        None if is_open => "status-provisional",
        None => "state-closed",
    };
    Some(Status { word: words.t(key), is_open })
}

/// What the community gets out of it, and how large it is.
fn facts(view: &CommunityView, amounts: &str, words: &Words) -> Vec<Fact> {
    let has_sums = view.reliance.has_sums();
    let saved = has_sums.then(|| Fact::of_savings(&view.money, &view.currency, amounts, words)).flatten();
    let mut facts: Vec<Fact> = saved.into_iter().collect();
    // Figures of several sets stand apart, each on its card.
    if let [co2] = view.co2.as_slice() {
        facts.push(Fact::of_co2(co2, words));
    }
    let counts = [("fact-members", view.members), ("fact-points", view.points)];
    facts.extend(counts.map(|(key, n)| Fact::of_count(key, n, words)));
    facts
}

/// How far the figures can be relied upon.
fn trust<'a>(view: &CommunityView, words: &'a Words) -> Card<'a> {
    let title = match view.complete_until_us {
        Some(at) => words.ta("trust-title-complete", [("until", words.instant(view.zone, at).into())]),
        None => words.t("trust-title-unknown"),
    };
    let reliance = &view.reliance;
    if reliance.is_empty() {
        return Card::plain("trust", "trust", title, vec![], words);
    }
    let is_billed = view.billing.as_ref().is_some_and(|b| b.billed_us.is_some());
    let mut lines = vec![words.t(match (reliance.is_open(), is_billed) {
        (true, _) => "trust-provisional",
        (false, false) => "trust-closed",
        (false, true) => "trust-billed",
    })];
    match view.missing_points {
        0 if reliance.left_out() + reliance.provisional == 0 => lines.push(words.t("trust-missing-none")),
        0 => {}
        n => lines.push(words.ta("trust-missing", [("count", n.into()), ("n", words.count(n.into()).into())])),
    }
    lines.extend(reliance.made_up_sentences(words));
    lines.extend(reliance.left_out_sentences(words));
    Card::plain("trust", "trust", title, lines, words)
}
