//! Readings as text: lines of canonical CSV and JSON messages, of the same values.

use std::io::{self, Write};
use std::sync::Arc;

use chrono::{Datelike, Timelike};

use crate::source_year::utc;

/// The header of canonical CSV.
pub const CSV_HEADER: &str = "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality";
/// Length of all intervals here.
pub(crate) const INTERVAL_SECONDS: u32 = 900;

/// One message for the topic of meter readings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The key of the message: the metering point it speaks of.
    pub key: Arc<str>,
    /// JSON, unless it is one of the broken ones.
    pub payload: Vec<u8>,
    /// When it is sent, in microseconds since 1970 UTC: the message's timestamp.
    pub at_micros: i64,
    /// What a simulation sends it for.
    pub kind: MessageKind,
}

/// What a message is, from the point of view of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageKind {
    /// The first value of an interval.
    First,
    /// A message sent before, to the byte.
    Doubled,
    /// Another value for an interval.
    Correction,
    /// A message that no reading can be made of, with the code of the reason.
    Broken(&'static str),
}

/// Drawn or fed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Flow {
    Export,
    Import,
}

impl Flow {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Import => "import",
        }
    }
}

/// Instants as `2026-01-01T00:00:00Z`.
pub(crate) fn instant(at: i64) -> String {
    let t = utc(at);
    let (year, month, day) = (t.year(), t.month(), t.day());
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", t.hour(), t.minute(), t.second())
}

/// Watt-hours as kWh with three digits after the point.
pub(crate) fn kwh(watt_hours: u64) -> String {
    format!("{}.{:03}", watt_hours / 1000, watt_hours % 1000)
}

/// Writes one line of canonical CSV. Millions of them are written at a start of the demo, so digits are put by hand.
pub(crate) fn csv_line(out: &mut Vec<u8>, point: &str, flow: Flow, start: &str, watt_hours: u32) {
    out.extend_from_slice(point.as_bytes());
    out.push(b',');
    out.extend_from_slice(flow.as_str().as_bytes());
    out.push(b',');
    out.extend_from_slice(start.as_bytes());
    out.extend_from_slice(b",900,");
    let mut digits = [b'0'; 11];
    let mut rest = watt_hours;
    let mut first = 11;
    // At least one digit before the point and three after it; the point takes a place of its own.
    while rest > 0 || first > 6 {
        first -= 1;
        if first == 7 {
            digits[first] = b'.';
            continue;
        }
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits[first..]);
    out.extend_from_slice(b",measured\n");
}

/// The message of one value. Revision 0 is left out, as senders do that have none.
pub(crate) fn json(point: &str, flow: Flow, start: i64, energy_kwh: &str, revision: i64) -> Vec<u8> {
    let (start, flow) = (instant(start), flow.as_str());
    let mut payload = Vec::with_capacity(180);
    let revision = if revision == 0 { String::new() } else { format!(",\"revision\":{revision}") };
    // Writing to a vector cannot fail.
    let _infallible: io::Result<()> = write!(
        payload,
        "{{\"metering_point_id\":\"{point}\",\"direction\":\"{flow}\",\"interval_start\":\"{start}\",\
         \"interval_seconds\":{INTERVAL_SECONDS},\"energy_kwh\":\"{energy_kwh}\",\"quality\":\"measured\"{revision}}}"
    );
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_canonical() {
        let check = |watt_hours, want: &str| {
            let mut line = Vec::new();
            csv_line(&mut line, "FR-0001", Flow::Import, "2026-01-01T00:00:00Z", watt_hours);
            let want = format!("FR-0001,import,2026-01-01T00:00:00Z,900,{want},measured\n");
            assert_eq!(String::from_utf8(line).unwrap(), want);
            assert_eq!(
                format!("{},measured\n", kwh(u64::from(watt_hours))),
                want[want.len() - 10 - kwh(watt_hours.into()).len()..]
            );
        };
        check(0, "0.000");
        check(7, "0.007");
        check(123, "0.123");
        check(1_000, "1.000");
        check(12_345, "12.345");
        check(u32::MAX, "4294967.295");
    }

    #[test]
    fn messages_are_json() {
        let start = 1_767_225_600_000_000;
        let text = String::from_utf8(json("FR-0001", Flow::Export, start, &kwh(1_230), 2)).unwrap();
        let want = r#"{"metering_point_id":"FR-0001","direction":"export","interval_start":"2026-01-01T00:00:00Z","interval_seconds":900,"energy_kwh":"1.230","quality":"measured","revision":2}"#;
        assert_eq!(text, want);
    }
}
