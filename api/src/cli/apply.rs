//! `ecoop apply FILE.toml`: a community as one file.
//!
//! [`parse_community`] is pure: text and the current registry in, rows or all problems out. [`apply_file`] reads the
//! file, parses it against the store and writes what is new. What a file leaves out stays as it is; an end is a
//! `valid_to`; a later row of the same thing ends the earlier one; a `valid_to` equal to `valid_from` withdraws a row.

mod capital_share;
mod community;
mod document;
mod fund;
mod grid_factor;
mod interest;
mod key;
mod point;
mod regime;
mod series;
mod settled;
mod tariff;
mod versions;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine::calendar::Span;
use engine::error::{Error, ErrorKind};
use engine::registry::{Registry, Row, SequencedRow};
use engine::table::Lake;
use toml::de::DeTable;

use crate::installation::Installation;
use crate::store::{Applied, Names, Store};
use crate::worker::{self, Task};
use document::{Fields, Report};
use regime::Regimes;

pub use document::Problem;

#[derive(clap::Args)]
pub struct Args {
    /// Files of communities (.toml), key files of an operator (ACC..._15_....txt), series of values and rows of regimes
    /// (.csv)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The community that key files and series are for
    #[arg(long, value_name = "ID")]
    community: Option<String>,
    /// The producing point that a key file is for, where every plant has its own
    #[arg(long, value_name = "POINT")]
    producer: Option<String>,
    /// What the series of a .csv is called: prices per kWh, or grams per kWh
    #[arg(long, value_name = "NAME")]
    series: Option<String>,
    /// Where a series comes from, with its licence
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// The series is everybody's: a market, a grid
    #[arg(long, conflicts_with = "community")]
    public: bool,
}

/// Applies every file, and returns when the lake has what is new.
pub async fn run(args: Args, installation: &Installation) -> Result<(), super::Failure> {
    for path in &args.files {
        if series::is_series(path) {
            let (name, applied) = match series::apply(installation, &args, path).await {
                Ok(done) => done,
                Err(Failure::Other(e)) => return Err(e.into()),
                Err(failure) => return Err(super::Failure::Said(failure.to_string())),
            };
            let Applied { changed, unchanged, .. } = applied;
            super::print(&format!("{name}: {changed} changed, {unchanged} as they were\n"))?;
            continue;
        }
        let outcome = match apply_settled(installation, AUTHOR, path).await {
            Ok(outcome) => outcome,
            Err(Failure::Other(e)) => return Err(e.into()),
            Err(failure) => return Err(super::Failure::Said(failure.to_string())),
        };
        outcome.warnings.iter().for_each(|w| eprintln!("warning: {w}"));
        let Applied { changed, unchanged, .. } = outcome.applied;
        super::print(&format!("{}: {changed} changed, {unchanged} as they were\n", outcome.community_id))?;
    }
    let done = worker::perform(installation, &Task::Copy).await?;
    for (point, count) in &done.replayed {
        super::print(&format!("{point}: {count} readings came out of quarantine\n"))?;
    }
    Ok(())
}

/// Who changes the registry from the command line.
const AUTHOR: &str = "command line";
/// How often a file is read against the registry again because somebody else changed it meanwhile.
const ATTEMPTS_MAX: usize = 10;

/// The registry as it stands before a file, and what else a file is read against.
#[derive(Debug, Clone)]
pub struct Current {
    rows: Vec<SequencedRow>,
    registry: Registry,
    regimes: Regimes,
    /// Times whose energy is shared and published, by community: what counted there is not changed without saying so.
    settled: BTreeMap<String, Vec<Span>>,
    /// What stands for an adoption that nobody names: who applied the file, and when.
    applied_by: Option<String>,
}

impl Default for Current {
    fn default() -> Self {
        Self::new(vec![])
    }
}

impl Current {
    /// From the last row of each thing, in order.
    pub fn new(rows: Vec<SequencedRow>) -> Self {
        let registry = Registry::from_rows(rows.iter().cloned());
        let regimes = Regimes::with(registry.regimes.values().cloned());
        Self { registry, rows, regimes, settled: BTreeMap::new(), applied_by: None }
    }

