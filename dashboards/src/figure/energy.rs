//! The energy of a community over a span of time.

/// The energy of a span of time in 1e-6 kWh. All are zero or more.
/// `production = shared + surplus` and `consumption = shared + residual` hold for every interval that was computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Energy {
    /// Fed in by the community's plants.
    pub production_micro_kwh: i64,
    /// Drawn by its metering points.
    pub consumption_micro_kwh: i64,
    /// Consumption covered by the community's production.
    pub shared_micro_kwh: i64,
    /// Consumption covered by suppliers.
    pub residual_micro_kwh: i64,
    /// Production that left the community.
    pub surplus_micro_kwh: i64,
}

impl Energy {
    /// All five in the order of tables and files: production, consumption, shared, residual, surplus.
    pub(crate) fn parts(&self) -> [i64; 5] {
        [
            self.production_micro_kwh,
            self.consumption_micro_kwh,
            self.shared_micro_kwh,
            self.residual_micro_kwh,
            self.surplus_micro_kwh,
        ]
    }

    /// The totals as the sums of their parts. What is off by anything but the known rounding stays off.
    pub(crate) fn in_parts(self, rounding: Rounding) -> Self {
        Self {
            production_micro_kwh: self.production_micro_kwh + rounding.production_micro_kwh,
            consumption_micro_kwh: self.consumption_micro_kwh + rounding.consumption_micro_kwh,
            ..self
        }
    }
}

/// By how much rounded shares, with what is left, sum to more than there was, in 1e-6 kWh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rounding {
    /// Shared and surplus, more than the production.
    pub production_micro_kwh: i64,
    /// Shared and residual, more than the consumption.
    pub consumption_micro_kwh: i64,
}
