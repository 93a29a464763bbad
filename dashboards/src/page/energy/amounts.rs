//! What the amounts of a community's page are made of: energy by its price, and for a month the lines of its bills.

use askama::Template;
use chrono_tz::Tz;

mod samples;

pub use samples::SAMPLES;

use crate::figure::{Origin, Period};
use crate::locale::{Locale, Words};
use crate::part::frame::{Frame, languages, rendered};
use crate::urls::Urls;

/// Which amount of the page a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What members pay each other for shared energy.
    Shared,
    /// What the suppliers' part costs.
    Residual,
    /// What the surplus brings.
    Surplus,
    /// What the shared energy would have cost from suppliers.
    Alone,
    /// What else stands on members' invoices.
    OnTop,
    /// What storages were billed for energy that is used later.
    Stored,
    /// What was billed.
    Billed,
    /// What corrections of it are drafted.
    Drafted,
}

impl Part {
    /// The part of its word in tables.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "shared" => Self::Shared,
            "residual" => Self::Residual,
            "surplus" => Self::Surplus,
            "alone" => Self::Alone,
            "on_top" => Self::OnTop,
            "stored" => Self::Stored,
            "billed" => Self::Billed,
            "drafted" => Self::Drafted,
            _ => return None,
        })
    }
}

/// Energy of one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub part: Part,
    /// As in tables: `internal_energy`.
    pub item: String,
    /// In 1e-6 of the currency; `None` where it varies from interval to interval, or is not known.
    pub price_micro: Option<i64>,
    /// Whether it is not known.
    pub lacks_price: bool,
    pub energy_micro_kwh: i64,
    /// In 1e-12 of the currency.
    pub amount_pico: i128,
}

/// Everything that the page says.
#[derive(Debug, Clone)]
pub struct AmountsView {
    /// Identifier, as in addresses.
    pub community_id: String,
    /// Name for people; any text.
    pub name: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Zone of its local days.
    pub zone: Tz,
    /// What is shown.
    pub period: Period,
    /// The present, by the clock of the lake.
    pub now_us: i64,
    /// In the order in which they are shown.
    pub lines: Vec<Line>,
    /// What members saved, in 1e-6 of the currency, where that is known.
    pub saved_micro: Option<i128>,
    /// What was billed, and what corrections of it are drafted; of a month that was billed.
    pub billed_micro: Option<i128>,
    pub drafted_micro: Option<i128>,
    /// Where the figures come from, when they are not real.
    pub origin: Option<Origin>,
}

#[derive(Template)]
#[template(path = "page/energy/amounts.html")]
struct Body<'a> {
    when: String,
    cards: Vec<Lines>,
    days: Vec<(String, String)>,
    /// Back to the page that it is about.
    page: String,
    /// Its table, where the energies of a day stand interval by interval.
    table: Option<String>,
    origin: Option<String>,
    words: &'a Words,
}

/// A card of lines.
struct Lines {
    title: String,
    note: Option<String>,
    rows: Vec<Row>,
    /// What they come to.
    sum: Option<(String, String)>,
}

struct Row {
    name: String,
    /// Energy and price.
    of: String,
    amount: String,
}

/// The page.
pub fn render(view: &AmountsView, locale: &Locale, urls: &Urls) -> String {
    let words = locale.words();
    let id = &view.community_id;
    let page = urls.community(id, view.period, locale);
    let when = match view.period {
        Period::Day(day) => words.long_day(day),
        Period::Week(_) | Period::Month(_) => view.period.name(&words),
    };
    let is_day = matches!(view.period, Period::Day(_));
    let begun = |day: &chrono::NaiveDate| Period::Day(*day).span(view.zone).start <= view.now_us;
    let days = if is_day { vec![] } else { view.period.days() };
    let body = Body {
        cards: cards(view, &words),
        days: days
            .into_iter()
            .filter(begun)
            .map(|day| (words.day_of_week(day), urls.amounts(id, Period::Day(day), locale)))
            .collect(),
        table: is_day.then(|| format!("{page}#load")),
        page,
        origin: view.origin.map(|origin| words.t(origin.key())),
        when: when.clone(),
        words: &words,
    };
    let frame = Frame {
        lang: locale.code(),
        title: format!("{} · {} · {when}", words.t("amounts-title"), view.name),
        heading: view.name.clone(),
        languages: languages(locale, |l| urls.amounts(id, view.period, l)),
        live: false,
        body: rendered(&body),
        words: &words,
        urls,
    };
    rendered(&frame)
}

