use proptest::prelude::*;

use super::*;

/// One line a value: index, then the reading, or reason, field, value and point of a rejection.
fn decoded(payload: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    JsonDecoder::default().decode(payload, &mut |index, value| lines.push(format!("{index} {}", line(value))));
    lines
}

fn line(value: Result<RawReading<'_>, Rejection>) -> String {
    match value {
        Ok(r) => {
            let start = engine::calendar::rfc3339(r.interval_start);
            let (direction, quality) = (r.direction.as_str(), r.quality.as_str());
            let RawReading { metering_point_id, interval_seconds, energy_micro_kwh, revision, .. } = r;
            format!(
                "{metering_point_id} {direction} {start} {interval_seconds} {energy_micro_kwh} {quality} {revision}"
            )
        }
        Err(r) => {
            format!("{} {} `{}` {}", r.reason.code(), r.field, r.value, r.metering_point_id.unwrap_or_default())
        }
    }
}

#[track_caller]
fn check(payload: impl AsRef<[u8]>, want: &[&str]) {
    assert_eq!(decoded(payload.as_ref()), want, "{}", String::from_utf8_lossy(payload.as_ref()));
}

#[test]
fn samples() {
    check(include_str!("samples/single.json"), &["0 FR-0001 import 2026-01-01T00:00:00Z 900 123000 measured 0"]);
    check(
        include_str!("samples/curve.json"),
        &[
            "0 FR-0001 import 2026-01-01T00:00:00Z 900 123000 measured 0",
            "1 FR-0001 import 2026-01-01T00:15:00Z 900 118000 measured 0",
        ],
    );
    check(
        include_str!("samples/revision.json"),
        &["0 FR-0001 export 2026-01-01T00:00:00Z 1800 123456789012345678 edited 7"],
    );
    check(
        include_str!("samples/envelope.json"),
        &[
            "0 TR-İstanbul import 2026-01-01T00:00:00Z 3600 1000000 estimated 0",
            "1 TR-İstanbul import 2026-01-01T01:00:00Z 3600 250000 estimated 0",
            "2 TR-İstanbul import 2026-01-01T02:00:00Z 3600 3000000 estimated 0",
        ],
    );
}

/// Results of an operator come as curves too; a kind says the direction where it implies one.
#[test]
fn a_message_may_name_its_kind_and_community() {
    let message = r#"{"kind":"G.03","metering_point_id":"AT-1","community_id":"GEA-1","direction":"import",
        "interval_start":"2026-01-01T00:00:00Z","interval_seconds":900,"energy_kwh":["0.1",0.2],
        "quality":"validated"}"#;
    let without = message.replace(r#""direction":"import","#, "").replace(r#""GEA-1""#, "null");
    for (message, community) in [(message, Some("GEA-1")), (without.as_str(), None)] {
        let mut seen = Vec::new();
        JsonDecoder::default().decode(message.as_bytes(), &mut |_, value| {
            let r = value.unwrap();
            assert_eq!(r.community_id, community);
            seen.push((r.kind.as_str(), r.direction.as_str(), r.energy_micro_kwh));
        });
        assert_eq!(seen, [("shared", "import", 100_000), ("shared", "import", 200_000)]);
    }
    check(message.replace("G.03", "G.3"), &["0 unknown_kind kind `G.3` AT-1"]);
}

#[test]
fn each_value_of_a_curve_is_judged_alone() {
    check(
        include_str!("samples/bad_values.json"),
        &[
            "0 FR-0001 import 2026-01-01T00:00:00Z 900 100000 measured 0",
            "1 too_many_digits energy_kwh `0.1234567` FR-0001",
            "2 malformed energy_kwh `x` FR-0001",
            // Signs are judged at the door, where the rule has its own name.
            "3 FR-0001 import 2026-01-01T00:45:00Z 900 -1000000 measured 0",
            "4 too_large energy_kwh `1e12` FR-0001",
            "5 malformed energy_kwh `true` FR-0001",
            "7 FR-0001 import 2026-01-01T01:45:00Z 900 200000 measured 0",
        ],
    );
}

const SINGLE: &str = include_str!("samples/single.json");

#[test]
fn what_is_wrong_with_a_shared_field() {
    let check = |from: &str, to: &str, want: &str| {
        assert!(SINGLE.contains(from), "{from}");
        check(SINGLE.replace(from, to), &[want]);
    };
    check("\"FR-0001\"", "17", "0 malformed metering_point_id `17` ");
    check("\"FR-0001\"", "\"\"", "0 malformed metering_point_id `` ");
    check("\"FR-0001\"", "\"\\ud800\"", "0 malformed metering_point_id `\"\\ud800\"` ");
    check("\"metering_point_id\"", "\"mp\"", "0 malformed metering_point_id `(absent)` ");
    check("\"import\"", "\"in\"", "0 malformed direction `in` FR-0001");
    check("\"import\"", "null", "0 malformed direction `null` FR-0001");
    check("T00:00:00Z", "T00:00:00", "0 malformed interval_start `2026-01-01T00:00:00` FR-0001");
    check("900", "\"900\"", "0 malformed interval_seconds `\"900\"` FR-0001");
    check("900", "900.0", "0 malformed interval_seconds `900.0` FR-0001");
    check("900", "-900", "0 malformed interval_seconds `-900` FR-0001");
    check("900", "5000000000", "0 too_large interval_seconds `5000000000` FR-0001");
    check("\"measured\"", "\"good\"", "0 malformed quality `good` FR-0001");
    check("\"measured\"", "\"measured\",\"revision\":1.5", "0 malformed revision `1.5` FR-0001");
    check(
        "\"measured\"",
        "\"measured\",\"revision\":99999999999999999999",
        "0 too_large revision `99999999999999999999` FR-0001",
    );
    check("\"0.123000\"", "[]", "0 malformed energy_kwh `[]` FR-0001");
    check("\"0.123000\"", "{}", "0 malformed energy_kwh `{}` FR-0001");
    check("\"energy_kwh\"", "\"energy\"", "0 malformed energy_kwh `(absent)` FR-0001");
    check("\"direction\"", "\"quality\":\"estimated\",\"direction\"", "0 malformed quality `given twice` FR-0001");
    check("\"direction\"", "\"metering_point_id\":\"X\",\"direction\"", "0 malformed metering_point_id `given twice` ");
}

