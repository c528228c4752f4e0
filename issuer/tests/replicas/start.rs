//! Several start at the same moment where nothing is yet: one set of tables, one set of keys.

use std::time::{Duration, Instant};

use actix_web::rt::{spawn, task::yield_now};
use futures_util::future::join_all;
use issuer::store::Store;
use shared::database::DatabaseUrl;
use sqlx::migrate::Migrate;
use sqlx::{Connection, PgConnection};

use super::postgres;
use crate::support::client;
use crate::support::process::Process;

const ROUNDS: usize = 3;

#[actix_web::test]
async fn three_that_start_at_once_on_nothing_share_tables_and_keys() {
    for _ in 0..ROUNDS {
        let Some(database) = postgres() else { return };
        let folder = tempfile::tempdir().unwrap();
        let (url, keys) = (database.url(), folder.path().join("keys"));
        let log = || tempfile::tempfile().unwrap();
        let started = join_all((0..3).map(|_| Process::on(&url, &keys, &[], log()))).await;
        let mut jwks = Vec::new();
        for issuer in &started {
            let get = async |path| client().get(format!("{}{path}", issuer.url)).send().await.unwrap();
            assert_eq!(get("/readyz").await.status(), 200);
            jwks.push(get("/.well-known/jwks.json").await.text().await.unwrap());
        }
        jwks.dedup();
        assert_eq!(jwks.len(), 1, "{jwks:?}");
        let applied = database
            .count("SELECT COUNT(*) FROM _sqlx_migrations WHERE success")
            .await;
        let twice = "SELECT COUNT(*) - COUNT(DISTINCT version) FROM _sqlx_migrations";
        assert!(applied > 0 && database.count(twice).await == 0);
    }
}

/// Sessions that have waited for another's lock for longer than a statement may.
const WAIT_LONG: &str = "SELECT COUNT(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query_start < clock_timestamp() - interval '6 s'";

#[actix_web::test]
async fn two_that_start_while_the_first_still_changes_the_tables_wait_for_it() {
    let Some(database) = postgres() else { return };
    let mut first = PgConnection::connect(&database.url()).await.unwrap();
    first.lock().await.unwrap();
    let others = [database.url(), database.url()].map(|url| async move {
        let url: DatabaseUrl = url.parse().unwrap();
        Store::open(&url).await
    });
    let others = spawn(join_all(others));
    let begun = Instant::now();
    while !others.is_finished() && database.count(WAIT_LONG).await < 2 {
        assert!(begun.elapsed() < Duration::from_mins(1), "they neither wait nor end");
        yield_now().await;
    }
    first.unlock().await.unwrap();
    for store in others.await.unwrap() {
        store.unwrap().close().await;
    }
}
