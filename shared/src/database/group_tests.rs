//! What a job may count on, whoever else is in its batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::Error;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqlitePool;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::{Database, DatabaseUrl, Migrations, Pools, Step};
use crate::{in_group, on_reader, on_writer};

/// What a job does after it wrote its row.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Keep,
    Undo,
    Fail,
    Panic,
}

async fn database() -> (TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("x.db"));
    let (sqlite, postgres) = (Migrator::DEFAULT, Migrator::DEFAULT);
    let database = Database::open(&url, &Migrations { sqlite, postgres }).await.unwrap();
    let sql = "CREATE TABLE kept (n INTEGER PRIMARY KEY) STRICT";
    on_writer!(database, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    (folder, database)
}

/// Writes a row, and counts how often it was begun.
async fn job(database: &Database, n: i64, then: Then, runs: Arc<AtomicUsize>) -> Result<i64, Error> {
    Ok(in_group!(database, connection, [runs] => {
        runs.fetch_add(1, Ordering::Relaxed);
        sqlx::query("INSERT INTO kept VALUES ($1)").bind(n).execute(&mut *connection).await?;
        match then {
            Then::Keep => Ok(Step::Kept(n)),
            Then::Undo => Ok(Step::Undone(n)),
            Then::Fail => {
                sqlx::query("INSERT INTO kept VALUES ($1)").bind(n).execute(&mut *connection).await?;
                Ok(Step::Kept(n))
            }
            Then::Panic => panic!("as planned"),
        }
    }))
}

async fn kept(database: &Database) -> Vec<i64> {
    let sql = "SELECT n FROM kept ORDER BY n";
    on_reader!(database, pool => sqlx::query_scalar(sql).fetch_all(pool).await).unwrap()
}

fn writer(database: &Database) -> &SqlitePool {
    match &database.pools {
        Pools::Sqlite(sqlite) => &sqlite.writer,
        Pools::Postgres(_) => unreachable!(),
    }
}

/// Sends these jobs while the writer is taken, so that all but the first, which is under way then, are one batch.
async fn one_batch(database: &Database, jobs: &[Then], runs: &Arc<AtomicUsize>) -> Vec<JoinHandle<Result<i64, Error>>> {
    let taken = writer(database).acquire().await.unwrap();
    let sent = send(database, jobs, runs).await;
    drop(taken);
    sent
}

/// Sends these jobs; they are in the queue then.
async fn send(database: &Database, jobs: &[Then], runs: &Arc<AtomicUsize>) -> Vec<JoinHandle<Result<i64, Error>>> {
    let mut sent = Vec::new();
    for (n, then) in (0..).zip(jobs) {
        let (database, then, runs) = (database.clone(), *then, Arc::clone(runs));
        sent.push(tokio::spawn(async move { job(&database, n, then, runs).await }));
    }
    // The jobs are in the queue when their tasks wait, which they do after one turn each.
    for _ in 0..jobs.len() {
        tokio::task::yield_now().await;
    }
    sent
}

#[tokio::test]
async fn an_error_in_the_middle_touches_no_other() {
    use Then::{Fail, Keep, Undo};
    let (_folder, database) = database().await;
    let runs = Arc::new(AtomicUsize::new(0));
    let jobs = [Keep, Keep, Keep, Fail, Keep, Undo, Keep];
    let mut answers = Vec::new();
    for sent in one_batch(&database, &jobs, &runs).await {
        answers.push(sent.await.unwrap());
    }
    assert_eq!(kept(&database).await, [0, 1, 2, 4, 6]);
    for ((n, answer), then) in (0..).zip(answers).zip(jobs) {
        assert_eq!(answer.ok(), (then != Fail).then_some(n));
    }
    // Those before the one that failed were in its batch, and were run again.
    assert!(runs.load(Ordering::Relaxed) > jobs.len() + 1, "{runs:?}");
}

#[tokio::test]
async fn a_panic_costs_its_batch_and_nothing_else() {
    let (_folder, database) = database().await;
    assert!(job(&database, 1, Then::Keep, Arc::default()).await.is_ok());
    let told = job(&database, 2, Then::Panic, Arc::default()).await;
    assert!(matches!(told, Err(Error::WorkerCrashed)), "{told:?}");
    assert!(job(&database, 3, Then::Keep, Arc::default()).await.is_ok());
    assert_eq!(kept(&database).await, [1, 3]);
}

#[tokio::test]
async fn who_goes_away_holds_up_nobody() {
    let (_folder, database) = database().await;
    let taken = writer(&database).acquire().await.unwrap();
    let mut sent = send(&database, &[Then::Keep; 5], &Arc::default()).await;
    let given_up = sent.remove(2);
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    drop(taken);
    for sent in sent {
        assert!(sent.await.unwrap().is_ok());
    }
    // Its time is over: who gave up may have come again meanwhile.
    assert_eq!(kept(&database).await, [0, 1, 3, 4]);
}

#[tokio::test]
async fn who_is_answered_can_read_it_and_so_can_others() {
    let (_folder, database) = database().await;
    for n in 0..20 {
        assert_eq!(job(&database, n, Then::Keep, Arc::default()).await.unwrap(), n);
        assert_eq!(kept(&database).await.last(), Some(&n));
    }
}

#[tokio::test]
async fn a_closed_database_tells_so() {
    let (_folder, database) = database().await;
    assert!(job(&database, 1, Then::Keep, Arc::default()).await.is_ok());
    database.close().await;
    let closed = job(&database, 2, Then::Keep, Arc::default()).await;
    assert!(matches!(closed, Err(Error::PoolClosed)), "{closed:?}");
}

/// The runtime of who came first may end while others go on, as those of tests do.
#[test]
fn it_outlives_the_runtime_that_used_it_first() {
    let block_on = |work: &mut dyn FnMut(&tokio::runtime::Runtime)| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        work(&runtime.unwrap());
    };
    let mut opened = None;
    block_on(&mut |runtime| {
        runtime.block_on(async {
            let (folder, database) = database().await;
            job(&database, 1, Then::Keep, Arc::default()).await.unwrap();
            opened = Some((folder, database));
        });
    });
    let (_folder, database) = opened.unwrap();
    block_on(&mut |runtime| {
        let answer = runtime.block_on(job(&database, 2, Then::Keep, Arc::default()));
        assert_eq!(answer.unwrap(), 2);
    });
}
