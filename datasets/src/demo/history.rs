//! The past of the demonstration as files of canonical CSV, a month each.

use std::io::{self, Write};

use chrono::{Datelike, Months, NaiveDate, NaiveTime, TimeZone};

use super::moment::Moment;
use super::{Community, Demo, Point};
use crate::source_year::{QUARTER, utc};
use crate::wire::{CSV_HEADER, csv_line, instant};

/// How many whole months lie before the running one: both clock changes are inside.
const WHOLE_MONTHS: u32 = 13;
/// Lines are handed over in pieces of about this size.
const CHUNK_BYTES: usize = 1 << 18;

/// A local month of a community, or what has passed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// `2026-06`
    pub label: String,
    /// Its first instant, in microseconds UTC.
    pub from: i64,
    /// The first instant after it, or the last quarter-hour boundary that has passed.
    pub to: i64,
}

impl Demo {
    /// The 13 local months before the one in which `now` lies, then what has passed of that one. The last one is
    /// missing in the first quarter-hour of a month.
    pub fn months(&self, community: &Community, now: i64) -> Vec<Month> {
        let now = now - now.rem_euclid(QUARTER);
        let today = utc(now).with_timezone(&community.timezone).date_naive();
        let running = today.with_day(1).unwrap_or(today);
        let start = |month: NaiveDate| month_start(community, month);
        let months = (0..=WHOLE_MONTHS).rev().map(|ago| {
            let month = running - Months::new(ago);
            let label = format!("{:04}-{:02}", month.year(), month.month());
            Month { label, from: start(month), to: start(month + Months::new(1)).min(now) }
        });
        months.filter(|m| m.from < m.to).collect()
    }

    /// Writes the values of a community from `from` to `to` (exclusive; microseconds UTC) as canonical CSV with its
    /// header, by time, point and direction. Returns how many values were written.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn history(&self, community: &Community, from: i64, to: i64, out: &mut dyn Write) -> io::Result<u64> {
        let points: Vec<&Point> = self.points_of(community).collect();
        write_lines(community, &points, from, to, out)
    }

    /// The same for one point.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn point_history(&self, point: &Point, from: i64, to: i64, out: &mut dyn Write) -> io::Result<u64> {
        write_lines(point.community(), &[point], from, to, out)
    }
}

fn month_start(community: &Community, month: NaiveDate) -> i64 {
    let midnight = month.and_time(NaiveTime::MIN);
    // No clock of these zones changes on the first of a month; the first instant of a doubled midnight would count.
    let instant = community.timezone.from_local_datetime(&midnight).earliest();
    instant.map_or(midnight.and_utc().timestamp_micros(), |t| t.timestamp_micros())
}

fn write_lines(community: &Community, points: &[&Point], from: i64, to: i64, out: &mut dyn Write) -> io::Result<u64> {
    let mut lines = 0;
    let mut chunk = Vec::with_capacity(CHUNK_BYTES + (1 << 14));
    chunk.extend_from_slice(CSV_HEADER.as_bytes());
    chunk.push(b'\n');
    let first = from + (-from).rem_euclid(QUARTER);
    for start in (first..to).step_by(QUARTER as usize) {
        let moment = Moment::of(community, start);
        let text = instant(start);
        for point in points {
            for (flow, watt_hours) in point.values(moment) {
                csv_line(&mut chunk, &point.metering_point_id, flow, &text, watt_hours);
                lines += 1;
            }
        }
        if chunk.len() >= CHUNK_BYTES {
            out.write_all(&chunk)?;
            chunk.clear();
        }
    }
    out.write_all(&chunk)?;
    Ok(lines)
}
