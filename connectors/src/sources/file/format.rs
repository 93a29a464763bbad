//! How a file is to be read, and what it is called.

use sha2::{Digest, Sha256};

/// As many bytes are read at once.
pub(super) const READ_BYTES: usize = 256 << 10;
/// What some programs put before a text in UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// How the lines of a file are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Canonical CSV with a header line.
    Csv,
    /// One JSON message a line, messages over several lines, or an array of them.
    JsonLines,
}

/// How the records of a file are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Records {
    /// Each is a line.
    Lines,
    /// Each is a JSON value.
    Values,
}

impl FileFormat {
    /// Reads the name that `--format` takes, which is also the file's extension.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" | "json" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// `file/<SHA-256>` of the bytes that were hashed.
pub(super) fn source_name(hasher: &Sha256) -> String {
    let digest = hasher.clone().finalize();
    let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    format!("file/{hex}")
}
