//! The fields of a reading and what each may hold, whatever the format around them.

use std::borrow::Cow;

use engine::calendar::{SECOND, UTC_DAY, parse_rfc3339};
use engine::clock::Micros;
use engine::ingest::{Direction, Kind, Quality, RawReading, Reason, Rejection};
use engine::units::{ENERGY_SCALE, NumberError, parse_decimal, round_half_even};

use super::kind::Meaning;

/// Longest metering point id in bytes. National ids have 14 to 33 characters.
const POINT_MAX_BYTES: usize = 128;
/// What a rejection shows for a field that is not there.
const ABSENT: &str = "(absent)";

/// A field of the canonical record, by its name in JSON and CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    MeteringPointId,
    Direction,
    IntervalStart,
    IntervalSeconds,
    EnergyKwh,
    Quality,
    Revision,
    Kind,
    CommunityId,
}

impl Field {
    pub const ALL: [Self; 9] = [
        Self::MeteringPointId,
        Self::Direction,
        Self::IntervalStart,
        Self::IntervalSeconds,
        Self::EnergyKwh,
        Self::Quality,
        Self::Revision,
        Self::Kind,
        Self::CommunityId,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::MeteringPointId => "metering_point_id",
            Self::Direction => "direction",
            Self::IntervalStart => "interval_start",
            Self::IntervalSeconds => "interval_seconds",
            Self::EnergyKwh => "energy_kwh",
            Self::Quality => "quality",
            Self::Revision => "revision",
            Self::Kind => "kind",
            Self::CommunityId => "community_id",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.name() == name)
    }

    /// A rejection of what this field holds.
    pub fn refuse(self, reason: Reason, value: impl AsRef<str>) -> Rejection {
        Rejection::new(reason, self.name(), value)
    }
}

/// What all values of one message have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head<'a> {
    point: Cow<'a, str>,
    kind: Kind,
    community: Option<Cow<'a, str>>,
    direction: Direction,
    start: Micros,
    seconds: u32,
    quality: Quality,
    revision: i64,
}

impl<'a> Head<'a> {
    /// Reads the fields, each from the text that `text` finds for it.
    ///
    /// # Errors
    /// The first field that cannot be read. It names the point when that could be read.
    pub fn read(text: impl Fn(Field) -> Result<Option<Cow<'a, str>>, Rejection>) -> Result<Self, Rejection> {
        let point = required(&text, Field::MeteringPointId, check_point)?;
        let head = Self::read_rest(&text);
        match head {
            Ok(head) => Ok(Self { point: point.0, ..head }),
            Err(rejection) => Err(rejection.of_point(point.0)),
        }
    }

    /// All but the point.
    fn read_rest(text: &impl Fn(Field) -> Result<Option<Cow<'a, str>>, Rejection>) -> Result<Self, Rejection> {
        let meaning = match text(Field::Kind)? {
            Some(word) => Meaning::parse(&word).ok_or_else(|| Field::Kind.refuse(Reason::UnknownKind, &*word))?,
            None => Meaning::READING,
        };
        let direction = match (text(Field::Direction)?, meaning.direction) {
            // What the word says already need not be said again.
            (None, Some(implied)) => implied,
            _ => required(text, Field::Direction, |t| meaning.direction_of(t).ok_or(Reason::Malformed))?.1,
        };
        let community = match text(Field::CommunityId)? {
            Some(id) => Some(required(text, Field::CommunityId, |_| check_point(&id))?.0),
            None => None,
        };
        let (_, start) = required(text, Field::IntervalStart, |t| instant(t).ok_or(Reason::Malformed))?;
        let (_, seconds) = required(text, Field::IntervalSeconds, |t| {
            u32::try_from(integer(t)?)
                .map_err(|_| if t.starts_with('-') { Reason::Malformed } else { Reason::TooLarge })
        })?;
        let (_, quality) = required(text, Field::Quality, |t| Quality::parse(t).ok_or(Reason::Malformed))?;
        let revision = match text(Field::Revision)? {
            Some(t) => integer(&t).map_err(|reason| Field::Revision.refuse(reason, &*t))?,
            None => 0,
        };
        Ok(Self {
            point: Cow::Borrowed(""),
            kind: meaning.kind,
            community,
            direction,
            start,
            seconds,
            quality,
            revision,
        })
    }

