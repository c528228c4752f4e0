//! A database of either kind behind one SQL text.
//!
//! SQLite has one writer connection and several readers; PostgreSQL has one pool. A statement is
//! written once (`$1` placeholders, `BIGINT`/`TEXT`, `ON CONFLICT`, `RETURNING`) and run through
//! [`on_writer!`](crate::on_writer), [`on_reader!`](crate::on_reader) or
//! [`in_transaction!`](crate::in_transaction), which pick the pool; small writes that many wait for go through
//! [`in_group!`](crate::in_group).
//!
//! Easy to get wrong: a transaction on SQLite that reads first and writes later fails at once with
//! `SQLITE_BUSY_SNAPSHOT`, whatever the busy timeout: hence `BEGIN IMMEDIATE` on the one writer.
//! Write-ahead log with `synchronous=NORMAL` may lose the last commits at a power cut, which for
//! rotated refresh tokens means a false theft alarm: hence `FULL`. When the disk is full, SQLite ends a
//! transaction by itself, the driver still believes in it, and could never begin another: hence a writer that
//! comes back within a transaction is replaced.

mod as_is;
mod checkpoint;
#[cfg(test)]
mod checkpoint_tests;
mod commits;
mod group;
#[cfg(test)]
mod group_tests;
mod migration;
mod postgres;
mod readers;
mod sqlite;
mod write_times;

use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::sqlite::SqlitePool;

use commits::WalIndex;

pub use commits::Commits;
pub use group::{Group, Running, Step, to_its_end, while_awaited};
pub use postgres::begin;
pub use readers::{Reader, Readers};
pub use write_times::WriteTimes;

/// How long a statement waits for another writer before it fails.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The same for a lock in PostgreSQL, which would wait for ever.
const LOCK_TIMEOUT: (&str, &str) = ("lock_timeout", "5s");

/// An open database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Its connections.
    pub pools: Pools,
    /// How long its writes take.
    pub write_times: WriteTimes,
}

/// The connections to a database.
#[derive(Clone, Debug)]
pub enum Pools {
    /// A SQLite file.
    Sqlite(Sqlite),
    /// A PostgreSQL server.
    Postgres(PgPool),
}

/// The connections to a SQLite file.
#[derive(Clone, Debug)]
pub struct Sqlite {
    /// One connection; every statement that may write goes through it.
    pub writer: SqlitePool,
    /// Connections that cannot write.
    pub readers: Readers,
    /// One connection, opened when it is first needed, that only copies the write-ahead log; none where nothing is written.
    checkpoints: Option<SqlitePool>,
    /// What commits small writes together, on the writer.
    pub group: Group,
    /// What tells whether anything was committed; none where nothing is written.
    wal_index: Option<WalIndex>,
}

/// The migrations of one program: the same tables in the two dialects of types.
#[derive(Debug)]
pub struct Migrations {
    /// For SQLite.
    pub sqlite: Migrator,
    /// For PostgreSQL.
    pub postgres: Migrator,
}

/// Where a database is: `sqlite:PATH` or `postgres://...`.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server; the options may hold a password and are never printed.
    Postgres(Box<PgConnectOptions>),
}

/// Why a database cannot be used; each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder of the file cannot be made.
    #[error("cannot make the folder {folder} for the database: {cause}; make it writable or choose another place")]
    Folder {
        /// The folder.
        folder: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The SQLite file cannot be made, read or written.
    #[error("cannot use the database file {path}: {cause}; make it and its folder writable or choose another place")]
    Access {
        /// The file.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The SQLite file is damaged, or is no database.
    #[error(
        "cannot use the database file {path}: {cause}; restore it from a backup, or move it away to begin with an empty one"
    )]
    File {
        /// The file.
        path: String,
        /// What SQLite said.
        cause: String,
    },
    /// The thread that writes to a SQLite file cannot be started.
    #[error("cannot start the thread that writes to the database: {0}; allow this program more threads or memory")]
    Writer(io::Error),
    /// PostgreSQL cannot be reached or refuses.
    #[error("cannot use the PostgreSQL database: {0}; check that it runs and that the URL is right")]
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() || path.contains('?') || path.starts_with(':') || path.starts_with("file:") {
                Err("must name a file: sqlite:PATH".to_owned())
            } else {
                Ok(Self::Sqlite(PathBuf::from(path)))
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            // The parser's own message may quote the password.
            return PgConnectOptions::from_str(text)
                .map(|options| Self::Postgres(Box::new(options)))
                .map_err(|_| "is not a usable PostgreSQL URL".to_owned());
        }
        Err("must begin with sqlite: or postgres://".to_owned())
    }
}

