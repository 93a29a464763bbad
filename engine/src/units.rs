//! Energy and money as whole numbers, and the only roundings that the program knows.
//!
//! Energy is counted in millionths of a kWh (`micro_kwh`), which is the last digit of `DECIMAL(18,6)` kWh.
//! Prices are counted in millionths of the currency per kWh, so energy x price is exact in
//! `DECIMAL(38,12)`. Half-up means half away from zero everywhere, so that a reversal cancels exactly.

use std::fmt;

/// Digits after the point of a kWh value in every table.
pub const ENERGY_SCALE: u32 = 6;
/// One kWh.
pub const MICRO_KWH_PER_KWH: i64 = 1_000_000;
/// Largest absolute value of `DECIMAL(18,6)`, in its last digit.
pub const DECIMAL18_MAX: i64 = 999_999_999_999_999_999;

/// Why a text is not an exact number of the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberError {
    /// Not a decimal number.
    Malformed,
    /// More digits after the point than the unit holds; rounding it silently would lose energy.
    TooManyDigits,
    /// Larger than `DECIMAL(18,6)` holds.
    TooLarge,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "is not a decimal number",
            Self::TooManyDigits => "has more digits after the point than the unit holds",
            Self::TooLarge => "is larger than the unit holds",
        })
    }
}

impl std::error::Error for NumberError {}

/// Reads a decimal number from its digits, never through a float: sign, digits, point, digits and an exponent as
/// JSON writes them. The result counts units of 10^-`scale`; trailing zeros beyond the scale are accepted.
pub fn parse_decimal(text: &[u8], scale: u32) -> Result<i64, NumberError> {
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let mut exponent = 0i64;
    if let Some(at) = rest.iter().position(|b| matches!(b, b'e' | b'E')) {
        exponent = parse_exponent(&rest[at + 1..])?;
        rest = &rest[..at];
    }
    let mut value = 0i128;
    let mut digits = 0usize;
    // Power of ten of the last digit read so far, before the exponent.
    let mut fraction_digits = 0i64;
    let mut after_point = false;
    for &b in rest {
        match b {
            b'0'..=b'9' => {
                digits += 1;
                fraction_digits += i64::from(after_point);
                value = value * 10 + i128::from(b - b'0');
                if value > i128::from(DECIMAL18_MAX) * 1_000_000_000_000 {
                    return Err(if after_point { NumberError::TooManyDigits } else { NumberError::TooLarge });
                }
            }
            b'.' if !after_point && digits > 0 => after_point = true,
            _ => return Err(NumberError::Malformed),
        }
    }
    if digits == 0 || (after_point && fraction_digits == 0) {
        return Err(NumberError::Malformed);
    }
    let mut shift = i64::from(scale) - fraction_digits + exponent;
    while shift < 0 && value % 10 == 0 && value != 0 {
        value /= 10;
        shift += 1;
    }
    if value == 0 {
        return Ok(0);
    }
    if shift < 0 {
        return Err(NumberError::TooManyDigits);
    }
    for _ in 0..shift {
        value *= 10;
        if value > i128::from(DECIMAL18_MAX) {
            return Err(NumberError::TooLarge);
        }
    }
    let value = i64::try_from(value).ok().filter(|v| *v <= DECIMAL18_MAX);
    let value = value.ok_or(NumberError::TooLarge)?;
    Ok(if negative { -value } else { value })
}

fn parse_exponent(text: &[u8]) -> Result<i64, NumberError> {
    let (sign, digits) = match text {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        _ => (1, text),
    };
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NumberError::Malformed);
    }
    Ok(sign * digits.iter().fold(0i64, |n, b| n * 10 + i64::from(b - b'0')))
}

/// Writes a number of 10^-`scale` units with all its digits after the point.
pub fn format_decimal(value: i128, scale: u32) -> String {
    if scale == 0 {
        return value.to_string();
    }
    let one = 10u128.pow(scale);
    let (whole, part) = (value.unsigned_abs() / one, value.unsigned_abs() % one);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{whole}.{part:0width$}", width = scale as usize)
}

/// Integer division that rounds half away from zero.
///
/// # Panics
/// When `divisor` is not positive: divisors here are constants or counts.
pub fn div_half_up(value: i128, divisor: i128) -> i128 {
    assert!(divisor > 0, "a divisor is a positive constant");
    let (quotient, rest) = (value / divisor, value % divisor);
    if 2 * rest.abs() >= divisor { quotient + value.signum() } else { quotient }
}

