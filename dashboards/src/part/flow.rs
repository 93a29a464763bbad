//! The card that shows where energy came from and where it went.

use askama::Template;

use crate::chart;
use crate::figure::{Energy, Rounded};
use crate::locale::Words;

/// The picture with the two sums that it shows.
#[derive(Template)]
#[template(path = "part/flow.html")]
pub(crate) struct Flow<'a> {
    picture: Picture,
    used: String,
    made: String,
    /// Address of the same figures.
    csv: String,
    id: &'static str,
    how: Vec<String>,
    words: &'a Words,
}

enum Picture {
    Drawn(String),
    Nothing,
    /// Says by how much the figures do not add up.
    Unbalanced(String),
}

impl<'a> Flow<'a> {
    /// Of energy in its parts and as it is printed; `off_micro_kwh` by how much it does not add up, if it does not.
    pub fn new(exact: &Energy, shown: &Rounded, off_micro_kwh: Option<i64>, csv: String, words: &'a Words) -> Self {
        let picture = match off_micro_kwh {
            None => chart::flow::flow("flow", exact, shown, words).map_or(Picture::Nothing, Picture::Drawn),
            Some(off) => Picture::Unbalanced(words.ta("flow-unbalanced", [("energy", words.kwh_exact(off).into())])),
        };
        let number = |figure| shown.number(words, figure).into();
        let used = [
            ("total", number(shown.consumption)),
            ("shared", number(shown.shared)),
            ("residual", number(shown.residual)),
        ];
        let made =
            [("total", number(shown.production)), ("shared", number(shown.shared)), ("surplus", number(shown.surplus))];
        Self {
            picture,
            used: words.ta("flow-used", used),
            made: words.ta("flow-made", made),
            csv,
            id: "flow",
            how: vec![words.t("how-energy"), words.t("how-rounding")],
            words,
        }
    }
}
