//! The most power that a point can have: readings beyond it are wrong units or broken meters until somebody says that
//! they are true (rule V05).
//!
//! Where the power of the point is known no interval may carry more. Where only its kind is, a day may not: one
//! interval may stand for a day that was read late.

use std::collections::{BTreeMap, HashMap};

use crate::calendar::{Span, utc_day};
use crate::clock::Micros;
use crate::reading::{Direction, Kind, RawReading};
use crate::registry::{Dated, MeteringPoint, Registry};

/// Seconds of an hour: 1 W for so long is 1000 micro-kWh.
const HOUR_SECONDS: i128 = 3600;
const DAY_HOURS: i64 = 24;
/// 1 W for an hour.
const WATT_HOUR_MICRO_KWH: i64 = 1000;

/// The most power of a point in a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Power {
    pub watt: i64,
    /// Whether it is that of the point, and not what its kind mostly has.
    pub is_its_own: bool,
}

impl Power {
    /// What a day at this power is, in micro-kWh.
    pub fn day_micro_kwh(self) -> i64 {
        self.watt.saturating_mul(DAY_HOURS * WATT_HOUR_MICRO_KWH)
    }
}

/// What is plausible in a country, as its rows say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PowerRows {
    /// The power in W of a point of a member of a kind, where its own is not known; `general` for every other kind.
    pub power_w: HashMap<String, i64>,
    /// How much of the known power an interval may carry, in percent, by direction.
    pub import_percent: Option<i64>,
    pub export_percent: Option<i64>,
}

/// The most power of each point.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PowerLimits {
    points: HashMap<String, Vec<Limit>>,
}

/// The most power of a point for a time, in W by direction; `None` where no row says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Limit {
    span: Span,
    import: Option<Power>,
    export: Option<Power>,
}

impl PowerLimits {
    /// The limits of all points. `rows` has those of each country; a point in several communities has the widest.
    pub fn new(registry: &Registry, rows: &HashMap<String, PowerRows>) -> Self {
        let mut points = HashMap::<String, Vec<Limit>>::new();
        for (id, participations) in &registry.participations {
            let Some(rows) = registry.communities.get(id).and_then(|c| rows.get(&c.country)) else { continue };
            let kinds = registry.member_kinds(id);
            for p in participations {
                let Some(point) = registry.metering_points.get(&p.metering_point_id) else { continue };
                let kind = kinds.get(p.member_id.as_str()).copied().unwrap_or_default();
                let limit = Limit {
                    span: p.validity(),
                    import: rows.limit(point, kind, Direction::Import),
                    export: rows.limit(point, kind, Direction::Export),
                };
                points.entry(p.metering_point_id.clone()).or_default().push(limit);
            }
        }
        Self { points }
    }

    /// The most power of a point in a direction at an instant, where anything is known of it.
    pub fn at(&self, point: &str, direction: Direction, instant: Micros) -> Option<Power> {
        let here = self.points.get(point)?.iter().filter(|limit| limit.span.contains(instant));
        let mut most = None;
        for limit in here {
            let power = match direction {
                Direction::Import => limit.import,
                Direction::Export => limit.export,
            };
            // A participation of which nothing is known limits nothing.
            most = most.max(Some(power?));
        }
        most
    }
}

impl PowerRows {
    fn limit(&self, point: &MeteringPoint, kind: &str, direction: Direction) -> Option<Power> {
        let percent = match direction {
            Direction::Import => self.import_percent,
            Direction::Export => self.export_percent,
        };
        let kind_w = || self.power_w.get(kind).or_else(|| self.power_w.get("general")).copied();
        let most_w = point.plant.contract_power_w.or_else(kind_w)?;
        let most_w = most_w.saturating_mul(percent.unwrap_or(100)) / 100;
        let released_w = point.plant.released_power_w.unwrap_or(0);
        let is_its_own = point.plant.contract_power_w.is_some() || released_w > most_w;
        Some(Power { watt: most_w.max(released_w), is_its_own })
    }
}

/// What a source holds of each point, kind, direction and UTC day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DaySums {
    points: HashMap<String, BTreeMap<DayKey, Day>>,
}

type DayKey = (Kind, Direction, i32);

/// What it holds of a day, in micro-kWh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Day {
    sum: i64,
    /// Start and energy of its last value, which a correction may follow.
    last: (Micros, i64),
}

impl DaySums {
    /// Adds a value; one of the same interval as the one before it of the point takes its place.
    pub fn add(&mut self, reading: &RawReading<'_>) {
        let day = Self::day(reading);
        if !self.points.contains_key(reading.metering_point_id) {
            self.points.insert(reading.metering_point_id.to_owned(), BTreeMap::new());
        }
        let Some(days) = self.points.get_mut(reading.metering_point_id) else { return };
        let (start, energy) = (reading.interval_start, reading.energy_micro_kwh.max(0));
        let known = days.entry(day).or_default();
        let replaced = if known.last.0 == start { known.last.1 } else { 0 };
        known.sum = (known.sum - replaced).saturating_add(energy);
        known.last = (start, energy);
    }

    fn day(reading: &RawReading<'_>) -> DayKey {
        (reading.kind, reading.direction, utc_day(reading.interval_start))
    }

    /// What the day of a reading has, in micro-kWh.
    pub fn of(&self, reading: &RawReading<'_>) -> i64 {
        let days = self.points.get(reading.metering_point_id);
        let day = days.and_then(|days| days.get(&Self::day(reading)));
        day.map_or(0, |day| day.sum)
    }
}

/// The power in W that an energy in an interval stands for, rounded up.
pub fn power_w(energy_micro_kwh: i64, interval_seconds: u32) -> i64 {
    let seconds = i128::from(interval_seconds.max(1)) * 1000;
    let watt = (i128::from(energy_micro_kwh) * HOUR_SECONDS + seconds - 1).div_euclid(seconds);
    i64::try_from(watt).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_in_a_time_is_power() {
        // 0.25 kWh in a quarter of an hour is 1 kW; 99,999 kWh in one are 400 MW.
        assert_eq!(power_w(250_000, 900), 1_000);
        assert_eq!(power_w(99_999_000_000, 900), 399_996_000);
        assert_eq!(power_w(1, 900), 1);
        assert_eq!(power_w(0, 900), 0);
        assert_eq!(power_w(i64::MAX, 1), i64::MAX);
    }
}
