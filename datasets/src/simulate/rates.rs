//! How many readings something happens to.

use super::config::SimulationConfig;
use crate::DataError;

/// Of 2^32 readings, how many are hit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub late: u64,
    pub doubled: u64,
    pub corrected: u64,
    pub broken: u64,
}

impl Rates {
    pub fn new(config: &SimulationConfig) -> Result<Self, DataError> {
        let rate = |field, rate: f64| match (0.0..=1.0).contains(&rate) {
            true => Ok((rate * 4_294_967_296.0) as u64),
            false => Err(DataError::Config { field, value: rate.to_string(), cure: "a rate goes from 0 to 1" }),
        };
        Ok(Self {
            late: rate("late", config.late)?,
            doubled: rate("doubled", config.doubled)?,
            corrected: rate("corrected", config.corrected)?,
            broken: rate("broken", config.broken)?,
        })
    }
}
