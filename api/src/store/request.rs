//! Work that a command hands to the process that holds the lease, and waits for.

use std::time::Duration;

use engine::error::{Error, Result};

use super::database::no_row;
use super::statement::sql;
use super::{Epoch, Store};

/// How often a waiting command looks.
const POLL: Duration = Duration::from_millis(50);

/// One piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub id: i64,
    /// The command: `apply`, `run`.
    pub kind: String,
    /// Its arguments as JSON.
    pub body: String,
}

/// How a request ended: what it gave, or the sentence that says why not.
pub type Outcome = std::result::Result<String, String>;

impl Store {
    /// Leaves a request and gives its id.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn submit(&self, kind: &str, body: &str) -> Result<i64> {
        let id: Option<(i64,)> =
            sql("INSERT INTO request (kind, body, state, created_at_us) VALUES ($1, $2, 'pending', $3) RETURNING id")
                .bind(kind)
                .bind(body)
                .bind(self.now())
                .changed(&self.database)
                .await?;
        id.map(|(id,)| id).ok_or_else(no_row)
    }

    /// Takes the oldest request for the holder of `epoch`: one that waits, or one that an earlier holder took and did
    /// not finish.
    ///
    /// # Errors
    /// Conflict, when the lease is lost; environment, when the database does not answer.
    pub async fn take_next(&self, epoch: Epoch) -> Result<Option<Request>> {
        self.check_epoch(epoch).await?;
        let row: Option<(i64, String, String)> = sql("UPDATE request SET state = 'taken', epoch = $1
             WHERE id = (SELECT min(id) FROM request WHERE state = 'pending' OR (state = 'taken' AND epoch < $1))
               AND EXISTS (SELECT 1 FROM lease WHERE epoch = $1 AND holder <> '')
             RETURNING id, kind, body")
        .bind(epoch.0)
        .changed(&self.database)
        .await?;
        Ok(row.map(|(id, kind, body)| Request { id, kind, body }))
    }

    /// Records how a request that `epoch` took has ended.
    ///
    /// # Errors
    /// Conflict, when a later holder took it over; environment, when the database does not answer.
    pub async fn finish(&self, id: i64, epoch: Epoch, outcome: &Outcome) -> Result<()> {
        let (state, result) = match outcome {
            Ok(result) => ("done", result),
            Err(reason) => ("failed", reason),
        };
        let finished = sql("UPDATE request SET state = $1, result = $2, finished_at_us = $3
             WHERE id = $4 AND state = 'taken' AND epoch = $5")
        .bind(state)
        .bind(result)
        .bind(self.now())
        .bind(id)
        .bind(epoch.0)
        .change(&self.database)
        .await?;
        if finished == 1 {
            return Ok(());
        }
        Err(Error::conflict(format!("request {id} is not in the hands of epoch {}", epoch.0)))
    }

    /// Waits until a request has ended; `None` when `timeout` (of real time) passes first.
    ///
    /// # Errors
    /// User, when there is no such request or it was withdrawn; environment, when the database does not answer.
    pub async fn wait(&self, id: i64, timeout: Duration) -> Result<Option<Outcome>> {
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            let row: Option<(String, Option<String>)> =
                sql("SELECT state, result FROM request WHERE id = $1").bind(id).optional(&self.database).await?;
            let Some((state, result)) = row else {
                return Err(Error::user(format!("there is no request {id}")));
            };
            match state.as_str() {
                "done" => return Ok(Some(Ok(result.unwrap_or_default()))),
                "failed" => return Ok(Some(Err(result.unwrap_or_default()))),
                "withdrawn" => return Err(Error::user(format!("request {id} was withdrawn"))),
                _ if tokio::time::Instant::now() >= deadline => return Ok(None),
                _ => tokio::time::sleep(POLL).await,
            }
        }
    }

    /// Takes a request back that nobody has taken yet: its command gave up, or got the lease itself. Says whether it
    /// was still there.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn withdraw(&self, id: i64) -> Result<bool> {
        let withdrawn =
            sql("UPDATE request SET state = 'withdrawn', finished_at_us = $1 WHERE id = $2 AND state = 'pending'")
                .bind(self.now())
                .bind(id)
                .change(&self.database)
                .await?;
        Ok(withdrawn == 1)
    }
}
