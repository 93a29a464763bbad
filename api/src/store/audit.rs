//! Who did what, as a chain: each line's hash covers the line before it, so a line cannot be changed, taken out or
//! put in without breaking every hash after it. What may have to be erased one day stands beside the chain; the chain
//! covers its salted digest only.

use std::collections::BTreeMap;

use engine::clock::Micros;
use engine::error::Result;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::database::Transaction;
use super::statement::sql;
use super::{Store, hex};

/// The hash before the first line.
const GENESIS: &str = "";
/// Lines and rows that are read at a time, so that checking a long history takes little memory.
const PAGE: i64 = 1000;

/// A line to be written.
pub(super) struct Entry<'a> {
    pub author: &'a str,
    /// What was done: `apply`.
    pub action: &'static str,
    /// Facts without personal data; the chain covers them as they are.
    pub detail: &'a Value,
    /// Personal facts; the chain covers their salted digest.
    pub body: &'a Value,
}

/// The last line of the chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditHead {
    /// Number of lines.
    pub sequence: i64,
    /// Hash of the last one, hexadecimal; empty before the first.
    pub hash: String,
}

/// What a check of the chain found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    pub head: AuditHead,
    /// Bodies that were erased: their digest stands, their content cannot be checked.
    pub erased: usize,
    /// What does not fit, one sentence each. Empty when the store is as it was written.
    pub problems: Vec<String>,
}

