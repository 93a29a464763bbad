//! Why a record is not a reading: one rule, one reason code, the field and the value.

/// Reason codes, as `quarantine.reason` holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The payload cannot be read at all, or a field is absent or of the wrong kind.
    Malformed,
    /// The message holds more bytes or values than one may: only its head and its digest are kept.
    MessageTooLarge,
    /// A field is larger than it may be.
    TooLarge,
    /// More digits than the unit holds.
    TooManyDigits,
    /// Energy below zero.
    Negative,
    /// No such metering point is registered.
    UnknownMeteringPoint,
    /// The point is registered, but not at that time or not in that direction.
    OutsideValidity,
    /// The start does not lie on the grid of the interval's length, or the length is not one that is settled.
    OffGrid,
    /// The length can neither be summed nor split to the grid of a community in which the point takes part.
    OffCommunityGrid,
    /// More energy than the point can carry in that time.
    Implausible,
    /// The interval ends later than now.
    InFuture,
    /// The source is not declared for this point.
    ForeignPoint,
    /// No such kind of value.
    UnknownKind,
    /// A result for a community in which the point takes no part at that time.
    NotTakingPart,
    /// A result that names no community, for a point that takes part in several at that time.
    AmbiguousCommunity,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 15] = [
        Self::Malformed,
        Self::MessageTooLarge,
        Self::TooLarge,
        Self::TooManyDigits,
        Self::Negative,
        Self::UnknownMeteringPoint,
        Self::OutsideValidity,
        Self::OffGrid,
        Self::OffCommunityGrid,
        Self::Implausible,
        Self::InFuture,
        Self::ForeignPoint,
        Self::UnknownKind,
        Self::NotTakingPart,
        Self::AmbiguousCommunity,
    ];

    /// The code in tables and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::MessageTooLarge => "message_too_large",
            Self::TooLarge => "too_large",
            Self::TooManyDigits => "too_many_digits",
            Self::Negative => "negative",
            Self::UnknownMeteringPoint => "unknown_metering_point",
            Self::OutsideValidity => "outside_validity",
            Self::OffGrid => "off_grid",
            Self::OffCommunityGrid => "off_community_grid",
            Self::Implausible => "implausible",
            Self::InFuture => "in_future",
            Self::ForeignPoint => "foreign_point",
            Self::UnknownKind => "unknown_kind",
            Self::NotTakingPart => "not_taking_part",
            Self::AmbiguousCommunity => "ambiguous_community",
        }
    }

    /// The id of the rule that found it (domain rules V01, V04, V05 with what each checks).
    pub fn rule_id(self) -> &'static str {
        match self {
            Self::Malformed => "V01-schema",
            Self::MessageTooLarge => "V01-message-size",
            Self::TooLarge => "V01-size",
            Self::TooManyDigits => "V01-digits",
            Self::UnknownMeteringPoint => "V01-point",
            Self::OutsideValidity => "V01-validity",
            Self::OffGrid | Self::OffCommunityGrid => "V01-grid",
            Self::ForeignPoint => "V01-source",
            Self::UnknownKind => "V01-kind",
            Self::NotTakingPart | Self::AmbiguousCommunity => "V01-community",
            Self::InFuture => "V04-future",
            Self::Negative => "V05-negative",
            Self::Implausible => "V05-power",
        }
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.code() == code)
    }

    /// What to do about it, as the end of a sentence. `field` is the field at fault, and `value` what it says.
    pub fn cure(self, field: &str, value: &str) -> &'static str {
        match self {
            Self::Malformed => cure_of_malformed(field, value),
            Self::MessageTooLarge => {
                "send it as several messages; only its head and its digest are kept here (the README of `connectors` \
                says how much a message may hold, `message_bytes` under [kafka] raises the bytes)"
            }
            Self::TooLarge => "send a value of the size that the README of `connectors` names for this field",
            Self::TooManyDigits => {
                "send kWh with at most 6 digits after the point, or have what a file says more exactly rounded, half \
                to even"
            }
            Self::Negative => "send energy as a value of at least 0 with its direction, `import` or `export`",
            Self::UnknownMeteringPoint => "register the metering point; its readings are then taken in by themselves",
            Self::OutsideValidity => {
                "correct `valid_from`, `valid_to` or `directions` of the point; its readings are then taken in by \
                themselves"
            }
            Self::OffGrid => {
                "send interval starts that are a whole number of intervals after midnight UTC, and lengths of 60, 120, \
                180, 240, 300, 360, 600, 720, 900, 1200, 1800 or 3600 seconds"
            }
            Self::OffCommunityGrid => {
                "send intervals that the community's are made of, such as 300 or 900 seconds for 900, or that are made \
                of them, such as 1800 or 3600"
            }
            Self::Implausible => {
                "check the unit: Wh read as kWh are a thousand times too much; if the value is true, write a \
                contract_kw of the metering point that allows it, or release its readings; they are then taken in by \
                themselves"
            }
            Self::InFuture => "check the clock of the sender, or send the value once the interval has ended",
            Self::ForeignPoint => "declare the point for this source in the configuration",
            Self::UnknownKind => {
                "write measured, participating, offered, shared, residual or surplus, or a word of the operator that \
                the README of `connectors` lists"
            }
            Self::NotTakingPart => {
                "correct the column community_id, or write when the point takes part; its results are then taken in by \
                themselves"
            }
            Self::AmbiguousCommunity => "name the community of each result in a column community_id",
        }
    }
}

