//! Tries a proposal over past days: who would win and who would lose. Nothing is stored.

use chrono::NaiveDate;
use engine::calendar::{Span, day_start, zone};
use engine::registry::Row;
use serde::Serialize;

use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::{Failure, refused};
use crate::read::Reader;
use crate::read::replay::{Comparison, Days, compare};
use crate::registry::{Current, Document, parse_community};

/// A proposal and the days that it is tried on.
#[derive(Debug, Clone)]
pub struct Input {
    pub community: String,
    /// Holds [community] and the proposed [[allocation_key]].
    pub key: Option<File>,
    /// Holds [community] and the proposed [[tariff]].
    pub tariff: Option<File>,
    /// First local day.
    pub from: NaiveDate,
    /// The local day after the last.
    pub to: NaiveDate,
}

/// A community file.
#[derive(Debug, Clone)]
pub struct File {
    pub name: String,
    pub text: String,
}

/// What the proposal would have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    pub community_id: String,
    pub from: NaiveDate,
    /// The local day after the last.
    pub to: NaiveDate,
    pub currency: String,
    #[serde(flatten)]
    pub comparison: Comparison,
}

/// Compares.
///
/// # Errors
/// User, when there is no such community, or the proposal cannot be read or shares nothing.
pub async fn act(actor: &Actor, place: &Installation, input: Input) -> Result<Done, Failure> {
    let Input { community, from, to, .. } = &input;
    if from >= to {
        return Err(refused::days_wrong_way(from, to).into());
    }
    let reader = Reader::of(actor, place).await?;
    reader.published()?;
    let registered = reader.registered(community)?;
    let zone = zone(&registered.timezone)?;
    let span = Span { start: day_start(zone, *from), end: day_start(zone, *to) };
    let days = Days { from: *from, to: *to, span };
    let current = Current::new(place.store.current_rows().await?);
    let mut proposal = Vec::new();
    if let Some(file) = &input.key {
        let wanted = |row: &Row| matches!(row, Row::AllocationKeys(_));
        proposal.extend(proposed(file, community, &current, "[[allocation_key]]", wanted)?);
    }
    if let Some(file) = &input.tariff {
        let wanted = |row: &Row| matches!(row, Row::Tariffs(_));
        proposal.extend(proposed(file, community, &current, "[[tariff]]", wanted)?);
    }
    let comparison = compare(&reader, community, days, &proposal).await?;
    if comparison.members.is_empty() {
        return Err(refused::readings_none(community, from, to).into());
    }
    let currency = registered.currency.clone();
    Ok(Done { community_id: input.community, from: input.from, to: input.to, currency, comparison })
}

/// The rows of one sort in a file.
fn proposed(
    file: &File,
    community: &str,
    current: &Current,
    table: &str,
    wanted: impl Fn(&Row) -> bool,
) -> Result<Vec<Row>, Failure> {
    let File { name, text } = file;
    let file = parse_community(Document::of_file(name, text), name, current).map_err(Failure::Document)?;
    if file.community_id != community {
        return Err(refused::file_of_other(name, file.community_id, community).into());
    }
    let rows: Vec<Row> = file.rows.into_iter().filter(wanted).collect();
    if rows.is_empty() {
        return Err(refused::proposes_nothing(name, table).into());
    }
    Ok(rows)
}
