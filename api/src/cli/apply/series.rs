//! `ecoop apply` of files that are no communities: key files of an operator, series as CSV, and rows of regimes.

use std::path::Path;

use connectors::decoders::acc_key::KeyFile;
use connectors::decoders::series::read_series;
use engine::calendar::{SECOND, rfc3339, zone};
use engine::error::Error;
use engine::registry::{Dated, PUBLIC, Row, SeriesBlock};

use super::{AUTHOR, Args, Failure, regime};
use crate::installation::Installation;
use crate::store::{Applied, Names};

/// Hundredths of a percent in millionths.
const MICRO_PER_HUNDREDTH: i64 = 100;

/// Whether a file is a community, or one of those here.
pub(super) fn is_series(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    matches!(extension, "csv" | "txt")
}

/// Writes what a file holds to the store.
///
/// # Errors
/// [`Failure::Other`] with what is wrong, and the cure.
pub(super) async fn apply(installation: &Installation, args: &Args, path: &Path) -> Result<(String, Applied), Failure> {
    let store = &installation.store;
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::Other(Error::user(format!("cannot read {}: {e}", path.display()))))?;
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let current = super::Current::new(store.current_rows().await.map_err(Failure::Other)?);
    let is_regimes = text.trim_start_matches('\u{feff}').lines().next().map(str::trim) == Some(regime::HEADER);
    let (series, rows) = match (KeyFile::is_named(name), is_regimes) {
        (true, _) => key_rows(args, name, &text, &current),
        (false, true) => {
            regime::read(name, &text).map(|rows| ("regimes".to_owned(), rows.into_iter().map(Row::Regimes).collect()))
        }
        (false, false) => series_rows(args, name, &text, &current),
    }
    .map_err(Failure::Other)?;
    warn_of_shared(installation, name, &rows, &current).await.map_err(Failure::Other)?;
    let applied = store.apply_rows(AUTHOR, &rows, &Names::default(), current.sequence()).await;
    Ok((series, applied.map_err(Failure::Other)?))
}

/// Says when values change what published runs have shared by: the coefficients of a key that reads them.
async fn warn_of_shared(
    installation: &Installation,
    name: &str,
    rows: &[Row],
    current: &super::Current,
) -> Result<(), Error> {
    let new = |row: &Row| !current.rows().any(|known| known == row);
    let block = rows.iter().filter(|row| new(row)).find_map(|row| match row {
        Row::Series(b) => Some(b),
        _ => None,
    });
    let Some(block) = block else { return Ok(()) };
    let keys = current.registry.allocation_keys.get(&block.community_id).into_iter().flatten();
    let mut reading = keys.filter(|(_, k)| k.rule.series().any(|s| s == block.series)).peekable();
    if reading.peek().is_none() {
        return Ok(());
    }
    let lake = &installation.lake;
    let Some(published) = lake.published().await? else { return Ok(()) };
    let grid = i64::from(block.step_seconds) * SECOND;
    let spans = lake.shared_spans(&published, &block.community_id, grid).await?;
    for (version, key) in reading {
        let time = block.span().intersect(key.validity());
        if let Some(shared) = spans.iter().map(|s| s.intersect(time)).find(|s| !s.is_empty()) {
            eprintln!(
                "warning: {name}: version {version} of the key has shared the energy from {} on by other values of {}; it is \
                 shared anew",
                rfc3339(shared.start),
                block.series
            );
        }
    }
    Ok(())
}

fn community<'a>(args: &'a Args, current: &super::Current) -> Result<&'a str, Error> {
    let id = args.community.as_deref();
    let id = id.ok_or_else(|| Error::user("whose is this file? write --community ID"))?;
    match current.registry.communities.contains_key(id) {
        true => Ok(id),
        false => Err(Error::user(format!("community `{id}` is not registered: apply its file first"))),
    }
}

/// Values of shorter intervals than a community shares in cannot be told apart in them.
fn not_finer(name: &str, step_seconds: u32, community: &str, current: &super::Current) -> Result<(), Error> {
    let minutes = current.registry.communities[community].interval_minutes;
    match step_seconds < minutes * 60 {
        true => Err(Error::user(format!(
            "{name} has values every {} minutes, and `{community}` shares in intervals of {minutes}: send one value for each",
            step_seconds / 60
        ))),
        false => Ok(()),
    }
}

fn key_rows(args: &Args, name: &str, text: &str, current: &super::Current) -> Result<(String, Vec<Row>), Error> {
    let community = community(args, current)?;
    let zone = zone(&current.registry.communities[community].timezone)?;
    let file = KeyFile::read(name, text, zone)?;
    not_finer(name, file.step_minutes * 60, community, current)?;
    let span = file.span(zone);
    let takes_part =
        |point: &str| current.registry.participations_in(community, span).any(|(p, _)| p.metering_point_id == point);
    for point in file.points.iter().chain(&args.producer) {
        if !takes_part(point) {
            return Err(Error::user(format!(
                "{name}: {point} takes no part in `{community}` from {} to {}: write its [[metering_point]] first",
                file.first_day, file.last_day
            )));
        }
    }
    let block = |(column, point): (usize, &String)| {
        Row::Series(SeriesBlock {
            community_id: community.to_owned(),
            series: file.operation.clone(),
            point: point.clone(),
            producer: args.producer.clone(),
            start: span.start,
            step_seconds: file.step_minutes * 60,
            values_micro: file.rows.iter().map(|row| Some(row[column] * MICRO_PER_HUNDREDTH)).collect(),
            source: name.to_owned(),
            provisional: false,
        })
    };
    Ok((format!("series {}", file.operation), file.points.iter().enumerate().map(block).collect()))
}

fn series_rows(args: &Args, name: &str, text: &str, current: &super::Current) -> Result<(String, Vec<Row>), Error> {
    let series = args.series.clone().ok_or_else(|| {
        Error::user(format!(
            "{name}: name the series that it holds, --series spot; a key file is named ACC..._15_01112024_30112024.txt"
        ))
    })?;
    let owner = if args.public { PUBLIC } else { community(args, current)? };
    let source = args.source.clone().unwrap_or_else(|| name.to_owned());
    let stretches = read_series(name, text)?;
    if !args.public {
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
