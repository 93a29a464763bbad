//! Series by the interval, for those who read them.

use std::collections::{BTreeMap, BTreeSet};

use super::resolved::Registry;
use super::series::{Column, PUBLIC, SeriesBlock, SeriesColumns};
use crate::calendar::Span;
use crate::clock::Micros;
use crate::sharing::Coefficients;

impl Registry {
    /// The columns of a series: the community's own, else the one that is everybody's.
    pub(crate) fn columns(&self, community: &str, series: &str) -> Option<&SeriesColumns> {
        let of = |owner: &str| self.series.get(owner).and_then(|all| all.get(series));
        of(community).or_else(|| of(PUBLIC))
    }

    /// The series that rows of a community read: others are nothing to it.
    pub(crate) fn series_named_by(&self, community: &str) -> BTreeSet<&str> {
        let keys = self.allocation_keys.get(community).into_iter().flatten().flat_map(|(_, k)| k.rule.series());
        let prices = self.tariffs.get(community).into_iter().flatten().filter_map(|(_, t)| t.terms.series.as_deref());
        let factors = self.grid_factors.get(community).into_iter().flatten();
        keys.chain(prices).chain(factors.filter_map(|(_, f)| f.more.series.as_deref())).collect()
    }

    /// The blocks of a series of one column.
    fn blocks(&self, community: &str, series: &str) -> &[(i64, SeriesBlock)] {
        let column = (String::new(), None);
        self.columns(community, series).and_then(|c| c.get(&column)).map(Vec::as_slice).unwrap_or_default()
    }

    /// The columns of a series with the blocks that touch a span, those that count more first.
    pub fn series_in(&self, community: &str, series: &str, span: Span) -> Vec<(&Column, Vec<&SeriesBlock>)> {
        self.columns(community, series)
            .into_iter()
            .flatten()
            .map(|(column, blocks)| {
                (column, blocks.iter().map(|(_, b)| b).filter(|b| b.span().overlaps(span)).collect::<Vec<_>>())
            })
            .filter(|(_, blocks)| !blocks.is_empty())
            .collect()
    }

    /// The value of a series of one column in the interval of a grid that begins at an instant.
    pub fn series_at(
        &self,
        community: &str,
        series: &str,
        instant: Micros,
        grid: Micros,
    ) -> Option<(i64, &SeriesBlock)> {
        self.blocks(community, series).iter().find_map(|(_, b)| Some((b.at(instant, grid)?, b)))
    }

    /// The values of a series of one column at the starts of intervals `range` of a grid that begins at `start`.
    pub fn series_values(
        &self,
        community: &str,
        series: &str,
        start: Micros,
        grid: Micros,
        range: std::ops::Range<usize>,
    ) -> Vec<Option<i64>> {
        let blocks = self.blocks(community, series);
        range.map(|n| blocks.iter().find_map(|(_, b)| b.at(start + n as i64 * grid, grid))).collect()
    }

    /// The coefficients of a key for a span on a grid.
    pub fn coefficients(&self, community: &str, series: &str, span: Span, grid: Micros) -> Coefficients {
        let columns = self.series_in(community, series, span);
        let mut out = Coefficients {
            columns: columns.iter().map(|(column, _)| (*column).clone()).collect(),
            rows: BTreeMap::new(),
        };
        let mut start = span.start.div_euclid(grid) * grid;
        while start < span.end {
            let at = |(_, blocks): &(&Column, Vec<&SeriesBlock>)| blocks.iter().find_map(|b| b.at(start, grid));
            let row: Vec<Option<i64>> = columns.iter().map(at).collect();
            if row.iter().any(Option::is_some) {
                out.rows.insert(start, row.into_iter().map(|v| v.unwrap_or(0)).collect());
            }
            start += grid;
        }
        out
    }
}
