//! The amount of a price and its VAT.

use engine::item::priced_to_others;
use engine::registry::Tariff;
use engine::units::format_decimal;

use crate::registry::community::Place;
use crate::registry::document::Fields;
use crate::registry::regime::Bounds;
use crate::registry::say;

/// Items priced per month.
pub(super) const PER_MONTH: &str = "monthly_fee";
/// Digits after the point of a price.
pub(super) const PRICE_SCALE: u32 = 6;
/// Digits after the point of a VAT rate in percent.
pub(super) const VAT_SCALE: u32 = 2;
/// A rate of VAT below one percent is a fraction: 0.2 was meant as 20 %.
const VAT_LEAST: i64 = 100;

/// (item, producer, (kind of member, band))
pub(super) type Item = (String, Option<String>, (Option<String>, String));

/// What an item costs, in millionths of the currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Price {
    pub micro_per_kwh: Option<i64>,
    pub micro_per_month: Option<i64>,
}

/// A price as stated, or as it stood. What is stated must be plausible, unless the file says that it is unusual.
pub(super) fn read_price(
    fields: &Fields<'_>,
    item: &str,
    base: Option<&Tariff>,
    place: &Place,
    bounds: Option<Bounds>,
) -> Option<Price> {
    let per_kwh = fields.decimal("price_per_kwh", PRICE_SCALE);
    let per_month = fields.decimal("price_per_month", PRICE_SCALE);
    let monthly = item == PER_MONTH;
    let (right, wrong) =
        if monthly { ("price_per_month", "price_per_kwh") } else { ("price_per_kwh", "price_per_month") };
    if fields.has(wrong) {
        fields.problem(wrong, say::price_of_other_kind(item, right));
        return None;
    }
    let stands = base.and_then(|b| if monthly { b.price_micro_per_month } else { b.price_micro_per_kwh });
    let stated = if monthly { per_month } else { per_kwh };
    if fields.has(right) && stated.is_none() {
        return None;
    }
    let price = fields.required(right, stated.or(stands), say::price_missing(right))?;
    let currency = place.community.currency.as_str();
    let unusual = fields.flag("unusual").unwrap_or_default();
    let implausible = bounds.filter(|bounds| !unusual && !bounds.hold(price));
    if let (Some(Bounds { low_micro, high_micro }), Some(_)) = (implausible, stated) {
        let shown = |micro: i64| format_decimal(i128::from(micro), PRICE_SCALE);
        let per = if monthly { "price_per_month" } else { "price_per_kwh" };
        fields.problem(right, say::price_implausible(per, currency, shown(low_micro), shown(high_micro)));
        return None;
    }
    if stated.is_some() && price < 0 {
        fields.warning(right, say::price_negative());
    }
    Some(Price { micro_per_kwh: (!monthly).then_some(price), micro_per_month: monthly.then_some(price) })
}

/// Rate in hundredths of a percent, and EN 16931 category.
pub(super) type Vat = (u32, String);

/// VAT as stated, as it stood, or as it is usual in the country. Category `S` has a rate, the others have none.
pub(super) fn read_vat(fields: &Fields<'_>, item: &str, base: Option<&Tariff>) -> Option<Vat> {
    let stated = match fields.decimal("vat_percent", VAT_SCALE) {
        Some(rate) if (1..VAT_LEAST).contains(&rate) && !fields.flag("unusual").unwrap_or_default() => {
            fields.problem("vat_percent", say::vat_fraction());
            return None;
        }
        Some(rate) if (0..=10_000).contains(&rate) => u32::try_from(rate).ok(),
        Some(_) => {
            fields.problem("vat_percent", say::vat_wrong());
            return None;
        }
        None if fields.has("vat_percent") => return None,
        None => None,
    };
    let category = fields.word("vat_category", &["S", "E", "O", "Z"]);
    if fields.has("vat_category") && category.is_none() {
        return None;
    }
    match (stated, category) {
        (Some(0), Some("S")) => {
            fields.problem("vat_category", say::standard_vat_is_zero());
            None
        }
        (Some(rate), Some(category)) if rate > 0 && category != "S" => {
            fields.problem("vat_percent", say::vat_of_category(category));
            None
        }
        (Some(0), None) => {
            let stands = base.map(|b| b.vat_category.as_str()).filter(|c| *c != "S");
            if stands.is_none() {
                fields.warning("vat_percent", say::vat_exempt_assumed());
            }
            Some((0, stands.unwrap_or("E").to_owned()))
        }
        (Some(rate), _) => Some((rate, "S".to_owned())),
        (None, Some(category @ ("E" | "O" | "Z"))) => Some((0, category.to_owned())),
        (None, _) => match base.filter(|b| category.is_none() || b.vat_category == "S") {
            Some(base) => Some((base.vat_basis_points, base.vat_category.clone())),
            // No invoice of a member carries it, so no VAT has to be stated.
            None if category.is_none() && priced_to_others().contains(&item) => Some((0, "O".to_owned())),
            None => fields.required("vat_percent", None, say::vat_missing()),
        },
    }
}
