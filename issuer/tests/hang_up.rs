//! Who hangs up does not stop what has begun: nobody looks at the answer, and the handler is dropped.
//!
//! The database is made to take its time over the statement that revokes, so that the handler goes in the middle of the
//! job: after the code was found to be used, and before the commit.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use issuer::hash::SecretHash;
use issuer::pkce::CodeChallenge;
use issuer::store::authorization_codes::{GrantSpans, Redemption};
use issuer::store::clients::ClientState;
use issuer::store::wanted::Wanted;
use shared::audience::Audience;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::support::database::TestDatabase;
use crate::support::{RESOURCE, TestCode, TestIssuer, text};

const PATIENCE: Duration = Duration::from_mins(2);

/// Some seconds for every change of a grant.
const SLOW: &str = "CREATE TRIGGER slow BEFORE UPDATE ON grants BEGIN
        SELECT COUNT(*) FROM sqlite_schema a, sqlite_schema b, sqlite_schema c,
            (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6) d,
            (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6) e
        WHERE a.rootpage + b.rootpage + c.rootpage < 0;
    END";
const WAITS: &str = "SELECT COUNT(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// Polls until it is so; a step of the handler in between.
async fn until(what: &str, mut handler: Option<&mut LocalBoxFuture<'_, ()>>, is_so: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "{what} in vain");
        if let Some(handler) = handler.as_mut() {
            assert!((&mut **handler).now_or_never().is_none(), "{what}: it was answered");
        }
        actix_web::rt::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Brings this code, like a handler whose client waits for an answer.
async fn bring(issuer: &TestIssuer, code: &TestCode) {
    let redemption = Redemption {
        code_hash: &SecretHash::of(&code.code),
        client: ClientState::any(&code.client_id),
        code_challenge: &CodeChallenge::of(&code.verifier).unwrap(),
        redirect_uri: None,
        resource: Wanted::Own(&Audience::one(RESOURCE)),
        client_name: None,
        dpop_jkt: None,
        binds_refresh_tokens: true,
    };
    let (idle, absolute) = (1000, 1000);
    let spans = GrantSpans { idle, absolute };
    let redeemed = issuer.app.store.redeem_code(&redemption, spans, issuer.clock.now());
    drop(redeemed.await);
}

/// Whether somebody writes to the file just now.
async fn is_written(path: &std::path::Path) -> bool {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::ZERO);
    let mut connection = options.connect().await.unwrap();
    let free = connection.begin_with("BEGIN IMMEDIATE").await.is_ok();
    connection.close().await.unwrap();
    !free
}

/// The same, for longer than from when a job has the lock until it begins.
async fn is_written_for_long(path: &std::path::Path) -> bool {
    for _ in 0..50 {
        if !is_written(path).await {
            return false;
        }
    }
    true
}

/// Brings the code, and hangs up while its grant is being revoked.
async fn hang_up_in_the_middle(issuer: &TestIssuer, code: &TestCode) {
    let mut handler = bring(issuer, code).boxed_local();
    match &*issuer.database {
        TestDatabase::Sqlite(folder) => {
            let path = folder.path().join("issuer.db");
            issuer.database.execute(SLOW, &[]).await;
            let runs = async || is_written_for_long(&path).await;
            until("the job runs", Some(&mut handler), runs).await;
            drop(handler);
            assert!(is_written(&path).await, "it was in the middle");
        }
        TestDatabase::Postgres { url, .. } => {
            let mut holder = PgConnection::connect(url).await.unwrap();
            let mut holder = holder.begin().await.unwrap();
            let hold = "SELECT grant_id FROM grants FOR UPDATE";
            sqlx::query(hold).fetch_all(&mut *holder).await.unwrap();
            let waits = async || issuer.database.count(WAITS).await > 0;
            until("the job waits for the grant", Some(&mut handler), waits).await;
            drop(handler);
            holder.rollback().await.unwrap();
        }
    }
}

#[actix_web::test]
async fn a_code_that_comes_again_revokes_its_grant_also_when_who_brings_it_hangs_up_once_that_has_begun() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let client_id = issuer.client().await;
        let code = issuer.code(&client_id).await;
        let (status, tokens) = issuer.exchange(&code).await;
        assert_eq!(status, 200, "{tokens}");
        hang_up_in_the_middle(&issuer, &code).await;
        let told = async || issuer.audit(code.grant_id).await == ["code_replay"];
        until("the replay is told", None, told).await;
        let (status, refused) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        assert_eq!((status, text(&refused, "error")), (400, "invalid_grant"));
    }
}

/// On PostgreSQL the connection would be given to others with a transaction that nobody commits: they would be told that
/// what they wrote is kept.
#[actix_web::test]
async fn who_hangs_up_while_a_transaction_begins_costs_nobody_their_write() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let client_id = issuer.client().await;
        let code = issuer.code(&client_id).await;
        for round in 2..40 {
            // As far as it comes at once: on PostgreSQL the BEGIN is sent, and not answered.
            let _answered: Option<()> = bring(&issuer, &code).now_or_never();
            issuer.code(&client_id).await;
            let kept = issuer.database.count("SELECT COUNT(*) FROM authorization_codes").await;
            assert_eq!(kept, round);
        }
    }
}
