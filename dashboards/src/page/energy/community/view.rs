//! What the page of a community says, already read.

use chrono_tz::Tz;

use crate::figure::{Billing, Co2, Curve, Energy, Money, Origin, Period, Place, Reliance, Rounded, Rounding, Slot};

/// Everything that the page says.
#[derive(Debug, Clone)]
pub struct CommunityView {
    /// Identifier, as in addresses.
    pub community_id: String,
    /// Name for people; any text.
    pub name: String,
    /// ISO 3166 code.
    pub country: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Zone of its local days.
    pub zone: Tz,
    /// Where it lies, when known.
    pub place: Option<Place>,
    /// What is shown.
    pub period: Period,
    /// Length of an interval in seconds: 900.
    pub slot_seconds: u32,
    /// The present, by the clock of the lake.
    pub now_us: i64,
    /// The publication that brought these figures; a later one has a larger number.
    pub version: i64,
    /// End of the last interval up to which everything expected has arrived.
    pub complete_until_us: Option<i64>,
    /// Start of the first interval with data; the picker goes no further back.
    pub first_us: Option<i64>,
    /// End of the last interval of the period with data.
    pub last_us: Option<i64>,
    /// The intervals of the period by what they wait for.
    pub reliance: Reliance,
    /// Most metering points that lack readings in one interval of the period.
    pub missing_points: u32,
    /// Members of the community.
    pub members: u32,
    /// Metering points that take part in the period.
    pub points: u32,
    /// Sums over the rows of `series` that have energy.
    pub totals: Energy,
    /// By how much their parts sum to more, because the key or an operator rounds each share for itself.
    pub rounding: Rounding,
    /// Money of the same rows.
    pub money: Money,
    /// Carbon dioxide of the same rows by factor set, when there are factors; sets are never added up.
    pub co2: Vec<Co2>,
    /// Rows by ascending start. Rows of the grid that are not here are gaps.
    pub series: Vec<Slot>,
    /// How far the month has come, when a month is shown and that is known.
    pub billing: Option<Billing>,
    /// Name of the check that holds the community's last window back, when one does.
    pub held: Option<String>,
    /// The file that its figures need and that is not what was written.
    pub damaged: Option<String>,
    /// Where the figures come from, when they are not real.
    pub origin: Option<Origin>,
}

impl CommunityView {
    /// How the energy of the period went by.
    pub(crate) fn curve(&self) -> Curve<'_> {
        Curve {
            period: self.period,
            zone: self.zone,
            place: self.place,
            slot_seconds: self.slot_seconds,
            now_us: self.now_us,
            first_us: self.first_us,
            series: &self.series,
        }
    }

    /// Whether a new publication may change what the page says: while something is open, or nothing is there yet.
    pub(super) fn is_live(&self) -> bool {
        self.reliance.is_open() || self.reliance.is_empty()
    }

    /// Energy as it is printed everywhere on the page.
    pub(super) fn shown(&self) -> Rounded {
        Rounded::shown(&self.totals.in_parts(self.rounding))
    }

    /// Whether the present lies in the period.
    pub(super) fn is_current(&self) -> bool {
        self.curve().is_current()
    }
}
