//! Ended rows go away in small batches, and nothing that lives goes with them.

use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;
use issuer::store::purge::BATCH;
use serde_json::json;

use crate::confidential::command_line::client;
use crate::confidential::{confidential, register};
use crate::support::database::TestDatabase;
use crate::support::{TestIssuer, error, text};

const DAY: i64 = 86_400;

#[actix_web::test]
async fn ended_codes_and_grants_go_and_living_ones_stay() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, tokens) = issuer.signed_in().await;
        issuer.signed_in().await;
        issuer.advance(20 * DAY);
        let (_, tokens) = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
        issuer.advance(18 * DAY);
        let gone = issuer.app.store.purge(issuer.clock.now(), 400 * DAY).await.unwrap();
        assert_eq!(gone, 3, "two used codes and the grant nobody used");
        assert_eq!(issuer.app.store.purge(issuer.clock.now(), 400 * DAY).await.unwrap(), 0);
        assert_eq!(issuer.refresh(&client_id, text(&tokens, "refresh_token")).await.0, 200);
    }
}

/// The log is copied after each batch, by a connection that finds no file here (`checkpoint_tests` shows that this fails).
/// The rows are gone all the same, and the purge goes on.
#[actix_web::test]
async fn a_log_that_cannot_be_copied_keeps_no_row_and_fails_no_purge() {
    let issuer = TestIssuer::with(TestDatabase::sqlite(), &[]).await;
    let TestDatabase::Sqlite(folder) = &*issuer.database else {
        unreachable!()
    };
    let client_id = issuer.client().await;
    let user_id = issuer.user().await;
    for _ in 0..=BATCH {
        issuer.code_for(&client_id, &user_id, "food:read").await;
    }
    issuer.advance(30 * DAY);
    let (path, away) = (folder.path().join("issuer.db"), folder.path().join("away.db"));
    let (now, batch) = (issuer.clock.now(), u64::try_from(BATCH).unwrap());
    std::fs::rename(&path, &away).unwrap();
    assert_eq!(issuer.app.store.purge(now, 400 * DAY).await.unwrap(), batch);
    assert_eq!(issuer.app.store.purge(now, 400 * DAY).await.unwrap(), 1);
    std::fs::rename(&away, &path).unwrap();
    assert_eq!(
        issuer.database.count("SELECT COUNT(*) FROM authorization_codes").await,
        0
    );
}

#[actix_web::test]
async fn a_used_code_stays_for_a_day_so_that_a_replay_is_known() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let client_id = issuer.client().await;
        let code = issuer.code(&client_id).await;
        let (_, tokens) = issuer.exchange(&code).await;
        issuer.advance(DAY);
        assert_eq!(issuer.app.store.purge(issuer.clock.now(), 400 * DAY).await.unwrap(), 0);
        assert_eq!(error(&issuer.exchange(&code).await), (400, "invalid_grant"));
        assert_eq!(issuer.refresh(&client_id, text(&tokens, "refresh_token")).await.0, 400);
    }
}

#[actix_web::test]
async fn a_batch_is_small_and_every_table_has_an_index_for_it() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let client_id = issuer.client().await;
        let user_id = issuer.user().await;
        for _ in 0..=BATCH {
            issuer.code_for(&client_id, &user_id, "food:read").await;
        }
        issuer.advance(30 * DAY);
        let now = issuer.clock.now();
        let batch = u64::try_from(BATCH).unwrap();
        assert_eq!(issuer.app.store.purge(now, 400 * DAY).await.unwrap(), batch);
        assert_eq!(issuer.app.store.purge(now, 400 * DAY).await.unwrap(), 1);
    }
}

#[actix_web::test]
async fn registrations_that_nobody_ever_used_go_and_all_others_stay() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (unused, used) = (
            confidential(&issuer, "client_secret_basic").await,
            confidential(&issuer, "client_secret_post").await,
        );
        let blocked = confidential(&issuer, "client_secret_basic").await;
        issuer::client::block(&issuer.app, &blocked.client_id).await.unwrap();
        let large = text(
            &register(
                &issuer,
                json!({"token_endpoint_auth_method": "none",
            "redirect_uris": [format!("https://client.example/{}", "a".repeat(1000))]}),
            )
            .await,
            "client_id",
        )
        .to_owned();
        let added = &client(&issuer, &["add", "Nightly", "--scope", "food:read"])[0];
        issuer.advance(1);
        issuer
            .app
            .store
            .touch_client(&used.client_id, issuer.clock.now())
            .await
            .unwrap();
        let at_once = confidential(&issuer, "client_secret_basic").await;
        at_once.tokens(&issuer).await;
        issuer.advance(30 * DAY - 1);
        let purge = async || issuer.app.store.purge(issuer.clock.now(), 400 * DAY).await.unwrap();
        assert_eq!(purge().await, 1, "the used code");
        issuer.advance(1);
        assert_eq!(purge().await, 2, "one with a secret, one that is large");
        let is_there = async |client_id: &str| issuer::client::find(&issuer.app, client_id).await.unwrap().is_some();
        assert!(!is_there(&unused.client_id).await && !is_there(&large).await);
        for client_id in [&used.client_id, &at_once.client_id, text(added, "client_id")] {
            assert!(is_there(client_id).await, "{client_id}");
        }
        let rows = "SELECT COUNT(*) FROM clients WHERE blocked_at IS NOT NULL";
        assert_eq!(issuer.database.count(rows).await, 1);
        assert_eq!(issuer.database.count("SELECT COUNT(*) FROM client_secrets").await, 4);
    }
}