/// Reads a decimal number as [`parse_decimal`] does, and rounds what the unit does not hold to the nearest, half to
/// even.
///
/// # Errors
/// As [`parse_decimal`], but for digits that the unit does not hold.
pub fn round_half_even(text: &[u8], scale: u32) -> Result<i64, NumberError> {
    let (mantissa, exponent) = match text.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut parts = mantissa.splitn(2, |b| *b == b'.');
    let (whole, fraction) = (parts.next().unwrap_or_default(), parts.next());
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    if !is_number(whole) || fraction.is_some_and(|f| !is_number(f)) {
        return Err(NumberError::Malformed);
    }
    // How many of the digits stand before the last one that the unit holds.
    let kept = whole.len() as i64 + exponent + i64::from(scale);
    let digits = whole.iter().chain(fraction.unwrap_or_default()).map(|b| i64::from(b - b'0'));
    let (mut value, mut first_left, mut is_more) = (0i64, 0, false);
    for (digit, place) in digits.clone().zip(0i64..) {
        if place < kept {
            value = value.checked_mul(10).and_then(|v| v.checked_add(digit)).ok_or(NumberError::TooLarge)?;
        } else if place == kept {
            first_left = digit;
        } else {
            is_more |= digit != 0;
        }
    }
    for _ in digits.count() as i64..kept {
        if value == 0 {
            break;
        }
        value = value.checked_mul(10).ok_or(NumberError::TooLarge)?;
    }
    let up = first_left > 5 || (first_left == 5 && (is_more || value % 2 == 1));
    value += i64::from(up && kept >= 0);
    if value > DECIMAL18_MAX {
        return Err(NumberError::TooLarge);
    }
    Ok(if negative { -value } else { value })
}

/// Rounds an amount in 10^-`from` units to 10^-`to` units, half away from zero, once.
pub fn round_half_up(value: i128, from: u32, to: u32) -> i128 {
    if to >= from { value * 10i128.pow(to - from) } else { div_half_up(value, 10i128.pow(from - to)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_from_their_digits() {
        let check = |text: &str, want| assert_eq!(parse_decimal(text.as_bytes(), 6), want, "{text}");
        check("0.123000", Ok(123_000));
        check("0.1230000000", Ok(123_000));
        check("12", Ok(12_000_000));
        check("-1.5", Ok(-1_500_000));
        check("1.5e-3", Ok(1_500));
        check("15E2", Ok(1_500_000_000));
        check("0e99", Ok(0));
        check("0.0000001", Err(NumberError::TooManyDigits));
        check("1e-7", Err(NumberError::TooManyDigits));
        check("999999999999.999999", Ok(DECIMAL18_MAX));
        check("1000000000000", Err(NumberError::TooLarge));
        check("1e4000", Err(NumberError::TooLarge));
        for bad in ["", "-", ".5", "5.", "1,5", "0x1", "1e", "1e+", "NaN", " 1", "1.2.3", "--1"] {
            check(bad, Err(NumberError::Malformed));
        }
        // The nearest double of this number is another one: digits, not floats.
        check("123456789012.345678", Ok(123_456_789_012_345_678));
    }

    #[test]
    fn what_the_unit_does_not_hold_is_rounded_half_to_even() {
        let check = |text: &str, want| assert_eq!(round_half_even(text.as_bytes(), 6), want, "{text}");
        check("0.1234565", Ok(123_456));
        check("0.1234575", Ok(123_458));
        check("0.12345650001", Ok(123_457));
        check("-0.1234575", Ok(-123_458));
        check("0.0000004999", Ok(0));
        check("0.0000005", Ok(0));
        check("0.0000015", Ok(2));
        check("5e-7", Ok(0));
        check("7e-7", Ok(1));
        check("7e-8", Ok(0));
        check("1.5e3", Ok(1_500_000_000));
        check("0.9999999", Ok(1_000_000));
        check("12", Ok(12_000_000));
        check("0.30000000000000004", Ok(300_000));
        check("999999999999.9999999", Err(NumberError::TooLarge));
        check("1e99", Err(NumberError::TooLarge));
        check("0e99", Ok(0));
        for bad in ["", "-", ".5", "5.", "1,5", "0x1", "1e", "NaN", " 1", "1.2.3", "--1"] {
            check(bad, Err(NumberError::Malformed));
        }
    }

    #[test]
    fn half_up_is_away_from_zero() {
        assert_eq!(round_half_up(125, 3, 2), 13);
        assert_eq!(round_half_up(-125, 3, 2), -13);
        assert_eq!(round_half_up(124, 3, 2), 12);
        assert_eq!(round_half_up(7, 0, 2), 700);
        assert_eq!(format_decimal(-5, 2), "-0.05");
        assert_eq!(format_decimal(1_234_567, 6), "1.234567");
    }
}
