//! The communities: what `ecoop apply` is told of each, and which profiles lie behind its meters.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::find;
use super::point::Point;
use crate::DataError;
use crate::profile::Profile;
use crate::source_year::SourceYear;

/// A community of the demonstration.
#[derive(Debug)]
pub struct Community {
    /// As in its document.
    pub id: &'static str,
    /// As in its document.
    pub timezone: Tz,
    /// Master data as `ecoop apply` takes them.
    pub document: &'static str,
    /// How much earlier (or later, if negative) than over the source, at 10 degrees east, the sun stands over the
    /// place, in quarter-hours: 4 minutes for each degree.
    pub(crate) sun_quarters: i64,
    /// What lies behind the meters, as CSV.
    series: &'static str,
    series_file: &'static str,
}

/// All, in the order in which they are shown.
pub(super) static ALL: [Community; 4] = [
    Community {
        id: "village-fr",
        timezone: chrono_tz::Europe::Paris,
        document: include_str!("../../data/communities/village-fr.toml"),
        sun_quarters: -2, // 3 degrees east
        series: include_str!("../../data/communities/village-fr.csv"),
        series_file: "communities/village-fr.csv",
    },
    Community {
        id: "comune-it",
        timezone: chrono_tz::Europe::Rome,
        document: include_str!("../../data/communities/comune-it.toml"),
        sun_quarters: 1, // 13 degrees east
        series: include_str!("../../data/communities/comune-it.csv"),
        series_file: "communities/comune-it.csv",
    },
    Community {
        id: "by-se",
        timezone: chrono_tz::Europe::Stockholm,
        document: include_str!("../../data/communities/by-se.toml"),
        sun_quarters: 1, // 15 degrees east
        series: include_str!("../../data/communities/by-se.csv"),
        series_file: "communities/by-se.csv",
    },
    Community {
        id: "koy-tr",
        timezone: chrono_tz::Europe::Istanbul,
        document: include_str!("../../data/communities/koy-tr.toml"),
        sun_quarters: 6, // 33 degrees east
        series: include_str!("../../data/communities/koy-tr.csv"),
        series_file: "communities/koy-tr.csv",
    },
];

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
