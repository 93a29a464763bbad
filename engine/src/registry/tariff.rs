//! Prices: of what, from whom, when and for how much.

use arrow::datatypes::DataType;
use arrow::datatypes::Field;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::dated::{ByCommunity, Dated, dated, resolve_each};
use super::master::{Master, counted_within, fixed, instant};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::error::Result;
use crate::field::{kwh, text};

/// A price of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tariff {
    pub community_id: String,
    /// One of [`crate::item::priced_per_kwh`], or `monthly_fee`.
    pub item: String,
    /// A price of one producing member goes before the general one.
    pub producer: Option<String>,
    /// Millionths of the currency per kWh.
    pub price_micro_per_kwh: Option<i64>,
    /// Millionths of the currency per month.
    pub price_micro_per_month: Option<i64>,
    /// Hundredths of a percent: 20 % is 2000.
    pub vat_basis_points: u32,
    /// EN 16931 category: `S` standard, `E` exempt, `O` outside the scope, `Z` zero.
    pub vat_category: String,
    #[serde(flatten)]
    pub terms: Terms,
    pub valid_from: Micros,
    pub valid_to: Micros,
}

/// When a price counts within its validity, and for how much.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Terms {
    /// Only in these hours, days and months; a price with a band goes before one without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<Band>,
    /// A series whose value of the interval is added to the price, such as the spot market's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Energy per member, item and local month that costs nothing.
    #[serde(default, alias = "free_mwh", skip_serializing_if = "Option::is_none")]
    pub free_micro_kwh: Option<i64>,
    /// Energy per member, item and local month that is paid for in any case.
    #[serde(default, alias = "minimum_mwh", skip_serializing_if = "Option::is_none")]
    pub minimum_micro_kwh: Option<i64>,
    /// Amount per member, item and local month that is paid in any case, in millionths of the currency, before VAT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_amount_micro: Option<i64>,
    /// Of these only the part by the days of the month on which the price counts and the member takes part.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prorated: bool,
    /// Only for members of this kind; such a price goes before the general one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_kind: Option<String>,
    /// `heat` or `renewable_heat`; electricity without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy_kind: Option<String>,
}

/// Hours of the week in some months, in the community's local time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Band {
    /// `peak`, `night`, ...
    pub name: String,
    /// Bit 0 is Monday.
    pub weekdays: u8,
    /// Bit 0 is January.
    pub months: u16,
    /// Minutes after local midnight, half-open; an end before the start goes over midnight.
    pub from_minute: u16,
    pub to_minute: u16,
}

impl Band {
    /// Whether the band covers a local time.
    pub fn covers(&self, weekday: u32, month: u32, minute: u32) -> bool {
        let (from, to) = (u32::from(self.from_minute), u32::from(self.to_minute));
        let within = if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to };
        within && self.weekdays >> weekday & 1 == 1 && self.months >> month & 1 == 1
    }
}

impl Tariff {
    /// The name of its band; empty without one.
    pub fn band_name(&self) -> &str {
        self.terms.band.as_ref().map_or("", |b| b.name.as_str())
    }

    /// What tells prices of one item and producer apart that count side by side: the kind of member and the band.
    pub fn variant(&self) -> (Option<String>, String) {
        (self.terms.member_kind.clone(), self.band_name().to_owned())
    }
}

dated!(Tariff);

impl Master for Tariff {
    const NAME: &'static str = "tariffs";
    /// By community, sorted by (item, producer, variant, valid_from).
    type Resolved = ByCommunity<Self>;

    fn key(&self) -> Value {
        match (&self.terms.band, &self.terms.member_kind) {
            (None, None) => json!([self.community_id, self.item, self.producer, self.valid_from]),
            (Some(band), None) => json!([self.community_id, self.item, self.producer, self.valid_from, band.name]),
            (_, kind) => {
                json!([self.community_id, self.item, self.producer, self.valid_from, self.band_name(), kind])
            }
        }
    }

    fn community(&self) -> Option<&str> {
        Some(&self.community_id)
    }

    fn fields() -> Vec<Field> {
        vec![
            text("community_id"),
            text("item"),
            text("producer").with_nullable(true),
            kwh("price_per_kwh").with_nullable(true),
            kwh("price_per_month").with_nullable(true),
            Field::new("vat_percent", DataType::Decimal128(5, 2), false),
            text("vat_category"),
            text("band").with_nullable(true),
            text("series").with_nullable(true),
        ]
    }

    fn cells(&self) -> Value {
        json!({
            "community_id": self.community_id,
            "item": self.item,
            "producer": self.producer,
            "price_per_kwh": fixed(self.price_micro_per_kwh, 6),
            "price_per_month": fixed(self.price_micro_per_month, 6),
            "vat_percent": fixed(i64::from(self.vat_basis_points), 2),
            "vat_category": self.vat_category,
            "band": self.terms.band.as_ref().map(|band| &band.name),
            "series": self.terms.series,
            "valid_from": instant(self.valid_from),
            "valid_to": instant(self.valid_to),
        })
    }

    fn resolve(rows: Vec<(i64, Self)>) -> Self::Resolved {
        resolve_each(rows, |t| (&t.community_id, (t.item.clone(), t.producer.clone(), t.variant())))
    }

    fn counted(resolved: &Self::Resolved, community: &str, span: Span) -> Result<Vec<String>> {
        counted_within(resolved, community, span, |tariff: Self| tariff)
    }
}
