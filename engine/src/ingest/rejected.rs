//! Rows of `quarantine` in the making, in parts of a few megabytes: no array grows beyond what its offsets can say, and
//! a payload stands once, at the first of its values that is kept.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, Int32Array, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder,
};

use super::source::Cut;
use super::{Reason, Rejection};
use crate::clock::Micros;
use crate::error::Result;
use crate::hash::hex;
use crate::schema::Table;
use crate::schema::arrays::times;

/// A part is closed at this size. One payload more may still be in it.
const PART_BYTES: usize = 4 << 20;
/// What a row takes beside its texts.
const ROW_BYTES: usize = 64;

/// Where a value stood, and when it was sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub position: i64,
    pub index: u32,
    pub message_at: Micros,
}

/// What is kept of a payload.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kept<'a> {
    /// All of it.
    Whole(&'a [u8]),
    /// Its head, and what is known of the whole.
    Head(&'a [u8], Cut),
    /// Nothing: an earlier row of the same message has it.
    Before,
}

/// Rows of `quarantine` from one source.
#[derive(Debug, Default)]
pub(super) struct RejectedRows {
    full: Vec<Part>,
    open: Part,
    rows: usize,
    /// Of the full parts.
    bytes: usize,
}

impl RejectedRows {
    pub fn push(&mut self, rejection: &Rejection, place: Place, payload: Kept<'_>) {
        self.open.push(rejection, place, payload);
        self.rows += 1;
        if self.open.bytes >= PART_BYTES {
            self.bytes += self.open.bytes;
            self.full.push(std::mem::take(&mut self.open));
        }
    }

    pub fn len(&self) -> usize {
        self.rows
    }

    /// Memory that the rows hold.
    pub fn size_bytes(&self) -> usize {
        self.bytes + self.open.bytes
    }

    /// The rows in their order.
    pub fn into_batches(mut self, source: &str, received_at: Micros) -> Result<Vec<RecordBatch>> {
        if !self.open.positions.is_empty() {
            self.full.push(self.open);
        }
        self.full.into_iter().map(|part| part.into_batch(source, received_at)).collect()
    }
}

#[derive(Debug, Default)]
struct Part {
    positions: Vec<i64>,
    indexes: Vec<i32>,
    message_at: Vec<Micros>,
    reasons: Vec<Reason>,
    points: StringBuilder,
    fields: StringBuilder,
    values: StringBuilder,
    payloads: BinaryBuilder,
    whole_bytes: Int64Builder,
    whole_sha256: StringBuilder,
    bytes: usize,
}

impl Part {
    fn push(&mut self, rejection: &Rejection, place: Place, payload: Kept<'_>) {
        let Rejection { reason, field, value, metering_point_id: point } = rejection;
        self.positions.push(place.position);
        self.indexes.push(i32::try_from(place.index).unwrap_or(i32::MAX));
        self.message_at.push(place.message_at);
        self.reasons.push(*reason);
        self.points.append_option(point.as_deref());
        self.fields.append_value(field);
        self.values.append_value(value);
        let (bytes, cut) = match payload {
            Kept::Whole(bytes) => (bytes, None),
            Kept::Head(bytes, cut) => (bytes, Some(cut)),
            Kept::Before => (&[][..], None),
        };
        self.payloads.append_value(bytes);
        self.whole_bytes.append_option(cut.map(|cut| i64::try_from(cut.bytes).unwrap_or(i64::MAX)));
        self.whole_sha256.append_option(cut.map(|cut| hex(&cut.sha256)));
        self.bytes += ROW_BYTES + field.len() + value.len() + point.as_ref().map_or(0, String::len) + bytes.len();
    }

    fn into_batch(mut self, source: &str, received_at: Micros) -> Result<RecordBatch> {
        let n = self.positions.len();
        let word = |f: fn(Reason) -> &'static str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(self.reasons.iter().map(|r| f(*r))))
        };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(source, n))),
            Arc::new(Int64Array::from(self.positions)),
            Arc::new(Int32Array::from(self.indexes)),
            times(self.message_at.into_iter()),
            times(std::iter::repeat_n(received_at, n)),
            Arc::new(self.points.finish()),
            word(Reason::code),
            word(Reason::rule_id),
            Arc::new(self.fields.finish()),
            Arc::new(self.values.finish()),
            Arc::new(self.payloads.finish()),
            Arc::new(self.whole_bytes.finish()),
            Arc::new(self.whole_sha256.finish()),
        ];
        Ok(RecordBatch::try_new(Table::Quarantine.file_schema(), columns)?)
    }
}
