//! Master data: its one order of changes, which is history and outbox in one, and what is current.

use std::collections::BTreeMap;

use engine::error::{Error, Result};
use engine::registry::{Row, SequencedRow};
use serde_json::json;

use super::Store;
use super::audit::{Entry, append, rows_digest};
use super::database::{Fetch, Transaction};
use super::statement::sql;

/// What people and communities are called. Stays in the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// By community.
    pub communities: BTreeMap<String, String>,
    /// By (community, member).
    pub members: BTreeMap<(String, String), String>,
}

impl Names {
    /// As (community, member, name); the community itself has an empty member.
    fn entries(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let communities = self.communities.iter().map(|(community, name)| (community.as_str(), "", name.as_str()));
        communities.chain(self.members.iter().map(|((c, m), name)| (c.as_str(), m.as_str(), name.as_str())))
    }
}

/// What a change did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Sequence of the first row that was added; above `to_sequence` when there was none.
    pub from_sequence: i64,
    /// The last sequence of the registry after the change.
    pub to_sequence: i64,
    /// Rows and names that were as the store had them.
    pub unchanged: usize,
    /// Rows and names that are new or different.
    pub changed: usize,
}

impl Store {
    /// Adds rows and names for `author` in one transaction with their audit line. A row equal to the current one of
    /// the same thing is skipped, so the same call twice changes nothing the second time.
    ///
    /// `based_on` is the sequence up to which the caller has read before it decided.
    ///
    /// # Errors
    /// Conflict, when the registry has grown since `based_on`; environment, when the database does not answer.
    pub async fn apply_rows(&self, author: &str, rows: &[Row], names: &Names, based_on: i64) -> Result<Applied> {
        let mut tx = self.database.write().await?;
        let stands = last_sequence(&mut tx).await?;
        if stands != based_on {
            return Err(Error::conflict(format!(
                "the registry has changed since it was read (sequence {based_on}, now {stands})"
            )));
        }
        let mut applied = Applied { from_sequence: stands + 1, to_sequence: stands, ..Applied::default() };
        let mut bodies = Vec::new();
        for row in rows {
            match self.add_row(&mut tx, author, applied.to_sequence + 1, row).await? {
                Some(body) => {
                    bodies.push(body);
                    applied.to_sequence += 1;
                    applied.changed += 1;
                }
                None => applied.unchanged += 1,
            }
        }
        let mut renamed = Vec::new();
        for (community, member, name) in names.entries() {
            if set_name(&mut tx, community, member, name).await? {
                renamed.push(json!([community, member, name]));
                applied.changed += 1;
            } else {
                applied.unchanged += 1;
            }
        }
        if applied.changed > 0 {
            let detail = json!({
                "from_sequence": applied.from_sequence,
                "to_sequence": applied.to_sequence,
                "rows_sha256": rows_digest(&bodies),
                "bills": bills(rows),
            });
            let entry = Entry { author, action: "apply", detail: &detail, body: &json!({ "names": renamed }) };
            append(&mut tx, self.now(), entry).await?;
        }
        tx.commit().await?;
        Ok(applied)
    }

