//! A store to be tested, and what somebody can do to it who has the database in his hands.

use std::path::PathBuf;
use std::sync::Arc;

use engine::clock::ManualClock;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::super::*;
use super::{NOW, server};

pub(super) struct Fixture {
    place: Place,
    pub clock: Arc<ManualClock>,
    pub store: Store,
}

/// Where a store is.
pub(super) enum Place {
    File(tempfile::TempDir),
    /// Its URL.
    Server(String),
}

impl Place {
    pub fn in_file() -> Self {
        Self::File(tempfile::tempdir().unwrap())
    }

    pub fn on_server() -> Self {
        Self::Server(server::new_database())
    }

    /// Opens it as the program does.
    pub async fn open(&self, clock: Arc<ManualClock>) -> Result<Store> {
        match self {
            Self::File(_) => Store::in_file(&self.path(), clock).await,
            Self::Server(url) => Store::on_server(url, clock).await,
        }
    }

    /// Opens it as a program would that knows the first `known` of our migrations, and `more`.
    pub async fn open_as(&self, known: usize, more: &[database::Migration]) -> Result<Store> {
        let own = match self {
            Self::File(_) => sqlite::MIGRATIONS,
            Self::Server(_) => postgres::MIGRATIONS,
        };
        let migrations: Vec<_> = own.iter().take(known).chain(more).copied().collect();
        let database = match self {
            Self::File(_) => Database::new(sqlite::File::open(&self.path(), &migrations).await?),
            Self::Server(url) => Database::new(postgres::Server::open(url, &migrations).await?),
        };
        Store::begun(database, Arc::new(ManualClock::at(NOW))).await
    }

    /// How many migrations the program knows.
    pub fn known(&self) -> usize {
        assert_eq!(sqlite::MIGRATIONS.len(), postgres::MIGRATIONS.len());
        sqlite::MIGRATIONS.len()
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        let Self::File(folder) = self else { panic!("no file") };
        folder.path().join("store.sqlite")
    }

    /// Statements on a connection of their own; how many rows the last one changed.
    pub async fn raw(&self, statements: &[&str]) -> sqlx::Result<u64> {
        let mut changed = 0;
        match self {
            Self::File(_) => {
                let mut connection = SqliteConnection::connect(&self.path().to_string_lossy()).await?;
                for statement in statements {
                    let done = sqlx::raw_sql(AssertSqlSafe(*statement)).execute(&mut connection).await?;
                    changed = done.rows_affected();
                }
                // Dropped, it would be closed by another thread, at any moment of what follows.
                connection.close().await?;
                // What who changes a file himself is told to do.
                let _ = std::fs::remove_file(self.path().with_extension("sqlite.sha256"));
            }
            Self::Server(url) => {
                let mut connection = PgConnection::connect(url).await?;
                for statement in statements {
                    let done = sqlx::raw_sql(AssertSqlSafe(*statement)).execute(&mut connection).await?;
                    changed = done.rows_affected();
                }
            }
        }
        Ok(changed)
    }
}

impl Fixture {
    pub async fn new(place: Place) -> Self {
        let clock = Arc::new(ManualClock::at(NOW));
        let store = place.open(clock.clone()).await.unwrap();
        Self { place, clock, store }
    }

    /// The same store, as another process would open it.
    pub async fn another(&self) -> Store {
        self.place.open(self.clock.clone()).await.unwrap()
    }

    /// Its database, as another process would open it.
    pub async fn another_database(&self) -> Database {
        self.another().await.database
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// A statement of somebody who takes the guards off first.
    pub async fn tamper(&self, statement: &str) {
        let changed = match self.place {
            Place::File(_) => {
                let off = [
                    "DROP TRIGGER IF EXISTS registry_row_is_not_edited",
                    "DROP TRIGGER IF EXISTS registry_row_is_not_deleted",
                    "DROP TRIGGER IF EXISTS audit_is_not_edited",
                    "DROP TRIGGER IF EXISTS audit_is_not_deleted",
                    "PRAGMA foreign_keys = OFF",
                ];
                self.place.raw(&[&off[..], &[statement]].concat()).await
            }
            Place::Server(_) => self.place.raw(&["SET session_replication_role = replica", statement]).await,
        };
        assert!(changed.unwrap() > 0, "{statement} changes something");
    }

    /// From now on the last statement of a change fails.
    pub async fn break_changes(&self) {
        let broken = match self.place {
            Place::File(_) => {
                "CREATE TRIGGER broken BEFORE INSERT ON audit_body BEGIN SELECT RAISE(ABORT, 'power cut'); END"
            }
            Place::Server(_) => {
                "CREATE TRIGGER broken BEFORE INSERT ON audit_body EXECUTE FUNCTION refuse('power cut')"
            }
        };
        self.place.raw(&[broken]).await.unwrap();
    }

    pub async fn mend_changes(&self) {
        let mended = match self.place {
            Place::File(_) => "DROP TRIGGER broken",
            Place::Server(_) => "DROP TRIGGER broken ON audit_body",
        };
        self.place.raw(&[mended]).await.unwrap();
    }

    /// Cuts all connections to a store on a server, and waits until they are gone.
    pub async fn cut(&self) {
        let cut = "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        assert!(self.place.raw(&[cut]).await.unwrap() > 0, "somebody was connected");
    }
}
