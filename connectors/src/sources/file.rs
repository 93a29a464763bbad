//! Files of readings: canonical CSV or JSON messages, named by what they hold and not by where they lie.

mod first_pass;
mod format;
mod values;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::PathBuf;

use engine::clock::Micros;
use engine::ingest::source::head;
use engine::ingest::{Cut, Decoder, Frame, FrameBatch, RawReading, Rejection};
use engine::{Error, Result};
use sha2::{Digest, Sha256};

use self::first_pass::FirstPass;
pub use self::format::FileFormat;
use self::format::{BOM, READ_BYTES, Records, source_name};
use self::values::{Splitter, Step};
use crate::decoders::{CANONICAL_HEADER, CsvDecoder, Digits, JsonDecoder, MAX_PAYLOAD_BYTES};

/// Payload bytes of one batch, about.
const BATCH_BYTES: usize = 4 << 20;

/// An open file of readings.
///
/// Its source is `file/<SHA-256 of its bytes>`, a position is a line counted from 0, and the header is a line; where
/// messages go over several lines, or stand in an array, it is a message counted from 0. Lines end with LF or CRLF;
/// empty ones hold nothing; of a record that is too long its head is handed over, with the digest of the whole.
#[derive(Debug)]
pub struct FileSource {
    path: PathBuf,
    reader: BufReader<Hashing>,
    format: FileFormat,
    digits: Digits,
    records: Records,
    splitter: Splitter,
    csv: Option<CsvDecoder>,
    /// What comes before each line, so that a line that waits in quarantine still says what its columns are: the
    /// header, when it is not the canonical one, and a line break.
    prefix: Vec<u8>,
    source: String,
    lines: i64,
    /// First line of the next batch.
    from: i64,
    /// Next line of the reader.
    line: i64,
    received_at: Micros,
    max_line_bytes: usize,
    batch_bytes: usize,
}

impl FileSource {
    /// Opens a file, reads it once for its digest and its number of lines, and judges its header. Without `format`
    /// the extension says what it is, and without a known extension its first bytes do. All its records count as sent
    /// at `received_at`.
    ///
    /// # Errors
    /// User, when the format or the header is wrong. Environment, when the file cannot be read.
    pub fn open(path: impl Into<PathBuf>, format: Option<FileFormat>, received_at: Micros) -> Result<Self> {
        let path = path.into();
        let failed = |e| Error::environment(format!("cannot read {}", path.display()), e);
        let mut file = File::open(&path).map_err(failed)?;
        let first_pass = FirstPass::over(&mut file).map_err(failed)?;
        file.rewind().map_err(failed)?;
        let format = first_pass.format(&path, format)?;
        let (records, lines) = first_pass.records(format);
        let mut source = Self {
            reader: BufReader::with_capacity(READ_BYTES, Hashing { file, hasher: Sha256::new() }),
            format,
            digits: Digits::Exact,
            records,
            splitter: Splitter::default(),
            csv: None,
            prefix: Vec::new(),
            source: first_pass.source(),
            lines,
            from: 0,
            line: 0,
            received_at,
            max_line_bytes: MAX_PAYLOAD_BYTES,
            batch_bytes: BATCH_BYTES,
            path,
        };
        if format == FileFormat::Csv {
            let mut header = Vec::new();
            source.read_record(&mut header)?;
            let csv =
                CsvDecoder::from_header(&header).map_err(|e| Error::user(format!("{}: {e}", source.path.display())))?;
            source.csv = Some(csv);
            if header != CANONICAL_HEADER.as_bytes() {
                header.push(b'\n');
                source.prefix = header;
            }
        }
        Ok(source)
    }

    /// `file/<SHA-256>`, under which the table keeps its position.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The same, with what becomes of digits that the unit does not hold.
    #[must_use]
    pub fn with_digits(self, digits: Digits) -> Self {
        Self { digits, ..self }
    }

    /// How its records are read.
    pub fn format(&self) -> FileFormat {
        self.format
    }

    /// How many lines it has, the header and empty ones included: the position of a file that was taken in whole.
    pub fn lines(&self) -> i64 {
        self.lines
    }

    /// The decoder of its lines.
    pub fn decoder(&self) -> Box<dyn Decoder> {
        match &self.csv {
            Some(csv) => {
                let csv = csv.clone().with_max_bytes(self.max_line_bytes).with_digits(self.digits);
                Box::new(Below { prefix: self.prefix.len(), csv })
            }
            None => Box::new(JsonDecoder::with_max_bytes(self.max_line_bytes).with_digits(self.digits)),
        }
    }

