//! Storage as a sink and a source: what its energy is made of.
//!
//! A stock of energy is held by where it came from: from the community's plants, or from the grid. What is drawn from
//! the storage is mixed as the stock is (average-cost inventory), so only the community's part of a discharge can be
//! shared again; energy charged from the grid does not become renewable by waiting. Losses are booked on discharge:
//! with an efficiency of 900 permille, 300 delivered take 334 out of the stock.

use super::rounding::{LargestRemainder, Ties};
use crate::error::{Error, Result};
use crate::units::{ENERGY_SCALE, format_decimal};

/// What a storage holds, in micro-kWh, by origin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stock {
    pub community_micro_kwh: i64,
    pub grid_micro_kwh: i64,
}

/// Energy that left a storage, by origin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Discharge {
    /// Delivered and shareable.
    pub community_micro_kwh: i64,
    /// Delivered, charged from the grid: not shareable.
    pub grid_micro_kwh: i64,
    /// Delivered beyond what the stock accounts for: it was there before the books began. Not shareable.
    pub unknown_micro_kwh: i64,
    /// What was taken out of the stock.
    pub used: Stock,
    /// Used but not delivered.
    pub loss_micro_kwh: i64,
}

impl Stock {
    /// All of it.
    pub fn total_micro_kwh(&self) -> i64 {
        self.community_micro_kwh + self.grid_micro_kwh
    }

    /// Takes energy in.
    pub fn charge(&mut self, community_micro_kwh: i64, grid_micro_kwh: i64) {
        self.community_micro_kwh += community_micro_kwh;
        self.grid_micro_kwh += grid_micro_kwh;
    }

    /// Takes out what it needs to deliver `delivered_micro_kwh`: `ceil(delivered * 1000 / efficiency)`, by origin as
    /// the stock is mixed.
    ///
    /// # Errors
    /// User, when the efficiency is not from 1 to 1000 permille or an energy is negative.
    pub fn discharge(&mut self, delivered_micro_kwh: i64, efficiency_permille: u32) -> Result<Discharge> {
        if !(1..=1000).contains(&efficiency_permille) || delivered_micro_kwh < 0 {
            return Err(Error::user(format!(
                "a storage delivers 0 or more kWh with an efficiency of 1 to 1000 permille, not {} kWh with \
                 {efficiency_permille}",
                format_decimal(delivered_micro_kwh.into(), ENERGY_SCALE)
            )));
        }
        let efficiency = i128::from(efficiency_permille);
        let needed = |delivered: i64| (i128::from(delivered) * 1000 + efficiency - 1) / efficiency;
        let stock = self.total_micro_kwh();
        let known_micro_kwh = if needed(delivered_micro_kwh) <= i128::from(stock) {
            delivered_micro_kwh
        } else {
            // The most that the stock can deliver: needed(known) <= stock.
            (i128::from(stock) * efficiency / 1000) as i64
        };
        let used_micro_kwh = needed(known_micro_kwh) as i64;
        let mut kernel = LargestRemainder::default();
        let (mut delivered, mut used) = (vec![], vec![]);
        let tags = [self.community_micro_kwh, self.grid_micro_kwh];
        kernel.lr(known_micro_kwh, &tags, 0, Ties::Position, &mut delivered)?;
        kernel.lr(used_micro_kwh, &tags, 0, Ties::Position, &mut used)?;
        let (Some([community_micro_kwh, grid_micro_kwh]), Some([used_community, used_grid])) =
            (delivered.first_chunk(), used.first_chunk())
        else {
            return Err(Error::internal("two origins"));
        };
        self.community_micro_kwh -= used_community;
        self.grid_micro_kwh -= used_grid;
        Ok(Discharge {
            community_micro_kwh: *community_micro_kwh,
            grid_micro_kwh: *grid_micro_kwh,
            unknown_micro_kwh: delivered_micro_kwh - known_micro_kwh,
            used: Stock { community_micro_kwh: *used_community, grid_micro_kwh: *used_grid },
            loss_micro_kwh: used_micro_kwh - known_micro_kwh,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn g2_losses_are_booked_on_discharge() {
        let mut stock = Stock::default();
        stock.charge(500_000, 0);
        let out = stock.discharge(300_000, 900).unwrap();
        assert_eq!(
            (out.used.community_micro_kwh, stock.total_micro_kwh(), out.loss_micro_kwh),
            (333_334, 166_666, 33_334)
        );
        assert_eq!(500_000, out.community_micro_kwh + out.loss_micro_kwh + stock.total_micro_kwh());
    }

    #[test]
    fn g3_a_discharge_is_mixed_as_the_stock() {
        let mut stock = Stock { community_micro_kwh: 300, grid_micro_kwh: 200 };
        let out = stock.discharge(300, 1000).unwrap();
        assert_eq!((out.community_micro_kwh, out.grid_micro_kwh, out.loss_micro_kwh), (180, 120, 0));
        let mut stock = Stock { community_micro_kwh: 300, grid_micro_kwh: 200 };
        let out = stock.discharge(300, 900).unwrap();
        assert_eq!(
            (out.used, out.community_micro_kwh, out.grid_micro_kwh),
            (Stock { community_micro_kwh: 200, grid_micro_kwh: 134 }, 180, 120)
        );
        assert_eq!(stock, Stock { community_micro_kwh: 100, grid_micro_kwh: 66 });
    }

    #[test]
    fn what_the_books_do_not_know_is_not_shareable() {
        let mut stock = Stock { community_micro_kwh: 90, grid_micro_kwh: 10 };
        let out = stock.discharge(200, 500).unwrap();
        assert_eq!(
            (out.community_micro_kwh, out.grid_micro_kwh, out.unknown_micro_kwh, out.loss_micro_kwh),
            (45, 5, 150, 50)
        );
        assert_eq!(stock, Stock::default());
        assert!(stock.discharge(1, 0).is_err() && stock.discharge(-1, 900).is_err());
    }

    proptest! {
        #[test]
        fn energy_in_is_energy_out_loss_and_stock(
            steps in proptest::collection::vec((0..1_000_000i64, 0..1_000_000i64, 0..2_000_000i64), 1..40),
            efficiency in 1..1001u32,
        ) {
            let mut stock = Stock::default();
            let (mut charged, mut left) = (Stock::default(), (0i64, 0i64, 0i64));
            for (community, grid, delivered) in steps {
                stock.charge(community, grid);
                charged.charge(community, grid);
                let out = stock.discharge(delivered, efficiency).unwrap();
                prop_assert_eq!(out.community_micro_kwh + out.grid_micro_kwh + out.unknown_micro_kwh, delivered);
                prop_assert!(out.loss_micro_kwh >= 0 && out.community_micro_kwh >= 0 && out.grid_micro_kwh >= 0);
                prop_assert!(stock.community_micro_kwh >= 0 && stock.grid_micro_kwh >= 0);
                left.0 += out.used.community_micro_kwh;
                left.1 += out.used.grid_micro_kwh;
                left.2 += out.loss_micro_kwh;
            }
            prop_assert_eq!(charged.community_micro_kwh, left.0 + stock.community_micro_kwh);
            prop_assert_eq!(charged.grid_micro_kwh, left.1 + stock.grid_micro_kwh);
        }
    }
}
