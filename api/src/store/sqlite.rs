//! The store as an SQLite file in the folder of the installation.

mod at_rest;
mod write_ahead;

use std::path::{Path, PathBuf};
use std::time::Duration;

use engine::error::{Damage, Error, Result};
use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row as _, Sqlite, SqlitePool};

use super::database::{self, Dialect, Driver, Fault, Migration, Session, failed, not_migrated};
use super::statement::{Row, Statement};

/// How long a statement waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);
/// How long it pauses before it tries to open a busy file again.
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// Connections of one process. SQLite has one writer, so more would only wait.
const CONNECTIONS_MAX: u32 = 4;
/// Takes the write lock at once: a transaction that reads first and writes later could lose its snapshot in between.
const BEGIN: &str = "BEGIN IMMEDIATE";
/// A file that was released is never changed: the store remembers its checksum.
pub(super) const MIGRATIONS: &[Migration] = &[
    (1, "store", include_str!("../../migrations/sqlite/0001_store.sql")),
    (2, "stopped_source", include_str!("../../migrations/sqlite/0002_stopped_source.sql")),
];

/// A store in a file.
pub(super) struct File {
    pool: SqlitePool,
    path: PathBuf,
}

impl File {
    /// Opens the file at `path`, creates it where there is none, and brings its tables up to `migrations`.
    ///
    /// # Errors
    /// Environment, when the file cannot be opened or is not a store; user, when a newer program wrote it.
    pub(super) async fn open(path: &Path, migrations: &[Migration]) -> Result<Self> {
        at_rest::prove(path)?;
        if let Some(damage) = write_ahead::look(path)? {
            tracing::error!("{damage}");
        }
        create_private(path)?;
        at_rest::forget(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .busy_timeout(BUSY_TIMEOUT)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        let pool = connect(options).await.map_err(|e| match database::fault::<Sqlite>(&e) {
            Fault::Damaged => failed::<Sqlite>(e),
            _ => Error::environment(format!("cannot open the store {}", path.display()), e),
        })?;
        let file = Self { pool, path: path.to_path_buf() };
        file.migrate(migrations).await?;
        Ok(file)
    }

    /// One transaction around all migrations: SQLite's migrator takes no lock of its own, and two processes may open
    /// a new store at the same moment.
    async fn migrate(&self, migrations: &[Migration]) -> Result<()> {
        let mut tx = self.pool.begin_with(BEGIN).await.map_err(failed::<Sqlite>)?;
        let migrator = database::migrator(migrations);
        migrator.run_direct(None, &mut *tx, false).await.map_err(not_migrated::<Sqlite>)?;
        tx.commit().await.map_err(failed::<Sqlite>)
    }
}

/// Connects. A new file becomes one with a write-ahead log, for which SQLite needs it alone and does not wait: of
/// several who open it at once, all but one are told that it is busy, and try again.
async fn connect(options: SqliteConnectOptions) -> sqlx::Result<SqlitePool> {
    let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS_MAX);
    let mut waited = Duration::ZERO;
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(e) if waited < BUSY_TIMEOUT && database::fault::<Sqlite>(&e) == Fault::Busy => {
                tokio::time::sleep(BUSY_PAUSE).await;
                waited += BUSY_PAUSE;
            }
            connected => return connected,
        }
    }
}

impl Driver for File {
    fn read(&self, select: Statement) -> BoxFuture<'_, Result<Vec<Row>>> {
        async {
            let rows = select.into_query::<Sqlite>().fetch_all(&self.pool).await;
            rows.and_then(|rows| rows.iter().map(Row::of).collect()).map_err(failed::<Sqlite>)
        }
        .boxed()
    }

    fn write(&self) -> BoxFuture<'_, Result<Box<dyn Session>>> {
        async {
            let tx = self.pool.begin_with(BEGIN).await.map_err(failed::<Sqlite>)?;
            Ok(Box::new(Open(tx)) as Box<dyn Session>)
        }
        .boxed()
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Session>>> {
        async {
            let tx = self.pool.begin().await.map_err(failed::<Sqlite>)?;
            Ok(Box::new(Open(tx)) as Box<dyn Session>)
        }
        .boxed()
    }

    fn examine(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        async {
            let mut found = Vec::new();
            for question in ["PRAGMA integrity_check", "PRAGMA foreign_key_check"] {
                let rows = sqlx::query(question).fetch_all(&self.pool).await.map_err(failed::<Sqlite>)?;
                let first = |row: &sqlx::sqlite::SqliteRow| row.try_get::<String, _>(0).map_err(failed::<Sqlite>);
                found.extend(rows.iter().map(first).collect::<Result<Vec<_>>>()?);
            }
            found.retain(|line| line != "ok");
            Ok(found)
        }
        .boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async {
            // Another process that closed it meanwhile may have left a digest: ended between closing and noting, this
            // one must not leave a digest that is not of its last change.
            let noted = at_rest::forget(&self.path);
            self.pool.close().await;
            if let Err(e) = noted.and_then(|()| at_rest::note(&self.path)) {
                tracing::warn!("{e}");
            }
        }
        .boxed()
    }
}

struct Open(sqlx::Transaction<'static, Sqlite>);

impl Session for Open {
    fn execute(&mut self, statement: Statement) -> BoxFuture<'_, Result<u64>> {
        async {
            let done = statement.into_query::<Sqlite>().execute(&mut *self.0).await.map_err(failed::<Sqlite>)?;
            Ok(done.rows_affected())
        }
        .boxed()
    }

    fn fetch(&mut self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>>> {
        async {
            let rows = statement.into_query::<Sqlite>().fetch_all(&mut *self.0).await;
            rows.and_then(|rows| rows.iter().map(Row::of).collect()).map_err(failed::<Sqlite>)
        }
        .boxed()
    }

    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        async { self.0.commit().await.map_err(failed::<Sqlite>) }.boxed()
    }
}

impl Dialect for Sqlite {
    fn fault(error: &dyn DatabaseError) -> Fault {
        // The low byte is the class: 5 BUSY, 6 LOCKED; 10 IOERR, 13 FULL, 14 CANTOPEN.
        let class = error.code().and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
        match class {
            Some(5 | 6) => Fault::Busy,
            // CORRUPT, NOTADB
            Some(11 | 26) => Fault::Damaged,
            Some(10 | 13 | 14) => Fault::Unavailable,
            _ => Fault::Refused,
        }
    }
}

/// What is wrong with the files of a store, before anybody opens them: opening puts a torn log right, and forgets what
/// it held.
///
/// # Errors
/// Environment, when they cannot be read.
pub(super) fn look(path: &Path) -> Result<Vec<Damage>> {
    let mut found: Vec<Damage> = at_rest::look(path)?.into_iter().collect();
    found.extend(write_ahead::look(path)?);
    Ok(found)
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
