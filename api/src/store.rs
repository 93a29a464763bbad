//! People's data and the registry, in one SQL database: a file in the folder of the installation, or a server that the
//! setting `[store] url` names.
//!
//! What the registry holds ([`Store::apply_rows`]) goes to the lake in the order of its sequence; what people are
//! called ([`Store::names`]) never leaves the store. A change, its audit line and its outbox row are one transaction,
//! so no crash leaves the store and the lake apart. One transaction writes at a time, whichever database is below.
//! Nobody outside of this module sees a connection, and only the file of a database knows its dialect.

mod audit;
mod database;
mod fence;
mod lease;
mod postgres;
mod registry;
mod request;
mod sqlite;
mod statement;
mod stopped;

use std::path::Path;
use std::sync::Arc;

use engine::clock::{Clock, Micros};
use engine::error::{Damage, Result};

use database::Database;
use statement::sql;

pub use fence::LeaseFence;
pub use lease::Epoch;
pub use registry::{Applied, Names};
pub use request::Outcome;
pub use stopped::StoppedSource;

/// The store. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    database: Database,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store in the file at `path`, creates it where there is none, and brings its tables up to date.
    ///
    /// `clock` stamps rows and decides when a lease is over, so it has to show the same time in every process that
    /// opens the store.
    ///
    /// # Errors
    /// Environment, when the file cannot be opened or is not a store; user, when a newer program wrote it.
    pub async fn in_file(path: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let file = sqlite::File::open(path, sqlite::MIGRATIONS).await?;
        Self::begun(Database::new(file), clock).await
    }

    /// Opens the store on the server that the setting `url` names, and brings its tables up to date. The database has
    /// to be there. For `clock` see [`Store::in_file`].
    ///
    /// # Errors
    /// User, when the URL names no database that we know, or a newer program wrote the store; environment, when the
    /// database does not answer or refuses. They name the setting and the cure, and never the password.
    pub async fn on_server(url: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        let server = postgres::Server::open(url, postgres::MIGRATIONS).await?;
        Self::begun(Database::new(server), clock).await
    }

    /// Gives a new store its id.
    async fn begun(database: Database, clock: Arc<dyn Clock>) -> Result<Self> {
        let store = Self { database, clock };
        let id = sql("INSERT INTO meta (name, value) VALUES ('store_id', $1) ON CONFLICT (name) DO NOTHING");
        id.bind(hex(&rand::random::<[u8; 16]>())).change(&store.database).await?;
        Ok(store)
    }

    /// What is wrong with the file of a store and the log beside it, before anybody opens them.
    ///
    /// # Errors
    /// Environment, when they cannot be read.
    pub fn look(path: &Path) -> Result<Vec<Damage>> {
        sqlite::look(path)
    }

    /// Reads all of it, and says what does not fit.
    ///
    /// # Errors
    /// Environment, when the database does not answer; damaged, when it cannot go on.
    pub async fn examine(&self) -> Result<Vec<Damage>> {
        let mut found = self.database.examine().await?;
        found.extend(self.audit_verify().await?.problems);
        found.extend(self.names_verify().await?);
        Ok(found.into_iter().map(database::damage).collect())
    }

    /// Writes, to see whether it can.
    ///
    /// # Errors
    /// Environment, when it cannot.
    pub async fn touch(&self) -> Result<()> {
        self.remember("touched", &self.now().to_string()).await
    }

    /// Keeps a fact about the store or its lake under a name.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn remember(&self, name: &str, value: &str) -> Result<()> {
        let set = sql("INSERT INTO meta (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        set.bind(name).bind(value).change(&self.database).await?;
        Ok(())
    }

    /// A fact that was kept.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn remembered(&self, name: &str) -> Result<Option<String>> {
        let row: Option<(String,)> =
            sql("SELECT value FROM meta WHERE name = $1").bind(name).optional(&self.database).await?;
        Ok(row.map(|(value,)| value))
    }

    /// Waits for running statements and closes the store.
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// The id that this store got when it was made, 32 hexadecimal digits.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn id(&self) -> Result<String> {
        let (id,) = sql("SELECT value FROM meta WHERE name = 'store_id'").one(&self.database).await?;
        Ok(id)
    }

    /// Notes that the store belongs to a lake, when none has it yet; gives the id of the lake that has it.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn lake(&self, id: &str) -> Result<String> {
        let note = sql("INSERT INTO meta (name, value) VALUES ('lake_id', $1) ON CONFLICT (name) DO NOTHING");
        note.bind(id).change(&self.database).await?;
        let (id,) = sql("SELECT value FROM meta WHERE name = 'lake_id'").one(&self.database).await?;
        Ok(id)
    }

    /// The time of its clock.
    pub fn now(&self) -> Micros {
        self.clock.now()
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod suite;
