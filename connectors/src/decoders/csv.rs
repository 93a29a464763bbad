//! Canonical CSV: a header line, then one value a line. An empty energy is a missing value.

use std::borrow::Cow;

use engine::ingest::{Decoder, RawReading, Reason, Rejection};
use engine::{Error, Result};

use super::MAX_PAYLOAD_BYTES;
use super::field::{Digits, Field, Head, energy};
use super::json::{not_utf8, text_of};

/// Reads lines by the header of their file.
#[derive(Debug, Clone)]
pub struct CsvDecoder {
    /// What each column of the file holds; `None` for columns that are passed over.
    columns: Vec<Option<Field>>,
    max_bytes: usize,
    digits: Digits,
}

/// The texts of one line, in the order of [`Field::ALL`].
type Texts<'a> = [Option<Cow<'a, str>>; Field::ALL.len()];

impl CsvDecoder {
    /// A decoder for the lines below `header`. Columns may stand in any order; `revision`, `kind` and `community_id`
    /// are optional, with `kind` `direction` too, and unknown columns are passed over.
    ///
    /// # Errors
    /// User, naming the column that is missing or stands there twice.
    pub fn from_header(header: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(header)
            .map_err(|_| Error::user(format!("the header of the CSV file is not UTF-8: {}", not_utf8(header))))?;
        let Some(names) = split(text) else {
            return Err(Error::user(format!("the header of the CSV file cannot be read: `{}`", shortened(text))));
        };
        let columns: Vec<Option<Field>> = names.iter().map(|n| Field::parse(n.trim())).collect();
        for field in Field::ALL {
            let count = columns.iter().filter(|c| **c == Some(field)).count();
            if count > 1 {
                return Err(Error::user(format!("the header of the CSV file names `{}` twice", field.name())));
            }
            let may_lack = match field {
                Field::Revision | Field::Kind | Field::CommunityId => true,
                // Where each line says what it is, most say by that which way it flowed.
                Field::Direction => columns.contains(&Some(Field::Kind)),
                _ => false,
            };
            if count == 0 && !may_lack {
                return Err(missing_column(field, text));
            }
        }
        Ok(Self { columns, max_bytes: MAX_PAYLOAD_BYTES, digits: Digits::Exact })
    }

    /// The same, refusing lines of more than `max_bytes` bytes.
    pub fn with_max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// The same, with what becomes of digits that the unit does not hold.
    pub fn with_digits(mut self, digits: Digits) -> Self {
        self.digits = digits;
        self
    }

    fn texts<'a>(&self, line: &'a str) -> std::result::Result<Texts<'a>, Rejection> {
        let Some(values) = split(line) else {
            return Err(Rejection::new(Reason::Malformed, "quotes", line));
        };
        if values.len() != self.columns.len() {
            let value = format!("{} columns where the header has {}: {line}", values.len(), self.columns.len());
            return Err(Rejection::new(Reason::Malformed, "columns", value));
        }
        let mut texts = Texts::default();
        for (column, value) in self.columns.iter().zip(values) {
            if let Some(field) = column {
                // An empty text says as little as an absent one, in every column.
                texts[*field as usize] = (!value.is_empty()).then_some(value);
            }
        }
        Ok(texts)
    }

    fn decode_line(
        &self,
        payload: &[u8],
        out: &mut dyn FnMut(u32, std::result::Result<RawReading<'_>, Rejection>),
    ) -> std::result::Result<usize, Rejection> {
        let mut texts = self.texts(text_of(payload, self.max_bytes)?)?;
        let value = texts[Field::EnergyKwh as usize].take();
        let head = Head::read(|field| Ok(texts[field as usize].clone()))?;
        let Some(value) = value else { return Ok(1) };
        match energy(&value, self.digits) {
            Ok(micro_kwh) => out(0, head.reading(0, micro_kwh)),
            Err(reason) => return Err(head.refuse_energy(reason, &value)),
        }
        Ok(0)
    }
}

