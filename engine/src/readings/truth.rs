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

/// Slots of the bookkeeping below, in seconds: that of most days, and the finest length that is accepted.
const SLOT_SECONDS: i64 = 300;
const FINEST_SLOT_SECONDS: i64 = 60;
const SLOTS_PER_DAY_MAX: usize = 1440;
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

/// How what was received fits an interval of the grid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// One value of its length.
    #[default]
    Whole,
    /// Shorter values that fill it.
    Summed,
    /// A part of a longer value.
    Split,
    /// Shorter values that do not fill it, or that reach beyond it: it is missing, and they count nowhere.
    Partial,
}

/// A value that counts; a partial one only says that something came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentValue {
    pub point: u32,
    pub direction: Direction,
    pub interval_start: Micros,
    pub energy_micro_kwh: i64,
    pub quality: Quality,
    pub revision: i64,
    pub fit: Fit,
}

impl CurrentValue {
    /// Whether it counts.
    pub fn counts(&self) -> bool {
        self.fit != Fit::Partial
    }
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
    let slot_seconds = slot_seconds(values);
    let mut owner = [NOBODY; SLOTS_PER_DAY_MAX];
    let mut alive: Vec<Alive> = Vec::with_capacity(values.len().min(SLOTS_PER_DAY_MAX));
    for value in values.iter().rev() {
        let slots = slots(value, slot_seconds);
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

/// The coarsest slots that values begin and end at.
fn slot_seconds(values: &[RawValue]) -> i64 {
    let fits = |v: &RawValue| {
        i64::from(v.interval_seconds) % SLOT_SECONDS == 0 && v.interval_start % (SLOT_SECONDS * SECOND) == 0
    };
    if values.iter().all(fits) { SLOT_SECONDS } else { FINEST_SLOT_SECONDS }
}

fn slots(value: &RawValue, slot_seconds: i64) -> std::ops::Range<usize> {
    let offset = value.interval_start.rem_euclid(UTC_DAY) / SECOND / slot_seconds;
    let count = i64::from(value.interval_seconds) / slot_seconds;
    // The door lets in only lengths and starts that lie on this grid.
    let start = offset as usize;
    start..(start + count as usize).min(SLOTS_PER_DAY_MAX)
}

/// Brings current values onto a grid of `grid_seconds`: longer ones are split exactly (largest remainder, earlier parts
/// first, quality at best `derived`), shorter ones are summed where all parts are there (the worst quality counts), and
/// where some are not, what is there is noted as partial. The result is sorted by (start, point, direction).
pub fn onto_grid(current: &[RawValue], grid_seconds: u32) -> Vec<CurrentValue> {
    let grid = i64::from(grid_seconds) * SECOND;
    let mut out: Vec<CurrentValue> = Vec::with_capacity(current.len());
    let mut parts: Vec<RawValue> = Vec::new();
    for v in current {
        if v.interval_seconds >= grid_seconds && v.interval_seconds % grid_seconds == 0 {
            split(v, grid_seconds, &mut out);
        } else {
            parts.push(*v);
        }
    }
    parts.sort_unstable_by_key(|v| (v.point, v.direction, v.interval_start));
    let cell = |v: &RawValue| (v.point, v.direction, v.interval_start.div_euclid(grid));
    for group in parts.chunk_by(|a, b| cell(a) == cell(b)) {
        out.extend(sum(group, grid));
    }
    out.sort_unstable_by_key(|v| (v.interval_start, v.point, v.direction));
    out
}

fn split(v: &RawValue, grid_seconds: u32, out: &mut Vec<CurrentValue>) {
    let parts = v.interval_seconds / grid_seconds;
    let (quality, fit) = match parts {
        0 | 1 => (v.quality, Fit::Whole),
        _ => (v.quality.max(Quality::Derived), Fit::Split),
    };
    for part in 0..parts {
        out.push(CurrentValue {
            point: v.point,
            direction: v.direction,
            interval_start: v.interval_start + i64::from(part) * i64::from(grid_seconds) * SECOND,
            energy_micro_kwh: split_part(v.energy_micro_kwh, parts, part),
            quality,
            revision: v.revision,
            fit,
        });
    }
}

/// Values that begin in one interval of the grid, none of which overlap.
fn sum(group: &[RawValue], grid: Micros) -> Option<CurrentValue> {
    let first = group.first()?;
    let start = first.interval_start.div_euclid(grid) * grid;
    let length = |v: &RawValue| i64::from(v.interval_seconds) * SECOND;
    let fills = group.iter().map(length).sum::<i64>() == grid;
    let within = group.iter().all(|v| v.interval_start + length(v) <= start + grid);
    Some(CurrentValue {
        point: first.point,
        direction: first.direction,
        interval_start: start,
        energy_micro_kwh: group.iter().map(|v| v.energy_micro_kwh).sum(),
        quality: group.iter().map(|v| v.quality).max().unwrap_or(Quality::Missing),
        revision: group.iter().map(|v| v.revision).max().unwrap_or(0),
        fit: if fills && within { Fit::Summed } else { Fit::Partial },
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
        let counting = current.iter().filter(|v| v.counts());
        let got: Vec<_> = counting.map(|v| (v.interval_start / QUARTER, v.energy_micro_kwh, v.revision)).collect();
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

    /// (start in minutes, length in minutes, energy) of one point: what they come to on a grid, by minute.
    fn fits(values: &[(i64, u32, i64)], minutes: u32, want: &[(i64, i64, Fit)]) {
        let mut all = raw(&values.iter().map(|(_, length, energy)| (0, *length, *energy, 0)).collect::<Vec<_>>());
        for (v, (start, ..)) in all.iter_mut().zip(values) {
            v.interval_start = start * 60 * SECOND;
        }
        let current = onto_grid(&resolve(&mut all), minutes * 60);
        let minute = |v: &CurrentValue| v.interval_start / SECOND / 60;
        let got: Vec<_> = current.iter().map(|v| (minute(v), v.energy_micro_kwh, v.fit)).collect();
        assert_eq!(got, want, "{values:?} on {minutes}");
    }

    #[test]
    fn what_does_not_fill_an_interval_is_partial_and_never_gone() {
        fits(&[(0, 5, 1), (5, 5, 2), (10, 5, 3)], 15, &[(0, 6, Fit::Summed)]);
        fits(&[(0, 5, 1), (10, 5, 3)], 15, &[(0, 4, Fit::Partial)]);
        fits(&[(0, 60, 9)], 30, &[(0, 5, Fit::Split), (30, 4, Fit::Split)]);
        // Ten minutes are no part of a quarter of an hour: the second value reaches beyond its interval.
        fits(&[(0, 10, 1), (10, 10, 2), (20, 10, 3)], 15, &[(0, 3, Fit::Partial), (15, 3, Fit::Partial)]);
        fits(&[(0, 10, 1), (10, 10, 2), (20, 10, 3)], 30, &[(0, 6, Fit::Summed)]);
        // Twenty minutes are longer than a quarter of an hour and no number of them.
        fits(&[(0, 20, 7)], 15, &[(0, 7, Fit::Partial)]);
        let minutes: Vec<(i64, u32, i64)> = (0..30).map(|minute| (minute, 1, minute)).collect();
        fits(&minutes, 15, &[(0, 105, Fit::Summed), (15, 330, Fit::Summed)]);
        // One minute is read again, and five are sent as one afterwards.
        let later = [&minutes[..15], &[(3, 1, 100), (10, 5, 7)]].concat();
        fits(&later, 15, &[(0, 45 - 3 + 100 + 7, Fit::Summed)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        /// Whatever comes, each value that counts is in one interval or split over its own, and no energy is gone.
        #[test]
        fn energy_on_the_grid_is_the_energy_that_counts(
            values in prop::collection::vec(
                (0i64..180, prop::sample::select(vec![1u32, 2, 3, 5, 6, 10, 12, 15, 20, 30, 60]), 0i64..9), 0..40),
            minutes in prop::sample::select(vec![15u32, 30, 60])
        ) {
            let mut all = raw(&values.iter().map(|(_, length, energy)| (0, *length, *energy, 0)).collect::<Vec<_>>());
            for (v, (start, length, _)) in all.iter_mut().zip(&values) {
                v.interval_start = (start - start % i64::from(*length)) * 60 * SECOND;
            }
            let current = resolve(&mut all);
            let on_grid = onto_grid(&current, minutes * 60);
            let sum = |all: &[CurrentValue]| all.iter().map(|v| v.energy_micro_kwh).sum::<i64>();
            prop_assert_eq!(sum(&on_grid), current.iter().map(|v| v.energy_micro_kwh).sum::<i64>());
            let grid = i64::from(minutes) * 60 * SECOND;
            for pair in on_grid.windows(2) {
                prop_assert!(pair[0].interval_start < pair[1].interval_start, "an interval has one value");
            }
            for v in on_grid.iter().filter(|v| v.fit == Fit::Summed) {
                let inside = |r: &&RawValue| (v.interval_start..v.interval_start + grid).contains(&r.interval_start);
                let seconds: u32 = current.iter().filter(inside).map(|r| r.interval_seconds).sum();
                prop_assert_eq!(seconds, minutes * 60);
            }
        }

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
