//! The communities: what `ecoop apply` is told of each, and which profiles lie behind its meters.

use chrono_tz::Tz;

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
    pub(super) series: &'static str,
    pub(super) series_file: &'static str,
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
