//! The upright axis: from zero in steps of 1, 2 or 5 x a power of ten.

/// Where the axis ends and where its lines stand, in 1e-6 of its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Axis {
    /// Its upper end: the first step at or above the largest value.
    pub(super) end: i64,
    /// Values with a line and a number, from zero.
    pub(super) ticks: Vec<i64>,
    /// Digits after the point that the numbers need.
    pub(super) digits: u32,
}

/// At most this many steps, so that numbers do not crowd a low picture.
const STEPS: i64 = 4;

impl Axis {
    /// The axis for values from zero to `largest`. With nothing to show it still has a height.
    pub(super) fn for_largest(largest: i64) -> Self {
        // Above this no community lives; the sums below stay in range.
        let largest = largest.clamp(1, i64::MAX / 100);
        let mut step = 1;
        let mut factors = [2, 5, 10].into_iter().cycle();
        let mut decade = 1;
        while step * STEPS < largest {
            let factor = factors.next().unwrap_or(10);
            step = decade * factor;
            if factor == 10 {
                decade = step;
            }
        }
        let steps = (largest + step - 1) / step;
        let digits = (0..6).find(|d| step % 10i64.pow(6 - d) == 0).unwrap_or(6);
        Self { end: steps * step, ticks: (0..=steps).map(|n| n * step).collect(), digits }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn steps_are_round() {
        let check = |largest, end, ticks: usize, digits| {
            let axis = Axis::for_largest(largest);
            assert_eq!((axis.end, axis.ticks.len(), axis.digits), (end, ticks, digits), "{largest}");
        };
        check(1_460_000, 1_500_000, 4, 1);
        check(1_500_000, 1_500_000, 4, 1);
        check(42_000_000, 60_000_000, 4, 0);
        check(8_900_000_000, 10_000_000_000, 3, 0);
        check(30_000, 30_000, 4, 2);
        check(0, 1, 2, 6);
    }

    proptest! {
        #[test]
        fn the_axis_holds_its_values_and_is_at_most_twice_as_high(largest in 1..i64::MAX / 200) {
            let axis = Axis::for_largest(largest);
            prop_assert!(axis.end >= largest);
            prop_assert!(axis.ticks.len() as i64 <= STEPS + 1);
            prop_assert!(axis.end < largest * 2 || largest < 10);
        }
    }
}
