//! Sunrise and sunset of a local day, to about two minutes: the low-precision solar position of the Astronomical
//! Almanac (mean longitude and anomaly, equation of centre, obliquity), upper limb with 34' of refraction.
//! Angles are floats here; they shade a picture and touch no figure.

use engine::calendar::{SECOND, Span};

use crate::figure::Place;

/// What the sun does on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sun {
    /// Instants of rise and setting, microseconds UTC.
    Shines {
        /// Sunrise.
        rise_us: i64,
        /// Sunset.
        set_us: i64,
    },
    /// It does not set.
    Midsummer,
    /// It does not rise.
    Midwinter,
}

/// Seconds from 1970-01-01T00:00Z to J2000.0 (2000-01-01T12:00Z).
const J2000_S: f64 = 946_728_000.0;
/// Height of the sun's centre when its upper limb touches the horizon, in degrees.
const HORIZON_DEG: f64 = -0.833;

/// The sun over a place on a local day.
pub fn sun(place: Place, day: Span) -> Sun {
    let latitude = f64::from(place.latitude_micro) / 1e6;
    let longitude = f64::from(place.longitude_micro) / 1e6;
    let middle_s = ((day.start / 2 + day.end / 2) / SECOND) as f64;
    // The transit nearest to the middle of the local day, twice: the second time from the first's own position.
    let mut noon_s = middle_s;
    for _ in 0..2 {
        noon_s = transit(noon_s, longitude);
    }
    let (declination, _) = position((noon_s - J2000_S) / 86_400.0);
    let (sin_lat, cos_lat) = latitude.to_radians().sin_cos();
    let cosine = (HORIZON_DEG.to_radians().sin() - sin_lat * declination.sin()) / (cos_lat * declination.cos());
    if cosine <= -1.0 {
        return Sun::Midsummer;
    }
    if cosine >= 1.0 {
        return Sun::Midwinter;
    }
    let half_s = cosine.acos().to_degrees() * 240.0;
    let micros = |seconds: f64| seconds.round() as i64 * SECOND;
    Sun::Shines { rise_us: micros(noon_s - half_s), set_us: micros(noon_s + half_s) }
}

/// The instant, in seconds, of the sun's transit nearest to `at_s`.
fn transit(at_s: f64, longitude: f64) -> f64 {
    let (_, equation_s) = position((at_s - J2000_S) / 86_400.0);
    let solar_s = (at_s + longitude * 240.0 + equation_s).rem_euclid(86_400.0);
    at_s + (43_200.0 - solar_s)
}

/// Declination in radians and equation of time in seconds, `days` after J2000.0.
fn position(days: f64) -> (f64, f64) {
    let mean_longitude = (280.460 + 0.985_647_4 * days).rem_euclid(360.0);
    let anomaly = (357.528 + 0.985_600_3 * days).rem_euclid(360.0).to_radians();
    let longitude = (mean_longitude + 1.915 * anomaly.sin() + 0.020 * (2.0 * anomaly).sin()).to_radians();
    let obliquity = (23.439 - 0.000_000_4 * days).to_radians();
    let ascension = (obliquity.cos() * longitude.sin()).atan2(longitude.cos()).to_degrees();
    let difference = (mean_longitude - ascension + 180.0).rem_euclid(360.0) - 180.0;
    ((obliquity.sin() * longitude.sin()).asin(), difference * 240.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Period;

    /// Sunrise and sunset in local minutes of the day, against almanac values.
    fn check(zone: chrono_tz::Tz, at: (i32, i32), day: &str, want: Option<(i64, i64)>) {
        let span = Period::Day(day.parse().unwrap()).span(zone);
        let place = Place { latitude_micro: at.0, longitude_micro: at.1 };
        let got = match sun(place, span) {
            Sun::Shines { rise_us, set_us } => Some((rise_us - span.start, set_us - span.start)),
            _ => None,
        };
        let minutes = got.map(|(rise, set)| (rise / SECOND / 60, set / SECOND / 60));
        match (minutes, want) {
            (Some(got), Some(want)) => {
                assert!((got.0 - want.0).abs() <= 3 && (got.1 - want.1).abs() <= 3, "{day}: {got:?} for {want:?}");
            }
            (got, want) => assert_eq!(got, want, "{day}"),
        }
    }

    #[test]
    fn sunrise_and_sunset_agree_with_the_almanac() {
        let paris = (48_856_600, 2_352_200);
        check(chrono_tz::Europe::Paris, paris, "2026-06-21", Some((5 * 60 + 47, 21 * 60 + 58)));
        check(chrono_tz::Europe::Paris, paris, "2026-12-21", Some((8 * 60 + 41, 16 * 60 + 56)));
        check(chrono_tz::Europe::Istanbul, (41_008_200, 28_978_400), "2026-03-20", Some((7 * 60 + 7, 19 * 60 + 15)));
        check(chrono_tz::Europe::Stockholm, (67_855_800, 20_225_300), "2026-06-21", None);
        check(chrono_tz::Europe::Stockholm, (67_855_800, 20_225_300), "2026-12-21", None);
    }
}
