//! JSON messages: one value, or a curve of many. Digits are read exactly; no number ever passes through a float.

mod message;
mod parse;
mod scan;

use engine::ingest::{Decoder, RawReading, Reason, Rejection};
use message::{Energy, Message, energy};

use super::field::{Digits, Field, Head, absent};
use super::{MAX_PAYLOAD_BYTES, MAX_VALUES};

/// Where a message lands its values.
type Out<'o> = &'o mut dyn FnMut(u32, Result<RawReading<'_>, Rejection>);

/// The field that a rejection names when no field can be told apart.
const MESSAGE: &str = "message";

/// Reads the messages that the README of this crate shows.
///
/// A field that all values share refuses the whole message, with one rejection at index 0; a bad value of a curve
/// refuses itself alone. Unknown fields are ignored, known ones may be given once.
#[derive(Debug, Clone)]
pub struct JsonDecoder {
    max_bytes: usize,
    digits: Digits,
}

impl Default for JsonDecoder {
    fn default() -> Self {
        Self::with_max_bytes(MAX_PAYLOAD_BYTES)
    }
}

impl JsonDecoder {
    /// A decoder that refuses payloads of more than `max_bytes` bytes.
    pub fn with_max_bytes(max_bytes: usize) -> Self {
        Self { max_bytes, digits: Digits::Exact }
    }

    /// The same, with what becomes of digits that the unit does not hold.
    pub fn with_digits(mut self, digits: Digits) -> Self {
        self.digits = digits;
        self
    }
}

impl Decoder for JsonDecoder {
    fn decode(&mut self, payload: &[u8], out: Out<'_>) -> usize {
        let judged = text_of(payload, self.max_bytes).and_then(read).and_then(|m| judge(&m, self.digits, out));
        judged.unwrap_or_else(|rejection| {
            out(0, Err(rejection));
            0
        })
    }
}

/// The payload as text, when it is one and not too long.
pub(super) fn text_of(payload: &[u8], max_bytes: usize) -> Result<&str, Rejection> {
    if payload.len() > max_bytes {
        let value = format!("{} bytes or more, at most {max_bytes} are taken", payload.len());
        return Err(Rejection::new(Reason::MessageTooLarge, MESSAGE, value));
    }
    std::str::from_utf8(payload).map_err(|_| Rejection::new(Reason::Malformed, "encoding", not_utf8(payload)))
}

/// Where bytes stop being UTF-8, and what they are in the encoding that old programs save in.
pub(super) fn not_utf8(bytes: &[u8]) -> String {
    let Err(e) = std::str::from_utf8(bytes) else { return String::new() };
    let (before, after) = bytes.split_at(e.valid_up_to());
    let at = before.len();
    match after.first() {
        // The characters of Latin-1 are the first of Unicode.
        Some(byte @ 0xa0..) => {
            let around = before.iter().rev().take(12).rev().chain(after.iter().take(12));
            let read: String = around.map(|b| char::from(*b)).filter(|c| !c.is_control()).collect();
            format!("byte {at} is {byte:#04x}, as Latin-1 `{read}`")
        }
        Some(byte) => format!("byte {at} is {byte:#04x}"),
        None => format!("byte {at} is cut"),
    }
}

fn read(text: &str) -> Result<Message<'_>, Rejection> {
    match scan::scan(text) {
        Some(message) => Ok(message),
        None => parse::parse(text).map_err(|what| Rejection::new(Reason::Malformed, MESSAGE, what)),
    }
}

/// Hands over what a message says; gives how many of its values are not there.
fn judge(message: &Message<'_>, digits: Digits, out: Out<'_>) -> Result<usize, Rejection> {
    let head = Head::read(|field| message.content(field));
    if let Some(field) = message.twice {
        let mut rejection = field.refuse(Reason::Malformed, "given twice");
        // Of two points, neither is the one.
        if field != Field::MeteringPointId {
            rejection.metering_point_id =
                head.map_or_else(|other| other.metering_point_id, |head| Some(head.point().to_string()));
        }
        return Err(rejection);
    }
    let head = head?;
    match (&message.curve, message.get(Field::EnergyKwh)) {
        _ if message.values > MAX_VALUES => {
            let value = format!("{} values, at most {MAX_VALUES} are taken", message.values);
            Err(Field::EnergyKwh.refuse(Reason::MessageTooLarge, value).of_point(head.point()))
        }
        (Some(values), _) if values.is_empty() => Err(head.refuse_energy(Reason::Malformed, "[]")),
        (Some(values), _) => {
            Ok((0..).zip(values).map(|(index, value)| emit(&head, index, (*value, digits), out)).sum())
        }
        (None, Some(text)) => Ok(emit(&head, 0, (energy(text), digits), out)),
        (None, None) => Err(absent(Field::EnergyKwh).of_point(head.point())),
    }
}

/// Hands over one value; a missing one is passed over and counted.
fn emit(head: &Head<'_>, index: u32, (value, digits): (Energy<'_>, Digits), out: Out<'_>) -> usize {
    let value = match value {
        // Both parsers read exactly; what is rounded is read once more.
        Err((Reason::TooManyDigits, text)) if digits == Digits::Rounded => message::rounded(text),
        value => value,
    };
    match value {
        Ok(Some(micro_kwh)) => out(index, head.reading(index, micro_kwh)),
        Ok(None) => return 1,
        Err((reason, text)) => out(index, Err(head.refuse_energy(reason, text.trim_matches('"')))),
    }
    0
}

#[cfg(test)]
mod tests;
