//! The energy of a community over a span of time.

/// The energy of a span of time in 1e-6 kWh. All are zero or more.
/// `production = shared + surplus` and `consumption = shared + residual` hold for every interval that was computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Energy {
    /// Fed in by the community's plants.
    pub production_mwh: i64,
    /// Drawn by its metering points.
    pub consumption_mwh: i64,
    /// Consumption covered by the community's production.
    pub shared_mwh: i64,
    /// Consumption covered by suppliers.
    pub residual_mwh: i64,
    /// Production that left the community.
    pub surplus_mwh: i64,
}

impl Energy {
    /// All five in the order of tables and files: production, consumption, shared, residual, surplus.
    pub(crate) fn parts(&self) -> [i64; 5] {
        [self.production_mwh, self.consumption_mwh, self.shared_mwh, self.residual_mwh, self.surplus_mwh]
    }

    /// The totals as the sums of their parts. What is off by anything but the known rounding stays off.
    pub(crate) fn in_parts(self, rounding: Rounding) -> Self {
        Self {
            production_mwh: self.production_mwh + rounding.production_mwh,
            consumption_mwh: self.consumption_mwh + rounding.consumption_mwh,
            ..self
        }
    }
}

/// By how much rounded shares, with what is left, sum to more than there was, in 1e-6 kWh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rounding {
    /// Shared and surplus, more than the production.
    pub production_mwh: i64,
    /// Shared and residual, more than the consumption.
    pub consumption_mwh: i64,
}
