//! What a job may count on, whoever else is in its batch.

#[path = "group_trouble_tests.rs"]
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::Error;
use sqlx::migrate::Migrator;
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{Database, DatabaseUrl, Migrations, Pools, Sqlite, Step};
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

async fn read(database: &Database) -> Result<Vec<i64>, Error> {
    let sql = "SELECT n FROM kept ORDER BY n";
    on_reader!(database, pool => sqlx::query_scalar(sql).fetch_all(pool).await)
}

async fn kept(database: &Database) -> Vec<i64> {
    read(database).await.unwrap()
}

fn sqlite(database: &Database) -> &Sqlite {
    match &database.pools {
        Pools::Sqlite(sqlite) => sqlite,
        Pools::Postgres(_) => unreachable!(),
    }
}

/// A job under way that has the writer until it is let go.
struct Holding {
    go: Arc<Notify>,
    job: JoinHandle<Result<i64, Error>>,
}

impl Holding {
    async fn begin(database: &Database) -> Self {
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (database, signs) = (database.clone(), (Arc::clone(&begun), Arc::clone(&go)));
        let job = tokio::spawn(async move {
            Ok(in_group!(database, _connection, [signs] => {
                signs.0.notify_one();
                signs.1.notified().await;
                Ok(Step::Kept(0))
            }))
        });
        begun.notified().await;
        Self { go, job }
    }

    async fn end(self) {
        self.go.notify_one();
        self.job.await.unwrap().unwrap();
    }
}

/// Sends these jobs while another has the writer, so that they are one batch.
async fn one_batch(database: &Database, jobs: &[Then], runs: &Arc<AtomicUsize>) -> Vec<Result<i64, Error>> {
    let holding = Holding::begin(database).await;
    let sent = send(database, jobs, runs).await;
    holding.end().await;
    answers(sent).await
}

/// Sends these jobs; they are in the queue then.
async fn send(database: &Database, jobs: &[Then], runs: &Arc<AtomicUsize>) -> Vec<JoinHandle<Result<i64, Error>>> {
    let sent = spawn(database, jobs, runs);
    wait_for(database, jobs.len()).await;
    sent
}

/// Begins to send these jobs.
fn spawn(database: &Database, jobs: &[Then], runs: &Arc<AtomicUsize>) -> Vec<JoinHandle<Result<i64, Error>>> {
    let spawned = (0..).zip(jobs).map(|(n, then)| {
        let (database, then, runs) = (database.clone(), *then, Arc::clone(runs));
        tokio::spawn(async move { job(&database, n, then, runs).await })
    });
    spawned.collect()
}

/// Until so many jobs are in the queue.
async fn wait_for(database: &Database, jobs: usize) {
    while sqlite(database).group.waiting().0 < jobs {
        tokio::task::yield_now().await;
    }
}

async fn answers(sent: Vec<JoinHandle<Result<i64, Error>>>) -> Vec<Result<i64, Error>> {
    let mut answers = Vec::new();
    for job in sent {
        answers.push(job.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn an_error_in_the_middle_touches_no_other() {
    use Then::{Fail, Keep, Undo};
    let (_folder, database) = database().await;
    let runs = Arc::new(AtomicUsize::new(0));
    let jobs = [Keep, Keep, Keep, Fail, Keep, Undo, Keep];
    let answers = one_batch(&database, &jobs, &runs).await;
    assert_eq!(kept(&database).await, [0, 1, 2, 4, 6]);
    for ((n, answer), then) in (0..).zip(answers).zip(jobs) {
        assert_eq!(answer.ok(), (then != Fail).then_some(n));
    }
    // All up to the one that failed, and all again.
    assert_eq!(runs.load(Ordering::Relaxed), 4 + jobs.len());
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
    let holding = Holding::begin(&database).await;
    let mut sent = send(&database, &[Then::Keep; 5], &Arc::default()).await;
    let given_up = sent.remove(2);
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    holding.end().await;
    assert!(answers(sent).await.iter().all(Result::is_ok));
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
