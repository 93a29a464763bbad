use std::collections::BTreeMap;

use super::*;

fn config() -> SimulationConfig {
    SimulationConfig {
        seed: 7,
        points: Points::Synthetic(50),
        from: 1_780_272_000_000_000, // 2026-06-01T00:00:00Z
        quarters: 400,
        late: 0.05,
        doubled: 0.02,
        corrected: 0.02,
        broken: 0.005,
    }
}

fn count(messages: &[Message], wanted: impl Fn(MessageKind) -> bool) -> usize {
    messages.iter().filter(|m| wanted(m.kind)).count()
}

#[test]
fn rates_are_kept() {
    let simulation = Simulation::new(config()).unwrap();
    let messages: Vec<Message> = simulation.messages().collect();
    let readings = simulation.truth().count();
    let first = count(&messages, |k| k == MessageKind::First);
    assert_eq!(first, readings);
    let check = |what: &str, got: usize, rate: f64| {
        let want = readings as f64 * rate;
        // Five standard deviations.
        assert!((got as f64 - want).abs() < 5.0 * want.sqrt(), "{what}: {got}, expected about {want}");
    };
    check("doubled", count(&messages, |k| k == MessageKind::Doubled), 0.02);
    // One way in four sends two corrections.
    check("corrected", count(&messages, |k| k == MessageKind::Correction), 0.02 * 1.25);
    check("broken", count(&messages, |k| matches!(k, MessageKind::Broken(_))), 0.005);
    let late = messages.iter().filter(|m| m.kind == MessageKind::First).filter(|m| {
        let text = String::from_utf8_lossy(&m.payload);
        let at = text.find("interval_start\":\"").unwrap() + 17;
        let start = chrono::DateTime::parse_from_rfc3339(&text[at..at + 20]).unwrap().timestamp_micros();
        // Values that a correction overtook are late too, but less than a quarter of the corrected ones.
        m.at_micros - start > 2 * QUARTER
    });
    check("late", late.count(), 0.05 + 0.02 / 4.0);
}

#[test]
fn clean_streams_hold_each_reading_once() {
    let clean = SimulationConfig { late: 0.0, doubled: 0.0, corrected: 0.0, broken: 0.0, ..config() };
    let simulation = Simulation::new(clean).unwrap();
    assert_eq!(simulation.messages().count(), simulation.truth().count());
    assert_eq!(simulation.broken().count(), 0);
    let all = SimulationConfig { late: 1.0, doubled: 1.0, corrected: 1.0, broken: 1.0, quarters: 10, ..config() };
    let simulation = Simulation::new(all).unwrap();
    let readings = simulation.truth().count();
    assert_eq!(simulation.broken().count(), readings);
    let messages: Vec<Message> = simulation.messages().collect();
    assert_eq!(count(&messages, |k| k == MessageKind::Doubled), readings);
}

#[test]
fn messages_come_in_order_and_doubles_are_identical() {
    let simulation = Simulation::new(config()).unwrap();
    let messages: Vec<Message> = simulation.messages().collect();
    assert!(messages.windows(2).all(|pair| pair[0].at_micros <= pair[1].at_micros));
    let mut seen = BTreeMap::<Vec<u8>, i64>::new();
    for message in messages {
        match message.kind {
            MessageKind::Doubled => assert!(seen.contains_key(&message.payload), "{message:?}"),
            MessageKind::Broken(_) => {}
            MessageKind::First | MessageKind::Correction => {
                seen.insert(message.payload, message.at_micros);
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let digest = |seed| {
        use sha2::{Digest, Sha256};
        let simulation = Simulation::new(SimulationConfig { seed, quarters: 50, ..config() }).unwrap();
        let mut digest = Sha256::new();
        for message in simulation.messages() {
            digest.update(&*message.key);
            digest.update(&message.payload);
            digest.update(message.at_micros.to_be_bytes());
        }
        digest.finalize().iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    assert_eq!(digest(7), "cba3ea035a4a0ac9a26734819ddff47037333b7537ffdfcdc0f4d7475d5cd680");
    assert_eq!(digest(7), digest(7));
    assert_ne!(digest(7), digest(8));
}

#[test]
fn a_longer_stream_begins_like_a_shorter_one() {
    let truth = |quarters| Simulation::new(SimulationConfig { quarters, ..config() }).unwrap().truth();
    assert!(truth(20).eq(truth(40).take(truth(20).count())));
}

#[test]
fn the_broken_are_those_of_the_stream() {
    let simulation = Simulation::new(config()).unwrap();
    let sent = simulation.messages().filter_map(|m| match m.kind {
        MessageKind::Broken(reason) => Some((m.key, m.payload, m.at_micros, reason)),
        _ => None,
    });
    assert!(sent.eq(simulation.broken().map(|b| (b.key, b.payload, b.at_micros, b.reason))));
}

#[test]
fn truth_is_sorted_and_complete() {
    let simulation = Simulation::new(config()).unwrap();
    let key = |t: &Truth| (t.interval_start, t.metering_point_id.clone(), t.direction);
    let truths: Vec<Truth> = simulation.truth().collect();
    assert!(truths.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])));
    let directions: usize = simulation.points().iter().map(|p| usize::from(p.import()) + usize::from(p.export())).sum();
    assert_eq!(truths.len(), directions * 400);
}

#[test]
fn documents_register_every_point() {
    let simulation = Simulation::new(SimulationConfig { points: Points::Synthetic(1_203), ..config() }).unwrap();
    let documents = simulation.documents();
    assert_eq!(documents.len(), 3);
    let mut registered = Vec::new();
    for document in documents {
        let document: toml::Table = document.parse().unwrap();
        let points = document["metering_point"].as_array().unwrap().clone();
        registered.extend(points.iter().map(|p| p["id"].as_str().unwrap().to_owned()));
    }
    let points = simulation.points().iter().map(|p| p.metering_point_id.to_string());
    assert!(points.eq(registered));
}

#[test]
fn what_makes_no_stream_is_refused() {
    let check = |change: fn(&mut SimulationConfig), want: &str| {
        let mut config = config();
        change(&mut config);
        let error = Simulation::new(config).unwrap_err().to_string();
        assert!(error.starts_with(want), "{error}");
    };
    check(|c| c.late = 1.5, "late = 1.5");
    check(|c| c.broken = -0.1, "broken = -0.1");
    check(|c| c.doubled = f64::NAN, "doubled = NaN");
    check(|c| c.from += 1, "from = 2026-06-01");
    check(|c| c.from = 0, "from = 1970-01-01");
    check(|c| c.quarters = u32::MAX, "from = ");
    check(|c| c.points = Points::Synthetic(0), "points = 0");
}

/// Memory holds what is on its way, not what has gone by.
#[test]
fn memory_does_not_grow_with_time() {
    let waiting_at = |quarters| {
        let simulation = Simulation::new(SimulationConfig { quarters: 2_000, ..config() }).unwrap();
        let mut stream = Stream::new(simulation);
        let mut most = 0;
        for _ in 0..quarters * 60 {
            stream.next();
            most = most.max(stream.waiting());
        }
        most
    };
    let (early, later) = (waiting_at(400), waiting_at(1_600));
    assert!(later < early + early / 2, "{early} messages are waiting early, {later} later");
}