/// What is wrong with a field that cannot be read, in its own words.
fn cure_of_malformed(field: &str, value: &str) -> &'static str {
    let absent = value == ABSENT;
    match field {
        "encoding" => "save it as UTF-8",
        "quotes" => "close every quotation mark in its line, and double those inside of a value",
        "columns" => "write as many values as the header has columns, and a decimal point instead of a comma",
        "metering_point_id" if absent => "name the metering point",
        "metering_point_id" => "write an id without spaces around it, and without control characters",
        "direction" => "write import (drawn) or export (fed in)",
        "interval_start" if absent => "write when the interval begins",
        "interval_start" if value.contains('/') || value.contains('.') && !value.contains('T') => {
            "write year, month and day in this order, such as 2026-06-01T00:15:00+02:00"
        }
        "interval_start" if value.len() >= 16 && !value.ends_with('Z') => {
            "say which time it is: end it with Z for UTC, or with an offset such as +02:00"
        }
        "interval_start" => "write an instant that exists, with its offset, such as 2026-06-01T00:15:00+02:00",
        "interval_seconds" => "write the length of the interval in whole seconds, such as 900",
        "energy_kwh" if absent => "write the energy in kWh, or null where it is missing",
        "energy_kwh" if value.contains(',') => "write the number with a decimal point and without separators",
        "energy_kwh" if value.contains(char::is_whitespace) => "write the number without spaces",
        "energy_kwh" if value.ends_with(|c: char| c.is_ascii_alphabetic()) => "write the number alone, without a unit",
        "energy_kwh" => "write the energy in kWh as a decimal number, such as 0.123",
        "quality" => {
            "write measured, validated, edited, derived, substituted, estimated, provisional or missing, as the README \
            of `connectors` lists"
        }
        "revision" => "write a whole number, or leave it out",
        _ => "send the fields that the README of `connectors` lists, in UTF-8",
    }
}

/// What a rejection shows for a field that is not there.
pub const ABSENT: &str = "(absent)";

/// One record that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Why.
    pub reason: Reason,
    /// The field at fault, in the words of the format.
    pub field: String,
    /// The value at fault, shortened to what a person can read.
    pub value: String,
    /// The point the record speaks of, when that could be read: its readings are tried again when it is registered.
    pub metering_point_id: Option<String>,
}

/// Longest value that is kept beside the payload, in characters.
const VALUE_MAX: usize = 200;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_MAX) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

impl Rejection {
    /// A rejection of `value` in `field`. However long they are, what a person can read of them is kept and no more.
    pub fn new(reason: Reason, field: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        Self { reason, field: shortened(field.as_ref()), value: shortened(value.as_ref()), metering_point_id: None }
    }

    /// The same, about a known point.
    pub fn of_point(mut self, metering_point_id: impl Into<String>) -> Self {
        self.metering_point_id = Some(metering_point_id.into());
        self
    }

    /// The sentence that a person reads: field, value and cure.
    pub fn sentence(&self) -> String {
        format!(
            "{} `{}`: {}; {}.",
            self.field,
            self.value,
            self.reason.code().replace('_', " "),
            self.reason.cure(&self.field, &self.value)
        )
    }
}
