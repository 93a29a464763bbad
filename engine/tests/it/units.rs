//! Numbers: what is read is what was written, and rounding loses at most half a unit.

use engine::units::{DECIMAL18_MAX, NumberError, div_half_up, format_decimal, parse_decimal, round_half_up};
use proptest::prelude::*;

proptest! {
    #[test]
    fn what_is_written_is_read_again(value in -DECIMAL18_MAX..=DECIMAL18_MAX, scale in 0u32..=12) {
        let text = format_decimal(i128::from(value), scale);
        prop_assert_eq!(parse_decimal(text.as_bytes(), scale), Ok(value), "{}", text);
    }

    #[test]
    fn a_point_and_an_exponent_say_the_same(value in -999_999_999i64..=999_999_999, down in 0u32..=6) {
        let moved = format!("{value}e-{down}");
        let written = format_decimal(i128::from(value), down);
        prop_assert_eq!(parse_decimal(moved.as_bytes(), 6), parse_decimal(written.as_bytes(), 6));
    }

    #[test]
    fn a_digit_beyond_the_unit_is_refused_unless_it_is_zero(value in 0i64..=999_999, digit in 0u8..=9) {
        let text = format!("0.{value:06}{digit}");
        let expected = if digit == 0 { Ok(value) } else { Err(NumberError::TooManyDigits) };
        prop_assert_eq!(parse_decimal(text.as_bytes(), 6), expected);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(value) = parse_decimal(&bytes, 6) {
            prop_assert!(value.abs() <= DECIMAL18_MAX);
        }
    }

    #[test]
    fn a_rounded_value_is_a_nearest_one_and_a_reversal_cancels(value in any::<i64>(), divisor in 1i64..=1_000_000_007) {
        let (value, divisor) = (i128::from(value), i128::from(divisor));
        let rounded = div_half_up(value, divisor);
        prop_assert!(2 * (rounded * divisor - value).abs() <= divisor);
        prop_assert_eq!(div_half_up(-value, divisor), -rounded);
        // Exactly half goes away from zero.
        if 2 * (rounded * divisor - value).abs() == divisor {
            prop_assert!(rounded.abs() * divisor > value.abs());
        }
    }

    #[test]
    fn more_digits_lose_nothing(value in any::<i64>(), from in 0u32..=6, more in 0u32..=6) {
        let finer = round_half_up(i128::from(value), from, from + more);
        prop_assert_eq!(round_half_up(finer, from + more, from), i128::from(value));
    }
}
