//! What a job of one statement may count on, whoever else is in its batch.

use std::sync::Arc;

use sqlx::Error;
use tokio::task::JoinHandle;

use super::{Database, Holding, Then, answers, database, kept, spawn, wait_for};
use crate::{on_writer, one_statement};

type Sent = JoinHandle<Result<Option<(i64, i64)>, Error>>;

const INSERT: &str = "INSERT INTO kept VALUES ($1) RETURNING n, $1 * 10";
const ADD: &str = "UPDATE counted SET n = n + $2 WHERE name = $1 AND $2 > 0 RETURNING n, $2";

fn spawn_one(database: &Database, n: i64) -> Sent {
    let database = database.clone();
    tokio::spawn(async move { Ok(one_statement!(database, INSERT, [n])) })
}

fn spawn_add(database: &Database, name: &'static str, by: i64) -> Sent {
    let database = database.clone();
    tokio::spawn(async move { Ok(one_statement!(database, ADD, [name, by])) })
}

async fn ended(sent: Vec<Sent>) -> Vec<Result<Option<(i64, i64)>, Error>> {
    let mut ended = Vec::new();
    for job in sent {
        ended.push(job.await.unwrap());
    }
    ended
}

async fn run(database: &Database, sql: &'static str) {
    on_writer!(database, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
}

/// As many as go at once, one more, some of each size, and more than a batch.
#[tokio::test]
async fn each_gets_the_row_that_its_own_statement_gave() {
    for count in [1, 3, 4, 5, 16, 17, 23, 64, 100] {
        let (_folder, database) = database().await;
        let holding = Holding::begin(&database).await;
        let sent = (0..count).map(|n| spawn_one(&database, n)).collect();
        wait_for(&database, usize::try_from(count).unwrap()).await;
        holding.end().await;
        for (n, row) in (0..).zip(ended(sent).await) {
            assert_eq!(row.unwrap(), Some((n, n * 10)), "of {count}");
        }
        assert_eq!(kept(&database).await, (0..count).collect::<Vec<_>>());
    }
}

/// Those of two texts are mixed; who finds nothing gets nothing, and not the row of a neighbor; each sees what those
/// before it changed.
#[tokio::test]
async fn who_changes_nothing_gets_no_row_and_the_others_count_on() {
    let (_folder, database) = database().await;
    run(
        &database,
        "CREATE TABLE counted (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT",
    )
    .await;
    run(&database, "INSERT INTO counted VALUES ('a', 0), ('b', 100)").await;
    let holding = Holding::begin(&database).await;
    let (mut adds, mut inserts) = (Vec::new(), Vec::new());
    for n in 0..10 {
        adds.push(spawn_add(&database, "a", 1));
        inserts.push(spawn_one(&database, n));
        adds.push(spawn_add(&database, "nobody", 1));
        adds.push(spawn_add(&database, "b", i64::from(n % 2 == 0)));
    }
    wait_for(&database, 40).await;
    holding.end().await;
    let mut rows: Vec<Vec<i64>> = vec![Vec::new(); 3];
    for (row, of) in ended(adds).await.into_iter().zip((0..3).cycle()) {
        rows[of].extend(row.unwrap().map(|(n, _)| n));
    }
    for rows in &mut rows {
        rows.sort_unstable();
    }
    assert_eq!(rows, [(1..=10).collect(), vec![], (101..=105).collect::<Vec<_>>()]);
    for (n, row) in (0..).zip(ended(inserts).await) {
        assert_eq!(row.unwrap(), Some((n, n * 10)));
    }
}

#[tokio::test]
async fn an_error_of_one_touches_no_other_of_its_own_or_another_kind() {
    let (_folder, database) = database().await;
    let holding = Holding::begin(&database).await;
    let mut statements: Vec<_> = (10..30).map(|n| spawn_one(&database, n)).collect();
    // One of them is a second row of the same key.
    statements.push(spawn_one(&database, 12));
    wait_for(&database, 21).await;
    let jobs = spawn(&database, &[Then::Keep, Then::Undo], &Arc::default());
    wait_for(&database, 23).await;
    holding.end().await;
    let refused = ended(statements).await.iter().filter(|row| row.is_err()).count();
    assert_eq!(refused, 1);
    assert!(answers(jobs).await.iter().all(Result::is_ok));
    let expected: Vec<i64> = [0].into_iter().chain(10..30).collect();
    assert_eq!(kept(&database).await, expected);
}

/// Who goes away before it begins is not done.
#[tokio::test]
async fn who_goes_away_is_dropped_and_the_others_get_their_own_rows() {
    let (_folder, database) = database().await;
    let holding = Holding::begin(&database).await;
    let mut sent: Vec<_> = (0..8).map(|n| spawn_one(&database, n)).collect();
    wait_for(&database, 8).await;
    let given_up = sent.remove(3);
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    holding.end().await;
    let rows: Vec<i64> = ended(sent)
        .await
        .into_iter()
        .map(|row| row.unwrap().unwrap().0)
        .collect();
    assert_eq!(rows, [0, 1, 2, 4, 5, 6, 7]);
    assert_eq!(kept(&database).await, rows);
}