    /// Adds one row; gives its body, or nothing when the current row of the same thing is equal.
    async fn add_row(&self, tx: &mut Transaction, author: &str, sequence: i64, row: &Row) -> Result<Option<String>> {
        let thing = Thing::of(row);
        let current: Option<(String,)> =
            sql("SELECT body FROM registry_current WHERE table_name = $1 AND row_key = $2")
                .bind(thing.table)
                .bind(&thing.key)
                .optional(&mut *tx)
                .await?;
        // Compared as rows, not as texts: a field that a later program adds with a default changes nothing.
        if let Some((current,)) = current {
            if parse(sequence, &current)? == *row {
                return Ok(None);
            }
            if let Row::Billings(bill) = row {
                return Err(Error::conflict(format!(
                    "bill {} of {} for {} is there already, and a bill is never changed",
                    bill.number, bill.community_id, bill.month
                )));
            }
        }
        let body = serde_json::to_string(row).map_err(|e| Error::internal(format!("a row as JSON: {e}")))?;
        sql("INSERT INTO registry_row (sequence, table_name, row_key, community_id, body, applied_at_us, author)
             VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(sequence)
        .bind(thing.table)
        .bind(&thing.key)
        .bind(thing.community)
        .bind(&body)
        .bind(self.now())
        .bind(author)
        .execute(&mut *tx)
        .await?;
        sql("INSERT INTO registry_current (table_name, row_key, sequence, body) VALUES ($1, $2, $3, $4)
             ON CONFLICT (table_name, row_key) DO UPDATE SET sequence = excluded.sequence, body = excluded.body")
        .bind(thing.table)
        .bind(&thing.key)
        .bind(sequence)
        .bind(&body)
        .execute(&mut *tx)
        .await?;
        Ok(Some(body))
    }

    /// The rows after `sequence`, in order, at most `limit`: what the outbox still has for the lake.
    ///
    /// # Errors
    /// Environment, when the database does not answer; internal, when a row is not one that this program writes.
    pub async fn rows_after(&self, sequence: i64, limit: u32) -> Result<Vec<SequencedRow>> {
        let rows: Vec<(i64, String)> =
            sql("SELECT sequence, body FROM registry_row WHERE sequence > $1 ORDER BY sequence LIMIT $2")
                .bind(sequence)
                .bind(i64::from(limit))
                .all(&self.database)
                .await?;
        sequenced(rows)
    }

    /// The last row of each thing, in order. The last sequence among them is the registry's.
    ///
    /// # Errors
    /// As [`Store::rows_after`].
    pub async fn current_rows(&self) -> Result<Vec<SequencedRow>> {
        let rows: Vec<(i64, String)> =
            sql("SELECT sequence, body FROM registry_current ORDER BY sequence").all(&self.database).await?;
        sequenced(rows)
    }

    /// The sequence of the last change; 0 in an empty registry.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn last_sequence(&self) -> Result<i64> {
        last_sequence(&self.database).await
    }

    /// Who wrote a row of the registry, when it is there.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn author_of(&self, row: &Row) -> Result<Option<String>> {
        let thing = Thing::of(row);
        let author: Option<(String,)> =
            sql("SELECT author FROM registry_row WHERE table_name = $1 AND row_key = $2 ORDER BY sequence LIMIT 1")
                .bind(thing.table)
                .bind(thing.key)
                .optional(&self.database)
                .await?;
        Ok(author.map(|(author,)| author))
    }

    /// What communities and members are called.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn names(&self) -> Result<Names> {
        let rows: Vec<(String, String, String)> =
            sql("SELECT community_id, member_id, name FROM display_name").all(&self.database).await?;
        let mut names = Names::default();
        for (community, member, name) in rows {
            if member.is_empty() {
                names.communities.insert(community, name);
            } else {
                names.members.insert((community, member), name);
            }
        }
        Ok(names)
    }
}

/// What the audit line says of bills among the rows: community, month, number.
fn bills(rows: &[Row]) -> Vec<serde_json::Value> {
    let bill = |row: &Row| match row {
        Row::Billings(b) => Some(json!([b.community_id, b.month, b.number])),
        _ => None,
    };
    rows.iter().filter_map(bill).collect()
}

/// Sets a name; says whether it was another one.
async fn set_name(tx: &mut Transaction, community: &str, member: &str, name: &str) -> Result<bool> {
    let set = sql("INSERT INTO display_name (community_id, member_id, name) VALUES ($1, $2, $3)
         ON CONFLICT (community_id, member_id) DO UPDATE SET name = excluded.name
         WHERE display_name.name <> excluded.name")
    .bind(community)
    .bind(member)
    .bind(name)
    .execute(tx)
    .await?;
    Ok(set > 0)
}

async fn last_sequence(from: impl Fetch) -> Result<i64> {
    let (last,): (Option<i64>,) = sql("SELECT max(sequence) FROM registry_row").one(from).await?;
    Ok(last.unwrap_or(0))
}

fn sequenced(rows: Vec<(i64, String)>) -> Result<Vec<SequencedRow>> {
    rows.into_iter().map(|(sequence, body)| Ok(SequencedRow { sequence, row: parse(sequence, &body)? })).collect()
}

fn parse(sequence: i64, body: &str) -> Result<Row> {
    serde_json::from_str(body).map_err(|e| Error::internal(format!("registry row {sequence}: {e}")))
}

/// What a row speaks of: of two rows of the same thing the later one counts. Mirrors how the engine resolves rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    pub table: &'static str,
    /// A JSON array of the parts.
    pub key: String,
    pub community: Option<String>,
}

impl Thing {
    /// The thing of a row.
    pub fn of(row: &Row) -> Self {
        Self { table: row.table(), key: row.key().to_string(), community: row.community().map(str::to_owned) }
    }
}