    /// With what published runs have shared of a community.
    #[must_use]
    pub fn with_settled(mut self, community: String, spans: Vec<Span>) -> Self {
        self.settled.insert(community, spans);
        self
    }

    /// With who applies the file, and when.
    #[must_use]
    pub fn applied_by(mut self, text: String) -> Self {
        self.applied_by = Some(text);
        self
    }

    /// The sequence that it stands at.
    pub fn sequence(&self) -> i64 {
        self.registry.sequence
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().map(|r| &r.row)
    }

    /// What it resolves to with more rows after it.
    fn with<'a>(&self, more: impl IntoIterator<Item = &'a Row>) -> Registry {
        let more = (self.sequence() + 1..).zip(more).map(|(sequence, row)| SequencedRow { sequence, row: row.clone() });
        Registry::from_rows(self.rows.iter().cloned().chain(more))
    }
}

/// A file that can be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedFile {
    pub community_id: String,
    /// What the file states, whether it is new or not.
    pub rows: Vec<Row>,
    pub names: Names,
    /// What is legal and odd.
    pub warnings: Vec<Problem>,
}

/// Reads a community file against the current registry.
///
/// # Errors
/// Everything that is wrong with it, by line.
pub fn parse_community(text: &str, file_name: &str, current: &Current) -> Result<ParsedFile, Vec<Problem>> {
    let report = Report::new(file_name, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    errors.iter().for_each(|e| report.syntax(e));
    let parsed = if report.is_clean() { read(&report, table.get_ref(), current) } else { None };
    let clean = report.is_clean();
    let (mut problems, warnings) = report.finish();
    match parsed {
        Some(parsed) if clean => Ok(ParsedFile { warnings, ..parsed }),
        _ if problems.is_empty() => {
            // Every reader that gives nothing says why; this keeps a slip of ours from passing as a good file.
            problems.push(Problem {
                file: file_name.to_owned(),
                line: 1,
                field: "community".into(),
                value: String::new(),
                message: "cannot be read".into(),
            });
            Err(problems)
        }
        _ => Err(problems),
    }
}

fn read<'d>(report: &'d Report<'d>, table: &'d DeTable<'d>, current: &Current) -> Option<ParsedFile> {
    let root = Fields::new(report, "", table, 0..0);
    let community = root.required("community", root.table("community"), "write the [community] with its id");
    let (member_tables, point_tables) = (root.tables("member"), root.tables("metering_point"));
    let (key_tables, tariff_tables) = (root.tables("allocation_key"), root.tables("tariff"));
    let (factor_tables, capital_tables) = (root.tables("grid_factor"), root.tables("capital_share"));
    let (fund_tables, interest_tables) = (root.tables("fund"), root.tables("interest"));
    root.no_more();

    // Without a community nothing below it can be judged.
    let place = community::read(&community?, current)?;
    let community_id = place.community.community_id.clone();
    let members = community::read_members(member_tables, &community_id, current);
    let points = point::read(point_tables, &place, &members, current);
    let keys = key::read(key_tables, &place, current);
    let tariffs = tariff::read(tariff_tables, &place, &members, current);
    let factors = grid_factor::read(factor_tables, &place, &members, current);
    let capital = capital_share::read(capital_tables, &place, &members, current);
    let funds = fund::read(fund_tables, &place, current);
    let interest = interest::read(interest_tables, &place, current);

    let mut dated: Vec<Row> = points.entries.iter().map(|e| Row::Participations(e.row.clone())).collect();
    dated.extend(keys.iter().map(|e| Row::AllocationKeys(e.row.clone())));
    dated.extend(tariffs.iter().map(|e| Row::Tariffs(e.row.clone())));
    dated.extend(factors.iter().map(|e| Row::GridFactors(e.row.clone())));
    dated.extend(capital.iter().map(|e| Row::CapitalShares(e.row.clone())));
    dated.extend(funds.iter().map(|e| Row::Funds(e.row.clone())));
    dated.extend(interest::rows(interest));
    let after = current.with(&dated);
    point::check(&points, &place, &members, current, &after);
    let mut rows = vec![Row::Communities(place.community.clone())];
    rows.extend(members.rows.iter().cloned().map(Row::Members));
    rows.extend(point::rows(&points, &members, current, &after).into_iter().map(Row::MeteringPoints));
    rows.append(&mut dated);

    let after = current.with(&rows);
    key::check(&keys, &after);
    key::check_known(&keys, &place, current);
    key::check_used(&root, &keys, &place, current, &after);
    warn_of_gaps(&root, &after, &community_id);
    let mut names = Names::default();
    if place.name_stated {
        names.communities.insert(community_id.clone(), place.community.name);
    }
    names.members.extend(members.names.into_iter().map(|(member, name)| ((community_id.clone(), member), name)));
    Some(ParsedFile { community_id, rows, names, warnings: Vec::new() })
}

