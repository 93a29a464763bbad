//! The current truth: of all values ever received for a point and direction, the one that counts at each instant,
//! brought onto the grid of a community.
//!
//! Values are ordered by (sender's revision, message time, position). The last value for an instant counts. A later
//! value of another length replaces what it overlaps as a whole; what it leaves uncovered is missing. A value that
//! equals the current one is a duplicate and changes nothing, not even the revision that is shown.

use crate::calendar::{SECOND, UTC_DAY};
use crate::clock::Micros;
use crate::reading::{Direction, Quality};
use crate::sharing::rounding::split_part;

/// The finest length that is accepted, in seconds: slots of the bookkeeping below.
const SLOT_SECONDS: i64 = 300;
const SLOTS_PER_DAY: usize = 288;
const NOBODY: u16 = u16::MAX;
/// A slot of a value that a later one replaced: missing, and closed to earlier values.
const REPLACED: u16 = u16::MAX - 1;

/// A value as `readings_raw` holds it, with dense numbers in place of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawValue {
    /// Number of the metering point.
    pub point: u32,
    pub direction: Direction,
    pub interval_start: Micros,
    pub interval_seconds: u32,
    pub energy_micro_kwh: i64,
    pub quality: Quality,
    pub revision: i64,
    pub message_at: Micros,
    /// Rank of the source's name among the sources of the batch.
    pub source: u32,
    pub position: i64,
    pub index: i32,
}

/// A value that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentValue {
    pub point: u32,
    pub direction: Direction,
    pub interval_start: Micros,
    pub energy_micro_kwh: i64,
    pub quality: Quality,
    pub revision: i64,
}

#[derive(Debug, Clone, Copy)]
struct Alive {
    value: RawValue,
    /// No other value came between this one and the earlier equal ones looked at so far.
    unbroken: bool,
}

/// Resolves raw values, in any order, and sorts the result by (start, point, direction).
pub fn resolve(values: &mut [RawValue]) -> Vec<RawValue> {
    values.sort_unstable_by_key(|v| {
        let day = v.interval_start.div_euclid(UTC_DAY);
        (v.point, v.direction, day, v.revision, v.message_at, v.source, v.position, v.index)
    });
    let same_day = |a: &RawValue, b: &RawValue| {
        let day = |v: &RawValue| v.interval_start.div_euclid(UTC_DAY);
        (a.point, a.direction, day(a)) == (b.point, b.direction, day(b))
    };
    let mut current = Vec::with_capacity(values.len());
    for group in values.chunk_by(same_day) {
        resolve_day(group, &mut current);
    }
    current
}

/// One point, direction and UTC day, in order: intervals never cross midnight UTC, so days are independent.
fn resolve_day(values: &[RawValue], current: &mut Vec<RawValue>) {
    let mut owner = [NOBODY; SLOTS_PER_DAY];
    let mut alive: Vec<Alive> = Vec::with_capacity(values.len().min(SLOTS_PER_DAY));
    for value in values.iter().rev() {
        let slots = slots(value);
        let first = owner[slots.start];
        if owner[slots.clone()].iter().all(|o| *o == NOBODY) {
            // At most one living value per slot, so the number fits.
            owner[slots].fill(alive.len() as u16);
            alive.push(Alive { value: *value, unbroken: true });
            continue;
        }
        match alive.get_mut(usize::from(first)) {
            Some(a) if same_interval(&a.value, value) && a.unbroken && same_content(&a.value, value) => {
                a.value.revision = value.revision;
            }
            _ => {
                for o in &mut owner[slots] {
                    match alive.get_mut(usize::from(*o)) {
                        Some(a) => a.unbroken = false,
                        None => *o = REPLACED,
                    }
                }
            }
        }
    }
    current.extend(alive.into_iter().map(|a| a.value));
}

fn same_interval(a: &RawValue, b: &RawValue) -> bool {
    (a.interval_start, a.interval_seconds) == (b.interval_start, b.interval_seconds)
}

