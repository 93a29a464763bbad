//! One JSON message as both parsers leave it: the text of each field, exact as it was sent, not judged yet.

use std::borrow::Cow;

use engine::ingest::{Reason, Rejection};

use super::super::MAX_VALUES;
use super::super::field::{self, Digits, Field};

/// JSON texts of the fields of one message, strings with their quotes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Message<'a> {
    /// In the order of [`Field::ALL`]. The entry of a curve is its whole array.
    texts: [Option<&'a str>; Field::ALL.len()],
    /// The values of `energy_kwh`, when it is an array; no more of them than a message may have.
    pub curve: Option<Vec<Energy<'a>>>,
    /// How many values the array has.
    pub values: usize,
    /// A field that was given twice.
    pub twice: Option<Field>,
}

/// One value: micro-kWh, nothing, or why the text is neither.
pub(super) type Energy<'a> = Result<Option<i64>, (Reason, &'a str)>;

impl<'a> Message<'a> {
    pub fn get(&self, field: Field) -> Option<&'a str> {
        self.texts[field as usize]
    }

    /// Notes the text of a field; false when it has one already.
    pub fn set(&mut self, field: Field, text: &'a str) -> bool {
        self.texts[field as usize].replace(text).is_none()
    }

    /// Whether it has none of the fields.
    pub fn is_empty(&self) -> bool {
        self.texts.iter().all(Option::is_none)
    }

    /// Notes a value of the array.
    pub fn push(&mut self, value: Energy<'a>) {
        self.values += 1;
        let curve = self.curve.get_or_insert_default();
        if self.values <= MAX_VALUES {
            curve.push(value);
        }
    }

    /// What the field says, when its JSON kind is the right one.
    ///
    /// # Errors
    /// Malformed, when the kind is wrong or the string is not a text.
    pub fn content(&self, field: Field) -> Result<Option<Cow<'a, str>>, Rejection> {
        let Some(text) = self.get(field) else { return Ok(None) };
        let is_number = matches!(field, Field::IntervalSeconds | Field::Revision);
        let content = match text.as_bytes().first() {
            Some(b'"') if !is_number => string(text),
            Some(b'-' | b'0'..=b'9') if is_number => Some(Cow::Borrowed(text)),
            Some(b'n') if matches!(field, Field::Revision | Field::Kind | Field::CommunityId) => return Ok(None),
            _ => None,
        };
        content.map(Some).ok_or_else(|| field.refuse(Reason::Malformed, text))
    }
}

/// What a JSON string says. `None` when its escapes say nothing.
fn string(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    if inner.contains('\\') {
        return serde_json::from_str::<String>(text).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inner))
}

/// The energy that one JSON value states, to the last digit.
pub(super) fn energy(text: &str) -> Energy<'_> {
    read(text, Digits::Exact)
}

/// The same, rounded to what the unit holds.
pub(super) fn rounded(text: &str) -> Energy<'_> {
    read(text, Digits::Rounded)
}

fn read(text: &str, digits: Digits) -> Energy<'_> {
    let read = match text.as_bytes().first() {
        Some(b'-' | b'0'..=b'9') => field::energy(text, digits),
        Some(b'"') => match string(text) {
            Some(inner) => field::energy(&inner, digits),
            None => Err(Reason::Malformed),
        },
        Some(b'n') => return Ok(None),
        _ => Err(Reason::Malformed),
    };
    read.map(Some).map_err(|reason| (reason, text))
}
