//! Messages that no reading can be made of: each way in which senders break them, with the reason that must be found.
//!
//! A source that is not declared for a point is a matter of configuration and cannot come from the wire.

use crate::demo::Point;
use crate::wire::{Flow, instant, json};

/// How a message is broken: reason code, field that must be named.
type Way = (&'static str, &'static str);

const WAYS: [Way; 18] = [
    ("malformed", "message"),
    ("malformed", "message"),
    ("malformed", "encoding"),
    ("malformed", "direction"),
    ("malformed", "energy_kwh"),
    ("malformed", "energy_kwh"),
    ("malformed", "interval_start"),
    ("malformed", "quality"),
    ("too_large", "energy_kwh"),
    ("too_large", "metering_point_id"),
    ("too_large", "interval_seconds"),
    ("too_many_digits", "energy_kwh"),
    ("negative", "energy_kwh"),
    ("unknown_metering_point", "metering_point_id"),
    ("outside_validity", "interval_start"),
    ("off_grid", "interval_start"),
    ("off_grid", "interval_seconds"),
    ("in_future", "interval_start"),
];
/// Before any point is registered: 1999-12-31T00:00:00Z.
const BEFORE_ALL: i64 = 946_598_400_000_000;
/// After any now: 2199-12-31T23:45:00Z.
const AFTER_ALL: i64 = 7_258_117_500_000_000;
const SECOND: i64 = 1_000_000;
const WHOLE: &str = "0.125";

pub(super) struct Spoiled {
    pub payload: Vec<u8>,
    pub reason: &'static str,
    pub field: &'static str,
}

/// Breaks a message of this point in the way that its lot says.
pub(super) fn spoil(point: &Point, flow: Flow, start: i64, lot: u32) -> Spoiled {
    let id = &*point.metering_point_id;
    let way = lot as usize % WAYS.len();
    // What is left of the lot tells messages of one way apart.
    let rest = lot / WAYS.len() as u32;
    let (reason, mut field) = WAYS[way];
    let sound = || json(id, flow, start, WHOLE, 0);
    let with = |energy_kwh: &str| json(id, flow, start, energy_kwh, 0);
    let replaced = |from: &str, to: &str| String::from_utf8_lossy(&sound()).replace(from, to).into_bytes();
    let payload = match way {
        0 => {
            let mut cut = sound();
            cut.truncate(1 + rest as usize % (cut.len() - 1));
            cut
        }
        1 => format!("ERROR meter {id} did not answer, attempt {rest}").into_bytes(),
        2 => {
            let mut spoiled = sound();
            let at = rest as usize % spoiled.len();
            spoiled[at] = 0xFF;
            spoiled
        }
        3 => replaced(&format!("\"{}\"", flow.as_str()), "\"both\""),
        4 => replaced(",\"energy_kwh\":\"0.125\"", ""),
        5 => with(&format!("{},{:03}", rest % 10, rest % 1000)),
        6 => replaced(&instant(start), instant(start).trim_end_matches('Z')),
        7 => replaced("\"measured\"", "\"good\""),
        8 => with(&format!("{}", 1_000_000_000_000u64 + u64::from(rest))),
        9 => json(&format!("{id}-{}", "0".repeat(128)), flow, start, WHOLE, 0),
        10 => replaced(":900,", ":90000000000,"),
        11 => with(&format!("0.{:06}1", rest % 1_000_000)),
        12 => with(&format!("-{}.{:03}", rest % 10, 1 + rest % 999)),
        13 => json(&format!("{id}-UNKNOWN-{rest}"), flow, start, WHOLE, 0),
        14 if !(point.import() && point.export()) && rest.is_multiple_of(2) => {
            field = "direction";
            let other = if flow == Flow::Import { Flow::Export } else { Flow::Import };
            json(id, other, start, WHOLE, 0)
        }
        14 => json(id, flow, BEFORE_ALL, WHOLE, 0),
        15 => json(id, flow, start + i64::from(1 + rest % 899) * SECOND, WHOLE, 0),
        16 => replaced(":900,", ":840,"),
        _ => json(id, flow, AFTER_ALL, WHOLE, 0),
    };
    Spoiled { payload, reason, field }
}
