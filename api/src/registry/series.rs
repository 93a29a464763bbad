//! Files that are no communities: key files of an operator, series as CSV, and rows of regimes.

use std::collections::BTreeSet;

use connectors::decoders::acc_key::KeyFile;
use connectors::decoders::series::read_series;
use engine::calendar::{SECOND, Span, UTC_DAY, rfc3339, utc, zone};
use engine::registry::{AllocationKey, Dated, PUBLIC, Row, SeriesBlock};

use super::current::Current;
use super::{regime, say};
use crate::problem::{Failure, Message, refused};

/// Hundredths of a percent in millionths.
const MICRO_PER_HUNDREDTH: i64 = 100;

/// What the text of a file of values does not say itself.
#[derive(Debug, Clone, Default)]
pub struct Stated {
    /// The community that it is for.
    pub community: Option<String>,
    /// The producing point that a key file is for, where every plant has its own.
    pub producer: Option<String>,
    /// What a series is called.
    pub series: Option<String>,
    /// Where it comes from, with its licence.
    pub source: Option<String>,
    /// Whether it is everybody's: a market, a grid.
    pub public: bool,
}

/// Whether a file of this name is a community, or one of those here.
pub fn is_series(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
    matches!(extension, "csv" | "txt")
}

/// What a file holds: what it is called, and its rows.
///
/// # Errors
/// User: what is wrong, and the cure.
pub fn read(name: &str, text: &str, stated: &Stated, current: &Current) -> Result<(String, Vec<Row>), Failure> {
    let is_regimes = text.trim_start_matches('\u{feff}').lines().next().map(str::trim) == Some(regime::HEADER);
    match (KeyFile::is_named(name), is_regimes) {
        (true, _) => key_rows(stated, name, text, current),
        (false, true) => {
            let rows = regime::read(name, text)?;
            Ok(("regimes".to_owned(), rows.into_iter().map(Row::Regimes).collect()))
        }
        (false, false) => series_rows(stated, name, text, current),
    }
}

/// Most days without values that are named.
const GAP_DAYS_MAX: usize = 10;

/// Says on which UTC days values are missing between the first and the last of a file's series.
pub fn gaps(name: &str, rows: &[Row]) -> Option<Message> {
    let mut blocks: Vec<&SeriesBlock> = Vec::new();
    blocks.extend(rows.iter().filter_map(|row| match row {
        Row::Series(block) if block.point.is_empty() => Some(block),
        _ => None,
    }));
    blocks.sort_by_key(|block| block.start);
    let mut days = BTreeSet::new();
    let mut note = |span: Span| {
        let mut at = span.start;
        while at < span.end {
            days.insert(utc(at).date_naive());
            at = (at.div_euclid(UTC_DAY) + 1) * UTC_DAY;
        }
    };
    let mut until: Option<i64> = None;
    for block in blocks {
        if let Some(end) = until.filter(|end| *end < block.start) {
            note(Span { start: end, end: block.start });
        }
        let step = i64::from(block.step_seconds) * SECOND;
        for (start, _) in (0i64..).zip(&block.values_micro).filter(|(_, value)| value.is_none()) {
            let start = block.start + start * step;
            note(Span { start, end: start + step });
        }
        until = until.max(Some(block.span().end));
    }
    let mut named: Vec<String> = days.iter().take(GAP_DAYS_MAX).map(ToString::to_string).collect();
    if days.len() > GAP_DAYS_MAX {
        named.push(format!("… ({})", days.len()));
    }
    (!named.is_empty()).then(|| say::series_gaps(name, named.join(", ")))
}

/// New values of a series that keys read.
#[derive(Debug)]
pub struct ReadByKeys<'r> {
    pub block: &'r SeriesBlock,
    keys: Vec<&'r (i64, AllocationKey)>,
}

impl<'r> ReadByKeys<'r> {
    /// `None` where no key reads what is new among the rows.
    pub fn among(rows: &'r [Row], current: &'r Current) -> Option<Self> {
        let new = |row: &Row| !current.rows().any(|known| known == row);
        let block = rows.iter().filter(|row| new(row)).find_map(|row| match row {
            Row::Series(b) => Some(b),
            _ => None,
        })?;
        let keys = current.registry.allocation_keys.get(&block.community_id).into_iter().flatten();
        let keys: Vec<_> = keys.filter(|(_, k)| k.rule.series().any(|s| s == block.series)).collect();
        (!keys.is_empty()).then_some(Self { block, keys })
    }

