//! What becomes of jobs when the database, or the computer, is in trouble.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Error};
use tempfile::TempDir;

use super::super::{Database, Group, Step};
use super::{Holding, Then, answers, database, job, kept, send, spawn, sqlite, wait_for};
use crate::{in_group, on_writer};

async fn run(database: &Database, sql: &'static str) {
    on_writer!(database, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
}

/// What another process would have.
async fn other_connection(folder: &TempDir) -> SqliteConnection {
    let file = SqliteConnectOptions::new().filename(folder.path().join("x.db"));
    file.connect().await.unwrap()
}

#[tokio::test]
async fn a_thread_that_cannot_be_started_is_an_error_at_once() {
    let (_folder, database) = database().await;
    // More than there are addresses, however freely a computer promises memory.
    let too_large = thread::Builder::new().stack_size(1 << 60);
    let refused = Group::on(too_large, sqlite(&database).writer.clone());
    assert!(refused.is_err(), "{refused:?}");
}

/// The disk is full in the second run of a batch, after a savepoint that stays: all hear it, and nothing stays.
#[tokio::test]
async fn a_disk_that_is_full_amid_a_batch_is_told_to_all_of_it_and_later_jobs_work() {
    let (_folder, database) = database().await;
    run(&database, "CREATE TABLE large (bytes BLOB)").await;
    run(&database, "PRAGMA max_page_count = 8").await;
    let holding = Holding::begin(&database).await;
    let mut sent = send(&database, &[Then::Keep, Then::Undo], &Arc::default()).await;
    let large = tokio::spawn({
        let database = database.clone();
        async move {
            Ok::<_, Error>(in_group!(database, connection, [] => {
                let sql = "INSERT INTO large VALUES (zeroblob(1048576))";
                sqlx::query(sql).execute(&mut *connection).await?;
                Ok(Step::Kept(0))
            }))
        }
    });
    sent.push(large);
    wait_for(&database, 3).await;
    holding.end().await;
    for answer in answers(sent).await {
        assert!(answer.is_err(), "{answer:?}");
    }
    assert!(kept(&database).await.is_empty());
    assert_eq!(job(&database, 7, Then::Keep, Arc::default()).await.unwrap(), 7);
    assert_eq!(kept(&database).await, [7]);
}

#[tokio::test]
async fn a_lock_that_another_process_holds_is_told_to_all_who_wait_and_later_jobs_work() {
    let (folder, database) = database().await;
    run(&database, "PRAGMA busy_timeout = 50").await;
    let mut other = other_connection(&folder).await;
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    for answer in answers(spawn(&database, &[Then::Keep; 200], &runs)).await {
        let told = answer.unwrap_err().to_string();
        assert!(told.contains("locked"), "{told}");
    }
    assert_eq!(runs.load(Ordering::Relaxed), 0);
    held.rollback().await.unwrap();
    assert_eq!(job(&database, 9, Then::Keep, Arc::default()).await.unwrap(), 9);
    assert_eq!(kept(&database).await, [9]);
}

#[tokio::test]
async fn who_finds_the_queue_full_waits_for_a_place_and_is_served() {
    let (_folder, database) = database().await;
    let holding = Holding::begin(&database).await;
    let (_, most) = sqlite(&database).group.waiting();
    let jobs = vec![Then::Keep; most + 50];
    let sent = spawn(&database, &jobs, &Arc::default());
    wait_for(&database, most).await;
    assert!(sent.iter().all(|job| !job.is_finished()));
    holding.end().await;
    assert!(answers(sent).await.iter().all(Result::is_ok));
    assert_eq!(kept(&database).await.len(), jobs.len());
}
