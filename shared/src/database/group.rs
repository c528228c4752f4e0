//! Group commit on SQLite: what waits to be written is committed together. See docs/decisions/0013-group-commit.md.
//!
//! A commit that is synced to the disk costs more than all else of a small write. One thread takes the jobs that wait,
//! begins a transaction, runs each, commits once, and only then answers all of them. It never waits for more to come:
//! alone, a job has a transaction of its own.
//!
//! A batch is run plainly first. When a job fails, or wants to be undone, nothing of that run stays: the whole batch is
//! run again with a SAVEPOINT around each job, so that one touches no other. That is rare, and the savepoints would
//! triple the cost of what is not.
//!
//! Easy to get wrong: (1) answering before the commit: who was told would be wrong after a crash; (2) a job that is run
//! twice must begin anew, so it changes nothing but the database; (3) who waits for an answer may go away: a job that has
//! not begun is dropped, or it would write long after its time; one that has begun is done all the same, as a commit
//! under way would be.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::thread;

use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Connection, Error};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};

/// Jobs that wait at most; who comes then waits to wait.
const QUEUE: usize = 1024;
/// Jobs of one commit at most: beyond, a commit gets hardly cheaper, and the first ones wait for the last.
const BATCH: usize = 64;

/// A job under way.
pub type Running<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// How a job ended that did not fail.
#[derive(Debug)]
pub enum Step<T> {
    /// What it wrote stays.
    Kept(T),
    /// What it wrote is undone.
    Undone(T),
}

/// What runs the jobs of one SQLite file; clones are the same one.
#[derive(Clone, Debug)]
pub struct Group {
    queue: mpsc::Sender<Box<dyn Job>>,
}

/// A job whose type of answer is not told.
trait Job: Send {
    /// Runs it, and says whether what it wrote stays.
    fn run<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> Running<'a, bool>;
    /// Whether nobody waits for it any more.
    fn is_given_up(&self) -> bool;
    /// Answers who waits: what came of the last run, or why it was not committed.
    fn answer(self: Box<Self>, committed: Result<(), Error>);
}

struct Typed<F, T> {
    work: F,
    ran: Option<Result<T, Error>>,
    answer: oneshot::Sender<Result<T, Error>>,
}

impl<F, T> Job for Typed<F, T>
where
    F: for<'c> Fn(&'c mut SqliteConnection) -> Running<'c, Result<Step<T>, Error>> + Send,
    T: Send,
{
    fn run<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> Running<'a, bool> {
        let work = (self.work)(connection);
        let ran = &mut self.ran;
        Box::pin(async move {
            let (kept, value) = match work.await {
                Ok(Step::Kept(value)) => (true, Ok(value)),
                Ok(Step::Undone(value)) => (false, Ok(value)),
                Err(error) => (false, Err(error)),
            };
            *ran = Some(value);
            kept
        })
    }

    fn is_given_up(&self) -> bool {
        self.answer.is_closed()
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let Self { ran, answer, .. } = *self;
        let ran = committed.and_then(|()| ran.unwrap_or(Err(Error::WorkerCrashed)));
        // Who waited may have gone away.
        drop(answer.send(ran));
    }
}

impl Group {
    /// Starts a thread that writes through this pool of one connection.
    pub(super) fn start(pool: SqlitePool) -> io::Result<Self> {
        Self::on(thread::Builder::new().name("group-commit".to_owned()), pool)
    }

    /// A thread of its own: the runtime on which a database was opened may end, or be held up, while others wait for
    /// jobs. It ends with the last clone of the group.
    pub(super) fn on(writer: thread::Builder, pool: SqlitePool) -> io::Result<Self> {
        let (queue, mut jobs) = mpsc::channel(QUEUE);
        let (tell, told) = std::sync::mpsc::channel();
        writer.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            match runtime {
                Ok(runtime) => {
                    drop(tell.send(Ok(())));
                    while panicked(&runtime, &pool, &mut jobs) {}
                }
                Err(error) => drop(tell.send(Err(error))),
            }
        })?;
        told.recv().map_err(io::Error::other)??;
        Ok(Self { queue })
    }

    /// For a database that is only read: every job is told that nobody does it.
    pub(super) fn of_reader() -> Self {
        let (queue, _) = mpsc::channel(1);
        Self { queue }
    }

    /// Jobs in the queue, and how many find a place in it.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> (usize, usize) {
        let most = self.queue.max_capacity();
        (most - self.queue.capacity(), most)
    }

    /// Runs a job, perhaps twice, and answers when it is committed or undone.
    pub async fn run<F, T>(&self, work: F) -> Result<T, Error>
    where
        F: for<'c> Fn(&'c mut SqliteConnection) -> Running<'c, Result<Step<T>, Error>> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let ran = None;
        let job = Box::new(Typed { work, ran, answer });
        self.queue.send(job).await.map_err(|_| Error::WorkerCrashed)?;
        answered.await.unwrap_or(Err(Error::WorkerCrashed))
    }
}

