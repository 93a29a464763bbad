//! What is sent for one reading, and when: drawn from the seed, quarter-hour by quarter-hour.

use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::rates::Rates;
use super::scene::Simulation;
use crate::MessageKind;
use crate::demo::Point;
use crate::source_year::QUARTER;
use crate::wire::Flow;

/// Late readings come up to two days after their time.
const LATE_QUARTERS_MAX: u32 = 192;
/// Senders need up to a minute after the end of an interval.
const JITTER_MICROS: u32 = 60_000_000;
/// Corrections and second copies follow within six hours.
const AFTER_MICROS: i64 = 6 * 4 * QUARTER;

/// One message of a plan, before it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sending {
    pub at_micros: i64,
    pub content: Content,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Value {
        watt_hours: u32,
        revision: i64,
        kind: MessageKind,
    },
    /// A broken message, told apart by its lot.
    Broken {
        lot: u32,
    },
}

/// The plan of one quarter-hour: calls `out` for each reading with its point, its flow and what is sent for it, in the
/// order of (point, flow), messages in the order in which they come to be.
pub(super) fn of_quarter(simulation: &Simulation, quarter: u32, mut out: impl FnMut(usize, &Point, Flow, &[Sending])) {
    let moments = simulation.moments(quarter);
    let end = simulation.start(quarter) + QUARTER;
    let mut chance = ChaCha8Rng::seed_from_u64(simulation.config.seed);
    chance.set_stream(u64::from(quarter));
    let mut sendings = Vec::new();
    for (n, point) in simulation.points.iter().enumerate() {
        let moment = moments.iter().find(|(id, _)| *id == point.community().id).map(|(_, m)| *m);
        // Every point belongs to one of the communities.
        let Some(moment) = moment else { continue };
        for (flow, watt_hours) in point.values(moment) {
            sendings.clear();
            draw(&mut chance, &simulation.rates, end, watt_hours, &mut sendings);
            out(n, point, flow, &sendings);
        }
    }
}

fn draw(chance: &mut ChaCha8Rng, rates: &Rates, end: i64, watt_hours: u32, out: &mut Vec<Sending>) {
    let hit = |chance: &mut ChaCha8Rng, rate: u64| u64::from(chance.next_u32()) < rate;
    let mut at_micros = end + i64::from(chance.next_u32() % JITTER_MICROS);
    if hit(chance, rates.late) {
        at_micros += i64::from(1 + chance.next_u32() % LATE_QUARTERS_MAX) * QUARTER;
    }
    let value = |at_micros, watt_hours, revision, kind| Sending {
        at_micros,
        content: Content::Value { watt_hours, revision, kind },
    };
    if hit(chance, rates.corrected) {
        correct(chance, at_micros, watt_hours, out, value);
    } else {
        out.push(value(at_micros, watt_hours, 0, MessageKind::First));
    }
    if hit(chance, rates.doubled) {
        let again = out[chance.next_u32() as usize % out.len()];
        let Content::Value { watt_hours, revision, .. } = again.content else { return };
        // Half of them at once, as a sender does that did not hear an answer.
        let after = if chance.next_u32().is_multiple_of(2) { 0 } else { some_time(chance) };
        out.push(value(again.at_micros + after, watt_hours, revision, MessageKind::Doubled));
    }
    if hit(chance, rates.broken) {
        out.push(Sending { at_micros, content: Content::Broken { lot: chance.next_u32() } });
    }
}

/// A first value and what follows it: one of four ways in which senders correct.
fn correct(
    chance: &mut ChaCha8Rng,
    at_micros: i64,
    watt_hours: u32,
    out: &mut Vec<Sending>,
    value: impl Fn(i64, u32, i64, MessageKind) -> Sending,
) {
    let other = watt_hours + 1 + chance.next_u32() % (watt_hours / 4 + 10);
    let later = at_micros + some_time(chance);
    let way = chance.next_u32() % 4;
    // The correction by number overtakes what it corrects.
    let first_at = if way == 2 { later } else { at_micros };
    out.push(value(first_at, watt_hours, 0, MessageKind::First));
    match way {
        0 => out.push(value(later, other, 0, MessageKind::Correction)),
        1 => out.push(value(later, other, 1, MessageKind::Correction)),
        2 => out.push(value(at_micros, other, 1, MessageKind::Correction)),
        _ => {
            // There and back: the first value is right after all.
            out.push(value(later, other, 0, MessageKind::Correction));
            out.push(value(later + some_time(chance), watt_hours, 0, MessageKind::Correction));
        }
    }
}

/// At least a second, so that message times decide and not their order.
fn some_time(chance: &mut ChaCha8Rng) -> i64 {
    1_000_000 + i64::from(chance.next_u32()) * 4 % AFTER_MICROS
}
