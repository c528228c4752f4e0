//! A code that is redeemed while its account is being disabled, on both databases: no grant is left, so no access token
//! is good.

use std::time::{Duration, Instant};

use actix_web::rt::{spawn, task::yield_now};
use futures_util::future::join;
use sqlx::{Connection, PgConnection};

use crate::support::database::TestDatabase;
use crate::support::{TestIssuer, error};

const ROUNDS: usize = 40;
const LIVING: &str = "SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL";
const WAITS: &str = "SELECT COUNT(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'";

#[actix_web::test]
async fn of_a_redemption_and_the_end_of_its_account_no_grant_is_left() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let twin = issuer.twin().await;
        let (client_id, user_id) = (issuer.client().await, issuer.user().await);
        issuer.remember(&client_id).await;
        let mut redeemed = 0;
        for _ in 0..ROUNDS {
            let now = issuer.clock.now();
            let exchange = async {
                let code = issuer.code_for(&client_id, &user_id, "food:read").await;
                issuer.exchange(&code).await
            };
            let (answer, ended) = join(exchange, twin.app.store.disable_user(&user_id, now)).await;
            assert!(ended.unwrap().is_some());
            redeemed += usize::from(answer.0 == 200);
            assert_eq!(issuer.database.count(LIVING).await, 0, "{answer:?}");
            assert!(twin.app.store.enable_user(&user_id, now).await.unwrap());
        }
        println!("{redeemed} of {ROUNDS} codes gave tokens, which ended with the account");
        twin.stop().await;
    }
}

/// Whoever disables an account ends its codes and grants first and its sessions last, and a code that comes in between
/// must not be redeemed before all of that is done.
#[actix_web::test]
async fn a_code_waits_for_whoever_disables_its_account() {
    for database in TestDatabase::each().into_iter().filter(TestDatabase::is_postgres) {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, user_id) = (issuer.client().await, issuer.user().await);
        let mut disabling = PgConnection::connect(&issuer.database.url()).await.unwrap();
        let mut disabling = disabling.begin().await.unwrap();
        let disable = "UPDATE users SET disabled_at = 1 WHERE user_id = $1";
        sqlx::query(disable)
            .bind(&user_id)
            .execute(&mut *disabling)
            .await
            .unwrap();
        let code = issuer.code_for(&client_id, &user_id, "food:read").await;
        let request = issuer.request("POST", "/oauth/token").form(&code.form());
        let exchange = spawn(async { crate::support::read(request.send().await.unwrap()).await });
        let begun = Instant::now();
        while !exchange.is_finished() && issuer.database.count(WAITS).await == 0 {
            assert!(begun.elapsed() < Duration::from_secs(30), "neither answers nor waits");
            yield_now().await;
        }
        disabling.commit().await.unwrap();
        assert_eq!(error(&exchange.await.unwrap()), (400, "invalid_grant"));
        assert_eq!(issuer.database.count(LIVING).await, 0);
    }
}
