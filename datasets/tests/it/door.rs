//! What is made here, sent through the real decoders and the real door.

use std::collections::BTreeMap;

use connectors::decoders::{CsvDecoder, JsonDecoder};
use datasets::MessageKind;
use datasets::demo::Demo;
use datasets::simulate::{Points, Simulation, SimulationConfig};
use engine::calendar::parse_rfc3339;
use engine::ingest::{Decoder, Door, Rejection};
use engine::registry::{FOREVER, MeteringPoint, Registry, Row, SequencedRow};

fn door(points: &[datasets::demo::Point], valid_from: i64) -> Door {
    let rows = points.iter().zip(1..).map(|(point, sequence)| {
        let row = Row::MeteringPoints(MeteringPoint {
            metering_point_id: point.metering_point_id.to_string(),
            holder: "village/m".into(),
            import: point.import(),
            export: point.export(),
            plant: Default::default(),
            valid_from,
            valid_to: FOREVER,
        });
        SequencedRow { sequence, row }
    });
    Door::new(&Registry::from_rows(rows), BTreeMap::new())
}

/// (start, point, direction) -> (revision, micro-kWh) of each accepted value; or why there is none.
type Value = ((i64, String, &'static str), (i64, i64));

fn receive(decoder: &mut dyn Decoder, door: &Door, payload: &[u8], now: i64) -> Vec<Result<Value, Rejection>> {
    let mut values = Vec::new();
    decoder.decode(payload, &mut |_, reading| {
        values.push(reading.and_then(|r| {
            door.judge("cluster/topic/0", &r, now)?;
            let key = (r.interval_start, r.metering_point_id.to_string(), r.direction.as_str());
            Ok((key, (r.revision, r.energy_micro_kwh)))
        }));
    });
    values
}

fn check(points: Points) {
    let simulation = Simulation::new(SimulationConfig {
        seed: 3,
        points,
        from: parse_rfc3339("2026-10-24T00:00:00Z").unwrap(),
        quarters: 300,
        late: 0.1,
        doubled: 0.1,
        corrected: 0.2,
        broken: 0.1,
    })
    .unwrap();
    let door = door(simulation.points(), parse_rfc3339("2023-12-31T23:00:00Z").unwrap());
    let mut decoder = JsonDecoder::default();
    let mut broken = simulation.broken();
    let mut reasons = BTreeMap::<&str, usize>::new();
    // Every value by (revision, time, position); equal ones change nothing.
    let mut all = BTreeMap::<_, Vec<_>>::new();
    for (position, message) in simulation.messages().enumerate() {
        let values = receive(&mut decoder, &door, &message.payload, message.at_micros);
        let text = String::from_utf8_lossy(&message.payload);
        assert_eq!(values.len(), 1, "{text}");
        match (&values[0], message.kind) {
            (Err(rejection), MessageKind::Broken(_)) => {
                let want = broken.next().unwrap();
                assert_eq!((rejection.reason.code(), rejection.field.as_str()), (want.reason, want.field), "{text}");
                *reasons.entry(want.reason).or_default() += 1;
            }
            (Ok((key, (revision, micro_kwh))), kind) if !matches!(kind, MessageKind::Broken(_)) => {
                all.entry(key.clone()).or_default().push((*revision, message.at_micros, position, *micro_kwh));
            }
            (got, kind) => panic!("{kind:?} gave {got:?}: {text}"),
        }
    }
    assert!(broken.next().is_none());
    assert_eq!(reasons.len(), 8, "every reason that can come from the wire: {reasons:?}");
    let mut count = 0;
    for truth in simulation.truth() {
        let mut values =
            all.remove(&(truth.interval_start, truth.metering_point_id.to_string(), truth.direction)).unwrap();
        values.sort();
        let mut current = (values[0].3, values[0].0);
        for (revision, _, _, micro_kwh) in values {
            if micro_kwh != current.0 {
                current = (micro_kwh, revision);
            }
        }
        assert_eq!(current, (truth.energy_wh as i64 * 1000, truth.revision), "{truth:?}");
        count += 1;
    }
    assert!(all.is_empty() && count > 10_000);
}

#[test]
fn the_stream_becomes_its_truth_and_nothing_else() {
    check(Points::Demo);
    check(Points::Synthetic(130));
}

#[test]
fn history_is_taken_in_to_the_last_line() {
    let demo = Demo::load().unwrap();
    let door = door(demo.points(), parse_rfc3339("2023-12-31T23:00:00Z").unwrap());
    let (from, to) = (parse_rfc3339("2026-10-25T00:00:00Z").unwrap(), parse_rfc3339("2026-10-25T02:00:00Z").unwrap());
    for community in demo.communities() {
        let mut bytes = Vec::new();
        demo.history(community, from, to, &mut bytes).unwrap();
        let mut lines = bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let mut decoder = CsvDecoder::from_header(lines.next().unwrap()).unwrap();
        let mut total = 0;
        for line in lines {
            let values = receive(&mut decoder, &door, line, to);
            assert!(matches!(values.as_slice(), [Ok(_)]), "{values:?}");
            total += 1;
        }
        assert!(total >= 8 * 15);
    }
}
