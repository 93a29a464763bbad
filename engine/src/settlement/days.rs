//! Settling days of one community: current values in, allocations and energy flows out.
//!
//! One streaming pass over values sorted by (interval, point, direction). Everything that changes only at instants of
//! the master data (who takes part, by which key, at which tariff) is worked out once per segment between them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::community::Community;
use super::digest::DayInputs;
use super::interval::{At, DayWork, Flows, of_span};
use super::operator;
use super::results::{Cover, Day, Figure, Flow, Settled};
use crate::calendar::{SECOND, day_span};
use crate::clock::Micros;
use crate::error::Result;
use crate::item::priced_by_flow;
use crate::price::PriceBook;
use crate::readings::CurrentValue;
use crate::sharing::Sharer;

impl Community<'_> {
    /// Settles local days. `values` holds the current values of the community's points on its grid, `estimates` those
    /// that take the place of missing ones past their deadline, both sorted by (start, point, direction); `days` says
    /// of each day whether its deadline has passed. Flows are summed over each price segment, or, for a trace, given
    /// per interval.
    ///
    /// # Errors
    /// User, when a key cannot share the energy it is given (a unit that does not divide it).
    pub fn settle_with(
        &self,
        days: &[(NaiveDate, bool)],
        values: &[CurrentValue],
        estimates: &[CurrentValue],
        every_interval: bool,
    ) -> Result<Settled> {
        self.settle_beside(days, values, (estimates, &[]), every_interval)
    }

    /// The same beside the figures of an operator, sorted by (start, point, direction, kind), which are the shares
    /// where the key of the time says so.
    ///
    /// # Errors
    /// As [`Community::settle_with`].
    pub fn settle_beside(
        &self,
        days: &[(NaiveDate, bool)],
        values: &[CurrentValue],
        (estimates, figures): (&[CurrentValue], &[Figure]),
        every_interval: bool,
    ) -> Result<Settled> {
        let mut settled = Settled::default();
        let mut sharer = Sharer::default();
        let mut books = self.books();
        for (day, closed) in days {
            let span = day_span(self.zone(), *day);
            let estimates = if *closed { of_span(estimates, span) } else { &[] };
            let opening = self.stocks_at(&books, span.start);
            let figures = operator::of_span(figures, span);
            let mut work = DayWork {
                community: self,
                span,
                number: settled.days.len() as u32,
                sharer: &mut sharer,
                books: &mut books,
                every_interval,
                closed: *closed,
                estimates,
                figures,
                taking_part: Vec::with_capacity(values.len() / days.len().max(1)),
                flows: Flows { segment_start: span.start, ..Flows::default() },
                cover: BTreeMap::new(),
                out: &mut settled,
            };
            work.settle(of_span(values, span))?;
            let taking_part = work.taking_part;
            let values = taking_part.as_slice();
            let inputs = DayInputs { day: *day, span, closed: *closed, opening: &opening, values, estimates, figures };
            let run_id = self.day_run_id(&inputs)?;
            settled.values.extend(taking_part.into_iter().filter(CurrentValue::counts));
            settled.days.push(Day { day: *day, span, run_id });
        }
        let end = settled.days.last().map(|d| d.span.end);
        settled.closing = end.map_or_else(|| self.opening.clone(), |end| self.stocks_at(&books, end));
        Ok(settled)
    }

    /// Settles days without estimates.
    ///
    /// # Errors
    /// As [`Community::settle_with`].
    pub fn settle(&self, days: &[(NaiveDate, bool)], values: &[CurrentValue]) -> Result<Settled> {
        self.settle_with(days, values, &[], false)
    }
}

impl DayWork<'_, '_> {
    /// Settles the intervals of the day, one after the other: all of it when it is closed, else up to the last value.
    fn settle(&mut self, values: &[CurrentValue]) -> Result<()> {
        let grid = i64::from(self.community.grid_seconds()) * SECOND;
        let horizon = match (self.closed, values.last()) {
            (true, _) => self.span.end,
            (false, Some(last)) => last.interval_start + grid,
            (false, None) => self.span.start,
        };
        let segments = self.community.segments(self.span)?;
        let cuts = self.flow_cuts();
        let mut rest = values;
        let mut start = self.span.start.div_euclid(grid) * grid;
        if start < self.span.start {
            start += grid;
        }
        while start < horizon {
            let count = rest.iter().take_while(|v| v.interval_start == start).count();
            let (here, later) = rest.split_at(count);
            rest = later;
            let segment = segments.iter().find(|s| s.span.contains(start));
            let other_points = segment.is_some_and(|s| !self.flows.are_of(s));
            if self.every_interval || other_points || cuts.contains(&start) {
                self.flush(start);
            }
            if let Some(segment) = segment {
                if other_points {
                    self.flows.reset(segment);
                }
                self.interval(At { start, segment }, here)?;
            }
            start += grid;
        }
        self.flush(start);
        let day = self.number;
        let cover = std::mem::take(&mut self.cover).into_iter();
        self.out.coverage.extend(cover.map(|((point, direction), counts)| Cover { day, point, direction, counts }));
        Ok(())
    }

    /// Ends the segment of flows: what flowed in it are rows, and the next begins.
    fn flush(&mut self, next: Micros) {
        let flows = &mut self.flows;
        let columns = flows.producers.len().max(1);
        for (consumer, row) in flows.consumers.iter().zip(flows.sums.chunks_exact_mut(columns)) {
            for (producer, energy_micro_kwh) in flows.producers.iter().zip(row).filter(|(_, e)| **e != 0) {
                self.out.flows.push(Flow {
                    day: self.number,
                    segment_start: flows.segment_start,
                    consumer: *consumer,
                    producer: *producer,
                    energy_micro_kwh: std::mem::take(energy_micro_kwh),
                });
            }
        }
        flows.segment_start = next;
    }

    /// Starts of the first intervals after any change of a price or of who takes part for whom.
    fn flow_cuts(&self) -> BTreeSet<Micros> {
        let (registry, id) = (self.community.registry, self.community.id);
        let parts = registry.participations_in(id, self.span).flat_map(|(_, part)| [part.start, part.end]);
        let grid = i64::from(self.community.grid_seconds()) * SECOND;
        let prices = PriceBook::new(registry, id, self.community.zone(), grid, self.span).cuts(&priced_by_flow());
        let inside = prices.into_iter().chain(parts).filter(|at| self.span.contains(*at));
        inside.map(|at| (at + grid - 1).div_euclid(grid) * grid).collect()
    }
}