impl Decoder for CsvDecoder {
    fn decode(
        &mut self,
        payload: &[u8],
        out: &mut dyn FnMut(u32, std::result::Result<RawReading<'_>, Rejection>),
    ) -> usize {
        self.decode_line(payload, out).unwrap_or_else(|rejection| {
            out(0, Err(rejection));
            0
        })
    }
}

/// The values of one line; `None` when its quotes do not match. A quoted value cannot hold a line break here.
fn split(line: &str) -> Option<Vec<Cow<'_, str>>> {
    if !line.contains('"') {
        return Some(line.split(',').map(Cow::Borrowed).collect());
    }
    if line.bytes().filter(|b| *b == b'"').count() % 2 == 1 {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(line.len())
        .from_reader(line.as_bytes());
    let record = reader.records().next()?.ok()?;
    Some(record.iter().map(|value| Cow::Owned(value.to_string())).collect())
}

fn missing_column(field: Field, header: &str) -> Error {
    let found = shortened(header);
    let cure = match [';', '\t'].into_iter().find(|c| header.contains(*c)) {
        Some(';') => "it is separated by semicolons; separate it by commas",
        Some(_) => "it is separated by tabs; separate it by commas",
        None => "the header must name metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality",
    };
    Error::user(format!("the CSV file has no column `{}`: its header is `{found}`; {cure}", field.name()))
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decoders::JsonDecoder;
    use proptest::prelude::*;

    const HEADER: &str = "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality";

    fn decode(decoder: &mut dyn Decoder, payload: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        decoder.decode(payload, &mut |index, value| lines.push(format!("{index} {value:?}")));
        lines
    }

    fn check(header: &str, line: &str, want: &str) {
        let mut decoder = CsvDecoder::from_header(header.as_bytes()).unwrap();
        let mut got = Vec::new();
        decoder.decode(line.as_bytes(), &mut |index, value| {
            got.push(match value {
                Ok(r) => format!(
                    "{index} {} {} {} {} {} {} {}",
                    r.metering_point_id,
                    r.direction.as_str(),
                    engine::calendar::rfc3339(r.interval_start),
                    r.interval_seconds,
                    r.energy_micro_kwh,
                    r.quality.as_str(),
                    r.revision
                ),
                Err(r) => {
                    format!(
                        "{index} {} {} {:?} {}",
                        r.reason.code(),
                        r.field,
                        r.value,
                        r.metering_point_id.unwrap_or_default()
                    )
                }
            });
        });
        assert_eq!(got.join("\n"), want, "{line}");
    }

    #[test]
    fn lines_become_readings() {
        let read = "0 FR-0001 import 2026-01-01T00:00:00Z 900 123000 measured 0";
        check(HEADER, "FR-0001,import,2026-01-01T00:00:00Z,900,0.123000,measured", read);
        check(HEADER, "\"FR-0001\",import,\"2026-01-01T01:00:00+01:00\",900,\"0.123\",measured", read);
        check(
            "revision,quality,note,energy_kwh,interval_seconds,interval_start,direction, metering_point_id ",
            "3,edited,by hand,12,1800,2026-01-01T00:00:00Z,export,\"SE, \"\"7\"\"\"",
            "0 SE, \"7\" export 2026-01-01T00:00:00Z 1800 12000000 edited 3",
        );
        check(HEADER, "FR-0001,import,2026-01-01T00:00:00Z,900,,measured", "");
    }

    /// The results of an operator: the kind comes first, and mostly says the direction.
    #[test]
    fn results_of_an_operator_are_lines_with_a_kind() {
        let check = |header: &str, line: &str, want: &str| {
            let mut decoder = CsvDecoder::from_header(header.as_bytes()).unwrap();
            let mut got = String::new();
            decoder.decode(line.as_bytes(), &mut |_, value| {
                got = match value {
                    Ok(r) => {
                        let community = r.community_id.unwrap_or("-");
                        format!("{} {} {community} {}", r.kind.as_str(), r.direction.as_str(), r.energy_micro_kwh)
                    }
                    Err(r) => format!("{} {} {:?}", r.reason.code(), r.field, r.value),
                };
            });
            assert_eq!(got, want, "{line}");
        };
        let long = format!("kind,{HEADER}");
        let rest = "2026-01-01T00:00:00Z,900,0.175216,validated";
        check(&long, &format!("shared,AT-1,import,{rest}"), "shared import - 175216");
        check(&long, &format!("shared,AT-1,export,{rest}"), "shared export - 175216");
        check(&long, &format!("ACC,AT-1,,{rest}"), "shared import - 175216");
        check(&long, &format!("1-1:2.9.0 P.01T,AT-1,,{rest}"), "surplus export - 175216");
        check(&long, &format!(",AT-1,export,{rest}"), "measured export - 175216");
        check(&long, &format!("surplus,AT-1,import,{rest}"), "malformed direction \"import\"");
        check(&long, &format!("measured,AT-1,,{rest}"), "malformed direction \"(absent)\"");
        check(&long, &format!("autoconsumed,AT-1,import,{rest}"), "unknown_kind kind \"autoconsumed\"");
        let short = "kind,metering_point_id,interval_start,interval_seconds,energy_kwh,quality,community_id";
        check(short, &format!("CONS,AT-1,{rest},"), "measured import - 175216");
        check(short, &format!("g.03,AT-1,{rest},GEA-1"), "shared import GEA-1 175216");
    }

    #[test]
    fn bad_lines_name_field_and_value() {
        let check = |line: &str, want: &str| check(HEADER, line, want);
        let at = "2026-01-01T00:00:00Z";
        check(&format!("FR-0001,import,{at},900,1,x"), "0 malformed quality \"x\" FR-0001");
        check(
            &format!("FR-0001,import,{at},900,0.1234567,measured"),
            "0 too_many_digits energy_kwh \"0.1234567\" FR-0001",
        );
        check(&format!("FR-0001,import,{at},900,\"0,5\",measured"), "0 malformed energy_kwh \"0,5\" FR-0001");
        check(&format!(",import,{at},900,1,measured"), "0 malformed metering_point_id \"(absent)\" ");
        check("a,b", "0 malformed columns \"2 columns where the header has 6: a,b\" ");
        check("\"a,b", "0 malformed quotes \"\\\"a,b\" ");
    }

    #[test]
    fn headers_say_what_is_missing() {
        let check = |header: &str, want: &str| {
            let error = CsvDecoder::from_header(header.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), engine::ErrorKind::User);
            assert!(error.to_string().contains(want), "{error}");
        };
        check("metering_point_id,direction,interval_start,interval_seconds,quality", "no column `energy_kwh`");
        check(&HEADER.replace(',', ";"), "separated by semicolons");
        check(&format!("{HEADER},quality"), "names `quality` twice");
        check("{\"metering_point_id\":1}", "no column `metering_point_id`");
    }