#[test]
fn what_is_no_message() {
    check("", &["0 malformed message `EOF while parsing a value at line 1 column 0` "]);
    check("{}", &["0 malformed metering_point_id `(absent)` "]);
    check(
        "[1]",
        &["0 malformed message `invalid type: sequence, expected a message, which is a JSON object at line 1 column \
            0` "],
    );
    check(b"{\"a\":\"\xff\"}", &["0 malformed encoding `byte 6 is 0xff, as Latin-1 `{\"a\":\"ÿ\"}`` "]);
    check(&SINGLE[..60], &["0 malformed message `EOF while parsing a string at line 1 column 60` "]);
    let mut got = Vec::new();
    JsonDecoder::with_max_bytes(100).decode(SINGLE.as_bytes(), &mut |_, value| got.push(line(value)));
    let want = format!("message_too_large message `{} bytes or more, at most 100 are taken` ", SINGLE.len());
    assert_eq!(got, [want]);
}

#[test]
fn null_is_a_missing_value_and_keeps_its_place() {
    check(SINGLE.replace("\"0.123000\"", "null"), &[]);
    check(
        SINGLE.replace("\"0.123000\"", "[null,\"1\"]"),
        &["1 FR-0001 import 2026-01-01T00:15:00Z 900 1000000 measured 0"],
    );
    check(SINGLE.replace("}", ",\"revision\":null}"), &["0 FR-0001 import 2026-01-01T00:00:00Z 900 123000 measured 0"]);
}

#[test]
fn intervals_beyond_all_time_are_refused() {
    let values = vec!["1"; 100_000].join(",");
    let text = SINGLE.replace("900", "4294967295").replace("\"0.123000\"", &format!("[{values}]"));
    let got = decoded(text.as_bytes());
    assert_eq!(got.len(), 100_000);
    assert!(got[99_999].starts_with("99999 too_large interval_start"), "{}", got[99_999]);
}

#[test]
fn common_shapes_take_the_short_way() {
    let values = vec!["\"0.123\""; 96].join(", ");
    for text in [SINGLE.to_string(), SINGLE.replace("\"0.123000\"", &format!("[{values}]")), format!(" {SINGLE}\n")] {
        assert!(scan::scan(&text).is_some(), "{text}");
    }
}

fn energies() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]{1,4}\\.[0-9]{1,7}", "\"-?[0-9.]{1,9}\"", Just("null".into()), "-?[0-9]{1,3}(e-?[0-9]{1,2})?"]
}

fn fields() -> impl Strategy<Value = Vec<String>> {
    let space = "[ \n]{0,2}";
    let energy = prop_oneof![
        energies(),
        proptest::collection::vec(energies(), 0..5).prop_map(|v| format!("[{}]", v.join(" ,")))
    ];
    let extra =
        prop_oneof!["\"[a-z\\\\\"]{0,3}\"", Just("{\"a\":[1,{}]}".into()), Just("true".into()), Just("1.0".into())];
    (space, "[A-Z]{0,3}\u{130}?", energy, extra, proptest::option::of("-?[0-9]{1,3}")).prop_map(
        |(s, id, energy, extra, revision)| {
            let mut fields = vec![
                format!("\"metering_point_id\"{s}:{s}\"{id}\""),
                format!("\"direction\":{s}\"import\"{s}"),
                format!("{s}\"interval_start\":\"2026-01-01T00:00:00Z\""),
                "\"interval_seconds\":900".to_string(),
                format!("\"energy_kwh\":{energy}{s}"),
                "\"quality\":\"measured\"".to_string(),
                format!("\"x\":{extra}"),
            ];
            fields.extend(revision.map(|r| format!("\"revision\":{r}")));
            fields
        },
    )
}

fn messages() -> impl Strategy<Value = String> {
    fields().prop_shuffle().prop_map(|fields| format!("{{{}}}", fields.join(",")))
}

/// Where the short way reads a message, the parser reads the same; what it leaves, it leaves to the parser.
fn check_ways(payload: &[u8]) -> Result<bool, TestCaseError> {
    let Ok(text) = std::str::from_utf8(payload) else { return Ok(false) };
    let Some(message) = scan::scan(text) else { return Ok(false) };
    prop_assert_eq!(Ok(message), parse::parse(text), "{}", text);
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn both_ways_read_the_same(message in messages()) {
        check_ways(message.as_bytes())?;
        decoded(message.as_bytes());
    }

    #[test]
    fn both_ways_read_the_same_of_broken_messages(
        message in messages(), at in any::<prop::sample::Index>(), byte in any::<u8>(), kind in 0..4u8,
    ) {
        let mut bytes = message.into_bytes();
        let at = at.index(bytes.len());
        match kind {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, b"\"\\,:[]{}0-.e \x00"[usize::from(byte) % 14]),
            2 => { bytes.remove(at); }
            _ => bytes.truncate(at),
        }
        check_ways(&bytes)?;
        prop_assert!(decoded(&bytes).len() <= 6);
    }

    #[test]
    fn no_bytes_are_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        check_ways(&bytes)?;
        prop_assert_eq!(decoded(&bytes).len(), 1);
    }
}
