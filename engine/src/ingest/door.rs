//! Plausibility at the door: each rule finds one reason to keep a reading out, and names field and value.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::plausible::{DaySums, PowerLimits, power_w};
use super::{RawReading, Reason, Rejection};
use crate::calendar::{SECOND, Span, rfc3339};
use crate::clock::Micros;
use crate::registry::{Dated, Registry};
use crate::units::{ENERGY_SCALE, format_decimal};

/// How far the end of an interval may lie after now: clocks of senders drift.
const FUTURE_TOLERANCE: Micros = 300 * SECOND;
/// Interval lengths in seconds: whole minutes that an hour is made of.
const LENGTHS_SECONDS: [u32; 12] = [60, 120, 180, 240, 300, 360, 600, 720, 900, 1200, 1800, 3600];

#[derive(Debug, Clone, Copy)]
struct Point {
    span: Span,
    import: bool,
    export: bool,
}

/// What is known when a reading knocks: the registered points and which source may write which.
#[derive(Debug, Default, Clone)]
pub struct Door {
    points: HashMap<String, Point>,
    /// In which communities a point takes part, when and on which grid, in seconds.
    communities: HashMap<String, Vec<(String, Span, u32)>>,
    /// The most power of each point.
    limits: PowerLimits,
    /// What the file that is taken in holds of each day.
    days: DaySums,
    /// By topic, token or folder; sources that are not named here may write all points.
    declared: BTreeMap<String, BTreeSet<String>>,
}

impl Door {
    /// A door that knows the points of the registry.
    pub fn new(registry: &Registry, declared: BTreeMap<String, BTreeSet<String>>) -> Self {
        let points = registry
            .metering_points
            .values()
            .map(|p| (p.metering_point_id.clone(), Point { span: p.span(), import: p.import, export: p.export }));
        let mut communities = HashMap::<String, Vec<(String, Span, u32)>>::new();
        for (community, participations) in &registry.participations {
            let grid = registry.communities.get(community).map_or(0, |c| c.interval_minutes * 60);
            for p in participations {
                let of_point = communities.entry(p.metering_point_id.clone()).or_default();
                of_point.push((community.clone(), p.validity(), grid));
            }
        }
        Self { points: points.collect(), communities, declared, ..Self::default() }
    }

    /// The same, with the most power of each point.
    #[must_use]
    pub fn with_limits(self, limits: PowerLimits) -> Self {
        Self { limits, ..self }
    }

    /// The same for a file that holds so much of each day.
    #[must_use]
    pub fn of_file(&self, days: DaySums) -> Self {
        Self { days, ..self.clone() }
    }

