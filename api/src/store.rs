//! People's data and the registry, in one SQL database: SQLite at `<data>/store.sqlite`.
//!
//! What the registry holds ([`Store::apply_rows`]) goes to the lake in the order of its sequence; what people are
//! called ([`Store::names`]) never leaves the store. A change, its audit line and its outbox row are one transaction,
//! so no crash leaves the store and the lake apart. Nobody outside of this module sees a connection.

mod audit;
mod fence;
mod lease;
mod registry;
mod request;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::clock::{Clock, Micros};
use engine::error::{Error, Result};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlSafeStr, Sqlite, SqlitePool, Transaction};

pub use fence::LeaseFence;
pub use lease::Epoch;
pub use registry::{Applied, Names};
pub use request::Outcome;

/// How long a statement waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);
/// Connections of one process. SQLite has one writer, so more would only wait.
const CONNECTIONS_MAX: u32 = 4;
/// Takes the write lock at once: a transaction that reads first and writes later could lose its snapshot in between.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// The store. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    pool: SqlitePool,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store at `path`, creates it where there is none, and brings its tables up to date.
    ///
    /// `clock` stamps rows and decides when a lease is over, so it has to show the same time in every process that
    /// opens the file.
    ///
    /// # Errors
    /// Environment, when the file cannot be opened, is not a store, or was written by a newer program.
    pub async fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        create_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .busy_timeout(BUSY_TIMEOUT)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .connect_with(options)
            .await
            .map_err(|e| Error::environment(format!("cannot open the store {}", path.display()), e))?;
        let store = Self { pool, clock };
        store.migrate().await?;
        Ok(store)
    }

    /// Waits for running statements and closes the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The id that this store got when it was made, 32 hexadecimal digits.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn id(&self) -> Result<String> {
        sqlx::query_scalar("SELECT value FROM meta WHERE name = 'store_id'")
            .fetch_one(&self.pool)
            .await
            .map_err(database)
    }

    /// One transaction around all migrations: SQLite's migrator takes no lock of its own, and two processes may open
    /// a new store at the same moment.
    async fn migrate(&self) -> Result<()> {
        let failed =
            |e: sqlx::migrate::MigrateError| Error::environment("the store's tables cannot be brought up to date", e);
        let mut tx = self.begin().await?;
        migrations().run_direct(None, &mut *tx, false).await.map_err(failed)?;
        sqlx::query("INSERT INTO meta (name, value) VALUES ('store_id', $1) ON CONFLICT (name) DO NOTHING")
            .bind(hex(&rand::random::<[u8; 16]>()))
            .execute(&mut *tx)
            .await
            .map_err(database)?;
        tx.commit().await.map_err(database)
    }

    async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        self.pool.begin_with(BEGIN).await.map_err(database)
    }

    /// The time of its clock.
    pub fn now(&self) -> Micros {
        self.clock.now()
    }
}

/// The migrations, in order. A file that was released is never changed: the store remembers its checksum.
fn migrations() -> Migrator {
    let simple = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![simple(1, "store", include_str!("../migrations/sqlite/0001_store.sql"))])
}

/// Makes the file readable by its owner only before SQLite opens it: it holds what people are called.
fn create_private(path: &Path) -> Result<()> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|e| Error::environment(format!("cannot create {}", folder.display()), e))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|e| Error::environment(format!("cannot open the store {}", path.display()), e))?;
    Ok(())
}

fn database(error: sqlx::Error) -> Error {
    Error::environment("the store does not answer", error)
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