    fn plain() -> impl Strategy<Value = String> {
        prop_oneof!["[A-Za-z0-9.:+-]{1,12}", Just("import".to_string()), Just("900".to_string())]
    }

    proptest! {
        /// A line and the JSON message with the same texts give the same reading or the same rejection.
        #[test]
        fn a_line_says_what_its_message_says(
            id in plain(), direction in "import|export|in",
                start in "2026-0[1-9]-[0-3][0-9]T00:[0-9]{2}:00(Z|\\+01:00)",
            seconds in "[1-9][0-9]{0,4}", energy in "-?[0-9]{1,3}(\\.[0-9]{1,8})?|x",
                quality in "measured|estimated|bad",
        ) {
            let line = format!("{id},{direction},{start},{seconds},{energy},{quality}");
            let message = format!(
                r#"{{"metering_point_id":"{id}","direction":"{direction}","interval_start":"{start}","interval_seconds":{seconds},"energy_kwh":"{energy}","quality":"{quality}"}}"#
            );
            let mut csv = CsvDecoder::from_header(HEADER.as_bytes()).unwrap();
            prop_assert_eq!(
                decode(&mut csv, line.as_bytes()),
                decode(&mut JsonDecoder::default(), message.as_bytes())
            );
        }

        #[test]
        fn no_line_is_a_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut csv = CsvDecoder::from_header(HEADER.as_bytes()).unwrap();
            prop_assert!(decode(&mut csv, &line).len() <= 1);
        }
    }
}
