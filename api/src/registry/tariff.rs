//! `[[tariff]]`: what an item costs.

mod by_country;
mod price;

use engine::calendar::local_day;
use engine::item::{priced_by_flow, priced_by_producer, priced_per_kwh};
use engine::registry::{Band, Community, Row, Tariff, Terms};
use price::{Item, PER_MONTH, Price, Vat, read_price, read_vat};

use super::community::{MEMBER_KINDS, Members, Place};
use super::current::Current;
use super::document::{Fields, quoted};
use super::plausible::price_bounds;
use super::regime::Bounds;
use super::say;
use super::versions::{Entry, Versions, Window};

/// What is free or paid for in any case, and how it counts.
const QUANTITIES: [&str; 4] = ["free_kwh", "minimum_kwh", "minimum_amount", "prorated"];

type Entries<'d> = Vec<Entry<'d, Item, Tariff>>;

/// Reads `[[tariff]]`.
pub(super) fn read<'d>(tables: Vec<Fields<'d>>, place: &Place, members: &Members, current: &Current) -> Entries<'d> {
    let community = &place.community.community_id;
    let stored = current.rows().filter_map(|row| match row {
        Row::Tariffs(t) if t.community_id == *community => {
            Some(((t.item.clone(), t.producer.clone(), t.variant()), t.clone()))
        }
        _ => None,
    });
    let mut versions = Versions::new(stored);
    let mut following = Vec::new();
    for fields in tables {
        let items: Vec<&'static str> = priced_per_kwh().into_iter().chain([PER_MONTH]).collect();
        let item = fields.required("item", fields.word("item", &items), say::item_missing());
        // Whether what looks wrong is right: asked for where it matters, and known everywhere.
        fields.has("unusual");
        let producer = fields.id("producer");
        let producer_is_wrong = fields.has("producer") && producer.is_none();
        let band = read_band(&fields);
        let band_name = band.as_ref().map_or(String::new(), |b| b.name.clone());
        let kind = fields.word("member_kind", &MEMBER_KINDS).map(str::to_owned);
        let kind_is_wrong = fields.has("member_kind") && kind.is_none();
        let thing = item.map(|item| (item.to_owned(), producer.clone(), (kind.clone(), band_name)));
        let window = thing.as_ref().and_then(|thing| versions.window(&fields, thing, place.zone));
        let base = window.as_ref().and_then(|w| w.base.as_ref());
        let terms = read_terms(&fields, item, band, base);
        let country = item.zip(window.as_ref()).map(|(item, window)| {
            let segment = segment(kind.as_deref(), terms.as_ref());
            by_country::Followed::new(&fields, (item, segment), window, place, current)
        });
        let price = item.and_then(|item| match country.as_ref().is_some_and(|c| c.price) {
            true => country.as_ref().and_then(|c| c.price_of(&fields)),
            false => read_price(&fields, item, base, place, bounds(item, window.as_ref(), place, current)),
        });
        let vat = item.and_then(|item| match country.as_ref().is_some_and(|c| c.vat) {
            true => country.as_ref().and_then(|c| c.vat_of(&fields)),
            false => read_vat(&fields, item, base),
        });
        fields.no_more();
        if let (Some(item), Some(producer)) = (item, &producer) {
            check_producer(&fields, item, producer, members, community);
        }
        // Members of one kind may have a price of their own for what they are billed.
        let of_kinds: Vec<&'static str> = priced_by_flow().into_iter().chain([PER_MONTH]).collect();
        if item.is_some_and(|item| !of_kinds.contains(&item)) && fields.has("member_kind") {
            fields.problem("member_kind", say::member_kind_stray(quoted(&of_kinds)));
        }
        let (Some(thing), Some(window), Some(price), Some(vat), Some(terms)) = (thing, window, price, vat, terms)
        else {
            continue;
        };
        if producer_is_wrong || kind_is_wrong || (fields.has("band") && terms.band.is_none()) {
            continue;
        }
        let row = tariff(community, &thing, &window, price, (vat, Terms { member_kind: kind, ..terms }));
        let country = country.filter(|c| c.changes());
        let window = if country.is_some() { window.followed() } else { window };
        if let Some(country) = country {
            following.push((country, fields.clone(), thing.clone(), row.clone()));
        }
        versions.push(fields, thing, &window, row);
    }
    by_country::follow(following, &mut versions);
    versions.finish()
}

/// Between which amounts a price is plausible when it begins to count. A price on top of a series is no whole price.
fn bounds(item: &str, window: Option<&Window<Tariff>>, place: &Place, current: &Current) -> Option<Bounds> {
    let begins = local_day(place.zone, window?.from);
    let Community { country, currency, .. } = &place.community;
    price_bounds(&current.regimes, (country, currency), item == PER_MONTH, begins)
}

/// The kind of member that a price is for, and of energy: what the rates of a country are told apart by.
fn segment(member_kind: Option<&str>, terms: Option<&Terms>) -> by_country::Segment {
    by_country::Segment {
        member_kind: member_kind.map(str::to_owned),
        energy_kind: terms.and_then(|terms| terms.energy_kind.clone()),
    }
}

