//! Nothing that is committed goes unnoticed, and who looks costs SQLite none of its locks.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sqlx::migrate::Migrator;
use tempfile::TempDir;

use super::super::{Database, DatabaseUrl, Migrations};
use crate::{on_reader, on_writer};

async fn open(path: &Path) -> Database {
    let (sqlite, postgres) = (Migrator::DEFAULT, Migrator::DEFAULT);
    let url = DatabaseUrl::Sqlite(path.to_owned());
    Database::open(&url, &Migrations { sqlite, postgres }).await.unwrap()
}

async fn write(database: &Database, sql: &'static str) {
    on_writer!(database, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
}

async fn value(database: &Database) -> i64 {
    let read: Result<i64, sqlx::Error> =
        async { on_reader!(database, pool => sqlx::query_scalar("SELECT n FROM kept").fetch_one(pool).await) }.await;
    read.unwrap()
}

/// A database with a number in it.
async fn database() -> (TempDir, PathBuf, Database) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let database = open(&path).await;
    write(&database, "CREATE TABLE kept AS SELECT 0 AS n").await;
    (folder, path, database)
}

#[tokio::test]
async fn commits_of_this_and_other_programs_are_seen_and_reads_are_none() {
    let (_folder, path, here) = database().await;
    let there = open(&path).await;
    let mut before = here.commits().unwrap();
    for round in 0..500 {
        assert_eq!((value(&here).await, value(&there).await), (round, round));
        assert_eq!((here.commits(), there.commits()), (Some(before), Some(before)));
        let writer = if round % 2 == 0 { &here } else { &there };
        if round % 100 == 50 {
            // The log begins anew with the next commit, where the last one stood.
            write(writer, "PRAGMA wal_checkpoint(RESTART)").await;
        }
        write(writer, "UPDATE kept SET n = n + 1").await;
        let after = here.commits().unwrap();
        assert_ne!(after, before, "round {round}");
        before = after;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_nothing_was_committed_reads_find_the_same() {
    let (_folder, path, here) = database().await;
    let there = open(&path).await;
    let writing = tokio::spawn(async move {
        for _ in 0..300 {
            write(&there, "UPDATE kept SET n = n + 1").await;
        }
    });
    let (mut known, mut same) = (None, 0);
    while !writing.is_finished() || same == 0 {
        let commits = here.commits();
        let read = value(&here).await;
        if commits.is_some() && here.commits() == commits {
            let kept = known.filter(|(known, _)| *known == commits);
            assert!(kept.is_none_or(|(_, kept)| kept == read), "{kept:?}, {read}");
            same += u32::from(kept.is_some());
        }
        known = Some((commits, read));
    }
    writing.await.unwrap();
}

#[tokio::test]
async fn a_file_that_was_closed_by_all_and_opened_again_is_looked_at_anew() {
    let (_folder, path, database) = database().await;
    let before = database.commits().unwrap();
    database.close().await;
    assert_eq!(database.commits(), None);
    let again = open(&path).await;
    write(&again, "UPDATE kept SET n = 7").await;
    let after = database.commits();
    assert_eq!(after, again.commits());
    assert!(after.is_some_and(|after| after != before));
}

#[tokio::test]
async fn a_database_behind_a_link_is_found() {
    let (folder, path, _database) = database().await;
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(open(&link).await.commits().is_some());
}

/// The lock that every connection has on the index ("DMS", at byte 128): without it another program may take the log away
/// from under this one. Others come and go.
#[tokio::test]
async fn who_looks_gives_up_no_lock() {
    let (_folder, path, database) = database().await;
    let index = path.with_extension("db-shm").metadata().unwrap();
    let of_index = format!(":{} ", index.ino());
    let is_of_it = |line: &str| line.contains("POSIX") && line.contains(&of_index) && line.ends_with(" 128 128");
    // The list is read in pieces, and others of this computer take and give up locks meanwhile.
    let is_locked = || (0..100).any(|_| std::fs::read_to_string("/proc/locks").unwrap().lines().any(is_of_it));
    assert!(is_locked());
    let looked = database.clone();
    assert!(looked.commits().is_some());
    drop(looked);
    assert!(is_locked());
    let another = open(&path).await;
    assert!(another.commits().is_some());
    drop(another);
    assert!(is_locked());
}

/// Somebody took the file away and put another there: what is committed to that one says nothing of this one.
#[tokio::test]
async fn another_file_of_the_same_name_is_not_looked_at() {
    let (_folder, path, here) = database().await;
    assert!(here.commits().is_some());
    for end in ["", "-wal", "-shm"] {
        let mut file = path.clone();
        file.as_mut_os_string().push(end);
        std::fs::remove_file(&file).unwrap();
    }
    let there = open(&path).await;
    write(&there, "CREATE TABLE kept AS SELECT 7 AS n").await;
    assert!(there.commits().is_some());
    assert_eq!(here.commits(), None);
}