    /// Judges a reading, and finds the community of a result that names none.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn admit<'r>(
        &'r self,
        source: &str,
        reading: RawReading<'r>,
        now: Micros,
    ) -> Result<RawReading<'r>, Rejection> {
        self.judge(source, &reading, now)?;
        if !reading.kind.is_of_operator() {
            // A meter counts for everybody.
            return Ok(RawReading { community_id: None, ..reading });
        }
        let length = i64::from(reading.interval_seconds) * SECOND;
        let span = Span { start: reading.interval_start, end: reading.interval_start + length };
        let id = reading.metering_point_id;
        let all = self.communities.get(id).map(Vec::as_slice).unwrap_or_default();
        let mut here =
            all.iter().filter(|(_, v, _)| v.start <= span.start && span.end <= v.end).map(|(c, ..)| c.as_str());
        let refuse = |reason, value: String| Err(Rejection::new(reason, "community_id", value).of_point(id));
        let community = match (reading.community_id, here.next(), here.next()) {
            (Some(named), first, second) => {
                match [first, second].into_iter().flatten().chain(here).find(|c| *c == named) {
                    Some(found) => found,
                    None => return refuse(Reason::NotTakingPart, named.to_string()),
                }
            }
            (None, Some(only), None) => only,
            (None, Some(first), Some(second)) => {
                return refuse(Reason::AmbiguousCommunity, format!("(absent): {first} or {second}"));
            }
            (None, None, _) => return refuse(Reason::NotTakingPart, "(absent)".to_string()),
        };
        Ok(RawReading { community_id: Some(community), ..reading })
    }

    /// Judges a reading from a source at an instant.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn judge(&self, source: &str, reading: &RawReading<'_>, now: Micros) -> Result<(), Rejection> {
        let id = reading.metering_point_id;
        let refuse = |reason, field: &str, value: String| Err(Rejection::new(reason, field, value).of_point(id));
        let length = i64::from(reading.interval_seconds) * SECOND;
        if !LENGTHS_SECONDS.contains(&reading.interval_seconds) {
            return refuse(Reason::OffGrid, "interval_seconds", reading.interval_seconds.to_string());
        }
        if reading.interval_start.rem_euclid(length) != 0 {
            return refuse(Reason::OffGrid, "interval_start", rfc3339(reading.interval_start));
        }
        if reading.energy_micro_kwh < 0 {
            let kwh = format_decimal(i128::from(reading.energy_micro_kwh), ENERGY_SCALE);
            return refuse(Reason::Negative, "energy_kwh", kwh);
        }
        let span = Span { start: reading.interval_start, end: reading.interval_start + length };
        if span.end > now + FUTURE_TOLERANCE {
            return refuse(Reason::InFuture, "interval_start", rfc3339(span.start));
        }
        let Some(point) = self.points.get(id) else {
            return refuse(Reason::UnknownMeteringPoint, "metering_point_id", id.to_string());
        };
        let measures = match reading.direction {
            super::Direction::Import => point.import,
            super::Direction::Export => point.export,
        };
        if !measures {
            return refuse(Reason::OutsideValidity, "direction", reading.direction.as_str().to_string());
        }
        if span.start < point.span.start || span.end > point.span.end {
            return refuse(Reason::OutsideValidity, "interval_start", rfc3339(span.start));
        }
        if !self.may_write(source, id) {
            return refuse(Reason::ForeignPoint, "metering_point_id", id.to_string());
        }
        if let Some((community, grid)) = self.grid_that_does_not_fit(reading, span) {
            let seconds = reading.interval_seconds;
            let value = format!("{seconds} (the grid of {community} is {grid})");
            return refuse(Reason::OffCommunityGrid, "interval_seconds", value);
        }
        self.plausible(reading)
    }

    /// A community on whose grid a reading can neither be summed nor split.
    fn grid_that_does_not_fit(&self, reading: &RawReading<'_>, span: Span) -> Option<(&str, u32)> {
        let seconds = reading.interval_seconds;
        let fits = |grid: u32| grid == 0 || grid.is_multiple_of(seconds) || seconds.is_multiple_of(grid);
        let here = self.communities.get(reading.metering_point_id)?.iter().filter(|(_, v, _)| v.overlaps(span));
        here.map(|(id, _, grid)| (id.as_str(), *grid)).find(|(_, grid)| !fits(*grid))
    }

    /// Whether a point can have the power that a reading stands for.
    fn plausible(&self, reading: &RawReading<'_>) -> Result<(), Rejection> {
        let most = self.limits.at(reading.metering_point_id, reading.direction, reading.interval_start);
        let power_w = power_w(reading.energy_micro_kwh, reading.interval_seconds);
        match most {
            Some(most) if most.is_its_own && power_w > most.watt => {
                let kw = |w: i64| format_decimal(i128::from(w), 3);
                let (seconds, power, most) = (reading.interval_seconds, kw(power_w), kw(most.watt));
                Err(implausible(reading, &format!("in {seconds} s this is {power} kW, the most is {most} kW")))
            }
            _ => self.plausible_in_day(reading, &self.days),
        }
    }

    /// Whether a point can have what is held of the day of a reading: of Wh read as kWh many a value is plausible by
    /// itself.
    ///
    /// # Errors
    /// Implausible, with what the day has.
    pub fn plausible_in_day(&self, reading: &RawReading<'_>, days: &DaySums) -> Result<(), Rejection> {
        let most = self.limits.at(reading.metering_point_id, reading.direction, reading.interval_start);
        let of_day = days.of(reading).max(reading.energy_micro_kwh);
        match most {
            Some(most) if of_day > most.day_micro_kwh() => {
                let kwh = |micro_kwh: i64| format_decimal(i128::from(micro_kwh), ENERGY_SCALE);
                let (of_day, most) = (kwh(of_day), kwh(most.day_micro_kwh()));
                Err(implausible(reading, &format!("the day has {of_day} kWh, the most is {most} kWh")))
            }
            _ => Ok(()),
        }
    }

    fn may_write(&self, source: &str, point: &str) -> bool {
        if self.declared.is_empty() {
            return true;
        }
        source.split('/').filter_map(|part| self.declared.get(part)).all(|points| points.contains(point))
    }
}