/// Says what a community that shares energy still lacks.
fn warn_of_gaps(root: &Fields<'_>, after: &Registry, community: &str) {
    if !after.participations.contains_key(community) {
        return;
    }
    if !after.allocation_keys.contains_key(community) {
        root.warning("allocation_key", "is missing: without a key nothing is shared");
    }
    let priced = after.tariffs.get(community).is_some_and(|t| t.iter().any(|(_, t)| t.item == "internal_energy"));
    if !priced {
        root.warning("tariff", "has no internal_energy: shared energy costs nothing until it has a price");
    }
}

/// What applying a file did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub community_id: String,
    pub applied: Applied,
    pub warnings: Vec<Problem>,
}

/// Why a file was not applied.
#[derive(Debug)]
pub enum Failure {
    /// What is wrong with the file.
    File(Vec<Problem>),
    /// What failed around it.
    Other(Error),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(problems) => {
                let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            Self::Other(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

/// Reads a community file and writes what is new in it to the store, in one transaction. Twice the same file changes
/// nothing the second time.
///
/// # Errors
/// [`Failure::File`] with all problems, when the file is wrong; else what failed.
pub async fn apply_file(store: &Store, author: &str, path: &Path) -> Result<Outcome, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::Other(Error::user(format!("cannot read {}: {e}", path.display()))))?;
    apply_text(store, author, &text, &path.display().to_string()).await
}

/// The same for the text of a file.
///
/// # Errors
/// As [`apply_file`].
pub async fn apply_text(store: &Store, author: &str, text: &str, file_name: &str) -> Result<Outcome, Failure> {
    apply_against(store, author, text, file_name, None).await
}

/// The same as [`apply_file`], and nothing changes what published runs of the installation have shared by, unless the
/// file says that it corrects.
///
/// # Errors
/// As [`apply_file`].
pub async fn apply_settled(installation: &Installation, author: &str, path: &Path) -> Result<Outcome, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::Other(Error::user(format!("cannot read {}: {e}", path.display()))))?;
    let name = path.display().to_string();
    apply_against(&installation.store, author, &text, &name, Some(&installation.lake)).await
}

async fn apply_against(
    store: &Store,
    author: &str,
    text: &str,
    file_name: &str,
    lake: Option<&Lake>,
) -> Result<Outcome, Failure> {
    let mut attempt = 1;
    loop {
        let today = engine::calendar::utc(store.now()).date_naive();
        let current = Current::new(store.current_rows().await.map_err(Failure::Other)?)
            .applied_by(format!("applied by {author}, {today}"));
        let current = match lake {
            Some(lake) => settled::of_file(lake, current, text).await.map_err(Failure::Other)?,
            None => current,
        };
        let parsed = parse_community(text, file_name, &current).map_err(Failure::File)?;
        match store.apply_rows(author, &parsed.rows, &parsed.names, current.sequence()).await {
            Ok(applied) => {
                return Ok(Outcome { community_id: parsed.community_id, applied, warnings: parsed.warnings });
            }
            Err(e) if e.kind() == ErrorKind::Conflict && attempt < ATTEMPTS_MAX => attempt += 1,
            Err(e) => return Err(Failure::Other(e)),
        }
    }
}

#[cfg(test)]
mod tests;
