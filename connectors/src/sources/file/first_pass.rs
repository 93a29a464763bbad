//! What one pass over the bytes of a file tells: its digest, what it is, and how many records it has.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use engine::{Error, Result};
use sha2::{Digest, Sha256};

use super::format::{BOM, FileFormat, READ_BYTES, Records, source_name};
use super::values::{Splitter, Step, are_over_lines};

/// Bytes at the start of a file that say what it is.
const START_BYTES: usize = 4096;

pub(super) struct FirstPass {
    hasher: Sha256,
    lines: i64,
    values: i64,
    start: Vec<u8>,
}

impl FirstPass {
    pub fn over(file: &mut File) -> std::io::Result<Self> {
        let mut pass = Self { hasher: Sha256::new(), lines: 0, values: 0, start: Vec::new() };
        let mut buffer = vec![0; READ_BYTES];
        let (mut last, mut splitter) = (b'\n', Splitter::default());
        loop {
            let count = match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            let bytes = &buffer[..count];
            if pass.start.is_empty() {
                pass.start.extend_from_slice(&bytes[..count.min(START_BYTES)]);
            }
            pass.hasher.update(bytes);
            pass.lines += bytes.iter().filter(|b| **b == b'\n').count() as i64;
            if are_over_lines(pass.text()) {
                let ends = |byte: &&u8| matches!(splitter.step(**byte), Step::Last | Step::After);
                pass.values += bytes.iter().filter(ends).count() as i64;
            }
            last = bytes[count - 1];
        }
        pass.lines += i64::from(last != b'\n');
        pass.values += i64::from(splitter.is_open());
        Ok(pass)
    }

    fn text(&self) -> &[u8] {
        self.start.strip_prefix(BOM).unwrap_or(&self.start).trim_ascii_start()
    }

    pub fn source(&self) -> String {
        source_name(&self.hasher)
    }

    /// How its records are told apart, and how many there are.
    pub fn records(&self, format: FileFormat) -> (Records, i64) {
        match format == FileFormat::JsonLines && are_over_lines(self.text()) {
            true => (Records::Values, self.values),
            false => (Records::Lines, self.lines),
        }
    }

    pub fn format(&self, path: &Path, asked: Option<FileFormat>) -> Result<FileFormat> {
        let wrong = |what: &str| Err(Error::user(format!("{} {what}", path.display())));
        if self.start.is_empty() {
            return wrong("is empty; there is nothing to take in");
        }
        if self.start.starts_with(b"\xff\xfe") || self.start.starts_with(b"\xfe\xff") {
            return wrong("is UTF-16; save it as UTF-8");
        }
        if self.start.starts_with(b"\x1f\x8b") {
            return wrong("is compressed by gzip; unpack it first");
        }
        if self.start.starts_with(b"PK\x03\x04") {
            let is_workbook = self.start.windows(3).any(|w| w == b"xl/") || has_extension(path, "xlsx");
            return wrong(match is_workbook {
                true => "is an Excel workbook (XLSX); save its sheet as CSV UTF-8 and take that in",
                false => "is a ZIP archive; unpack it first",
            });
        }
        if self.start.starts_with(b"\xd0\xcf\x11\xe0") {
            return wrong("is an old Excel workbook (XLS); save its sheet as CSV UTF-8 and take that in");
        }
        if self.start.starts_with(b"PAR1") {
            return wrong("is a Parquet file; write its rows as CSV and take that in");
        }
        let named = path.extension().and_then(|e| e.to_str()).and_then(FileFormat::parse);
        let text = self.text();
        let looks =
            if text.starts_with(b"{") || text.starts_with(b"[") { FileFormat::JsonLines } else { FileFormat::Csv };
        Ok(asked.or(named).unwrap_or(looks))
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| e.eq_ignore_ascii_case(extension))
}
