//! What the amounts of a community's page are made of.

use chrono::NaiveDate;
use dashboards::figure::Period;
use dashboards::page::energy::amounts::{Line, Part};
use engine::{Error, Result};

use super::View;
use super::rows::{Rows, day, instant};

/// The lines of a period: energy by its price, and for a month the lines of its bills.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn of(view: &View, period: Period) -> Result<Vec<Line>> {
    let span = period.span(view.zone);
    view.price(span)?;
    // No month was billed in a year that no page shows.
    let month = match period {
        Period::Month(month) => month,
        Period::Day(_) | Period::Week(_) => NaiveDate::default(),
    };
    let parameters = [
        instant("start", span.start),
        instant("end", span.end),
        day("first_day", period.first()),
        day("end_day", period.end()),
        day("month", month),
    ];
    let rows = Rows::of(&view.session, queries::report::PERIOD_AMOUNTS, &parameters).await?;
    let fits = |value: i128| i64::try_from(value).map_err(|_| Error::internal(format!("{value} does not fit")));
    rows.iter()
        .map(|row| {
            let word = row.text("part")?;
            Ok(Line {
                part: Part::parse(&word).ok_or_else(|| Error::internal(format!("no part is called `{word}`")))?,
                item: row.text("item")?,
                price_micro: row.decimal("price_per_kwh", 6)?.map(fits).transpose()?,
                lacks_price: row.flag("lacks_price")?,
                energy_micro_kwh: fits(row.energy_micro_kwh("energy_kwh")?.unwrap_or(0))?,
                amount_pico: row.decimal("amount", 12)?.unwrap_or(0),
            })
        })
        .collect()
}