impl Database {
    /// Opens a database, makes it when it is a missing SQLite file, and brings its tables up to date.
    pub async fn open(url: &DatabaseUrl, migrations: &Migrations) -> Result<Self, OpenError> {
        let pools = match url {
            DatabaseUrl::Sqlite(path) => sqlite::open(path, &migrations.sqlite).await?,
            DatabaseUrl::Postgres(options) => postgres::open(options, &migrations.postgres).await?,
        };
        let write_times = WriteTimes::default();
        Ok(Self { pools, write_times })
    }

    /// Whether a trivial statement succeeds on the connection that writes.
    pub async fn is_alive(&self) -> bool {
        crate::on_writer!(self, pool => sqlx::query("SELECT 1").execute(pool).await.is_ok())
    }

    /// What was committed to a SQLite file so far, by whichever program: while it is the same, reads find the same. `None`
    /// where only the database can tell.
    pub fn commits(&self) -> Option<Commits> {
        match &self.pools {
            Pools::Sqlite(sqlite) => sqlite.wal_index.as_ref()?.commits(),
            Pools::Postgres(_) => None,
        }
    }

    /// How many connections are open, and how many of them are idle.
    pub fn connections(&self) -> (usize, usize) {
        let count = |size: u32| usize::try_from(size).unwrap_or_default();
        match &self.pools {
            Pools::Sqlite(sqlite) => {
                let pools = [&sqlite.writer].into_iter().chain(&sqlite.checkpoints);
                pools.fold(sqlite.readers.count(), |(open, idle), pool| {
                    (open + count(pool.size()), idle + pool.num_idle())
                })
            }
            Pools::Postgres(pool) => (count(pool.size()), pool.num_idle()),
        }
    }

    /// Closes all connections; a SQLite file is left without a write-ahead log.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite(sqlite) => {
                sqlite.readers.close().await;
                if let Some(checkpoints) = &sqlite.checkpoints {
                    checkpoints.close().await;
                }
                sqlite.writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// Whether who writes on this connection has the database to itself until the commit, as on SQLite, so that no row need be
/// held.
pub fn writes_alone<C: Connection>(_: &C) -> bool {
    <C::Database as sqlx::Database>::NAME == <sqlx::Sqlite as sqlx::Database>::NAME
}

/// The database's own words, without the wrapping that repeats them.
fn text(error: sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(inner) => inner.message().to_owned(),
        other => other.to_string(),
    }
}

/// Runs a statement that may write: `on_writer!(database, pool => sqlx::query(...).execute(pool).await)`.
#[macro_export]
macro_rules! on_writer {
    ($database:expr, $pool:ident => $run:expr) => {{
        let _measured = $database.write_times.begin();
        match &$database.pools {
            $crate::database::Pools::Sqlite(sqlite) => {
                let $pool = &sqlite.writer;
                $run
            }
            $crate::database::Pools::Postgres($pool) => $run,
        }
    }};
}

/// Runs a statement that only reads, and gives its result.
///
/// A `?` belongs behind the macro, so that it sees whether the read failed.
#[macro_export]
macro_rules! on_reader {
    ($database:expr, $pool:ident => $run:expr) => {
        match &$database.pools {
            $crate::database::Pools::Sqlite(sqlite) => {
                let mut reader = sqlite.readers.acquire().await?;
                let $pool = reader.connection()?;
                let read = $run;
                if read.is_ok() {
                    reader.ended();
                }
                read
            }
            $crate::database::Pools::Postgres($pool) => $run,
        }
    };
}

