//! A simulation: points, and the time in their places.

use std::sync::Arc;

use super::config::SimulationConfig;
use super::rates::Rates;
use crate::demo::{Community, Moment, Point};
use crate::source_year::QUARTER;

/// A simulation: points and a plan.
#[derive(Debug, Clone)]
pub struct Simulation {
    pub(super) config: SimulationConfig,
    pub(super) rates: Rates,
    /// By id.
    pub(super) points: Arc<[Point]>,
    pub(super) communities: &'static [Community],
}

impl Simulation {
    /// First instant of a quarter-hour of the simulation.
    pub(super) fn start(&self, quarter: u32) -> i64 {
        self.config.from + i64::from(quarter) * QUARTER
    }

    /// The quarter-hour in each place, in the order of the communities.
    pub(super) fn moments(&self, quarter: u32) -> Vec<(&'static str, Moment)> {
        self.communities.iter().map(|c| (c.id, Moment::of(c, self.start(quarter)))).collect()
    }
}
