//! How the source does, for health checks.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

/// How the source does, for health checks.
#[derive(Debug, Default)]
pub struct KafkaHealth {
    /// Milliseconds since the source was opened at its last poll.
    pub(super) polled_at_ms: AtomicI64,
    /// Payload bytes between poll thread and reader.
    pub(super) held_bytes: AtomicUsize,
}

impl KafkaHealth {
    /// Payload bytes that wait.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes.load(Ordering::Relaxed)
    }
}