/// Anybody can register, so the disk must not fill; and who does it often must not keep others out.
#[actix_web::test]
async fn of_too_many_registrations_that_nobody_used_the_oldest_give_way() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let used = confidential(&issuer, "client_secret_basic").await;
        used.tokens(&issuer).await;
        let store = &issuer.app.store;
        for _ in 0..BATCH {
            issuer.advance(1);
            confidential(&issuer, "client_secret_basic").await;
        }
        issuer.advance(1);
        let newest = confidential(&issuer, "client_secret_basic").await;
        let make_room = async |most: i64| {
            store
                .make_room_for_registration(most, issuer.clock.now())
                .await
                .unwrap()
        };
        assert_eq!(make_room(BATCH + 2).await, 0);
        assert_eq!(make_room(BATCH + 1).await, BATCH.unsigned_abs());
        for client in [used, newest] {
            assert!(
                issuer::client::find(&issuer.app, &client.client_id)
                    .await
                    .unwrap()
                    .is_some()
            );
        }
        assert_eq!(issuer.database.count("SELECT COUNT(*) FROM clients").await, 2);
    }
}

/// Those that may not be deleted do not count: new ones would go for them, however few they are.
#[actix_web::test]
async fn registrations_that_stay_in_any_case_take_no_room_from_new_ones() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        for _ in 0..3 {
            let blocked = confidential(&issuer, "client_secret_basic").await;
            issuer::client::block(&issuer.app, &blocked.client_id).await.unwrap();
            confidential(&issuer, "client_secret_basic").await.tokens(&issuer).await;
        }
        let new = confidential(&issuer, "client_secret_basic").await;
        let make_room = async |most: i64| {
            let made = issuer.app.store.make_room_for_registration(most, issuer.clock.now());
            made.await.unwrap()
        };
        assert_eq!(make_room(2).await, 0);
        assert!(
            issuer::client::find(&issuer.app, &new.client_id)
                .await
                .unwrap()
                .is_some()
        );
        assert_eq!(make_room(1).await, 1, "the new one alone is unused");
        assert_eq!(issuer.database.count("SELECT COUNT(*) FROM clients").await, 6);
    }
}

/// Its cookie ends by then.
#[actix_web::test]
async fn a_browser_is_forgotten_a_year_after_its_last_sign_in() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        issuer.account("alex").await;
        issuer.signed_in_person("alex").await;
        issuer.advance(1);
        issuer.signed_in_person("alex").await;
        let known = async || {
            issuer.app.store.purge(issuer.clock.now(), 400 * DAY).await.unwrap();
            issuer.database.count("SELECT COUNT(*) FROM known_browsers").await
        };
        issuer.advance(365 * DAY - 1);
        assert_eq!(known().await, 2);
        issuer.advance(1);
        assert_eq!(known().await, 1);
        issuer.advance(1);
        assert_eq!(known().await, 0);
    }
}

/// The first look is at the start: what ended while the issuer was away goes without waiting.
#[actix_web::test]
async fn the_server_deletes_by_itself_and_does_not_stop_while_there_is_more() {
    for database in TestDatabase::each() {
        let issuer = TestIssuer::with(database, &[]).await;
        let (client_id, user_id) = (issuer.client().await, issuer.user().await);
        for _ in 0..=BATCH {
            issuer.code_for(&client_id, &user_id, "food:read").await;
        }
        issuer.advance(30 * DAY);
        let issuer = issuer.restart().await;
        let begun = Instant::now();
        while issuer.database.count("SELECT COUNT(*) FROM authorization_codes").await > 0 {
            assert!(begun.elapsed() < Duration::from_mins(2), "nothing was deleted");
            sleep(Duration::from_millis(20)).await;
        }
    }
}
