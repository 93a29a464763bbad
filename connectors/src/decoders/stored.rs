//! Payloads that wait in quarantine: each tells by itself what it is.

use engine::ingest::{Decoder, RawReading, Rejection};

use super::{CsvDecoder, JsonDecoder};

/// The header of canonical CSV, whose lines are kept without it. A line of any other header is kept with its own.
pub const CANONICAL_HEADER: &str = "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality";

/// Reads what a quarantine keeps: a JSON message, a line of canonical CSV, or a header and a line below it. Their size
/// was judged when they came.
#[derive(Debug)]
pub struct StoredDecoder {
    json: JsonDecoder,
}

impl Default for StoredDecoder {
    fn default() -> Self {
        Self { json: JsonDecoder::with_max_bytes(usize::MAX) }
    }
}

impl Decoder for StoredDecoder {
    fn decode(&mut self, payload: &[u8], out: &mut dyn FnMut(u32, Result<RawReading<'_>, Rejection>)) -> usize {
        let text = payload.trim_ascii_start();
        if text.first() == Some(&b'{') {
            return self.json.decode(text, out);
        }
        let (header, line) = match payload.iter().position(|b| *b == b'\n') {
            Some(end) => (&payload[..end], &payload[end + 1..]),
            None => (CANONICAL_HEADER.as_bytes(), payload),
        };
        // A header that cannot be read has stopped its file before any line of it could come here.
        match CsvDecoder::from_header(header) {
            Ok(csv) => csv.with_max_bytes(usize::MAX).decode(line, out),
            Err(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(payload: &str, want_micro_kwh: Option<i64>) {
        let mut got = None;
        StoredDecoder::default()
            .decode(payload.as_bytes(), &mut |_, value| got = value.ok().map(|r| r.energy_micro_kwh));
        assert_eq!(got, want_micro_kwh, "{payload}");
    }

    #[test]
    fn every_kind_of_payload_is_read_again() {
        check("A,import,2026-01-01T00:00:00Z,900,0.5,measured", Some(500_000));
        check(
            "quality,energy_kwh,metering_point_id,direction,interval_start,interval_seconds\n\
             measured,0.25,A,import,2026-01-01T00:00:00Z,900",
            Some(250_000),
        );
        check(
            r#" {"metering_point_id":"A","direction":"import","interval_start":"2026-01-01T00:00:00Z","interval_seconds":900,"energy_kwh":"0.125","quality":"measured"}"#,
            Some(125_000),
        );
        check("neither,nor", None);
    }
}