    /// Goes on at line `next`, which the table log holds. To be called before the first batch.
    ///
    /// # Errors
    /// Internal, when the file has fewer lines. Environment, when it cannot be read.
    pub fn resume_at(&mut self, next: i64) -> Result<()> {
        if next > self.lines {
            return Err(Error::internal(format!("{} has {} lines, not {next}", self.source, self.lines)));
        }
        let mut skipped = Vec::new();
        while self.line < next && self.read_record(&mut skipped)?.is_some() {}
        self.from = next;
        Ok(())
    }

    /// The next lines, `None` after the last one.
    ///
    /// # Errors
    /// Environment, when the file cannot be read or is not the one whose digest was taken.
    pub fn next_batch(&mut self) -> Result<Option<FrameBatch>> {
        if self.from >= self.lines {
            return Ok(None);
        }
        let mut batch = FrameBatch::new(self.source.clone(), self.from);
        let mut line = Vec::new();
        while batch.size_bytes() < self.batch_bytes {
            let offset = self.line;
            let cut = match self.read_record(&mut line)? {
                None => {
                    self.check_digest()?;
                    break;
                }
                Some(Line::Whole) => None,
                Some(Line::Head(cut)) => {
                    line.truncate(head(&line).len());
                    Some(cut)
                }
            };
            if cut.is_some() || !line.trim_ascii().is_empty() {
                line.splice(..0, self.prefix.iter().copied());
                batch.push(Frame { payload: &line, offset, message_at: self.received_at, cut });
            }
        }
        batch.next = self.line;
        self.from = self.line;
        Ok(Some(batch))
    }

    /// Reads a record; `None` at the end of the file.
    fn read_record(&mut self, record: &mut Vec<u8>) -> Result<Option<Line>> {
        match self.records {
            Records::Lines => self.read_line(record),
            Records::Values => self.read_value(record),
        }
    }

    /// Reads a JSON value; `None` at the end of the file. Of one that is too long the beginning is kept.
    fn read_value(&mut self, value: &mut Vec<u8>) -> Result<Option<Line>> {
        let failed = |e| Error::environment(format!("cannot read {}", self.path.display()), e);
        value.clear();
        let (mut whole, mut length) = (None::<Sha256>, 0u64);
        loop {
            let bytes = self.reader.fill_buf().map_err(failed)?;
            let at_end = bytes.is_empty();
            let (mut used, mut ended) = (0, false);
            for byte in bytes {
                used += 1;
                let step = self.splitter.step(*byte);
                if matches!(step, Step::Inside | Step::Last) {
                    length += 1;
                    match value.len() <= self.max_line_bytes {
                        true => value.push(*byte),
                        false => whole.get_or_insert_with(|| Sha256::new_with_prefix(&*value)).update([*byte]),
                    }
                }
                ended = matches!(step, Step::Last | Step::After);
                if ended {
                    break;
                }
            }
            self.reader.consume(used);
            if at_end && !std::mem::take(&mut self.splitter).is_open() {
                return Ok(None);
            }
            if at_end || ended {
                self.line += 1;
                let is_cut = value.len() > self.max_line_bytes;
                let whole = whole.unwrap_or_else(|| Sha256::new_with_prefix(&*value));
                let cut = is_cut.then(|| Cut { bytes: length, sha256: whole.finalize().into() });
                return Ok(Some(cut.map_or(Line::Whole, Line::Head)));
            }
        }
    }

    /// Reads a line without its end; `None` at the end of the file.
    fn read_line(&mut self, line: &mut Vec<u8>) -> Result<Option<Line>> {
        let failed = |e| Error::environment(format!("cannot read {}", self.path.display()), e);
        line.clear();
        // One byte more than is taken, and the two of the line's end.
        let limit = self.max_line_bytes as u64 + 3;
        if self.reader.by_ref().take(limit).read_until(b'\n', line).map_err(failed)? == 0 {
            return Ok(None);
        }
        let goes_on = line.last() != Some(&b'\n') && line.len() as u64 == limit;
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        let mut cut = goes_on.then(|| rest_of_line(&mut self.reader, line)).transpose().map_err(failed)?;
        if line.last() == Some(&b'\r') && !goes_on {
            line.pop();
        }
        if self.line == 0 && line.starts_with(BOM) {
            line.drain(..BOM.len());
        }
        if cut.is_none() && line.len() > self.max_line_bytes {
            cut = Some(Cut::of(line));
        }
        self.line += 1;
        Ok(Some(cut.map_or(Line::Whole, Line::Head)))
    }

