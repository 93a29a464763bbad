//! Rates that a price takes from the country's rows where the file names none: VAT, and the excise on electricity.
//!
//! What a row says is written into the price when the file is applied. A price that lasts over a day on which a row
//! changes becomes several versions, one from each such day on. What a file leaves out of a later version follows the
//! country on, as long as what stood before was what the country says.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;
use engine::calendar::{day_start, local_day};
use engine::clock::Micros;
use engine::item::priced_to_others;
use engine::registry::{FOREVER, Tariff};
use engine::units::parse_decimal;

use super::price::{Item, PER_MONTH, PRICE_SCALE, Price, VAT_SCALE, Vat};
use crate::problem::{Arg, Message};
use crate::registry::community::Place;
use crate::registry::current::Current;
use crate::registry::document::Fields;
use crate::registry::regime::Regimes;
use crate::registry::say;
use crate::registry::versions::{Versions, Window};

/// Whose price it is, and for what: nothing stands for everybody and electricity.
#[derive(Debug, Clone, Default)]
pub(super) struct Segment {
    pub member_kind: Option<String>,
    pub energy_kind: Option<String>,
}

/// What of a price follows the country, and how it changes there.
pub(super) struct Followed<'c> {
    /// Whether the rate of VAT does.
    pub vat: bool,
    /// Whether the price does.
    pub price: bool,
    regimes: &'c Regimes,
    country: String,
    zone: Tz,
    vat_keys: Vec<String>,
    price_keys: Vec<String>,
    /// Where the excise is a percentage of the price instead.
    percent_keys: Vec<String>,
    window: Window<Tariff>,
}

impl<'c> Followed<'c> {
    /// Of a table of the file.
    pub fn new(
        fields: &Fields<'_>,
        (item, segment): (&str, Segment),
        window: &Window<Tariff>,
        place: &Place,
        current: &'c Current,
    ) -> Self {
        let country = &place.community.country;
        let energy = segment.energy_kind.as_deref().unwrap_or("electricity");
        let kinds: &[&str] = match (item, energy) {
            (PER_MONTH, "electricity") => &["subscription", "electricity"],
            (_, "electricity") => &["electricity"],
            (_, "renewable_heat") => &["renewable_heat", "heat"],
            _ => &["heat"],
        };
        let excise: &[&str] = match (item, energy) {
            ("excise", "electricity") => &["shared_electricity", "electricity"],
            ("excise", "renewable_heat") => &["renewable_heat", "heat"],
            ("excise", _) => &["heat"],
            _ => &[],
        };
        let keys = |family: &str, kinds: &[&str]| -> Vec<String> {
            let segments = segment.member_kind.as_deref().into_iter().chain(["general"]);
            let segments: Vec<&str> = segments.collect();
            kinds.iter().flat_map(|kind| segments.iter().map(move |s| format!("{family}.{s}.{kind}"))).collect()
        };
        let mut followed = Self {
            vat: false,
            price: false,
            regimes: &current.regimes,
            country: country.clone(),
            zone: place.zone,
            vat_keys: keys("vat_percent", kinds),
            price_keys: keys("excise", excise),
            percent_keys: keys("excise_percent", excise),
            window: window.from(window.from),
        };
        // What stood as the country says goes on doing so; what stood otherwise stays as it stood.
        let base = window.base.as_ref();
        let stood = |is: &dyn Fn(&Tariff, NaiveDate) -> bool| base.is_none_or(|b| is(b, followed.day(b.valid_from)));
        let standard = fields.has("vat_category") && fields.text("vat_category") == Some("S");
        let vat = !fields.has("vat_percent")
            && (standard || !fields.has("vat_category"))
            && !priced_to_others().contains(&item)
            && stood(&|b, day| match b.vat_category.as_str() {
                "S" => followed.vat_on(day) == Some(b.vat_basis_points),
                _ => standard,
            });
        let price = item == "excise"
            && !fields.has("price_per_kwh")
            && stood(&|b, day| b.price_micro_per_kwh.is_some() && followed.price_on(day) == b.price_micro_per_kwh);
        (followed.vat, followed.price) = (vat, price);
        followed
    }

    fn day(&self, at: Micros) -> NaiveDate {
        local_day(self.zone, at)
    }

    fn row(&self, keys: &[String], day: NaiveDate) -> Option<&engine::registry::Regime> {
        keys.iter().find_map(|key| self.regimes.at(&self.country, key, day))
    }

    fn vat_on(&self, day: NaiveDate) -> Option<u32> {
        let rate = parse_decimal(self.row(&self.vat_keys, day)?.value.as_bytes(), VAT_SCALE).ok()?;
        u32::try_from(rate).ok()
    }

    fn price_on(&self, day: NaiveDate) -> Option<i64> {
        parse_decimal(self.row(&self.price_keys, day)?.value.as_bytes(), PRICE_SCALE).ok()
    }

    /// The days within the window on which a row changes that the price follows.
    fn days(&self) -> Vec<NaiveDate> {
        let keys: Vec<String> = [(self.vat, &self.vat_keys), (self.price, &self.price_keys)]
            .into_iter()
            .filter(|(follows, _)| *follows)
            .flat_map(|(_, keys)| keys.iter().cloned())
            .collect();
        let to = (self.window.to != FOREVER).then(|| self.day(self.window.to - 1) + chrono::Days::new(1));
        let mut days = self.regimes.changes(&self.country, &keys, self.day(self.window.from), to);
        // A row of a key that another goes before changes nothing.
        let mut stands = self.rates(self.day(self.window.from));
        days.retain(|day| std::mem::replace(&mut stands, self.rates(*day)) != self.rates(*day));
        days
    }

