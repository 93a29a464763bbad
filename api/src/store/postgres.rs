//! The store as a PostgreSQL database, which processes of several machines may share.
//!
//! One transaction writes at a time here too: the chain of changes, the order of the registry and the lease are made
//! of "read the last one, write the next". Readers never wait.

use std::time::Duration;

use engine::error::{Error, Result};
use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::{Connection, PgPool, Postgres};
use url::Url;

use super::database::{self, Dialect, Driver, Fault, Migration, Session, failed, fault, not_migrated};
use super::statement::{Row, Statement};

/// How long the server may take to let us in.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a statement waits for a connection, while the server is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);
/// Connections of one process: one writes, the others read.
const CONNECTIONS_MAX: u32 = 8;
/// A snapshot is taken by the first statement that reads, so after the lock.
const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ";
/// Lets one writer in, and readers always. A process that is paused inside of its transaction loses it after a minute,
/// so that the others go on.
const LOCK: &str = "SET LOCAL lock_timeout = '15s';
    SET LOCAL idle_in_transaction_session_timeout = '60s';
    LOCK TABLE meta IN EXCLUSIVE MODE";
const BEGIN_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Before the first migration there is no table to lock. The number stands for us, in this database.
const LOCK_MIGRATIONS: &str = "SET LOCAL lock_timeout = '60s';
    SELECT pg_advisory_xact_lock(7309453669829374576)";
/// What was acknowledged outlives a power cut, also where the server's default is quicker than that.
const DURABLE: &str =
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
/// Parameters of a URL that the driver knows. It would only warn of others, with their values.
const PARAMETERS: [&str; 16] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "ssl-mode",
    "ssl-root-cert",
    "ssl-cert",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "application_name",
    "options",
    "statement-cache-capacity",
];
/// A file that was released is never changed: the store remembers its checksum.
pub(super) const MIGRATIONS: &[Migration] = &[
    (1, "store", include_str!("../../migrations/postgres/0001_store.sql")),
    (2, "stopped_source", include_str!("../../migrations/postgres/0002_stopped_source.sql")),
];

/// A store on a server.
pub(super) struct Server {
    pool: PgPool,
}

impl Server {
    /// Connects to the database of `url`, the setting, and brings its tables up to `migrations`.
    ///
    /// # Errors
    /// User, when the URL is none of PostgreSQL or a newer program wrote the store; environment, when the database does
    /// not answer or refuses. None shows the password.
    pub(super) async fn open(url: &str, migrations: &[Migration]) -> Result<Self> {
        let options = options(url)?.application_name("ecoop");
        // By itself first: the pool would try again until its time is over, and then know no reason.
        let first = tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options)).await;
        let mut first = match first {
            Ok(connected) => connected.map_err(|e| refused(&options, e))?,
            Err(elapsed) => return Err(Error::environment(unreachable(&options), elapsed)),
        };
        let encoding: String =
            sqlx::query_scalar("SHOW server_encoding").fetch_one(&mut first).await.map_err(failed::<Postgres>)?;
        first.close().await.map_err(failed::<Postgres>)?;
        if encoding != "UTF8" {
            return Err(Error::user(format!(
                "{} keeps text as {encoding}; make the database with ENCODING 'UTF8'",
                named(&options)
            )));
        }
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .after_connect(|connection, _| {
                async move { sqlx::query(DURABLE).execute(connection).await.map(|_| ()) }.boxed()
            })
            .connect_lazy_with(options.clone());
        let server = Self { pool };
        server.migrate(&options, migrations).await?;
        Ok(server)
    }

    /// One transaction around all migrations, so that a failed one leaves the tables as they were.
    async fn migrate(&self, options: &PgConnectOptions, migrations: &[Migration]) -> Result<()> {
        let mut tx = self.pool.begin().await.map_err(|e| refused(options, e))?;
        sqlx::raw_sql(LOCK_MIGRATIONS).execute(&mut *tx).await.map_err(failed::<Postgres>)?;
        let migrator = database::migrator(migrations);
        migrator.run_direct(None, &mut *tx, false).await.map_err(|e| match code_of_migration(&e) {
            Some(code) if code == "42501" => Error::environment(
                format!(
                    "{} does not let `{}` make tables: make it the database's owner, or GRANT USAGE, CREATE ON its \
                    schema",
                    named(options),
                    options.get_username()
                ),
                e,
            ),
            _ => not_migrated::<Postgres>(e),
        })?;
        tx.commit().await.map_err(failed::<Postgres>)
    }

    async fn begin(&self, begin: &'static str) -> sqlx::Result<sqlx::Transaction<'static, Postgres>> {
        self.pool.begin_with(begin).await
    }
}