/// Runs several statements that succeed or fail together.
///
/// `in_transaction!(database, transaction => { sqlx::query(...).execute(&mut *transaction).await?; value })`
/// commits and gives `value` when the block ends; a `?` inside it leaves the enclosing function
/// before the commit, which rolls everything back.
#[macro_export]
macro_rules! in_transaction {
    ($database:expr, $transaction:ident => $run:expr) => {{
        let _measured = $database.write_times.begin();
        match &$database.pools {
            $crate::database::Pools::Sqlite(sqlite) => {
                let mut $transaction = sqlite.writer.begin_with("BEGIN IMMEDIATE").await?;
                let value = $run;
                $transaction.commit().await?;
                value
            }
            $crate::database::Pools::Postgres(pool) => {
                let mut $transaction = $crate::database::begin(pool).await?;
                let value = $run;
                $transaction.commit().await?;
                value
            }
        }
    }};
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use std::path::Path;

    use super::*;

    #[test]
    fn urls_name_a_file_or_a_server() {
        assert!(matches!("sqlite:data/x.db".parse(), Ok(DatabaseUrl::Sqlite(path)) if path == Path::new("data/x.db")));
        assert!(
            matches!("sqlite:///data/x.db".parse(), Ok(DatabaseUrl::Sqlite(path)) if path == Path::new("/data/x.db"))
        );
        assert!(matches!("postgres://u:p@h/d".parse(), Ok(DatabaseUrl::Postgres(_))));
        for bad in [
            "sqlite:",
            "sqlite::memory:",
            "sqlite:file:x.db",
            "mysql://h/d",
            "data/x.db",
            "sqlite:x?mode=ro",
        ] {
            assert!(bad.parse::<DatabaseUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_bad_postgres_url_does_not_show_its_password() {
        let error = "postgres://u:planted@h:notaport/d".parse::<DatabaseUrl>().unwrap_err();
        assert!(!error.contains("planted"), "{error}");
    }

    async fn open(path: &Path) -> Result<Database, OpenError> {
        let migrations = Migrations {
            sqlite: Migrator::DEFAULT,
            postgres: Migrator::DEFAULT,
        };
        Database::open(&DatabaseUrl::Sqlite(path.to_owned()), &migrations).await
    }

    #[tokio::test]
    async fn a_file_that_is_made_is_for_its_owner_only_and_so_is_its_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/x.db");
        let database = open(&path).await.unwrap();
        let files: Vec<_> = std::fs::read_dir(path.parent().unwrap())
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(files.len(), 3, "{files:?}");
        for file in files {
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        }
        database.close().await;
    }

    async fn keep(database: &Database, bytes: i64) -> Result<(), sqlx::Error> {
        in_transaction!(database, transaction => {
            sqlx::query("INSERT INTO kept VALUES (zeroblob($1))").bind(bytes).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    /// 2 is FULL: a commit is on the disk before it is answered. The readers need not, but must not write.
    #[tokio::test]
    async fn what_is_committed_is_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let database = open(&folder.path().join("x.db")).await.unwrap();
        let ask = "PRAGMA synchronous";
        let found: i64 = on_writer!(database, pool => sqlx::query_scalar(ask).fetch_one(pool).await.unwrap_or(-1));
        assert_eq!(found, 2);
        let write = "CREATE TABLE x (y INTEGER)";
        let by_reader = async || -> Result<(), sqlx::Error> {
            on_reader!(database, pool => sqlx::query(write).execute(pool).await.map(drop))
        };
        let refused = by_reader().await.unwrap_err().to_string();
        assert!(refused.contains("readonly"), "{refused}");
        database.close().await;
    }

    #[tokio::test]
    async fn a_full_disk_fails_the_write_and_nothing_after_there_is_room_again() {
        let folder = tempfile::tempdir().unwrap();
        let database = open(&folder.path().join("x.db")).await.unwrap();
        for sql in ["CREATE TABLE kept (bytes BLOB)", "PRAGMA max_page_count = 8"] {
            on_writer!(database, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
        }
        let full = keep(&database, 1 << 20).await.unwrap_err().to_string();
        assert!(full.contains("full"), "{full}");
        keep(&database, 1).await.unwrap();
        keep(&database, 1 << 20).await.unwrap();
        database.close().await;
    }

    #[tokio::test]
    async fn a_place_that_cannot_hold_a_file_is_named_and_is_no_damage() {
        let folder = tempfile::tempdir().unwrap();
        let told = open(folder.path()).await.unwrap_err().to_string();
        assert!(
            told.contains(folder.path().to_str().unwrap()) && told.contains("choose another place"),
            "{told}"
        );
    }
}
