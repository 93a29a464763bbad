//! Estimating values that have not come when their deadline passed, where the rule of the community says so.
//!
//! A gap of at most two hours between two values is bridged by a straight line. A longer one takes the mean of the same
//! local time on up to four like days: the same weekday one to four weeks before. What has neither stays missing: a
//! number that nothing supports is worse than none. Means and lines are rounded half up to the millionth of a kWh.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeZone};
use chrono_tz::Tz;

use super::results::Gap;
use crate::calendar::{SECOND, utc};
use crate::clock::Micros;
use crate::reading::{Direction, Quality};
use crate::readings::{CurrentValue, Fit};
use crate::units::div_half_up;

/// Longest gap that a line bridges.
const LINE_MAX: Micros = 2 * 3600 * SECOND;
/// How many weeks back like days lie.
pub const LIKE_WEEKS: i64 = 4;

/// Values by point, direction and start.
pub(crate) type Known = BTreeMap<(u32, Direction, Micros), i64>;

/// The days whose values an estimate of a day may use: itself, its neighbours and its like days.
pub(crate) fn used_by(day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let near = (-1..=1).map(move |n| day + chrono::Duration::days(n));
    near.chain((1..=LIKE_WEEKS).map(move |week| day - chrono::Duration::weeks(week)))
}

/// The days whose estimates may use the values of a day.
pub fn depend_on(day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let near = [-1, 1].into_iter().map(move |n| day + chrono::Duration::days(n));
    near.chain((1..=LIKE_WEEKS).map(move |week| day + chrono::Duration::weeks(week)))
}

/// Estimates what can be; sorted by (start, point, direction). Each gap stands for itself: what is estimated for it
/// does not depend on which other days are computed with it.
pub(crate) fn estimate(gaps: &[Gap], known: &Known, zone: Tz, grid_seconds: u32) -> Vec<CurrentValue> {
    let grid = i64::from(grid_seconds) * SECOND;
    let value = |gap: &Gap, energy_micro_kwh: i64| CurrentValue {
        point: gap.point,
        direction: gap.direction,
        interval_start: gap.interval_start,
        energy_micro_kwh,
        quality: Quality::Estimated,
        revision: 0,
        fit: Fit::Whole,
    };
    let energy = |gap: &Gap| line(gap, known, grid).or_else(|| like_days(gap, known, zone));
    let mut out: Vec<CurrentValue> = gaps.iter().filter_map(|gap| Some(value(gap, energy(gap)?))).collect();
    out.sort_unstable_by_key(|v| (v.interval_start, v.point, v.direction));
    out
}

/// The straight line between the nearest values before and after, when what lies between is short enough.
fn line(gap: &Gap, known: &Known, grid: Micros) -> Option<i64> {
    let longest = LINE_MAX / grid;
    let nearest = |direction: i64| {
        (1..=longest).find_map(|steps| {
            let at = gap.interval_start + direction * steps * grid;
            known.get(&(gap.point, gap.direction, at)).map(|energy| (steps, *energy))
        })
    };
    let ((back, before), (ahead, after)) = (nearest(-1)?, nearest(1)?);
    let missing = back + ahead - 1;
    (missing <= longest).then(|| {
        let part = i128::from(after - before) * i128::from(back);
        // Between its two ends, so in range.
        before + div_half_up(part, i128::from(back + ahead)) as i64
    })
}

/// The mean of the same local time on like days.
fn like_days(gap: &Gap, known: &Known, zone: Tz) -> Option<i64> {
    let wall = utc(gap.interval_start).with_timezone(&zone).naive_local();
    let values: Vec<i128> = (1..=LIKE_WEEKS)
        .filter_map(|week| zone.from_local_datetime(&(wall - chrono::Duration::weeks(week))).earliest())
        .filter_map(|at| known.get(&(gap.point, gap.direction, at.timestamp_micros())))
        .map(|v| i128::from(*v))
        .collect();
    let count = i128::try_from(values.len()).ok().filter(|n| *n > 0)?;
    i64::try_from(div_half_up(values.iter().sum(), count)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{QUARTER, parse_rfc3339, zone};

    fn gaps(starts: &[Micros]) -> Vec<Gap> {
        starts.iter().map(|s| Gap { point: 0, direction: Direction::Import, interval_start: *s }).collect()
    }

    fn energies(gaps: &[Gap], known: &[(Micros, i64)]) -> Vec<i64> {
        let known = known.iter().map(|(at, e)| ((0, Direction::Import, *at), *e)).collect();
        estimate(gaps, &known, zone("Europe/Paris").unwrap(), 900).iter().map(|v| v.energy_micro_kwh).collect()
    }

    #[test]
    fn a_short_gap_is_a_line() {
        let t = parse_rfc3339("2026-06-10T10:00:00Z").unwrap();
        let starts = [t + QUARTER, t + 2 * QUARTER];
        assert_eq!(energies(&gaps(&starts), &[(t, 400), (t + 3 * QUARTER, 700)]), [500, 600]);
        assert_eq!(energies(&gaps(&starts), &[(t, 700), (t + 3 * QUARTER, 400)]), [600, 500]);
        // Without a value on one side there is no line, and without like days nothing.
        assert!(energies(&gaps(&starts), &[(t, 400)]).is_empty());
        // Eight quarter-hours are two hours, nine are more; and one by one they are what they are together.
        let starts: Vec<Micros> = (1..=8).map(|n| t + n * QUARTER).collect();
        let ends = [(t, 0), (t + 9 * QUARTER, 900)];
        assert_eq!(energies(&gaps(&starts), &ends), [100, 200, 300, 400, 500, 600, 700, 800]);
        for (n, start) in starts.iter().enumerate() {
            assert_eq!(energies(&gaps(&[*start]), &ends), [100 * (n as i64 + 1)]);
        }
        assert!(energies(&gaps(&starts), &[(t, 0), (t + 10 * QUARTER, 900)]).is_empty());
    }

    #[test]
    fn a_long_gap_is_like_its_like_days_at_the_same_time_on_the_wall() {
        // Monday 30 March 2026 is after the clock change: ten o'clock is 8:00 UTC, a week before it was 9:00 UTC.
        let gap = parse_rfc3339("2026-03-30T08:00:00Z").unwrap();
        let week = |text: &str| parse_rfc3339(text).unwrap();
        let known = [(week("2026-03-23T09:00:00Z"), 100), (week("2026-03-16T09:00:00Z"), 201)];
        assert_eq!(energies(&gaps(&[gap]), &known), [151]);
        let starts: Vec<Micros> = (0..12).map(|n| gap + n * QUARTER).collect();
        let mut known = known.to_vec();
        known.extend([(gap - QUARTER, 5), (gap + 12 * QUARTER, 7)]);
        assert_eq!(
            energies(&gaps(&starts), &known),
            [151],
            "three hours are no line; what has no like day stays missing"
        );
    }

    #[test]
    fn what_uses_and_what_is_used_mirror_each_other() {
        let day: NaiveDate = "2026-06-10".parse().unwrap();
        for other in used_by(day).filter(|d| *d != day) {
            assert!(depend_on(other).any(|d| d == day), "{other}");
        }
    }
}
