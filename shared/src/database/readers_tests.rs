//! Readers come back from whoever gives up, and there are never more.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::{Connection, Error};
use tempfile::TempDir;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::timeout;

use super::super::{Database, DatabaseUrl, Migrations, Pools};
use super::{READERS, Reader, Readers, USES};
use crate::{on_reader, on_writer};

async fn database() -> (TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("x.db"));
    let (sqlite, postgres) = (Migrator::DEFAULT, Migrator::DEFAULT);
    let database = Database::open(&url, &Migrations { sqlite, postgres }).await.unwrap();
    (folder, database)
}

fn readers(database: &Database) -> &Readers {
    match &database.pools {
        Pools::Sqlite(sqlite) => &sqlite.readers,
        Pools::Postgres(_) => unreachable!(),
    }
}

/// Counts to this number, which takes a while for a large one.
async fn count(database: Database, to: i64) -> Result<i64, Error> {
    let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT COUNT(*) FROM n";
    on_reader!(database, pool => sqlx::query_scalar(sql).bind(to).fetch_one(pool).await)
}

async fn rows(database: Database) -> Result<i64, Error> {
    on_reader!(database, pool => sqlx::query_scalar("SELECT COUNT(*) FROM kept").fetch_one(pool).await)
}

/// It reads what was written since, too: what was given up has ended.
#[tokio::test]
async fn who_gives_up_halfway_leaves_a_reader_that_reads() {
    let (_folder, database) = database().await;
    let write = async |sql| on_writer!(database, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    write("CREATE TABLE kept (n INTEGER) STRICT").await;
    let mut given_up = 0;
    for round in 1..=50 {
        let begun: Vec<_> = (0..8).map(|_| tokio::spawn(count(database.clone(), 10_000))).collect();
        yield_now().await;
        begun.iter().for_each(JoinHandle::abort);
        for read in begun {
            given_up += usize::from(read.await.is_err());
        }
        write("INSERT INTO kept VALUES (1)").await;
        let after: Vec<_> = (0..8).map(|_| tokio::spawn(rows(database.clone()))).collect();
        for read in after {
            assert_eq!(read.await.unwrap().unwrap(), round);
        }
    }
    assert!(given_up > 0 && readers(&database).count().0 <= 4, "{given_up}");
}

#[tokio::test]
async fn the_next_waits_until_a_reader_comes_back() {
    let (_folder, database) = database().await;
    let readers = readers(&database);
    let mut taken = Vec::new();
    for _ in 0..READERS {
        taken.push(readers.acquire().await.unwrap());
    }
    let mut next = Box::pin(readers.acquire());
    assert!(timeout(Duration::ZERO, next.as_mut()).await.is_err());
    drop(taken.pop());
    next.await.unwrap();
}

#[tokio::test]
async fn a_reader_that_was_given_up_is_the_last_to_be_used_again() {
    let (_folder, database) = database().await;
    let readers = readers(&database);
    let mut first = readers.acquire().await.unwrap();
    let mut second = readers.acquire().await.unwrap();
    let id = async |reader: &mut Reader<'_>, set: Option<&'static str>| -> i64 {
        let connection = reader.connection().unwrap();
        if let Some(set) = set {
            sqlx::query(set).execute(&mut *connection).await.unwrap();
        }
        let sql = "PRAGMA cache_size";
        sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
    };
    id(&mut first, Some("PRAGMA cache_size = 101")).await;
    id(&mut second, Some("PRAGMA cache_size = 102")).await;
    second.ended();
    drop(second);
    drop(first);
    let mut order = Vec::new();
    let mut taken = Vec::new();
    for _ in 0..2 {
        let mut reader = readers.acquire().await.unwrap();
        order.push(id(&mut reader, None).await);
        taken.push(reader);
    }
    assert_eq!(order, [102, 101]);
}

/// The driver keeps no thread alive whose connection is gone, so one that is replaced counts no more.
#[tokio::test]
async fn a_reader_that_was_used_often_is_asked_whether_it_is_there() {
    let (_folder, database) = database().await;
    for n in 0..3 * i64::from(USES) {
        assert_eq!(count(database.clone(), n.max(1)).await.unwrap(), n.max(1));
    }
    assert_eq!(readers(&database).count(), (1, 1));
}

/// Ends the thread of a connection: a transaction in one that nobody waits for has no way out, as the driver sees it.
async fn kill(reader: &mut Reader<'_>) {
    let connection = reader.connection().unwrap();
    loop {
        let mut transaction = connection.begin().await.unwrap();
        // Whoever is answered before it goes away ends nothing.
        let answered = pin!(transaction.begin_with("BEGIN"))
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_ready();
        drop(transaction);
        if answered {
            continue;
        }
        // What is asked amid the thread's end is never answered.
        let asked = loop {
            if let Ok(asked) = timeout(Duration::from_millis(20), connection.ping()).await {
                break asked;
            }
        };
        if asked.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_reader_whose_thread_died_costs_one_failed_read_at_most() {
    let (_folder, database) = database().await;
    // Just before it would be asked, and just after.
    for uses in [0, 1, USES / 2, USES - 1, USES] {
        for _ in 0..uses {
            count(database.clone(), 1).await.unwrap();
        }
        let mut reader = readers(&database).acquire().await.unwrap();
        kill(&mut reader).await;
        reader.ended();
        drop(reader);
        let mut failed = 0;
        for _ in 0..10 {
            failed += usize::from(count(database.clone(), 1).await.is_err());
        }
        assert!(failed <= 1, "{failed} after {uses}");
    }
    assert_eq!(readers(&database).count(), (1, 1));
}

/// As a page does that is left while it is made.
#[tokio::test]
async fn a_reader_that_was_given_up_is_asked_before_it_is_used_again() {
    let (_folder, database) = database().await;
    let mut reader = readers(&database).acquire().await.unwrap();
    kill(&mut reader).await;
    drop(reader);
    assert_eq!(count(database, 1).await.unwrap(), 1);
}

#[tokio::test]
async fn the_end_waits_for_readers_in_use_and_nobody_reads_after_it() {
    let (_folder, database) = database().await;
    let readers = readers(&database).clone();
    let late = readers.acquire().await.unwrap();
    let mut closing = Box::pin(database.close());
    assert!(timeout(Duration::ZERO, closing.as_mut()).await.is_err());
    drop(late);
    closing.await;
    assert!(matches!(readers.acquire().await, Err(Error::PoolClosed)));
    assert_eq!(readers.count().1, 0);
}

/// A connection of the driver's pool cannot be dropped there.
#[test]
fn readers_may_go_away_outside_of_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (_folder, database) = runtime.block_on(database());
    let readers = readers(&database).clone();
    let taken = runtime.block_on(readers.acquire()).unwrap();
    drop(runtime);
    drop(taken);
    drop(readers);
}