/// Writes a line at the end of the chain, in the caller's transaction.
pub(super) async fn append(tx: &mut Transaction, now: Micros, entry: Entry<'_>) -> Result<()> {
    let head = head(tx).await?;
    let (salt, body) = (hex(&rand::random::<[u8; 16]>()), entry.body.to_string());
    let mut line = Line {
        sequence: head.sequence + 1,
        at: now,
        author: entry.author.to_owned(),
        action: entry.action.to_owned(),
        detail: entry.detail.to_string(),
        body_digest: digest([salt.as_str(), &body]),
        previous_hash: head.hash,
        hash: String::new(),
    };
    line.hash = line.computed_hash();
    sql("INSERT INTO audit (sequence, at_us, author, action, detail, body_digest, previous_hash, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(line.sequence)
    .bind(line.at)
    .bind(&line.author)
    .bind(&line.action)
    .bind(&line.detail)
    .bind(&line.body_digest)
    .bind(&line.previous_hash)
    .bind(&line.hash)
    .execute(&mut *tx)
    .await?;
    sql("INSERT INTO audit_body (sequence, salt, body) VALUES ($1, $2, $3)")
        .bind(line.sequence)
        .bind(&salt)
        .bind(&body)
        .execute(tx)
        .await?;
    Ok(())
}

/// Digest of the bodies of registry rows in their order.
pub(super) fn rows_digest<T: AsRef<str>>(bodies: &[T]) -> String {
    digest(bodies.iter().map(AsRef::as_ref))
}

async fn head(tx: &mut Transaction) -> Result<AuditHead> {
    let row: Option<(i64, String)> =
        sql("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1").optional(tx).await?;
    Ok(row.map_or_else(AuditHead::default, |(sequence, hash)| AuditHead { sequence, hash }))
}

impl Store {
    /// Checks every line, the rows and names that it covers, and that nothing stands beside the chain.
    ///
    /// # Errors
    /// Environment, when the database does not answer. What does not fit is in the report.
    pub async fn audit_verify(&self) -> Result<AuditReport> {
        // One read transaction: the chain and the rows as they were at one moment.
        let mut tx = self.database.snapshot().await?;
        let mut check = Check { report: AuditReport::default(), rows_to: 0 };
        check.report.head.hash = GENESIS.to_owned();
        loop {
            let lines = lines_after(&mut tx, check.report.head.sequence).await?;
            if lines.is_empty() {
                break;
            }
            for line in &lines {
                check.line(&mut tx, line).await?;
            }
        }
        check.nothing_beside(&mut tx).await?;
        Ok(check.report)
    }
}

impl Store {
    /// Names that are not the last ones that the chain tells of; what was erased there is not compared.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub(super) async fn names_verify(&self) -> Result<Vec<String>> {
        let mut tx = self.database.snapshot().await?;
        let mut told = BTreeMap::<(String, String), String>::new();
        let (mut after, mut is_whole) = (0, true);
        loop {
            let page: Vec<(i64, Option<String>)> = sql("SELECT a.sequence, b.body FROM audit AS a
                 LEFT JOIN audit_body AS b ON b.sequence = a.sequence
                 WHERE a.sequence > $1 ORDER BY a.sequence LIMIT $2")
            .bind(after)
            .bind(PAGE)
            .all(&mut tx)
            .await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (_, body) in page {
                is_whole &= body.is_some();
                let body: Value = body.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default();
                let names = serde_json::from_value::<Vec<[String; 3]>>(body["names"].clone()).unwrap_or_default();
                told.extend(names.into_iter().map(|[community, member, name]| ((community, member), name)));
            }
        }
        let names: Vec<(String, String, String)> =
            sql("SELECT community_id, member_id, name FROM display_name").all(&mut tx).await?;
        let mut problems = Vec::new();
        for (community, member, name) in names {
            let thing = if member.is_empty() { community.clone() } else { format!("{community}/{member}") };
            match told.remove(&(community, member)) {
                Some(last) if last == name => {}
                // Who was erased may have been named in a line without its body.
                None if !is_whole => {}
                _ => problems.push(format!("holds another name of {thing} than the chain of changes")),
            }
        }
        Ok(problems)
    }
}

struct Check {
    report: AuditReport,
    /// The last registry row that a line covers.
    rows_to: i64,
}

impl Check {
    async fn line(&mut self, tx: &mut Transaction, line: &Line) -> Result<()> {
        let head = &self.report.head;
        let n = line.sequence;
        let mut problems = Vec::new();
        if n != head.sequence + 1 {
            problems.push(format!("lines {} to {} are missing", head.sequence + 1, n - 1));
        }
        if line.previous_hash != head.hash {
            problems.push(format!("line {n} does not follow the line before it"));
        }
        if line.hash != line.computed_hash() {
            problems.push(format!("line {n} was changed"));
        }
        self.report.problems.append(&mut problems);
        self.body(tx, line).await?;
        if line.action == "apply" {
            self.rows(tx, line).await?;
        }
        self.report.head = AuditHead { sequence: n, hash: line.hash.clone() };
        Ok(())
    }

    async fn body(&mut self, tx: &mut Transaction, line: &Line) -> Result<()> {
        let body: Option<(String, String)> =
            sql("SELECT salt, body FROM audit_body WHERE sequence = $1").bind(line.sequence).optional(tx).await?;
        match body {
            None => self.report.erased += 1,
            Some((salt, body)) if digest([salt.as_str(), &body]) == line.body_digest => {}
            Some(_) => self.report.problems.push(format!("the body of line {} was changed", line.sequence)),
        }
        Ok(())
    }

    /// The registry rows that an `apply` line covers.
    async fn rows(&mut self, tx: &mut Transaction, line: &Line) -> Result<()> {
        let n = line.sequence;
        let Ok(covered) = serde_json::from_str::<Covered>(&line.detail) else {
            self.report.problems.push(format!("line {n} does not say which rows it covers"));
            return Ok(());
        };
        if covered.from_sequence != self.rows_to + 1 {
            let (from, to) = (self.rows_to + 1, covered.from_sequence - 1);
            self.report.problems.push(format!("registry rows {from} to {to} are not covered by the lines up to {n}"));
        }
        let mut hasher = DigestParts::new();
        let mut at = covered.from_sequence - 1;
        while at < covered.to_sequence {
            let page = bodies(tx, at, covered.to_sequence).await?;
            let Some((last, _)) = page.last() else { break };
            at = *last;
            page.iter().for_each(|(_, body)| hasher.part(body));
        }
        if hasher.finish() != covered.rows_sha256 {
            let (from, to) = (covered.from_sequence, covered.to_sequence);
            self.report.problems.push(format!("registry rows {from} to {to} are not what line {n} covers"));
        }
        self.rows_to = self.rows_to.max(covered.to_sequence);
        Ok(())
    }

    /// Rows without a line, and current rows that are not the last of their thing.
    async fn nothing_beside(&mut self, tx: &mut Transaction) -> Result<()> {
        let (beyond,): (i64,) =
            sql("SELECT count(*) FROM registry_row WHERE sequence > $1").bind(self.rows_to).one(&mut *tx).await?;
        if beyond > 0 {
            self.report.problems.push(format!("{beyond} registry rows stand in no line of the chain"));
        }
        let (stale,): (i64,) = sql("SELECT count(*) FROM
               (SELECT table_name, row_key, max(sequence) AS sequence FROM registry_row GROUP BY table_name, row_key) \
               AS l
             JOIN registry_row AS r ON r.sequence = l.sequence
             LEFT JOIN registry_current AS c ON c.table_name = l.table_name AND c.row_key = l.row_key
             WHERE c.sequence IS NULL OR c.sequence <> r.sequence OR c.body <> r.body")
        .one(&mut *tx)
        .await?;
        if stale > 0 {
            self.report.problems.push(format!("{stale} current registry rows are not the last of their history"));
        }
        Ok(())
    }
}

/// What the detail of an `apply` line says.
#[derive(Deserialize)]
struct Covered {
    from_sequence: i64,
    to_sequence: i64,
    rows_sha256: String,
}

struct Line {
    sequence: i64,
    at: Micros,
    author: String,
    action: String,
    detail: String,
    body_digest: String,
    previous_hash: String,
    hash: String,
}

impl Line {
    fn computed_hash(&self) -> String {
        let (sequence, at) = (self.sequence.to_string(), self.at.to_string());
        digest(
            [&sequence, &at, &self.author, &self.action, &self.detail, &self.body_digest, &self.previous_hash]
                .map(String::as_str),
        )
    }
}

/// A line as the database has it.
type Stored = (i64, Micros, String, String, String, String, String, String);

async fn lines_after(tx: &mut Transaction, sequence: i64) -> Result<Vec<Line>> {
    let stored: Vec<Stored> = sql("SELECT sequence, at_us, author, action, detail, body_digest, previous_hash, hash
         FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2")
    .bind(sequence)
    .bind(PAGE)
    .all(tx)
    .await?;
    let line = |(sequence, at, author, action, detail, body_digest, previous_hash, hash)| Line {
        sequence,
        at,
        author,
        action,
        detail,
        body_digest,
        previous_hash,
        hash,
    };
    Ok(stored.into_iter().map(line).collect())
}

async fn bodies(tx: &mut Transaction, after: i64, to: i64) -> Result<Vec<(i64, String)>> {
    sql("SELECT sequence, body FROM registry_row WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3")
        .bind(after)
        .bind(to)
        .bind(PAGE)
        .all(tx)
        .await
}

/// SHA-256 over parts with their lengths, so that moving a character from one part to the next changes it.
struct DigestParts(Sha256);

impl DigestParts {
    fn new() -> Self {
        Self(Sha256::new())
    }

    fn part(&mut self, part: &str) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut digest = DigestParts::new();
    parts.into_iter().for_each(|part| digest.part(part));
    digest.finish()
}
