//! One meter: what is drawn behind it, what shines on its roof, and what it counts of both.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::moment::Moment;
use super::place::Community;
use crate::DataError;
use crate::profile::Profile;
use crate::source_year::SourceYear;
use crate::wire::Flow;

/// A metering point with the watt-hours of its year. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Point {
    /// Its id, as in the document of its community.
    pub metering_point_id: Arc<str>,
    community: &'static Community,
    load: Option<Load>,
    /// Watt-hours of each row of the PV profile.
    pv: Option<Arc<[u32]>>,
}

#[derive(Debug, Clone)]
struct Load {
    year: SourceYear,
    watt_hours: Arc<[u32]>,
    /// How far along the year it is moved.
    weeks: i32,
}

impl Point {
    fn new(metering_point_id: Arc<str>, community: &'static Community) -> Self {
        Self { metering_point_id, community, load: None, pv: None }
    }

    fn with_load(self, year: SourceYear, watt_hours: Arc<[u32]>, weeks: i32) -> Self {
        Self { load: Some(Load { year, watt_hours, weeks }), ..self }
    }

    fn with_pv(self, watt_hours: Arc<[u32]>) -> Self {
        Self { pv: Some(watt_hours), ..self }
    }

    /// The same meter under another id, its load moved along the year.
    pub(crate) fn renamed(&self, metering_point_id: Arc<str>, weeks: i32) -> Self {
        let load = self.load.clone().map(|l| Load { weeks: l.weeks + weeks, ..l });
        Self { metering_point_id, load, ..self.clone() }
    }

    /// The community that it belongs to.
    pub fn community(&self) -> &'static Community {
        self.community
    }

    /// Whether it counts what is drawn.
    pub fn import(&self) -> bool {
        self.load.is_some()
    }

    /// Whether it counts what is fed in.
    pub fn export(&self) -> bool {
        self.pv.is_some()
    }

    /// What the meter counts in one quarter-hour, in watt-hours: export first. Where both are behind it, only the
    /// difference passes it, in one of the directions; the other is 0.
    pub(crate) fn values(&self, moment: Moment) -> impl Iterator<Item = (Flow, u32)> + use<> {
        // Rows lie inside: profiles are as long as their years.
        let drawn = self.load.as_ref().map(|l| l.watt_hours[l.year.row(moment.local, l.weeks)]);
        let shone = self.pv.as_ref().map(|pv| pv[moment.sun]);
        let export = shone.map(|s| (Flow::Export, s.saturating_sub(drawn.unwrap_or(0))));
        let import = drawn.map(|d| (Flow::Import, d.saturating_sub(shone.unwrap_or(0))));
        export.into_iter().chain(import)
    }
}

impl Community {
    /// The metering points with their watt-hours.
    pub(super) fn points(&'static self, profiles: &BTreeMap<String, Profile>) -> Result<Vec<Point>, DataError> {
        self.series.lines().skip(1).map(|line| self.point(line, profiles)).collect()
    }

    fn point(&'static self, line: &str, profiles: &BTreeMap<String, Profile>) -> Result<Point, DataError> {
        let file = self.series_file;
        let damaged = |what: &str| DataError::Shipped { file, what: format!("{what}: {line}") };
        let columns: Vec<&str> = line.split(',').collect();
        let &[id, load, load_peak_w, load_weeks, pv, pv_peak_w] = columns.as_slice() else {
            return Err(damaged("not six columns"));
        };
        let mut point = Point::new(id.into(), self);
        if !load.is_empty() {
            let profile = find(profiles, file, load)?;
            let peak_w = load_peak_w.parse().map_err(|_| damaged("load_peak_w is no whole number"))?;
            let weeks = load_weeks.parse().map_err(|_| damaged("load_weeks is no whole number"))?;
            point = point.with_load(profile.year, profile.watt_hours(peak_w), weeks);
        }
        if !pv.is_empty() {
            let profile = find(profiles, file, pv)?;
            let peak_w = pv_peak_w.parse().map_err(|_| damaged("pv_peak_w is no whole number"))?;
            if profile.year != SourceYear::SimBench {
                return Err(damaged("roofs take SimBench profiles"));
            }
            point = point.with_pv(profile.watt_hours(peak_w));
        }
        Ok(point)
    }
}

fn find<'p>(profiles: &'p BTreeMap<String, Profile>, file: &'static str, name: &str) -> Result<&'p Profile, DataError> {
    profiles.get(name).ok_or_else(|| DataError::Shipped { file, what: format!("there is no profile {name}") })
}
