//! What the store asks of a database. One file for each implements it and alone knows its dialect.

use std::sync::Arc;

use engine::error::{Damage, Error, Result};
use futures::future::BoxFuture;
use sqlx::SqlSafeStr;
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::migrate::{MigrateError, MigrationType, Migrator};

use super::statement::{Columns, Row, Statement};

/// A database whose tables are up to date.
pub(super) trait Driver: Send + Sync {
    /// Rows of one SELECT.
    fn read(&self, select: Statement) -> BoxFuture<'_, Result<Vec<Row>>>;

    /// Begins a transaction that is the only one to write until it ends, in all processes. It sees all that was
    /// committed before it began, and nothing else but its own.
    fn write(&self) -> BoxFuture<'_, Result<Box<dyn Session>>>;

    /// Begins a transaction that only reads, and sees the store as it is at one moment.
    fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Session>>>;

    /// Reads all of it, and says what does not fit.
    fn examine(&self) -> BoxFuture<'_, Result<Vec<String>>>;

    /// Waits for running statements and closes all connections.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// A transaction of a database. Dropped before its commit, it leaves nothing.
pub(super) trait Session: Send {
    /// How many rows a statement changed.
    fn execute(&mut self, statement: Statement) -> BoxFuture<'_, Result<u64>>;

    /// The rows that a statement gives.
    fn fetch(&mut self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>>>;

    /// Ends it; when that succeeds, what it changed outlives a power cut.
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>>;
}

/// The database of a store. Clones share its connections.
#[derive(Clone)]
pub(super) struct Database(Arc<dyn Driver>);

impl Database {
    pub(super) fn new(driver: impl Driver + 'static) -> Self {
        Self(Arc::new(driver))
    }

    /// Begins the only transaction that writes, until it ends.
    ///
    /// # Errors
    /// Environment, when the database does not answer or others write for longer than we wait.
    pub(super) async fn write(&self) -> Result<Transaction> {
        self.0.write().await.map(Transaction)
    }

    /// Begins a transaction that reads the store as it is at one moment.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub(super) async fn snapshot(&self) -> Result<Transaction> {
        self.0.snapshot().await.map(Transaction)
    }

    /// Reads all of it, and says what does not fit.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub(super) async fn examine(&self) -> Result<Vec<String>> {
        self.0.examine().await
    }

    /// Waits for running statements and closes all connections.
    pub(super) async fn close(&self) {
        self.0.close().await;
    }
}

/// A transaction. Dropped before its commit, it leaves nothing.
pub(super) struct Transaction(Box<dyn Session>);

impl Transaction {
    /// Ends it; when that succeeds, what it changed outlives a power cut.
    ///
    /// # Errors
    /// As a statement. When the connection breaks meanwhile, nobody knows whether it was done.
    pub(super) async fn commit(self) -> Result<()> {
        self.0.commit().await
    }
}

/// What rows are read from: a database, or a transaction with what it changed.
pub(super) trait Fetch: Send {
    /// The rows that a statement gives.
    fn fetch(self, statement: Statement) -> impl Future<Output = Result<Vec<Row>>> + Send;
}

impl Fetch for &Database {
    async fn fetch(self, statement: Statement) -> Result<Vec<Row>> {
        self.0.read(statement).await
    }
}

impl Fetch for &mut Transaction {
    async fn fetch(self, statement: Statement) -> Result<Vec<Row>> {
        self.0.fetch(statement).await
    }
}

/// All of them fail as the user's error for a text that cannot be stored, else as [`Dialect::fault`] classifies it.
impl Statement {
    /// How many rows it changed.
    pub(super) async fn execute(self, tx: &mut Transaction) -> Result<u64> {
        self.storable()?;
        tx.0.execute(self).await
    }

    /// All rows that it gives.
    pub(super) async fn all<T: Columns>(self, from: impl Fetch) -> Result<Vec<T>> {
        self.storable()?;
        from.fetch(self).await?.into_iter().map(T::of).collect()
    }

    /// The row that it gives, if any.
    pub(super) async fn optional<T: Columns>(self, from: impl Fetch) -> Result<Option<T>> {
        self.storable()?;
        from.fetch(self).await?.into_iter().next().map(T::of).transpose()
    }