fn implausible(reading: &RawReading<'_>, why: &str) -> Rejection {
    let kwh = format_decimal(i128::from(reading.energy_micro_kwh), ENERGY_SCALE);
    let value = format!("{kwh} ({why})");
    Rejection::new(Reason::Implausible, "energy_kwh", value).of_point(reading.metering_point_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{QUARTER, parse_rfc3339};
    use crate::reading::{Direction, Kind, Quality};
    use crate::registry::{FOREVER, MeteringPoint, Participation, Row, SequencedRow};

    fn door() -> Door {
        let point = MeteringPoint {
            metering_point_id: "FR-0001".into(),
            holder: "v/m".into(),
            import: true,
            export: false,
            plant: Default::default(),
            valid_from: parse_rfc3339("2026-01-01T00:00:00Z").unwrap(),
            valid_to: FOREVER,
        };
        let registry = Registry::from_rows([SequencedRow { sequence: 1, row: Row::MeteringPoints(point) }]);
        Door::new(&registry, [("dso-a".to_string(), BTreeSet::new())].into())
    }

    fn good() -> RawReading<'static> {
        RawReading {
            metering_point_id: "FR-0001",
            kind: Kind::Measured,
            community_id: None,
            direction: Direction::Import,
            interval_start: parse_rfc3339("2026-06-01T00:00:00Z").unwrap(),
            interval_seconds: 900,
            energy_micro_kwh: 1,
            quality: Quality::Measured,
            revision: 0,
        }
    }

    fn check(change: impl Fn(&mut RawReading<'static>), source: &str, want: Option<(Reason, &str, &str)>) {
        let mut reading = good();
        change(&mut reading);
        let now = parse_rfc3339("2026-06-01T00:10:00Z").unwrap();
        let got = door().judge(source, &reading, now).err();
        let got = got.as_ref().map(|r| (r.reason, r.field.as_str(), r.value.as_str()));
        assert_eq!(got, want);
    }

    #[test]
    fn each_rule_names_field_and_value() {
        // It ends five minutes after now, which the tolerance just allows.
        check(|_| {}, "c/t/0", None);
        check(
            |r| r.interval_start += QUARTER,
            "c/t/0",
            Some((Reason::InFuture, "interval_start", "2026-06-01T00:15:00Z")),
        );
        check(
            |r| r.interval_start += 1,
            "c/t/0",
            Some((Reason::OffGrid, "interval_start", "2026-06-01T00:00:00.000001Z")),
        );
        check(|r| r.interval_seconds = 7, "c/t/0", Some((Reason::OffGrid, "interval_seconds", "7")));
        check(|r| r.energy_micro_kwh = -1, "c/t/0", Some((Reason::Negative, "energy_kwh", "-0.000001")));
        check(|r| r.metering_point_id = "X", "c/t/0", Some((Reason::UnknownMeteringPoint, "metering_point_id", "X")));
        check(|r| r.direction = Direction::Export, "c/t/0", Some((Reason::OutsideValidity, "direction", "export")));
        check(
            |r| r.interval_start = parse_rfc3339("2025-12-31T23:45:00Z").unwrap(),
            "c/t/0",
            Some((Reason::OutsideValidity, "interval_start", "2025-12-31T23:45:00Z")),
        );
        check(|_| {}, "c/dso-a/0", Some((Reason::ForeignPoint, "metering_point_id", "FR-0001")));
    }

    /// FR-0001 takes part in `one` until the 1st of July and in `two` from June on.
    fn shared_point() -> Door {
        let day = |text: &str| parse_rfc3339(&format!("{text}T00:00:00Z")).unwrap();
        let (start, june, july) = (day("2026-01-01"), day("2026-06-01"), day("2026-07-01"));
        let point = Row::MeteringPoints(MeteringPoint {
            metering_point_id: "FR-0001".into(),
            holder: "v/m".into(),
            import: true,
            export: false,
            plant: Default::default(),
            valid_from: start,
            valid_to: FOREVER,
        });
        let part = |community: &str, valid_from, valid_to| {
            Row::Participations(Participation {
                community_id: community.into(),
                metering_point_id: "FR-0001".into(),
                member_id: "m".into(),
                factor_percent: 50,
                consent_id: None,
                valid_from,
                valid_to,
            })
        };
        let rows = [point, part("one", start, july), part("two", june, FOREVER)];
        let rows = (1..).zip(rows).map(|(sequence, row)| SequencedRow { sequence, row });
        Door::new(&Registry::from_rows(rows), BTreeMap::new())
    }

    #[test]
    fn a_result_belongs_to_one_community() {
        let now = parse_rfc3339("2026-12-01T00:00:00Z").unwrap();
        let door = shared_point();
        let check = |kind, at: &str, named, want: Result<Option<&str>, (Reason, &str)>| {
            let interval_start = parse_rfc3339(&format!("{at}T10:00:00Z")).unwrap();
            let reading = RawReading { kind, community_id: named, interval_start, ..good() };
            let got = door.admit("file/x", reading, now);
            let got = got.as_ref().map(|r| r.community_id).map_err(|r| (r.reason, r.value.as_str()));
            assert_eq!(got, want, "{at} {named:?}");
        };
        check(Kind::Shared, "2026-05-01", None, Ok(Some("one")));
        check(Kind::Shared, "2026-08-01", None, Ok(Some("two")));
        check(Kind::Shared, "2026-06-15", Some("two"), Ok(Some("two")));
        check(Kind::Shared, "2026-06-15", None, Err((Reason::AmbiguousCommunity, "(absent): one or two")));
        check(Kind::Residual, "2026-08-01", Some("one"), Err((Reason::NotTakingPart, "one")));
        check(Kind::Measured, "2026-06-15", Some("one"), Ok(None));
    }
}
