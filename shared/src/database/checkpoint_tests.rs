//! The log stays short where much is written, also beside those who write and those who read.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::migrate::Migrator;
use tempfile::TempDir;

use super::{Database, DatabaseUrl, Migrations, Pools, Sqlite};
use crate::on_writer;

/// Bytes of a page with its head in the log.
const PAGE: u64 = 4096 + 24;
/// Pages of a batch.
const BATCH: i64 = 300;

async fn database() -> (TempDir, PathBuf, Database) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let (sqlite, postgres) = (Migrator::DEFAULT, Migrator::DEFAULT);
    let url = DatabaseUrl::Sqlite(path.clone());
    let database = Database::open(&url, &Migrations { sqlite, postgres }).await.unwrap();
    // Without the help of SQLite: what is copied is copied here.
    for sql in ["CREATE TABLE x (y BLOB)", "PRAGMA wal_autocheckpoint = 0"] {
        on_writer!(database, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    (folder, path, database)
}

fn sqlite(database: &Database) -> &Sqlite {
    match &database.pools {
        Pools::Sqlite(sqlite) => sqlite,
        Pools::Postgres(_) => unreachable!(),
    }
}

async fn write(database: &Database, pages: i64) {
    let sql = "INSERT INTO x VALUES (zeroblob($1))";
    on_writer!(database, pool => sqlx::query(sql).bind(pages * 4096).execute(pool).await.map(drop)).unwrap();
}

fn log(path: &Path) -> u64 {
    fs::metadata(path.with_extension("db-wal")).unwrap().len() / PAGE
}

#[tokio::test]
async fn the_log_is_no_longer_than_some_batches_while_others_write() {
    let (_folder, path, database) = database().await;
    for _ in 0..20 {
        write(&database, BATCH).await;
        // The one in the middle is not seen by the copy, or is: whichever comes first.
        let (copied, ()) = tokio::join!(database.checkpoint(), write(&database, 1));
        copied.unwrap();
    }
    assert!(log(&path) < 4 * BATCH.unsigned_abs(), "{} pages", log(&path));
    database.close().await;
}

/// The first copy gets no further than to where somebody reads, who is done by the time that the second has the writer.
#[tokio::test]
async fn a_long_log_is_copied_once_more_on_the_writer() {
    let (_folder, path, database) = database().await;
    let sqlite = sqlite(&database);
    let mut taken = sqlite.readers.acquire().await.unwrap();
    let mut reader = taken.connection().unwrap().begin().await.unwrap();
    let look = sqlx::query("SELECT COUNT(*) FROM x");
    look.fetch_one(&mut *reader).await.unwrap();
    write(&database, 2 * BATCH).await;
    let long = log(&path);
    let held = sqlite.writer.acquire().await.unwrap();
    let between = async {
        let begun = Instant::now();
        let checkpoints = sqlite.checkpoints.as_ref().unwrap();
        while checkpoints.num_idle() == 0 {
            assert!(begun.elapsed() < Duration::from_mins(1), "the first copy does not end");
            tokio::task::yield_now().await;
        }
        reader.rollback().await.unwrap();
        drop(held);
    };
    let (copied, ()) = tokio::join!(database.checkpoint(), between);
    copied.unwrap();
    write(&database, 1).await;
    assert_eq!(log(&path), long, "all was copied, so it begins anew");
    drop(taken);
    database.close().await;
}

/// The connection that copies is counted, and there is none where nothing is written.
#[tokio::test]
async fn a_database_that_is_opened_as_it_is_has_no_log_to_copy() {
    let (_folder, path, database) = database().await;
    let (open, _) = database.connections();
    database.checkpoint().await.unwrap();
    assert_eq!(database.connections().0, open + 1);
    let as_it_is = Database::open_as_is(&DatabaseUrl::Sqlite(path)).await.unwrap();
    as_it_is.checkpoint().await.unwrap();
    as_it_is.close().await;
    database.close().await;
}

/// Before 3.51.3, a copy beside a writer could damage the file.
#[tokio::test]
async fn the_sqlite_that_is_built_in_can_copy_beside_writers() {
    let (_folder, _path, database) = database().await;
    let ask = "SELECT sqlite_version()";
    let mut reader = sqlite(&database).readers.acquire().await.unwrap();
    let version: String = sqlx::query_scalar(ask)
        .fetch_one(reader.connection().unwrap())
        .await
        .unwrap();
    drop(reader);
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().unwrap()).collect();
    assert!(parts >= vec![3, 51, 3], "{version}");
    database.close().await;
}

#[tokio::test]
async fn who_reads_for_long_holds_nobody_up_and_the_log_begins_anew_after_it() {
    let (_folder, path, database) = database().await;
    write(&database, 1).await;
    let mut taken = sqlite(&database).readers.acquire().await.unwrap();
    let mut reader = taken.connection().unwrap().begin().await.unwrap();
    let count = "SELECT COUNT(*) FROM x";
    let seen: i64 = sqlx::query_scalar(count).fetch_one(&mut *reader).await.unwrap();
    for _ in 0..10 {
        write(&database, BATCH).await;
        database.checkpoint().await.unwrap();
    }
    let still: i64 = sqlx::query_scalar(count).fetch_one(&mut *reader).await.unwrap();
    assert_eq!((seen, still), (1, 1));
    reader.rollback().await.unwrap();
    drop(taken);
    let long = log(&path);
    for _ in 0..10 {
        write(&database, BATCH).await;
        database.checkpoint().await.unwrap();
    }
    // The first of them still went to the end.
    assert!(
        log(&path) < long + 2 * BATCH.unsigned_abs(),
        "{long} and {}",
        log(&path)
    );
    let mut reader = sqlite(&database).readers.acquire().await.unwrap();
    let all: i64 = sqlx::query_scalar(count)
        .fetch_one(reader.connection().unwrap())
        .await
        .unwrap();
    drop(reader);
    assert_eq!(all, 21);
    database.close().await;
}

/// The connection that copies is opened when it is first needed, and finds no file by then.
#[tokio::test]
async fn where_nothing_can_be_copied_it_is_told_and_writing_goes_on() {
    let (_folder, path, database) = database().await;
    write(&database, BATCH).await;
    let away = path.with_extension("away");
    fs::rename(&path, &away).unwrap();
    database.checkpoint().await.unwrap_err();
    write(&database, 1).await;
    fs::rename(&away, &path).unwrap();
    database.checkpoint().await.unwrap();
    database.close().await;
}
