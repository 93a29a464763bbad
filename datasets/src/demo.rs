//! Four communities whose meters count what the shipped profiles say, laid on any day's calendar.
//!
//! The same instant always gives the same values, whether they are asked for as history or as messages. Joining loads
//! and roofs of different places is a simulation: whoever shows these figures says so.

mod history;
mod moment;
mod place;
mod point;

use std::sync::Arc;

use crate::DataError;
use crate::profile::load;
use crate::source_year::QUARTER;
use crate::wire::{Message, MessageKind, json, kwh};

pub use history::Month;
pub(crate) use moment::Moment;
pub use place::Community;
pub use point::Point;

/// The four communities and their metering points.
#[derive(Debug, Clone)]
pub struct Demo {
    points: Vec<Point>,
}

impl Demo {
    /// Reads the shipped profiles and works out the watt-hours of every point.
    ///
    /// # Errors
    /// When the shipped bytes are damaged.
    pub fn load() -> Result<Self, DataError> {
        let profiles = load()?;
        let mut points = Vec::new();
        for community in &place::ALL {
            points.extend(community.points(&profiles)?);
        }
        Ok(Self { points })
    }

    /// The communities, always in the same order.
    pub fn communities(&self) -> &'static [Community] {
        &place::ALL
    }

    /// All metering points, by community and id.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The metering points of one community, by id.
    pub fn points_of<'a>(&'a self, community: &'a Community) -> impl Iterator<Item = &'a Point> {
        self.points.iter().filter(|p| p.community().id == community.id)
    }

    /// The messages of all points for the quarter-hour that starts at `interval_start` (microseconds UTC, a multiple
    /// of a quarter-hour), sent when it has ended. They hold the values that the history has.
    pub fn quarter(&self, interval_start: i64) -> Vec<Message> {
        let mut messages = Vec::with_capacity(self.points.len() * 2);
        for community in self.communities() {
            let moment = Moment::of(community, interval_start);
            for point in self.points_of(community) {
                for (flow, watt_hours) in point.values(moment) {
                    let energy_kwh = kwh(u64::from(watt_hours));
                    messages.push(Message {
                        key: Arc::clone(&point.metering_point_id),
                        payload: json(&point.metering_point_id, flow, interval_start, &energy_kwh, 0),
                        at_micros: interval_start + QUARTER,
                        kind: MessageKind::First,
                    });
                }
            }
        }
        messages
    }
}

#[cfg(test)]
mod tests;
