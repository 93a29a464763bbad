//! The card that shows how the time went by, as a chart and as a table.

use askama::Template;

use super::table::Table;
use crate::chart::load::load;
use crate::chart::{Size, table};
use crate::figure::{Curve, Period};
use crate::locale::Words;

/// The chart in two sizes, of which the page shows one.
#[derive(Template)]
#[template(path = "part/load.html")]
pub(crate) struct Load<'a> {
    title: String,
    narrow: String,
    wide: String,
    notes: Vec<Note>,
    /// Address of the same rows.
    csv: String,
    table: Table,
    words: &'a Words,
}

/// Something to be said about the picture.
struct Note {
    /// Class of the size that it is said of.
    only: Option<&'static str>,
    text: String,
}

impl<'a> Load<'a> {
    /// Of a curve whose finding is `title`; `url` gives the address of a day.
    pub fn new(title: String, curve: &Curve, csv: String, words: &'a Words, url: &dyn Fn(Period) -> String) -> Self {
        let draw = |size: Size| load(&format!("load-{}", size.code()), &title, curve, size, words, url);
        let (narrow, wide) = (draw(Size::Narrow), draw(Size::Wide));
        let first = if matches!(curve.period, Period::Day(_)) { "table-time" } else { "table-day" };
        let heads = [first, "table-production", "table-consumption", "table-shared", "table-residual", "table-surplus"];
        let table = Table {
            titled_by: "chart-title",
            caption: words.t("table-unit"),
            heads: heads.iter().map(|key| words.t(key)).chain([String::new()]).collect(),
            rows: table::rows(curve, words, url),
        };
        Self { title, narrow, wide, notes: notes(curve, words), csv, table, words }
    }
}

fn notes(curve: &Curve, words: &Words) -> Vec<Note> {
    let mut notes = Vec::new();
    let count = curve.lacking() as u64;
    if count > 0 {
        let text = words.ta("chart-missing", [("count", count.into()), ("n", words.count(count).into())]);
        notes.push(Note { only: None, text });
    }
    match curve.period {
        Period::Day(_) => {}
        Period::Week(_) => notes.push(Note { only: None, text: words.t("chart-open-days") }),
        // Bars of a month are too narrow for a finger: on phones its days open in the table.
        Period::Month(_) => {
            notes.push(Note { only: Some("wide-only"), text: words.t("chart-open-days") });
            notes.push(Note { only: Some("narrow-only"), text: words.t("chart-open-table") });
        }
    }
    notes
}
