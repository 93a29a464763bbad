//! Everything that the page of a community says of a period, as it is published: without the clock, which every reader
//! has for himself.

use dashboards::figure::Period;
use engine::Result;

use super::View;
use super::billing::{self, MonthState};
use super::co2::{self, Co2};
use super::period::{self, Completeness, Day, Load, Totals, Worth};

/// What is published of a period.
#[derive(Debug, Clone)]
pub struct Figures {
    pub totals: Totals,
    pub completeness: Completeness,
    pub worth: Worth,
    pub co2: Vec<Co2>,
    pub series: Series,
    /// How far a month has come; `None` for other periods, and before it was computed.
    pub month: Option<MonthState>,
}

/// The rows of the period's picture.
#[derive(Debug, Clone)]
pub enum Series {
    /// Of a day.
    Intervals(Vec<Load>),
    /// Of a week or month.
    Days(Vec<Day>),
}

impl Figures {
    /// Reads them.
    ///
    /// # Errors
    /// Environment, when files cannot be read.
    pub async fn of(view: &View, period: Period) -> Result<Self> {
        let span = period.span(view.zone);
        Ok(Self {
            totals: period::totals(view, span).await?,
            completeness: period::completeness(view).await?,
            worth: period::worth(view, span, period.first(), period.end()).await?,
            co2: co2::of(view, span).await?,
            series: match period {
                Period::Day(_) => Series::Intervals(period::load(view, span).await?),
                Period::Week(_) | Period::Month(_) => Series::Days(period::days(view, span).await?),
            },
            month: match period {
                Period::Month(month) => billing::state(view, month).await?,
                Period::Day(_) | Period::Week(_) => None,
            },
        })
    }

    /// Bytes, about.
    pub fn bytes(&self) -> usize {
        let rows = match &self.series {
            Series::Intervals(rows) => size_of_val(rows.as_slice()),
            Series::Days(rows) => size_of_val(rows.as_slice()),
        };
        size_of::<Self>() + size_of_val(self.co2.as_slice()) + rows
    }
}