fn same_content(a: &RawValue, b: &RawValue) -> bool {
    (a.energy_micro_kwh, a.quality) == (b.energy_micro_kwh, b.quality)
}

fn slots(value: &RawValue) -> std::ops::Range<usize> {
    let offset = value.interval_start.rem_euclid(UTC_DAY) / SECOND / SLOT_SECONDS;
    let count = i64::from(value.interval_seconds) / SLOT_SECONDS;
    // The door lets in only lengths and starts that lie on this grid.
    let start = offset as usize;
    start..(start + count as usize).min(SLOTS_PER_DAY)
}

/// Brings current values onto a grid of `grid_seconds`: longer ones are split exactly (largest remainder, earlier parts
/// first, quality at best `derived`), shorter ones are summed where all parts are there (the worst quality counts).
/// The result is sorted by (start, point, direction).
pub fn onto_grid(current: &[RawValue], grid_seconds: u32) -> Vec<CurrentValue> {
    let grid = i64::from(grid_seconds) * SECOND;
    let mut out: Vec<CurrentValue> = Vec::with_capacity(current.len());
    let mut parts: Vec<RawValue> = Vec::new();
    for v in current {
        if v.interval_seconds >= grid_seconds {
            split(v, grid_seconds, &mut out);
        } else {
            parts.push(*v);
        }
    }
    parts.sort_unstable_by_key(|v| (v.point, v.direction, v.interval_start));
    let cell = |v: &RawValue| (v.point, v.direction, v.interval_start.div_euclid(grid));
    for group in parts.chunk_by(|a, b| cell(a) == cell(b)) {
        out.extend(sum(group, grid_seconds));
    }
    out.sort_unstable_by_key(|v| (v.interval_start, v.point, v.direction));
    out
}

fn split(v: &RawValue, grid_seconds: u32, out: &mut Vec<CurrentValue>) {
    let parts = v.interval_seconds / grid_seconds;
    let quality = if parts > 1 { v.quality.max(Quality::Derived) } else { v.quality };
    for part in 0..parts {
        out.push(CurrentValue {
            point: v.point,
            direction: v.direction,
            interval_start: v.interval_start + i64::from(part) * i64::from(grid_seconds) * SECOND,
            energy_micro_kwh: split_part(v.energy_micro_kwh, parts, part),
            quality,
            revision: v.revision,
        });
    }
}

