//! JSON messages: one value, or a curve of many. Digits are read exactly; no number ever passes through a float.

mod message;
mod parse;
mod scan;

use engine::ingest::{Decoder, RawReading, Reason, Rejection};
use message::{Energy, Message, energy};

use super::field::{Field, Head, absent};
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
}

impl Default for JsonDecoder {
    fn default() -> Self {
        Self::with_max_bytes(MAX_PAYLOAD_BYTES)
    }
}

impl JsonDecoder {
    /// A decoder that refuses payloads of more than `max_bytes` bytes.
    pub fn with_max_bytes(max_bytes: usize) -> Self {
        Self { max_bytes }
    }
}

impl Decoder for JsonDecoder {
    fn decode(&mut self, payload: &[u8], out: Out<'_>) {
        match text_of(payload, self.max_bytes).and_then(read) {
            Ok(message) => judge(&message, out),
            Err(rejection) => out(0, Err(rejection)),
        }
    }
}

/// The payload as text, when it is one and not too long.
pub(super) fn text_of(payload: &[u8], max_bytes: usize) -> Result<&str, Rejection> {
    if payload.len() > max_bytes {
        let value = format!("{} bytes or more, at most {max_bytes} are taken", payload.len());
        return Err(Rejection::new(Reason::MessageTooLarge, MESSAGE, value));
    }
    std::str::from_utf8(payload)
        .map_err(|e| Rejection::new(Reason::Malformed, MESSAGE, format!("not UTF-8 from byte {} on", e.valid_up_to())))
}

fn read(text: &str) -> Result<Message<'_>, Rejection> {
    match scan::scan(text) {
        Some(message) => Ok(message),
        None => parse::parse(text).map_err(|what| Rejection::new(Reason::Malformed, MESSAGE, what)),
    }
}

fn judge(message: &Message<'_>, out: Out<'_>) {
    let head = Head::read(|field| message.content(field));
    if let Some(field) = message.twice {
        let mut rejection = field.refuse(Reason::Malformed, "given twice");
        // Of two points, neither is the one.
        if field != Field::MeteringPointId {
            rejection.metering_point_id =
                head.map_or_else(|other| other.metering_point_id, |head| Some(head.point().to_string()));
        }
        return out(0, Err(rejection));
    }
    let head = match head {
        Ok(head) => head,
        Err(rejection) => return out(0, Err(rejection)),
    };
    match (&message.curve, message.get(Field::EnergyKwh)) {
        _ if message.values > MAX_VALUES => {
            let value = format!("{} values, at most {MAX_VALUES} are taken", message.values);
            out(0, Err(Field::EnergyKwh.refuse(Reason::MessageTooLarge, value).of_point(head.point())));
        }
        (Some(values), _) if values.is_empty() => out(0, Err(head.refuse_energy(Reason::Malformed, "[]"))),
        (Some(values), _) => (0..).zip(values).for_each(|(index, value)| emit(&head, index, *value, out)),
        (None, Some(text)) => emit(&head, 0, energy(text), out),
        (None, None) => out(0, Err(absent(Field::EnergyKwh).of_point(head.point()))),
    }
}

/// Hands over one value; a missing one is passed over.
fn emit(head: &Head<'_>, index: u32, value: Energy<'_>, out: Out<'_>) {
    match value {
        Ok(Some(micro_kwh)) => out(index, head.reading(index, micro_kwh)),
        Ok(None) => {}
        Err((reason, text)) => out(index, Err(head.refuse_energy(reason, text.trim_matches('"')))),
    }
}

#[cfg(test)]
mod tests;
