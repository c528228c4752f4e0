//! Several start at the same moment where nothing is yet: one set of tables, one set of keys.

use futures_util::future::join_all;

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