    /// The reading at place `index` of the curve.
    ///
    /// # Errors
    /// When its interval lies beyond what a timestamp holds.
    pub fn reading(&self, index: u32, energy_micro_kwh: i64) -> Result<RawReading<'_>, Rejection> {
        let step = i64::from(self.seconds).checked_mul(i64::from(index)).and_then(|s| s.checked_mul(SECOND));
        let Some(interval_start) = step.and_then(|s| self.start.checked_add(s)) else {
            let value = format!("{} + {index} x {} s", engine::calendar::rfc3339(self.start), self.seconds);
            return Err(Field::IntervalStart.refuse(Reason::TooLarge, value).of_point(&*self.point));
        };
        Ok(RawReading {
            metering_point_id: &self.point,
            kind: self.kind,
            community_id: self.community.as_deref(),
            direction: self.direction,
            interval_start,
            interval_seconds: self.seconds,
            energy_micro_kwh,
            quality: self.quality,
            revision: self.revision,
        })
    }

    /// The metering point.
    pub fn point(&self) -> &str {
        &self.point
    }

    /// A rejection of one energy value of this message.
    pub fn refuse_energy(&self, reason: Reason, value: &str) -> Rejection {
        Field::EnergyKwh.refuse(reason, value).of_point(&*self.point)
    }
}

fn required<'a, T>(
    text: &impl Fn(Field) -> Result<Option<Cow<'a, str>>, Rejection>,
    field: Field,
    read: impl Fn(&str) -> Result<T, Reason>,
) -> Result<(Cow<'a, str>, T), Rejection> {
    let Some(found) = text(field)? else {
        return Err(field.refuse(Reason::Malformed, ABSENT));
    };
    match read(&found) {
        Ok(value) => Ok((found, value)),
        Err(reason) => Err(field.refuse(reason, found)),
    }
}

/// A rejection of a message that lacks `field`.
pub(super) fn absent(field: Field) -> Rejection {
    field.refuse(Reason::Malformed, ABSENT)
}

fn check_point(id: &str) -> Result<(), Reason> {
    if id.len() > POINT_MAX_BYTES {
        return Err(Reason::TooLarge);
    }
    // An id that looks like another one on a page, or that breaks a line of a log, is not an id.
    let spoils = id.chars().any(char::is_control) || id.trim() != id || id.is_empty();
    if spoils { Err(Reason::Malformed) } else { Ok(()) }
}

/// Digits with an optional minus sign.
fn integer(text: &str) -> Result<i64, Reason> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Reason::Malformed);
    }
    text.parse().map_err(|_| Reason::TooLarge)
}

/// What becomes of digits that the unit does not hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Digits {
    /// The value is refused.
    #[default]
    Exact,
    /// It is rounded, half to even.
    Rounded,
}

/// Energy in micro-kWh from a decimal number of kWh.
pub(super) fn energy(text: &str, digits: Digits) -> Result<i64, Reason> {
    if let Some(micro_kwh) = plain_energy(text.as_bytes()) {
        return Ok(micro_kwh);
    }
    let read = match (parse_decimal(text.as_bytes(), ENERGY_SCALE), digits) {
        (Err(NumberError::TooManyDigits), Digits::Rounded) => round_half_even(text.as_bytes(), ENERGY_SCALE),
        (read, _) => read,
    };
    read.map_err(|e| match e {
        NumberError::Malformed => Reason::Malformed,
        NumberError::TooManyDigits => Reason::TooManyDigits,
        NumberError::TooLarge => Reason::TooLarge,
    })
}