fn tariff(
    community: &str,
    thing: &Item,
    window: &Window<Tariff>,
    price: Price,
    ((rate, category), terms): (Vat, Terms),
) -> Tariff {
    Tariff {
        community_id: community.to_owned(),
        item: thing.0.clone(),
        producer: thing.1.clone(),
        price_micro_per_kwh: price.micro_per_kwh,
        price_micro_per_month: price.micro_per_month,
        vat_basis_points: rate,
        vat_category: category,
        terms,
        valid_from: window.from,
        valid_to: window.to,
    }
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `band = { name = "peak", weekdays = ["mon", "tue"], from = "07:00", to = "22:00", months = [11, 12, 1, 2] }`
fn read_band(fields: &Fields<'_>) -> Option<Band> {
    let band = fields.table("band")?;
    let name = band.required("name", band.id("name"), say::band_name_missing());
    let weekdays = match band.texts("weekdays") {
        None => (!band.has("weekdays")).then_some(0x7f),
        Some(days) => {
            let bits = days.iter().map(|d| WEEKDAYS.iter().position(|w| w == d).map(|n| 1u8 << n));
            let bits = bits.collect::<Option<Vec<u8>>>().map(|all| all.into_iter().fold(0, |sum, bit| sum | bit));
            if bits.is_none_or(|b| b == 0) {
                band.problem("weekdays", say::weekdays_wrong(quoted(&WEEKDAYS)));
            }
            bits.filter(|b| *b != 0)
        }
    };
    let months = match band.numbers("months", 1, 12) {
        None => (!band.has("months")).then_some(0xfff),
        Some(months) => Some(months.into_iter().fold(0u16, |bits, m| bits | 1 << (m - 1))).filter(|b| *b != 0),
    };
    let minute = |key: &'static str| match band.text(key) {
        None => (!band.has(key)).then_some(0),
        Some(text) => {
            let minute = text.split_once(':').and_then(|(h, m)| {
                let (h, m): (u16, u16) = (h.parse().ok()?, m.parse().ok()?);
                (h < 24 && m < 60 && m % 5 == 0 || h == 24 && m == 0).then_some(h % 24 * 60 + m)
            });
            if minute.is_none() {
                band.problem(key, say::time_of_day_wrong());
            }
            minute
        }
    };
    let (from_minute, to_minute) = (minute("from"), minute("to"));
    band.no_more();
    Some(Band { name: name?, weekdays: weekdays?, months: months?, from_minute: from_minute?, to_minute: to_minute? })
}

/// Band, series and quantities of a price.
fn read_terms(
    fields: &Fields<'_>,
    item: Option<&'static str>,
    band: Option<Band>,
    base: Option<&Tariff>,
) -> Option<Terms> {
    let stands = base.map(|b| b.terms.clone()).unwrap_or_default();
    let series = fields.id("price_series").or(stands.series);
    let energy_kind = match fields.word("energy_kind", &["electricity", "heat", "renewable_heat"]) {
        Some(word) => Some(word.to_owned()).filter(|word| word != "electricity"),
        None => stands.energy_kind,
    };
    let quantity = |key: &'static str, stands: Option<i64>| match fields.decimal(key, 6) {
        Some(micro_kwh) if micro_kwh < 0 => {
            fields.problem(key, say::quantity_negative());
            None
        }
        Some(micro_kwh) => Some((micro_kwh > 0).then_some(micro_kwh)),
        None => (!fields.has(key)).then_some(stands),
    };
    let (free, minimum) =
        (quantity("free_kwh", stands.free_micro_kwh), quantity("minimum_kwh", stands.minimum_micro_kwh));
    let amount = quantity("minimum_amount", stands.minimum_amount_micro);
    let monthly = item == Some(PER_MONTH);
    let prorated = if fields.has("prorated") { fields.flag("prorated")? } else { stands.prorated };
    // Quantities are of what members are billed per kWh.
    let billed = item.is_none_or(|item| priced_by_flow().contains(&item));
    let stray = QUANTITIES.into_iter().filter(|_| !billed);
    let stray = stray.chain(["band", "price_series"].into_iter().filter(|_| monthly)).find(|f| fields.has(f));
    if let (Some(field), Some(item)) = (stray, item) {
        fields.problem(field, say::stray_of_item(item));
        return None;
    }
    let (free_micro_kwh, minimum_micro_kwh, minimum_amount_micro) = (free?, minimum?, amount?);
    let stated = [free_micro_kwh, minimum_micro_kwh, minimum_amount_micro];
    let beside = QUANTITIES.into_iter().zip(stated).find(|(_, quantity)| quantity.is_some());
    if let (Some(_), Some((field, _))) = (&series, beside) {
        fields.problem(field, say::quantity_beside_series());
        return None;
    }
    Some(Terms {
        band,
        series,
        free_micro_kwh,
        minimum_micro_kwh,
        minimum_amount_micro,
        prorated,
        energy_kind,
        member_kind: None,
    })
}

fn check_producer(fields: &Fields<'_>, item: &str, producer: &str, members: &Members, community: &str) {
    if !priced_by_producer().contains(&item) {
        fields.problem("producer", say::stray_of_item(item));
    } else if !members.all.contains_key(producer) {
        fields.problem("producer", say::producer_unknown(community));
    }
}
