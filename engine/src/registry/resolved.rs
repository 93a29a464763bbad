//! All master data up to one sequence, and the rows that they come from.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::dated::Dated;
use super::master::Master;
use super::participation::Participation;
use super::tables::masters;
use crate::billing::Billing;
use crate::calendar::Span;
use crate::error::Result;
use crate::registry;

macro_rules! rows {
    ($($field:ident $variant:ident $row:ident),*) => {
        /// One row of master data with the name of its table.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "table", rename_all = "snake_case")]
        pub enum Row {
            $($variant(registry::$row)),*
        }

        impl Row {
            /// The name of its table.
            pub fn table(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => <registry::$row as Master>::NAME),*
                }
            }

            /// What it speaks of, as a JSON array: of two rows of the same thing the later one counts.
            pub fn key(&self) -> Value {
                match self {
                    $(Self::$variant(row) => row.key()),*
                }
            }

            /// Whose it is; nothing for what belongs to no community.
            pub fn community(&self) -> Option<&str> {
                match self {
                    $(Self::$variant(row) => row.community()),*
                }
            }

            /// The values of the columns that analysts read.
            pub fn cells(&self) -> Value {
                match self {
                    $(Self::$variant(row) => row.cells()),*
                }
            }
        }

        /// All master data up to one sequence, resolved: one row per thing and time.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Registry {
            /// The last sequence in it.
            pub sequence: i64,
            /// Sequence of the row of each metering point.
            pub point_sequences: BTreeMap<String, i64>,
            $(pub $field: <registry::$row as Master>::Resolved),*
        }

        impl Registry {
            /// Resolves rows in the order of their sequence.
            pub fn from_rows(rows: impl IntoIterator<Item = SequencedRow>) -> Self {
                let mut rows: Vec<_> = rows.into_iter().collect();
                rows.sort_by_key(|r| r.sequence);
                let last = rows.last().map_or(0, |r| r.sequence);
                let mut point_sequences = BTreeMap::new();
                $(let mut $field: Vec<(i64, registry::$row)> = vec![];)*
                for SequencedRow { sequence, row } in rows {
                    if let Row::MeteringPoints(point) = &row {
                        point_sequences.insert(point.metering_point_id.clone(), sequence);
                    }
                    match row {
                        $(Row::$variant(row) => $field.push((sequence, row))),*
                    }
                }
                Self { sequence: last, point_sequences, $($field: <registry::$row as Master>::resolve($field)),* }
            }

            /// What the tables, each by itself, say about a community in a span, row by row: see [`Master::counted`].
            ///
            /// # Errors
            /// Internal, when a row has no canonical form.
            pub(crate) fn counted(&self, community: &str, span: Span) -> Result<Vec<(&'static str, Vec<String>)>> {
                Ok(vec![$((
                    <registry::$row as Master>::NAME,
                    <registry::$row as Master>::counted(&self.$field, community, span)?,
                )),*])
            }
        }
    };
}
masters!(rows);

/// A row and its place in the one order of all changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequencedRow {
    /// Position in the registry's order, from 1, without gaps.
    pub sequence: i64,
    pub row: Row,
}

impl Registry {
    /// The bills of a community's month, the first one first.
    pub fn bills_of(&self, community: &str, month: NaiveDate) -> impl Iterator<Item = &Billing> {
        self.bills.get(community).into_iter().flat_map(move |bills| bills.of(month))
    }

    /// The participations of a community in a span, with the part of the span that each covers.
    pub fn participations_in(&self, community: &str, span: Span) -> impl Iterator<Item = (&Participation, Span)> {
        let all = self.participations.get(community).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter_map(move |p| {
            let point = self.metering_points.get(&p.metering_point_id)?;
            let part = span.intersect(p.validity()).intersect(point.span());
            (!part.is_empty()).then_some((p, part))
        })
    }

    /// Whether anybody takes part in a community at any time of a month. Only then the month is the community's: that
    /// of the last who left is whole, because its statements close with it.
    pub fn is_anybody_in(&self, community: &str, month: Span) -> bool {
        self.participations_in(community, month).next().is_some()
    }

    /// The kinds of a community's members, by id.
    pub fn member_kinds(&self, community: &str) -> BTreeMap<&str, &str> {
        let from = (community.to_owned(), String::new());
        let own = self.members.range(from..).take_while(|((c, _), _)| c == community);
        own.map(|((_, id), member)| (id.as_str(), member.kind.as_str())).collect()
    }

    /// Whether the kind of a member matters to what a community's members pay or get.
    pub(crate) fn asks_for_kinds(&self, community: &str) -> bool {
        let tariffs = self.tariffs.get(community).into_iter().flatten();
        let funds = self.funds.get(community).into_iter().flatten();
        tariffs.map(|(_, t)| t).any(|t| t.terms.member_kind.is_some())
            || funds.flat_map(|(_, f)| &f.parts).any(|part| !part.member_kinds.is_empty())
    }
}
