//! The page of a community, and the part of it that renews itself.

use askama::Template;

use super::card::{self, Fact, Sum};
use super::table::{self, Row};
use super::{CommunityView, Figures, sentence};
use crate::chart::{self, Size};
use crate::locale::{Locale, Words, local};
use crate::page::frame::{Frame, languages, rendered};
use crate::page::{Period, Urls};

#[derive(Template)]
#[template(path = "community.html")]
struct Body {
    /// Where changes are told, while the period runs or may still change.
    events: Option<String>,
    live: String,
    content: String,
}

#[derive(Template)]
#[template(path = "community_live.html")]
struct Content<'a> {
    view: &'a CommunityView,
    words: &'a Words,
    when: String,
    headline: String,
    lead: Vec<String>,
    status: String,
    held: Option<String>,
    tabs: Vec<Link>,
    previous: Option<Link>,
    next: Option<Link>,
    flow: Flow,
    flow_used: String,
    flow_made: String,
    totals_csv: String,
    series_csv: String,
    chart_title: String,
    chart_narrow: String,
    chart_wide: String,
    chart_notes: Vec<String>,
    /// Without any, there is nothing to draw and nothing to add up.
    has_figures: bool,
    time_key: &'static str,
    rows: Vec<Row>,
    facts: Vec<Fact>,
    sums: Vec<Sum>,
    how_money: Vec<String>,
    co2: Vec<(String, Vec<String>)>,
    co2_apart: bool,
    bill: Option<(String, Vec<String>)>,
    trust: (String, Vec<String>),
}

struct Link {
    name: String,
    url: String,
    current: bool,
}

enum Flow {
    Drawn(String),
    Nothing,
    /// Says by how much the figures do not add up.
    Unbalanced(String),
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

fn content(view: &CommunityView, words: &Words, urls: &Urls) -> String {
    let locale = words.locale();
    let parts = view.in_parts();
    let figures = Figures::new(&parts);
    let shown = figures.unwrap_or_else(|_| Figures::unbalanced(&view.totals));
    let number = |figure| shown.number(words, figure);
    let address = |period| urls.community(&view.community_id, period, locale);
    let title = sentence::chart_title(view, words);
    let draw = |size: Size| chart::load::load(&format!("load-{}", size.code()), &title, view, size, words, &address);
    let is_day = matches!(view.period, Period::Day(_));
    rendered(&Content {
        when: sentence::when(view, words),
        headline: sentence::headline(view, words),
        lead: sentence::lead(view, words),
        status: words.t(status(view)),
        held: view.held.as_ref().map(|check| words.ta("trust-held", [("check", check.clone().into())])),
        tabs: tabs(view, words, &address),
        previous: previous(view, words, &address),
        next: next(view, words, &address),
        flow: match figures {
            Ok(figures) => chart::flow::flow("flow", &parts, &figures, words).map_or(Flow::Nothing, Flow::Drawn),
            Err(by) => Flow::Unbalanced(words.ta("flow-unbalanced", [("energy", words.kwh_exact(by).into())])),
        },
        flow_used: words.ta(
            "flow-used",
            [
                ("total", number(shown.consumption).into()),
                ("shared", number(shown.shared).into()),
                ("residual", number(shown.residual).into()),
            ],
        ),
        flow_made: words.ta(
            "flow-made",
            [
                ("total", number(shown.production).into()),
                ("shared", number(shown.shared).into()),
                ("surplus", number(shown.surplus).into()),
            ],
        ),
        totals_csv: urls.totals_csv(&view.community_id, view.period, locale),
        series_csv: urls.series_csv(&view.community_id, view.period, locale),
        chart_narrow: draw(Size::Narrow),
        chart_wide: draw(Size::Wide),
        chart_title: title.clone(),
        chart_notes: chart_notes(view, words),
        has_figures: view.series.iter().any(|slot| slot.energy.is_some()),
        time_key: if is_day { "table-time" } else { "table-day" },
        rows: table::rows(view, words),
        facts: card::facts(view, words),
        sums: card::sums(view, &shown, words),
        how_money: card::how_money(view, words),
        co2: view.co2.iter().map(|co2| card::co2(co2, words)).collect(),
        co2_apart: card::are_apart(&view.co2),
        bill: card::bill(view, words),
        trust: card::trust(view, words),
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

fn tabs(view: &CommunityView, words: &Words, address: &dyn Fn(Period) -> String) -> Vec<Link> {
    let today = local(view.zone, view.now_us).date_naive();
    let names = ["period-day", "period-week", "period-month"];
    let choices = view.period.choices(today).into_iter().zip(names);
    choices
        .map(|(period, key)| Link {
            name: words.t(key),
            url: address(period),
            current: period.code() == view.period.code(),
        })
        .collect()
}

fn neighbour(period: Period, words: &Words, address: &dyn Fn(Period) -> String) -> Link {
    Link { name: sentence::span(period, words), url: address(period), current: false }
}

fn previous(view: &CommunityView, words: &Words, address: &dyn Fn(Period) -> String) -> Option<Link> {
    let begins = view.period.span(view.zone).start;
    view.first_us.filter(|first| *first < begins).map(|_| neighbour(view.period.previous(), words, address))
}

fn next(view: &CommunityView, words: &Words, address: &dyn Fn(Period) -> String) -> Option<Link> {
    let ends = view.period.span(view.zone).end;
    (ends <= view.now_us).then(|| neighbour(view.period.next(), words, address))
}

fn chart_notes(view: &CommunityView, words: &Words) -> Vec<String> {
    let mut notes = Vec::new();
    let lacking = |(span, slot): &(engine::calendar::Span, Option<&super::Slot>)| {
        slot.map_or(view.is_due(*span), |s| s.missing_points > 0 || (s.energy.is_none() && view.is_due(*span)))
    };
    let count = view.rows().iter().filter(|row| lacking(row)).count() as u64;
    if count > 0 {
        notes.push(words.ta("chart-missing", [("count", count.into()), ("n", words.count(count).into())]));
    }
    if !matches!(view.period, Period::Day(_)) {
        notes.push(words.t("chart-open-days"));
    }
    notes
}
