//! What a transport hands over and what a decoder makes of it.

use sha2::{Digest, Sha256};

use super::{RawReading, Rejection};
use crate::clock::Micros;

/// How much of a payload that is too large is kept, in bytes: enough to see what it is and who sent it.
const HEAD_BYTES: usize = 4 << 10;

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
    /// The bytes as they came, or their head.
    pub payload: &'a [u8],
    /// Its offset in the source.
    pub offset: i64,
    /// When the sender says it was sent; for files the time they were taken in.
    pub message_at: Micros,
    /// What is known of the whole, when `payload` is only its head.
    pub cut: Option<Cut>,
}

impl<'a> Frame<'a> {
    /// A frame of all bytes, or of their head when they are more than `bytes_max`: nobody after the source holds more.
    pub fn within(bytes_max: usize, payload: &'a [u8], offset: i64, message_at: Micros) -> Self {
        let cut = (payload.len() > bytes_max).then(|| Cut::of(payload));
        let payload = if cut.is_some() { head(payload) } else { payload };
        Self { payload, offset, message_at, cut }
    }
}

/// The part of a payload that is kept when it is too large.
pub fn head(payload: &[u8]) -> &[u8] {
    payload.get(..HEAD_BYTES).unwrap_or(payload)
}

/// What is known of a payload of which only the head is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Bytes of the whole.
    pub bytes: u64,
    /// Digest of the whole.
    pub sha256: [u8; 32],
}

impl Cut {
    /// What is to be known of a whole payload.
    pub fn of(payload: &[u8]) -> Self {
        Self { bytes: payload.len() as u64, sha256: Sha256::digest(payload).into() }
    }
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
    /// By the number of the frame.
    cuts: Vec<(usize, Cut)>,
}

impl FrameBatch {
    /// An empty batch of `source` that starts at `from`.
    pub fn new(source: impl Into<String>, from: i64) -> Self {
        Self { source: source.into(), from, next: from, ..Self::default() }
    }

    /// Adds a frame; the batch then covers its offset.
    pub fn push(&mut self, frame: Frame<'_>) {
        self.bytes.extend_from_slice(frame.payload);
        self.cuts.extend(frame.cut.map(|cut| (self.frames.len(), cut)));
        self.frames.push((self.bytes.len(), frame.offset, frame.message_at));
        self.next = self.next.max(frame.offset + 1);
    }

    /// The frames in their order.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        let mut start = 0;
        let mut cuts = self.cuts.iter().peekable();
        self.frames.iter().enumerate().map(move |(number, &(end, offset, message_at))| {
            let payload = &self.bytes[start..end];
            start = end;
            let cut = cuts.next_if(|(of, _)| *of == number).map(|(_, cut)| *cut);
            Frame { payload, offset, message_at, cut }
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
        self.bytes.len()
            + self.frames.len() * size_of::<(usize, i64, Micros)>()
            + self.cuts.len() * size_of::<(usize, Cut)>()
    }
}

/// What a source tells the intake.
#[derive(Debug)]
pub enum SourceEvent {
    /// Frames to take in.
    Batch(FrameBatch),
    /// These sources are no longer ours: drop what is not committed; their next owner reads it again.
    Revoked(Vec<String>),
    /// This source stands still and says why; the others go on.
    Stopped(Stopped),
    /// This source is read from now on, also after it stood still.
    Begun(String),
}

/// A source that stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The source of [`Position`].
    pub source: String,
    /// Why, and what helps.
    pub why: String,
    /// What was deleted before it was read: the position of the table, and the first offset that is still there.
    /// `None` when it is something else that may pass.
    pub lost: Option<(i64, i64)>,
}

/// Where sources have to go on: the next offset that the table log holds, `None` when it holds none.
pub trait Positions: Send + Sync {
    /// The positions of these sources, in their order. May block; called from a thread of the source.
    fn next_offsets(&self, sources: &[String]) -> crate::Result<Vec<Option<i64>>>;
}