fn cards(view: &AmountsView, words: &Words) -> Vec<Lines> {
    let of = |parts: &[Part]| -> Vec<&Line> { view.lines.iter().filter(|line| parts.contains(&line.part)).collect() };
    let money = |micro: i128| words.money(micro, &view.currency);
    let mut cards = Vec::new();
    for (key, part) in
        [("sums-shared", Part::Shared), ("sums-residual", Part::Residual), ("sums-surplus", Part::Surplus)]
    {
        let lines = of(&[part]);
        if !lines.is_empty() {
            let note = Some(words.t("amounts-net"));
            cards.push(Lines { title: words.t(key), note, rows: rows(&lines, false, view, words), sum: None });
        }
    }
    let saved = of(&[Part::Alone]);
    if !saved.is_empty() {
        let mut rows = rows(&saved, false, view, words);
        rows.extend(self::rows(&of(&[Part::Shared, Part::OnTop]), true, view, words));
        rows.extend(self::rows(&of(&[Part::Stored]), false, view, words));
        let sum = view.saved_micro.map(|micro| (words.t("amounts-saved"), money(micro)));
        let note = Some(words.t("amounts-saved-note"));
        cards.push(Lines { title: words.t("amounts-saved-title"), note, rows, sum });
    }
    for (key, part, sum) in
        [("amounts-billed", Part::Billed, view.billed_micro), ("amounts-drafted", Part::Drafted, view.drafted_micro)]
    {
        let lines = of(&[part]);
        if !lines.is_empty() {
            let sum = sum.map(|micro| (words.t("report-total"), money(micro)));
            cards.push(Lines { title: words.t(key), note: None, rows: rows(&lines, false, view, words), sum });
        }
    }
    cards
}

/// Lines as they are shown; `less` where they are taken away.
fn rows(lines: &[&Line], less: bool, view: &AmountsView, words: &Words) -> Vec<Row> {
    let row = |line: &&Line| {
        let micro = engine::units::round_half_up(line.amount_pico, 12, 6);
        let is_vat = line.item == "vat";
        let energy = words.unit("unit-kwh", words.kwh_exact(line.energy_micro_kwh));
        let of = match line.price_micro {
            _ if is_vat => String::new(),
            _ if line.lacks_price => words.ta("amounts-of-unpriced", [("energy", energy.into())]),
            Some(price) if line.energy_micro_kwh != 0 => {
                words.ta("amounts-of", [("energy", energy.into()), ("price", words.price(price).into())])
            }
            None if line.energy_micro_kwh != 0 => words.ta("amounts-of-varying", [("energy", energy.into())]),
            _ => String::new(),
        };
        let amount = match line.lacks_price {
            true => words.t("sums-unknown"),
            false => words.money(if less { -micro } else { micro }, &view.currency),
        };
        Row { name: name(line, words), of, amount }
    };
    lines.iter().map(row).collect()
}

fn name(line: &Line, words: &Words) -> String {
    match line.part {
        Part::Alone => words.t("amounts-alone"),
        Part::Stored => words.t("amounts-stored"),
        Part::Residual => words.t("sums-residual"),
        _ => words.known(&format!("item-{}", line.item.replace('_', "-"))).unwrap_or_else(|| line.item.clone()),
    }
}
