//! Emission factors in force: the times in which the factors of a community stay the same.

use crate::calendar::Span;
use crate::clock::Micros;
use crate::registry::{Dated, FactorTerms, GridFactor, Registry};
use crate::units::div_half_up;

/// A time in which the emission factors of a community stay the same.
#[derive(Debug, Clone, Copy)]
pub struct FactorPeriod<'r> {
    span: Span,
    pub factor: &'r GridFactor,
    /// Thousandths of a gram per kWh, of the row or of its series.
    pub grid_mg_per_kwh: i64,
    /// Whether a final value of the series is still to come.
    pub provisional: bool,
}

impl<'r> FactorPeriod<'r> {
    /// What the row of the factors says beyond them.
    pub(crate) fn terms(&self) -> &'r FactorTerms {
        &self.factor.more
    }

    /// The place of the period that an instant lies in.
    pub(crate) fn at(all: &[Self], instant: Micros) -> Option<usize> {
        let number = all.partition_point(|f| f.span.start <= instant).checked_sub(1)?;
        all[number].span.contains(instant).then_some(number)
    }
}

/// The emission factors of a community in a span, in order. A series that has no value for an interval leaves it
/// without factors.
pub fn factor_periods<'r>(registry: &'r Registry, community: &str, grid: Micros, span: Span) -> Vec<FactorPeriod<'r>> {
    let mut out = Vec::new();
    for (_, factor) in registry.grid_factors.get(community).map(Vec::as_slice).unwrap_or_default() {
        let part = factor.validity().intersect(span);
        if part.is_empty() {
            continue;
        }
        let Some(series) = &factor.more.series else {
            let grid_mg_per_kwh = factor.grid_mg_per_kwh;
            out.push(FactorPeriod { span: part, factor, grid_mg_per_kwh, provisional: false });
            continue;
        };
        let mut start = part.start.div_euclid(grid) * grid;
        while start < part.end {
            if let Some((micro, block)) = registry.series_at(community, series, start, grid) {
                out.push(FactorPeriod {
                    span: Span { start, end: start + grid },
                    factor,
                    grid_mg_per_kwh: thousandths(micro),
                    provisional: block.provisional,
                });
            }
            start += grid;
        }
    }
    out
}

/// Factors have three decimals; series, which have six, are rounded half up.
pub(crate) fn thousandths(micro: i64) -> i64 {
    // Smaller than what it rounds, so in range.
    div_half_up(i128::from(micro), 1000) as i64
}