    fn rates(&self, day: NaiveDate) -> (Option<u32>, Option<i64>) {
        (self.vat.then(|| self.vat_on(day)).flatten(), self.price.then(|| self.price_on(day)).flatten())
    }

    /// Whether a rate changes within the window.
    pub fn changes(&self) -> bool {
        !self.days().is_empty()
    }

    /// The rate of VAT at the start of the window, said to whoever left it out.
    pub fn vat_of(&self, fields: &Fields<'_>) -> Option<Vat> {
        let day = self.day(self.window.from);
        let rate = fields.required("vat_percent", self.vat_on(day), say::vat_missing())?;
        if self.window.base.is_none() {
            let (value, changes, source) = self.said(&self.vat_keys, |day, value| say::vat_change(day, value));
            fields.warning("vat_percent", say::vat_counts(value, changes, source));
        }
        Some((rate, "S".to_owned()))
    }

    /// The price at the start of the window, said to whoever left it out.
    pub fn price_of(&self, fields: &Fields<'_>) -> Option<Price> {
        let day = self.day(self.window.from);
        let percent = self.row(&self.percent_keys, day);
        let percent = percent.or_else(|| self.regimes.below(&self.country, "excise_percent.", day).first().copied());
        let missing = match percent {
            Some(row) => say::excise_is_percent(&self.country, &row.value, &row.key, &row.source),
            None => say::excise_row_missing(&self.country, day),
        };
        let price = fields.required("price_per_kwh", self.price_on(day), missing)?;
        if self.window.base.is_none() {
            let (value, changes, source) = self.said(&self.price_keys, |day, value| say::price_change(day, value));
            fields.warning("price_per_kwh", say::price_counts(value, changes, source));
        }
        Some(Price { micro_per_kwh: Some(price), micro_per_month: None })
    }

    /// What counts first, how it changes from day to day, and where it stands: `5.5 % counts, from 2025-08-01 20 % (FR
    /// vat_percent.general.subscription, where it stands)`
    fn said(&self, keys: &[String], change: impl Fn(NaiveDate, &str) -> Message) -> (String, Arg, Arg) {
        let first = self.day(self.window.from);
        let row = |day: NaiveDate| self.row(keys, day);
        let value = row(first).map_or(String::new(), |r| r.value.clone());
        let mut changes = Vec::new();
        let mut last = row(first);
        for day in self.days() {
            let now = row(day);
            if now.map(|r| &r.value) != last.map(|r| &r.value) {
                changes.push(now.map_or_else(|| say::no_rate_from(day), |r| change(day, &r.value)));
            }
            last = now;
        }
        let source = last.map(|row| say::row_of_country(&self.country, &row.key, &row.source));
        (value, Arg::Said(changes), Arg::Said(source.into_iter().collect()))
    }

    /// The price as the country has it from a day on; `None` where it says nothing.
    fn on(&self, row: &Tariff, day: NaiveDate) -> Option<Tariff> {
        let mut row = Tariff { valid_from: day_start(self.zone, day), ..row.clone() };
        if self.vat {
            row.vat_basis_points = self.vat_on(day)?;
        }
        if self.price {
            row.price_micro_per_kwh = Some(self.price_on(day)?);
        }
        Some(row)
    }

    /// Whether a stored version is one that this function made of the version before the window.
    fn is_made(&self, version: &Tariff) -> bool {
        let Some(base) = &self.window.base else { return false };
        self.on(base, self.day(version.valid_from)).is_some_and(|made| {
            Tariff { valid_to: version.valid_to, ..made } == *version && version.valid_from > base.valid_from
        })
    }
}

/// Adds the versions that follow a change of the country's rows, unless another version of the file or the store began
/// before.
pub(super) fn follow<'d>(
    following: Vec<(Followed<'_>, Fields<'d>, Item, Tariff)>,
    versions: &mut Versions<'d, Item, Tariff>,
) {
    let stated: BTreeSet<(Item, Micros)> = versions.stated();
    for (country, fields, thing, row) in following {
        let days = country.days();
        let known = versions.after(&thing, row.valid_from);
        let changes: Vec<Micros> = days.iter().map(|day| day_start(country.zone, *day)).collect();
        // The first version after this one that somebody stated: from there on, that one counts.
        let until = known
            .iter()
            .filter(|(at, v)| !changes.contains(at) || !country.is_made(v) || stated.contains(&(thing.clone(), **at)))
            .map(|(at, _)| *at)
            .min()
            .unwrap_or(FOREVER);
        let mut made = Vec::new();
        for day in days {
            match country.on(&row, day) {
                Some(next) if next.valid_from < until => made.push(next),
                Some(_) => {}
                None => {
                    let field = if country.price { "price_per_kwh" } else { "vat_percent" };
                    fields.problem(field, say::country_row_ends(country.country, day));
                    break;
                }
            }
        }
        let last = made.len();
        for (n, next) in made.into_iter().enumerate() {
            let window = country.window.from(next.valid_from);
            let window = if n + 1 < last { window.followed() } else { window };
            versions.push(fields.clone(), thing.clone(), &window, next);
        }
    }
}
