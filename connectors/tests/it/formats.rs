//! One reading, several formats: a line, a message, a curve, and what a quarantine keeps of them say the same.

use connectors::decoders::{CANONICAL_HEADER, CsvDecoder, JsonDecoder, StoredDecoder};
use engine::calendar::{QUARTER, parse_rfc3339, rfc3339};
use engine::ingest::Decoder;
use engine::units::format_decimal;
use proptest::prelude::*;

/// What a decoder makes of a payload: index and reading, or index and reason, field and value.
fn decoded(decoder: &mut dyn Decoder, payload: &str) -> Vec<String> {
    let mut lines = Vec::new();
    decoder.decode(payload.as_bytes(), &mut |index, value| {
        lines.push(match value {
            Ok(r) => format!("{index} {r:?}"),
            Err(r) => format!("{index} {} {} {}", r.reason.code(), r.field, r.value),
        });
    });
    lines
}

/// A value as a sender writes it: what it counted, and how many zeros follow.
fn energy() -> impl Strategy<Value = (i64, usize)> {
    (0i64..1_000_000_000_000, 0usize..3)
}

fn written((micro_kwh, zeros): (i64, usize)) -> String {
    format!("{}{}", format_decimal(i128::from(micro_kwh), 6), "0".repeat(zeros))
}

fn message(start: &str, energy: &str) -> String {
    format!(
        r#"{{"metering_point_id":"FR-1","direction":"import","interval_start":"{start}","interval_seconds":900,
        "energy_kwh":{energy},"quality":"measured"}}"#
    )
}

proptest! {
    #[test]
    fn a_line_and_a_message_say_the_same(value in energy(), hours in -2000i64..2000, offset in -12i64..=14) {
        let at = parse_rfc3339("2026-06-01T00:00:00Z").unwrap() + hours * 4 * QUARTER;
        let utc = rfc3339(at);
        // The same instant on the clock of another zone.
        let sign = if offset < 0 { '-' } else { '+' };
        let wall = rfc3339(at + offset * 4 * QUARTER);
        let elsewhere = format!("{}{sign}{:02}:00", wall.trim_end_matches('Z'), offset.abs());
        let energy = written(value);
        let mut csv = CsvDecoder::from_header(CANONICAL_HEADER.as_bytes()).unwrap();
        let line = |start: &str| format!("FR-1,import,{start},900,{energy},measured");
        let expected = decoded(&mut csv, &line(&utc));
        prop_assert!(expected.len() == 1 && expected[0].contains(&format!("energy_micro_kwh: {}", value.0)), "{:?}",
            expected);
        prop_assert_eq!(&decoded(&mut csv, &line(&elsewhere)), &expected);
        let mut json = JsonDecoder::default();
        for energy in [energy.clone(), format!("\"{energy}\""), format!("[{energy}]")] {
            prop_assert_eq!(&decoded(&mut json, &message(&elsewhere, &energy)), &expected);
        }
        // Both wait in quarantine in a way that says the same again.
        for kept in [line(&utc), format!("{CANONICAL_HEADER}\n{}", line(&utc)), message(&utc, &energy)] {
            prop_assert_eq!(&decoded(&mut StoredDecoder::default(), &kept), &expected);
        }
    }

    #[test]
    fn a_curve_is_its_values_one_after_the_other(values in prop::collection::vec(prop::option::of(energy()), 1..20)) {
        let start = parse_rfc3339("2026-10-25T00:00:00Z").unwrap();
        let texts: Vec<String> = values.iter().map(|v| v.map_or("null".into(), written)).collect();
        let mut json = JsonDecoder::default();
        let curve = decoded(&mut json, &message(&rfc3339(start), &format!("[{}]", texts.join(","))));
        let mut expected = Vec::new();
        for (n, text) in texts.iter().enumerate().filter(|(_, text)| *text != "null") {
            let single = decoded(&mut json, &message(&rfc3339(start + n as i64 * QUARTER), text));
            expected.extend(single.iter().map(|line| format!("{n}{}", line.trim_start_matches('0'))));
        }
        prop_assert_eq!(curve, expected);
    }

    #[test]
    fn columns_may_stand_in_any_order(order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(), value in energy()) {
        let names: Vec<&str> = CANONICAL_HEADER.split(',').collect();
        let energy = written(value);
        let cells = ["FR-1", "import", "2026-06-01T00:00:00Z", "900", energy.as_str(), "measured"];
        let turned = |all: &[&str]| order.iter().map(|n| all[*n]).collect::<Vec<_>>().join(",");
        let mut usual = CsvDecoder::from_header(CANONICAL_HEADER.as_bytes()).unwrap();
        let mut other = CsvDecoder::from_header(turned(&names).as_bytes()).unwrap();
        prop_assert_eq!(decoded(&mut other, &turned(&cells)), decoded(&mut usual, &cells.join(",")));
    }

    #[test]
    fn no_bytes_stop_a_decoder(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut count = 0;
        let mut csv = CsvDecoder::from_header(CANONICAL_HEADER.as_bytes()).unwrap();
        let mut json = JsonDecoder::default();
        let mut stored = StoredDecoder::default();
        let decoders: [&mut dyn Decoder; 3] = [&mut csv, &mut json, &mut stored];
        for decoder in decoders {
            decoder.decode(&bytes, &mut |_, _| count += 1);
        }
        let _ = CsvDecoder::from_header(&bytes);
        prop_assert!(count <= 3 * bytes.len().max(1));
    }
}

#[test]
fn a_curve_without_values_is_none() {
    let mut json = JsonDecoder::default();
    let said = decoded(&mut json, &message("2026-06-01T00:00:00Z", "[]"));
    assert_eq!(said, ["0 malformed energy_kwh []"]);
    assert_eq!(decoded(&mut json, &message("2026-06-01T00:00:00Z", "[null, null]")), Vec::<String>::new());
}

#[test]
fn a_line_that_is_too_long_is_named_and_not_read() {
    let line = format!("{},import,2026-06-01T00:00:00Z,900,1,measured", "x".repeat(100));
    let mut csv = CsvDecoder::from_header(CANONICAL_HEADER.as_bytes()).unwrap().with_max_bytes(50);
    let said = decoded(&mut csv, &line);
    assert!(said.len() == 1 && said[0].starts_with("0 message_too_large"), "{said:?}");
    let mut wide = CsvDecoder::from_header(CANONICAL_HEADER.as_bytes()).unwrap();
    assert!(decoded(&mut wide, &line)[0].contains("energy_micro_kwh: 1000000"));
}
