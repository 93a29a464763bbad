//! The page of a community for a day, a week or a month: the answer in a sentence, where the power came from and where
//! it went, how the time went by, money, carbon dioxide, and how far all this can be relied upon.

use chrono_tz::Tz;

use super::{Origin, Period};
use crate::billing::Billing;

mod card;
mod figures;
mod render;
mod sentence;
mod table;

pub(crate) use card::{are_apart, reliance, scope};
pub use figures::Figures;
pub use render::{render, render_live};
pub use table::{series_csv, totals_csv};

/// The energy of a span of time in 1e-6 kWh. All are zero or more.
/// `production = shared + surplus` and `consumption = shared + residual` hold for every interval that was computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Energy {
    /// Fed in by the community's plants.
    pub production_mwh: i64,
    /// Drawn by its metering points.
    pub consumption_mwh: i64,
    /// Consumption covered by the community's production.
    pub shared_mwh: i64,
    /// Consumption covered by suppliers.
    pub residual_mwh: i64,
    /// Production that left the community.
    pub surplus_mwh: i64,
}

/// One row of the picture: an interval of a day, or a local day of a week or month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// First instant, microseconds UTC.
    pub start_us: i64,
    /// `None` while nothing can be computed, as when a plant's reading is missing: drawn as a gap, never as zero.
    pub energy: Option<Energy>,
    /// Whether the figures may still change.
    pub provisional: bool,
    /// Metering points without a reading in it (at most over its intervals).
    pub missing_points: u32,
    /// Metering points whose reading is estimated or substituted.
    pub estimated_points: u32,
}

/// How an amount came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Energy of each interval x the tariff of that interval's date, net of VAT, not rounded.
    Tariff,
    /// Energy x one reference price in micro-units per kWh.
    ReferencePrice {
        /// 1e-6 of the currency for a kWh.
        price_micro: i64,
    },
}

/// An amount in 1e-6 of the community's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// 1e-6 of the currency.
    pub micro: i128,
    /// How it came about.
    pub basis: Basis,
}

/// Money of the period. What is `None` is shown as not known, with the reason: no price was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Money {
    /// What members pay each other for shared energy, net.
    pub shared: Option<Amount>,
    /// What the suppliers' part costs at the reference price.
    pub residual: Option<Amount>,
    /// What the surplus brings.
    pub surplus: Option<Amount>,
    /// What members saved against having bought the shared energy from their suppliers. May be negative.
    pub saved: Option<Amount>,
}

/// What emission factors count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// From building the plant to its end.
    LifeCycle,
    /// Only what leaves the chimney.
    Direct,
}

/// Carbon dioxide (equivalent) of the period in milligrams, exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Co2 {
    /// Shared energy x (grid factor - source factor) of each interval. May be negative; it is never cut at zero.
    pub avoided_mg: i128,
    /// What the community's consumption emitted: residual x grid factor + shared x source factor.
    pub inventory_mg: i128,
    /// Name of the factor set: `RTE 2026`.
    pub factor_set: String,
    /// What the factors count.
    pub scope: Scope,
    /// Intervals with factors and complete data, of all intervals of the period.
    pub intervals: Part,
    /// Hours whose every interval is covered, of all hours.
    pub hours: Part,
    /// Intervals with estimated data, of those with factors.
    pub estimated: Part,
    /// Plus or minus on the factors in percent, and whether their set names it or it is the default.
    pub uncertainty: Option<(u32, bool)>,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// How many.
    pub part: i64,
    /// Of how many.
    pub whole: i64,
}

/// A place, in 1e-6 degrees, north and east positive; for the sun's rise and setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// -90,000,000 to 90,000,000
    pub latitude_micro: i32,
    /// -180,000,000 to 180,000,000
    pub longitude_micro: i32,
}

/// By how much rounded shares, with what is left, sum to more than there was, in 1e-6 kWh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rounding {
    /// Shared and surplus, more than the production.
    pub production_mwh: i64,
    /// Shared and residual, more than the consumption.
    pub consumption_mwh: i64,
}

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
    /// Whether any figure may still change.
    pub provisional: bool,
    /// Metering points without readings in some interval of the period that is over.
    pub missing_points: u32,
    /// Members of the community.
    pub members: u32,
    /// Metering points that take part.
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
    /// Where the figures come from, when they are not real.
    pub origin: Option<Origin>,
}

impl CommunityView {
    /// The totals as the sums of their parts, for the picture of where energy went. What is off by anything but the known
    /// rounding stays off.
    pub fn in_parts(&self) -> Energy {
        Energy {
            production_mwh: self.totals.production_mwh + self.rounding.production_mwh,
            consumption_mwh: self.totals.consumption_mwh + self.rounding.consumption_mwh,
            ..self.totals
        }
    }

    /// Whether the present lies in the period.
    pub fn is_current(&self) -> bool {
        self.period.span(self.zone).contains(self.now_us)
    }

    /// Whether figures of a span have to be there by now: it has ended an interval ago, and there were meters. Readings
    /// take some time to come.
    pub fn is_due(&self, span: engine::calendar::Span) -> bool {
        let grace = i64::from(self.slot_seconds) * engine::calendar::SECOND;
        span.end + grace <= self.now_us && self.first_us.is_none_or(|first| first < span.end)
    }

    /// The rows of the picture: every span of the grid with its row, when there is one.
    pub fn rows(&self) -> Vec<(engine::calendar::Span, Option<&Slot>)> {
        let find = |start| self.series.binary_search_by_key(&start, |slot| slot.start_us).ok();
        let grid = self.period.grid(self.zone, self.slot_seconds);
        grid.into_iter().map(|span| (span, find(span.start).and_then(|i| self.series.get(i)))).collect()
    }
}