impl Driver for Server {
    fn read(&self, select: Statement) -> BoxFuture<'_, Result<Vec<Row>>> {
        async {
            let rows = select.into_query::<Postgres>().fetch_all(&self.pool).await;
            rows.and_then(|rows| rows.iter().map(Row::of).collect()).map_err(failed::<Postgres>)
        }
        .boxed()
    }

    fn write(&self) -> BoxFuture<'_, Result<Box<dyn Session>>> {
        async {
            let mut tx = self.begin(BEGIN_WRITE).await.map_err(failed::<Postgres>)?;
            // Not part of the BEGIN: were it refused there, the driver would not know that it has to roll back.
            sqlx::raw_sql(LOCK).execute(&mut *tx).await.map_err(failed::<Postgres>)?;
            Ok(Box::new(Open(tx)) as Box<dyn Session>)
        }
        .boxed()
    }

    fn snapshot(&self) -> BoxFuture<'_, Result<Box<dyn Session>>> {
        async {
            let tx = self.begin(BEGIN_SNAPSHOT).await.map_err(failed::<Postgres>)?;
            Ok(Box::new(Open(tx)) as Box<dyn Session>)
        }
        .boxed()
    }

    fn examine(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        // The server keeps checksums of its own.
        std::future::ready(Ok(vec![])).boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.pool.close().boxed()
    }
}

struct Open(sqlx::Transaction<'static, Postgres>);

impl Session for Open {
    fn execute(&mut self, statement: Statement) -> BoxFuture<'_, Result<u64>> {
        async {
            let done = statement.into_query::<Postgres>().execute(&mut *self.0).await.map_err(failed::<Postgres>)?;
            Ok(done.rows_affected())
        }
        .boxed()
    }

    fn fetch(&mut self, statement: Statement) -> BoxFuture<'_, Result<Vec<Row>>> {
        async {
            let rows = statement.into_query::<Postgres>().fetch_all(&mut *self.0).await;
            rows.and_then(|rows| rows.iter().map(Row::of).collect()).map_err(failed::<Postgres>)
        }
        .boxed()
    }

    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        async { self.0.commit().await.map_err(failed::<Postgres>) }.boxed()
    }
}

impl Dialect for Postgres {
    fn fault(error: &dyn DatabaseError) -> Fault {
        match error.code().as_deref().unwrap_or_default() {
            // Serialisation failure: somebody wrote without the lock.
            "40001" => Fault::Overtaken,
            // Deadlock, lock not available, too many connections.
            "40P01" | "55P03" | "53300" => Fault::Busy,
            // A standby, a server that starts or stops, a transaction that idled too long.
            "25006" | "25P03" => Fault::Unavailable,
            // Connection exceptions, lacking resources, intervention of an operator, system errors.
            code if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => Fault::Unavailable,
            _ => Fault::Refused,
        }
    }
}

/// Reads the setting.
fn options(url: &str) -> Result<PgConnectOptions> {
    let wrong = |why: String| {
        Error::user(format!(
            "the setting [store] url (ECOOP_STORE__URL) {why}; write postgres://USER@HOST:PORT/DATABASE, or leave it \
            out for a store in the folder of the installation"
        ))
    };
    let parsed = Url::parse(url).map_err(|e| wrong(format!("is no URL ({e})")))?;
    if !["postgres", "postgresql"].contains(&parsed.scheme()) {
        return Err(wrong(format!("names `{}`, which is no database that this program knows", parsed.scheme())));
    }
    for (key, _) in parsed.query_pairs() {
        if !PARAMETERS.contains(&&*key) && key != "password" && !key.starts_with("options[") {
            return Err(wrong(format!("has a parameter `{key}` that is not known")));
        }
    }
    url.parse().map_err(|e: sqlx::Error| wrong(format!("cannot be read ({e})")))
}

/// Setting and database, without a password.
fn named(options: &PgConnectOptions) -> String {
    let host = match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let database = options.get_database().unwrap_or(options.get_username());
    format!(
        "the database `{database}` at {host} of user `{}`, which the setting [store] url (ECOOP_STORE__URL) names,",
        options.get_username()
    )
}

fn unreachable(options: &PgConnectOptions) -> String {
    format!("{} does not answer: see that the server runs there and that this machine may reach it", named(options))
}

/// Why a connection could not be made, and what to do.
fn refused(options: &PgConnectOptions, error: sqlx::Error) -> Error {
    let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default().into_owned();
    let why = match code.as_str() {
        "28P01" | "28000" => format!(
            "{} refuses the login: check user and password (of the URL, of PGPASSWORD or of ~/.pgpass) and its \
            pg_hba.conf",
            named(options)
        ),
        "3D000" => format!("{} is not there: make it, for instance by `createdb`", named(options)),
        "42501" => format!("{} may not be entered: GRANT CONNECT on it", named(options)),
        _ if fault::<Postgres>(&error) == Fault::Busy => {
            format!("{} has no connection left: try again", named(options))
        }
        _ if matches!(error, sqlx::Error::Tls(_)) => {
            format!("{} cannot be reached by TLS: check sslmode and sslrootcert of the URL", named(options))
        }
        _ => unreachable(options),
    };
    Error::environment(why, error)
}

/// The server's code for what stopped a migration.
fn code_of_migration(error: &sqlx::migrate::MigrateError) -> Option<String> {
    use sqlx::migrate::MigrateError::{Execute, ExecuteMigration};
    let (Execute(e) | ExecuteMigration(e, _)) = error else { return None };
    Some(e.as_database_error()?.code()?.into_owned())
}
