//! The log stays short where much is written, also beside those who write and those who read.

use std::fs;
use std::path::{Path, PathBuf};

use sqlx::migrate::Migrator;
use tempfile::TempDir;

use super::{Database, DatabaseUrl, Migrations, Pools};
use crate::{on_reader, on_writer};

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

#[tokio::test]
async fn who_reads_for_long_holds_nobody_up_and_the_log_begins_anew_after_it() {
    let (_folder, path, database) = database().await;
    write(&database, 1).await;
    let Pools::Sqlite(sqlite) = &database.pools else {
        unreachable!()
    };
    let mut reader = sqlite.readers.begin().await.unwrap();
    let count = "SELECT COUNT(*) FROM x";
    let seen: i64 = sqlx::query_scalar(count).fetch_one(&mut *reader).await.unwrap();
    for _ in 0..10 {
        write(&database, BATCH).await;
        database.checkpoint().await.unwrap();
    }
    let still: i64 = sqlx::query_scalar(count).fetch_one(&mut *reader).await.unwrap();
    assert_eq!((seen, still), (1, 1));
    reader.rollback().await.unwrap();
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
    let all: i64 = on_reader!(database, pool => sqlx::query_scalar(count).fetch_one(pool).await).unwrap();
    assert_eq!(all, 21);
    database.close().await;
}
