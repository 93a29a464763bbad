//! The right to write derived tables. One process holds it at a time; its epoch grows with every holder, so a commit
//! of a process that was paused and lost the lease can be told by its epoch.

use std::time::Duration;

use engine::clock::Micros;
use engine::error::{Error, Result};

use super::Store;
use super::statement::sql;

/// The only lease that there is: all derived tables of the lake.
const NAME: &str = "lake";

/// Which holder, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub i64);

/// Who holds the lease until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Name of the process.
    pub holder: String,
    pub epoch: Epoch,
    /// First instant at which another may take it.
    pub expires_at: Micros,
}

impl Store {
    /// Takes the lease for `ttl`, when nobody holds it. `None` when somebody does, also under the same name.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn acquire(&self, holder: &str, ttl: Duration) -> Result<Option<Epoch>> {
        let now = self.now();
        let row: Option<(i64,)> = sql("INSERT INTO lease (name, holder, epoch, expires_at_us) VALUES ($1, $2, 1, $3)
             ON CONFLICT (name) DO UPDATE
             SET holder = excluded.holder, epoch = lease.epoch + 1, expires_at_us = excluded.expires_at_us
             WHERE lease.expires_at_us <= $4
             RETURNING epoch")
        .bind(NAME)
        .bind(holder)
        .bind(expiry(now, ttl))
        .bind(now)
        .changed(&self.database)
        .await?;
        Ok(row.map(|(epoch,)| Epoch(epoch)))
    }

    /// Holds the lease for another `ttl` from now. A lease that ran out but that nobody took can be renewed too.
    ///
    /// # Errors
    /// Conflict, when another took it; environment, when the database does not answer.
    pub async fn renew(&self, epoch: Epoch, ttl: Duration) -> Result<()> {
        let renewed = sql("UPDATE lease SET expires_at_us = $1 WHERE name = $2 AND epoch = $3 AND holder <> ''")
            .bind(expiry(self.now(), ttl))
            .bind(NAME)
            .bind(epoch.0)
            .change(&self.database)
            .await?;
        if renewed == 0 { Err(lost(epoch)) } else { Ok(()) }
    }

    /// Gives the lease back, so that the next one need not wait for its end. Nothing happens when it was lost already.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn release(&self, epoch: Epoch) -> Result<()> {
        sql("UPDATE lease SET holder = '', expires_at_us = $1 WHERE name = $2 AND epoch = $3")
            .bind(self.now())
            .bind(NAME)
            .bind(epoch.0)
            .change(&self.database)
            .await?;
        Ok(())
    }

    /// Frees the lease of a holder that has ended without giving it back.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn free(&self, holder: &str) -> Result<()> {
        sql("UPDATE lease SET holder = '', expires_at_us = $1 WHERE name = $2 AND holder = $3")
            .bind(self.now())
            .bind(NAME)
            .bind(holder)
            .change(&self.database)
            .await?;
        Ok(())
    }

    /// Who holds the lease now; `None` when it is free.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn lease(&self) -> Result<Option<Lease>> {
        let row: Option<(String, i64, i64)> =
            sql("SELECT holder, epoch, expires_at_us FROM lease WHERE name = $1 AND expires_at_us > $2")
                .bind(NAME)
                .bind(self.now())
                .optional(&self.database)
                .await?;
        Ok(row.map(|(holder, epoch, expires_at)| Lease { holder, epoch: Epoch(epoch), expires_at }))
    }

    /// Refuses an epoch that is over.
    ///
    /// # Errors
    /// Conflict, when another took the lease or it was released; environment, when the database does not answer.
    pub async fn check_epoch(&self, epoch: Epoch) -> Result<()> {
        let held: Option<(i64,)> = sql("SELECT epoch FROM lease WHERE name = $1 AND epoch = $2 AND holder <> ''")
            .bind(NAME)
            .bind(epoch.0)
            .optional(&self.database)
            .await?;
        if held.is_some() { Ok(()) } else { Err(lost(epoch)) }
    }
}

fn expiry(now: Micros, ttl: Duration) -> Micros {
    now.saturating_add(i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX))
}

fn lost(epoch: Epoch) -> Error {
    Error::conflict(format!("the lease of epoch {} is over: another process writes the lake now", epoch.0))
}
