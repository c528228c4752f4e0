//! Opening a SQLite file: one writer, several readers, and what copies the log.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::commits::WalIndex;
use super::{BUSY_TIMEOUT, Group, OpenError, Pools, Readers, Sqlite, readers, text};

/// Up to this size a SQLite file is checked as a whole at the start (a second or so).
const CHECKED_SIZE: u64 = 256 << 20;
/// `SQLITE_READONLY`.
const READ_ONLY: u32 = 8;

pub(super) async fn open(path: &Path, migrator: &Migrator) -> Result<Pools, OpenError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder).map_err(|cause| OpenError::Folder {
            folder: folder.display().to_string(),
            cause,
        })?;
    }
    make_private(path).map_err(|cause| OpenError::Access {
        path: path.display().to_string(),
        cause,
    })?;
    let (writer, readers, checkpoints) = connect(path, migrator).await.map_err(|cause| OpenError::File {
        path: path.display().to_string(),
        cause,
    })?;
    let group = Group::start(writer.clone()).map_err(OpenError::Writer)?;
    Ok(Pools::Sqlite(Sqlite {
        writer,
        readers,
        checkpoints: Some(checkpoints),
        group,
        wal_index: WalIndex::of(path),
    }))
}

/// Makes a missing file for its owner only, before SQLite would make it for everybody to read: it
/// holds hashes of passwords. SQLite gives its journal files the same mode.
fn make_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path).map(drop)
}

/// The writer, the readers, and what copies the log.
async fn connect(path: &Path, migrator: &Migrator) -> Result<(SqlitePool, Readers, SqlitePool), String> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("trusted_schema", "OFF");
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(BUSY_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
        .after_connect(|connection, _| Box::pin(may_write(connection)))
        .connect_with(options.clone())
        .await
        .map_err(text)?;
    check(path, &writer).await?;
    migrator.run(&writer).await.map_err(|error| error.to_string())?;
    let checkpoints = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(BUSY_TIMEOUT)
        .test_before_acquire(false)
        .connect_lazy_with(options.clone());
    let readers = Readers::open(options.read_only(true), readers::READERS)
        .await
        .map_err(text)?;
    Ok((writer, readers, checkpoints))
}

/// A file that may not be written to is opened all the same, to be read, and its connection would be kept when the file
/// may be written to again. That somebody holds the lock at this moment is no reason.
async fn may_write(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    match connection.begin_with("BEGIN IMMEDIATE").await {
        Ok(transaction) => transaction.rollback().await,
        Err(error) if primary_code(&error) == Some(READ_ONLY) => Err(error),
        Err(_) => Ok(()),
    }
}

/// SQLite's code of an error without what it says more: <https://www.sqlite.org/rescode.html>.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}

async fn check(path: &Path, writer: &SqlitePool) -> Result<(), String> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > CHECKED_SIZE) {
        return Ok(());
    }
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(writer)
        .await
        .map_err(text)?;
    if found == "ok" {
        Ok(())
    } else {
        Err(format!("it is damaged ({found})"))
    }
}
