//! The figures of the Austrian market by their meter codes.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use engine::clock::Micros;
use engine::job::again::meter_figures::meter_figures;
use serde::Serialize;

use super::decimal::{self, Kwh};
use super::{Reader, registry_of};
use crate::problem::Failure;

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeterFigure {
    pub metering_point_id: String,
    pub meter_code: &'static str,
    #[serde(serialize_with = "decimal::instant")]
    pub interval_start: Micros,
    pub energy_kwh: Kwh,
}

/// The figures of local days `from` to `to` (exclusive), as they are published.
///
/// # Errors
/// Not found, when there is no such community for who asks; environment, when files cannot be read.
pub async fn of(
    reader: &Reader<'_>,
    community: &str,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<MeterFigure>, Failure> {
    let published = reader.published()?;
    reader.registered(community)?;
    let registry = registry_of(reader.place(), published).await?;
    let days: BTreeSet<NaiveDate> = from.iter_days().take_while(|d| *d < to).collect();
    let figures = meter_figures(&reader.place().lake, published, &registry, community, &days).await?;
    let figure = |f: engine::job::again::meter_figures::MeterFigure| MeterFigure {
        metering_point_id: f.metering_point_id,
        meter_code: f.meter_code,
        interval_start: f.interval_start,
        energy_kwh: Kwh(f.energy_micro_kwh.into()),
    };
    Ok(figures.into_iter().map(figure).collect())
}
