//! A seeded stream of the demonstration's telemetry as it comes over bad lines: late, doubled, corrected and broken,
//! with the truth that must come out of it.
//!
//! Nothing of the past is kept: each quarter-hour is worked out from the seed alone, so messages, truth and the broken
//! ones are separate iterators over the same plan, and memory holds only messages that are still on their way.

mod broken;
mod config;
mod plan;
mod rates;
mod scene;
mod stream;
mod truth;

use std::fmt::Write;
use std::sync::Arc;

use crate::demo::{Demo, Point};
use crate::source_year::{QUARTER, utc};
use crate::{DataError, Message, MessageKind};

pub use config::{Points, SimulationConfig};
use rates::Rates;
pub use scene::Simulation;
use stream::Stream;
pub use truth::Truth;

/// Points of one synthetic community; settlement of larger ones is measured with more communities.
const POINTS_IN_COMMUNITY: usize = 500;
/// Documents of the demonstration register their points from here on, 2024-01-01 in the westernmost of its zones.
const DEMO_VALID_FROM: i64 = 1_704_063_600_000_000;
/// 2000-01-01 00:00 in Paris: synthetic points are valid from here on.
const SYNTHETIC_VALID_FROM: i64 = 946_681_200_000_000;
/// 2100: far below the instants that stand for the future.
const LAST_QUARTER: i64 = 4_102_444_800_000_000;
const POINTS_MAX: usize = 1_000_000;

/// A broken message, and why it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Key of the message.
    pub key: Arc<str>,
    /// Bytes of the message.
    pub payload: Vec<u8>,
    /// When it is sent, in microseconds since 1970 UTC.
    pub at_micros: i64,
    /// The reason code that it must be quarantined for.
    pub reason: &'static str,
    /// The field that must be named.
    pub field: &'static str,
}

impl Simulation {
    /// Reads the shipped profiles and checks the configuration.
    ///
    /// # Errors
    /// Naming the field that makes no stream; or when the shipped bytes are damaged.
    pub fn new(config: SimulationConfig) -> Result<Self, DataError> {
        let rates = Rates::new(&config)?;
        let count = match config.points {
            Points::Demo => None,
            Points::Synthetic(count) => Some(count),
        };
        let refuse = |field, value: String, cure| Err(DataError::Config { field, value, cure });
        if let Some(count) = count.filter(|n| !(1..=POINTS_MAX).contains(n)) {
            return refuse("points", count.to_string(), "simulate 1 to 1000000 points");
        }
        let earliest = if count.is_none() { DEMO_VALID_FROM } else { SYNTHETIC_VALID_FROM };
        let end = config.from.saturating_add(i64::from(config.quarters) * QUARTER);
        if config.from < earliest || end > LAST_QUARTER {
            let cure = "start after the points are registered (the demonstration's: 2024-01-01) and end before 2100";
            return refuse("from", utc(config.from).to_rfc3339(), cure);
        }
        if config.from % QUARTER != 0 {
            return refuse("from", utc(config.from).to_rfc3339(), "start at a whole quarter of an hour");
        }
        let demo = Demo::load()?;
        let mut points = match count {
            Some(count) => synthetic(&demo, count),
            None => demo.points().to_vec(),
        };
        points.sort_by(|a, b| a.metering_point_id.cmp(&b.metering_point_id));
        Ok(Self { config, rates, points: points.into(), communities: demo.communities() })
    }

    /// Its metering points, by id.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Master data of the points, as `ecoop apply` takes them, one community each.
    pub fn documents(&self) -> Vec<String> {
        match self.config.points {
            Points::Demo => self.communities.iter().map(|c| c.document.to_owned()).collect(),
            Points::Synthetic(_) => {
                self.points.chunks(POINTS_IN_COMMUNITY).enumerate().map(|(n, points)| document(n, points)).collect()
            }
        }
    }

    /// All messages in the order in which they are sent.
    pub fn messages(&self) -> impl Iterator<Item = Message> + use<> {
        Stream::new(self.clone()).map(|(message, _)| message)
    }

    /// The broken messages, in the order of [`Simulation::messages`].
    pub fn broken(&self) -> impl Iterator<Item = Broken> + use<> {
        Stream::new(self.clone()).filter_map(|(message, field)| {
            let MessageKind::Broken(reason) = message.kind else { return None };
            Some(Broken { key: message.key, payload: message.payload, at_micros: message.at_micros, reason, field })
        })
    }

    /// What must stand in the end: one value for each interval, by (start, point, direction).
    pub fn truth(&self) -> impl Iterator<Item = Truth> + use<> {
        let simulation = self.clone();
        (0..self.config.quarters).flat_map(move |quarter| truth::of_quarter(&simulation, quarter))
    }
}

fn synthetic(demo: &Demo, count: usize) -> Vec<Point> {
    let originals = demo.points();
    let copy = |n: usize| {
        let round = n / originals.len();
        // A year has 52 weeks to move along; the copies of later rounds differ by their seed's corrections alone.
        let weeks = i32::try_from(round % 52).unwrap_or(0);
        originals[n % originals.len()].renamed(format!("SIM-{n:06}").into(), weeks)
    };
    (0..count).map(copy).collect()
}

fn document(number: usize, points: &[Point]) -> String {
    let mut text = format!(
        "# Simulated meters: copies of those of the demonstration.\n\n[community]\nid = \"sim-{number:03}\"\nname \
        = \"Simulation {number}\"\n\
         country = \"FR\"\ntimezone = \"Europe/Paris\"\ncurrency = \"EUR\"\ninterval_minutes = 15\n"
    );
    for (n, point) in points.iter().enumerate() {
        let directions = match (point.import(), point.export()) {
            (true, true) => "\"import\", \"export\"",
            (true, false) => "\"import\"",
            _ => "\"export\"",
        };
        let kind = if point.import() { "household" } else { "producer" };
        let id = &point.metering_point_id;
        // Writing to a string cannot fail.
        let _infallible = write!(
            text,
            "\n[[member]]\nid = \"m-{n:03}\"\nname = \"Member {n}\"\nkind = \"{kind}\"\n\n[[metering_point]]\nid \
            = \"{id}\"\n\
             member = \"m-{n:03}\"\ndirections = [{directions}]\nvalid_from = \"2000-01-01\"\n"
        );
    }
    text.push_str(
        "\n[[allocation_key]]\nvalid_from = \"2000-01-01\"\nkind = \"prorata\"\n\n[[tariff]]\nvalid_from \
        = \"2000-01-01\"\n\
         item = \"internal_energy\"\nprice_per_kwh = \"0.1150\"\nvat_percent = \"20\"\n\n[[tariff]]\nvalid_from \
         = \"2000-01-01\"\n\
         item = \"community_fee\"\nprice_per_kwh = \"0.0085\"\nvat_percent = \"20\"\n",
    );
    text
}

#[cfg(test)]
mod tests;