    /// The grid of its values in microseconds.
    pub fn grid(&self) -> i64 {
        i64::from(self.block.step_seconds) * SECOND
    }

    /// Says when they change what published runs have shared by.
    pub fn warnings(&self, name: &str, shared: &[Span]) -> Vec<Message> {
        let mut said = Vec::new();
        for (version, key) in &self.keys {
            let time = self.block.span().intersect(key.validity());
            if let Some(shared) = shared.iter().map(|s| s.intersect(time)).find(|s| !s.is_empty()) {
                let from = rfc3339(shared.start);
                said.push(say::shared_by_others(name, version, from, &self.block.series));
            }
        }
        said
    }
}

fn community<'a>(stated: &'a Stated, current: &Current) -> Result<&'a str, Message> {
    let id = stated.community.as_deref();
    let id = id.ok_or_else(refused::series_owner_missing)?;
    match current.registry.communities.contains_key(id) {
        true => Ok(id),
        false => Err(refused::series_owner_unknown(id)),
    }
}

/// Values of shorter intervals than a community shares in cannot be told apart in them.
fn not_finer(name: &str, step_seconds: u32, community: &str, current: &Current) -> Result<(), Message> {
    let minutes = current.registry.communities[community].interval_minutes;
    match step_seconds < minutes * 60 {
        true => Err(refused::series_too_fine(name, step_seconds / 60, community, minutes)),
        false => Ok(()),
    }
}

fn key_rows(stated: &Stated, name: &str, text: &str, current: &Current) -> Result<(String, Vec<Row>), Failure> {
    let community = community(stated, current)?;
    let zone = zone(&current.registry.communities[community].timezone)?;
    let file = KeyFile::read(name, text, zone)?;
    not_finer(name, file.step_minutes * 60, community, current)?;
    let span = file.span(zone);
    let takes_part =
        |point: &str| current.registry.participations_in(community, span).any(|(p, _)| p.metering_point_id == point);
    for point in file.points.iter().chain(&stated.producer) {
        if !takes_part(point) {
            return Err(refused::point_takes_no_part(name, point, community, file.first_day, file.last_day).into());
        }
    }
    let block = |(column, point): (usize, &String)| {
        Row::Series(SeriesBlock {
            community_id: community.to_owned(),
            series: file.operation.clone(),
            point: point.clone(),
            producer: stated.producer.clone(),
            start: span.start,
            step_seconds: file.step_minutes * 60,
            values_micro: file.rows.iter().map(|row| Some(row[column] * MICRO_PER_HUNDREDTH)).collect(),
            source: name.to_owned(),
            provisional: false,
        })
    };
    Ok((format!("series {}", file.operation), file.points.iter().enumerate().map(block).collect()))
}

fn series_rows(stated: &Stated, name: &str, text: &str, current: &Current) -> Result<(String, Vec<Row>), Failure> {
    let series = stated.series.clone().filter(|series| !series.trim().is_empty());
    let series = series.ok_or_else(|| refused::series_name_missing(name))?;
    let owner = if stated.public { PUBLIC } else { community(stated, current)? };
    let source = stated.source.clone().unwrap_or_else(|| name.to_owned());
    let stretches = read_series(name, text)?;
    if !stated.public {
        stretches.iter().try_for_each(|s| not_finer(name, s.step_seconds, owner, current))?;
    }
    let block = |stretch: connectors::decoders::series::Stretch| {
        Row::Series(SeriesBlock {
            community_id: owner.to_owned(),
            series: series.clone(),
            point: String::new(),
            producer: None,
            start: stretch.start,
            step_seconds: stretch.step_seconds,
            values_micro: stretch.values_micro,
            source: source.clone(),
            provisional: stretch.provisional,
        })
    };
    Ok((format!("series {series}"), stretches.into_iter().map(block).collect()))
}
