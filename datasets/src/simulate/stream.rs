//! Messages in the order of their sending times, with only those in memory that are still on their way.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::broken;
use super::plan::{Content, of_quarter};
use super::scene::Simulation;
use crate::source_year::QUARTER;
use crate::wire::{Flow, json, kwh};
use crate::{Message, MessageKind};

/// When and for what: also the order of messages that are sent at the same instant. Those of one reading keep the
/// order of its plan.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at_micros: i64,
    quarter: u32,
    point: u32,
    flow: Flow,
    number: u32,
}

#[derive(Debug)]
struct Waiting {
    place: Place,
    content: Content,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.place.cmp(&other.place)
    }
}

/// All messages, each with the field at fault when it is broken (else empty).
pub(super) struct Stream {
    simulation: Simulation,
    waiting: BinaryHeap<Reverse<Waiting>>,
    /// The quarter-hour that is planned next.
    quarter: u32,
}

impl Stream {
    pub fn new(simulation: Simulation) -> Self {
        Self { simulation, waiting: BinaryHeap::new(), quarter: 0 }
    }

    /// How many messages are on their way.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    fn plan_next(&mut self) {
        let (quarter, waiting) = (self.quarter, &mut self.waiting);
        of_quarter(&self.simulation, quarter, |point, _, flow, sendings| {
            for (number, sending) in sendings.iter().enumerate() {
                let place = Place {
                    at_micros: sending.at_micros,
                    quarter,
                    // At most a million points with a handful of messages each.
                    point: point as u32,
                    flow,
                    number: number as u32,
                };
                waiting.push(Reverse(Waiting { place, content: sending.content }));
            }
        });
        self.quarter += 1;
    }

    /// Whether the next message in line goes before all that is not planned yet: nothing is sent before its
    /// quarter-hour has ended.
    fn is_settled(&self) -> bool {
        let unplanned = self.simulation.start(self.quarter) + QUARTER;
        self.quarter >= self.simulation.config.quarters
            || self.waiting.peek().is_some_and(|Reverse(w)| w.place.at_micros < unplanned)
    }
}

impl Iterator for Stream {
    type Item = (Message, &'static str);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_settled() {
            self.plan_next();
        }
        let Reverse(Waiting { place, content }) = self.waiting.pop()?;
        let point = &self.simulation.points[place.point as usize];
        let start = self.simulation.start(place.quarter);
        let (payload, kind, field) = match content {
            Content::Value { watt_hours, revision, kind } => {
                let energy_kwh = kwh(u64::from(watt_hours));
                (json(&point.metering_point_id, place.flow, start, &energy_kwh, revision), kind, "")
            }
            Content::Broken { lot } => {
                let spoiled = broken::spoil(point, place.flow, start, lot);
                (spoiled.payload, MessageKind::Broken(spoiled.reason), spoiled.field)
            }
        };
        let key = Arc::clone(&point.metering_point_id);
        Some((Message { key, payload, at_micros: place.at_micros, kind }, field))
    }
}
