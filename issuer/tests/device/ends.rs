//! What ends between the codes and the tokens: the account, the client, the connection.

use issuer::store::revocations::Selection;

use super::{Device, headless, offering};
use crate::support::database::TestDatabase;
use crate::support::{error, text};

const GRANTS: &str = "SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL";

#[actix_web::test]
async fn a_code_that_was_allowed_ends_with_its_account_its_client_and_its_connection() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let user_id = issuer.database.text("SELECT user_id FROM users", &[]).await;
        let (store, now) = (&issuer.app.store, issuer.clock.now());

        let allowed = async |name: &str| {
            let device = Device::begin(&issuer, &headless(&issuer, name).await, &[]).await;
            issuer.signed_in_person("alex").await.allow_device(&device).await;
            device
        };
        let device = allowed("disabled account").await;
        store.disable_user(&user_id, now).await.unwrap().unwrap();
        assert_eq!(error(&device.poll(&issuer).await), (400, "invalid_grant"));
        assert!(store.enable_user(&user_id, now).await.unwrap());
        assert_eq!(
            error(&device.poll(&issuer).await),
            (400, "invalid_grant"),
            "also after it"
        );

        let device = allowed("disconnected").await;
        store.disconnect(&user_id, &device.client_id, now).await.unwrap();
        assert_eq!(error(&device.poll(&issuer).await), (400, "invalid_grant"));

        let device = allowed("blocked client").await;
        assert!(issuer::client::block(&issuer.app, &device.client_id).await.unwrap());
        assert_eq!(error(&device.poll(&issuer).await), (401, "invalid_client"));

        let device = allowed("revoked client").await;
        let revoked = store.revoke(Selection::Client(&device.client_id), now).await;
        assert_eq!(revoked.unwrap(), 0);
        assert_eq!(error(&device.poll(&issuer).await), (400, "invalid_grant"));

        let device = allowed("deleted account").await;
        assert!(store.delete_user(&user_id, now).await.unwrap());
        assert_eq!(error(&device.poll(&issuer).await), (400, "invalid_grant"));
        assert_eq!(issuer.database.count(GRANTS).await, 0);
    }
}

/// RFC 8628 section 5.4: the way back is on the page, also while the program did not come yet.
#[actix_web::test]
async fn who_allowed_it_by_mistake_takes_it_back_before_and_after_the_program_came() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let mut alex = issuer.signed_in_person("alex").await;
        for (came, told) in [(false, 1), (true, 2)] {
            let device = Device::begin(&issuer, &headless(&issuer, "Tool").await, &[]).await;
            let page = alex.type_code(&device.user_code).await;
            let done = alex.decide_device(&page, "allow").await;
            let tokens = if came { Some(device.poll(&issuer).await.1) } else { None };
            assert!(done.text.contains("action=\"/account/apps\""), "{}", done.text);
            let back = format!("/device?waiting={}", page.field("waiting"));
            assert!(alex.get(&back).await.text.contains("You allowed"));
            let (csrf, client_id) = (done.field("csrf"), done.field("client_id"));
            let form = [("csrf", csrf.as_str()), ("client_id", &client_id)];
            let answer = alex.post("/account/apps", &form).await;
            assert_eq!((answer.status, answer.location().as_str()), (303, "/account"));
            let cookie = answer.header("set-cookie");
            assert!(
                cookie.starts_with("issuer_browser="),
                "or Chromium shows the page of before at Back: {cookie}"
            );
            assert_eq!(issuer.database.count(GRANTS).await, 0);
            let ended = alex.get(&back).await;
            assert_eq!(
                (ended.status, ended.title().starts_with("Ended")),
                (200, true),
                "{}",
                ended.text
            );
            assert!(
                !ended.text.contains("You allowed") && !ended.text.contains("take it back"),
                "{}",
                ended.text
            );
            if let Some(tokens) = tokens {
                let refused = issuer.refresh(&client_id, text(&tokens, "refresh_token")).await;
                assert_eq!(error(&refused), (400, "invalid_grant"));
            }
            assert_eq!(error(&device.poll(&issuer).await), (400, "invalid_grant"));
            let account = alex.get("/account").await;
            assert!(account.text.contains("No program may use"), "{}", account.text);
            let events = "SELECT COUNT(*) FROM audit_events WHERE kind = 'app_disconnected'";
            assert_eq!(
                issuer.database.count(events).await,
                told,
                "it is told, also of a code alone"
            );
            alex.post("/account/apps", &form).await;
            assert_eq!(
                issuer.database.count(events).await,
                told,
                "nothing ended the second time"
            );
        }
    }
}

#[actix_web::test]
async fn who_comes_back_to_the_page_reads_what_holds_then() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let mut alex = issuer.signed_in_person("alex").await;
        let mut shown = async |device: &Device, decision: &str, seconds: i64| {
            let page = alex.type_code(&device.user_code).await;
            alex.decide_device(&page, decision).await;
            issuer.advance(seconds);
            let shown = alex.get(&format!("/device?waiting={}", page.field("waiting"))).await;
            shown.title().split(' ').next().unwrap_or_default().to_owned()
        };
        let begin = async |name| Device::begin(&issuer, &headless(&issuer, name).await, &[]).await;
        assert_eq!(shown(&begin("Denied").await, "deny", 700).await, "Denied");
        assert_eq!(shown(&begin("Late").await, "allow", 599).await, "Allowed");
        assert_eq!(
            shown(&begin("Lost").await, "allow", 600).await,
            "Ended",
            "it never came"
        );
    }
}

/// The page was open when somebody in charge blocked the client.
#[actix_web::test]
async fn a_client_that_is_blocked_while_the_person_decides_gets_nothing() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let device = Device::begin(&issuer, &headless(&issuer, "Tool").await, &[]).await;
        let mut alex = issuer.signed_in_person("alex").await;
        let page = alex.type_code(&device.user_code).await;
        assert!(issuer::client::block(&issuer.app, &device.client_id).await.unwrap());
        let refused = alex.decide_device(&page, "allow").await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(error(&device.poll(&issuer).await), (401, "invalid_client"));
        assert_eq!(
            issuer.database.count("SELECT COUNT(*) FROM authorization_codes").await,
            0
        );
    }
}

#[actix_web::test]
async fn a_code_that_comes_again_after_its_tokens_revokes_them() {
    for database in TestDatabase::each() {
        let issuer = offering(database).await;
        let device = Device::begin(&issuer, &headless(&issuer, "Tool").await, &[]).await;
        issuer.signed_in_person("alex").await.allow_device(&device).await;
        let (_, tokens) = device.poll(&issuer).await;
        let restarted = issuer.restart().await;
        assert_eq!(error(&device.poll(&restarted).await), (400, "invalid_grant"));
        let refused = restarted
            .refresh(&device.client_id, text(&tokens, "refresh_token"))
            .await;
        assert_eq!(error(&refused), (400, "invalid_grant"));
        let replays = "SELECT COUNT(*) FROM audit_events WHERE kind = 'code_replay'";
        assert_eq!(restarted.database.count(replays).await, 1);
    }
}
