//! What a transport hands over and what a decoder makes of it.

use super::{RawReading, Rejection};
use crate::clock::Micros;

/// Where a record stands in its source. Unique for ever, and the same when it is read again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// `cluster/topic/partition` of Kafka, `file/SHA-256` of a file, `replay/POINT` of a replay.
    pub source: String,
    /// Offset of the message, or line of the file counted from 0.
    pub offset: i64,
}

/// One message or one line, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The bytes as they came.
    pub payload: &'a [u8],
    /// Its offset in the source.
    pub offset: i64,
    /// When the sender says it was sent; for files the time they were taken in.
    pub message_at: Micros,
}

/// Turns payloads into readings. A decoder knows one format, never a table, and never panics on any bytes.
pub trait Decoder: Send {
    /// Calls `out` once per value in the order of the message, the index in the message being the number of earlier
    /// calls plus earlier `null` values. Values that are not there (`null`, an empty cell) are not handed over; gives
    /// how many they were. A payload that cannot be read at all gives one rejection at index 0.
    fn decode(&mut self, payload: &[u8], out: &mut dyn FnMut(u32, Result<RawReading<'_>, Rejection>)) -> usize;
}

/// Many frames of one source in their order, in one allocation.
#[derive(Debug, Default, Clone)]
pub struct FrameBatch {
    /// The source of [`Position`].
    pub source: String,
    /// First offset that the batch covers. Offsets have gaps, so this may be less than the first frame's.
    pub from: i64,
    /// First offset after the batch.
    pub next: i64,
    bytes: Vec<u8>,
    frames: Vec<(usize, i64, Micros)>,
}

impl FrameBatch {
    /// An empty batch of `source` that starts at `from`.
    pub fn new(source: impl Into<String>, from: i64) -> Self {
        Self { source: source.into(), from, next: from, ..Self::default() }
    }

    /// Adds a frame; the batch then covers its offset.
    pub fn push(&mut self, frame: Frame<'_>) {
        self.bytes.extend_from_slice(frame.payload);
        self.frames.push((self.bytes.len(), frame.offset, frame.message_at));
        self.next = self.next.max(frame.offset + 1);
    }

    /// The frames in their order.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        let mut start = 0;
        self.frames.iter().map(move |&(end, offset, message_at)| {
            let payload = &self.bytes[start..end];
            start = end;
            Frame { payload, offset, message_at }
        })
    }

    /// How many frames it holds.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether it holds no frame; it may still cover offsets.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Memory held by payloads and their index.
    pub fn size_bytes(&self) -> usize {
        self.bytes.len() + self.frames.len() * size_of::<(usize, i64, Micros)>()
    }
}

/// What a source tells the intake.
#[derive(Debug)]
pub enum SourceEvent {
    /// Frames to take in.
    Batch(FrameBatch),
    /// These sources are no longer ours: drop what is not committed; their next owner reads it again.
    Revoked(Vec<String>),
    /// This source stopped and says why; the others go on.
    Stopped { source: String, why: String },
}

/// Where a source has to go on: the next offset that the table log holds, `None` when it holds none.
pub trait Positions: Send + Sync {
    /// May block; called from the source's own thread.
    fn next_offset(&self, source: &str) -> crate::Result<Option<i64>>;
}
