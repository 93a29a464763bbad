//! Units of energy that a key shares and an operator rounds in.

use crate::registry::document::Fields;
use crate::registry::say;

/// The units, and what each is in units of 10^-6 kWh.
const UNITS: [(&str, i64); 3] = [("0.000001", 1), ("0.001", 1_000), ("1", 1_000_000)];
/// Digits after the point of a unit.
const SCALE: u32 = 6;

/// A unit in units of 10^-6 kWh; `stands` where the file leaves it out. `old` is what the field was called when it
/// counted units of 10^-6 kWh.
pub(super) fn read(fields: &Fields<'_>, key: &'static str, old: &'static str, stands: i64) -> Option<i64> {
    if fields.has(old) {
        let units = fields.whole(old, 1, 1_000_000);
        let unit = units.and_then(|n| UNITS.into_iter().find(|(_, micro)| u64::try_from(*micro) == Ok(n)));
        let value = unit.map_or("0.001", |(kwh, _)| kwh);
        fields.problem(old, say::unit_renamed(key, value));
        return None;
    }
    if !fields.has(key) {
        return Some(stands);
    }
    let unit = fields.decimal(key, SCALE)?;
    let known = UNITS.iter().any(|(_, micro)| *micro == unit);
    if !known {
        fields.problem(key, say::unit_unknown());
    }
    known.then_some(unit)
}
