//! The meters of a measure: their communities, and what they say.

use anyhow::{Context, Result};
use engine::calendar::parse_rfc3339;
use engine::clock::Micros;
use engine::ingest::{Decoder, Direction, Kind, Quality, RawReading, Rejection};
use engine::registry::{
    AllocationKey, Community, FOREVER, Member, MeteringPoint, Participation, Row, SequencedRow, Tariff,
};
use engine::sharing::{KeyKind, Rule};

/// An instant of a measure.
///
/// # Errors
/// When it is none.
pub fn instant(text: &str) -> Result<Micros> {
    parse_rfc3339(text).context("an instant")
}

/// Communities of so many points each; the last tenth of them produces.
#[derive(Debug, Clone, Copy)]
pub struct Meters {
    pub of_each: usize,
}

/// Values as three numbers: point, quarter, energy.
pub struct Numbers {
    meters: Meters,
    point: String,
}

impl Decoder for Numbers {
    fn decode(&mut self, payload: &[u8], out: &mut dyn FnMut(u32, Result<RawReading<'_>, Rejection>)) -> usize {
        let number = |i: usize| {
            let bytes = payload.get(i * 8..i * 8 + 8).and_then(|b| b.try_into().ok());
            bytes.map_or(0, i64::from_le_bytes)
        };
        let (n, start, energy_micro_kwh) = (number(0), number(1), number(2));
        name(&mut self.point, usize::try_from(n).unwrap_or(0));
        let direction =
            if self.meters.produces(usize::try_from(n).unwrap_or(0)) { Direction::Export } else { Direction::Import };
        let (interval_seconds, quality, revision) = (900, Quality::Measured, 0);
        let metering_point_id = self.point.as_str();
        out(
            0,
            Ok(RawReading {
                metering_point_id,
                kind: Kind::Measured,
                community_id: None,
                direction,
                interval_start: start,
                interval_seconds,
                energy_micro_kwh,
                quality,
                revision,
            }),
        );
        0
    }
}

fn name(text: &mut String, point: usize) {
    use std::fmt::Write;
    text.clear();
    // Writing to a string cannot fail.
    let _ = write!(text, "M-{point:06}");
}

impl Meters {
    /// The decoder of their values.
    pub fn numbers(self) -> Numbers {
        Numbers { meters: self, point: String::new() }
    }

    /// Whether a point feeds in.
    pub fn produces(self, point: usize) -> bool {
        point % self.of_each >= self.of_each - self.of_each.div_ceil(10)
    }

    /// The value of a point in a quarter-hour.
    pub fn energy(self, point: usize, quarter: i64) -> i64 {
        let n = i64::try_from(point).unwrap_or(0);
        match self.produces(point) {
            true => 0.max(40 - (quarter.rem_euclid(96) - 48).abs()) * (9_000 + n % 97),
            false => 20_000 + (quarter * 7919 + n * 104_729).rem_euclid(180_007),
        }
    }

    /// A value as [`Numbers`] reads it.
    pub fn payload(self, point: usize, start: Micros, energy_micro_kwh: i64) -> [u8; 24] {
        let n = i64::try_from(point).unwrap_or(0);
        let mut payload = [0; 24];
        for (slot, value) in payload.chunks_exact_mut(8).zip([n, start, energy_micro_kwh]) {
            slot.copy_from_slice(&value.to_le_bytes());
        }
        payload
    }

    /// The community of a point.
    pub fn community_of(self, point: usize) -> String {
        format!("k-{:04}", point / self.of_each)
    }

    /// Master data of so many points.
    ///
    /// # Errors
    /// Never, as long as its instants are ones.
    pub fn master_data(self, points: usize) -> Result<Vec<SequencedRow>> {
        let valid_from = instant("2025-12-31T23:00:00Z")?;
        let mut rows = Vec::new();
        for first in (0..points).step_by(self.of_each) {
            self.add_community(first..points.min(first + self.of_each), valid_from, &mut rows);
        }
        Ok(rows.into_iter().zip(1..).map(|(row, sequence)| SequencedRow { sequence, row }).collect())
    }

    fn add_community(self, points: std::ops::Range<usize>, valid_from: Micros, rows: &mut Vec<Row>) {
        let id = self.community_of(points.start);
        rows.push(Row::Communities(Community {
            community_id: id.clone(),
            name: id.clone(),
            country: "FR".into(),
            timezone: "Europe/Paris".into(),
            currency: "EUR".into(),
            interval_minutes: 15,
            deadline_hours: None,
            place_micro: None,
        }));
        for n in points {
            let (mut point, member) = (String::new(), format!("m-{n:06}"));
            name(&mut point, n);
            let holder = format!("{id}/{member}");
            rows.push(Row::Members(Member {
                community_id: id.clone(),
                member_id: member.clone(),
                holder: holder.clone(),
                kind: "household".into(),
            }));
            let (import, export) = (!self.produces(n), self.produces(n));
            rows.push(Row::MeteringPoints(MeteringPoint {
                metering_point_id: point.clone(),
                holder,
                import,
                export,
                plant: Default::default(),
                valid_from,
                valid_to: FOREVER,
            }));
            rows.push(Row::Participations(Participation {
                community_id: id.clone(),
                metering_point_id: point,
                member_id: member,
                factor_percent: 100,
                consent_id: None,
                valid_from,
                valid_to: FOREVER,
            }));
        }
        rows.push(Row::AllocationKeys(AllocationKey {
            community_id: id.clone(),
            rule: Rule::of([KeyKind::Prorata]),
            adopted_by: None,
            regime: None,
            corrects: None,
            valid_from,
            valid_to: FOREVER,
        }));
        rows.push(Row::Tariffs(Tariff {
            community_id: id,
            item: "internal_energy".into(),
            producer: None,
            price_micro_per_kwh: Some(115_000),
            price_micro_per_month: None,
            vat_basis_points: 2000,
            vat_category: "S".into(),
            terms: Default::default(),
            valid_from,
            valid_to: FOREVER,
        }));
    }
}
