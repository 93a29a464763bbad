//! A community as one file: all tables of it, read against each other.

use std::collections::BTreeMap;

use engine::calendar::local_day;
use engine::registry::{Registry, Row};

use super::current::Current;
use super::document::{Fields, Report};
use super::say;
use super::value::{Flaw, Place, Value, form, json, toml};
use super::{capital_share, community, fund, grid_factor, interest, key, point, tariff};
use crate::problem::Problem;

/// A file that can be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedFile {
    pub community_id: String,
    /// What the file states, whether it is new or not.
    pub rows: Vec<Row>,
    /// What the community is called, where the file says it.
    pub name: Option<String>,
    /// What its members are called, by their id.
    pub member_names: BTreeMap<String, String>,
    /// What is legal and odd.
    pub warnings: Vec<Problem>,
}

/// A document in one of the formats that it may come in.
#[derive(Debug, Clone, Copy)]
pub enum Document<'t> {
    Toml(&'t str),
    Json(&'t str),
    /// Names and values of a page's form.
    #[cfg_attr(not(test), expect(dead_code, reason = "pages with forms come next"))]
    Form(&'t [(String, String)]),
}

impl<'t> Document<'t> {
    /// A file: JSON where its name ends so, else TOML.
    pub fn of_file(name: &str, text: &'t str) -> Self {
        if name.ends_with(".json") { Self::Json(text) } else { Self::Toml(text) }
    }

    fn value(self) -> Result<Value, Vec<Flaw>> {
        match self {
            Self::Toml(text) => toml::read(text),
            Self::Json(text) => json::read(text),
            Self::Form(pairs) => form::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
        }
    }
}

/// Reads the document of a community against the current registry. `name` is what problems call it.
///
/// # Errors
/// Everything that is wrong with it, in the order of its places.
pub fn parse_community(document: Document<'_>, name: &str, current: &Current) -> Result<ParsedFile, Vec<Problem>> {
    let report = Report::new(name);
    let value = document.value().map_err(|flaws| report.flaws(flaws));
    let parsed = value.as_ref().ok().and_then(|root| read(&report, root, current));
    let clean = report.is_clean();
    let (mut problems, warnings) = report.finish();
    match parsed {
        Some(parsed) if clean => Ok(ParsedFile { warnings, ..parsed }),
        _ if problems.is_empty() => {
            // Every reader that gives nothing says why; this keeps a slip of ours from passing as a good file.
            problems.push(Problem {
                file: name.to_owned(),
                place: Place::Line { line: 1, column: 1 },
                field: "community".into(),
                value: String::new(),
                message: say::cannot_be_read(),
            });
            Err(problems)
        }
        _ => Err(problems),
    }
}

fn read<'d>(report: &'d Report<'d>, root: &'d Value, current: &Current) -> Option<ParsedFile> {
    let root = Fields::new(report, "", root.as_table()?, &root.place);
    let community = root.required("community", root.table("community"), say::community_missing());
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
    warn_of_gaps(&root, &after, &place);
    let name = place.name_stated.then_some(place.community.name);
    Some(ParsedFile { community_id, rows, name, member_names: members.names, warnings: Vec::new() })
}

/// The community that a document speaks of. One that cannot be read is left to those who say why.
pub fn community_of(document: Document<'_>) -> Option<String> {
    let root = document.value().ok()?;
    let id = root.as_table()?.get("community")?.as_table()?.get("id")?.as_text()?;
    Some(id.to_owned())
}

/// Months that a key may begin after the first point takes part before it is said aloud.
const KEY_LATE: chrono::Months = chrono::Months::new(2);

/// Says what a community that shares energy still lacks.
fn warn_of_gaps(root: &Fields<'_>, after: &Registry, place: &community::Place) {
    let community = place.community.community_id.as_str();
    if !after.members.keys().any(|(id, _)| id == community) {
        root.warning("member", say::members_missing());
    }
    let Some(participations) = after.participations.get(community) else { return };
    match after.allocation_keys.get(community) {
        None => root.warning("allocation_key", say::key_missing()),
        Some(keys) => {
            let day = |at: Option<i64>| at.map(|at| local_day(place.zone, at));
            let first = day(participations.iter().map(|p| p.valid_from).min());
            let key = day(keys.iter().map(|(_, key)| key.valid_from).min());
            if let (Some(first), Some(key)) = (first, key)
                && first.checked_add_months(KEY_LATE).is_some_and(|late| late <= key)
            {
                root.warning("allocation_key", say::key_late(key, first));
            }
        }
    }
    let priced = after.tariffs.get(community).is_some_and(|t| t.iter().any(|(_, t)| t.item == "internal_energy"));
    if !priced {
        root.warning("tariff", say::internal_energy_missing());
    }
}
