//! Between which amounts a price is plausible.

use engine::units::parse_decimal;

/// Digits after the point of a price.
const PRICE_SCALE: u32 = 6;

/// Amounts between which a price is plausible: `0.0001..2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub low_micro: i64,
    pub high_micro: i64,
}

impl Bounds {
    /// Reads `LOW..HIGH`.
    pub fn parse(text: &str) -> Option<Self> {
        let (low, high) = text.split_once("..")?;
        let amount = |text: &str| parse_decimal(text.as_bytes(), PRICE_SCALE).ok().filter(|amount| *amount >= 0);
        let bounds = Self { low_micro: amount(low)?, high_micro: amount(high)? };
        (bounds.low_micro <= bounds.high_micro).then_some(bounds)
    }

    /// Whether a price lies between them, paid or earned. What costs nothing is always plausible.
    pub fn hold(self, price_micro: i64) -> bool {
        price_micro == 0 || (self.low_micro..=self.high_micro).contains(&price_micro.saturating_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_what_is_paid_and_what_is_earned() {
        let bounds = Bounds::parse("0.0001..2").unwrap_or(Bounds { low_micro: 0, high_micro: 0 });
        for (price_micro, want) in
            [(0, true), (100, true), (99, false), (2_000_000, true), (2_000_001, false), (-115_000, true)]
        {
            assert_eq!(bounds.hold(price_micro), want, "{price_micro}");
        }
        for text in ["", "1", "2..1", "a..b", "-1..2", "1..", "0.0000001..1"] {
            assert_eq!(Bounds::parse(text), None, "{text}");
        }
    }
}