    /// Positions are worth nothing when the lines come from other bytes than the digest.
    fn check_digest(&self) -> Result<()> {
        let digest = source_name(&self.reader.get_ref().hasher);
        if self.line == self.lines && digest == self.source {
            return Ok(());
        }
        let message = format!("{} changed while it was being read; take it in again", self.path.display());
        Err(Error::environment(message, std::io::Error::from(std::io::ErrorKind::InvalidData)))
    }
}

/// How a line was read.
enum Line {
    Whole,
    /// It is too long: there is its beginning, and this is the whole.
    Head(Cut),
}

/// Passes over the rest of a line that begins with `head`, and says what the whole is.
fn rest_of_line(reader: &mut impl BufRead, head: &[u8]) -> std::io::Result<Cut> {
    let mut hasher = Sha256::new_with_prefix(head);
    let mut bytes = head.len() as u64;
    loop {
        let buffer = match reader.fill_buf() {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        let end = buffer.iter().position(|b| *b == b'\n');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        hasher.update(part);
        bytes += part.len() as u64;
        let (used, done) = (part.len() + usize::from(end.is_some()), end.is_some() || buffer.is_empty());
        reader.consume(used);
        if done {
            return Ok(Cut { bytes, sha256: hasher.finalize().into() });
        }
    }
}

/// Reads the line below a header that is known.
struct Below {
    prefix: usize,
    csv: CsvDecoder,
}

impl Decoder for Below {
    fn decode(
        &mut self,
        payload: &[u8],
        out: &mut dyn FnMut(u32, std::result::Result<RawReading<'_>, Rejection>),
    ) -> usize {
        self.csv.decode(payload.get(self.prefix..).unwrap_or_default(), out)
    }
}

/// A file whose bytes are hashed as they are read.
#[derive(Debug)]
struct Hashing {
    file: File,
    hasher: Sha256,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::ErrorKind;
    use proptest::prelude::*;

    const HEADER: &str = "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality";

    fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    /// `line:payload` of every frame, and where the batches start and end.
    fn frames(source: &mut FileSource) -> (Vec<String>, Vec<(i64, i64)>) {
        let (mut lines, mut spans) = (Vec::new(), Vec::new());
        while let Some(batch) = source.next_batch().unwrap() {
            spans.push((batch.from, batch.next));
            assert_eq!(batch.source, source.source());
            for frame in batch.frames() {
                assert_eq!(frame.message_at, 42);
                lines.push(format!("{}:{}", frame.offset, String::from_utf8_lossy(frame.payload)));
            }
        }
        (lines, spans)
    }

    fn check(name: &str, bytes: &[u8], want: &[&str], next: i64) {
        let (_folder, path) = file(name, bytes);
        let mut source = FileSource::open(path, None, 42).unwrap();
        assert_eq!(source.lines(), next);
        let (lines, spans) = frames(&mut source);
        assert_eq!(lines, want);
        assert_eq!(spans, [(0, next)]);
    }

    #[test]
    fn lines_are_frames() {
        check("a.csv", format!("{HEADER}\na\nb\n").as_bytes(), &["1:a", "2:b"], 3);
        check("a.csv", format!("\u{feff}{HEADER}\r\na\r\n\r\nb").as_bytes(), &["1:a", "3:b"], 4);
        check("a.csv", HEADER.as_bytes(), &[], 1);
        check("a.jsonl", b"{}\n{}\n\n", &["0:{}", "1:{}"], 3);
        check("a.txt", b" {}\n", &["0: {}"], 1);
        check("a", "\u{feff}{}\r\n".as_bytes(), &["0:{}"], 1);
    }

    #[test]
    fn messages_over_lines_and_in_an_array_are_frames() {
        check("a.json", b"[{\"a\":1},\n {\"b\":2}]\n", &["0:{\"a\":1}", "1:{\"b\":2}"], 2);
        check("a.json", b"{\n  \"a\": 1\n}\n{\n  \"b\": 2\n}\n", &["0:{\n  \"a\": 1\n}", "1:{\n  \"b\": 2\n}"], 2);
        check("a.json", "\u{feff}[{}, {}".as_bytes(), &["0:{}", "1:{}"], 2);
        check("a", b"[{}, {\"a\":", &["0:{}", "1:{\"a\":"], 2);
    }

    #[test]
    fn the_source_is_the_digest_of_the_bytes() {
        let (_folder, path) = file("a.jsonl", b"abc");
        let source = FileSource::open(path, None, 0).unwrap();
        assert_eq!(source.source(), "file/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn wrong_files_say_what_is_wrong() {
        let check = |name: &str, bytes: &[u8], format, want: &str| {
            let (_folder, path) = file(name, bytes);
            let error = FileSource::open(path, format, 0).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::User);
            assert!(error.to_string().contains(want), "{error}");
        };
        check("a.csv", b"a,b\n", None, "no column `metering_point_id`");
        check("a.jsonl", b"{}", Some(FileFormat::Csv), "no column");
        check("a.csv", b"", None, "is empty");
        check("a.xlsx", b"PK\x03\x04....xl/workbook.xml", None, "is an Excel workbook (XLSX)");
        check("a.csv", b"PK\x03\x04....xl/workbook.xml", None, "is an Excel workbook (XLSX)");
        check("a.xls", b"\xd0\xcf\x11\xe0", None, "is an old Excel workbook");
        check("a.zip", b"PK\x03\x04....a.csv", None, "is a ZIP archive");
        check(
            "a.csv",
            "metering_point_id,Énergie\n".chars().map(|c| c as u8).collect::<Vec<u8>>().as_slice(),
            None,
            "as Latin-1 `ng_point_id,Énergie`",
        );
        check("a.csv", b"\xff\xfem\0", None, "UTF-16");
        check("a.csv.gz", b"\x1f\x8b\x08", None, "gzip");
        let missing = FileSource::open("/nowhere/at/all.csv", None, 0).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::Environment);
    }

    #[test]
    fn long_lines_are_cut_and_refused_alone() {
        let long = "x".repeat(50);
        let (_folder, path) = file("a.jsonl", format!("{{}}\n{long}\n{}\r\n{{}}\n", "y".repeat(20)).as_bytes());
        let mut source = FileSource::open(path, None, 42).unwrap();
        source.max_line_bytes = 20;
        let mut said = Vec::new();
        let mut decoder = source.decoder();
        let batch = source.next_batch().unwrap().unwrap();
        for frame in batch.frames() {
            match frame.cut {
                Some(cut) => {
                    assert_eq!((cut, frame.payload), (Cut::of(long.as_bytes()), &long.as_bytes()[..23]));
                    said.push("cut");
                }
                None => {
                    decoder.decode(frame.payload, &mut |_, value| said.push(value.unwrap_err().reason.code()));
                }
            }
        }
        assert_eq!(said, ["malformed", "cut", "malformed", "malformed"]);
        assert_eq!(batch.next, 4);
    }

    proptest! {
        /// However long it is and wherever the buffer ends, a line that is too long is told by its size and digest.
        #[test]
        fn the_digest_of_a_long_line_is_that_of_all_its_bytes(length in 1..300usize, buffer in 1..64usize) {
            let line = "z".repeat(length);
            let (_folder, path) = file("a.jsonl", format!("{line}\nx").as_bytes());
            let mut source = FileSource::open(path, None, 42).unwrap();
            source.max_line_bytes = 20;
            let hashing = Hashing { file: source.reader.get_ref().file.try_clone().unwrap(), hasher: Sha256::new() };
            source.reader = BufReader::with_capacity(buffer, hashing);
            let batch = source.next_batch().unwrap().unwrap();
            let cuts: Vec<_> = batch.frames().map(|f| f.cut).collect();
            prop_assert_eq!(cuts, [(length > 20).then(|| Cut::of(line.as_bytes())), None]);
        }
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_not_passed_off_as_the_old_one() {
        let (_folder, path) = file("a.jsonl", b"1\n2\n3\n");
        let mut source = FileSource::open(&path, None, 42).unwrap();
        std::fs::write(&path, b"1\n2\n4\n").unwrap();
        assert_eq!(source.next_batch().unwrap_err().kind(), ErrorKind::Environment);
    }

    proptest! {
        /// Whatever the size of batches and wherever it is taken up again, every line comes once.
        #[test]
        fn batches_cover_the_file_from_any_line_on(
            lines in proptest::collection::vec("[a-z]{0,9}", 1..40), batch_bytes in 1..200usize,
                from in any::<prop::sample::Index>(),
            end in "|\n|\r\n",
        ) {
            let text = lines.join("\n") + &end;
            prop_assume!(!text.is_empty());
            let (_folder, path) = file("a.jsonl", text.as_bytes());
            let mut source = FileSource::open(path, None, 42).unwrap();
            source.batch_bytes = batch_bytes;
            let from = from.index(source.lines() as usize + 1);
            source.resume_at(from as i64).unwrap();
            let (got, spans) = frames(&mut source);
            let want = lines.iter().enumerate().skip(from).filter(|(_, l)| !l.is_empty()).map(|(i,
                l)| format!("{i}:{l}"));
            prop_assert_eq!(got, want.collect::<Vec<_>>());
            let mut at = from as i64;
            for (start, end) in spans {
                prop_assert!(start == at && end > start);
                at = end;
            }
            prop_assert_eq!(at, source.lines());
        }
    }
}