    /// The row that it always gives.
    pub(super) async fn one<T: Columns>(self, from: impl Fetch) -> Result<T> {
        self.optional(from).await?.ok_or_else(no_row)
    }

    /// A transaction of this statement alone; says how many rows it changed.
    pub(super) async fn change(self, database: &Database) -> Result<u64> {
        let mut tx = database.write().await?;
        let changed = self.execute(&mut tx).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// A transaction of this statement alone; gives the row it changed, if it did.
    pub(super) async fn changed<T: Columns>(self, database: &Database) -> Result<Option<T>> {
        let mut tx = database.write().await?;
        let row = self.optional(&mut tx).await?;
        tx.commit().await?;
        Ok(row)
    }
}

/// A statement that always gives a row gave none.
pub(super) fn no_row() -> Error {
    Error::internal("the store gives no row where there is always one")
}

/// Why a database did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not there, or went away.
    Unavailable,
    /// Others hold what is needed for longer than we wait.
    Busy,
    /// Another writer was faster.
    Overtaken,
    /// It keeps a rule that the program did not.
    Broken,
    /// It refuses for a reason of its own.
    Refused,
    /// Its file is not what was written.
    Damaged,
}

/// How a database says what went wrong.
pub(super) trait Dialect {
    /// What its error code means; a violated constraint is known without.
    fn fault(error: &dyn DatabaseError) -> Fault;
}

/// What a driver's error means.
pub(super) fn fault<D: Dialect>(error: &sqlx::Error) -> Fault {
    match error {
        sqlx::Error::Database(error) => match error.kind() {
            ErrorKind::UniqueViolation => Fault::Overtaken,
            ErrorKind::ForeignKeyViolation | ErrorKind::NotNullViolation | ErrorKind::CheckViolation => Fault::Broken,
            _ => D::fault(error.as_ref()),
        },
        sqlx::Error::Encode(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::InvalidArgument(_) => Fault::Broken,
        _ => Fault::Unavailable,
    }
}

/// A driver's error as ours.
pub(super) fn failed<D: Dialect>(error: sqlx::Error) -> Error {
    match fault::<D>(&error) {
        Fault::Unavailable => Error::environment("the store does not answer", error),
        Fault::Busy => Error::environment("the store is busy with the work of others; try again", error),
        Fault::Refused => Error::environment("the store refuses", error),
        Fault::Damaged => damage(format!("is not what was written: {error}")).into(),
        Fault::Overtaken => Error::conflict(format!("another process has changed the store meanwhile: {error}")),
        Fault::Broken => Error::internal(format!("the store cannot keep this: {error}")),
    }
}

/// What is wrong with the file of a store.
pub(super) fn damage(what: impl Into<String>) -> Damage {
    let cure = "put store and lake back from a copy of the installation's folder, both of the same moment, then \
                `ecoop check`";
    Damage { table: "store".into(), file: "store.sqlite".into(), what: what.into(), cure: cure.into() }
}

/// A migration: number, from 1 on without a gap; name; SQL.
pub(super) type Migration = (i64, &'static str, &'static str);

/// Runs what is missing. Whoever calls it sees to it that nobody else does at the same time.
pub(super) fn migrator(migrations: &[Migration]) -> Migrator {
    let simple = |&(number, name, sql): &Migration| {
        sqlx::migrate::Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(migrations.iter().map(simple).collect());
    migrator.set_locking(false);
    migrator
}

/// Why tables cannot be brought up to date.
pub(super) fn not_migrated<D: Dialect>(error: MigrateError) -> Error {
    match error {
        MigrateError::VersionMissing(version) => Error::user(format!(
            "the store was written by a newer program: it has migration {version}, which this one does not know; \
             use that program or a newer one"
        )),
        MigrateError::VersionMismatch(version) => Error::user(format!(
            "migration {version} of the store is not the one of this program: it was written by another one; use that"
        )),
        MigrateError::Execute(e) if fault::<D>(&e) != Fault::Refused => failed::<D>(e),
        e => Error::environment("the store's tables cannot be brought up to date", e),
    }
}
