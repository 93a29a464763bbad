//! The list of communities: how each does today.

use askama::Template;
use chrono_tz::Tz;
use engine::calendar::SECOND;

use crate::figure::{Energy, Origin, Period, Reliance, Rounded};
use crate::locale::{Locale, Words, local};
use crate::part::frame::{Frame, languages, rendered};
use crate::sample::{self, Sample};
use crate::urls::Urls;

/// One community in the list.
#[derive(Debug, Clone)]
pub struct CommunityRow {
    /// Identifier, as in addresses.
    pub community_id: String,
    /// Name for people; any text.
    pub name: String,
    /// ISO 3166 code.
    pub country: String,
    /// Zone of its local days.
    pub zone: Tz,
    /// Members of the community.
    pub members: u32,
    /// Metering points that take part.
    pub points: u32,
    /// Energy of the running local day.
    pub today: Energy,
    /// Its intervals by what they wait for.
    pub reliance: Reliance,
    /// End of the last interval up to which everything expected has arrived.
    pub complete_until_us: Option<i64>,
    /// Whether a check holds its last window back.
    pub held: bool,
}

/// Everything that the list says.
#[derive(Debug, Clone)]
pub struct IndexView {
    /// In the order in which they are shown.
    pub communities: Vec<CommunityRow>,
    /// The present, by the clock of the lake.
    pub now_us: i64,
    /// Where the figures come from, when they are not real.
    pub origin: Option<Origin>,
}

#[derive(Template)]
#[template(path = "page/cooperative/index.html")]
struct Body<'a> {
    headline: String,
    origin: Option<String>,
    rows: Vec<Row>,
    words: &'a Words,
}

struct Row {
    url: String,
    name: String,
    answer: String,
    left_out: Vec<String>,
    size: String,
    until: Option<String>,
    held: bool,
}

/// The list as a page.
pub fn render(view: &IndexView, locale: &Locale, urls: &Urls) -> String {
    let words = locale.words();
    let count = view.communities.len() as u64;
    let headline = words.ta("index-headline", [("count", count.into()), ("n", words.count(count).into())]);
    let rows = view.communities.iter().map(|c| row(c, view.now_us, locale, &words, urls)).collect();
    let body = Body { headline, origin: view.origin.map(|o| words.t(o.key())), rows, words: &words };
    let frame = Frame {
        lang: locale.code(),
        title: words.t("site-name"),
        heading: words.t("site-name"),
        languages: languages(locale, |l| urls.index(l)),
        live: false,
        body: rendered(&body),
        words: &words,
        urls,
    };
    rendered(&frame)
}

fn row(c: &CommunityRow, now_us: i64, locale: &Locale, words: &Words, urls: &Urls) -> Row {
    let today = Period::Day(local(c.zone, now_us).date_naive());
    let country = words.known(&format!("country-{}", c.country)).unwrap_or_else(|| c.country.clone());
    let size = words.ta(
        "index-size",
        [
            ("country", country.into()),
            ("members", c.members.into()),
            ("m", words.count(c.members.into()).into()),
            ("points", c.points.into()),
            ("p", words.count(c.points.into()).into()),
        ],
    );
    let until = c.complete_until_us.map(|at| words.ta("index-complete", [("until", words.instant(c.zone, at).into())]));
    Row {
        url: urls.community(&c.community_id, today, locale),
        name: c.name.clone(),
        answer: answer(c, words),
        left_out: c.reliance.left_out_sentences(words),
        size,
        until,
        held: c.held,
    }
}

/// How it does today.
fn answer(c: &CommunityRow, words: &Words) -> String {
    let shown = Rounded::shown(&c.today);
    match (c.today.consumption_micro_kwh, c.today.production_micro_kwh) {
        _ if c.reliance.held > 0 && !c.reliance.has_sums() => words.t("index-held-today"),
        _ if c.reliance.is_empty() => words.t("index-nothing"),
        (0, 0) => words.t("index-zero"),
        (0, _) => words.ta("index-produced", [("produced", shown.kwh(words, shown.production).into())]),
        (used, _) => {
            let share = words.share(c.today.shared_micro_kwh, used).into();
            words.ta("index-share", [("share", share), ("shared", shown.kwh(words, shown.shared).into())])
        }
    }
}

/// No community; and one that has figures, one that is silent, one that is held back.
pub const SAMPLES: &[Sample<IndexView>] = &[("none", none), ("several", several)];

fn none() -> IndexView {
    IndexView { communities: vec![], now_us: end_of_day() + 3 * 86_400 * SECOND, origin: None }
}

fn several() -> IndexView {
    let silent = CommunityRow {
        today: Energy::default(),
        reliance: Reliance::default(),
        complete_until_us: None,
        members: 1,
        points: 0,
        ..village("Silent", "silent")
    };
    let held = CommunityRow { held: true, country: "XX".into(), ..village("Held back", "held") };
    let (waits, nothing) = (Energy::default(), village("Nothing shared yet", "waits").reliance);
    let waiting = CommunityRow {
        today: waits,
        reliance: Reliance { settled: 0, held: 93, ..nothing },
        ..village("Nothing shared yet", "waits")
    };
    let idle = CommunityRow { today: waits, ..village("Idle", "idle") };
    let made = CommunityRow { today: sample::energy(0, 0, 10_400_000), ..village("Only produced", "made") };
    IndexView {
        communities: vec![village("Village", "village-fr"), silent, held, waiting, idle, made],
        origin: Some(Origin::Demo),
        ..none()
    }
}

fn village(name: &str, id: &str) -> CommunityRow {
    let series = sample::quarters(sample::date(2026, 6, 29), sample::sunny);
    CommunityRow {
        community_id: id.into(),
        name: name.into(),
        country: "FR".into(),
        zone: sample::ZONE,
        members: 12,
        points: 15,
        today: sample::sum(&series),
        reliance: sample::reliance(&series, 1),
        complete_until_us: Some(end_of_day()),
        held: false,
    }
}

fn end_of_day() -> i64 {
    Period::Day(sample::date(2026, 6, 29)).span(sample::ZONE).end
}