fn sum(group: &[RawValue], grid_seconds: u32) -> Option<CurrentValue> {
    let first = group.first()?;
    let covered: u32 = group.iter().map(|v| v.interval_seconds).sum();
    let grid = i64::from(grid_seconds) * SECOND;
    (covered == grid_seconds).then(|| CurrentValue {
        point: first.point,
        direction: first.direction,
        interval_start: first.interval_start.div_euclid(grid) * grid,
        energy_micro_kwh: group.iter().map(|v| v.energy_micro_kwh).sum(),
        quality: group.iter().map(|v| v.quality).max().unwrap_or(Quality::Missing),
        revision: group.iter().map(|v| v.revision).max().unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::QUARTER;

    /// (start in quarters, length in minutes, energy, revision), in the order of arrival.
    fn raw(values: &[(i64, u32, i64, i64)]) -> Vec<RawValue> {
        let value = |(i, &(start, minutes, energy_micro_kwh, revision)): (usize, &(i64, u32, i64, i64))| RawValue {
            point: 0,
            direction: Direction::Import,
            interval_start: start * QUARTER,
            interval_seconds: minutes * 60,
            energy_micro_kwh,
            quality: Quality::Measured,
            revision,
            message_at: 0,
            source: 0,
            position: i as i64,
            index: 0,
        };
        values.iter().enumerate().map(value).collect()
    }

    fn check(values: &[(i64, u32, i64, i64)], minutes: u32, want: &[(i64, i64, i64)]) {
        let current = onto_grid(&resolve(&mut raw(values)), minutes * 60);
        let got: Vec<_> =
            current.iter().map(|v| (v.interval_start / QUARTER, v.energy_micro_kwh, v.revision)).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn a_then_b_then_a_again_ends_at_a() {
        check(&[(0, 15, 7, 0), (0, 15, 8, 0), (0, 15, 7, 0)], 15, &[(0, 7, 0)]);
    }

    #[test]
    fn the_senders_revision_goes_before_the_order_of_arrival() {
        check(&[(0, 15, 7, 2), (0, 15, 8, 1)], 15, &[(0, 7, 2)]);
    }

    #[test]
    fn a_duplicate_changes_nothing_not_even_the_revision_shown() {
        check(&[(0, 15, 7, 1), (0, 15, 7, 2), (0, 15, 7, 3)], 15, &[(0, 7, 1)]);
        check(&[(0, 15, 7, 1), (0, 15, 8, 2), (0, 15, 7, 3), (0, 15, 7, 4)], 15, &[(0, 7, 3)]);
    }

    #[test]
    fn a_later_value_of_another_length_replaces_what_it_overlaps_as_a_whole() {
        // A quarter over a half hour: the half hour is gone, its second quarter is missing.
        check(&[(0, 30, 9, 0), (0, 15, 5, 0)], 15, &[(0, 5, 0)]);
        check(&[(0, 30, 9, 0), (0, 15, 5, 0), (1, 15, 6, 0)], 15, &[(0, 5, 0), (1, 6, 0)]);
        // A half hour over two quarters.
        check(&[(0, 15, 5, 0), (1, 15, 6, 0), (0, 30, 9, 0)], 15, &[(0, 5, 0), (1, 4, 0)]);
        // What was replaced does not come back when its replacement is replaced.
        check(&[(0, 60, 100, 0), (0, 15, 5, 0), (0, 30, 9, 0)], 15, &[(0, 5, 0), (1, 4, 0)]);
        // A quarter, an hour over it, and a later quarter elsewhere in the hour: the first quarter stays replaced.
        check(&[(0, 15, 1, 0), (0, 60, 9, 0), (2, 15, 5, 0)], 15, &[(2, 5, 0)]);
    }

    #[test]
    fn a_coarser_grid_sums_and_needs_all_parts() {
        check(&[(0, 15, 5, 0), (1, 15, 6, 1), (2, 30, 7, 0)], 60, &[(0, 18, 1)]);
        check(&[(0, 15, 5, 0), (1, 15, 6, 0), (2, 15, 7, 0)], 60, &[]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        /// Slot by slot, straight from the definition: a value counts iff no later value overlaps it.
        #[test]
        fn a_value_counts_iff_no_later_one_overlaps_it(
            values in prop::collection::vec((0i64..8, prop::sample::select(vec![15u32, 30, 60]), 0i64..4, 0i64..3),
                0..12)
        ) {
            let values: Vec<_> = values.into_iter().map(|(s, m, e, r)| (s - s % (i64::from(m) / 15), m, e,
                r)).collect();
            let mut all = raw(&values);
            let resolved = resolve(&mut all);
            let order = |v: &RawValue| (v.revision, v.position);
            let end = |v: &RawValue| v.interval_start + i64::from(v.interval_seconds) * SECOND;
            let mut want: Vec<_> = all
                .iter()
                .filter(|a| !all.iter().any(|b| {
                    order(b) > order(a) && b.interval_start < end(a) && a.interval_start < end(b)
                }))
                .map(|v| (v.interval_start, v.interval_seconds, v.energy_micro_kwh))
                .collect();
            let mut got: Vec<_> =
                resolved.iter().map(|v| (v.interval_start, v.interval_seconds, v.energy_micro_kwh)).collect();
            want.sort_unstable();
            got.sort_unstable();
            prop_assert_eq!(got, want);
        }
    }
}
