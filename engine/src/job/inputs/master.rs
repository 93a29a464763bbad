//! Resolved master data of a community, as tables.

use std::sync::Arc;

use arrow::array::BooleanArray;
use chrono::NaiveDate;
use datafusion::prelude::SessionContext;

use crate::error::Result;
use crate::price::PriceBook;
use crate::registry::Registry;
use crate::session::columns::Columns;
use crate::settlement::results::Settled;

/// Registers `prices`: every time in which an item costs the same, with its number.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_prices(session: &SessionContext, book: &PriceBook<'_>) -> Result<()> {
    let p = book.periods();
    let terms = |n: usize| &p[n].tariff.terms;
    let all = || 0..p.len();
    Columns::new()
        .int("price_id", all().map(|n| n as i64))
        .int("version", p.iter().map(|p| p.version))
        .text("item", p.iter().map(|p| p.tariff.item.as_str()))
        .text("producer_id", p.iter().map(|p| p.tariff.producer.as_deref().unwrap_or_default()))
        .text("member_kind", p.iter().map(|p| p.tariff.terms.member_kind.as_deref().unwrap_or_default()))
        .text("band", p.iter().map(|p| p.tariff.band_name()))
        .decimal("price_per_kwh", 18, 6, p.iter().map(|p| p.price_micro_per_kwh))?
        .decimal("price_per_month", 18, 6, p.iter().map(|p| p.tariff.price_micro_per_month))?
        .with("varies", Arc::new(all().map(|n| Some(terms(n).series.is_some())).collect::<BooleanArray>()))
        .decimal("vat_percent", 5, 2, p.iter().map(|p| Some(i64::from(p.tariff.vat_basis_points))))?
        .text("vat_category", p.iter().map(|p| p.tariff.vat_category.as_str()))
        .time("valid_from", p.iter().map(|p| p.span.start))
        .time("valid_to", p.iter().map(|p| p.span.end))
        .register(session, "prices")
}

/// Registers resolved master data of a community: `prices`, `keys`, `participants`.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_master(
    session: &SessionContext,
    registry: &Registry,
    community: &str,
    book: &PriceBook<'_>,
) -> Result<()> {
    register_prices(session, book)?;

    let empty = vec![];
    let k = registry.allocation_keys.get(community).unwrap_or(&empty);
    // What a storage got from the grid, or from before its books began, is surplus even where others lack energy; and
    // an operator may share by another rule.
    let has_storages = crate::settlement::community::has_storages(registry, community);
    let shares_all = k.iter().map(|(_, k)| {
        let computed = k.rule.operator_unit_micro_kwh().is_none();
        Some(k.rule.shares_all() && computed && !has_storages)
    });
    Columns::new()
        .int("version", k.iter().map(|(v, _)| *v))
        .time("valid_from", k.iter().map(|(_, k)| k.valid_from))
        .time("valid_to", k.iter().map(|(_, k)| k.valid_to))
        .with("shares_all", Arc::new(shares_all.collect::<BooleanArray>()))
        .decimal("rounding_unit_kwh", 18, 6, k.iter().map(|(_, k)| Some(k.rule.rounding_unit_micro_kwh())))?
        .decimal("operator_unit_kwh", 18, 6, k.iter().map(|(_, k)| k.rule.operator_unit_micro_kwh()))?
        .register(session, "keys")?;

    let empty = vec![];
    let p = registry.participations.get(community).unwrap_or(&empty);
    Columns::new()
        .text("metering_point_id", p.iter().map(|p| p.metering_point_id.as_str()))
        .text("member_id", p.iter().map(|p| p.member_id.as_str()))
        .time("valid_from", p.iter().map(|p| p.valid_from))
        .time("valid_to", p.iter().map(|p| p.valid_to))
        .register(session, "participants")
}

/// Registers `days`: the local days of the window, how many intervals each has, and whether its deadline has passed.
///
/// # Errors
/// Internal, when a column cannot be built.
pub fn register_days(
    session: &SessionContext,
    settled: &Settled,
    closed: &dyn Fn(NaiveDate) -> bool,
    grid_seconds: u32,
) -> Result<()> {
    let d = &settled.days;
    let grid = i64::from(grid_seconds) * crate::calendar::SECOND;
    let flags: BooleanArray = d.iter().map(|d| Some(closed(d.day))).collect();
    Columns::new()
        .day("local_day", d.iter().map(|d| d.day))
        .int("interval_count", d.iter().map(|d| (d.span.end - d.span.start) / grid))
        .with("closed", Arc::new(flags))
        .register(session, "days")
}
