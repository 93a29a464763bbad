//! What the results of a community in a span depend on, as canonical texts.

use serde::Serialize;

use super::dated::Dated;
use super::master::canonical;
use super::point::Plant;
use super::resolved::Registry;
use super::series::Column;
use crate::calendar::{SECOND, Span, year_span};
use crate::clock::Micros;
use crate::error::Result;

/// A point that takes part.
#[derive(Serialize)]
struct Part<'a> {
    metering_point_id: &'a str,
    member_id: &'a str,
    factor_percent: u32,
    start: Micros,
    end: Micros,
    #[serde(flatten)]
    measures: Option<Measures<'a>>,
}

/// What a point measures.
#[derive(Serialize)]
struct Measures<'a> {
    import: bool,
    export: bool,
    #[serde(flatten)]
    plant: &'a Plant,
}

/// The values of a block of a series in a span.
#[derive(Serialize)]
struct Values<'a> {
    series: &'a str,
    column: &'a Column,
    start: Micros,
    step_seconds: u32,
    values_micro: &'a [Option<i64>],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    provisional: bool,
}

impl Registry {
    /// What master data say about a community in a span, by table: equal texts give equal results from equal readings.
    ///
    /// # Errors
    /// Internal, when a row has no canonical form.
    pub(crate) fn that_count(
        &self,
        community: &str,
        zone: chrono_tz::Tz,
        span: Span,
    ) -> Result<Vec<(&'static str, Vec<String>)>> {
        let mut all = self.counted(community, span)?;
        all.push(("participations", self.participations_that_count(community, span)?));
        all.push(("capital", self.capital_that_counts(community, zone, span)?));
        all.push(("members", self.kinds_that_count(community)?));
        all.push(("series", self.series_that_count(community, span)?));
        Ok(all)
    }

    fn participations_that_count(&self, community: &str, span: Span) -> Result<Vec<String>> {
        let parts = self.participations_in(community, span);
        parts
            .map(|(p, part)| {
                let point = self.metering_points.get(&p.metering_point_id);
                canonical(&Part {
                    metering_point_id: &p.metering_point_id,
                    member_id: &p.member_id,
                    factor_percent: p.factor_percent,
                    start: part.start,
                    end: part.end,
                    measures: point.map(|m| Measures { import: m.import, export: m.export, plant: &m.plant }),
                })
            })
            .collect()
    }

    /// Interest is on the capital of its whole year, paid in one month.
    fn capital_that_counts(&self, community: &str, zone: chrono_tz::Tz, span: Span) -> Result<Vec<String>> {
        let rules = self.interest_rules.get(community).into_iter().flat_map(|of_years| of_years.values());
        let here = rules.filter(|(_, rule)| rule.validity().overlaps(span));
        let capital = |year: i32| self.capital_days(community, zone, year_span(zone, year));
        here.map(|(_, rule)| canonical(&(rule.year, capital(rule.year)))).collect()
    }

    fn kinds_that_count(&self, community: &str) -> Result<Vec<String>> {
        if self.asks_for_kinds(community) { Ok(vec![canonical(&self.member_kinds(community))?]) } else { Ok(vec![]) }
    }

    fn series_that_count(&self, community: &str, span: Span) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for series in self.series_named_by(community) {
            for (column, blocks) in self.columns(community, series).into_iter().flatten() {
                for (_, block) in blocks.iter().filter(|(_, b)| b.span().overlaps(span)) {
                    let part = block.span().intersect(span);
                    let step = i64::from(block.step_seconds) * SECOND;
                    let from = ((part.start - block.start).div_euclid(step)).max(0) as usize;
                    let to = ((part.end - block.start + step - 1).div_euclid(step)) as usize;
                    all.push(canonical(&Values {
                        series,
                        column,
                        start: part.start,
                        step_seconds: block.step_seconds,
                        values_micro: block.values_micro.get(from..to).unwrap_or_default(),
                        provisional: block.provisional,
                    })?);
                }
            }
        }
        Ok(all)
    }
}