/// The common shape, up to 12 digits, a point and up to 6 digits, in 64-bit arithmetic. `None` says nothing.
fn plain_energy(text: &[u8]) -> Option<i64> {
    let mut value = 0i64;
    let mut point = None;
    if text.len() > 18 {
        return None;
    }
    for (i, &b) in text.iter().enumerate() {
        match b {
            b'0'..=b'9' => value = value * 10 + i64::from(b - b'0'),
            b'.' if point.is_none() => point = Some(i),
            _ => return None,
        }
    }
    let (whole, fraction) = match point {
        Some(at) => (at, text.len() - at - 1),
        None => (text.len(), 0),
    };
    let plain = (1..=12).contains(&whole) && (point.is_none() || (1..=6).contains(&fraction));
    const SCALE: [i64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    if plain { Some(value * SCALE[fraction]) } else { None }
}

/// An RFC 3339 instant.
pub(super) fn instant(text: &str) -> Option<Micros> {
    utc_second(text.as_bytes()).or_else(|| parse_rfc3339(text))
}

/// The common shape `2026-06-01T00:15:00Z` without a detour through a calendar type. `None` says nothing.
fn utc_second(text: &[u8]) -> Option<Micros> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, b'Z'] = text else {
        return None;
    };
    let two = |tens: u8, ones: u8| {
        let both = tens.is_ascii_digit() && ones.is_ascii_digit();
        both.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    let (month, day) = (two(m1, m2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(n1, n2)?, two(s1, s2)?);
    // Days up to 28 exist in every month; the others, leap seconds and old dates go the long way.
    if year < 1970 || !(1..=12).contains(&month) || !(1..=28).contains(&day) || hour > 23 || minute > 59 || second > 59
    {
        return None;
    }
    // Years that start in March have their leap day at the end, so that months before it have fixed lengths.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    Some(days * UTC_DAY + (hour * 3600 + minute * 60 + second) * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn short_cut_of_numbers_reads_what_the_long_way_reads(
            text in "-?[0-9]{0,20}(\\.[0-9]{0,9})?(e-?[0-9]{1,2})?",
        ) {
            if let Some(micro_kwh) = plain_energy(text.as_bytes()) {
                prop_assert_eq!(Ok(micro_kwh), parse_decimal(text.as_bytes(), ENERGY_SCALE));
            }
        }

        #[test]
        fn short_cut_of_instants_reads_what_the_long_way_reads(
            year in 1960i64..2110, month in 0u32..14, day in 0u32..33, hour in 0u32..25, minute in 0u32..61,
                second in 0u32..62,
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
            if let Some(at) = utc_second(text.as_bytes()) {
                prop_assert_eq!(Some(at), parse_rfc3339(&text));
            }
        }
    }

    #[test]
    fn instants_are_read_with_their_offset() {
        let check = |text: &str, want: Option<&str>| {
            assert_eq!(instant(text).map(engine::calendar::rfc3339).as_deref(), want, "{text}");
        };
        check("2026-06-01T00:15:00Z", Some("2026-06-01T00:15:00Z"));
        check("2026-06-01T00:15:00+02:00", Some("2026-05-31T22:15:00Z"));
        check("2024-02-29T23:45:00Z", Some("2024-02-29T23:45:00Z"));
        check("2026-02-29T00:00:00Z", None);
        check("2026-06-01T00:15:00.25Z", Some("2026-06-01T00:15:00.250Z"));
        for bad in
            ["", "2026-06-01", "2026-06-01T00:15:00", "2026-13-01T00:00:00Z", "2026-06-01T24:00:00Z", "1780272000"]
        {
            check(bad, None);
        }
    }

    #[test]
    fn common_shapes_take_the_short_cut() {
        assert_eq!(plain_energy(b"0.123000"), Some(123_000));
        assert_eq!(plain_energy(b"12"), Some(12_000_000));
        assert_eq!(utc_second(b"1970-01-01T00:00:01Z"), Some(SECOND));
    }

    #[test]
    fn points_are_what_a_person_can_tell_apart() {
        let check = |id: &str, want| assert_eq!(check_point(id), want, "{id:?}");
        check("FR-0001", Ok(()));
        check("Überschuß 7", Ok(()));
        check("", Err(Reason::Malformed));
        check(" FR-0001", Err(Reason::Malformed));
        check("FR\n1", Err(Reason::Malformed));
        check(&"x".repeat(129), Err(Reason::TooLarge));
    }
}
