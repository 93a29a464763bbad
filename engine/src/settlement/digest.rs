//! What a result is a function of, as a number.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::community::Community;
use super::community::Stocks;
use super::operator;
use super::results::Figure;
use crate::calendar::SECOND;
use crate::calendar::Span;
use crate::calendar::year_span;
use crate::hash::hex;
use crate::readings::truth::CurrentValue;
use crate::registry::Dated;

/// The number of the arithmetic. A change that may give other figures from the same inputs is a new number.
pub const ARITHMETIC_VERSION: u32 = 3;

impl Community<'_> {
    /// What the master data say about a span, digested: equal digests give equal results from equal readings.
    pub fn master_digest(&self, span: Span) -> String {
        let mut hash = Sha256::new();
        let mut put = |text: String| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        put(format!(
            "{:?}",
            self.registry.communities.get(self.id).map(|c| (
                &c.timezone,
                c.interval_minutes,
                &c.currency,
                c.deadline()
            ))
        ));
        for (p, part) in self.registry.participations_in(self.id, span) {
            let point = self.registry.metering_points.get(&p.metering_point_id);
            let measures = point.map(|m| (m.import, m.export, m.plant));
            put(format!("{:?}", (&p.metering_point_id, &p.member_id, p.factor_percent, part, measures)));
        }
        fn dated<T: Dated + std::fmt::Debug>(all: Option<&Vec<(i64, T)>>, span: Span, put: &mut impl FnMut(String)) {
            for (version, row) in all.map(Vec::as_slice).unwrap_or_default() {
                // The row of another time ends this one earlier or later; that is nothing to this span.
                let part = row.within(span);
                if !part.validity().is_empty() {
                    put(format!("{version} {part:?}"));
                }
            }
        }
        for (version, key) in self.registry.allocation_keys.get(self.id).map(Vec::as_slice).unwrap_or_default() {
            // Who adopted it, and what it is called, is nothing to the figures.
            let part = key.within(span);
            if !part.validity().is_empty() {
                put(format!("{version} {:?} {} {}", part.rule, part.valid_from, part.valid_to));
            }
        }
        dated(self.registry.tariffs.get(self.id), span, &mut put);
        dated(self.registry.grid_factors.get(self.id), span, &mut put);
        dated(self.registry.capital_shares.get(self.id), span, &mut put);
        dated(self.registry.funds.get(self.id), span, &mut put);
        for (version, rule) in self.registry.interest_rules.get(self.id).into_iter().flat_map(BTreeMap::values) {
            if rule.validity().overlaps(span) {
                let capital = self.registry.capital_days(self.id, self.zone(), year_span(self.zone(), rule.year));
                put(format!("{version} {:?} {capital:?}", rule.within(span)));
            }
        }
        if self.registry.asks_for_kinds(self.id) {
            put(format!("{:?}", self.registry.member_kinds(self.id)));
        }
        for name in self.registry.series_named_by(self.id) {
            let Some(columns) = self.registry.columns(self.id, name) else { continue };
            for (column, blocks) in columns {
                for (_, block) in blocks.iter().filter(|(_, b)| b.span().overlaps(span)) {
                    let part = block.span().intersect(span);
                    let step = i64::from(block.step_seconds) * SECOND;
                    let from = ((part.start - block.start).div_euclid(step)).max(0) as usize;
                    let to = ((part.end - block.start + step - 1).div_euclid(step)) as usize;
                    let values = block.values_micro.get(from..to).unwrap_or_default();
                    put(format!("{:?}", (name, column, part.start, step, values, block.provisional)));
                }
            }
        }
        hex(&hash.finalize()[..16])
    }

    /// What this result is a function of, as 32 hex digits.
    pub(super) fn run_id(
        &self,
        (day, span, closed): (NaiveDate, Span, bool),
        opening: &Stocks,
        values: &[CurrentValue],
        (estimates, figures): (&[CurrentValue], &[Figure]),
    ) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{}\0{ARITHMETIC_VERSION}\0{}\0{day}\0{closed}\0", self.graph_digest, self.id));
        hash.update(self.master_digest(span));
        for (point, held) in opening {
            hash.update(format!("{point}\0{}\0{}\0", held.stock.community_mwh, held.stock.grid_mwh));
        }
        for v in values.iter().chain(estimates) {
            hash.update(self.points[v.point as usize].as_bytes());
            hash.update([0, v.direction as u8, v.quality as u8]);
            for number in [v.interval_start, v.energy_mwh, v.revision] {
                hash.update(number.to_be_bytes());
            }
        }
        operator::digest(figures, &self.points, &mut hash);
        hex(&hash.finalize()[..16])
    }
}