/// Writes until the last clone of the group is gone; true when a job panicked. Its batch is lost with it, which those who
/// wait are told, and nobody else.
fn panicked(runtime: &Runtime, pool: &SqlitePool, jobs: &mut mpsc::Receiver<Box<dyn Job>>) -> bool {
    let writing = AssertUnwindSafe(|| runtime.block_on(write(pool, jobs)));
    catch_unwind(writing).is_err()
}

async fn write(pool: &SqlitePool, jobs: &mut mpsc::Receiver<Box<dyn Job>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        let committed = commit(pool, &mut batch).await;
        // Where the database is held or full, those behind would only wait as long to hear the same.
        while committed.is_err()
            && let Ok(behind) = jobs.try_recv()
        {
            batch.push(behind);
        }
        answer(batch.drain(..), &committed);
    }
}

async fn commit(pool: &SqlitePool, batch: &mut Vec<Box<dyn Job>>) -> Result<(), Error> {
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    // After the wait for the one connection and the lock.
    batch.retain(|job| !job.is_given_up());
    let mut all_kept = true;
    for job in batch.iter_mut() {
        all_kept = all_kept && job.run(&mut transaction).await;
    }
    if all_kept {
        return transaction.commit().await;
    }
    transaction.rollback().await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    for job in batch {
        let mut savepoint = transaction.begin().await?;
        if job.run(&mut savepoint).await {
            savepoint.commit().await?;
        } else {
            savepoint.rollback().await?;
        }
    }
    transaction.commit().await
}

/// An error of the commit is everybody's; as it cannot be copied, its words are.
fn answer(batch: impl Iterator<Item = Box<dyn Job>>, committed: &Result<(), Error>) {
    let again = |error: &Error| match error {
        Error::PoolTimedOut => Error::PoolTimedOut,
        Error::PoolClosed => Error::PoolClosed,
        other => Error::Io(std::io::Error::other(other.to_string())),
    };
    for job in batch {
        job.answer(committed.as_ref().copied().map_err(again));
    }
}

/// A job on PostgreSQL that is undone when nobody waits for it any more: done later, it could be of no use to anybody.
pub async fn while_awaited<T>(job: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    job.await
}

/// A job on PostgreSQL that is done all the same once it has begun.
pub async fn to_its_end<T: Send + 'static>(
    job: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    tokio::spawn(job).await.unwrap_or(Err(Error::WorkerCrashed))
}

/// Runs one statement that is the whole of a change and returns a row at most, and gives what is read from the row: on SQLite
/// committed together with others, on PostgreSQL, where a statement is a transaction, in one trip. Who waits for it may go
/// away: it may be done all the same.
///
/// `one_statement!(database, SQL, [owned, ...])`; the values are named and cloned for each run.
#[macro_export]
macro_rules! one_statement {
    ($database:expr, $sql:expr, [$($owned:ident),*]) => {{
        let _measured = $database.write_times.begin();
        match &$database.pools {
            $crate::database::Pools::Sqlite(sqlite) => {
                let ran = sqlite.group.run(move |connection| {
                    let query = sqlx::query_as($sql)$(.bind($owned.clone()))*;
                    Box::pin(async move { Ok($crate::database::Step::Kept(query.fetch_optional(connection).await?)) })
                });
                ran.await?
            }
            $crate::database::Pools::Postgres(pool) => {
                sqlx::query_as($sql)$(.bind($owned))*.fetch_optional(pool).await?
            }
        }
    }};
}

/// Runs a job that is committed together with others on SQLite, and in a transaction of its own on PostgreSQL, which
/// groups its commits by itself. Who waits for it may go away: once it has begun, it is done all the same on SQLite, and
/// undone on PostgreSQL, unless it is `in_group!(to_its_end; database, ...)`.
///
/// `in_group!(database, connection, [owned, ...] => { ...; Ok(Step::Kept(value)) })` gives `value`. What the job uses
/// beside the connection is named and cloned for each run; a `?` in it undoes the job.
#[macro_export]
macro_rules! in_group {
    ($database:expr, $($job:tt)*) => {
        $crate::in_group!(while_awaited; $database, $($job)*)
    };
    ($until:ident; $database:expr, $connection:ident, [$($owned:ident),*] => $run:expr) => {{
        let _measured = $database.write_times.begin();
        match &$database.pools {
            $crate::database::Pools::Sqlite(sqlite) => {
                let ran = sqlite.group.run(move |$connection| {
                    $(let $owned = $owned.clone();)*
                    Box::pin(async move { $run })
                });
                ran.await?
            }
            $crate::database::Pools::Postgres(pool) => {
                let mut transaction = $crate::database::begin(pool).await?;
                let begun = async move {
                    let $connection = &mut *transaction;
                    let ran: Result<$crate::database::Step<_>, sqlx::Error> = async { $run }.await;
                    match ran? {
                        $crate::database::Step::Kept(value) => {
                            transaction.commit().await?;
                            Ok(value)
                        }
                        $crate::database::Step::Undone(value) => Ok(value),
                    }
                };
                $crate::database::$until(begun).await?
            }
        }
    }};
}
