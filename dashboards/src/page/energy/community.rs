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
    lead: Vec<String>,
    status: String,
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

/// The whole page. Without scripts it is complete and shows what was published when it was asked for; with them it asks
/// for [`render_live`] whenever the events of [`Urls::events`] say `committed`.
pub fn render(view: &CommunityView, locale: &Locale, urls: &Urls) -> String {
    let words = locale.words();
    let body = Body {
        events: view.provisional.then(|| urls.events(&view.community_id, view.version)),
        live: urls.live(&view.community_id, view.period, locale),
        content: content(view, &words, urls),
    };
    let frame = Frame {
        lang: locale.code(),
        title: format!("{} · {}", view.name, sentence::period(view, &words)),
        heading: view.name.clone(),
        languages: languages(locale, |l| urls.community(&view.community_id, view.period, l)),
        live: view.provisional,
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
    csv::totals(&view.totals, view.period.span(view.zone), view.provisional)
}

fn content(view: &CommunityView, words: &Words, urls: &Urls) -> String {
    let locale = words.locale();
    let (curve, parts) = (view.curve(), view.totals.in_parts(view.rounding));
    let rounded = Rounded::new(&parts);
    let shown = rounded.unwrap_or_else(|_| Rounded::unbalanced(&view.totals));
    let address = |period| urls.community(&view.community_id, period, locale);
    let (totals, series) = (
        urls.totals_csv(&view.community_id, view.period, locale),
        urls.series_csv(&view.community_id, view.period, locale),
    );
    let has_figures = view.series.iter().any(|slot| slot.energy.is_some());
    rendered(&Content {
        when: sentence::when(view, words),
        headline: sentence::headline(view, words),
        lead: sentence::lead(view, words),
        status: words.t(status(view)),
        held: match (&view.damaged, &view.held) {
            (Some(file), _) => Some(Card::of_damaged(file, words)),
            (None, held) => held.as_ref().map(|check| Card::of_held(check, words)),
        },
        nav: Nav::new(&curve, words, &address),
        flow: has_figures.then(|| Flow::new(&parts, &shown, rounded.err(), totals, words)),
        load: has_figures.then(|| Load::new(sentence::chart_title(view, words), &curve, series, words, &address)),
        sums: has_figures.then(|| Sums::new(&shown, &view.money, &view.currency, words)),
        facts: facts(view, words),
        co2: view.co2.iter().map(|co2| Card::of_co2(co2, words)).collect(),
        co2_apart: co2::are_apart(&view.co2),
        trust: trust(view, words),
        bill: view.billing.as_ref().map(|b| Card::of_billing(b, view.zone, &view.currency, words)),
        view,
        words,
    })
}

/// The key of the word beside the answer.
fn status(view: &CommunityView) -> &'static str {
    match &view.billing {
        Some(billing) => billing.state.key(),
        None if view.provisional => "status-provisional",
        None => "status-final",
    }
}

/// What the community gets out of it, and how large it is.
fn facts(view: &CommunityView, words: &Words) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Fact::of_savings(&view.money, &view.currency, words).into_iter().collect();
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
    let missing = match view.missing_points {
        0 => words.t("trust-missing-none"),
        n => words.ta("trust-missing", [("count", n.into()), ("n", words.count(n.into()).into())]),
    };
    let state = words.t(if view.provisional { "trust-provisional" } else { "trust-final" });
    Card { class: "trust", title, lines: vec![state, missing], how: vec![], words }
}
